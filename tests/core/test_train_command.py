"""`jointlight train`: folds and seeds, what it refuses and in which words, and how it is interrupted."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.cli.run import run
from tests.clips import clip, write_dataset

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Checkpoints and figures of runs of each test are its own."""
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def no_window(_: object) -> int:
    raise AssertionError("training opens no window")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("clips"))


def jointlight(data: Path, out: Path, *more: str, dataset: str = "folder") -> int:
    asked = ["train", "--dataset", dataset, "--data", str(data), "--out", str(out), "--device", "cpu", "--epochs", "1"]
    return run([*asked, *more], open_window=no_window)


def test_folds_and_seeds_by_one_command_that_goes_on(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jointlight(clips, tmp_path / "cv", "--folds", "all", "--seeds", "2", "--jobs", "2") == 0
    printed = capsys.readouterr()
    assert "chosen on the test part: only for comparison with the literature" in printed.out
    assert "1 split x 2 seeds" in printed.err
    monkeypatch.setattr("core.training.repeats.ProcessPoolExecutor", None)  # no run may start again
    assert jointlight(clips, tmp_path / "cv", "--folds", "all", "--seeds", "2", "--json") == 0
    printed = capsys.readouterr()
    assert "2 of 2 runs were done before" in printed.err
    report = json.loads(printed.out)
    metrics = json.loads((tmp_path / "cv" / "metrics.json").read_text())
    keys = {"model", "dataset", "split", "n", "accuracy", "accuracy_std", "macro_f1", "ece", "parameters", "seeds"}
    assert keys | {"protocol", "best_epoch_accuracy"} <= report.keys()
    assert all(report[key] == metrics[key] for key in report.keys() - {"model"})
    assert report["seeds"] == 2
    assert [one["seed"] for one in metrics["runs"]] == [0, 1]
    assert metrics["command"].endswith("--epochs 1 --folds all --seeds 2 --out DIR")
    assert "12 clips" not in printed.err
    assert "24 clips" in printed.err, "the model is trained on everything"


def test_seeds_of_one_split_train_the_model_on_its_training_part(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert jointlight(clips, tmp_path / "x", "--seeds", "1", "--jobs", "1", "--split", "cross-subject") == 0
    assert "12 clips, " in capsys.readouterr().err
    metrics = json.loads((tmp_path / "x" / "metrics.json").read_text())
    assert metrics["accuracy_of_these_weights"] is not None
    assert metrics["best_epoch_accuracy"] is not None


WRONG = {
    "unknown data set": (("--dataset", "nonsense"), "known are sbu"),
    "unknown preset": (("--preset", "nonsense"), "known are paper, best"),
    "unknown split": (("--split", "nonsense"), "known are cross-subject"),
    "no jobs": (("--seeds", "2", "--jobs", "0"), "--jobs"),
    "jobs of one run": (("--jobs", "2"), "--jobs is for --folds, --seeds and --choose-thresholds"),
    "no seeds": (("--seeds", "0"), "--seeds"),
    "more seeds than anyone can run": (("--seeds", "1000000000"), "--seeds"),
    "a seed that is no seed": (("--seed", str(10**30)), "--seed"),
    "no epochs": (("--epochs", "0"), "--epochs"),
    "a split and all of them": (("--folds", "all", "--split", "cross-subject"), "leave --split out"),
    "other folds": (("--folds", "3"), "--folds"),
    "patience for nothing": (("--patience", "3"), "--patience needs --hold-out"),
    "a fixed recipe and early stop": (("--seeds", "2", "--hold-out", "0.2"), "leave --hold-out out"),
    "all held out": (("--hold-out", "1"), "between 0 and 1"),
    "no patience": (("--hold-out", "0.5", "--patience", "0"), "1 epoch or more"),
    "a log in a folder that is not there": (("--log", "no/such/folder.csv"), "choose a file"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_options_are_one_sentence_and_status_2(
    clips: Path, tmp_path: Path, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    more, words = WRONG[wrong]
    assert jointlight(clips, tmp_path / "x", *more) == 2
    assert words in " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert not (tmp_path / "x").exists()


def test_folders_that_are_wrong_are_told(clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    (tmp_path / "holes" / "wave").mkdir(parents=True)
    for data, out, dataset, words in [
        (tmp_path / "empty", "x", "folder", "no folder of an action"),
        (tmp_path / "empty", "x", "sbu", "no SBU skeletons"),
        (tmp_path / "empty", "x", "utd-mhad", "no UTD-MHAD skeleton"),
        (tmp_path / "gone", "x", "folder", "not a folder"),
        (tmp_path / "holes", "x", "folder", "'wave' has no sequence file"),
        (clips, "mine", "folder", "other things"),
    ]:
        assert jointlight(data, tmp_path / out, dataset=dataset) == 2
        assert words in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def nan_file(path: Path) -> None:
    good = clip(0, seed=0)
    positions = good.positions_m.copy()
    positions[3, 0, 7] = np.nan
    np.savez(
        path, positions=positions, confidence=good.confidence, times_s=good.times_s, layout=np.array("kinect25"),
        schema_version=np.array(1),
    )  # fmt: skip


def test_joints_that_are_no_numbers_are_left_out_or_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_dataset(tmp_path / "clips")
    nan_file(folder / "left" / "0_broken.npz")
    assert jointlight(folder, tmp_path / "x", "--on-broken", "refuse") == 2
    assert "0_broken.npz" in (said := capsys.readouterr().err)
    assert "not a finite number" in said
    assert jointlight(folder, tmp_path / "x") == 0
    assert "0_broken.npz" in capsys.readouterr().err
    (skipped,) = json.loads((tmp_path / "x" / "metrics.json").read_text())["skipped_files"]
    assert "0_broken.npz" in skipped


def test_an_action_that_only_the_test_persons_do_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_dataset(tmp_path / "clips")
    for path in (folder / "left").iterdir():
        if path.name.startswith(("0", "2")):
            path.unlink()
    for more in ((), ("--folds", "all")):
        assert jointlight(folder, tmp_path / "x", *more) == 2
        assert "no training sample (cross-subject) of these actions: left" in " ".join(capsys.readouterr().err.split())


@pytest.fixture
def slow(clips: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A training by the real program that would take long."""
    asked = ["train", "--dataset", "folder", "--data", str(clips), "--out", str(tmp_path / "x"), "--epochs", "100000"]
    with subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *asked, "--device", "cpu", "--log", str(tmp_path / "log.csv")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    ) as process:
        yield process
        process.kill()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_keeps_the_state_and_says_how_to_go_on(slow: subprocess.Popen[str], tmp_path: Path, home: Path) -> None:
    assert slow.stderr is not None
    assert any("parameters" in line for line in iter(slow.stderr.readline, "")), "it has begun"
    while not (tmp_path / "log.csv").exists() or (tmp_path / "log.csv").read_text().count("\n") < 4:
        assert slow.poll() is None
    slow.send_signal(signal.SIGINT)
    _, said = slow.communicate(timeout=60)
    assert slow.returncode == 1
    assert "The same command goes on from there" in said
    assert "--restart" in said
    assert not (tmp_path / "x").exists()
    (kept,) = (home / "cache" / "checkpoints").iterdir()
    assert kept.stat().st_size > 100_000
