"""Training: it learns, repeats by seed, reads real files, and names what is broken."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat

from core.datasets.augment import AugmentSpec, augment, blur_estimate, change_body, cut_in_time, turn
from core.datasets.catalogue import load_dataset
from core.datasets.dataset import Dataset, Sample
from core.datasets.utd_mhad import ACTIONS, load_utd_mhad
from core.errors import DataError
from core.model.device import choose_device
from core.model.folder import load_model
from core.skeleton.features import FeatureSpec, frame_features
from core.skeleton.layouts import KINECT_20, KINECT_25
from core.skeleton.sequence import SkeletonSequence
from core.training.events import EpochDone, RunFinished, RunStarted
from core.training.loop import build_network, train
from core.training.metrics import class_f1, confusion_matrix, expected_calibration_error
from core.training.recipes import Recipe, recipe_named
from core.training.run import RunResult, train_model
from core.training.tensors import SampleTensors, to_tensors

CPU = torch.device("cpu")
CALM = AugmentSpec(
    yaw_deg=5, pitch_deg=0, roll_deg=0, scale=0, bone=0, offset_m=0, depth_offset_m=0, depth_scale=0, wobble_m=0,
    depth_wobble_m=0, tempo=0.1, window_share=0,
)  # fmt: skip
SMALL = Recipe(epochs=60, batch=8, hidden=16, layers=1, gate_hidden=8, dropout=0.0, rate=0.02, augment=CALM)


def clip(action: int, *, seed: int, frames: int = 40) -> SkeletonSequence:
    """A standing body that raises the left (0) or the right (1) hand, or bends (2)."""
    random = np.random.default_rng(seed)
    body = random.normal(size=(20, 3)).astype(np.float32) * 0.3
    body = np.repeat(body[None], frames, axis=0)
    wave = np.sin(np.linspace(0, 6, frames) + random.uniform(0, 1)).astype(np.float32)
    moved = {0: slice(4, 8), 1: slice(8, 12), 2: slice(0, 4)}[action]
    body[:, moved, 1] += 0.5 * wave[:, None]
    return SkeletonSequence(
        layout=KINECT_20,
        positions_m=body[:, None],
        confidence=np.ones((frames, 1, 20), np.float32),
        times_s=np.arange(frames) / 30,
    )


def small_dataset() -> Dataset:
    samples = tuple(
        Sample(name=f"{action}-{take}", sequence=clip(action, seed=10 * action + take), label=action, person=take % 4)
        for action in range(3)
        for take in range(8)
    )
    return Dataset(name="small", actions=("left", "right", "bend"), samples=samples, train_persons=frozenset({0, 2}))


def tensors(*, is_train: bool = True) -> SampleTensors:
    return to_tensors(small_dataset().part(train=is_train), rate_hz=15, device=CPU)


def test_it_learns_a_few_clips_by_heart_and_tells_how_it_goes() -> None:
    network = build_network(SMALL, classes=3, seed=0)
    events = list(train(network, tensors(), SMALL, seed=0))
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert len(epochs) == 60
    assert epochs[-1].accuracy == 1.0
    assert epochs[-1].cross_entropy < epochs[0].cross_entropy / 1.5
    assert epochs[-1].loss == pytest.approx(
        epochs[-1].cross_entropy + epochs[-1].joint + epochs[-1].frame + epochs[-1].weight, rel=1e-4
    )


def test_the_same_seed_gives_the_same_weights() -> None:
    recipe = replace(SMALL, epochs=2, dropout=0.3)
    networks = [build_network(recipe, classes=3, seed=5) for _ in range(2)]
    for network in networks:
        for _ in train(network, tensors(), recipe, seed=5):
            pass
    for first, second in zip(networks[0].parameters(), networks[1].parameters(), strict=True):
        torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_a_run_writes_a_folder_that_runs(tmp_path: Path) -> None:
    events = list(
        train_model(
            small_dataset(), replace(SMALL, epochs=20), title="Small", out=tmp_path / "small", seed=1, device=CPU,
            command="jointlight train",
        )
    )  # fmt: skip
    result = events[-1]
    assert isinstance(result, RunResult)
    assert result.test.n == 12
    assert load_model(str(tmp_path / "small"), device="cpu").actions == ("left", "right", "bend")
    assert "jointlight train" in (tmp_path / "small" / "card.md").read_text()


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    run = train_model(small_dataset(), SMALL, title="x", out=tmp_path / "x", seed=0, device=CPU, command="")
    for event in run:
        if isinstance(event, EpochDone):
            break
    run.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


@given(st.integers(0, 2**31))
def test_augmentation_keeps_shapes_and_finite_numbers_and_repeats_by_seed(seed: int) -> None:
    data = tensors()
    results = [
        augment(
            data.positions_m, data.lengths, window=30, spec=AugmentSpec(), generator=torch.Generator().manual_seed(seed)
        )
        for _ in range(2)
    ]
    (first, lengths), (second, _) = results
    assert first.isfinite().all()
    assert first.shape[1] == 1 + int(lengths.max()) >= 3
    torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_turning_keeps_every_bone_and_another_body_keeps_every_direction() -> None:
    data, generator = tensors(), torch.Generator().manual_seed(3)
    parents = torch.from_numpy(KINECT_25.parents)

    def bones(positions: torch.Tensor) -> torch.Tensor:
        return positions - positions[:, :, parents]

    turned = turn(data.positions_m, spec=AugmentSpec(), generator=generator)
    torch.testing.assert_close(bones(turned).norm(dim=-1), bones(data.positions_m).norm(dim=-1), atol=1e-4, rtol=1e-4)
    other = bones(change_body(data.positions_m, spec=AugmentSpec(), generator=generator))
    before = bones(data.positions_m)
    cosine = torch.cosine_similarity(other, before, dim=-1)[before.norm(dim=-1) > 1e-3]
    assert cosine.min() > 0.999


def test_without_ranges_nothing_changes_but_the_cut() -> None:
    still = AugmentSpec(**dict.fromkeys(AugmentSpec.__dataclass_fields__, 0.0))
    data, generator = tensors(), torch.Generator().manual_seed(0)
    torch.testing.assert_close(blur_estimate(data.positions_m, spec=still, generator=generator), data.positions_m)
    cut, lengths = cut_in_time(data.positions_m, data.lengths, window=30, spec=still, generator=generator)
    assert torch.equal(lengths, data.lengths)
    torch.testing.assert_close(cut[:, 1:], data.positions_m[:, : cut.shape[1] - 1])
    torch.testing.assert_close(cut[:, 0], data.positions_m[:, 0])


def test_the_first_frame_of_a_window_has_a_velocity_as_it_has_live() -> None:
    """A hand that moves evenly has the same velocity in every frame of a window that lies inside the clip."""
    always = AugmentSpec(**{**dict.fromkeys(AugmentSpec.__dataclass_fields__, 0.0), "window_share": 1.0})
    clips = torch.zeros(50, 40, 25, 3)
    clips[:, :, 7, 0] = torch.arange(40) * 0.1
    generator = torch.Generator().manual_seed(2)
    cut, _ = cut_in_time(clips, torch.full((50,), 40), window=10, spec=always, generator=generator)
    inside = (cut[:, 0, 7, 0] > 0) & (cut[:, -1, 7, 0] < 3.9)
    assert inside.sum() > 5
    velocity = frame_features(cut, FeatureSpec(kinds=("velocity",)))[inside][:, 1:, 7, 0]
    torch.testing.assert_close(velocity, torch.full_like(velocity, 1.5), atol=1e-4, rtol=1e-4)


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
    assert [(sample.name, ACTIONS[sample.label]) for sample in dataset.samples] == [("a3_s1_t1_skeleton.mat", "wave")]
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
    with pytest.raises(DataError, match="everyday"):
        recipe_named("nonsense")
    assert choose_device("cpu").type == "cpu"


def test_the_whole_of_utd_mhad_is_read(shared_data: Path) -> None:
    dataset = load_utd_mhad(shared_data / "utd_mhad")
    assert (len(dataset.samples), len(dataset.skipped)) == (861, 0)
    assert (len(dataset.part(train=True)), len(dataset.part(train=False))) == (431, 430)
