"""Observer: the one chain from a frame to persons with names and places, of the live path and of extraction.

    estimator -> who is who (tracking) -> One-Euro filters -> where each person stands (placing)

MediaPipe gives joints about each person's own hips, in any order, and with two persons unsmoothed.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.pose.estimator import PoseEstimator
from core.pose.placing import at_depth, focal_length_px, from_centre, place_of_hips
from core.pose.pose import Pose
from core.pose.sighting import sightings
from core.pose.tracking import Tracker
from core.skeleton.filters import IMAGE_SMOOTHING, WORLD_SMOOTHING, OneEuroFilter, OneEuroSpec
from core.skeleton.layouts import MEDIAPIPE_33
from core.sources.source import Frame

HELD_S: Final = 0.4  # who is lost for no longer stays where it was last seen
HELD_HIDDEN_S: Final = 2.0  # and so does who is behind or in the arms of somebody who is seen
# Depth is a guess from size, and trembles by centimetres where the place in the picture stays within millimetres.
DEPTH_SMOOTHING: Final = OneEuroSpec(min_cutoff_hz=0.3, beta=0.5, derivative_cutoff_hz=0.5)
DIRECTION_SMOOTHING: Final = OneEuroSpec(min_cutoff_hz=0.5, beta=20.0, derivative_cutoff_hz=1.0)
_UNKNOWN_DEPTH_M: Final = 2.5  # until depth could be told for the first time
_HIPS: Final = [MEDIAPIPE_33.index("HipLeft"), MEDIAPIPE_33.index("HipRight")]

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Body:
    """One person in one frame."""

    positions_m: Values  # (33, 3)
    positions_px: Values  # (33, 2)
    confidence: Values  # (33,)


class Observer:
    """Owns its estimator and the state of one stream: identities and filters. Used and closed by one thread.

    `persons` is how many are followed: the estimator's `num_poses`.
    """

    def __init__(self, estimator: PoseEstimator, *, persons: int = 1) -> None:
        self.persons = persons
        self._estimator = estimator
        self._follower = Follower(persons=persons)

    def observe(self, frame: Frame) -> Pose:
        """Everybody in the frame, MediaPipe-33 in camera axes, with identities; see `Follower.follow`."""
        return self._follower.follow(frame, self._estimator.estimate(frame))

    def reset(self) -> None:
        """Forget the stream: call it before one that has nothing to do with the last one."""
        self._estimator.reset()
        self._follower.reset()

    def close(self) -> None:
        """Release the estimator. Safe to call twice."""
        self._estimator.close()


class Follower:
    """All of the chain but the estimator: who is who, filters, places. Used by one thread.

    `persons` is how many the estimator looks for.
    """

    def __init__(self, *, persons: int = 1) -> None:
        self._smooths = persons > 1  # MediaPipe itself smooths the joints of one
        self._tracker = Tracker()
        self._stays: dict[int, _Stay] = {}
        self._last_s = float("-inf")
        self._stream = 0

    def follow(self, frame: Frame, pose: Pose) -> Pose:
        """Everybody whom an estimator found in the frame, in camera axes, with identities; see `Pose`.

        Beside somebody who is seen, a person who is lost for a moment is held at the last place, without confidence.
        A time that goes back, or another stream, begins anew.
        """
        if frame.time_s < self._last_s or frame.stream != self._stream:  # the estimator sees this too
            self.reset()
        self._last_s, self._stream = frame.time_s, frame.stream
        identities = self._tracker.follow(frame.time_s, sightings(pose, frame.picture_bgr))
        height_px, width_px = frame.picture_bgr.shape[:2]
        for person, identity in enumerate(identities):
            if identity is not None:
                body = _Body(
                    positions_m=pose.positions_m[person],
                    positions_px=pose.positions_px[person],
                    confidence=pose.confidence[person],
                )
                stay = self._stays.setdefault(identity, _Stay(smooths=self._smooths))
                stay.see(frame.time_s, body, width_px=width_px, height_px=height_px)
        self._stays = {who: stay for who, stay in self._stays.items() if who in self._tracker.remembered}
        return self._pose(frame.time_s)

    def reset(self) -> None:
        """Forget the stream."""
        self._tracker.reset()
        self._stays.clear()
        self._last_s = float("-inf")

    def _pose(self, time_s: float) -> Pose:
        """Those who are seen, and beside them those who are held; the main person first, then by age."""
        seen = {who for who, stay in self._stays.items() if stay.seen_s == time_s}
        held = frozenset(who for who in self._stays if seen and who not in seen and self._is_held(who, time_s))
        order = sorted(seen | held, key=lambda who: (who != self._tracker.main, who))
        bodies = [self._stays[who].body for who in order]
        nothing = np.zeros(len(MEDIAPIPE_33), np.float32)
        return Pose(
            layout=MEDIAPIPE_33,
            positions_m=_stacked([body.positions_m for body in bodies], (33, 3)),
            positions_px=_stacked([body.positions_px for body in bodies], (33, 2)),
            confidence=_stacked(
                [nothing if who in held else body.confidence for who, body in zip(order, bodies, strict=True)], (33,)
            ),
            identities=tuple(order),
            held=held,
        )

    def _is_held(self, who: int, time_s: float) -> bool:
        held_s = HELD_HIDDEN_S if self._tracker.is_hidden(who) else HELD_S
        return time_s - self._stays[who].seen_s <= held_s


def _stacked(values: list[Values], shape: tuple[int, ...]) -> Values:
    return np.stack(values) if values else np.zeros((0, *shape), np.float32)


class _Stay:
    """The time that one person is there: filters, and the body as last seen."""

    body: _Body

    def __init__(self, *, smooths: bool) -> None:
        self.seen_s = 0.0
        self._joints = (OneEuroFilter(WORLD_SMOOTHING), OneEuroFilter(IMAGE_SMOOTHING)) if smooths else None
        self._direction = OneEuroFilter(DIRECTION_SMOOTHING)
        self._depth = OneEuroFilter(DEPTH_SMOOTHING)
        self._depth_m = _UNKNOWN_DEPTH_M

    def see(self, time_s: float, body: _Body, *, width_px: int, height_px: int) -> None:
        """Take the body of a frame, about its own hips; `body` is then the filtered one in camera axes."""
        joints_m, points_px = body.positions_m, body.positions_px
        if self._joints is not None:
            world, image = self._joints
            joints_m = world.push(time_s, joints_m)
            extent_px = max(float(np.ptp(points_px, axis=0).max()), 1.0)
            points_px = image.push(time_s, points_px, scale=1 / extent_px)
        centred_px = from_centre(points_px, width_px=width_px, height_px=height_px)
        place_m = self._place(time_s, joints_m, centred_px, body.confidence, focal_length_px(width_px, height_px))
        self.body = _Body(positions_m=joints_m + place_m, positions_px=points_px, confidence=body.confidence)
        self.seen_s = time_s

    def _place(
        self, time_s: float, joints_m: Values, centred_px: Values, confidence: Values, focal_px: float
    ) -> Values:
        """Where the hips are; depth and the direction in which they lie are filtered each by itself."""
        place_m = place_of_hips(joints_m, centred_px, confidence, focal_px=focal_px)
        if place_m is None:  # hardly anything is seen: as far away as before
            place_m = at_depth(centred_px[_HIPS].mean(axis=0), depth_m=self._depth_m, focal_px=focal_px)
        else:
            self._depth_m = float(self._depth.push(time_s, place_m[2:])[0])
        direction = self._direction.push(time_s, place_m[:2] / place_m[2])
        return np.array([*(direction * self._depth_m), self._depth_m], dtype=np.float32)
