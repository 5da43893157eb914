"""Decisions: hysteresis, minimum duration, and "no action"."""

import numpy as np
import pytest

from core.live.decision import DecisionMaker
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
