"""The One-Euro filter: against the formula written out for one number, and what it is good for."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.skeleton.filters import IMAGE_SMOOTHING, WORLD_SMOOTHING, OneEuroFilter, OneEuroSpec

numbers = st.floats(-100, 100, width=32)
gaps_s = st.floats(1e-3, 2)


def alpha(cutoff_hz: float, period_s: float) -> float:
    return 1 / (1 + (1 / (2 * math.pi * cutoff_hz)) / period_s)


def by_the_formula(times_s: list[float], values: list[float], spec: OneEuroSpec, scale: float) -> list[float]:
    """One number after the other, as in the paper."""
    smooth, speed, found = values[0], 0.0, [values[0]]
    for place in range(1, len(values)):
        period_s = times_s[place] - times_s[place - 1]
        derivative = (values[place] - values[place - 1]) * scale / period_s
        share = alpha(spec.derivative_cutoff_hz, period_s)
        speed = share * derivative + (1 - share) * speed
        share = alpha(spec.min_cutoff_hz + spec.beta * abs(speed), period_s)
        smooth = share * values[place] + (1 - share) * smooth
        found.append(smooth)
    return found


@given(
    steps=st.lists(st.tuples(gaps_s, numbers, numbers), min_size=1, max_size=12),
    spec=st.sampled_from(
        [WORLD_SMOOTHING, IMAGE_SMOOTHING, OneEuroSpec(min_cutoff_hz=1, beta=0, derivative_cutoff_hz=2)]
    ),
    scale=st.floats(0.001, 10),
)
def test_each_number_of_an_array_is_filtered_by_the_formula(
    steps: list[tuple[float, float, float]], spec: OneEuroSpec, scale: float
) -> None:
    times_s = np.cumsum([gap_s for gap_s, _, _ in steps]).tolist()
    one_euro = OneEuroFilter(spec)
    found = [
        one_euro.push(time_s, np.array([first, second], np.float32), scale=scale)
        for time_s, (_, first, second) in zip(times_s, steps, strict=True)
    ]
    for place in (0, 1):
        expected = by_the_formula(times_s, [step[1 + place] for step in steps], spec, scale)
        np.testing.assert_allclose([one[place] for one in found], expected, rtol=2e-3, atol=2e-3)


def test_the_same_time_again_changes_nothing() -> None:
    one_euro = OneEuroFilter(WORLD_SMOOTHING)
    one_euro.push(0.0, np.zeros(3, np.float32))
    before = one_euro.push(0.1, np.ones(3, np.float32))
    np.testing.assert_array_equal(one_euro.push(0.1, np.full(3, 9.0, np.float32)), before)
    np.testing.assert_array_equal(one_euro.push(0.05, np.full(3, 9.0, np.float32)), before)
    assert np.isfinite(one_euro.push(0.2, np.ones(3, np.float32))).all()


def test_after_a_reset_the_next_values_pass_unchanged() -> None:
    one_euro = OneEuroFilter(WORLD_SMOOTHING)
    one_euro.push(0.0, np.zeros(3, np.float32))
    one_euro.reset()
    np.testing.assert_array_equal(one_euro.push(0.0, np.full(3, 5.0, np.float32)), np.full(3, 5.0))


def test_what_rests_becomes_calm_and_what_moves_is_followed() -> None:
    random = np.random.default_rng(1)
    times_s = np.arange(60) / 30
    noise_m = random.normal(scale=0.004, size=60)
    rest, moving = OneEuroFilter(WORLD_SMOOTHING), OneEuroFilter(WORLD_SMOOTHING)
    rested_m = [rest.push(t, np.array([n], np.float32))[0] for t, n in zip(times_s, noise_m, strict=True)]
    moved_m = [moving.push(t, np.array([2 * t + n], np.float32))[0] for t, n in zip(times_s, noise_m, strict=True)]
    assert np.std(np.diff(rested_m)) < 0.5 * np.std(np.diff(noise_m))
    assert np.abs(moved_m - 2 * times_s)[10:].max() < 0.03, "a hand at 2 m/s lags by less than half a frame"


@pytest.mark.parametrize("constants", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, 0.0), (float("nan"), 1.0, 1.0)])
def test_constants_that_make_no_filter_are_refused(constants: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="One-Euro"):
        OneEuroSpec(min_cutoff_hz=constants[0], beta=constants[1], derivative_cutoff_hz=constants[2])
