"""The chain from frames to persons: places, identities, who is held, what begins anew."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from core.pose.observer import HELD_S, Observer
from core.pose.placing import focal_length_px, project
from core.pose.pose import Pose
from core.skeleton.layouts import MEDIAPIPE_33
from core.sources.source import Frame
from tests.fakes import FakeEstimator, FakeSource

HIPS = [MEDIAPIPE_33.index("HipLeft"), MEDIAPIPE_33.index("HipRight")]
FOCAL_PX = focal_length_px(640, 480)
BODY = (np.random.default_rng(5).uniform(-1, 1, size=(33, 3)) * (0.4, 0.9, 0.3)).astype(np.float32)
BODY -= BODY[HIPS].mean(axis=0)


class Walker(FakeEstimator):
    """A body at a known place of camera axes, seen by a perfect MediaPipe but for some noise."""

    def __init__(self, *, noise_m: float = 0.0) -> None:
        super().__init__()
        self._random = np.random.default_rng(1)
        self._noise_m = noise_m

    def place_m(self, time_s: float) -> NDArray[np.float32]:
        return np.array([0.4 * time_s - 0.5, 0.1, 4 - 0.8 * time_s], np.float32)

    def estimate(self, frame: Frame) -> Pose:
        noise_m = self._random.normal(scale=self._noise_m, size=(33, 3))
        noise_m -= noise_m[HIPS].mean(axis=0)
        joints_px = project(BODY + self.place_m(frame.time_s), focal_px=FOCAL_PX) + np.array([320, 240], np.float32)
        return Pose(
            layout=MEDIAPIPE_33,
            positions_m=(BODY + noise_m).astype(np.float32)[None],
            positions_px=joints_px[None],
            confidence=np.ones((1, 33), np.float32),
        )


def frames(count: int, *, first: int = 0, rate_hz: float = 30.0, stream: int = 0) -> list[Frame]:
    picture = np.zeros((480, 640, 3), np.uint8)
    return [
        Frame(picture_bgr=picture, time_s=number / rate_hz, arrived_s=0.0, number=number, stream=stream)
        for number in range(first, first + count)
    ]


def small_frames(count: int) -> list[Frame]:
    """Of the size that FakeEstimator's bodies are drawn for."""
    return list(iter(FakeSource(count).read, None))


@pytest.mark.parametrize("persons", [1, 2])
def test_walking_comes_back_in_camera_axes(persons: int) -> None:
    walker = Walker()
    observer = Observer(walker, persons=persons)
    for frame in frames(60):
        hips_m = observer.observe(frame).positions_m[0, HIPS].mean(axis=0)
        place_m = walker.place_m(frame.time_s)
        assert abs(hips_m[2] - place_m[2]) < 0.35, "depth is smoothed, so it lags"
        np.testing.assert_allclose(hips_m[:2] / hips_m[2], place_m[:2] / place_m[2], atol=0.02)


def test_depth_becomes_calm() -> None:
    walker = Walker(noise_m=0.03)
    walker.place_m = lambda time_s: np.array([0.3, 0.0, 3.0], np.float32)  # type: ignore[method-assign]
    observer = Observer(walker)
    depths = [float(observer.observe(frame).positions_m[0, HIPS, 2].mean()) for frame in frames(90)]
    assert np.std(np.diff(depths[10:])) < 0.02
    assert np.mean(depths[30:]) == pytest.approx(3.0, abs=0.1)


def test_of_one_person_only_the_place_is_filtered() -> None:
    """MediaPipe has smoothed the joints of one person already."""
    estimator = FakeEstimator()
    observer = Observer(estimator, persons=1)
    for frame in small_frames(20):
        raw, seen = estimator.estimate(frame), observer.observe(frame)
        about_hips = seen.positions_m[0] - seen.positions_m[0, HIPS].mean(axis=0)
        np.testing.assert_allclose(about_hips, raw.positions_m[0] - raw.positions_m[0, HIPS].mean(axis=0), atol=1e-4)
        np.testing.assert_array_equal(seen.positions_px, raw.positions_px)


def test_the_joints_of_two_are_smoothed_each_by_itself() -> None:
    walker = Walker(noise_m=0.005)
    raw, smooth = [], []
    observer = Observer(walker, persons=2)
    for frame in frames(60):
        seen = observer.observe(frame).positions_m[0]
        smooth.append(seen - seen[HIPS].mean(axis=0))
        raw.append(walker.estimate(frame).positions_m[0])
    assert np.diff(smooth, axis=0)[10:].std() < 0.6 * np.diff(raw, axis=0)[10:].std()


def test_identities_stay_whatever_the_order() -> None:
    observer = Observer(FakeEstimator(sees=lambda frame: (0, 1) if frame.number % 2 else (1, 0)), persons=2)
    poses = [observer.observe(frame) for frame in small_frames(30)]
    assert {pose.identities for pose in poses} == {poses[0].identities}
    left_px = np.array([pose.positions_px[0, HIPS, 0].mean() for pose in poses])
    assert np.ptp(left_px) < 2, "the main person is always the same one, and comes first"


def test_who_is_lost_is_held_for_a_moment_beside_who_is_seen() -> None:
    observer = Observer(FakeEstimator(sees=lambda frame: (0, 1) if frame.number < 10 else (0,)), persons=2)
    poses = [observer.observe(frame) for frame in small_frames(40)]
    lost = poses[9].identities[int(poses[9].positions_px[:, HIPS, 0].mean(axis=1).argmax())]
    for frame, pose in zip(small_frames(40), poses, strict=True):
        is_held = frame.number >= 10 and frame.time_s - 9 / 30 <= HELD_S
        assert pose.held == (frozenset({lost}) if is_held else frozenset())
        assert pose.person_count == (2 if frame.number < 10 or is_held else 1)
        if is_held:
            person = pose.identities.index(lost)
            before = poses[9].identities.index(lost)
            assert (pose.confidence[person] == 0).all()
            np.testing.assert_array_equal(pose.positions_m[person], poses[9].positions_m[before])


def test_nobody_is_held_alone() -> None:
    observer = Observer(FakeEstimator(sees=lambda frame: frame.number < 10))
    poses = [observer.observe(frame) for frame in small_frames(14)]
    assert [pose.person_count for pose in poses] == [1] * 10 + [0] * 4
    assert poses[-1].positions_m.shape == (0, 33, 3)


def test_a_time_that_goes_back_and_another_stream_begin_anew() -> None:
    for again in (frames(5), [replace(frame, stream=1) for frame in frames(5, first=60)]):
        walker = Walker()
        observer = Observer(walker, persons=2)
        for frame in frames(60):
            observer.observe(frame)
        found = [observer.observe(frame).positions_m for frame in again]
        afresh = Observer(walker, persons=2)
        for one, other in zip(found, (afresh.observe(frame).positions_m for frame in again), strict=True):
            np.testing.assert_array_equal(one, other)


def test_reset_and_close_reach_the_estimator() -> None:
    estimator = FakeEstimator()
    observer = Observer(estimator)
    observer.observe(small_frames(1)[0])
    observer.reset()
    assert estimator.resets == 1
    assert observer.observe(small_frames(1)[0]).identities == (0,)
    observer.close()
    assert estimator.closed


def test_the_depth_of_before_counts_where_too_little_is_seen() -> None:
    walker = Walker()
    observer = Observer(walker)
    far_m = [float(observer.observe(frame).positions_m[0, HIPS, 2].mean()) for frame in frames(10)][-1]
    whole = walker.estimate

    def only_a_foot(frame: Frame) -> Pose:
        return replace(whole(frame), confidence=np.full((1, 33), 0.1, np.float32))

    walker.estimate = only_a_foot  # type: ignore[method-assign]
    pose = observer.observe(frames(1, first=10)[0])
    assert float(pose.positions_m[0, HIPS, 2].mean()) == pytest.approx(far_m)
