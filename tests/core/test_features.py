"""Training and live see the same numbers: one function, one grid."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError, ModelError
from core.skeleton.features import FeatureSpec, frame_features, stream_origin
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import StreamResampler, resample_clip

seeds = st.integers(0, 2**32 - 1)


EVERY_KIND = ("position", "relative", "velocity", "drift", "bone", "partner", "approach", "contact")
SPECS = st.sampled_from(
    [
        FeatureSpec(),
        FeatureSpec(kinds=("position", "relative", "velocity", "bone")),
        FeatureSpec(persons=2, kinds=EVERY_KIND),
        FeatureSpec(persons=2, kinds=EVERY_KIND, facing=True, joints=(0, 3, 7, 11)),
    ]
)


def some_positions(seed: int, frames: int = 12, persons: int = 1) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(frames, persons, 25, 3)).astype(np.float32))


@given(seeds, SPECS)
def test_where_the_persons_stand_changes_nothing(seed: int, spec: FeatureSpec) -> None:
    positions = some_positions(seed, persons=spec.persons)
    moved = frame_features(positions + torch.tensor([0.5, 1.0, 3.0]), spec)
    torch.testing.assert_close(moved, frame_features(positions, spec), atol=3e-4, rtol=1e-4)


@given(seeds)
def test_features_scale_with_the_body(seed: int) -> None:
    positions = some_positions(seed)
    torch.testing.assert_close(
        frame_features(2 * positions, FeatureSpec()), 2 * frame_features(positions, FeatureSpec()), atol=1e-4, rtol=1e-4
    )


@given(seeds, st.integers(1, 10), SPECS)
def test_a_frame_depends_on_itself_the_one_before_and_where_the_stream_began(
    seed: int, frame: int, spec: FeatureSpec
) -> None:
    positions = some_positions(seed, persons=spec.persons)
    alone = frame_features(positions[frame - 1 : frame + 1], spec, origin_m=stream_origin(positions))[-1]
    torch.testing.assert_close(frame_features(positions, spec)[frame], alone, atol=1e-4, rtol=1e-4)


SYMMETRIC = st.sampled_from(
    [
        FeatureSpec(),
        FeatureSpec(kinds=("velocity", "position", "drift"), facing=True, joints=(3, 8, 0, 4)),
        FeatureSpec(persons=2, kinds=EVERY_KIND),
        FeatureSpec(persons=2, kinds=EVERY_KIND, facing=True, joints=(0, 3, 7, 11)),
    ]
)


@given(seeds, SYMMETRIC)
def test_in_a_mirror_rows_change_their_places_and_channels_their_sign(seed: int, spec: FeatureSpec) -> None:
    positions = some_positions(seed, persons=spec.persons)
    mirrored = positions[..., KINECT_25.mirror_order.tolist(), :] * torch.tensor([-1.0, 1.0, 1.0])
    rows, flipped = spec.in_mirror()
    expected = frame_features(positions, spec)[:, list(rows)]
    expected[..., list(flipped)] *= -1
    torch.testing.assert_close(frame_features(mirrored, spec), expected, atol=2e-4, rtol=1e-4)


def test_a_joint_whose_twin_is_not_seen_has_no_mirror() -> None:
    with pytest.raises(ModelError, match="twin"):
        FeatureSpec(joints=(0, 3, 7)).in_mirror()


def test_a_batch_gives_what_each_clip_gives() -> None:
    clips = torch.stack([some_positions(1), some_positions(2)])
    batch = frame_features(clips, FeatureSpec())
    assert batch.shape == (2, 12, 21, 9)
    torch.testing.assert_close(batch[1], frame_features(clips[1], FeatureSpec()))


def test_velocity_is_metres_a_second_whatever_the_rate() -> None:
    walk = torch.zeros(3, 1, 25, 3)
    walk[:, 0, 5, 0] = torch.tensor([0.0, 0.1, 0.2])
    for rate_hz in (10.0, 30.0):
        spec = FeatureSpec(rate_hz=rate_hz, kinds=("velocity",))
        assert frame_features(walk, spec)[2, 5, 0] == pytest.approx(0.1 * rate_hz)


@given(seeds)
def test_persons_in_the_other_order_give_the_rows_in_the_other_order(seed: int) -> None:
    positions, spec = some_positions(seed, persons=2), FeatureSpec(persons=2, kinds=EVERY_KIND)
    rows, swapped = frame_features(positions, spec), frame_features(positions.flip(1), spec)
    assert rows.shape[1:] == (42, spec.channels)
    torch.testing.assert_close(swapped, rows.roll(21, dims=1), atol=1e-4, rtol=1e-4)


@given(seeds, st.floats(-3, 3))
def test_seen_along_their_line_it_does_not_matter_where_the_camera_stands(seed: int, angle: float) -> None:
    """A turn of the whole scene about the vertical."""
    positions = some_positions(seed, persons=2)
    positions[:, 1, :, 0] += 4  # apart, so that there is a line between them
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    turn = torch.tensor([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    spec = FeatureSpec(persons=2, kinds=("relative", "partner"), facing=True)
    torch.testing.assert_close(
        frame_features(positions @ turn.T, spec), frame_features(positions, spec), atol=1e-3, rtol=0
    )


@given(st.floats(-3, 3))
def test_one_person_who_is_seen_from_the_front_looks_the_same_from_everywhere(angle: float) -> None:
    positions = some_positions(5)
    positions[:, :, [8, 16], 0] += 6  # a trunk that has a right side
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    turn = torch.tensor([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    spec = FeatureSpec(kinds=("relative", "bone"), facing=True)
    torch.testing.assert_close(
        frame_features(positions @ turn.T, spec), frame_features(positions, spec), atol=1e-3, rtol=0
    )


def test_contact_is_one_where_persons_touch_and_zero_from_afar() -> None:
    positions = some_positions(6, frames=1, persons=2) * 0.1
    positions[:, 1, :, 0] += 50
    spec = FeatureSpec(persons=2, kinds=("contact",))
    assert frame_features(positions, spec).max() < 1e-6
    positions[:, 1, 11] = positions[:, 0, 7]  # the second one's right hand on the first one's left
    touching = frame_features(positions, spec)[0]
    assert touching[7].tolist() == pytest.approx([1, 1])
    assert touching[21 + 11].tolist() == pytest.approx([1, 1])


@given(seeds)
def test_order_is_a_matter_of_rows_also_when_persons_face_each_other(seed: int) -> None:
    positions = some_positions(seed, persons=2)
    spec = FeatureSpec(persons=2, kinds=("relative", "partner", "approach", "contact"), facing=True)
    rows, swapped = frame_features(positions, spec), frame_features(positions.flip(1), spec)
    torch.testing.assert_close(swapped, rows.roll(21, dims=1), atol=1e-4, rtol=1e-4)


def test_a_person_who_is_not_there_has_no_features() -> None:
    positions = some_positions(3, persons=2)
    positions[:, 1] = 0
    features = frame_features(positions, FeatureSpec(persons=2, kinds=EVERY_KIND))
    assert features[:, 21:].abs().sum() == 0
    assert features[:, :21].abs().sum() > 0
    moved = frame_features(positions + 5 * (positions != 0), FeatureSpec(persons=2, kinds=("partner", "approach")))
    assert moved.abs().sum() == 0, "where the one who is not there would be is not known"


@pytest.mark.parametrize("point", [0.0, 5.0])
def test_one_of_two_whose_partner_is_not_there_is_seen_as_one_person_alone(point: float) -> None:
    positions = some_positions(3, persons=2)
    positions[:, 1] = point  # wherever the padding puts it
    kinds = ("position", "relative", "velocity", "bone")
    alone = frame_features(positions[:, :1], FeatureSpec(kinds=kinds, facing=True))
    of_two = frame_features(positions, FeatureSpec(persons=2, kinds=kinds, facing=True))
    torch.testing.assert_close(of_two[:, :21], alone)
    assert of_two[:, 21:].abs().sum() == 0
    swapped = frame_features(positions.flip(1), FeatureSpec(persons=2, kinds=kinds, facing=True))
    torch.testing.assert_close(swapped, of_two.roll(21, dims=1))


def test_other_persons_than_the_features_are_of_are_refused() -> None:
    with pytest.raises(ModelError, match="1 person"):
        frame_features(some_positions(0, persons=2), FeatureSpec())


@pytest.mark.parametrize(
    "wrong",
    [{"rate_hz": 0.0}, {"kinds": ("magic",)}, {"kinds": ()}, {"joints": (25,)}, {"joints": (1, 1)},
     {"persons": 3}, {"kinds": ("partner",)}, {"kinds": ("contact",)},
     {"kinds": ("bone", "bone")}],
)  # fmt: skip
def test_a_spec_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        FeatureSpec(**wrong)  # type: ignore[arg-type]


@given(seeds, st.integers(2, 60), st.sampled_from([7.0, 15.0, 29.97]))
def test_a_stream_on_the_grid_equals_the_whole_clip_on_it(seed: int, frames: int, rate_hz: float) -> None:
    random = np.random.default_rng(seed)
    times_s = 5 + np.cumsum(random.uniform(0.005, 0.15, frames))  # 7 to 200 frames a second, changing
    values = random.normal(size=(frames, 4, 3)).astype(np.float32)
    stream = StreamResampler(rate_hz=rate_hz)
    rows = [row for t, value in zip(times_s, values, strict=True) for row in stream.push(float(t), value)[0]]
    np.testing.assert_allclose(np.array(rows), resample_clip(times_s, values, rate_hz=rate_hz), atol=1e-4)


def test_a_gap_or_a_step_back_in_time_starts_a_new_grid() -> None:
    stream = StreamResampler(rate_hz=10, max_gap_s=0.5)
    value = np.zeros((1,), np.float32)
    assert stream.push(1.0, value)[1]
    assert not stream.push(1.1, value)[1]
    assert stream.push(1.1, value) == ([], False), "the same time again adds nothing"
    assert stream.push(2.0, value)[1]
    assert stream.push(0.5, value)[1]


def test_a_clip_of_one_frame_stays_one_frame() -> None:
    assert len(resample_clip(np.array([3.0]), np.zeros((1, 25, 3), np.float32), rate_hz=15)) == 1


def test_times_in_milliseconds_are_found_out() -> None:
    with pytest.raises(DataError, match="seconds"):
        resample_clip(np.array([0.0, 1e9]), np.zeros((2, 1), np.float32), rate_hz=15)


def test_who_has_only_just_come_has_no_velocity() -> None:
    """Neither against the point where nobody stood, nor against the partner."""
    spec = FeatureSpec(persons=2, kinds=("relative", "velocity", "drift", "partner", "approach"))
    bodies = torch.randn(1, 2, 25, 3).expand(6, -1, -1, -1).clone() + torch.tensor([0.0, 3.0]).reshape(1, 2, 1, 1)
    bodies[:3, 1] = 0  # the second person comes in the fourth frame and stands still
    rows = frame_features(bodies, spec).reshape(6, 2, -1, 15)
    first, second = rows[:, 0], rows[:, 1]
    assert first[3:, :, :3].abs().sum() > 0
    assert second[3:, :, :3].abs().sum() > 0
    for rates in (slice(3, 9), slice(12, 15)):
        assert not first[..., rates].any()
        assert not second[..., rates].any()
    assert second[3:, :, 9:12].abs().min() >= 0
    assert second[3, :, 9:12].abs().sum() > 0, "the partner is known at once"
