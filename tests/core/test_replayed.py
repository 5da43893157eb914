"""Recorded joints in pictures again: where the observer saw them, at any time, and all of a motion in one frame."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.pose.mapped import to_kinect25
from core.pose.observer import Follower
from core.pose.placing import focal_length_px, project
from core.pose.pose import Pose
from core.pose.replayed import Lens, ReplayedPoses, pose_in_picture
from core.skeleton.layouts import KINECT_25, MEDIAPIPE_33
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import Frame

WIDTH, HEIGHT = 640, 480
HAND = KINECT_25.index("HandRight")


def moving(
    times_s: NDArray[np.float64], *, persons: int = 1, depth_m: float = 2.5, speed_m_s: float = 0.4
) -> SkeletonSequence:
    """Bodies that glide along x."""
    body = np.random.default_rng(3).normal(0, 0.25, (1, persons, 25, 3)) + np.array([0, 0, depth_m])
    body = body + np.array([0.8, 0, 0]) * np.arange(persons)[:, None, None]
    positions_m = body + speed_m_s * times_s[:, None, None, None] * np.array([1, 0, 0])
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=positions_m.astype(np.float32),
        confidence=np.full((len(times_s), persons, 25), 0.9, np.float32),
        times_s=times_s,
    )


def without(sequence: SkeletonSequence, frames: slice, person: int) -> SkeletonSequence:
    positions_m, confidence = sequence.positions_m.copy(), sequence.confidence.copy()
    positions_m[frames, person], confidence[frames, person] = 0, 0
    return replace(sequence, positions_m=positions_m, confidence=confidence)


def replayed(sequence: SkeletonSequence) -> ReplayedPoses:
    return ReplayedPoses(sequence, width_px=WIDTH, height_px=HEIGHT)


def pose_at(poses: ReplayedPoses, time_s: float) -> Pose:
    pose = poses.at(time_s)
    assert pose is not None
    return pose


def test_joints_lie_where_the_observer_saw_them() -> None:
    """What extraction keeps of a pose, metres and times, gives its pixels back."""
    points = np.random.default_rng(5).normal(0, 0.25, (33, 3)).astype(np.float32)
    place_m = np.array([0.4, 0.1, 3.0], np.float32)
    pixels = project(points + place_m, focal_px=focal_length_px(WIDTH, HEIGHT)) + np.array([WIDTH / 2, HEIGHT / 2])
    seen = Pose(
        layout=MEDIAPIPE_33,
        positions_m=points[None],
        positions_px=pixels[None].astype(np.float32),
        confidence=np.ones((1, 33), np.float32),
    )
    follower, black = Follower(), np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for number in range(20):
        frame = Frame(picture_bgr=black, time_s=number / 30, arrived_s=0, number=number)
        observed = follower.follow(frame, seen)
    kept = SkeletonSequence(
        layout=MEDIAPIPE_33,
        positions_m=observed.positions_m[None],
        confidence=observed.confidence[None],
        times_s=np.array([0.0]),
    )
    again = pose_in_picture(kept, 0, WIDTH, HEIGHT)
    off_px = np.linalg.norm(again.positions_px - to_kinect25(seen).positions_px, axis=-1)[0]
    own = [KINECT_25.index(f"{joint}{side}") for joint in ("Elbow", "Wrist", "Knee") for side in ("Left", "Right")]
    assert off_px[own].max() < 0.1
    assert off_px.max() < 6, "the middle of two joints does not lie in the middle of their pixels"
    assert again.layout is KINECT_25
    assert (again.confidence == 1).all()


def test_between_two_frames_a_joint_moves_on_a_line() -> None:
    sequence = moving(np.array([0.0, 0.2, 0.4]))
    pose = pose_at(replayed(sequence), 0.05)
    wanted_m = sequence.positions_m[0] + np.array([0.4 * 0.05, 0, 0], np.float32)
    np.testing.assert_allclose(pose.positions_m, wanted_m, atol=1e-6)
    np.testing.assert_allclose(pose_at(replayed(sequence), 0.2).positions_m, sequence.positions_m[1], atol=1e-6)
    assert pose.identities == (0,)


@pytest.mark.parametrize(
    ("time_s", "frame"), [(-0.09, 0), (-0.11, None), (0.09, 0), (0.5, None), (0.95, 1), (1.09, 1), (1.2, None)]
)
def test_over_a_gap_the_nearest_is_shown_for_a_tenth_of_a_second(time_s: float, frame: int | None) -> None:
    sequence = moving(np.array([0.0, 1.0]))
    pose = replayed(sequence).at(time_s)
    if frame is None:
        assert pose is None
    else:
        assert pose is not None
        np.testing.assert_allclose(pose.positions_m, sequence.positions_m[frame], atol=1e-6)


def test_who_comes_and_goes_is_there_in_the_nearer_half_and_never_flies_in() -> None:
    sequence = without(moving(np.arange(5) / 10, persons=2), slice(2, None), 0)
    poses = replayed(sequence)
    assert pose_at(poses, 0.1).identities == (0, 1)
    assert pose_at(poses, 0.14).identities == (0, 1)
    np.testing.assert_allclose(pose_at(poses, 0.14).positions_m[0], sequence.positions_m[1, 0], atol=1e-6)
    assert pose_at(poses, 0.16).identities == (1,)
    assert replayed(without(sequence, slice(None), 1)).at(0.3) is None


def test_a_joint_that_a_sensor_lost_is_filled_and_not_believed() -> None:
    sequence = moving(np.arange(5) / 30)
    positions_m = sequence.positions_m.copy()
    positions_m[2, 0, HAND] = 0
    pose = pose_at(replayed(replace(sequence, positions_m=positions_m)), 2 / 30)
    np.testing.assert_allclose(pose.positions_m[0, HAND], sequence.positions_m[2, 0, HAND], atol=1e-5)
    assert pose.confidence[0, HAND] == 0
    assert pose.confidence[0, 0] == pytest.approx(0.9)


def test_what_lies_behind_the_lens_is_nowhere() -> None:
    pose = pose_at(replayed(moving(np.array([0.0]), depth_m=0.1)), 0)
    behind = pose.positions_m[0, :, 2] <= 0.05
    assert behind.any()
    np.testing.assert_array_equal(np.isnan(pose.positions_px[0]).any(axis=-1), behind)


@given(
    seed=st.integers(0, 2**32 - 1),
    size_px=st.sampled_from([(640, 480), (1280, 720), (480, 848), (64, 64)]),
    spread_m=st.floats(0.01, 20),
    depth_m=st.floats(-5, 5),
)
def test_a_lens_of_our_own_sees_all_of_the_motion(
    seed: int, size_px: tuple[int, int], spread_m: float, depth_m: float
) -> None:
    points = np.random.default_rng(seed).normal(0, spread_m, (8, 2, 25, 3)) + np.array([1, 0, depth_m])
    sequence = SkeletonSequence(
        layout=KINECT_25,
        positions_m=points.astype(np.float32),
        confidence=np.ones((8, 2, 25), np.float32),
        times_s=np.arange(8) / 30,
    )
    width_px, height_px = size_px
    poses = ReplayedPoses.framed(sequence, width_px=width_px, height_px=height_px)
    pixels = np.stack([pose_at(poses, time_s).positions_px for time_s in sequence.times_s])
    share = pixels / np.array(size_px)
    assert (share > 0.04).all()
    assert (share < 0.96).all()
    assert max(np.ptp(share[..., 0]), np.ptp(share[..., 1])) > 0.3, "and none is a dot in the middle"


@pytest.mark.parametrize("value", [0.0, 1.0, 3e38])
def test_any_finite_joints_can_be_shown(value: float) -> None:
    sequence = moving(np.arange(3) / 30)
    whole = replace(sequence, positions_m=np.full_like(sequence.positions_m, value))
    positions_m = sequence.positions_m.copy()
    positions_m[1, 0, 5] = value
    for one in (whole, replace(sequence, positions_m=positions_m)):
        for poses in (replayed(one), ReplayedPoses.framed(one, width_px=WIDTH, height_px=HEIGHT)):
            for time_s in (0, 0.03, 0.06):
                poses.at(time_s)
    assert replayed(replace(sequence, positions_m=np.zeros_like(positions_m))).at(0) is None


def test_a_lens_of_nothing_is_the_one_that_recorded() -> None:
    lens = Lens.framing(np.zeros((0, 3), np.float32), width_px=WIDTH, height_px=HEIGHT)
    np.testing.assert_allclose(lens.pixels(np.array([0, 0, 1], np.float32)), [WIDTH / 2, HEIGHT / 2])
