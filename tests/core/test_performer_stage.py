"""Takes through pixels: who plays a recording, from where it is seen, and what of it is kept."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import DataError
from core.pose.through_performer import RATE_HZ, SIZE_PX, ExtractJob, stage
from core.skeleton.layouts import KINECT_25, SBU_15
from core.skeleton.mapping import KINECT_25_TO_SBU_15
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.body import Body
from core.sources.performer.gaps import presence
from core.sources.performer.programme import Act, Programme, sampled
from core.sources.performer.retarget import bone_lengths_m
from core.sources.source import Frame

HIPS = [KINECT_25.index("HipLeft"), KINECT_25.index("HipRight")]
PARENTS, CHILDREN = np.array(KINECT_25.bones).T


def recording(
    persons: int = 1, *, apart_m: float = 0.9, rate_hz: float = 15.0, action: str = "wave"
) -> SkeletonSequence:
    """Persons side by side who all do the same."""
    alone = sampled(Programme([Act(action=action, seconds=1.5)], body=Body()), rate_hz=15)  # (T, 1, 25, 3)
    places = (np.arange(persons) - (persons - 1) / 2) * apart_m
    positions = alone + places.astype(np.float32)[:, None, None] * np.array([1, 0, 0], dtype=np.float32)
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=positions + np.array([0.2, -0.9, 2.8], dtype=np.float32),
        confidence=np.ones(positions.shape[:3], dtype=np.float32),
        times_s=np.arange(len(positions)) / rate_hz,
    )


def frames_of(job: ExtractJob) -> list[Frame]:
    performer = stage(job)
    performer.open()
    return list(iter(performer.read, None))


def true_px(frames: list[Frame]) -> NDArray[np.float32]:
    return np.stack([frame.truth.positions_px for frame in frames if frame.truth is not None])


def true_m(frames: list[Frame]) -> NDArray[np.float32]:
    return np.stack([frame.truth.positions_m for frame in frames if frame.truth is not None])


@pytest.mark.parametrize("seed", range(4))
def test_one_person_plays_with_the_bones_of_its_body_in_view(seed: int) -> None:
    frames = frames_of(ExtractJob(sequence=recording(), seed=seed))
    joints = true_m(frames)[:, 0]
    lengths = np.linalg.norm(joints[:, PARENTS] - joints[:, CHILDREN], axis=-1)
    expected = bone_lengths_m(Body.varied(seed))
    np.testing.assert_allclose(lengths[0], [expected[KINECT_25.joints[child]] for child in CHILDREN], atol=1e-3)
    pixels = true_px(frames)
    assert ((pixels > 0) & (pixels < SIZE_PX)).all()
    assert frames[0].picture_bgr.shape == (SIZE_PX[1], SIZE_PX[0], 3)
    assert len(frames) == pytest.approx(recording().duration_s * RATE_HZ + 1, abs=1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("apart_m", [0.5, 3.5])
def test_two_persons_keep_their_distance_and_are_both_in_view(seed: int, apart_m: float) -> None:
    frames = frames_of(ExtractJob(sequence=recording(2, apart_m=apart_m), seed=seed))
    hips = true_m(frames)[:, :, HIPS].mean(axis=2)
    np.testing.assert_allclose(np.linalg.norm(hips[:, 0] - hips[:, 1], axis=-1), apart_m, atol=1e-3)
    pixels = true_px(frames)
    assert pixels.shape[1:] == (2, 25, 2)
    assert ((pixels > 0) & (pixels < SIZE_PX)).all()


def test_two_persons_of_fifteen_joints_get_hands_and_feet() -> None:
    pair = recording(2)
    fifteen = SkeletonSequence(
        layout=SBU_15,
        positions_m=KINECT_25_TO_SBU_15.positions(pair.positions_m),
        confidence=np.ones((len(pair), 2, 15), dtype=np.float32),
        times_s=pair.times_s,
    )
    joints = true_m(frames_of(ExtractJob(sequence=fifteen, seed=1)))
    for first, second in (("Ankle", "Foot"), ("Hand", "HandTip"), ("Hand", "Thumb"), ("Wrist", "Hand")):
        for side in ("Left", "Right"):
            bone = joints[:, :, KINECT_25.index(first + side)] - joints[:, :, KINECT_25.index(second + side)]
            assert np.linalg.norm(bone, axis=-1).min() > 0.04, first + side


def test_somebody_who_comes_later_is_there_later() -> None:
    pair = recording(2)
    positions = pair.positions_m.copy()
    positions[:8, 1] = 0
    confidence = pair.confidence
    late = SkeletonSequence(layout=KINECT_25, positions_m=positions, confidence=confidence, times_s=pair.times_s)
    there = presence(true_m(frames_of(ExtractJob(sequence=late, seed=2))))
    assert there[:, 0].all()
    assert not there[:7, 1].any()
    assert there[9:, 1].all()


def test_a_close_up_leaves_a_part_out() -> None:
    whole = 0
    for seed in range(6):
        pixels = true_px(frames_of(ExtractJob(sequence=recording(), seed=seed, is_close_up=True)))
        whole += bool(((pixels > 0) & (pixels < SIZE_PX)).all())
    assert whole <= 1


@pytest.mark.parametrize("persons", [1, 2])
def test_a_job_is_played_the_same_way_again(persons: int) -> None:
    first, second = (frames_of(ExtractJob(sequence=recording(persons), seed=5)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.picture_bgr, other.picture_bgr)


def test_odd_recordings_are_played_and_impossible_ones_refused() -> None:
    fast = recording(rate_hz=1000.0)
    assert len(frames_of(ExtractJob(sequence=fast, seed=1))) >= 1
    one = recording()
    still = SkeletonSequence(
        layout=KINECT_25, positions_m=one.positions_m[:1], confidence=one.confidence[:1], times_s=one.times_s[:1]
    )
    assert len(frames_of(ExtractJob(sequence=still, seed=1))) == 1
    with pytest.raises(DataError, match="not 3"):
        stage(ExtractJob(sequence=recording(3), seed=1))
    empty = SkeletonSequence(
        layout=KINECT_25,
        positions_m=np.zeros_like(one.positions_m),
        confidence=one.confidence,
        times_s=one.times_s,
    )
    with pytest.raises(DataError, match="no length"):
        stage(ExtractJob(sequence=empty, seed=1))
