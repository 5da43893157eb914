"""What is explained is what the network says: in one run, as live, over gaps, and of whoever is not there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import DataError
from core.explain.clip_part import between, minutes_text, only_person
from core.explain.explained import Explained, explain_clip
from core.live import pipeline
from core.live.clip_grid import MOST_FRAMES, on_grid
from core.live.pipeline import ActionStage, Posed
from core.live.results import LiveResult
from core.model.folder import ActionModel, load_model
from core.model.sta_lstm import Variant
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25, MEDIAPIPE_33
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import Frame
from tests.explaining import joined, moving, small_model, without
from tests.refining import small_refiner

ROOT = Path(__file__).resolve().parents[2]


def live(model: ActionModel, sequence: SkeletonSequence, monkeypatch: pytest.MonkeyPatch) -> list[LiveResult]:
    """What the live path says about joints that come one after the other, as if the estimator had found them."""
    found: list[Pose] = []
    monkeypatch.setattr(pipeline, "to_kinect25", lambda _: found[-1])
    stage = ActionStage(model)
    results = []
    nobody = Pose(
        layout=MEDIAPIPE_33,
        positions_m=np.zeros((0, 33, 3), np.float32),
        positions_px=np.zeros((0, 33, 2), np.float32),
        confidence=np.zeros((0, 33), np.float32),
    )
    for number, time_s in enumerate(sequence.times_s.tolist()):
        there = np.ptp(sequence.positions_m[number], axis=1).max(axis=-1) > 0
        found.append(
            Pose(
                layout=KINECT_25,
                positions_m=sequence.positions_m[number, there],
                positions_px=sequence.positions_m[number, there, :, :2],
                confidence=sequence.confidence[number, there],
                identities=tuple(np.flatnonzero(there).tolist()),
            )
        )
        frame = Frame(picture_bgr=np.zeros((4, 4, 3), np.uint8), time_s=time_s, arrived_s=0.0, number=number)
        results.append(stage.run(Posed(frame=frame, pose=nobody, capture_ms=0, started_s=0, posed_s=0)))
    return results


def at_the_rate_of(model: ActionModel, sequence: SkeletonSequence) -> SkeletonSequence:
    """The same frames, one a grid time, so that each live result belongs to one frame of the grid."""
    step_s = np.round(np.diff(sequence.times_s, prepend=sequence.times_s[0]) * 30) / model.rate_hz
    return replace(sequence, times_s=np.cumsum(step_s, dtype=np.float64))


def gappy(persons: int) -> SkeletonSequence:
    """Some hidden joints, somebody away for moments, and a second stretch after a long gap."""
    first, second = moving(80, persons=persons), moving(75, persons=persons, seed=3)
    hidden = first.confidence.copy()
    hidden[20:60, :, 11] = 0.1
    first = without(replace(first, confidence=hidden), slice(40, 44))
    return joined(first, second, gap_s=1.5)


@pytest.mark.parametrize("refines", [False, True])
@pytest.mark.parametrize("persons", [1, 2])
def test_a_long_clip_is_explained_with_the_numbers_of_the_live_path(
    persons: int, refines: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small_model(persons=persons, members=2, kept=0.9)
    sequence = at_the_rate_of(model, gappy(persons))
    if refines:  # what was recorded of a session is of Kinect-25 as well, and was found in pixels all the same
        model.refiner = small_refiner()
        aside = np.where(np.ptp(sequence.positions_m, axis=2, keepdims=True) > 0, np.float32(2.5), np.float32(0))
        sequence = replace(sequence, positions_m=sequence.positions_m + aside * [0, 0, 1], found_in_pixels=True)
        sequence = replace(sequence, positions_m=sequence.positions_m.astype(np.float32))
    explained = explain_clip(model, sequence)
    assert explained.clip.starts == (0, 80)
    results = [result for result in live(model, sequence, monkeypatch) if result.is_new]
    compared = spoken = other = 0
    for result in results:
        frame = explained.frame_at(result.frame.time_s)
        assert frame is not None
        assert result.prediction is not None
        said = explained.prediction(frame)
        np.testing.assert_allclose(said.probabilities, result.prediction.probabilities, atol=1e-5)
        np.testing.assert_allclose(said.alpha[-1], result.prediction.alpha[-1], atol=1e-5)
        np.testing.assert_allclose(said.beta, result.prediction.beta, atol=1e-5)
        assert said.weight == pytest.approx(result.prediction.weight, abs=1e-4)
        other += explained.said[frame].action != result.decision.action
        compared += 1
        spoken += explained.said[frame].action is not None
    assert compared > 100
    assert other <= int(refines), "live hears all times of a gap at once, and may say a close second a moment longer"
    assert spoken > 20


def test_a_short_clip_is_one_run_of_the_network() -> None:
    model = small_model(members=2, kept=0.95)
    explained = explain_clip(model, moving(60))
    output = model.run([explained.features])
    np.testing.assert_allclose(explained.alpha, output.alpha[0].numpy(), atol=1e-6)
    np.testing.assert_allclose(explained.beta, output.beta[0].numpy(), atol=1e-6)
    np.testing.assert_allclose(explained.logits, output.running_logits()[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(explained.logits[-1], output.logits[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(explained.counted, output.counted()[0].numpy(), atol=1e-6)
    whole = model.predict(explained.features)
    np.testing.assert_allclose(explained.whole, whole.probabilities, atol=1e-6)
    assert (explained.span.start, explained.span.stop, explained.answer) == (0, len(explained), len(explained) - 1)


def test_the_shares_of_the_frames_make_the_answer() -> None:
    model = small_model(kept=0.9)
    explained = explain_clip(model, moving(50))
    scores = model.run([explained.features]).frame_scores[0].numpy()
    assert explained.shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(explained.shares @ scores, explained.logits[-1], atol=1e-5)


def test_times_uniform_is_one_on_average_and_unused_joints_have_none() -> None:
    explained = explain_clip(small_model(persons=2), moving(40, persons=2))
    np.testing.assert_allclose(explained.heat.mean(axis=1), 1, atol=1e-5)
    heat = explained.joint_heat(3, person=1)
    np.testing.assert_allclose(heat[:21], explained.heat[3, 21:], atol=1e-6)
    assert np.isnan(heat[21:]).all(), "hand tips and thumbs are not seen by the network"
    assert explained.joint_names()[21 + 11] == "person 2 right hand"


def test_the_answer_of_a_long_clip_is_that_of_its_surest_window() -> None:
    model = small_model(window_frames=20)
    explained = explain_clip(model, moving(300))
    assert len(explained) > 2 * 20
    sure = explained.probabilities[11:, :3].max(axis=1)  # the live path says nothing of less than 0.8 s
    assert explained.answer == 11 + int(sure.argmax())
    assert explained.span.stop - explained.span.start <= 20
    about = explained.features[explained.span]
    np.testing.assert_allclose(model.predict(about).probabilities, explained.whole, atol=1e-5)


def test_two_stretches_are_two_streams() -> None:
    model, first, second = small_model(), moving(40), moving(50, seed=2)
    both = explain_clip(model, joined(first, second, gap_s=1.2))
    alone = explain_clip(model, second)
    np.testing.assert_allclose(both.alpha[-len(alone) :], alone.alpha, atol=1e-6)
    np.testing.assert_allclose(both.logits[-len(alone) :], alone.logits, atol=1e-6)
    near = explain_clip(model, joined(first, second, gap_s=0.9))
    assert near.clip.starts == (0,)
    assert len(near) > len(both), "a short gap is passed over"


def test_no_frame_is_shown_in_a_gap() -> None:
    sequence = joined(moving(30), moving(30), gap_s=3)
    explained = explain_clip(small_model(), sequence)
    assert explained.frame_at(-0.01) is None
    assert explained.frame_at(0.0) == 0
    assert explained.frame_at(2.5) is None
    assert explained.frame_at(explained.duration_s) == len(explained) - 1
    later = explain_clip(small_model(), replace(sequence, times_s=sequence.times_s + 5))
    frames = later.frames_at(np.array([4.99, 5.0, 5.0 + 1.5 / later.rate_hz, 7.5]))
    assert frames.tolist() == [-1, 0, 1, -1], "on the clip's own clock"


def test_frames_without_anybody_do_not_count() -> None:
    whole = moving(60)
    explained = explain_clip(small_model(), without(whole, slice(0, 10)))
    assert len(explained) == (60 - 10) / 2
    with pytest.raises(DataError, match="Nobody was found"):
        explain_clip(small_model(), without(whole, slice(None)))


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_clip_of_hardly_any_frames_is_explained_too(frames: int) -> None:
    explained = explain_clip(small_model(), moving(frames))
    assert len(explained) == 1 + (frames - 1) // 2
    assert explained.whole.sum() == pytest.approx(1)
    assert explained.said[0].action is None, "the app says nothing of so little"


def test_an_hour_is_explained_in_bounded_memory() -> None:
    model = small_model(window_frames=20)
    short = moving(200, rate_hz=15)
    count = 20_000 // 200  # long enough to see that nothing grows but what is told
    long = replace(
        short,
        positions_m=np.concatenate([short.positions_m] * count),
        confidence=np.concatenate([short.confidence] * count),
        times_s=np.arange(20_000) / 15,
    )
    told: list[tuple[int, int]] = []
    explained = explain_clip(model, long, progress=lambda done, total: told.append((done, total)))
    assert len(explained) == 20_000
    assert told[-1] == (20_000, 20_000)
    assert len(told) > 100
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_clip_that_would_fill_the_memory_is_refused() -> None:
    sequence = moving(40)
    days = replace(sequence, times_s=np.arange(40, dtype=np.float64) * 0.99)
    on_grid(days, rate_hz=15, persons=1)
    with pytest.raises(DataError, match=r"too long .* at most"):
        on_grid(days, rate_hz=MOST_FRAMES / 10, persons=1)


def test_more_persons_than_the_model_looks_at_are_refused_and_one_can_be_chosen() -> None:
    two = moving(40, persons=2)
    with pytest.raises(DataError, match="choose one of them"):
        explain_clip(small_model(), two)
    second = only_person(two, 2)
    np.testing.assert_array_equal(second.positions_m[:, 0], two.positions_m[:, 1])
    assert len(explain_clip(small_model(), second)) == 20
    with pytest.raises(DataError, match="no person 3"):
        only_person(two, 3)


def test_who_is_missing_in_a_pair_is_not_there() -> None:
    explained = explain_clip(small_model(persons=2), moving(40))
    assert explained.clip.there.tolist() == [[True, False]] * 20
    assert (explained.features[:, 21:] == 0).all()


def test_a_part_is_chosen_by_time() -> None:
    sequence = replace(moving(60), times_s=100 + np.arange(60) / 30)
    part = between(sequence, 0.5, 1.0)
    assert (part.times_s[0], part.times_s[-1]) == (100.5, 101.0)
    assert between(sequence, 101, 101, origin_s=0.0).times_s.tolist() == [101.0]
    with pytest.raises(DataError, match=r"from 0.0 to 2.0 s, and no frame lies from 5 to 6 s"):
        between(sequence, 5, 6)


@pytest.mark.parametrize("variant", list(Variant))
def test_a_gate_that_is_missing_is_told(variant: Variant) -> None:
    explained: Explained = explain_clip(small_model(variant), moving(40))
    assert explained.weighs_joints == variant.spatial
    assert explained.weighs_frames == variant.temporal
    assert (np.ptp(explained.heat) < 1e-6) == (not variant.spatial)
    assert (np.ptp(explained.beta) == 0) == (not variant.temporal)


def test_a_shipped_model_is_explained_as_it_predicts() -> None:
    model = load_model(str(ROOT / "models" / "sbu-interactions"), device="cpu")
    with torch.inference_mode():
        explained = explain_clip(model, moving(120, persons=2))
        said = model.predict(explained.features)
    np.testing.assert_allclose(explained.whole, said.probabilities, atol=1e-5)
    np.testing.assert_allclose(explained.alpha, said.alpha, atol=1e-6)


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.26, "4.3 s"), (59.96, "1:00 min"), (725.0, "12:05 min"), (3725.4, "1:02:05 h")]
)
def test_lengths_in_words(seconds: float, text: str) -> None:
    assert minutes_text(seconds) == text


@pytest.mark.parametrize("answer", [0, 40, 99])
def test_the_part_around_the_answer_has_the_answer_in_it(answer: int) -> None:
    """Also at the very ends, where a rounding error would leave a frame out."""
    explained = replace(explain_clip(small_model(), moving(200)), answer=answer)
    for most_s in (2.5, 3.0, 4.0):
        part = explained.around_answer(most_s)
        times_s = explained.times_s[part]
        assert times_s[-1] - times_s[0] <= most_s + 1e-6
        assert len(times_s) >= int(most_s * explained.rate_hz)
        assert part.start <= answer < part.stop
    assert explained.around_answer(60.0) == slice(0, len(explained))
