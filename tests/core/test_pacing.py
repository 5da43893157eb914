"""Rate and latency meters against times written by hand."""

import pytest

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


def test_median_and_percentile_by_stage() -> None:
    meter = LatencyMeter()
    for value in range(1, 101):
        meter.add({"pose": float(value), "model": 2.0})
    assert meter.median_ms() == {"pose": 50.5, "model": 2.0}
    assert meter.percentile_ms("pose", 95) == pytest.approx(95.05)


def test_only_the_last_frames_count() -> None:
    meter = LatencyMeter(capacity=3)
    for value in (1000.0, 1.0, 2.0, 3.0):
        meter.add({"total": value})
    assert meter.median_ms() == {"total": 2.0}


def test_an_empty_meter_reads_zero() -> None:
    assert LatencyMeter().median_ms() == {}
    assert LatencyMeter().percentile_ms("total", 95) == 0.0
