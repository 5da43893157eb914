"""Which frames stand for a clip: those that the network weighs most, spread apart."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_COUNTS: Final = 0.1  # of the highest beta; frames below it are chosen only where nothing else is left
_APART: Final = 0.8  # of the distance that an even spread would have


def key_frames(beta: NDArray[np.floating], count: int, *, within: slice = slice(None)) -> list[int]:
    """Up to `count` frames of the highest beta (T,), in order of time.

    They lie apart, so that they do not all show one moment: as far as an even spread over the frames that count would
    have them, less a little, and nearer only where there would be too few. Where beta is the same everywhere they are
    spread evenly. Only frames `within` are chosen.
    """
    first, end, _ = within.indices(len(beta))
    weights = np.asarray(beta[first:end], dtype=np.float64)
    count = min(count, len(weights))
    if count < 1:
        return []
    if np.ptp(weights) == 0:
        return [first + int(place) for place in np.unique(np.round(_even(len(weights), count)).astype(int))]
    order = np.argsort(-weights, kind="stable")
    counting = order[weights[order] >= _COUNTS * weights.max()]
    apart = max(1, round(_APART * len(counting) / count))
    chosen = _apart(counting, count, apart)
    while len(chosen) < count:
        apart -= 1
        chosen = _apart(counting, count, apart) if apart > 1 else order[:count].tolist()
    return [first + frame for frame in sorted(chosen)]


def _apart(order: NDArray[np.intp], count: int, apart: int) -> list[int]:
    """The first ones in an order that lie so far from each other."""
    chosen: list[int] = []
    for frame in order.tolist():
        if len(chosen) < count and all(abs(frame - other) >= apart for other in chosen):
            chosen.append(frame)
    return chosen


def _even(frames: int, count: int) -> NDArray[np.float64]:
    """`count` places in the middle of as many equal parts of the frames."""
    return (np.arange(count) + 0.5) * frames / count - 0.5
