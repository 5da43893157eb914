"""Rate and latency meters against times written by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.live.pacing import LatencyMeter, RateMeter


def ticking(rate_hz: float, count: int) -> RateMeter:
    meter = RateMeter(span_s=2.0)
    for number in range(count):
        meter.tick(number / rate_hz)
    return meter


@pytest.mark.parametrize("rate_hz", [7.0, 30.0, 60.0])
def test_a_steady_rate_is_read_exactly(rate_hz: float) -> None:
    assert ticking(rate_hz, 200).rate_hz(199 / rate_hz) == pytest.approx(rate_hz)


def test_the_rate_does_not_wobble_between_two_events() -> None:
    meter = ticking(10.0, 30)
    assert meter.rate_hz(2.9) == pytest.approx(10.0)
    assert meter.rate_hz(2.95) == pytest.approx(10.0)


def test_the_rate_falls_when_events_stop_and_ends_at_zero() -> None:
    meter = ticking(10.0, 30)
    rates = [meter.rate_hz(2.9 + late_s) for late_s in (0.0, 0.5, 1.0, 1.5, 2.5)]
    assert rates == sorted(rates, reverse=True)
    assert rates[1] < rates[0]
    assert rates[-1] == 0.0


def test_no_rate_before_the_second_event_or_for_one_instant() -> None:
    meter = RateMeter()
    assert meter.rate_hz(0.0) == 0.0
    meter.tick(1.0)
    assert meter.rate_hz(1.0) == 0.0
    meter.tick(1.0)
    assert meter.rate_hz(1.0) == 0.0


def test_old_events_do_not_count() -> None:
    meter = ticking(50.0, 100)
    for number in range(20):
        meter.tick(10.0 + number / 5.0)
    assert meter.rate_hz(13.8) == pytest.approx(5.0)


def test_quantiles_by_stage() -> None:
    meter = LatencyMeter()
    for value in range(1, 101):
        meter.add({"pose": float(value), "model": 2.0})
    assert meter.quantiles_ms()["pose"] == pytest.approx((50.5, 95.05, 99.01))
    assert meter.quantiles_ms()["model"] == (2.0, 2.0, 2.0)


@given(values=st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_quantiles_are_those_of_numpy(values: list[float]) -> None:
    meter = LatencyMeter()
    for value in values:
        meter.add({"pose": value})
    assert meter.quantiles_ms()["pose"] == pytest.approx(np.percentile(values, [50, 95, 99]).tolist())


def test_only_the_last_frames_count() -> None:
    meter = LatencyMeter(capacity=3)
    for value in (1000.0, 1.0, 2.0, 3.0):
        meter.add({"pose": value})
    assert meter.quantiles_ms()["pose"].p50 == 2.0


def test_an_empty_meter_has_nothing_to_say() -> None:
    assert LatencyMeter().quantiles_ms() == {}
