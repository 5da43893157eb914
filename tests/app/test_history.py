"""The last seconds of scores: what is kept, who leads, and that colours stay."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.history import ColourSlots, Moment, ScoreHistory, round_up

ACTIONS = ("wave", "clap", "boxing")


def moment(time_s: float, *scores: float) -> Moment:
    return Moment(time_s=time_s, probabilities=np.array(scores, np.float32) if scores else None, beta=1.0)


def test_only_the_last_seconds_are_kept() -> None:
    history = ScoreHistory(span_s=10.0)
    for second in range(31):
        history.add(moment(float(second), 0.5, 0.3, 0.2), ACTIONS)
    assert len(history) == 11
    np.testing.assert_allclose(history.ages_s()[[0, -1]], [-10.0, 0.0])


def test_a_time_that_goes_back_begins_anew() -> None:
    history = ScoreHistory()
    history.add(moment(5.0, 0.5, 0.3, 0.2), ACTIONS)
    history.add(moment(1.0, 0.5, 0.3, 0.2), ACTIONS)
    assert len(history) == 1


def test_other_actions_begin_anew_but_a_gap_does_not() -> None:
    history = ScoreHistory()
    history.add(moment(1.0, 0.5, 0.3, 0.2), ACTIONS)
    history.add(moment(1.1), ())
    assert len(history) == 2
    assert np.isnan(history.scores("wave")[1])
    history.add(moment(1.2, 0.9, 0.1), ("jump", "run"))
    assert len(history) == 1


def test_leaders_are_those_with_the_highest_peaks() -> None:
    history = ScoreHistory()
    assert history.leaders(2) == []
    history.add(moment(1.0, 0.1, 0.2, 0.7), ACTIONS)
    history.add(moment(2.0, 0.6, 0.3, 0.1), ACTIONS)
    assert history.leaders(2) == ["boxing", "wave"]


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=5, unique=True), max_size=20))
def test_shown_actions_have_colours_of_their_own_and_keep_them(rounds: list[list[str]]) -> None:
    slots = ColourSlots(5)
    before: dict[str, int] = {}
    for shown in rounds:
        now = slots.assign(shown)
        assert set(now) == set(shown)
        assert len(set(now.values())) == len(shown)
        assert all(now[action] == before[action] for action in shown if action in before)
        before = now


@given(st.floats(1e-6, 1e6))
def test_axis_ends_are_round_and_reach_the_value(value: float) -> None:
    end = round_up(value)
    assert value * (1 - 1e-6) <= end <= 2.6 * value
    assert f"{end:e}"[0] in "125"


def test_axis_without_a_value() -> None:
    assert [round_up(value) for value in (0.0, -1.0, math.nan)] == [1.0, 1.0, 1.0]
