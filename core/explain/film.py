"""A film that a clip was taken from, and where its joints lie in the pictures."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.live.pipeline import MAX_GAP_S
from core.pose.estimator import PoseEstimator
from core.pose.extract import extract
from core.pose.observer import Observer
from core.pose.pose import Pose
from core.pose.replayed import Lens
from core.skeleton.layouts import KINECT_25
from core.skeleton.mapping import map_to_kinect25
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import Frame
from core.sources.video import VideoFile

_NEAR_S: Final = 0.1  # a picture so far from the first or the last joints that are known still has them

Tell = Callable[[int, int | None], None]  # pictures done, of how many (None: the file does not say)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Film:
    """Joints in the pictures of a film; times are those of the film, from its first picture."""

    path: Path
    times_s: NDArray[np.float64]  # (N,)
    points_px: NDArray[np.float32]  # (N, P, 25, 2) Kinect-25; NaN for who is not there

    def at(self, time_s: float) -> NDArray[np.float32]:
        """Joints at a time, (P, 25, 2), between those that are known; NaN where nothing is known near.

        It bridges gaps that the network was fed across (`MAX_GAP_S`; `ReplayedPoses` less): what it saw is drawn.
        """
        after = int(np.searchsorted(self.times_s, time_s))
        before = max(after - 1, 0)
        after = min(after, len(self.times_s) - 1)
        if self.times_s[after] == time_s or after == before:
            is_near = abs(self.times_s[after] - time_s) <= _NEAR_S
            return self.points_px[after] if is_near else np.full_like(self.points_px[after], np.nan)
        span_s = float(self.times_s[after] - self.times_s[before])
        if span_s > MAX_GAP_S or not 0 <= time_s - self.times_s[before] <= span_s:
            return np.full_like(self.points_px[0], np.nan)
        share = np.float32((time_s - self.times_s[before]) / span_s)
        first, second = self.points_px[before], self.points_px[after]
        return np.asarray(first + (second - first) * share, dtype=np.float32)

    def only(self, person: int) -> "Film":
        """The same with the joints of one person, counted from 1."""
        return replace(self, points_px=self.points_px[:, person - 1 : person])


class _Keeping(Observer):
    """An observer that keeps what it has seen, and tells how far it is."""

    def __init__(self, estimator: PoseEstimator, *, persons: int, tell: Callable[[int], None]) -> None:
        super().__init__(estimator, persons=persons)
        self.seen: dict[float, Pose] = {}
        self._tell, self._count = tell, 0

    def observe(self, frame: Frame) -> Pose:
        pose = super().observe(frame)
        self.seen[frame.time_s] = pose
        self._count += 1
        self._tell(self._count)
        return pose


def watch(
    path: Path, estimator: PoseEstimator, *, persons: int, tell: Tell = lambda done, total: None
) -> tuple[SkeletonSequence, Film]:
    """Find the joints in every picture of a film, as `core.pose.extract` does; the estimator is closed afterwards.

    Raises SourceError where the film cannot be read and DataError where nobody is in it.
    """
    source = VideoFile(path, real_time=False)
    total = VideoFile(path, real_time=False)
    try:
        count = total.open().frame_count
    finally:
        total.close()
    observer = _Keeping(estimator, persons=persons, tell=lambda done: tell(done, count))
    try:
        sequence = extract(source, observer, least_seen=0.0)
    finally:
        observer.close()
    to_kinect25 = map_to_kinect25(sequence.layout)
    points_px = np.full((*sequence.positions_m.shape[:2], len(KINECT_25), 2), np.nan, np.float32)
    for row, time_s in enumerate(sequence.times_s.tolist()):
        pose = observer.seen[time_s]
        for place, positions_m in enumerate(sequence.positions_m[row]):
            for person in range(pose.person_count):
                if np.array_equal(pose.positions_m[person], positions_m):
                    points_px[row, place] = to_kinect25.positions(pose.positions_px[person])
    return sequence, Film(path=path, times_s=sequence.times_s, points_px=points_px)


def projected(path: Path, sequence: SkeletonSequence) -> Film:
    """The film of joints that were kept without their places in the picture, as a library keeps them.

    A lens as `core.pose.placing` assumes it shows joints in camera axes within about 2 % of the height of a body of
    where the pose network has seen them (half of them; 95 % within 5 %).

    Raises SourceError where the film cannot be read.
    """
    source = VideoFile(path, real_time=False)
    try:
        info = source.open()
    finally:
        source.close()
    sequence = sequence.to_kinect25()
    there = np.ptp(sequence.positions_m, axis=2).max(axis=-1) > 0  # (T, P)
    points_px = Lens(width_px=info.width_px, height_px=info.height_px).pixels(sequence.positions_m)
    is_seen = there & np.isfinite(points_px).all(axis=(2, 3))  # no body without some of its joints
    points_px = np.where(is_seen[..., None, None], points_px, np.float32(np.nan))
    return Film(path=path, times_s=sequence.times_s, points_px=points_px)
