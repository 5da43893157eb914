"""A whole training below the command line: what it writes, how it goes on, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from scipy.io import savemat

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
from core.training.repeats import run_split
from core.training.run import ModelTraining, Plan, RunResult
from core.training.run_figures import Repeats
from core.training.source import TrainingData
from core.training.tensors import to_tensors
from tests.clips import ACTIONS, CPU, SMALL, clip, small_dataset

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


def test_a_committee_is_interrupted_goes_on_and_is_read_as_one_model(tmp_path: Path) -> None:
    recipe = replace(SHORT, members=2)
    whole = finish(ModelTraining(plan(tmp_path / "whole", recipe=recipe), team=ALONE))
    events = ModelTraining(plan(tmp_path / "x", recipe=recipe), team=ALONE).events()
    while not isinstance(next(events), EpochDone):
        pass
    events.close()
    again = ModelTraining(plan(tmp_path / "x", recipe=recipe), team=ALONE)
    assert again.is_resumed
    result = finish(again)
    weights, expected = (load_file(one.folder / "model.safetensors") for one in (result, whole))
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], tensor) for name, tensor in expected.items())
    model = load_model(str(result.folder), device="cpu")
    assert len(model.network.members) == 2
    features = model.features(clip(1, seed=3).positions_m)
    prediction = model.predict(features)
    assert prediction.alpha.sum(axis=1) == pytest.approx(np.ones(len(features)), abs=1e-5)
    card = " ".join((result.folder / "card.md").read_text().split())
    assert "2 spatio-temporal attention LSTMs" in card
    assert "together name 3 actions" in card


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


def test_a_clip_so_long_that_padding_the_others_would_fill_the_memory_is_named() -> None:
    samples = list(small_dataset().samples)
    long = replace(samples[0].sequence, times_s=np.linspace(0, 60_000, len(samples[0].sequence.times_s)))
    samples[0] = replace(samples[0], name="all-day.npz", sequence=long)
    with pytest.raises(DataError, match=r"all-day.npz lasts 60000 s.*Cut it"):
        to_tensors([*samples[:1], *samples[1:] * 4], rate_hz=15, persons=1, device=CPU)
