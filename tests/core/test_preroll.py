"""The last seconds: bounded whatever comes, one stretch without a seam, and kept as any other recording."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import OutputError, SourceError
from core.library.check import problems_of
from core.library.disk import START_BYTES, DiskGuard
from core.library.growing import TIMES, read_times
from core.library.library import TRASH, Library
from core.library.records import State
from core.live import preroll as module
from core.live.listeners import FrameListeners
from core.live.preroll import PreRoll
from core.live.results import LiveResult
from core.live.session import LiveSession
from core.opencv import cv2
from core.sources.source import Frame, SourceInfo
from tests.core.test_recorder import frames, pictures_in
from tests.fakes import FakeEstimator, FakeSource, FramePipeline, tiny_model

SOURCE = SourceInfo(label="fake", width_px=64, height_px=48, rate_hz=30.0, frame_count=None, is_live=True)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def preroll() -> Iterator[PreRoll]:
    held = PreRoll()
    yield held
    held.close()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.opened(tmp_path / "library", create=True) as opened:
        yield opened


def pipeline() -> FramePipeline:
    return FramePipeline(estimator=FakeEstimator(), model=tiny_model())


def hold(preroll: PreRoll, frame: Frame, result: LiveResult | None = None) -> None:
    """As its thread does, and at once."""
    preroll._hold(frame)
    if result is not None:
        preroll.result(result)


def held_times_s(preroll: PreRoll) -> list[float]:
    return [held.time_s for held in preroll._stretch.frames]


# --- what is held ---


def test_the_last_ten_seconds_are_held(preroll: PreRoll) -> None:
    stage = pipeline()
    for frame in frames(450):
        hold(preroll, frame, stage.process(frame))
    status = preroll.status()
    assert (status.missed, status.problem) == (0, "")
    assert status.frames in (300, 301)  # of 30 a second, as the times are rounded
    assert 9.9 < status.seconds <= 10
    assert held_times_s(preroll)[-1] == pytest.approx(5 + 449 / 30)
    assert [pose.number for pose in preroll._stretch.poses] == [held.number for held in preroll._stretch.frames]
    preroll.clear()
    assert preroll.status().frames == preroll.status().bytes == 0


steps = st.lists(
    st.tuples(
        st.sampled_from([1 / 30, 1 / 30, 1 / 30, 0.5, 4.0, 0.0, -2.0]),  # seconds on
        st.sampled_from([0, 0, 0, 0, 1]),  # streams on
        st.sampled_from([(24, 32), (24, 32), (24, 32), (12, 16)]),
        st.booleans(),  # looked at
        st.integers(1, 3),  # frames on
    ),
    max_size=60,
)


@settings(max_examples=40, deadline=None)
@given(steps=steps, most_bytes=st.integers(500, 40_000), seconds=st.floats(0.1, 5.0))
def test_bounded_in_seconds_and_bytes_and_without_a_seam(
    steps: list[tuple[float, int, tuple[int, int], bool, int]], most_bytes: int, seconds: float
) -> None:
    preroll = PreRoll(seconds=seconds, most_bytes=most_bytes)
    stage, noise = pipeline(), np.random.default_rng(0)
    time_s, stream, number = 0.0, 0, -1
    for step_s, seam, shape, is_looked_at, count in steps:
        time_s, stream, number = time_s + step_s, stream + seam, number + count
        picture = noise.integers(0, 255, (*shape, 3)).astype(np.uint8)
        frame = Frame(picture_bgr=picture, time_s=time_s, arrived_s=time_s, number=number, stream=stream)
        hold(preroll, frame, stage.process(frame) if is_looked_at else None)
        held, status = list(preroll._stretch.frames), preroll.status()
        assert status.bytes == sum(one.jpeg.nbytes for one in held) + sum(pose.bytes for pose in preroll._stretch.poses)
        assert status.bytes <= most_bytes or not held
        assert status.seconds <= seconds
        assert status.frames + status.missed == (held[-1].number - held[0].number + 1 if held else 0)
        assert len({(one.stream, one.shape) for one in held}) <= 1
        assert all(later.time_s > earlier.time_s for earlier, later in pairwise(held))
        assert len(preroll._stretch.poses) <= 301
        if held:
            assert held[-1].number == number
    preroll.close()


def test_nobody_waits_for_the_encoder_and_what_is_missing_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, encode = threading.Event(), cv2.imencode

    def slow(*arguments: object) -> object:
        gate.wait(10)
        return encode(*arguments)  # type: ignore[call-overload]

    monkeypatch.setattr(cv2, "imencode", slow)
    monkeypatch.setattr(module, "_MOST_WAITING", 4)
    preroll, many = PreRoll(), list(frames(31))
    preroll.frame(many[0])
    while len(preroll._waiting):  # until it is encoded, which takes as long as the gate is shut
        pass
    for frame in many[1:30]:
        preroll.frame(frame)  # would hang here
    gate.set()
    while preroll.status().frames < 5:
        pass
    hold(preroll, many[30])
    status = preroll.status()
    assert (status.frames, status.missed) == (6, 25)
    preroll.close()


def test_an_encoder_that_breaks_is_told_and_the_session_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imencode", lambda *arguments: (False, None))
    preroll, listeners = PreRoll(), FrameListeners()
    listeners.attach(preroll)
    live = LiveSession(
        source=FakeSource(60), make_estimator=FakeEstimator, model=tiny_model(), every_frame=True,
        tap=listeners.frame, on_result=listeners.result,
    )  # fmt: skip
    live.start()
    assert len(list(live.results())) == 60
    live.stop()
    preroll._thread.join(10)
    status = preroll.status()
    assert "not held any more" in status.problem
    assert (status.frames, status.bytes) == (0, 0)
    preroll.close()
    preroll.close()


def test_a_failed_listener_says_so(preroll: PreRoll) -> None:
    hold(preroll, next(frames(1)))
    preroll.failed(ValueError("odd"))
    assert "odd" in preroll.status().problem
    assert preroll.status().frames == 0


# --- keeping it ---


def test_what_is_kept_is_a_recording_as_any_other(preroll: PreRoll, library: Library) -> None:
    stage = pipeline()
    for frame in frames(90):
        now = replace(frame, arrived_s=time.monotonic() - (89 - frame.number) / 30)
        hold(preroll, now, stage.process(now) if frame.number % 2 == 0 else None)
    told: list[tuple[int, int]] = []
    rests_s: list[float] = []
    take = preroll.keep(
        library, person="Anna", source=SOURCE, prompt="wave", label="wave",
        progress=lambda done, total: told.append((done, total)), pause=rests_s.append,
    )  # fmt: skip
    recording = take.entry.recording
    assert (take.missed, take.problem, recording.state, recording.frames) == (0, "", State.DONE, 90)
    assert (recording.source, recording.rate_hz, recording.persons) == ("fake", 30.0, 1)
    assert recording.duration_s == pytest.approx(89 / 30)
    began = datetime.fromisoformat(recording.recorded_at)
    assert timedelta(seconds=1) < datetime.now().astimezone() - began < timedelta(seconds=60)
    assert [segment.action for segment in take.entry.segments] == ["wave"]
    times_s = read_times(take.entry.folder / TIMES)
    np.testing.assert_allclose(times_s, 5 + np.arange(90) / 30)
    joints = take.entry.joints()
    assert joints is not None
    np.testing.assert_allclose(joints.times_s, times_s[::2] - times_s[0])
    film = pictures_in(take.entry.folder / recording.video)
    for number in (0, 40, 60):
        assert int(film[number].picture_bgr.mean(axis=(0, 2)).argmax()) == number
    assert told == [(done, 90) for done in range(1, 91)]
    assert len(rests_s) == 90
    assert 0 < min(rests_s) <= max(rests_s) <= 0.05
    assert list(problems_of(library)) == []
    assert preroll.status().frames == 90, "it can be kept again"


def test_nothing_from_before_a_seam_is_kept(preroll: PreRoll, library: Library) -> None:
    stage, many = pipeline(), list(frames(90))
    for frame in many[:60]:
        hold(preroll, frame, stage.process(frame))
    for frame in many[60:]:
        anew = replace(frame, stream=1)
        hold(preroll, anew, stage.process(anew))
    take = preroll.keep(library, person="Anna", source=None)
    assert take.entry.recording.frames == 30
    joints = take.entry.joints()
    assert joints is not None
    assert len(joints) == 30
    assert joints.times_s[0] == 0


def test_another_session_begins_another_stretch(preroll: PreRoll, library: Library) -> None:
    """Its frames are numbered anew, though the clock of its camera goes on."""
    first, second = pipeline(), pipeline()
    for frame in frames(40):
        hold(preroll, frame, first.process(frame))
    for frame in frames(20):
        later = replace(frame, time_s=frame.time_s + 3)
        hold(preroll, later, second.process(later))
    take = preroll.keep(library, person="Anna", source=None)
    joints = take.entry.joints()
    assert joints is not None
    assert (take.entry.recording.frames, len(joints)) == (20, 20)


def test_a_pause_begins_another_stretch(preroll: PreRoll) -> None:
    """Nobody listened meanwhile, or the computer slept."""
    for frame in frames(60):
        hold(preroll, replace(frame, time_s=frame.time_s + 5 * (frame.number >= 50)))
    assert (preroll.status().frames, preroll.status().missed) == (10, 0)


def test_nothing_held_and_no_room(preroll: PreRoll, library: Library) -> None:
    with pytest.raises(SourceError, match="nothing to keep"):
        preroll.keep(library, person="Anna", source=None)
    hold(preroll, next(frames(1)))
    guard = DiskGuard(library.folder, free=lambda folder: START_BYTES - 1)
    with pytest.raises(OutputError, match="make room"):
        preroll.keep(library, person="Anna", source=None, guard=guard)
    assert library.names() == []


def test_one_who_thinks_better_of_it_leaves_it_in_the_trash(preroll: PreRoll, library: Library) -> None:
    for frame in frames(30):
        hold(preroll, frame)

    def cancel(done: int, total: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        preroll.keep(library, person="Anna", source=None, progress=cancel)
    assert library.names() == []
    assert len(list((library.folder / TRASH).iterdir())) == 1


def test_it_is_kept_while_frames_go_on(library: Library) -> None:
    preroll, is_over = PreRoll(seconds=1.0), threading.Event()

    def go_on() -> None:
        for frame in frames(100_000):
            if is_over.is_set():
                break
            preroll.frame(frame)

    going = threading.Thread(target=go_on)
    going.start()
    while preroll.status().seconds < 0.9:
        pass
    take = preroll.keep(library, person="Anna", source=None)
    is_over.set()
    going.join(10)
    preroll.close()
    times_s = read_times(take.entry.folder / TIMES)
    assert (np.diff(times_s) > 0).all()
    assert times_s[-1] - times_s[0] <= 1
    assert take.entry.recording.frames == len(times_s) == len(pictures_in(take.entry.folder / "video.mkv"))
