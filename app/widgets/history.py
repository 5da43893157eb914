"""The last seconds of scores and attention, for the running curve. Pure: no Qt."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPAN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """One result on the time axis; a result without a prediction breaks the curve."""

    time_s: float
    probabilities: NDArray[np.float32] | None  # (classes,)
    beta: float


class ScoreHistory:
    """Moments of the last `span_s` seconds, oldest first."""

    def __init__(self, span_s: float = SPAN_S) -> None:
        self.span_s = span_s
        self.actions: tuple[str, ...] = ()
        self._moments: deque[Moment] = deque()

    def __len__(self) -> int:
        return len(self._moments)

    def clear(self) -> None:
        """Forget everything, for a new source or model."""
        self._moments.clear()

    def add(self, moment: Moment, actions: tuple[str, ...]) -> None:
        """Append a moment. Other actions, or a time that goes back, begin a new curve."""
        has_jumped = bool(self._moments) and moment.time_s < self._moments[-1].time_s
        if has_jumped or (actions and actions != self.actions):
            self._moments.clear()
        self.actions = actions or self.actions
        self._moments.append(moment)
        while self._moments[0].time_s < moment.time_s - self.span_s:
            self._moments.popleft()

    def ages_s(self) -> NDArray[np.float64]:
        """Time of each moment (N,), 0 for the newest and negative before it."""
        times = np.array([moment.time_s for moment in self._moments])
        return times - times[-1] if len(times) else times

    def scores(self, action: str) -> NDArray[np.float32]:
        """Probability of one action at each moment (N,); NaN where nothing was predicted."""
        place = self.actions.index(action)
        return np.array(
            [np.nan if m.probabilities is None else m.probabilities[place] for m in self._moments], np.float32
        )

    def beta(self) -> NDArray[np.float32]:
        """Frame weight at each moment (N,)."""
        return np.array([moment.beta for moment in self._moments], np.float32)

    def leaders(self, count: int) -> list[str]:
        """The actions that reached the highest scores within the span, best first."""
        known = [moment.probabilities for moment in self._moments if moment.probabilities is not None]
        if not known:
            return []
        best = np.max(known, axis=0)  # (classes,)
        return [self.actions[place] for place in np.argsort(best)[::-1][:count]]


class ColourSlots:
    """Gives each shown action one of a few colours and lets it keep it as long as it is shown."""

    def __init__(self, count: int) -> None:
        self._slots: list[str | None] = [None] * count

    def assign(self, actions: Sequence[str]) -> dict[str, int]:
        """Slot of each action (no more actions than slots): stayers keep theirs, newcomers take free ones."""
        self._slots = [action if action in actions else None for action in self._slots]
        for action in self._newcomers(actions):
            self._slots[self._slots.index(None)] = action
        return {action: slot for slot, action in enumerate(self._slots) if action is not None}

    def _newcomers(self, actions: Sequence[str]) -> Iterable[str]:
        return [action for action in dict.fromkeys(actions) if action not in self._slots]


def round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, ... times a power of ten, for the end of an axis that should not jitter."""
    if not np.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9)))
