"""The disk: how long it lasts, and one that runs full in the middle of a recording."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import OutputError
from core.library.backlog import Backlog
from core.library.disk import (
    RESERVE_BYTES,
    START_BYTES,
    STOP_BYTES,
    DiskGuard,
    Reserve,
    Room,
    disk_state,
    expected_bytes_s,
)
from core.library.library import Library
from core.library.recorder import FILM, Recorder
from core.library.records import State
from tests.core.test_recorder import RECORDED, frames, pictures_in

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


# --- how long it lasts ---


def test_minutes_are_what_is_free_above_what_must_stay() -> None:
    state = disk_state(STOP_BYTES + 60 * 10**6 * 20, bytes_s=10**6)
    assert (state.minutes, state.room, state.text) == (20.0, Room.ENOUGH, "")
    low = disk_state(START_BYTES, bytes_s=10**6)
    assert low.room is Room.LOW
    assert low.text == "Only 500 MB are free: about 5 minutes of recording. Make room soon."
    little = disk_state(START_BYTES - 1, bytes_s=1)
    assert little.room is Room.TOO_LITTLE
    assert "make room" in little.text
    assert disk_state(0, bytes_s=0).minutes == 0


@given(free=st.integers(0, 10**14), more=st.integers(0, 10**13), bytes_s=st.floats(0, 1e9))
def test_more_room_is_never_worse(free: int, more: int, bytes_s: float) -> None:
    order = [Room.TOO_LITTLE, Room.LOW, Room.ENOUGH]
    less, better = disk_state(free, bytes_s=bytes_s), disk_state(free + more, bytes_s=bytes_s)
    assert 0 <= less.minutes <= better.minutes
    assert order.index(less.room) <= order.index(better.room)


def test_a_larger_mode_takes_more() -> None:
    small = expected_bytes_s(width_px=640, height_px=480, rate_hz=30)
    assert 100_000 < small < 400_000
    assert expected_bytes_s(width_px=1920, height_px=1080, rate_hz=30) > 4 * small
    assert expected_bytes_s(width_px=640, height_px=480, rate_hz=0) == small


def test_the_guard_asks_the_disk(tmp_path: Path) -> None:
    free = [START_BYTES]
    guard = DiskGuard(tmp_path, free=lambda folder: free[0])
    guard.check_before()
    free[0] = STOP_BYTES
    guard.check_while()
    with pytest.raises(OutputError, match="make room before you record"):
        guard.check_before()
    free[0] -= 1
    with pytest.raises(OutputError, match="make room before you go on"):
        guard.check_while()
    state = guard.state(bytes_s=1e6)
    assert state is not None
    assert state.room is Room.TOO_LITTLE
    real = DiskGuard(tmp_path).state(bytes_s=1.0)
    assert real is not None
    assert real.free_bytes > 0


def test_a_disk_that_does_not_answer_stops_nothing(tmp_path: Path) -> None:
    guard = DiskGuard(tmp_path / "gone" / "away")
    guard.check_before()
    guard.check_while()
    assert guard.state(bytes_s=1.0) is None


def test_a_reserve_takes_room_and_gives_it_back(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve.part")
    assert (tmp_path / "reserve.part").stat().st_size == RESERVE_BYTES
    reserve.release()
    reserve.release()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="Cannot write"):
        Reserve(tmp_path / "no" / "folder")


# --- a recording ---


def test_too_little_to_begin_leaves_nothing(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        recorder = Recorder(library, RECORDED, guard=DiskGuard(library.folder, free=lambda folder: START_BYTES - 1))
        with pytest.raises(OutputError, match="make room"):
            recorder.begin()
        assert library.names() == []


def test_a_disk_that_fills_up_ends_the_recording_by_itself(tmp_path: Path) -> None:
    """Another program takes the disk: the film ends before nothing is left, and is finished as any other."""
    asked = [0]

    def free(folder: Path) -> int:
        asked[0] += 1
        return 10 * START_BYTES if asked[0] < 4 else STOP_BYTES - 1

    with Library.opened(tmp_path / "library", create=True) as library:
        recorder = Recorder(library, RECORDED, guard=DiskGuard(library.folder, free=free))
        recorder.begin()
        given = [recorder.frame(frame) for frame in frames(100)]
        entry = recorder.end()
        status = recorder.status()
        assert "ended because only" in status.problem
        assert (entry.recording.state, entry.recording.frames) == (State.DONE, 45)
        assert len(pictures_in(entry.folder / FILM)) == 45
        assert len(given) - 45 == status.missed
        assert entry.recording.duration_s == pytest.approx(44 / 30)
        assert library.entry(entry.name) == entry


FULL = """
import json, sys
from pathlib import Path
import numpy as np
sys.path.insert(0, sys.argv[1])
from core.library.check import problems_of
from core.library.disk import DiskGuard
from core.library.library import Library
from core.library.recorder import FILM, Recorder
from core.library.growing import TIMES, read_times
from core.pose.mapped import to_kinect25
from core.pose.observer import Follower
from core.sources.source import Frame
from tests.core.test_recorder import RECORDED, pictures_in
from tests.fakes import FakeEstimator
library = Library.opened(Path(sys.argv[2]) / "library", create=True)
recorder = Recorder(library, RECORDED, guard=DiskGuard(library.folder, free=lambda folder: 10**12))
recorder.begin()
noise = np.random.default_rng(0)
follower, estimator = Follower(), FakeEstimator()
given = 0
while not recorder.status().problem and given < 2000:
    picture = noise.integers(0, 255, (240, 320, 3)).astype(np.uint8)
    frame = Frame(picture_bgr=picture, time_s=given / 30, arrived_s=0.0, number=given)
    recorder.frame(frame, wait=True)
    recorder.poses(frame.time_s, to_kinect25(follower.follow(frame, estimator.estimate(frame))), (0,))
    given += 1
entry = recorder.end(label="wave")
joints = entry.joints()
print(json.dumps({
    "given": given, "problem": recorder.status().problem, "state": entry.recording.state,
    "frames": entry.recording.frames, "film": len(pictures_in(entry.folder / FILM)), "joints": len(joints),
    "segments": len(entry.segments), "problems": [str(one) for one in problems_of(library)],
    "times": len(read_times(entry.folder / TIMES)), "duration_s": entry.recording.duration_s,
    "again": library.entry(entry.name) == entry,
}))
"""


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A file system of 6 MB in a name space of its own: the film takes all that is left, and is finished."""
    shell = 'mount -t tmpfs -o size=6m none "$1" && exec "$2" -c "$3" "$4" "$1"'
    tried = None
    for flags in (["-m"], ["-U", "-r", "-m"]):
        try:
            tried = subprocess.run(
                ["unshare", *flags, "sh", "-c", shell, "sh", str(tmp_path), sys.executable, FULL, str(ROOT)],
                capture_output=True, text=True, check=False, cwd=ROOT, timeout=60,
            )  # fmt: skip
        except OSError:
            break
        if tried.returncode == 0 or "Traceback" in tried.stderr:
            break
    if tried is None or (tried.returncode != 0 and "Traceback" not in tried.stderr):
        pytest.skip("needs a system that lends small file systems (unshare, mount)")
    assert tried.returncode == 0, tried.stderr
    found = json.loads(tried.stdout)
    assert "No space left" in found["problem"]
    assert found["state"] == "done"
    assert 20 < found["frames"] == found["film"] < found["given"]
    assert found["times"] == found["frames"] <= found["joints"]
    assert (found["segments"], found["problems"], found["again"]) == (1, [], True)
    assert found["duration_s"] == pytest.approx((found["joints"] - 1) / 30)


# --- the backlog ---


@given(sizes=st.lists(st.integers(1, 50), max_size=40), most_bytes=st.integers(1, 100), most_items=st.integers(1, 10))
def test_a_backlog_is_bounded_and_keeps_the_order(sizes: list[int], most_bytes: int, most_items: int) -> None:
    backlog: Backlog[int] = Backlog(most_bytes=most_bytes, most_items=most_items)
    accepted = [number for number, size in enumerate(sizes) if backlog.put(number, size_bytes=size)]
    assert len(backlog) == len(accepted) <= most_items
    assert len(accepted) <= 1 or sum(sizes[number] for number in accepted) <= most_bytes
    backlog.close()
    assert not backlog.put(99, size_bytes=1)
    assert [backlog.take() for _ in accepted] == accepted
    assert backlog.take() is None


def test_closing_wakes_who_waits_for_room() -> None:
    backlog: Backlog[int] = Backlog(most_bytes=10, most_items=9)
    backlog.put(1, size_bytes=10)
    said: list[bool] = []
    waiter = threading.Thread(target=lambda: said.append(backlog.put(2, size_bytes=10, wait=True)))
    waiter.start()
    assert backlog.abandon() == [1]
    waiter.join(10)
    assert said == [False]
    assert backlog.take() is None
