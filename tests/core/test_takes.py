"""Takes of a live session: film and joints of the same frames, whoever is slow, and a take that breaks is told."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.library.disk import START_BYTES, STOP_BYTES, DiskGuard
from core.library.growing import TIMES, read_times
from core.library.library import Library
from core.library.records import State
from core.live.listeners import FrameListeners
from core.live.results import LiveResult
from core.live.session import LiveSession
from core.live.takes import TakeRecorder
from core.sources.source import Frame, SourceInfo
from tests.fakes import FakeEstimator, FakeSource, FramePipeline, tiny_model

SOURCE = SourceInfo(label="fake", width_px=64, height_px=48, rate_hz=30.0, frame_count=None, is_live=True)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.opened(tmp_path / "library", create=True) as opened:
        yield opened


def results(count: int) -> Iterator[LiveResult]:
    source, pipeline = FakeSource(count), FramePipeline(estimator=FakeEstimator(), model=tiny_model())
    while (frame := source.read()) is not None:
        yield pipeline.process(frame)


def test_a_session_whose_results_nobody_takes_gives_each_frame_its_joints(library: Library) -> None:
    listeners, recorder = FrameListeners(), TakeRecorder(library, person="Anna")
    recorder.begin("wave", source=SOURCE, is_hands_free=True)
    listeners.attach(recorder)
    live = LiveSession(
        source=FakeSource(90), make_estimator=FakeEstimator, model=tiny_model(), every_frame=True,
        every_result=False, tap=listeners.frame, on_result=listeners.result,
    )  # fmt: skip
    live.start()
    for thread in live._threads:
        thread.join(30)
    live.stop()
    take = recorder.end(label="wave")
    assert (take.missed, take.problem, take.entry.recording.frames) == (0, "", 90)
    assert take.entry.recording.is_hands_free
    joints = take.entry.joints()
    assert joints is not None
    np.testing.assert_allclose(joints.times_s, read_times(take.entry.folder / TIMES))


def test_a_take_has_the_joints_of_its_own_frames_only(library: Library) -> None:
    """It begins while the frame before is still looked at, and ends before its last one has been."""
    recorder = TakeRecorder(library, person="Anna")
    seen = list(results(40))
    recorder.frame(seen[9].frame)
    recorder.begin("wave", source=SOURCE)
    assert recorder.is_recording
    recorder.result(seen[9])
    for result in seen[10:29]:
        recorder.frame(result.frame)
        recorder.result(result)
    recorder.frame(seen[29].frame)

    def the_rest() -> None:
        while recorder._is_taking:
            pass
        for result in seen[30:]:
            recorder.frame(result.frame)
        recorder.result(seen[29])
        recorder.result(seen[30])

    looking = threading.Thread(target=the_rest)
    looking.start()
    take = recorder.end()
    looking.join(10)
    assert not recorder.is_recording
    times_s = read_times(take.entry.folder / TIMES)
    assert times_s.tolist() == [result.frame.time_s for result in seen[10:30]]
    joints = take.entry.joints()
    assert joints is not None
    np.testing.assert_allclose(joints.times_s, times_s - times_s[0])


def test_what_is_seen_between_stop_and_end_belongs_to_no_take(library: Library) -> None:
    recorder = TakeRecorder(library, person="Anna")
    recorder.begin("wave", source=SOURCE)
    for place, result in enumerate(results(12)):
        if place == 5:
            recorder.stop()
        recorder.frame(result.frame)
        recorder.result(result)
    take = recorder.end()
    assert take.entry.recording.frames == 5
    joints = take.entry.joints()
    assert joints is not None
    assert len(joints) == 5


def test_a_recorder_that_breaks_ends_its_take_and_says_why(library: Library) -> None:
    recorder, listeners = TakeRecorder(library, person="Anna"), FrameListeners()
    listeners.attach(recorder)
    recorder.begin("wave", source=SOURCE, is_hands_free=True)
    for result in results(20):
        broken = replace(result.frame, picture_bgr=None)  # type: ignore[arg-type]
        listeners.frame(broken if result.frame.number == 15 else result.frame)
        listeners.result(result)
    assert "AttributeError" in recorder.status().problem
    take = recorder.end()
    assert take.entry.recording.state is State.DONE
    assert take.entry.recording.frames <= 15
    assert "AttributeError" in take.problem


def test_a_full_disk_in_the_middle_of_a_take(library: Library) -> None:
    free = iter([START_BYTES, START_BYTES, START_BYTES, STOP_BYTES - 1])
    recorder = TakeRecorder(library, person="Anna", guard=DiskGuard(library.folder, free=lambda folder: next(free)))
    recorder.begin("wave", source=SOURCE, is_hands_free=True)
    for result in results(60):
        recorder.frame(result.frame)
        recorder.result(result)
    take = recorder.end()
    assert "make room" in take.problem
    assert (take.entry.recording.state, take.entry.recording.frames) == (State.DONE, 45)
    assert take.missed == 15
    assert take.entry.segments == ()


def test_takes_come_one_after_the_other(library: Library) -> None:
    recorder, frames = TakeRecorder(library, person="Anna"), list(results(20))
    names = []
    for _ in range(3):
        names.append(recorder.begin("", source=None).name)
        with pytest.raises(RuntimeError, match="without end"):
            recorder.begin("", source=None)
        for result in frames:
            recorder.frame(result.frame)
            recorder.result(result)
        assert recorder.end().entry.recording.frames == 20
    assert library.names() == sorted(names)
    assert len(set(names)) == 3
    dropped = recorder.begin("", source=None).name
    recorder.frame(frames[0].frame)
    recorder.drop()
    assert library.names() == sorted(names)
    assert (library.folder / "trash" / dropped).is_dir()
    assert not recorder.is_recording
    with pytest.raises(RuntimeError, match="without begin"):
        recorder.end()
    recorder.frame(Frame(picture_bgr=np.zeros((2, 2, 3), np.uint8), time_s=0.0, arrived_s=0.0, number=0))
    recorder.failed(ValueError())
    assert recorder.status().frames == 0
