"""SBU, NW-UCLA, MSR Action3D and a folder of own sequences: small files, broken files, and the real data."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.datasets.catalogue import DATASETS, load_dataset
from core.datasets.collection import OnBroken
from core.datasets.sbu import FOLDS, to_metres
from core.errors import DataError
from core.skeleton.layouts import KINECT_20, KINECT_25, MEDIAPIPE_33, SBU_15, Layout
from core.skeleton.sequence import SkeletonSequence


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path_factory.mktemp("home")))


def random(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(0.2, 0.8, size=shape).astype(np.float32)


def sequence(layout: Layout, *, frames: int = 4, seed: int = 0) -> SkeletonSequence:
    return SkeletonSequence(
        layout=layout,
        positions_m=random(frames, 1, len(layout), 3, seed=seed),
        confidence=np.ones((frames, 1, len(layout)), np.float32),
        times_s=np.arange(frames) / 20,
    )


# SBU


def write_take(folder: Path, pair: str, action: str, raw: NDArray[np.float32]) -> Path:
    path = folder / pair / action / "001" / "skeleton_pos.txt"
    path.parent.mkdir(parents=True)
    rows = [f"{n}," + ",".join(f"{x:.6f}" for x in frame.ravel()) for n, frame in enumerate(raw, start=1)]
    path.write_text("\n".join(rows) + "\n")
    return path


def write_archive(folder: Path, **changes: Any) -> None:
    skeletons = random(5, 6, 2, 15, 3)
    skeletons[0, 3:] = 0
    fields: dict[str, Any] = {
        "skel": skeletons,
        "label": np.arange(5),
        "fold": np.arange(1, 6),
        "length": np.array([3, 6, 6, 6, 1]),
        "classes": np.array(["a"] * 8),
    }
    np.savez(folder / "sbu.npz", **{name: value for name, value in (fields | changes).items() if value is not None})


def test_sbu_tree(tmp_path: Path) -> None:
    raw = random(7, 2, 15, 3)
    write_take(tmp_path, "s01s02", "01", raw)
    write_take(tmp_path, "s06s03", "08", raw[:1])
    write_take(tmp_path, "s03s04", "03", raw[:, :, :14])
    write_take(tmp_path, "s01s06", "03", raw)
    write_take(tmp_path, "s05s03", "09", raw)
    write_take(tmp_path, "s02s01", "02", np.full_like(raw, np.nan))
    (tmp_path / "readme" / "01" / "001").mkdir(parents=True)
    (tmp_path / "readme" / "01" / "001" / "skeleton_pos.txt").write_text("of no set")
    data = load_dataset("sbu", tmp_path)
    first, last = data.samples
    assert (first.name, first.label, first.person, first.group) == ("s01s02/01/001/skeleton_pos.txt", 0, 102, 1)
    assert (last.label, last.group, len(last.sequence)) == (7, 5, 1)
    assert first.sequence.layout is SBU_15
    assert first.sequence.positions_m.shape == (7, 2, 15, 3)
    np.testing.assert_allclose(first.sequence.positions_m, to_metres(raw), atol=1e-4)
    assert first.sequence.times_s[1] == pytest.approx(1 / 15)
    assert [reason.split(": ")[0] for reason in data.skipped] == [
        "s01s06/03/001/skeleton_pos.txt",
        "s02s01/02/001/skeleton_pos.txt",
        "s03s04/03/001/skeleton_pos.txt",
        "s05s03/09/001/skeleton_pos.txt",
    ]
    assert "line 1 holds 85 numbers, expected 91" in data.skipped[2]


def test_sbu_formulas() -> None:
    np.testing.assert_allclose(to_metres(np.array([0.5, 0.5, 0.25], np.float32)), [0, 0, 0.32], atol=1e-6)
    np.testing.assert_allclose(to_metres(np.array([0.25, 0.25, 0], np.float32)), [0.64, 0.48, 0], atol=1e-6)
    assert sum(len(sets.split()) for sets in FOLDS) == 21


def test_sbu_archive(tmp_path: Path) -> None:
    write_archive(tmp_path)
    data = load_dataset("sbu", tmp_path, split="fold 2")
    assert [len(sample.sequence) for sample in data.samples] == [3, 6, 6, 6, 1]
    assert [sample.label for sample in data.part(train=False)] == [1]
    assert data.split.startswith("fold 2")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"skel": None}, "a field is missing"),
        ({"skel": np.zeros((5, 6, 2, 20, 3), np.float32)}, "skel has the shape"),
        ({"skel": np.full((5, 6, 2, 15, 3), np.nan, np.float32)}, "sbu.npz:0: .*not a finite number"),
        ({"label": np.array([0, 1, 2, 3, 8])}, "a label lies outside 0 to 7"),
        ({"length": np.array([0, 1, 2, 3, 4])}, "a length lies outside 1 to 6"),
        ({"fold": np.zeros(5)}, "whole numbers"),
        ({"fold": np.arange(4)}, "one number for each"),
        ({"label": np.array([{}] * 5, dtype=object)}, "not a readable"),
    ],
)
def test_sbu_archive_with_a_mistake(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    write_archive(tmp_path, **changes)
    with pytest.raises(DataError, match=says):
        load_dataset("sbu", tmp_path)


# NW-UCLA


def write_ucla(folder: Path, name: str, joints: Any, label: Any) -> None:
    (folder / f"{name}.json").write_text(json.dumps({"file_name": name, "skeletons": joints, "label": label}))


def test_nw_ucla(tmp_path: Path) -> None:
    joints = np.arange(20)[:, None] / 10 + np.zeros((3, 20, 3))  # each joint at its place in the file
    write_ucla(tmp_path, "a01_s02_e00_v01", joints.tolist(), 1)
    write_ucla(tmp_path, "a12_s03_e01_v03", joints[:1].tolist(), 10)
    write_ucla(tmp_path, "a02_s01_e00_v01", joints.tolist(), 5)
    write_ucla(tmp_path, "a03_s01_e00_v01", joints[:, :15].tolist(), 3)
    write_ucla(tmp_path, "a04_s01_e00_v01", [[[1, 2], [3]]], 4)
    write_ucla(tmp_path, "a05_s01_e00_v01", [], 5)
    write_ucla(tmp_path, "a06_s01_e00_v01", np.full((2, 20, 3), np.nan).tolist(), 6)
    write_ucla(tmp_path, "a06_s01_e00_v02", np.full((2, 20, 3), 10**400, dtype=object).tolist(), 6)
    write_ucla(tmp_path, "a06_s01_e00_v03", np.full((2, 20, 3), 1e200).tolist(), 6)
    write_ucla(tmp_path, "a07_s01_e00_v01", joints.tolist(), 7)
    (tmp_path / "a08_s01_e00_v01.json").write_text('{"skeletons": [')
    (tmp_path / "a09_s01_e00_v01.json").write_text('{"skeletons": []}')
    data = load_dataset("nw-ucla", tmp_path)
    assert [(sample.label, sample.person, sample.view) for sample in data.samples] == [(0, 2, 1), (9, 3, 3)]
    assert len(data.skipped) == 10
    for text in ["its label is 5", "(3, 15, 3)", "not one of NW-UCLA's", "finite", "'label' is missing", "(0,)"]:
        assert any(text in reason for reason in data.skipped), text
    places = data.samples[0].sequence.positions_m[0, 0, :, 0] * 10
    assert places[KINECT_20.index("Head")] == pytest.approx(3)
    assert places[KINECT_20.index("HipCentre")] == pytest.approx(0)
    assert places[KINECT_20.index("FootRight")] == pytest.approx(19)
    assert [sample.view for sample in data.part(train=False)] == [3]


# MSR Action3D


def write_msr(folder: Path, name: str, joints: NDArray[np.floating]) -> None:
    rows = joints.reshape(-1, 3)
    (folder / f"{name}_skeleton3D.txt").write_text("\n".join(f"{x} {y} {z} 0.0" for x, y, z in rows))


def test_msr_action3d(tmp_path: Path) -> None:
    joints = np.repeat(np.arange(1, 21, dtype=np.float32)[:, None] / 10, 3, axis=1)[None].repeat(6, axis=0)
    gap = joints.copy()
    gap[[0, 2, 3]] = 0
    write_msr(tmp_path, "a01_s01_e01", joints)
    write_msr(tmp_path, "a13_s02_e01", gap)
    write_msr(tmp_path, "a13_s09_e02", np.zeros_like(joints))
    write_msr(tmp_path, "a21_s01_e01", joints)
    write_msr(tmp_path, "a02_s01_e01", joints[:, :19])
    (tmp_path / "a03_s01_e01_skeleton3D.txt").write_text("1 2 3\n")
    (tmp_path / "a04_s01_e01_skeleton3D.txt").write_text("1 2 x 4\n" * 20)
    whole, gaps, nobody = (data := load_dataset("msr-action3d", tmp_path)).samples
    assert len(data.skipped) == 4
    places = whole.sequence.positions_m[0, 0, :, 0] * 10 - 1
    assert places[KINECT_20.index("Head")] == pytest.approx(19, abs=1e-5)
    assert places[KINECT_20.index("ShoulderLeft")] == pytest.approx(0, abs=1e-5)
    assert places[KINECT_20.index("HipCentre")] == pytest.approx(6, abs=1e-5)
    np.testing.assert_allclose(gaps.sequence.times_s * 15, [1, 4, 5])
    assert gaps.sequence.confidence.min() == 1
    assert len(nobody.sequence) == 6
    assert nobody.sequence.confidence.max() == 0
    assert [sample.person for sample in data.part(train=False)] == [2]


# a folder of own sequences


def test_own_folder(tmp_path: Path) -> None:
    for number, (action, name, layout) in enumerate(
        [
            ("wave", "anna_1", KINECT_25),
            ("wave", "bob_1", MEDIAPIPE_33),
            ("jump", "anna_x_y", SBU_15),
            ("jump", "carl_1", KINECT_20),
            ("jump", "bob_2", KINECT_25),
        ]
    ):
        (tmp_path / action).mkdir(exist_ok=True)
        sequence(layout, seed=number).save(tmp_path / action / f"{name}.npz")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "jump" / "dora_1.npz").write_bytes(b"PK not really")
    data = load_dataset("folder", tmp_path)
    assert data.actions == ("jump", "wave")
    assert [sample.name for sample in data.part(train=True)] == [
        "jump/anna_x_y.npz",
        "jump/carl_1.npz",
        "wave/anna_1.npz",
    ]
    assert data.split == "cross-subject: anna carl train, bob dora test"
    assert all(sample.sequence.layout is KINECT_25 for sample in data.samples)
    [reason] = data.skipped
    assert "dora_1.npz" in reason
    chosen = load_dataset("folder", tmp_path, test_persons=["carl"])
    assert [sample.name for sample in chosen.part(train=False)] == ["jump/carl_1.npz"]
    with pytest.raises(DataError, match="no person 'eve': known are anna, bob, carl, dora"):
        load_dataset("folder", tmp_path, test_persons=["eve"])
    with pytest.raises(DataError, match=r"dora_1\.npz"):
        load_dataset("folder", tmp_path, on_broken=OnBroken.REFUSE)


def test_own_folder_with_mistakes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder of an action"):
        load_dataset("folder", tmp_path)
    (tmp_path / "wave").mkdir()
    with pytest.raises(DataError, match="action 'wave' has no sequence file"):
        load_dataset("folder", tmp_path)
    sequence(KINECT_25).save(tmp_path / "wave" / "anna.npz")
    with pytest.raises(DataError, match="person and an underscore"):
        load_dataset("folder", tmp_path)
    (tmp_path / "wave" / "anna.npz").rename(tmp_path / "wave" / "anna_1.npz")
    with pytest.raises(DataError, match="no sample of the test persons"):
        load_dataset("folder", tmp_path).part(train=False)


# all


@pytest.mark.parametrize("name", DATASETS)
def test_empty_and_absent_folders_and_unknown_splits_are_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="holds no"):
        load_dataset(name, tmp_path)
    with pytest.raises(DataError, match="is not a folder"):
        load_dataset(name, tmp_path / "gone")


def test_mistaken_choices_are_told(tmp_path: Path) -> None:
    write_archive(tmp_path)
    with pytest.raises(DataError, match="no split 'fold 6': known are fold 1, fold 2"):
        load_dataset("sbu", tmp_path, split="fold 6")
    with pytest.raises(DataError, match="'folder' only"):
        load_dataset("sbu", tmp_path, test_persons=["1"])


@pytest.mark.parametrize(
    ("name", "folder", "parts"),
    [
        ("sbu", "sbu", [(227, 55), (230, 52), (226, 56), (228, 54), (217, 65)]),
        ("nw-ucla", "nw_ucla", [(1020, 464)]),
        ("msr-action3d", "msr_action3d", [(292, 275)]),
        ("utd-mhad", "utd_mhad", [(431, 430)]),
    ],
)
def test_the_real_data_has_the_published_counts_and_upright_bodies(
    shared_data: Path, name: str, folder: str, parts: list[tuple[int, int]]
) -> None:
    data = load_dataset(name, shared_data / folder)
    assert data.skipped == ()
    names = [split.name for split in data.splits]
    assert [(len(data.part(train=True, split=s)), len(data.part(train=False, split=s))) for s in names] == parts
    clips = [sample.sequence for sample in data.samples if sample.sequence.confidence.any()]
    assert len(clips) >= len(data.samples) - 1
    layout = clips[0].layout
    joints = {joint: place for place, joint in enumerate(layout.joints)}
    means = np.concatenate([clip.positions_m.mean(axis=0) for clip in clips])  # (clips x persons, J, 3)
    head, feet = means[:, joints["Head"]], (means[:, joints["FootLeft"]] + means[:, joints["FootRight"]]) / 2
    assert np.mean(head[:, 1] > feet[:, 1] + 0.8) > 0.95  # y is up
    assert means[..., 2].min() > 0.5  # in front of the sensor
    bones = np.concatenate([clip.bone_lengths_m().reshape(-1, len(layout.bones)) for clip in clips])
    thigh = layout.bones.index((joints["HipLeft"], joints["KneeLeft"]))
    assert 0.33 < np.median(bones[:, thigh]) < 0.55
    if "AnkleLeft" in joints:  # toes point forwards: left and right are not exchanged
        right = means[:, joints["ShoulderRight"]] - means[:, joints["ShoulderLeft"]]
        toes = feet - (means[:, joints["AnkleLeft"]] + means[:, joints["AnkleRight"]]) / 2
        assert np.mean((toes * np.cross(head - feet, right)).sum(axis=-1) > 0) > 0.9


def test_sbu_persons_face_each_other(shared_data: Path) -> None:
    data = load_dataset("sbu", shared_data / "sbu")
    shoulders, facing = [], []
    for sample in data.samples:
        body = sample.sequence.positions_m  # (T, 2, 15, 3)
        right = body[:, :, SBU_15.index("ShoulderRight")] - body[:, :, SBU_15.index("ShoulderLeft")]
        up = body[:, :, SBU_15.index("Neck")] - body[:, :, SBU_15.index("Torso")]
        towards = body[:, ::-1].mean(axis=2) - body.mean(axis=2)
        facing.append((np.cross(up, right) * towards).sum(axis=-1).mean() > 0)
        shoulders.append(np.linalg.norm(right, axis=-1).mean())
    assert np.mean(shoulders) == pytest.approx(0.30, abs=0.02)
    assert np.mean(facing) > 0.9
