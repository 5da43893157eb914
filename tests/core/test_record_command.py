"""`jointlight record`: takes from the performer into a library, and what stands in the way of one."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli import record as command
from core.cli.console import err
from core.cli.run import run
from core.cli.window import WindowRequest
from core.library.library import Entry, Library
from core.library.recorder import Recorder, RecorderStatus
from core.library.records import State
from core.live.takes import Take, TakeRecorder
from core.pose.choice import MakeEstimator
from core.sources.source import Frame
from tests.fakes import FakeEstimator, FakeSource, tiny_model


def no_window(_request: WindowRequest) -> int:
    raise AssertionError("it needs no window")


class Camera(FakeSource):
    """Thirty frames a second of the real clock, until it is closed."""

    def __init__(self, frames: int = 100_000) -> None:
        super().__init__(frames, is_live=True)

    def read(self) -> Frame | None:
        self._closing.wait(1 / 30)
        return super().read()


@pytest.fixture(autouse=True)
def _fake_hardware(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def makers(_path: Path, *, persons: int) -> tuple[MakeEstimator, None]:
        return FakeEstimator, None

    monkeypatch.setattr(command, "load_model", lambda name, device: tiny_model())
    monkeypatch.setattr(command, "ready_pose_model", lambda chosen: Path("fake.task"))
    monkeypatch.setattr(command, "estimator_makers", makers)
    monkeypatch.setattr(command, "open_choice", lambda text, real_time, loop: Camera())
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def recorded(folder: Path, *options: str) -> int:
    arguments = ["record", "--library", str(folder), "--person", "Anna", "--seconds", "0.4", "--countdown", "0"]
    return run([*arguments, *options], open_window=no_window)


def test_takes_of_each_action_are_labelled_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "library"
    assert recorded(folder, "--action", "wave", "--action", "jump", "--takes", "2", "--json") == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert [take["action"] for take in report["recordings"]] == ["wave", "wave", "jump", "jump"]
    assert all(take["missed"] == 0 and take["frames"] >= 5 for take in report["recordings"])
    assert "jump, take 2 of 2" in said.err
    with Library.opened(folder) as library:
        entries, problems = library.entries()
        assert problems == []
        for entry in entries:
            assert entry.recording.state is State.DONE
            (segment,) = entry.segments
            assert segment.action == entry.recording.prompt
            assert segment.end_s == pytest.approx(entry.recording.duration_s)
            joints = entry.joints()
            assert joints is not None
            assert joints.times_s[-1] <= entry.recording.duration_s + 1e-6
        assert (library.actions, library.document.persons) == (("wave", "jump"), ("Anna",))


def test_ctrl_c_keeps_the_take_without_a_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = TakeRecorder.status

    def interrupted(self: TakeRecorder) -> RecorderStatus:
        found = status(self)
        if found.frames >= 5:
            monkeypatch.undo()
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(TakeRecorder, "status", interrupted)
    assert recorded(tmp_path / "library", "--action", "wave", "--seconds", "30") == 0
    with Library.opened(tmp_path / "library") as library:
        (entry,) = library.entries()[0]
        assert entry.segments == ()
        assert entry.recording.frames >= 5
    assert "Stopped." in capsys.readouterr().err


@pytest.mark.parametrize("takes", ["1", "2"])
def test_ctrl_c_while_a_take_is_being_ended_costs_no_label(
    tmp_path: Path, takes: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ended as a whole one, and only its last joints were waited for."""
    end = TakeRecorder.end

    def interrupted(self: TakeRecorder, *, label: str = "") -> Take:
        monkeypatch.setattr(TakeRecorder, "end", end)
        raise KeyboardInterrupt

    monkeypatch.setattr(TakeRecorder, "end", interrupted)
    assert recorded(tmp_path / "library", "--action", "wave", "--takes", takes, "--json") == 0
    (told,) = json.loads(capsys.readouterr().out)["recordings"]
    with Library.opened(tmp_path / "library") as library:
        (entry,) = library.entries()[0]
    assert [segment.action for segment in entry.segments] == ["wave"]
    assert told["name"] == entry.name


def test_a_film_that_breaks_off_at_its_very_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    end = Recorder.end

    def breaking(self: Recorder, *, label: str = "") -> Entry:
        self.give_up("The disk is full.")
        return end(self, label=label)

    monkeypatch.setattr(Recorder, "end", breaking)
    assert recorded(tmp_path / "library", "--action", "wave", "--json") == 2
    said = capsys.readouterr()
    assert "The disk is full. What was recorded is kept." in " ".join(said.err.split())
    (told,) = json.loads(said.out)["recordings"]
    assert told["problem"] == "The disk is full."
    assert told["frames"] >= 1


def test_a_take_without_a_picture_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(TakeRecorder, "frame", lambda self, frame: None)
    assert recorded(tmp_path / "library", "--action", "wave", "--json") == 0
    said = capsys.readouterr()
    assert "No picture came while it was recorded" in said.err
    assert json.loads(said.out)["recordings"] == []
    with Library.opened(tmp_path / "library") as library:
        assert library.names() == []


def test_a_camera_that_goes_leaves_what_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "open_choice", lambda text, real_time, loop: Camera(20))
    assert recorded(tmp_path / "library", "--action", "wave", "--seconds", "30") == 2
    assert "What was recorded is kept" in " ".join(capsys.readouterr().err.split())
    with Library.opened(tmp_path / "library") as library:
        (entry,) = library.entries()[0]
        assert entry.recording.frames >= 5
        assert [segment.action for segment in entry.segments] == ["wave"]


def test_a_disk_that_fills_up_ends_it_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    free = iter([10**12] * 6)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=next(free, 10**6)))
    assert recorded(tmp_path / "library", "--action", "wave", "--seconds", "30") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "only 1 MB are free" in said
    assert "What was recorded is kept" in said
    with Library.opened(tmp_path / "library") as library:
        (entry,) = library.entries()[0]
        assert entry.recording.state is State.DONE
        assert entry.recording.frames >= 15


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    rung: list[None] = []
    monkeypatch.setattr(err, "bell", lambda: rung.append(None))
    return rung


def test_in_turn_with_a_rest_and_without_a_sound(
    tmp_path: Path, bells: list[None], capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--action", "wave", "--action", "jump", "--takes", "2", "--in-turn", "--rest", "0.1", "--json"]
    assert recorded(tmp_path / "library", *options, "--no-sound") == 0
    said = capsys.readouterr()
    assert [take["action"] for take in json.loads(said.out)["recordings"]] == ["wave", "jump", "wave", "jump"]
    assert bells == []
    assert "Rest for 0.1 s. Next: jump, take 1 of 2" in said.err


def test_a_free_recording_has_no_label(tmp_path: Path, bells: list[None], capsys: pytest.CaptureFixture[str]) -> None:
    assert recorded(tmp_path / "library", "--countdown", "1") == 0
    said = capsys.readouterr()
    assert said.err.startswith("Recording in 1\nRecording: for 0.4 s\n")
    assert len(bells) == 2
    with Library.opened(tmp_path / "library") as library:
        (entry,) = library.entries()[0]
        assert (entry.segments, entry.recording.is_hands_free) == ((), False)


def test_a_full_disk_is_told_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert recorded(tmp_path / "library", "--action", "wave") == 2
    assert "make room before you record" in " ".join(capsys.readouterr().err.split())


def test_a_library_that_another_program_has_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Library.opened(tmp_path / "library", create=True):
        assert recorded(tmp_path / "library", "--action", "wave") == 2
    assert "Another program has it open" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--action", ""), "name of an action"),
        (("--action", "x" * 999), "name of an action"),
        (("--source", "film.mp4"), "jointlight library import"),
        (("--source", "nonsense"), "is no source"),
    ],
)
def test_what_does_not_fit_is_said(
    tmp_path: Path, options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recorded(tmp_path / "library", *options) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "library").exists()
