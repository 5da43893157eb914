"""Every layout reaches Kinect-25 by weights that add up to one, so geometry passes through."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.errors import DataError
from core.pose.estimator import KINECT_AXES
from core.skeleton.alignment import similarity_fit
from core.skeleton.layouts import DIRECT_JOINTS, KINECT_20, KINECT_25, LAYOUTS, MEDIAPIPE_33, SBU_15, Layout
from core.skeleton.mapping import KINECT_25_TO_SBU_15, map_to_kinect25

layouts = st.sampled_from(list(LAYOUTS.values()))
seeds = st.integers(0, 2**32 - 1)


def some_joints(layout: Layout, seed: int, dimensions: int = 3) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(4, len(layout), dimensions)).astype(np.float32)


@given(layouts, seeds)
def test_translation_rotation_and_scale_pass_through(layout: Layout, seed: int) -> None:
    joints, to = some_joints(layout, seed), map_to_kinect25(layout)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0].astype(np.float32)
    moved = (1.7 * joints @ turn + np.array([1, -2, 3])).astype(np.float32)
    expected = 1.7 * to.positions(joints) @ turn + np.array([1, -2, 3])
    np.testing.assert_allclose(to.positions(moved), expected, atol=1e-4)


@given(layouts, seeds)
def test_mirroring_before_and_after_the_mapping_is_the_same(layout: Layout, seed: int) -> None:
    joints, to = some_joints(layout, seed), map_to_kinect25(layout)
    before = to.positions(joints[:, layout.mirror_order])
    np.testing.assert_allclose(before, to.positions(joints)[:, KINECT_25.mirror_order], atol=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.name)
def test_pixels_map_by_the_same_table(layout: Layout) -> None:
    joints, to = some_joints(layout, 1), map_to_kinect25(layout)
    np.testing.assert_allclose(to.positions(joints[..., :2]), to.positions(joints)[..., :2], atol=1e-6)


@pytest.mark.parametrize("source", [MEDIAPIPE_33, KINECT_20], ids=lambda layout: layout.name)
def test_limb_bones_keep_their_lengths(source: Layout) -> None:
    joints = some_joints(source, 2)
    mapped = map_to_kinect25(source).positions(joints)
    for upper, lower in (("Shoulder", "Elbow"), ("Elbow", "Wrist"), ("Hip", "Knee"), ("Knee", "Ankle")):
        for side in ("Left", "Right"):
            ends = [layout.index(part + side) for layout in (source, KINECT_25) for part in (upper, lower)]
            before = np.linalg.norm(joints[:, ends[0]] - joints[:, ends[1]], axis=-1)
            after = np.linalg.norm(mapped[:, ends[2]] - mapped[:, ends[3]], axis=-1)
            np.testing.assert_allclose(after, before, rtol=1e-5)


def test_copied_joints_have_no_confidence_and_derived_ones_the_least_of_their_parts() -> None:
    confidence = np.linspace(0.1, 1, 33, dtype=np.float32)
    mapped = map_to_kinect25(MEDIAPIPE_33).confidence(confidence)
    assert mapped[KINECT_25.index("SpineBase")] == pytest.approx(confidence[23])
    copies = map_to_kinect25(KINECT_20).confidence(np.ones(20, dtype=np.float32))
    assert [KINECT_25.joints[i] for i in np.flatnonzero(copies == 0)] == [
        "HandTipLeft",
        "ThumbLeft",
        "HandTipRight",
        "ThumbRight",
    ]


def test_sbu_survives_the_way_to_kinect25_and_back() -> None:
    joints = some_joints(SBU_15, 3)
    back = KINECT_25_TO_SBU_15.positions(map_to_kinect25(SBU_15).positions(joints))
    kept = [i for i, name in enumerate(SBU_15.joints) if name != "Torso"]  # the torso is derived from hips and neck
    np.testing.assert_allclose(back[:, kept], joints[:, kept], atol=1e-5)


def test_a_layout_without_a_way_is_refused_by_name() -> None:
    stranger = Layout(name="coco17", joints=("Nose",), bones=(), mirror_pairs=())
    with pytest.raises(DataError, match="coco17"):
        map_to_kinect25(stranger)


def test_mediapipes_axes_are_turned_and_not_mirrored() -> None:
    assert np.prod(KINECT_AXES) == 1


def read_ntu(path: Path) -> NDArray[np.float64]:
    """Joints (T, 25, 3) of the only body of an NTU .skeleton file."""
    lines = path.read_text().split("\n")
    rows = [line.split() for line in lines if len(line.split()) == 12 and not re.fullmatch(r"\d+", line.split()[0])]
    return np.array([[float(cell) for cell in row[:3]] for row in rows]).reshape(int(lines[0]), 25, 3)


def test_the_true_pair_of_pixels_and_kinect_joints(shared_data: Path, pose_model: Path) -> None:
    """NTU's colour video is mirrored against its joints, so it is flipped first."""
    from dataclasses import replace

    from core.pose.estimator import MediaPipeEstimator
    from core.pose.mapped import to_kinect25
    from core.sources.video import VideoFile

    truth = read_ntu(shared_data / "ntu_samples" / "S001C001P001R001A001.skeleton")
    source = VideoFile(shared_data / "videos" / "scenes" / "S001C001P001R001A001_rgb.avi", real_time=False)
    estimator = MediaPipeEstimator(pose_model)
    source.open()
    found = []
    try:
        while (frame := source.read()) is not None:
            flipped = replace(frame, picture_bgr=np.ascontiguousarray(frame.picture_bgr[:, ::-1]))
            pose = to_kinect25(estimator.estimate(flipped))
            found.append(pose.positions_m[0])
    finally:
        estimator.close()
        source.close()
    joints = np.array(found, dtype=np.float64)
    assert len(joints) == len(truth) == 103
    direct = list(DIRECT_JOINTS)
    centred = truth[:, direct] - truth[:, [12, 16]].mean(axis=1, keepdims=True)
    fitted = similarity_fit(joints[:, direct], centred)
    assert np.linalg.norm(fitted - centred, axis=-1).mean() <= 0.08
