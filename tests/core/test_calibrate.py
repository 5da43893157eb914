"""Temperature and thresholds from persons left out: streams, replays, the choice, and a whole one over processes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets.dataset import Dataset
from core.errors import DataError
from core.live.calibrate import Calibration, CalibrationProgress, calibrate, calibration, leave_out, training_persons
from core.live.decision import DecisionMaker, heard, is_known
from core.live.joined import joined_stream
from core.live.replay import Heard, Replay, Stream, decided, replay, said_in
from core.live.thresholds import Score, choose, lateness_s, least_evidence, score
from core.model.folder import ActionModel, DecisionSpec
from core.skeleton.segment import Segment
from core.training.configuration import model_config
from core.training.loop import build_network
from core.training.source import DataSource, TrainingData
from tests.clips import CPU, SMALL, small_dataset, train_tensors, write_dataset

ACTIONS = ("wave", "clap", "rest")
RATE_HZ = 15.0


def resting_dataset() -> Dataset:
    """The small data set, in which "bend" is what those do who do nothing."""
    return small_dataset(background="bend")


def test_a_stream_holds_every_clip_once_with_rests_between_and_no_jump() -> None:
    data = train_tensors(dataset=resting_dataset())
    clips, rests = data.only(data.labels != 0), data.only(data.labels == 0)
    stream = joined_stream(clips, rests, actions=("bend", "left", "right"), rate_hz=RATE_HZ, seed=1)
    assert len(stream.done) == len(clips)
    assert sorted(one.action for one in stream.done) == ["left"] * 4 + ["right"] * 4
    assert stream.positions_m.shape[0] == stream.seen.shape[0]
    for before, after in zip(stream.done, stream.done[1:], strict=False):
        assert 0.9 < after.start_s - before.end_s < 4.5
    lengths = sorted(round(one.duration_s * RATE_HZ) for one in stream.done)
    assert lengths == sorted(clips.lengths.tolist())
    hips = stream.positions_m[:, 0, 0]
    assert np.abs(np.diff(hips, axis=0)).max() < 1e-4, "somebody who only bends stays on the spot"


def model_of(dataset: Dataset) -> ActionModel:
    network = build_network(SMALL, classes=3, seed=0)
    config = model_config(SMALL, network, actions=dataset.actions, title="", background=dataset.background)
    return ActionModel(name="small", config=replace(config, temperature=1.7), network=network, device=CPU)


def test_a_replay_says_at_every_moment_what_the_live_view_says() -> None:
    dataset = resting_dataset()
    model, data = model_of(dataset), train_tensors(dataset=dataset)
    stream = joined_stream(data, None, actions=model.actions, rate_hz=RATE_HZ, seed=2)
    seen = stream.seen.copy()
    seen[:, :, 13:16] = False
    heard_all = Heard.at(1.7, replay(model, replace_seen(stream, seen)))
    features = model.features(stream.positions_m, seen=seen)
    for end in (12, 40, 100, len(features)):
        alone = model.predict(features[max(0, end - model.config.window_frames) : end])
        np.testing.assert_allclose(heard_all.probabilities[end - 1], alone.probabilities, atol=1e-5)
        assert heard_all.evidence[end - 1] == pytest.approx(alone.evidence, abs=1e-4)
        assert heard_all.replay.weights[end - 1] == pytest.approx(alone.beta.sum(), rel=1e-4)
    assert np.isnan(heard_all.probabilities[10]).all(), "the window is too short"


def replace_seen(stream: Stream, seen: np.ndarray) -> Stream:
    return Stream(positions_m=stream.positions_m, seen=seen, done=stream.done)


def scripted(certainty: float = 0.9, *, false_s: float = 0.4) -> Heard:
    """Ten waves of 2 s, 3 s apart, rightly heard; a short certain clap in each rest, whose evidence is low."""
    frames = round(50 * RATE_HZ)
    logits = np.zeros((frames, 3), dtype=np.float32)
    logits[:, 2] = 5
    done = []
    for start_s in range(1, 50, 5):
        start = round(start_s * RATE_HZ)
        done.append(Segment(start_s=start_s, end_s=start_s + 2, action="wave"))
        logits[start : start + 30] = np.log([certainty, (1 - certainty) / 2, (1 - certainty) / 2]) + 6
        if false_s:
            odd = start + round(3.5 * RATE_HZ)
            logits[odd : odd + round(false_s * RATE_HZ)] = np.log([0.02, 0.96, 0.02]) + 2
    return Heard.at(
        1.0,
        Replay(
            logits=logits,
            weights=np.full(frames, 9, np.float32),
            speeds_m_s=np.ones(frames, np.float32),
            rate_hz=RATE_HZ,
            done=tuple(done),
        ),
    )


def test_background_and_low_evidence_are_no_action() -> None:
    stream, loose = scripted(), DecisionSpec(hold_s=0.1, smoothing_s=0.1)
    said = {one.action for one in said_in(stream, ACTIONS, loose, background=2)}
    assert said == {"wave", "clap"}, "the background itself is never said"
    strict = replace(loose, least_evidence=4.0)
    assert {one.action for one in said_in(stream, ACTIONS, strict, background=2)} == {"wave"}


def test_thresholds_are_chosen_that_keep_quiet_and_still_find_what_is_done() -> None:
    stream = scripted()
    loose = score([stream], ACTIONS, DecisionSpec(enter=0.4, hold_s=0.13, smoothing_s=0.15), background=2)
    assert loose.false_per_minute > 10
    spec, found = choose([stream], ACTIONS, background=2, base=DecisionSpec())
    assert found.false_per_minute <= 1
    assert found.f1 == 1
    assert found.delay_s < 0.6
    assert found == score([stream], ACTIONS, spec, background=2)


def test_guesses_that_pass_are_left_out_of_the_decisions_and_still_count_as_false() -> None:
    stream, spec = scripted(false_s=0.4), DecisionSpec(enter=0.6, leave=0.3, hold_s=0, smoothing_s=0)
    keeping = replace(spec, least_said_s=0.7)
    said = said_in(stream, ACTIONS, spec, background=2)
    assert {one.action for one in said} == {"wave", "clap"}
    assert {one.action for one in decided(said, keeping, until_s=50)} == {"wave"}
    all_kept, few_kept = (score([stream], ACTIONS, one, background=2) for one in (spec, keeping))
    assert all_kept.f1 == all_kept.shown_f1 == few_kept.shown_f1 < few_kept.f1 == 1
    assert all_kept.false_per_minute == few_kept.false_per_minute > 10


def test_how_late_names_come_and_go_is_measured_and_taken_back() -> None:
    stream = scripted(false_s=0)
    shift = round(0.4 * RATE_HZ)
    later = replace(stream.replay, logits=np.roll(stream.replay.logits, shift, axis=0))
    heard_late = Heard.at(1.0, later)
    spec = DecisionSpec(enter=0.6, leave=0.3, hold_s=0, smoothing_s=0)
    said = said_in(heard_late, ACTIONS, spec, background=2)
    starts_s, ends_s = lateness_s([heard_late], [said])
    assert (starts_s, ends_s) == pytest.approx((0.4, 0.4), abs=0.1)
    done = decided(said, replace(spec, starts_late_s=starts_s, ends_late_s=ends_s), until_s=50)
    for one, true in zip(done, stream.replay.done, strict=True):
        assert (one.start_s, one.end_s) == pytest.approx((true.start_s, true.end_s), abs=0.1)
    assert lateness_s([stream], [[]]) == (0, 0), "nothing was found"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param((0.3, 0.3, 1.9, 2.0), (0.9, 0.9, 2.1, 0.3), id="quiet before right"),
        pytest.param((0.2, 0.2, 2.1, 0.9), (0.9, 0.9, 30, 0.7), id="where none is quiet, the quieter one"),
        pytest.param((0.9, 0.9, 0.2, 0.87), (0.3, 0.3, 1.9, 0.79), id="right before a little sooner"),
        pytest.param((0.8, 0.75, 0.8, 0.8), (0.82, 0.75, 0.8, 0.87), id="and soon enough before a little more right"),
        pytest.param((0.8, 0.8, 1, 0.8), (0.82, 0.7, 1, 0.8), id="what is shown counts as well"),
    ],
)
def test_which_thresholds_are_better(better: tuple[float, ...], worse: tuple[float, ...]) -> None:
    names = ("f1", "shown_f1", "false_per_minute", "delay_s")
    first, second = (Score(**dict(zip(names, values, strict=True))) for values in (better, worse))
    assert first.rank > second.rank


def test_odds_for_the_background_are_chosen_where_rest_looks_like_an_action() -> None:
    """Each rest looks half like a clap; only what is expected beforehand tells it from one."""
    stream = scripted(certainty=0.96, false_s=0)
    rest = stream.replay.logits[:, 2] == 5
    logits = stream.replay.logits.copy()
    logits[rest] = np.log([0.02, 0.93, 0.05]) + 6
    unsure = Heard.at(1.0, replace(stream.replay, logits=logits))
    spec, found = choose([unsure], ACTIONS, background=2, base=DecisionSpec())
    assert spec.background_bias >= 3
    assert (found.f1, found.false_per_minute) == (1, 0)


def test_the_least_evidence_costs_one_window_in_fifty() -> None:
    stream = scripted()
    least = least_evidence([stream], ACTIONS, background=2)
    inside = [
        value
        for one in stream.replay.done
        for value in stream.evidence[round(one.start_s * RATE_HZ) : round(one.end_s * RATE_HZ)]
    ]
    assert np.mean(np.array(inside) < least) <= 0.02
    assert least > 4


def test_nothing_is_heard_of_a_window_that_says_nothing() -> None:
    model = model_of(resting_dataset())
    prediction = model.predict(np.zeros((20, 21, 9), np.float32))
    assert heard(None, DecisionSpec()) is None
    assert heard(prediction, DecisionSpec(seen_frames=0)) is prediction.probabilities
    assert heard(prediction, DecisionSpec(seen_frames=1000)) is None
    assert is_known(prediction.evidence, DecisionSpec())
    assert not is_known(prediction.evidence, DecisionSpec(least_evidence=prediction.evidence + 0.1))


def test_whoever_is_left_out_was_not_trained_on_and_too_few_are_refused() -> None:
    data = TrainingData(dataset=resting_dataset())
    assert training_persons(data, split="cross-subject") == (0, 2)
    shares: list[float] = []

    def tell(share: float) -> bool:
        shares.append(share)
        return False

    found = leave_out(data, SMALL.with_epochs(2), split="cross-subject", place=1, is_stopped=tell)
    assert found is not None
    assert shares == [0.5, 1.0]
    assert len(found.labels) == 6, "of person 2 the clips of three actions"
    assert leave_out(data, SMALL, split="cross-subject", place=0, is_stopped=lambda _: True) is None
    alone = data.where(lambda sample: sample.person in (0, 1))
    with pytest.raises(DataError, match="too few"):
        training_persons(alone, split="cross-subject")


def test_a_calibration_over_processes_finds_what_one_process_finds(tmp_path: Path) -> None:
    source = DataSource(name="folder", folder=write_dataset(tmp_path / "data"))
    data, recipe = source.load(), SMALL.with_epochs(10)
    *progress, found = calibrate(source, data, recipe, split="cross-subject", jobs=2)
    assert all(isinstance(one, CalibrationProgress) for one in progress)
    alone = [
        leave_out(data, recipe, split="cross-subject", place=place, is_stopped=lambda _: False) for place in (0, 1)
    ]
    expected = calibration([one for one in alone if one is not None], actions=data.dataset.actions, background="")
    assert isinstance(found, Calibration)
    assert (found.persons, found.accuracy) == (expected.persons, expected.accuracy)
    assert found.temperature == pytest.approx(expected.temperature, rel=1e-3)
    assert found.decision.enter == expected.decision.enter
    assert "2 training persons" in found.words()


def test_the_decision_maker_never_says_the_background() -> None:
    decide = DecisionMaker(ACTIONS, DecisionSpec(hold_s=0.1, smoothing_s=0.0), background=2)
    rest, wave = np.array([0.05, 0.05, 0.9], np.float32), np.array([0.9, 0.05, 0.05], np.float32)
    assert [decide.push(t / 10, rest, 1.0).action for t in range(5)] == [None] * 5
    said = [decide.push(0.5 + t / 10, wave, 1.0).action for t in range(5)]
    assert said[0] is None
    assert said[-1] == "wave"
    assert decide.push(1.0, rest, 1.0).action is None


def test_what_was_never_seen_begins_no_action_and_ends_none() -> None:
    decide = DecisionMaker(ACTIONS, DecisionSpec(hold_s=0.0, smoothing_s=0.0), background=2)
    wave, clap = np.array([0.9, 0.05, 0.05], np.float32), np.array([0.05, 0.9, 0.05], np.float32)
    assert decide.push(0.0, wave, 1.0, known=False).action is None
    assert decide.push(0.1, wave, 1.0).action == "wave"
    assert decide.push(0.2, wave, 1.0, known=False).action == "wave"
    assert decide.push(0.3, clap, 1.0, known=False).action is None


def test_a_network_may_know_no_background() -> None:
    assert train_tensors().background is None
    assert train_tensors(dataset=resting_dataset()).background == 0
