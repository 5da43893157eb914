"""A live session when things go wrong: it says so, goes on where it can, and its counters add up."""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.errors import ModelError
from core.live.effort import LOOKED_AT_S
from core.live.health import BLACK, FROZEN
from core.live.results import LiveResult, SessionState, SessionStatus
from core.live.session import LiveSession
from core.model.folder import ActionModel
from core.pose.pose import Pose
from core.sources.source import Frame, SourceInfo
from tests.fakes import FakeClock, FakeEstimator, FakeSource, tiny_model


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


class Camera(FakeSource):
    """Delivers frames whose time, picture and number are changed by `change`."""

    def __init__(self, frames: int, change: Callable[[Frame], Frame] = lambda frame: frame, **options: object) -> None:
        super().__init__(frames, is_live=True, **options)  # type: ignore[arg-type]
        self._change = change

    def open(self) -> SourceInfo:
        return replace(super().open(), is_camera=True)

    def read(self) -> Frame | None:
        frame = super().read()
        if frame is None:
            return None
        picture = np.random.default_rng(frame.number).integers(60, 90, frame.picture_bgr.shape).astype(np.uint8)
        return self._change(replace(frame, picture_bgr=picture, arrived_s=100.0 + frame.time_s))


def run(source: FakeSource) -> tuple[list[LiveResult], LiveSession]:
    live = LiveSession(source=source, make_estimator=FakeEstimator, model=tiny_model(), every_frame=True)
    live.start()
    try:
        return list(live.results()), live
    finally:
        live.stop()


def adds_up(status: SessionStatus) -> bool:
    return status.frames_in == status.frames_done + status.drops


# --- the source ---


@pytest.mark.parametrize("lost_at", [[0], [5], [5, 6, 7], list(range(0, 60, 5))])
def test_a_camera_that_goes_and_comes_back(lost_at: list[int]) -> None:
    results, live = run(Camera(60, lost_at=lost_at))
    assert [result.frame.number for result in results] == list(range(60))
    assert live.status().state is SessionState.FINISHED
    assert adds_up(live.status())


@pytest.mark.parametrize("text", [BLACK, FROZEN])
def test_pictures_in_which_nothing_can_be_seen_are_told(text: str) -> None:
    def change(frame: Frame) -> Frame:
        if not 30 <= frame.number < 150:
            return frame
        level = 0 if text == BLACK else 70
        return replace(frame, picture_bgr=np.full_like(frame.picture_bgr, level))

    said: dict[int, tuple[str, ...]] = {}
    live = LiveSession(source=Camera(240, change), make_estimator=FakeEstimator, model=tiny_model(), every_frame=True)
    live.start()
    for result in live.results():
        said[result.frame.number] = live.status().notices
    live.stop()
    assert text in {notice for notices in said.values() for notice in notices}
    assert not any(said[number] for number in range(60)), "not at once"
    assert not any(said[number] for number in range(180, 230)), "and not for ever"


def test_a_film_may_be_black_and_stand_still() -> None:
    """It is played at its own speed, as a camera is, and is none."""
    live = LiveSession(
        source=FakeSource(120, is_live=True), make_estimator=FakeEstimator, model=tiny_model(), every_frame=True
    )
    live.start()
    said = {notice for _ in live.results() for notice in live.status().notices}
    live.stop()
    assert said == set()


def test_a_camera_that_changes_its_size() -> None:
    def change(frame: Frame) -> Frame:
        return frame if frame.number < 30 else replace(frame, picture_bgr=frame.picture_bgr[:24, :32])

    results, live = run(Camera(60, change))
    assert results[-1].prediction is not None
    source = live.status().source
    assert source is not None
    assert (source.width_px, source.height_px) == (32, 24)


def test_a_camera_of_seven_pictures_a_second_is_understood() -> None:
    results, _ = run(Camera(70, rate_hz=7.0))
    assert results[-1].prediction is not None
    assert len(results[-1].prediction.alpha) > 20, "the window is on the model's own grid"


@pytest.mark.parametrize("jump_s", [-50.0, 50.0, 9 * 3600.0])
def test_a_time_that_jumps_starts_anew(jump_s: float) -> None:
    """Also what sleep and wake of a computer look like: the camera goes on hours later."""

    def change(frame: Frame) -> Frame:
        by_s = jump_s if frame.number >= 60 else 0.0
        return replace(frame, time_s=frame.time_s + by_s, arrived_s=frame.arrived_s + abs(by_s))

    results, live = run(Camera(120, change))
    assert results[59].prediction is not None
    assert results[62].prediction is None
    assert results[-1].prediction is not None
    assert adds_up(live.status())


def test_time_stamps_that_repeat() -> None:
    results, _ = run(Camera(120, lambda frame: replace(frame, time_s=(frame.number // 3) * 3 / 30)))
    assert len(results) == 120
    assert results[-1].prediction is not None
    assert np.isfinite(results[-1].prediction.probabilities).all()


# --- the networks ---


def test_a_pose_network_that_breaks_now_and_then_loses_those_frames_only() -> None:
    made: list[FakeEstimator] = []

    def make() -> FakeEstimator:
        made.append(FakeEstimator(errors_at=[10, 40, 41]))
        return made[-1]

    live = LiveSession(source=Camera(60), make_estimator=make, model=tiny_model(), every_frame=True)
    live.start()
    results = list(live.results())
    live.stop()
    status = live.status()
    assert [result.frame.number for result in results] == [n for n in range(60) if n not in (10, 40, 41)]
    assert (status.state, status.failures, status.drops) == (SessionState.FINISHED, 3, 3)
    assert adds_up(status)
    assert len(made) == 4, "each time with a fresh network"
    assert all(estimator.closed for estimator in made)


def test_a_pose_network_that_breaks_again_and_again_ends_the_session() -> None:
    estimator = FakeEstimator(errors_from=10)
    live = LiveSession(source=Camera(60), make_estimator=lambda: estimator, model=tiny_model(), every_frame=True)
    live.start()
    with pytest.raises(ValueError, match="the network broke"):
        list(live.results())
    live.stop()
    status = live.status()
    assert status.state is SessionState.FAILED
    assert "the network broke" in status.message
    assert adds_up(status)
    assert estimator.closed


def breaking(model: ActionModel, calls: range) -> ActionModel:
    """A model whose features raise at some calls."""
    features, count = model.features, [0]

    def sometimes(*arguments: object, **options: object) -> object:
        count[0] += 1
        if count[0] in calls:
            raise RuntimeError("out of memory")
        return features(*arguments, **options)  # type: ignore[arg-type]

    model.features = sometimes  # type: ignore[method-assign, assignment]
    return model


@pytest.mark.parametrize("persons", [1, 2])
def test_a_model_that_breaks_once_begins_anew(persons: int) -> None:
    """What it had seen is forgotten, and whoever is there is looked at again at once."""
    estimator = FakeEstimator(sees=lambda frame: tuple(range(persons)))
    model = breaking(tiny_model(persons=persons), range(30, 31))  # two seconds after the start
    live = LiveSession(source=Camera(120), make_estimator=lambda: estimator, model=model, every_frame=True)
    live.start()
    results = {result.frame.number: result for result in live.results()}
    live.stop()
    (lost,) = set(range(120)) - set(results)
    assert results[lost - 1].prediction is not None
    assert results[lost + 1].prediction is None
    assert None not in results[lost + 1].looked_at
    assert results[lost + 40].prediction is not None
    assert (live.status().failures, live.status().drops) == (1, 1)


def test_a_model_that_breaks_again_and_again_ends_the_session() -> None:
    model = breaking(tiny_model(), range(10, 10_000))
    live = LiveSession(source=Camera(90), make_estimator=FakeEstimator, model=model, every_frame=True)
    live.start()
    with pytest.raises(RuntimeError, match="out of memory"):
        list(live.results())
    live.stop()
    assert live.status().failures >= 2
    assert adds_up(live.status())


def test_what_says_how_to_mend_it_ends_the_session_at_once() -> None:
    class Incompatible(FakeEstimator):
        def estimate(self, frame: Frame) -> Pose:
            raise ModelError("Choose another model.")

    live = LiveSession(source=Camera(9), make_estimator=Incompatible, model=tiny_model(), every_frame=True)
    live.start()
    with pytest.raises(ModelError, match="another model"):
        list(live.results())
    live.stop()


# --- a machine that cannot keep up ---


class Paced(Camera):
    """Thirty pictures for each second of the clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(2_000)
        self._clock = clock

    def has_caught_up(self) -> bool:
        return self._next > 30 * (self._clock.now_s - 100.0)

    def read(self) -> Frame | None:
        while self.has_caught_up() and not self._closing.is_set():
            time.sleep(0.0002)
        frame = super().read()
        return None if frame is None else replace(frame, arrived_s=self._clock.now_s)


class Slow(FakeEstimator):
    """Takes some of the clock's time for each picture, during which the camera goes on."""

    def __init__(self, clock: FakeClock, camera: Paced, takes_s: float) -> None:
        super().__init__()
        self._clock, self._camera, self._takes_s = clock, camera, takes_s

    def estimate(self, frame: Frame) -> Pose:
        until_s = time.monotonic() + 1
        while not self._camera.has_caught_up() and time.monotonic() < until_s:
            time.sleep(0.0002)
        self._clock.now_s += self._takes_s
        return super().estimate(frame)


@pytest.mark.parametrize("has_lighter", [True, False])
def test_a_slow_machine_says_so_and_does_less(has_lighter: bool) -> None:
    clock = FakeClock()
    camera = Paced(clock)
    lighter: list[Slow] = []

    def make_lighter() -> Slow:
        lighter.append(Slow(clock, camera, 0.020))
        return lighter[-1]

    live = LiveSession(
        source=camera,
        make_estimator=lambda: Slow(clock, camera, 0.060),
        model=tiny_model(),
        make_lighter=make_lighter if has_lighter else None,
        clock=clock,
    )
    told: set[str] = set()
    live._on_wake = lambda: told.update(live.status().notices)
    live.start()
    until_s = time.monotonic() + 20
    while not told and not live.is_over() and time.monotonic() < until_s:
        live.take(timeout_s=0.05)
    live.stop()
    assert clock.now_s - 100.0 >= LOOKED_AT_S
    assert len(lighter) == has_lighter
    assert any(("lighter" if has_lighter else "pictures a second") in text for text in told)
    assert adds_up(live.status())


def test_a_window_that_hangs_for_a_while_finds_the_newest_result() -> None:
    """Nobody looks for a long time: nothing piles up, and the picture is the last one."""
    live = LiveSession(
        source=Camera(3_000), make_estimator=FakeEstimator, model=tiny_model(), every_frame=True, every_result=False
    )
    live.start()
    for thread in live._threads:
        thread.join(60)
    latest = live.latest()
    live.stop()
    assert latest is not None
    assert latest.frame.number == 2_999
    assert adds_up(live.status())


# --- again and again ---


def test_a_hundred_sessions_leave_nothing_behind() -> None:
    def one() -> None:
        live = LiveSession(source=Camera(20), make_estimator=FakeEstimator, model=tiny_model())
        live.start()
        live.take(timeout_s=1.0)
        live.stop()
        assert adds_up(live.status())

    for _ in range(10):  # until caches are filled
        one()
    gc.collect()
    threads, files, memory_mb = threading.active_count(), open_files(), psutil.Process().memory_info().rss / 1e6
    for _ in range(100):
        one()
    gc.collect()
    assert threading.active_count() == threads
    assert open_files() <= files
    assert psutil.Process().memory_info().rss / 1e6 < memory_mb + 30, "a session holds about a megabyte"


def open_files() -> int:
    """How many files this process has open; 0 where the system does not tell."""
    place = Path("/proc/self/fd")
    return len(os.listdir(place)) if place.is_dir() else 0  # noqa: PTH208  # one handle less than a Path's iterator
