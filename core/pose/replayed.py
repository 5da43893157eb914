"""A recorded sequence as poses again: at any time, with the place of each joint in the picture.

A library keeps joints in metres, in camera axes. The lens that was assumed when they were found (see `placing`) puts
them back into the picture that they were found in; where there is no picture, a lens of our own stands where it sees
all of the motion.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from core.pose.placing import focal_length_px, project
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.gaps import without_gaps

BRIDGED_S: Final = 0.25  # between two frames that are no farther apart a joint moves on a straight line
NEAREST_S: Final = 0.1  # elsewhere the nearest frame is shown, if it is as near as this
_NEAREST_M: Final = 0.05  # what is nearer to the lens, or behind it, is nowhere in the picture
_USED: Final = 0.9  # share of the picture's sides that a motion may fill
_FARTHEST_M: Final = 1e4  # an old file may hold anything that is finite

Metres = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lens:
    """What a picture is seen through: a lens that looks along z of the sequence's axes."""

    width_px: int
    height_px: int
    # (3,) in the sequence's axes, whose origin is the lens that recorded.
    place_m: Metres = field(default_factory=lambda: np.zeros(3, np.float32))

    @classmethod
    def framing(cls, points_m: Metres, *, width_px: int, height_px: int) -> Self:
        """A lens so far in front of points (N, 3) that all are in the picture, with some room around them."""
        if not len(points_m):
            return cls(width_px=width_px, height_px=height_px)
        points = points_m.astype(np.float64)
        middle = (points[:, :2].min(axis=0) + points[:, :2].max(axis=0)) / 2
        # A point shows at f |x| / z from the middle: z must be so much that it is within half of a side.
        half_sides = _USED * np.array([width_px, height_px]) / 2 / focal_length_px(width_px, height_px)
        needed_m = np.maximum((np.abs(points[:, :2] - middle) / half_sides).max(axis=1), 2 * _NEAREST_M)
        depth_m = (points[:, 2] - needed_m).min()
        return cls(width_px=width_px, height_px=height_px, place_m=np.array([*middle, depth_m], np.float32))

    def pixels(self, seen_m: Metres) -> NDArray[np.float32]:
        """Points (..., 3) as this lens sees them, `place_m` taken off, in pixels (..., 2); NaN where it does not."""
        focal_px = focal_length_px(self.width_px, self.height_px)
        is_before = seen_m[..., 2:] > _NEAREST_M
        points_px = project(np.where(is_before, seen_m, np.float32(1)), focal_px=focal_px)
        centre_px = np.array([self.width_px, self.height_px], np.float32) / 2
        return np.where(is_before, points_px + centre_px, np.float32(np.nan))


class ReplayedPoses:
    """The persons of a sequence at any time, Kinect-25, with their joints in a picture. Any thread may ask.

    A joint that a sensor lost for a while is where its neighbours in time have it, with a confidence of 0. Identities
    are the persons' places in the sequence.
    """

    def __init__(self, sequence: SkeletonSequence, *, width_px: int, height_px: int) -> None:
        """In pictures of that size, seen through the lens that recorded."""
        mapped = sequence.to_kinect25()
        given_m = np.clip(mapped.positions_m, -_FARTHEST_M, _FARTHEST_M)
        self._positions_m, self._there = without_gaps(given_m)  # (T, P, 25, 3), (T, P)
        is_filled = (self._positions_m != given_m).any(axis=-1)
        self._confidence = np.where(is_filled, np.float32(0), mapped.confidence)  # (T, P, 25)
        self._times_s = mapped.times_s
        self._lens = Lens(width_px=width_px, height_px=height_px)

    @classmethod
    def framed(cls, sequence: SkeletonSequence, *, width_px: int, height_px: int) -> Self:
        """Through a lens of our own that sees all of the motion: for a sequence without pictures."""
        poses = cls(sequence, width_px=width_px, height_px=height_px)
        points_m = poses._positions_m[poses._there].reshape(-1, 3)
        poses._lens = Lens.framing(points_m, width_px=width_px, height_px=height_px)
        return poses

    def at(self, time_s: float) -> Pose | None:
        """Who was there at a time of the sequence; None where nobody was seen.

        Between two frames that are at most 0.25 s apart it is interpolated, elsewhere the nearest within 0.1 s.
        """
        after = int(np.searchsorted(self._times_s, time_s, side="right"))
        before, after = max(after - 1, 0), min(after, len(self._times_s) - 1)
        start_s, end_s = float(self._times_s[before]), float(self._times_s[after])
        if before < after and end_s - start_s <= BRIDGED_S:
            pose = self.between(before, after, share=(time_s - start_s) / (end_s - start_s))
        else:
            nearest = before if abs(time_s - start_s) <= abs(time_s - end_s) else after
            if not abs(time_s - float(self._times_s[nearest])) <= NEAREST_S:
                return None
            pose = self.between(nearest, nearest, share=0.0)
        return pose if pose.person_count else None

    def offset_m(
        self, time_s: float, person: int, joint: int, offset_px: tuple[float, float]
    ) -> NDArray[np.float64] | None:
        """How far a joint of a person (by place) moves in metres, (3,), when it is moved in the picture, at its depth.

        None where that person is not there then.
        """
        pose = self.at(time_s)
        if pose is None or person not in pose.identities:
            return None
        depth_m = float(pose.positions_m[pose.identities.index(person), joint, 2])
        focal_px = focal_length_px(self._lens.width_px, self._lens.height_px)
        return np.array([-offset_px[0] * depth_m / focal_px, -offset_px[1] * depth_m / focal_px, 0.0])

    def between(self, before: int, after: int, *, share: float) -> Pose:
        """Who is there a share of the way from one frame to another, maybe nobody.

        Who is in both moves on a straight line; who is in one only is there in its half of the way.
        """
        nearest = before if share < 0.5 else after
        persons = np.flatnonzero(self._there[nearest])
        moves = (self._there[before] & self._there[after])[persons, None]  # (P, 1)
        share32 = np.float32(share)

        def mixed(values: NDArray[np.float32], is_moving: NDArray[np.bool_]) -> NDArray[np.float32]:
            first, last = values[before, persons], values[after, persons]
            value: NDArray[np.float32] = np.where(is_moving, first + (last - first) * share32, values[nearest, persons])
            return value

        seen_m = mixed(self._positions_m, moves[..., None]) - self._lens.place_m  # (P, 25, 3)
        return Pose(
            layout=KINECT_25,
            positions_m=seen_m,
            positions_px=self._lens.pixels(seen_m),
            confidence=mixed(self._confidence, moves),
            identities=tuple(persons.tolist()),
        )


def pose_in_picture(sequence: SkeletonSequence, place: int, width_px: int, height_px: int) -> Pose:
    """Frame `place` of a sequence in the picture that it was found in, Kinect-25; of nobody, where nobody was there."""
    frames = slice(place, place + 1)
    one = replace(
        sequence,
        positions_m=sequence.positions_m[frames],
        confidence=sequence.confidence[frames],
        times_s=sequence.times_s[frames],
    )
    return ReplayedPoses(one, width_px=width_px, height_px=height_px).between(0, 0, share=0.0)
