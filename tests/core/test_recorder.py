"""Recording: every frame in the film with its time, and whatever happens all but the last moment is there."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError, OutputError
from core.library.check import problems_of
from core.library.growing import POSES_PART, TIMES, GrowingFile, pose_records, read_poses, read_times
from core.library.library import POSES, Library
from core.library.recorder import FILM, Recorder
from core.library.records import RecordingDocument, State
from core.library.repair import repair, unfinished
from core.pose.mapped import to_kinect25
from core.pose.observer import Follower
from core.skeleton.segment import Segment
from core.skeleton.sequence import load_sequence
from core.sources.source import Frame
from core.sources.video import VideoFile
from tests.fakes import FakeEstimator

ROOT = Path(__file__).resolve().parents[2]
RECORDED = RecordingDocument(person="Anna", prompt="wave", recorded_at="2026-11-26T14:03:22+01:00", rate_hz=30.0)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def frames(count: int, *, rate_hz: float = 30.0) -> Iterator[Frame]:
    """Frames that can be told apart: a bar that moves."""
    for number in range(count):
        picture = np.full((48, 64, 3), 40, np.uint8)
        picture[:, number % 64] = 250
        yield Frame(picture_bgr=picture, time_s=5.0 + number / rate_hz, arrived_s=0.0, number=number)


def record(library: Library, count: int, *, sees: bool = True) -> Recorder:
    recorder, follower, estimator = Recorder(library, RECORDED), Follower(), FakeEstimator(sees=lambda _: sees)
    recorder.begin()
    for frame in frames(count):
        assert recorder.frame(frame)
        pose = to_kinect25(follower.follow(frame, estimator.estimate(frame)))
        recorder.poses(frame.time_s, pose, (0,) if pose.person_count else (None,))
    return recorder


def pictures_in(film: Path) -> list[Frame]:
    source = VideoFile(film, real_time=False)
    source.open()
    try:
        return list(iter(source.read, None))
    finally:
        source.close()


def test_every_frame_is_in_the_film_with_its_time(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        recorder = record(library, 90)
        entry = recorder.end(label="wave")
        assert entry.segments == (Segment(start_s=0.0, end_s=entry.recording.duration_s, action="wave"),)
        assert (entry.recording.state, entry.recording.frames) == (State.DONE, 90)
        assert entry.recording.duration_s == pytest.approx(89 / 30)
        assert (entry.recording.width_px, entry.recording.height_px) == (64, 48)
        assert recorder.status().missed == 0
        again = library.entry(entry.name)
        assert again == entry
        film = pictures_in(entry.folder / FILM)
        assert len(film) == 90
        for number in (0, 17, 63):
            assert int(film[number].picture_bgr.mean(axis=(0, 2)).argmax()) == number
        np.testing.assert_allclose(read_times(entry.folder / TIMES), 5.0 + np.arange(90) / 30)
        joints = load_sequence(entry.poses)
        assert len(joints) == 90
        assert joints.times_s[0] == 0.0
        assert not (entry.folder / POSES_PART).exists()
        assert (library.actions, library.document.persons) == (("wave",), ("Anna",))


def test_nobody_in_the_picture_and_nothing_at_all(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        entry = record(library, 30, sees=False).end()
        assert entry.recording.frames == 30
        assert not entry.poses.exists()
        entry = record(library, 0).end()
        assert (entry.recording.frames, entry.film) == (0, None)
        assert list(problems_of(library)) == []


def test_a_disk_that_refuses_more_ends_the_film_and_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        written = [0]
        write = Recorder._count

        def full(self: Recorder, duration_s: float) -> None:
            write(self, duration_s)
            written[0] += 1
            if written[0] == 40:
                raise OutputError("No space left on device.")

        monkeypatch.setattr(Recorder, "_count", full)
        recorder = Recorder(library, RECORDED)
        entry = recorder.begin()
        given = [recorder.frame(frame) for frame in frames(60)]
        until_s = time.monotonic() + 10
        while not recorder.status().problem and time.monotonic() < until_s:
            time.sleep(0.01)
        assert not recorder.frame(next(frames(1)))
        entry = recorder.end()
        assert recorder.status().problem == "No space left on device."
        assert recorder.status().missed >= 1
        assert len(given) == 60
        assert entry.recording.frames == 40
        assert len(pictures_in(entry.folder / FILM)) >= 39


def test_frames_that_cannot_be_written_in_time_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    with Library.opened(tmp_path / "library", create=True) as library:
        counted = Recorder._count

        def slow(self: Recorder, duration_s: float) -> None:
            gate.wait(10)
            counted(self, duration_s)

        monkeypatch.setattr(Recorder, "_count", slow)
        recorder = Recorder(library, RECORDED, queue_bytes=5 * 48 * 64 * 3)
        recorder.begin()
        given = [recorder.frame(frame) for frame in frames(20)]
        gate.set()
        entry = recorder.end()
        missed = given.count(False)
        assert 10 <= missed <= 15
        assert recorder.status().missed == missed
        assert entry.recording.frames == 20 - missed


def test_who_has_time_waits_for_room_and_misses_nothing(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        recorder = Recorder(library, RECORDED, queue_bytes=2 * 48 * 64 * 3)
        recorder.begin()
        assert all(recorder.frame(frame, wait=True) for frame in frames(60))
        assert recorder.end().recording.frames == 60
        assert recorder.status().missed == 0


def test_joints_of_a_frame_before_the_first_one_are_left_out(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        recorder, follower, estimator = Recorder(library, RECORDED), Follower(), FakeEstimator()
        recorder.begin()
        for frame in frames(20):
            pose = to_kinect25(follower.follow(frame, estimator.estimate(frame)))
            if frame.number >= 5:
                recorder.frame(frame)
            for earlier in (frame, replace(frame, time_s=frame.time_s - 1)):
                recorder.poses(earlier.time_s, pose, (0,))
        joints = recorder.end().joints()
        assert joints is not None
        assert joints.times_s.tolist() == pytest.approx([number / 30 for number in range(15)])


def test_joints_that_make_no_sense_end_the_recording_and_are_told(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        recorder = record(library, 10)
        pose = to_kinect25(Follower().follow(next(frames(1)), FakeEstimator().estimate(next(frames(1)))))
        recorder.poses(6.0, replace(pose, positions_m=pose.positions_m[:, :3]), (0,))
        entry = recorder.end()
        assert "The recording stopped" in recorder.status().problem
        assert (entry.recording.frames, entry.recording.state) == (10, State.DONE)


def test_a_computer_that_slept_for_days_ends_the_recording(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        recorder = record(library, 10)
        (late,) = frames(1)
        recorder.frame(replace(late, time_s=late.time_s + 3 * 24 * 3600.0))
        entry = recorder.end()
        assert "cannot be longer" in recorder.status().problem
        assert entry.recording.frames == 10
        assert entry.recording.duration_s == pytest.approx(9 / 30)


KILLED = """
import sys, time
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from core.library.library import Library
from core.library.recorder import Recorder
from tests.core.test_recorder import RECORDED, frames
from core.pose.mapped import to_kinect25
from core.pose.observer import Follower
from tests.fakes import FakeEstimator
library = Library.opened(Path(sys.argv[2]), create=True)
recording = replace(RECORDED, is_hands_free=sys.argv[3] == "hands-free")
recorder, follower, estimator = Recorder(library, recording), Follower(), FakeEstimator()
recorder.begin()
began = time.monotonic()
for frame in frames(100000):
    time.sleep(max(0.0, began + frame.number / 30 - time.monotonic()))
    recorder.frame(frame)
    pose = to_kinect25(follower.follow(frame, estimator.estimate(frame)))
    recorder.poses(frame.time_s, pose, (0,))
    print(frame.number, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system with SIGKILL")
@pytest.mark.parametrize(("manner", "last_wanted"), [("hands-free", 100), ("free", 60)])
def test_a_killed_recording_is_there_but_for_the_last_second(tmp_path: Path, manner: str, last_wanted: int) -> None:
    """A real process, killed in the middle; the lock is free at once, and the next start puts it in order.

    A hands-free take gets the label that it was made for; whoever was free to do anything gets none.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(ROOT), str(tmp_path / "library"), manner],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    last = 0
    for line in process.stdout:
        last = int(line)
        if last >= last_wanted:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    with Library.opened(tmp_path / "library") as library:
        assert not library.why_read_only
        (entry,) = unfinished(library.entries()[0])
        found = repair(library, entry)
        assert found.is_kept
        entry = library.entry(entry.name)
        assert entry.recording.state is State.REPAIRED
        assert entry.recording.frames >= last - 30
        assert len(pictures_in(entry.folder / FILM)) >= last - 30
        assert len(load_sequence(entry.folder / POSES)) >= last - 5
        whole = Segment(start_s=0.0, end_s=entry.recording.duration_s, action="wave")
        assert entry.segments == ((whole,) if manner == "hands-free" else ())
        assert library.actions == (("wave",) if manner == "hands-free" else ())
        assert list(problems_of(library)) == []
        assert unfinished(library.entries()[0]) == []


def test_a_recording_that_never_held_anything_goes_to_the_trash(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        entry = library.begin(RECORDED)
        (entry.folder / FILM).write_bytes(b"\\x1aE\\xdf\\xa3 cut")
        (entry.folder / TIMES).write_bytes(b"123")
        found = repair(library, library.entry(entry.name))
        assert not found.is_kept
        assert library.names() == []
        assert (library.folder / "trash" / entry.name / FILM).exists()


def test_joints_alone_are_kept_where_the_film_is_broken(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        entry = record(library, 60).end()
        (entry.folder / FILM).write_bytes(b"")
        library.finish(entry, replace(entry.recording, state=State.RECORDING))
        assert repair(library, library.entry(entry.name)).is_kept
        kept = library.entry(entry.name)
        assert (kept.film, kept.recording.frames) == (None, 60)


@given(content=st.binary(max_size=2000), persons=st.integers(1, 2))
def test_no_bytes_break_the_files_that_grow(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, persons: int
) -> None:
    """A file that was cut off, or never was one of ours: whole records count, and only what makes sense of them."""
    folder = tmp_path_factory.mktemp("growing")
    (folder / TIMES).write_bytes(content)
    (folder / POSES_PART).write_bytes(content)
    assert len(read_times(folder / TIMES)) == len(content) // 8
    with contextlib.suppress(DataError):
        sequence = read_poses(folder / POSES_PART, persons=persons)
        assert sequence is None or np.isfinite(sequence.positions_m).all()


def test_a_stream_that_begins_anew_keeps_what_goes_on_in_time(tmp_path: Path) -> None:
    with GrowingFile(tmp_path / POSES_PART) as file:
        for time_s in (1.0, 2.0, 0.5, 1.5, 3.0, 3.0):
            record_ = np.zeros((), pose_records(1))
            record_["time_s"], record_["there"] = time_s, 1
            file.append(record_)
    sequence = read_poses(tmp_path / POSES_PART, persons=1)
    assert sequence is not None
    assert sequence.times_s.tolist() == [1.0, 2.0, 3.0]
