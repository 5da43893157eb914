"""Augmentation: shapes, what each part leaves alone, and that a seed repeats it."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.augment import augment, blur_estimate, change_body, hide_parts, mirror, swap_persons, turn
from core.datasets.augment_spec import AugmentSpec
from core.datasets.clip_batch import ClipBatch
from core.datasets.timing import cut_from_stream, cut_in_time
from core.skeleton.features import FeatureSpec, frame_features
from core.skeleton.layouts import KINECT_25
from core.training.tensors import SampleTensors
from tests.clips import SMALL, small_dataset, train_tensors

STILL = AugmentSpec(**dict.fromkeys(AugmentSpec.__dataclass_fields__, 0.0))  # type: ignore[arg-type]  # 0 for False


def tensors(persons: int = 1) -> SampleTensors:
    recipe = replace(SMALL, features=FeatureSpec(persons=persons))
    return train_tensors(recipe, dataset=small_dataset(persons=persons))


def as_batch(positions: torch.Tensor, *, labels: int = 0) -> ClipBatch:
    """Clips of full length whose joints were all seen."""
    rows, frames, persons = positions.shape[:3]
    return ClipBatch(
        positions_m=positions,
        lengths=torch.full((rows,), frames),
        labels=torch.full((rows,), labels),
        seen=torch.ones(rows, persons, 25, dtype=torch.bool),
    )


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(st.integers(0, 2**31), st.sampled_from([1, 2]))
def test_augmentation_keeps_shapes_and_finite_numbers_and_repeats_by_seed(seed: int, persons: int) -> None:
    data, spec = tensors(persons), AugmentSpec(mirror=True)
    (first, lengths, *_), (second, *_) = (
        augment(data.batch(slice(None)), window=30, spec=spec, generator=generator(seed)) for _ in range(2)
    )
    assert first.isfinite().all()
    assert first.shape[1] == 1 + int(lengths.max()) >= 3
    assert first.shape[2:] == (persons, 25, 3)
    torch.testing.assert_close(first, second, rtol=0, atol=0)


@pytest.mark.parametrize("persons", [1, 2])
def test_turning_keeps_every_distance_and_another_body_keeps_every_direction(persons: int) -> None:
    data, drawn = tensors(persons), generator(3)
    parents = torch.from_numpy(KINECT_25.parents)

    def bones(positions: torch.Tensor) -> torch.Tensor:
        return positions - positions[..., parents, :]

    def apart(positions: torch.Tensor) -> torch.Tensor:
        return (positions - positions[:, :, :1, :1]).square().sum(dim=-1).sqrt()

    turned = turn(data.positions_m, spec=AugmentSpec(), generator=drawn)
    torch.testing.assert_close(apart(turned), apart(data.positions_m), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(turned, data.positions_m, atol=0.01)
    other, before = bones(change_body(data.positions_m, spec=AugmentSpec(), generator=drawn)), bones(data.positions_m)
    cosine = torch.cosine_similarity(other, before, dim=-1)[before.norm(dim=-1) > 1e-3]
    assert cosine.min() > 0.999


def test_without_ranges_nothing_changes_but_the_cut() -> None:
    data = tensors()
    torch.testing.assert_close(blur_estimate(data.positions_m, spec=STILL, generator=generator()), data.positions_m)
    cut, lengths = cut_in_time(data.positions_m, data.lengths, window=30, spec=STILL, generator=generator())
    assert torch.equal(lengths, data.lengths)
    torch.testing.assert_close(cut[:, 1:], data.positions_m[:, : cut.shape[1] - 1])
    torch.testing.assert_close(cut[:, 0], data.positions_m[:, 0])


def test_the_first_frame_of_a_window_has_a_velocity_as_it_has_live() -> None:
    """A hand that moves evenly has the same velocity in every frame of a window that lies inside the clip."""
    clips = torch.zeros(50, 40, 1, 25, 3)
    clips[:, :, 0, 7, 0] = torch.arange(40) * 0.1
    always = replace(STILL, window_share=1.0)
    cut, _ = cut_in_time(clips, torch.full((50,), 40), window=10, spec=always, generator=generator(2))
    inside = (cut[:, 0, 0, 7, 0] > 0) & (cut[:, -1, 0, 7, 0] < 3.9)
    assert inside.sum() > 5
    velocity = frame_features(cut, FeatureSpec(kinds=("velocity",)))[inside][:, 1:, 7, 0]
    torch.testing.assert_close(velocity, torch.full_like(velocity, 1.5), atol=1e-4, rtol=1e-4)


def _clocks(frames: int = 40) -> torch.Tensor:
    """Clips in which a hand is as high as it is late."""
    clips = torch.zeros(60, frames, 1, 25, 3)
    clips[:, :, 0, 7, 1] = torch.linspace(0, 1, frames)
    return clips


@given(st.integers(0, 2**31), st.floats(0.05, 0.95))
def test_a_warped_clip_runs_from_its_start_to_its_end_at_a_tempo_within_the_range(seed: int, warp: float) -> None:
    clips, spec = _clocks(), replace(STILL, warp=warp)
    warped, lengths = cut_in_time(clips, torch.full((60,), 40), window=30, spec=spec, generator=generator(seed))
    assert torch.equal(lengths, torch.full((60,), 40))
    time = warped[:, 1:, 0, 7, 1]
    torch.testing.assert_close(time[:, [0, -1]], torch.tensor([[0.0, 1.0]]).expand(60, 2), atol=1e-5, rtol=0)
    tempo = time.diff(dim=1) * 39
    assert 1 - 1.03 * warp <= tempo.min() < 1 - 0.5 * warp  # 3 %: the wave is looked at in 64 places
    assert 1 + 0.5 * warp < tempo.max() <= 1 + 1.03 * warp


def test_windows_of_a_warped_clip_hold_what_the_clip_holds_at_either_end() -> None:
    clips, spec = _clocks(), replace(STILL, warp=0.6, window_share=1.0)
    windows, _ = cut_in_time(clips, torch.full((60,), 40), window=60, spec=spec, generator=generator())
    time = windows[:, :, 0, 7, 1]
    assert time.diff(dim=1).min() >= 0
    torch.testing.assert_close(time[time[:, 0] == 0][:, 0], torch.zeros(int((time[:, 0] == 0).sum())))
    assert time.min() == 0
    torch.testing.assert_close(time.max(), torch.tensor(1.0))


def test_time_never_runs_back() -> None:
    with pytest.raises(ValueError, match="warp of 1"):
        replace(STILL, warp=1.0)


def test_another_manner_turns_each_bone_by_one_angle_and_keeps_its_length() -> None:
    data = tensors(2)
    parents = torch.from_numpy(KINECT_25.parents)
    spec = replace(STILL, style_deg=6.0)
    other = change_body(data.positions_m, spec=spec, generator=generator(4))
    before, after = (positions - positions[..., parents, :] for positions in (data.positions_m, other))
    torch.testing.assert_close(after.norm(dim=-1), before.norm(dim=-1), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(other[..., 0, :], data.positions_m[..., 0, :])  # the hips stay
    cosine = torch.cosine_similarity(before, after, dim=-1)[before.norm(dim=-1) > 1e-3].clamp(-1, 1)
    assert 3 < torch.rad2deg(cosine.acos()).mean() < 12
    still = before.diff(dim=1).abs().amax(dim=-1) < 1e-6  # a bone that stands still goes on standing still
    assert after.diff(dim=1).abs().amax(dim=-1)[still].max() < 1e-5


def test_a_mirror_swaps_left_and_right_in_about_half_of_the_clips() -> None:
    positions = torch.randn(200, 2, 1, 25, 3, generator=generator())
    seen = mirror(as_batch(positions), generator=generator(1)).positions_m
    order = torch.from_numpy(KINECT_25.mirror_order)
    turned = positions[..., order, :] * torch.tensor([-1.0, 1, 1])
    is_turned = (seen == turned).flatten(1).all(dim=1)
    assert torch.equal(seen[~is_turned], positions[~is_turned])
    assert 60 < int(is_turned.sum()) < 140


def test_a_mirror_makes_another_action_of_one_that_becomes_it_and_leaves_others_alone() -> None:
    """Action 0 stays itself, 1 and 2 become each other, 3 is never mirrored."""
    positions = torch.randn(400, 2, 1, 25, 3, generator=generator())
    labels = torch.arange(400) % 4
    batch = as_batch(positions)._replace(labels=labels)
    in_mirror = torch.tensor([0, 2, 1, -1])
    seen = mirror(batch, generator=generator(1), in_mirror=in_mirror)
    order = torch.from_numpy(KINECT_25.mirror_order)
    turned = positions[..., order, :] * torch.tensor([-1.0, 1, 1])
    is_turned = (seen.positions_m == turned).flatten(1).all(dim=1)
    assert torch.equal(seen.positions_m[~is_turned], positions[~is_turned])
    assert torch.equal(seen.labels, torch.where(is_turned, in_mirror[labels], labels))
    counts = [int(is_turned[labels == label].sum()) for label in range(4)]
    assert all(30 < count < 70 for count in counts[:3])
    assert counts[3] == 0


def test_a_mirror_in_which_all_stay_the_same_is_the_one_that_asks_nobody() -> None:
    """To the bit, and with the same draws: published trainings are repeated by it."""
    data = tensors()
    batch, drawn = data.batch(slice(None)), (generator(7), generator(7))
    same = torch.arange(3)
    plain = augment(batch, window=30, spec=AugmentSpec(mirror=True), generator=drawn[0])
    asked = augment(batch, window=30, spec=AugmentSpec(mirror=True), generator=drawn[1], in_mirror=same)
    assert all(torch.equal(one, other) for one, other in zip(plain, asked, strict=True))
    assert torch.equal(drawn[0].get_state(), drawn[1].get_state())


def test_two_persons_come_in_either_order_and_both_stay_whole() -> None:
    positions = torch.randn(200, 2, 2, 25, 3, generator=generator())
    seen = swap_persons(as_batch(positions), generator=generator(1)).positions_m
    is_swapped = (seen == positions.flip(2)).flatten(1).all(dim=1)
    assert torch.equal(seen[~is_swapped], positions[~is_swapped])
    assert 60 < int(is_swapped.sum()) < 140


@given(st.integers(0, 2**31))
def test_a_person_who_is_not_there_stays_away(seed: int) -> None:
    data = tensors(2)
    data.positions_m[:, :, 1] = 0
    spec = replace(AugmentSpec(), swap=False)
    seen, *_ = augment(data.batch(slice(None)), window=30, spec=spec, generator=generator(seed))
    two = FeatureSpec(persons=2)
    features = frame_features(seen, two)
    assert features[..., len(two.joints) :, :].abs().max() == 0


def test_a_long_clip_is_seen_in_part_and_a_short_one_whole() -> None:
    clips, spec = _clocks(), replace(STILL, longest_windows=2)
    lengths = torch.full((len(clips),), clips.shape[1])
    window = clips.shape[1] // 4
    cut, cut_lengths = cut_in_time(clips, lengths, window=window, spec=spec, generator=torch.Generator().manual_seed(0))
    assert set(cut_lengths.tolist()) == {2 * window}
    heights = cut[:, 1:, 0, 7, 1]
    begins, steps = heights[:, 0], heights.diff(dim=1)
    torch.testing.assert_close(steps, steps[:1, :1].expand_as(steps))  # one part without a jump, at the clip's tempo
    assert len(set(begins.tolist())) > 1, "not always the same part"
    _, kept = cut_in_time(clips, lengths, window=window * 2, spec=spec, generator=torch.Generator().manual_seed(0))
    assert kept.tolist() == lengths.tolist()
    with pytest.raises(ValueError, match="shorter than a window"):
        replace(STILL, longest_windows=0.5)


REST = 9  # the label of those who do nothing
STREAM = replace(STILL, window_share=1.0, streams=1.0)
ALONE = replace(STREAM, streams=1e-9)  # cut from a stream in which no clip follows another


def _rising(rows: int = 400, frames: int = 40) -> torch.Tensor:
    """Clips in which a hand rises from 1 to 2 m: at 0 and below there is none of them."""
    clips = torch.zeros(rows, frames, 1, 25, 3)
    clips[:, :, 0, 7, 1] = torch.linspace(1, 2, frames)
    return clips


def test_the_label_of_a_stream_is_what_is_done_at_the_end_of_the_window() -> None:
    cut = cut_from_stream(as_batch(_rising(), labels=3), window=30, spec=ALONE, background=REST, generator=generator())
    assert cut.positions_m.shape == (400, 31, 1, 25, 3)
    assert set(cut.lengths.tolist()) == {30}
    ends = cut.positions_m[:, -1, 0, 7, 1]  # how far the clip has come when the window ends
    acting, resting = ends[cut.labels == 3], ends[cut.labels == REST]
    assert 100 < len(resting) < 200
    assert acting.min() > 1.2
    assert ((resting < 1.09) | (resting > 1.999)).all(), "hardly begun, or long over"
    assert (resting < 1.09).any()
    assert (resting > 1.999).any()


def test_a_window_of_a_stream_still_holds_the_clip_before_and_passes_over_without_a_jump() -> None:
    cut = cut_from_stream(as_batch(_rising(), labels=3), window=60, spec=STREAM, background=REST, generator=generator())
    heights = cut.positions_m[:, :, 0, 7, 1]
    falls = heights.diff(dim=1).min(dim=1).values
    assert (falls < -0.01).float().mean() > 0.8, "down from where the clip before has ended"
    assert falls.min() > -0.4, "over some frames"
    alone = cut_from_stream(
        as_batch(_rising(), labels=3), window=60, spec=ALONE, background=REST, generator=generator()
    )
    assert (alone.positions_m[:, :, 0, 7, 1].diff(dim=1) >= 0).all()


def test_whoever_rests_goes_on_resting() -> None:
    cut = cut_from_stream(
        as_batch(_rising(), labels=REST), window=30, spec=STREAM, background=REST, generator=generator()
    )
    assert set(cut.labels.tolist()) == {REST}


def test_parts_of_the_body_are_hidden_together_and_all_through_a_clip() -> None:
    hidden = ~hide_parts(as_batch(_rising()), share=0.5, generator=generator()).seen[:, 0]  # (N, 25)
    assert 0.4 < hidden.any(dim=1).float().mean() < 0.6
    parts = {tuple(torch.nonzero(row).flatten().tolist()) for row in hidden if row.any()}
    assert (13, 14, 15, 17, 18, 19) in parts, "legs"
    assert len(parts) == 5
    assert not hidden[:, [0, 1, 2, 3, 20]].any(), "the trunk is always there"
