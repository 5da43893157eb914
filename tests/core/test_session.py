"""The live session with fake hardware: nothing lost or newest wins, every failure told, every thread ended."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from typing_extensions import override

from core.errors import PoseModelError, SourceError
from core.live.motion import motion_speed_m_s
from core.live.results import SessionState
from core.live.session import LiveSession
from core.pose.mapped import to_kinect25
from core.pose.observer import Observer
from core.pose.pose import Pose
from core.skeleton.features import frame_features
from core.skeleton.resample import resample_clip
from core.sources.source import Frame
from tests.fakes import FakeClock, FakeEstimator, FakeSource, FramePipeline, tiny_model


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def session(source: FakeSource, estimator: FakeEstimator | None = None, **options: object) -> LiveSession:
    used = estimator or FakeEstimator()
    return LiveSession(source=source, make_estimator=lambda: used, model=tiny_model(), **options)  # type: ignore[arg-type]


def run_to_the_end(live: LiveSession) -> list[int]:
    live.start()
    try:
        return [result.frame.number for result in live.results()]
    finally:
        live.stop()


def test_every_frame_means_every_frame() -> None:
    source, estimator = FakeSource(120), FakeEstimator()
    live = session(source, estimator, every_frame=True)
    assert run_to_the_end(live) == list(range(120))
    status = live.status()
    assert (status.state, status.frames_in, status.frames_done, status.drops) == (SessionState.FINISHED, 120, 120, 0)
    assert status.pose_frames == 120
    assert estimator.closed
    assert source.closed
    assert len(estimator.threads) == 1, "the estimator belongs to one thread"


def test_the_newest_frame_wins_and_drops_are_counted() -> None:
    """While the pose of the first frame takes its time, the source runs to its end; only its last frame is left."""
    source_done, first_seen = threading.Event(), threading.Event()

    class SlowEstimator(FakeEstimator):
        def estimate(self, frame: Frame) -> Pose:
            if frame.number == 0:
                first_seen.set()
                source_done.wait(5)
            return super().estimate(frame)

    class Watched(FakeSource):
        def read(self) -> Frame | None:
            frame = super().read()
            if frame is None:
                source_done.set()
            elif frame.number == 1:
                first_seen.wait(5)
            return frame

    live = session(Watched(50, is_live=True), SlowEstimator())
    live.start()
    for thread in live._threads:
        thread.join(5)
    live.stop()
    status = live.status()
    latest = live.latest()
    assert latest is not None
    assert latest.frame.number == 49
    assert (status.frames_in, status.frames_done, status.drops) == (50, 2, 48)


def test_the_same_clip_gives_the_same_features_live_and_in_training() -> None:
    estimator, model = FakeEstimator(), tiny_model()
    pipeline = FramePipeline(estimator=estimator, model=model, clock=FakeClock())
    source = FakeSource(120, rate_hz=24.0)  # 75 rows on the grid: the window of 30 has slid
    frames = list(iter(source.read, None))
    last = [pipeline.process(frame) for frame in frames][-1]
    observer = Observer(estimator)
    joints = np.stack([to_kinect25(observer.observe(frame)).positions_m for frame in frames])  # (T, 1, 25, 3)
    times_s = np.array([frame.time_s for frame in frames])
    clip = resample_clip(times_s, joints, rate_hz=model.rate_hz)
    features = frame_features(torch.from_numpy(clip), model.config.features).numpy()
    assert last.prediction is not None
    held = len(last.prediction.alpha)
    assert 20 < held <= model.config.window_frames
    whole = model.predict(features[-held:])
    np.testing.assert_allclose(last.prediction.probabilities, whole.probabilities, atol=1e-5)
    np.testing.assert_allclose(last.prediction.alpha[-1], whole.alpha[-1], atol=1e-5)
    assert last.prediction.weight == pytest.approx(whole.weight, abs=1e-4)


def test_a_person_who_leaves_takes_the_window_along() -> None:
    estimator = FakeEstimator(sees=lambda frame: frame.time_s < 2)
    pipeline = FramePipeline(estimator=estimator, model=tiny_model(), clock=FakeClock())
    results = [pipeline.process(frame) for frame in iter(FakeSource(100).read, None)]
    assert results[50].prediction is not None
    assert results[62].prediction is not None, "a short gap is bridged"
    assert results[90].prediction is None
    assert results[90].decision.action is None


def test_a_time_that_goes_back_starts_anew() -> None:
    pipeline = FramePipeline(estimator=FakeEstimator(), model=tiny_model(), clock=FakeClock())
    frames = list(iter(FakeSource(60).read, None))
    first = [pipeline.process(frame) for frame in frames]
    again = [pipeline.process(frame) for frame in frames]
    assert again[0].prediction is None
    for before, after in zip(first, again, strict=True):
        assert after.decision == before.decision
        assert (after.prediction is None) == (before.prediction is None)
        if before.prediction is not None and after.prediction is not None:
            np.testing.assert_array_equal(after.prediction.probabilities, before.prediction.probabilities)


def test_a_window_in_which_the_frame_gate_is_shut_is_no_action() -> None:
    """The network names something for it all the same, and with confidence."""
    results = {}
    for bias in (-100.0, 1.0):
        model = tiny_model(("wave",))
        assert model.network.members[0].temporal is not None
        with torch.no_grad():
            model.network.members[0].temporal.from_input.bias.fill_(bias)
            model.network.members[0].temporal.from_input.weight.zero_()
        pipeline = FramePipeline(estimator=FakeEstimator(), model=model, clock=FakeClock())
        results[bias] = [pipeline.process(frame) for frame in iter(FakeSource(90).read, None)][-1]
    shut, still_open = results[-100.0], results[1.0]
    assert shut.prediction is not None
    assert shut.prediction.probabilities[0] == pytest.approx(1)
    assert shut.decision.action is None
    assert still_open.decision.action == "wave"


def test_speed_is_that_of_the_fastest_joints() -> None:
    positions = np.repeat(np.random.default_rng(1).normal(size=(1, 1, 25, 3)), 16, axis=0).astype(np.float32)
    positions[:, 0, 4:8, 0] += np.linspace(0, 1, 16, dtype=np.float32)[:, None]
    assert motion_speed_m_s(positions, rate_hz=15, joints=tuple(range(21))) == pytest.approx(1.0, rel=1e-3)
    assert motion_speed_m_s(positions[:1], rate_hz=15, joints=(0, 1)) == 0


def test_a_camera_that_vanishes_and_comes_back() -> None:
    states: list[SessionState] = []
    live = session(FakeSource(20, lost_at=[5]), every_frame=True)
    live._on_wake = lambda: states.append(live.status().state)
    assert run_to_the_end(live) == list(range(20))
    assert SessionState.LOST in states
    assert live.status().state is SessionState.FINISHED


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: session(FakeSource(5, open_error=SourceError("No such camera.")), every_frame=True), "No such camera"),
        (lambda: session(FakeSource(5, error_at={3: SourceError("It broke.")}), every_frame=True), "It broke"),
        (lambda: session(FakeSource(9), FakeEstimator(errors_from=2), every_frame=True), "the network broke"),
    ],
    ids=["open", "read", "pose"],
)
def test_what_breaks_is_told(make: Callable[[], LiveSession], text: str, caplog: pytest.LogCaptureFixture) -> None:
    live = make()
    with pytest.raises((SourceError, ValueError), match=text):
        run_to_the_end(live)
    status = live.status()
    assert status.state is SessionState.FAILED
    assert text in status.message


def test_an_estimator_that_cannot_start_fails_the_session() -> None:
    def fail() -> FakeEstimator:
        raise PoseModelError("The pose model is missing.")

    source = FakeSource(5)
    live = LiveSession(source=source, make_estimator=fail, model=tiny_model(), every_frame=True)
    with pytest.raises(PoseModelError):
        run_to_the_end(live)
    assert source.closed


def test_stop_ends_a_source_that_waits_and_a_consumer_that_does_not_read() -> None:
    waiting = session(FakeSource(5, gate=threading.Event()))
    waiting.start()
    waiting.stop()
    assert waiting.status().state is SessionState.STOPPED
    unread = session(FakeSource(500), every_frame=True)
    unread.start()
    unread.stop()
    unread.stop()
    assert unread.status().state is SessionState.STOPPED


def test_start_and_stop_a_hundred_times() -> None:
    for _ in range(100):
        live = session(FakeSource(3))
        live.start()
        live.stop()


def test_a_pose_network_that_hangs_shows_in_the_age_of_the_picture() -> None:
    """New frames keep coming, but what is on screen grows old."""
    clock, hanging, release = FakeClock(), threading.Event(), threading.Event()

    class Hanging(FakeEstimator):
        def estimate(self, frame: Frame) -> Pose:
            if frame.number >= 1:
                hanging.set()
                release.wait(5)
            return super().estimate(frame)

    live = session(FakeSource(10_000, is_live=True), Hanging(), clock=clock)
    live.start()
    assert hanging.wait(5)
    clock.now_s += 3
    assert live.status().frame_age_s == pytest.approx(3.0)
    release.set()
    live.stop()


def test_a_failing_source_never_looks_like_an_end() -> None:
    for _ in range(200):
        live = session(FakeSource(3, error_at={1: SourceError("It broke.")}), every_frame=True)
        with pytest.raises(SourceError):
            run_to_the_end(live)
        assert live.status().state is SessionState.FAILED


def test_the_models_rate_is_that_of_the_network_and_not_of_the_camera() -> None:
    pipeline = FramePipeline(estimator=FakeEstimator(), model=tiny_model(rate_hz=10.0), clock=FakeClock())
    results = [pipeline.process(frame) for frame in iter(FakeSource(91, rate_hz=30.0).read, None)]
    assert 20 <= sum(result.is_new for result in results[30:]) <= 21


def test_another_stream_starts_anew() -> None:
    pipeline = FramePipeline(estimator=FakeEstimator(), model=tiny_model(), clock=FakeClock())
    frames = list(iter(FakeSource(60).read, None))
    for frame in frames:
        before = pipeline.process(frame)
    seam = replace(frames[-1], time_s=frames[-1].time_s + 1 / 30, stream=1)
    after = pipeline.process(seam)
    assert before.prediction is not None
    assert after.prediction is None


def test_a_session_runs_once() -> None:
    live = session(FakeSource(1))
    live.start()
    with pytest.raises(RuntimeError):
        live.start()
    live.stop()


class OneFrame(threading.Event):
    """A gate that lets a single frame through."""

    def __init__(self) -> None:
        super().__init__()
        self._passed = False

    @override
    def wait(self, timeout: float | None = None) -> bool:
        passed, self._passed = self._passed, True
        return super().wait(timeout) if passed else True


def test_an_old_frame_shows_its_age() -> None:
    clock = FakeClock()
    live = session(FakeSource(1000, is_live=True, gate=OneFrame()), clock=clock)
    seen = threading.Event()
    live._on_wake = seen.set
    live.start()
    assert seen.wait(5)
    clock.now_s += 3
    assert live.status().frame_age_s == pytest.approx(3.0)
    live.stop()
