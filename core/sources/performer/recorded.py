"""RecordedSequence: recorded joints of one or two persons as a performance."""

from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import resample_clip
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.body import Body
from core.sources.performer.gaps import checked_joints, with_gaps, without_gaps
from core.sources.performer.level import FEET, levelled
from core.sources.performer.programme import Joints
from core.sources.performer.retarget import completed

_FOOT_ABOVE_FLOOR_M: Final = 0.03  # where the toe joint of a planted foot lies
_GRID_HZ: Final = 30.0  # what a sequence of uneven times is put on
_HIPS: Final = [KINECT_25.index("HipLeft"), KINECT_25.index("HipRight")]


class RecordedSequence:
    """Recorded Kinect-25 joints, played as they are and stood on the floor of the room.

    Two persons keep their distances from each other; where the floor slopes from one to the other, as for a sensor that
    looks down, the whole recording is turned until it is level. The middle between all hips of the first frame that
    shows anyone is put at the origin. Joints that were not found for a while are filled (see `gaps`).

    Args:
        positions_m: Joints (T, 25, 3), or (T, P, 25, 3) of P = 1 or 2 persons, in Kinect axes (x right, y up, z away),
            metres, any origin. Somebody whose joints lie in one point is not there in that frame.
        rate_hz: Frames a second of the recording.
        action: What it shows.

    Raises:
        DataError: for another shape, no frame, nobody in any frame, values that are not finite or farther away than a
            room is large.
    """

    def __init__(self, positions_m: NDArray[np.float32], *, rate_hz: float, action: str = "") -> None:
        positions = checked_joints(positions_m)
        if not (rate_hz > 0 and np.isfinite(rate_hz)):
            raise DataError(f"A sequence needs a rate above 0 Hz, not {rate_hz:g}.")
        filled, self._there = without_gaps(positions)
        if not self._there.any():
            raise DataError("Nobody is in this sequence: all its joints lie in one point.")
        filled = levelled(filled, self._there) if filled.shape[1] > 1 else filled
        self._positions = filled - _ground(filled, self._there)
        self._rate_hz = rate_hz
        self._action = action

    @classmethod
    def of(cls, sequence: SkeletonSequence, *, action: str = "") -> Self:
        """A sequence of any layout and of uneven times; hands and feet that its layout lacks are put on.

        Raises DataError as above, and where it is absurdly long.
        """
        positions = checked_joints(sequence.to_kinect25().positions_m)
        whole = [completed(positions[:, person], Body()) for person in range(positions.shape[1])]
        filled, there = without_gaps(np.stack(whole, axis=1))
        times_s = sequence.times_s
        joints = resample_clip(times_s, filled, rate_hz=_GRID_HZ)
        there = resample_clip(times_s, there.astype(np.float32), rate_hz=_GRID_HZ) >= 0.5
        return cls(with_gaps(joints, there), rate_hz=_GRID_HZ, action=action)

    @property
    def persons(self) -> int:
        """How many persons it shows, 1 or 2."""
        return len(self._positions[0])

    @property
    def duration_s(self) -> float:
        """How long it takes once."""
        return len(self._positions) / self._rate_hz

    def joints(self, time_s: float) -> Joints:
        """Joints (P, 25, 3) between the two frames nearest in time; in one point where somebody is not there."""
        place = min(max(time_s * self._rate_hz, 0.0), len(self._positions) - 1.0)
        before = int(place)
        after = min(before + 1, len(self._positions) - 1)
        share = np.float32(place - before)
        between: Joints = self._positions[before] * (1 - share) + self._positions[after] * share
        there = self._there[before if share < 0.5 else after]
        return between if there.all() else with_gaps(between, there)

    def action(self, time_s: float) -> str:
        """What is acted at that time; "" while nothing is."""
        return self._action


def _ground(positions_m: NDArray[np.float32], there: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Where the new origin lies (3,): under the hips of the first frame, on the floor that all feet stand on."""
    first = int(there.any(axis=1).argmax())
    hips = positions_m[first, there[first]][:, _HIPS].mean(axis=(0, 1))
    lowest = np.where(there[..., None], positions_m[:, :, FEET, 1], np.inf).min(axis=(1, 2))
    # A jump lifts the feet off it. Two persons hardly jump together, and where they hide each other feet are guessed.
    floor = np.percentile(lowest[there.any(axis=1)], 10 if there.shape[1] == 1 else 35)
    return np.array([hips[0], floor - _FOOT_ABOVE_FLOOR_M, hips[2]], dtype=np.float32)
