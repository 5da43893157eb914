"""A whole training by the command line and below it: what it writes, how it goes on, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from scipy.io import savemat

from core.cli.run import run
from core.datasets.catalogue import load_dataset
from core.datasets.dataset import Split, SplitBy
from core.datasets.utd_mhad import ACTIONS as UTD_ACTIONS
from core.datasets.utd_mhad import load_utd_mhad
from core.errors import DataError, OutputError
from core.model.folder import load_model
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence
from core.training.distributed import Team
from core.training.early_stop import HoldOut
from core.training.events import EpochDone, RunStarted
from core.training.loop import Shard
from core.training.metrics import class_f1, confusion_matrix, expected_calibration_error
from core.training.pixels import through_pixels
from core.training.repeats import run_split
from core.training.run import ModelTraining, Plan, RunResult
from core.training.run_figures import Repeats
from core.training.source import TrainingData
from core.training.tensors import to_tensors
from tests.clips import ACTIONS, CPU, SMALL, clip, small_dataset, write_dataset

ROOT = Path(__file__).resolve().parent.parent.parent
ALONE = Team(shard=Shard(), device=CPU)
SHORT = replace(SMALL.with_epochs(6), dropout=0.4)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Checkpoints and figures of runs of each test are its own."""
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def plan(out: Path, **changes: Any) -> Plan:
    base = Plan(
        data=TrainingData(dataset=small_dataset()), recipe=SHORT, title="Small", out=out, command="jointlight train",
        split="cross-subject", seed=1,
    )  # fmt: skip
    return replace(base, **changes)


def finish(training: ModelTraining) -> RunResult:
    last = list(training.events())[-1]
    assert isinstance(last, RunResult)
    return last


# --- below the command line ---


def test_a_training_writes_a_folder_that_runs_and_says_how_it_was_made(tmp_path: Path, home: Path) -> None:
    result = finish(ModelTraining(plan(tmp_path / "small", recipe=SMALL.with_epochs(30)), team=ALONE))
    model = load_model(str(result.folder), device="cpu")
    assert model.actions == ACTIONS
    metrics = json.loads((result.folder / "metrics.json").read_text())
    assert metrics == result.metrics
    assert metrics["accuracy"] == metrics["accuracy_of_these_weights"]
    assert (metrics["n"], metrics["seeds"], metrics["accuracy_std"]) == (12, 1, None)
    assert metrics["split"] == "0 2 train, 1 3 test"
    assert "last weights" in metrics["protocol"]
    assert np.trace(metrics["confusion"]) == round(12 * metrics["accuracy"])
    card = (result.folder / "card.md").read_text()
    assert "`jointlight train`" in card
    assert f"{100 * metrics['accuracy']:.1f} %" in card
    assert max(map(len, card.splitlines())) <= 120
    assert list((home / "cache" / "checkpoints").iterdir()) == [], "a training that is done leaves nothing"


def test_figures_of_a_cross_validation_stand_beside_weights_of_everything(tmp_path: Path) -> None:
    data = TrainingData(dataset=small_dataset())
    runs = [run_split(data, SHORT, split="cross-subject", seed=s, device=CPU, tell=lambda _: False) for s in (0, 1)]
    repeats = Repeats(runs=tuple(one for one in runs if one is not None))
    training = ModelTraining(plan(tmp_path / "all", split=None, repeats=repeats), team=ALONE)
    started = next(training.events())
    assert isinstance(started, RunStarted)
    assert started.samples == 24, "the test part included"
    metrics = finish(training).metrics
    assert metrics["accuracy"] == repeats.mean()
    assert metrics["accuracy_std"] == repeats.std()
    assert metrics["best_epoch_accuracy"] == repeats.mean("best_epoch_accuracy")
    assert metrics["accuracy_of_these_weights"] is None, "there is no test part left"
    assert "all 24 sequences" in metrics["protocol"]
    assert "trained on all sequences" in metrics["split"]


def test_cancelling_leaves_no_model_and_the_same_training_goes_on(tmp_path: Path, home: Path) -> None:
    expected = finish(ModelTraining(plan(tmp_path / "whole"), team=ALONE))
    events = ModelTraining(plan(tmp_path / "parted"), team=ALONE).events()
    for event in events:
        if isinstance(event, EpochDone) and event.epoch == 4:
            break
    events.close()
    assert not (tmp_path / "parted").exists()
    assert len(list((home / "cache" / "checkpoints").iterdir())) == 1
    later = ModelTraining(plan(tmp_path / "parted"), team=ALONE)
    assert later.is_resumed
    assert later.run.epoch == 4
    assert_same_weights(finish(later).folder, expected.folder)
    assert not ModelTraining(plan(tmp_path / "parted"), team=ALONE).is_resumed


def assert_same_weights(one: Path, other: Path) -> None:
    weights, others = load_file(one / "model.safetensors"), load_file(other / "model.safetensors")
    assert weights.keys() == others.keys()
    assert all(torch.equal(tensor, others[name]) for name, tensor in weights.items())


def test_another_seed_recipe_part_or_version_does_not_go_on_from_it_nor_does_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = ModelTraining(plan(tmp_path / "x"), team=ALONE).events()
    for event in events:
        if isinstance(event, EpochDone):
            break
    events.close()
    for other in (
        plan(tmp_path / "x", seed=2),
        plan(tmp_path / "x", recipe=replace(SHORT, batch=7)),
        plan(tmp_path / "x", hold_out=HoldOut(share=0.3, patience=1)),
    ):
        assert not ModelTraining(other, team=ALONE).is_resumed
    with monkeypatch.context() as patch:  # of Jointlight, that trains in another way
        patch.setattr("core.training.run.VERSION", -1)
        assert not ModelTraining(plan(tmp_path / "x"), team=ALONE).is_resumed
    assert not ModelTraining(plan(tmp_path / "x"), team=ALONE, restart=True).is_resumed
    assert ModelTraining(plan(tmp_path / "y"), team=ALONE).is_resumed, "the same training, wherever its model goes"


def test_a_model_that_cannot_be_written_costs_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full at the end: once there is room the same command writes the model."""

    def full(*_: object, **__: object) -> None:
        raise OutputError("Cannot write it: No space left on device.")

    expected = finish(ModelTraining(plan(tmp_path / "whole"), team=ALONE))
    with monkeypatch.context() as patch:
        patch.setattr("core.training.run.save_model", full)
        with pytest.raises(OutputError, match="No space"):
            finish(ModelTraining(plan(tmp_path / "x"), team=ALONE))
    later = ModelTraining(plan(tmp_path / "x"), team=ALONE)
    assert later.is_resumed
    assert later.run.step == later.run.steps
    assert_same_weights(finish(later).folder, expected.folder)


def test_early_stop_is_told_in_the_protocol(tmp_path: Path) -> None:
    stopped = plan(tmp_path / "x", recipe=SMALL, hold_out=HoldOut(share=0.5, patience=2))
    training = ModelTraining(stopped, team=ALONE)
    metrics = finish(training).metrics
    assert training.run.epoch < 60
    assert metrics["epochs"] == training.run.epoch
    assert "1 of the 2 training persons held out" in metrics["protocol"]
    assert "last weights" not in metrics["protocol"]
    assert "no weights and no epoch chosen on the test part" in metrics["protocol"]


def test_two_persons_make_a_model_of_two_persons(tmp_path: Path) -> None:
    dataset = small_dataset(persons=2)
    recipe = SHORT.with_epochs(1).adapted_to(dataset)
    result = finish(ModelTraining(plan(tmp_path / "x", data=TrainingData(dataset=dataset), recipe=recipe), team=ALONE))
    assert load_model(str(result.folder), device="cpu").persons == 2
    assert "two persons" in (result.folder / "card.md").read_text()


def test_a_model_through_pixels_has_figures_of_both_views(tmp_path: Path) -> None:
    data = TrainingData(dataset=small_dataset(), pixels=small_dataset(takes=4))
    training = ModelTraining(plan(tmp_path / "x", data=data), team=ALONE)
    metrics = finish(training).metrics
    assert (metrics["n"], metrics["pixels"]["n"]) == (12, 6)
    assert len(training.run.data) == 12 + 2 * 6, "the smaller view weighs as much"
    assert "through pixels" in (tmp_path / "x" / "card.md").read_text()


def test_more_persons_than_the_network_sees_are_refused() -> None:
    with pytest.raises(DataError, match="two persons"):
        to_tensors(small_dataset(persons=2).samples, rate_hz=15, persons=1, device=CPU)


def test_a_split_that_leaves_an_action_without_samples_is_refused(tmp_path: Path) -> None:
    dataset = small_dataset()
    only = Split(name="few", by=SplitBy.PERSON, train=frozenset({9}), text="")
    lonely = replace(dataset, samples=(*dataset.samples, replace(dataset.samples[0], person=9)), splits=(only,))
    with pytest.raises(DataError, match=r"no training sample .* left, right"):
        ModelTraining(plan(tmp_path / "x", data=TrainingData(dataset=lonely), split="few"), team=ALONE)


# --- the command line ---


def no_window(**_: object) -> int:
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
    "jobs of one run": (("--jobs", "2"), "--jobs is for --folds and --seeds"),
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


# --- figures and files ---


def test_figures_against_hand_counts() -> None:
    labels, said = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0])
    confusion = confusion_matrix(labels, said, 3)
    assert confusion.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    np.testing.assert_allclose(class_f1(confusion), [0.5, 0.8, 0.0])
    sure_and_right = np.array([[0.9, 0.1]] * 10, dtype=np.float32)
    assert expected_calibration_error(sure_and_right, np.zeros(10, dtype=np.int64)) == pytest.approx(0.1, abs=1e-6)


def test_utd_mhad_reads_its_files_and_names_the_broken_ones(tmp_path: Path) -> None:
    savemat(tmp_path / "a3_s1_t1_skeleton.mat", {"d_skel": np.random.default_rng(0).normal(size=(20, 3, 50))})
    savemat(tmp_path / "a4_s2_t1_skeleton.mat", {"d_skel": np.zeros((15, 3, 50))})
    savemat(tmp_path / "a5_s2_t1_skeleton.mat", {"other": np.zeros(3)})
    savemat(tmp_path / "a6_s2_t1_skeleton.mat", {"d_skel": np.full((20, 3, 5), np.nan)})
    savemat(tmp_path / "a99_s2_t1_skeleton.mat", {"d_skel": np.zeros((20, 3, 50))})
    (tmp_path / "a1_s1_t1_skeleton.mat").write_bytes(b"MATLAB 5.0 and then nothing")
    (tmp_path / "readme.txt").write_text("not a skeleton")
    dataset = load_utd_mhad(tmp_path)
    read = [(sample.name, UTD_ACTIONS[sample.label]) for sample in dataset.samples]
    assert read == [("a3_s1_t1_skeleton.mat", "wave")]
    assert len(dataset.skipped) == 5
    with pytest.raises(DataError, match="test persons"):
        dataset.part(train=False)


def test_wrong_names_and_folders_are_told(tmp_path: Path) -> None:
    for name, folder, text in [
        ("nonsense", tmp_path, "utd-mhad"),
        ("utd-mhad", tmp_path, "no UTD-MHAD skeleton"),
        ("utd-mhad", tmp_path / "gone", "not a folder"),
    ]:
        with pytest.raises(DataError, match=text):
            load_dataset(name, folder)


def test_the_whole_of_utd_mhad_is_read(shared_data: Path) -> None:
    dataset = load_utd_mhad(shared_data / "utd_mhad")
    assert (len(dataset.samples), len(dataset.skipped)) == (861, 0)
    assert (len(dataset.part(train=True)), len(dataset.part(train=False))) == (431, 430)


def test_clips_of_different_lengths_and_persons_are_padded_with_their_last_pose_and_nobody() -> None:
    two, one = clip(0, seed=1, frames=20, persons=2), clip(1, seed=2, frames=40)
    samples = [replace(small_dataset().samples[0], sequence=sequence) for sequence in (two, one)]
    data = to_tensors(samples, rate_hz=30, persons=2, device=CPU)
    assert data.positions_m.shape == (2, 40, 2, len(KINECT_25), 3)
    assert data.lengths.tolist() == [20, 40]
    assert torch.equal(data.positions_m[0, 25], data.positions_m[0, 19])
    assert data.positions_m[1, :, 1].abs().sum() == 0
    assert isinstance(two, SkeletonSequence)


def test_two_persons_cannot_be_played_by_one_performer(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="leave out --through-pixels"):
        through_pixels(small_dataset(persons=2), pose_model=tmp_path / "none.task")
