"""A clip on a model's time grid, with its gaps treated as the live path treats them.

- Frames in which nobody is there do not count. A gap of up to `MAX_GAP_S` is passed over from pose to pose; a longer
  one begins a new stretch, before which the network knows nothing.
- A person who comes or leaves is not there between a frame with and one without: no shrunken body.
- A joint was seen where its mean confidence over the last second is high enough, as `core.live.seen` has it.
"""

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.live.motion import SPEED_SPAN_S
from core.live.pipeline import MAX_GAP_S
from core.live.seen import seen_lately
from core.model.refiner import Refiner, refined_rows
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import resample_clip
from core.skeleton.sequence import SkeletonSequence

MOST_FRAMES: Final = 200_000  # 3.7 hours at 15 Hz, about 120 MB for two persons


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridClip:
    """Joints on a time grid, in stretches without a gap."""

    times_s: NDArray[np.float64]  # (T,) times of the clip; even within a stretch
    positions_m: NDArray[np.float32]  # (T, P, 25, 3); who is not there has all joints in one point
    seen: NDArray[np.bool_]  # (T, P, 25); false for joints that were guessed, and for who is not there
    starts: tuple[int, ...]  # the frame with which each stretch begins; the first one is 0

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def there(self) -> NDArray[np.bool_]:
        """Who is there in which frame, (T, P)."""
        spread: NDArray[np.bool_] = np.ptp(self.positions_m, axis=2).max(axis=-1) > 0
        return spread

    def stretches(self) -> list[slice]:
        """The frames of each stretch."""
        return [slice(*edges) for edges in zip(self.starts, (*self.starts[1:], len(self)), strict=True)]


def on_grid(sequence: SkeletonSequence, *, rate_hz: float, persons: int, refiner: Refiner | None = None) -> GridClip:
    """A sequence of any layout and rate on a grid of Kinect-25; persons that it lacks are not there.

    Joints that were found in pixels are as the refiner has them.

    Raises DataError where it has more persons, where nobody is in it, and where it is too long to hold.
    """
    if sequence.positions_m.shape[1] > persons:
        raise DataError(
            f"The clip holds {sequence.positions_m.shape[1]} persons, the model looks at {persons}: choose one of "
            "them (with --person 1 or 2), or a model for two persons."
        )
    values = _values(sequence, persons)  # (T, P, 25, 4)
    somebody = np.isfinite(values[..., 0, 0]).any(axis=1)  # (T,)
    if not somebody.any():
        raise DataError("Nobody was found in this clip, so that there is nothing to explain: choose another one.")
    times_s, values = sequence.times_s[somebody], values[somebody]
    edges = [0, *(np.flatnonzero(np.diff(times_s) > MAX_GAP_S) + 1).tolist(), len(times_s)]
    pieces = [slice(first, end) for first, end in itertools.pairwise(edges)]
    _check_length(times_s, pieces, rate_hz)
    refiner = refiner if sequence.found_in_pixels else None
    rows = [refined_rows(refiner, resample_clip(times_s[piece], values[piece], rate_hz=rate_hz)) for piece in pieces]
    return GridClip(
        times_s=np.concatenate(
            [times_s[piece.start] + np.arange(len(row)) / rate_hz for piece, row in zip(pieces, rows, strict=True)]
        ),
        positions_m=np.concatenate([_positions(row) for row in rows]),
        seen=np.concatenate([seen_lately(row, span=round(SPEED_SPAN_S * rate_hz) + 1) for row in rows]),
        starts=tuple(np.cumsum([0, *(len(row) for row in rows[:-1])]).tolist()),
    )


def _values(sequence: SkeletonSequence, persons: int) -> NDArray[np.float32]:
    """Metres and confidence (T, P, 25, 4) of all persons of the model, NaN for who is not there."""
    sequence = sequence.to_kinect25()
    values = np.full((len(sequence), persons, len(KINECT_25), 4), np.nan, dtype=np.float32)
    there = np.ptp(sequence.positions_m, axis=2).max(axis=-1) > 0  # (T, P)
    known = np.concatenate([sequence.positions_m, sequence.confidence[..., None]], axis=-1)
    values[:, : known.shape[1]] = np.where(there[..., None, None], known, np.float32(np.nan))
    return values


def _check_length(times_s: NDArray[np.float64], pieces: list[slice], rate_hz: float) -> None:
    frames = sum((times_s[piece][-1] - times_s[piece][0]) * rate_hz + 1 for piece in pieces)
    if not frames <= MOST_FRAMES:  # may be infinite
        raise DataError(
            f"The clip is too long to be explained: {frames / rate_hz / 60:.0f} minutes, at most "
            f"{MOST_FRAMES / rate_hz / 60:.0f}. Choose a part of it."
        )


def _positions(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Metres of rows (T, P, 25, 4), with who is not there in one point."""
    there = np.isfinite(rows.sum(axis=(-1, -2)))[..., None, None]
    return np.where(there, rows[..., :3], np.float32(0))
