"""Decisions: hysteresis, minimum duration, and "no action"."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelError
from core.live.decision import DecisionMaker, when_done
from core.model.folder import DecisionSpec

ACTIONS = ("wave", "clap")
FAST, STILL = 1.0, 0.0


def maker() -> DecisionMaker:
    return DecisionMaker(ACTIONS, DecisionSpec(enter=0.6, leave=0.4, hold_s=0.3, still_m_s=0.1))


def probabilities(wave: float) -> np.ndarray:
    return np.array([wave, 1 - wave], dtype=np.float32)


def test_an_action_is_said_only_after_it_has_led_for_a_while() -> None:
    decide = maker()
    answers = [decide.push(0.1 * i, probabilities(0.9), FAST) for i in range(5)]
    assert [answer.action for answer in answers] == [None, None, None, "wave", "wave"]
    assert answers[-1].since_s == pytest.approx(0.3)
    assert answers[-1].confidence == pytest.approx(0.9, abs=0.01)


def test_a_short_dip_does_not_flicker() -> None:
    decide = maker()
    for i in range(10):
        decide.push(0.1 * i, probabilities(0.9), FAST)
    dip = [decide.push(1.0, probabilities(0.45), FAST), decide.push(1.03, probabilities(0.9), FAST)]
    assert [answer.action for answer in dip] == ["wave", "wave"]


def test_another_action_takes_over() -> None:
    decide = maker()
    for i in range(10):
        decide.push(0.1 * i, probabilities(0.95), FAST)
    answers = [decide.push(1 + 0.1 * i, probabilities(0.05), FAST).action for i in range(12)]
    assert answers[-1] == "clap"
    assert "wave" in answers[:2]


def test_nobody_in_view_or_nobody_moving_is_no_action() -> None:
    decide = maker()
    for i in range(10):
        decide.push(0.1 * i, probabilities(0.95), FAST)
    assert decide.push(1.0, probabilities(0.95), STILL).action is None
    for i in range(10):
        decide.push(2 + 0.1 * i, probabilities(0.95), FAST)
    assert decide.push(3.0, None, 0.0).action is None


def test_an_undecided_network_says_nothing() -> None:
    decide = maker()
    assert {decide.push(0.1 * i, probabilities(0.5), FAST).action for i in range(30)} == {None}


def resting(bias: float) -> DecisionMaker:
    """Knows the background, as second action."""
    return DecisionMaker(ACTIONS, DecisionSpec(enter=0.5, leave=0.2, hold_s=0, background_bias=bias), background=1)


def test_the_odds_of_the_background_keep_quiet_what_is_unsure() -> None:
    unsure = probabilities(0.8)
    assert resting(0.0).push(0.0, unsure, FAST).action == "wave"
    assert resting(2.0).push(0.0, unsure, FAST).action is None, "four to one against is seven to one for"
    sure = resting(2.0).push(0.0, probabilities(0.99), FAST)
    assert sure.action == "wave"
    assert sure.confidence == pytest.approx(0.99), "what the network itself says"


def test_an_action_that_was_said_ends_by_the_same_odds() -> None:
    for bias, expected in ((0.0, "wave"), (3.0, None)):
        decide = resting(bias)
        decide.push(0.0, probabilities(0.999), FAST)
        assert decide.push(1.0, probabilities(0.7), FAST).action == expected


def test_odds_mean_nothing_to_a_network_without_a_background() -> None:
    decide = DecisionMaker(ACTIONS, DecisionSpec(enter=0.5, leave=0.2, hold_s=0, background_bias=5.0))
    assert decide.push(0.0, probabilities(0.8), FAST).action == "wave"


@pytest.mark.parametrize(
    "wrong",
    [
        {"background_bias": float("nan")},
        {"background_bias": 101.0},
        {"least_said_s": -1.0},
        {"starts_late_s": -0.1},
        {"ends_late_s": 61.0},
    ],
)
def test_thresholds_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ModelError, match="out of range"):
        DecisionSpec(**wrong)


names = st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 3)), max_size=12)  # how long none is said, then one is


@given(names, st.floats(0, 2), st.floats(0, 2), st.sampled_from([0.0, 0.5]))
def test_when_it_was_done_is_in_order_and_holds_the_moment_of_the_name(
    names: list[tuple[float, float]], starts_late_s: float, ends_late_s: float, least_said_s: float
) -> None:
    edges_s = np.cumsum([1.0, *itertools.chain.from_iterable(names)]).tolist()
    said = list(zip(edges_s[1::2], edges_s[2::2], strict=True))
    spec = DecisionSpec(starts_late_s=starts_late_s, ends_late_s=ends_late_s, least_said_s=least_said_s)
    done = when_done(said, spec, from_s=0.5, until_s=edges_s[-1] + 1)
    pairs = [(one, span) for one, span in zip(said, done, strict=True) if span is not None]
    assert [one for one, span in zip(said, done, strict=True) if span is None] == [
        (start_s, end_s) for start_s, end_s in said if end_s - start_s < least_said_s
    ]
    from_s = 0.5
    for place, ((start_s, end_s), (begun_s, ended_s)) in enumerate(pairs):
        next_s = pairs[place + 1][1][0] if place + 1 < len(pairs) else math.inf
        assert begun_s == max(start_s - starts_late_s, from_s)
        assert ended_s == min(max(end_s - ends_late_s, start_s), next_s)
        assert begun_s <= start_s <= ended_s <= end_s
        from_s = start_s


def test_what_is_still_said_at_the_end_has_not_ended_before() -> None:
    spec = DecisionSpec(starts_late_s=0.8, ends_late_s=0.4, least_said_s=0.9)
    (span,) = when_done([(0.8, 1.4)], spec, from_s=0, until_s=1.4)
    assert span == pytest.approx((0.0, 1.4))
    assert when_done([(0.8, 1.4)], spec, from_s=0, until_s=1.5) == [None], "it was gone too soon"
    assert when_done([(0.8, 1.2)], spec, from_s=0, until_s=1.2) == [None], "and this one has only just come"


def test_of_a_model_of_which_nobody_measured_it_hysteresis_is_taken_back() -> None:
    spec = DecisionSpec(hold_s=0.3, smoothing_s=0.2)
    assert spec.lateness_s == (0.5, 0.0)
    assert replace(spec, starts_late_s=0.0).lateness_s == (0.0, 0.0), "measured: none"
