"""Own actions on the command line: what is printed, what is refused, what an interruption says; and mirrors."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli.run import run
from core.library.library import Library
from core.training.checkpoint import Checkpoint
from core.training.events import EpochDone, Events
from core.training.own_report import read_report
from tests.clips import own_library

TAKES = {(person, action): 2 for person in ("Anna", "Ben") for action in range(3)}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Checkpoints of each test are its own."""
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return own_library(tmp_path / "library", TAKES)


def no_window(_: object) -> int:
    raise AssertionError("no window is needed")


def train(library: Path, *more: str) -> int:
    return run(["train", "--library", str(library), "--epochs", "1", "--device", "cpu", *more], open_window=no_window)


def actions(library: Path, *more: str) -> int:
    return run(["library", "actions", "--library", str(library), *more], open_window=no_window)


def words(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


# --- training ---


def test_a_learning_curve_is_printed_and_in_the_json(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(library, "--learning-curve") == 0
    printed = capsys.readouterr()
    assert "Round 1 of 2: up to 1 takes of an action" in printed.err
    assert "takes, at most" in printed.out
    assert "Tested on so few clips" in printed.out
    assert train(library, "--learning-curve", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report) == [
        "actions", "clips", "persons", "split", "accuracy", "macro_f1", "seconds", "model", "learning_curve", "advice",
    ]  # fmt: skip
    assert [sum(point["takes"].values()) for point in report["learning_curve"]] == [3, 6]
    assert (report["clips"], report["persons"]) == (12, 2)


def test_where_the_model_goes_and_what_was_wrong(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(library, "--out", str(tmp_path / "a model")) == 0
    out = capsys.readouterr().out
    report = read_report(tmp_path / "a model")
    assert report is not None
    wrong = [clip for clip in report.clips if not clip.is_right]
    assert out.count("Wrong: ") == min(5, len(wrong))
    assert all(clip.recording in out for clip in wrong[:5])
    assert f"jointlight live --model '{tmp_path / 'a model'}'" in out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--folds", "all"], "--folds cannot be used with --library"),
        (["--preset", "best", "--seeds", "2"], "--preset, --seeds cannot be used with --library"),
        (["--choose-thresholds"], "use --dataset library --data DIR"),
        (["--on-broken", "refuse"], "--on-broken refuse cannot be used"),
        (["--data", "x"], "leave those out"),
        (["--split", "without Zoe"], "known are without Anna, without Ben"),
        (["--log", "no/such/folder.csv"], "choose a file"),
    ],
)
def test_options_that_do_not_fit_a_library(
    library: Path, more: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(library, *more) == 2
    assert said in words(capsys.readouterr().err)


def test_a_learning_curve_of_a_data_set_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["train", "--dataset", "sbu", "--data", "x", "--out", str(tmp_path / "x"), "--learning-curve"]
    assert run(asked, open_window=no_window) == 2
    assert "--learning-curve is for those" in words(capsys.readouterr().err)


def test_a_log_has_the_epochs_of_the_last_round(library: Path, tmp_path: Path) -> None:
    assert train(library, "--learning-curve", "--log", str(tmp_path / "log.csv")) == 0
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [["new classifier", "1"], ["main network", "2"]]


def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C after the first epoch."""
    follow = Checkpoint.follow

    def interrupting(self: Checkpoint, events: Events, *arguments: object, **options: object) -> Iterator[object]:
        def stopping() -> Events:
            for event in events:
                yield event
                if isinstance(event, EpochDone):
                    raise KeyboardInterrupt

        yield from follow(self, stopping(), *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Checkpoint, "follow", interrupting)


def test_an_interruption_says_how_to_go_on(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        interrupted(patch)
        assert train(library) == 1
    assert "Stopped after epoch 1. The same command goes on from there" in words(capsys.readouterr().err)
    assert not (library / "models").exists()
    assert train(library) == 0
    assert "Going on after epoch 1" in capsys.readouterr().err


def test_an_interruption_that_could_not_be_kept_says_why(
    library: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    (home / "cache").write_text("no folder")
    interrupted(monkeypatch)
    assert train(library) == 1
    said = words(capsys.readouterr().err)
    assert "Cannot write" in said
    assert "goes on from there" not in said


# --- mirrors ---


def test_actions_are_listed_and_told_what_they_are_in_a_mirror(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert actions(library) == 0
    assert "bend 4 Anna, Ben never" in words(capsys.readouterr().out)
    assert actions(library, "--mirror", "BEND=Same", "--mirror", "left=Right", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report == {
        "actions": [
            {"name": "bend", "clips": 4, "persons": ["Anna", "Ben"], "in_mirror": "bend"},
            {"name": "left", "clips": 4, "persons": ["Anna", "Ben"], "in_mirror": "right"},
            {"name": "right", "clips": 4, "persons": ["Anna", "Ben"], "in_mirror": "left"},
        ]
    }
    assert actions(library, "--mirror", "right=never") == 0
    assert words(capsys.readouterr().out).endswith(
        "bend 4 Anna, Ben same left 4 Anna, Ben never right 4 Anna, Ben never"
    )


def test_names_with_an_equals_sign_and_brackets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("a=b", "[red]c", "a")
    folder = own_library(tmp_path / "library", {("Anna", 0): 1, ("Anna", 1): 1, ("Anna", 2): 1}, actions=names)
    assert actions(folder, "--mirror", "a=b=[red]c", "--mirror", "a=same") == 0
    assert "[red]c" in capsys.readouterr().out
    library = Library.for_reading(folder)
    assert [entry.in_mirror for entry in library.document.actions] == ["[red]c", "a=b", "a"]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("bend", "write ACTION=same, =OTHER or =never"),
        ("bend=fly", "The library has no action 'fly'; it has: bend, left, right"),
        ("fly=same", "The library has no action 'fly'"),
        ("=", "The library has no action ''"),
    ],
)
def test_wishes_that_make_no_sense_change_nothing(
    library: Path, wish: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (library / "library.json").read_bytes()
    assert actions(library, "--mirror", "left=right", "--mirror", wish) == 2
    assert said in words(capsys.readouterr().err)
    assert (library / "library.json").read_bytes() == before


def test_a_library_that_another_has_open_is_listed_and_not_changed(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library.opened(library):
        assert actions(library) == 0
        assert actions(library, "--mirror", "bend=same") == 2
    assert "can only be read" in words(capsys.readouterr().err)
