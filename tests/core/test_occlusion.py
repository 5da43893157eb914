"""The occlusion check says what the network itself says without a part; and what-if questions change what they name."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from core.explain import occlusion
from core.explain.explained import explain_clip
from core.explain.occlusion import moved_joint, occlude, rank_correlation, rank_text, silenced
from core.model.sta_lstm import Variant
from core.skeleton.features import without_unseen
from core.skeleton.limbs import LIMBS
from tests.explaining import moving, small_model

HAND_RIGHT, ELBOW_RIGHT, WRIST_RIGHT = 11, 9, 10


def test_a_joint_is_taken_away_as_one_that_was_not_seen() -> None:
    model = small_model(members=2)
    explained = explain_clip(model, moving(50))
    found = occlude(model, explained)
    for joint in (0, 7, 20):
        seen = torch.ones(1, 1, 25, dtype=torch.bool)
        seen[..., joint] = False
        features = without_unseen(torch.from_numpy(explained.features), seen, model.config.features).numpy()
        without = model.predict(features)
        fall = without.probabilities[explained.best] - explained.whole[explained.best]
        assert found.joints.probability[joint] == pytest.approx(fall, abs=1e-6)
    assert found.action == explained.best
    assert found.probability == pytest.approx(explained.whole[explained.best], abs=1e-6)


def test_a_frame_is_taken_away_as_if_the_moment_had_not_been() -> None:
    model = small_model(kept=0.9)
    explained = explain_clip(model, moving(40))
    found = occlude(model, explained)
    assert found.frames.logit.shape == (len(explained),)
    for frame in (0, 9, len(explained) - 1):
        left = np.delete(explained.features, frame, axis=0)
        logits = model.run([left]).logits[0].numpy()
        change = logits[explained.best] - explained.logits[-1, explained.best]
        assert found.frames.logit[frame] == pytest.approx(change, abs=1e-5)


def test_a_limb_is_taken_away_whole_and_of_each_person() -> None:
    model = small_model(persons=2, either_order=True)
    explained = explain_clip(model, moving(40, persons=2))
    found = occlude(model, explained)
    assert list(found.parts) == [f"person {person} {limb}" for person in (1, 2) for limb in LIMBS]
    features = explained.features.copy()
    features[:, 21 + 8 : 21 + 12] = 0
    fall = model.predict(features).probabilities[explained.best] - explained.whole[explained.best]
    assert found.parts["person 2 right arm"].probability[0] == pytest.approx(fall, abs=1e-6)


def test_the_rank_correlation_is_of_attention_and_of_the_fall() -> None:
    model = small_model()
    explained = explain_clip(model, moving(60))
    found = occlude(model, explained)
    expected = spearmanr(explained.alpha.mean(axis=0), -found.joints.probability).statistic
    assert found.joints_rank == pytest.approx(expected, abs=0.02)
    of_frames = spearmanr(explained.shares, -found.frames.probability).statistic
    assert found.frames_rank == pytest.approx(of_frames, abs=0.02)


def test_the_answer_of_a_long_clip_is_asked_about_its_own_window() -> None:
    model = small_model(window_frames=20)
    explained = explain_clip(model, moving(300))
    found = occlude(model, explained)
    assert found.probability == pytest.approx(explained.whole[explained.best], abs=1e-5)
    assert len(found.frames.probability) == explained.span.stop - explained.span.start


def test_without_a_gate_there_is_no_order_to_compare() -> None:
    model = small_model(Variant.LSTM)
    found = occlude(model, explain_clip(model, moving(40)))
    assert (found.joints_rank, found.frames_rank) == (None, None)
    assert np.ptp(found.joints.probability) > 0, "the check itself says something all the same"
    model = small_model(Variant.TA)
    found = occlude(model, explain_clip(model, moving(40)))
    assert found.joints_rank is None
    assert found.frames_rank is not None


def test_rank_correlations_by_hand() -> None:
    rising = np.arange(5.0)
    assert rank_correlation(rising, rising**3) == pytest.approx(1)
    assert rank_correlation(rising, -rising) == pytest.approx(-1)
    assert rank_correlation(rising, np.full(5, 0.2) + 1e-12 * rising) is None, "rounding is no order"
    assert rank_correlation(rising[:2], rising[:2]) is None
    assert (rank_text(0.4321), rank_text(-1.0), rank_text(None)) == ("+0.43", "−1.00", "not defined (all alike)")


@pytest.mark.parametrize("frames", [1, 2])
def test_of_hardly_any_frames(frames: int) -> None:
    model = small_model()
    found = occlude(model, explain_clip(model, moving(frames, rate_hz=15)))
    assert found.frames.probability.shape == (frames,)
    assert np.isfinite(found.frames.logit).all()
    assert found.frames_rank is None


def test_a_long_answer_is_asked_in_blocks_and_in_several_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small_model()
    explained = explain_clip(model, moving(100))
    one_by_one = occlude(model, explained)
    monkeypatch.setattr(occlusion, "_MOST_BYTES", 3 * explained.features.nbytes)
    np.testing.assert_allclose(occlude(model, explained).joints.logit, one_by_one.joints.logit, atol=1e-5)
    monkeypatch.setattr(occlusion, "_MOST_FRAMES", 20)
    blocks = occlude(model, explained)
    assert blocks.frames.probability.shape == (50,)
    assert blocks.frames.probability[0] == blocks.frames.probability[2] != blocks.frames.probability[3]
    left = model.run([explained.features[3:]]).logits[0].numpy()[explained.best]
    total = 3 * blocks.frames.logit[0]
    assert total == pytest.approx(left - explained.logits[-1, explained.best], abs=1e-5)


def test_a_limb_is_silenced() -> None:
    model = small_model()
    explained = explain_clip(model, moving(40))
    silent = silenced(model, explained, LIMBS["right arm"])
    assert (silent.features[:, list(LIMBS["right arm"][:4])] == 0).all()
    assert (silent.features[:, 7] == explained.features[:, 7]).all()
    assert not silent.clip.seen[:, 0, HAND_RIGHT].any(), "so that it is drawn hollow"
    fall = silent.whole[explained.best] - explained.whole[explained.best]
    assert fall == pytest.approx(occlude(model, explained).parts["right arm"].probability[0], abs=1e-6)
    assert explained.clip.seen.all(), "what was there stays as it is"


def test_of_two_persons_one_is_silenced() -> None:
    model = small_model(persons=2)
    explained = explain_clip(model, moving(40, persons=2))
    silent = silenced(model, explained, [HAND_RIGHT], person=1)
    assert (silent.features[:, 11] == explained.features[:, 11]).all()
    assert (silent.features[:, 21 + 11] == 0).all()
    assert (silenced(model, explained, [HAND_RIGHT]).features[:, [11, 21 + 11]] == 0).all()


def test_a_joint_is_moved_with_what_hangs_on_it() -> None:
    model = small_model()
    explained = explain_clip(model, moving(40))
    up = np.array([0.0, 0.5, 0.0])
    moved = moved_joint(model, explained, ELBOW_RIGHT, up)
    by = moved.clip.positions_m[:, 0] - explained.clip.positions_m[:, 0]
    arm = [ELBOW_RIGHT, WRIST_RIGHT, HAND_RIGHT, 23, 24]
    np.testing.assert_allclose(by[:, arm], np.broadcast_to(up, (20, 5, 3)), atol=1e-6)
    others = [joint for joint in range(25) if joint not in arm]
    assert (by[:, others] == 0).all()
    assert not np.allclose(moved.whole, explained.whole)
    alone = moved_joint(model, explained, ELBOW_RIGHT, up, with_children=False)
    assert (alone.clip.positions_m[:, 0, HAND_RIGHT] == explained.clip.positions_m[:, 0, HAND_RIGHT]).all()


def test_a_joint_is_moved_around_one_frame_without_a_jump() -> None:
    model = small_model()
    explained = explain_clip(model, moving(80))
    moved = moved_joint(model, explained, HAND_RIGHT, np.array([0.4, 0, 0]), frame=20)
    by = (moved.clip.positions_m - explained.clip.positions_m)[:, 0, HAND_RIGHT, 0]
    assert by[20] == pytest.approx(0.4, abs=1e-6)
    assert (by[[15, 25]] == 0).all(), "a third of a second away"
    assert np.abs(np.diff(by)).max() < 0.15
    assert (moved.alpha[:15] == explained.alpha[:15]).all(), "the network is causal"


def test_who_is_not_there_is_not_moved_into_being() -> None:
    model = small_model(persons=2)
    explained = explain_clip(model, moving(40))
    moved = moved_joint(model, explained, HAND_RIGHT, np.array([0.4, 0, 0]), person=1)
    assert (moved.clip.positions_m == explained.clip.positions_m).all()
    np.testing.assert_allclose(moved.whole, explained.whole, atol=1e-6)


def test_a_change_below_zero_spoke_for_the_answer() -> None:
    """A network that hears one joint only: without it the answer loses, without another one nothing changes."""
    model = small_model(Variant.LSTM)
    with torch.no_grad():
        network = model.network.members[0]
        weights = dict(network.main[0].named_parameters())["weight_ih_l0"]
        weights[:, : 9 * 7] = 0
        weights[:, 9 * 8 :] = 0
    explained = explain_clip(model, replace(moving(40)))
    found = occlude(model, explained)
    assert found.joints.probability[7] != 0
    assert np.abs(np.delete(found.joints.probability, 7)).max() < 1e-9
