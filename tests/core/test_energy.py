"""How much a body moves at each moment, and the peaks of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.skeleton.energy import motion_energy, peaks
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence

frame_counts = st.integers(1, 12)
rates_hz = st.floats(1, 240)
seeds = st.integers(0, 2**32 - 1)


def walking(frames: int, *, rate_hz: float = 30.0, speed_ms: float = 0.0, persons: int = 1) -> SkeletonSequence:
    """The same pose all the time, carried along x."""
    pose = np.random.default_rng(0).normal(size=(len(KINECT_25), 3))
    positions_m = np.broadcast_to(pose, (frames, persons, len(KINECT_25), 3)).copy()
    positions_m[..., 0] += (np.arange(frames) * speed_ms / rate_hz)[:, None, None]
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=positions_m.astype(np.float32),
        confidence=np.ones((frames, persons, len(KINECT_25)), np.float32),
        times_s=np.arange(frames) / rate_hz,
    )


@given(frame_counts, rates_hz, seeds)
def test_each_frame_has_one_value_however_few_there_are(frames: int, rate_hz: float, seed: int) -> None:
    sequence = walking(frames, rate_hz=rate_hz)
    sequence.positions_m[:] = np.random.default_rng(seed).normal(size=sequence.positions_m.shape)
    energy = motion_energy(sequence)
    assert energy.shape == (frames,)
    assert energy.dtype == np.float32
    assert np.isfinite(energy).all()
    assert (energy >= 0).all()
    end_s = frames / rate_hz + 1
    highest = peaks(sequence.times_s, energy, start_s=0.0, end_s=end_s, count=5)
    assert highest.max() == energy.max()


def test_who_stands_still_has_none_and_who_walks_has_their_speed() -> None:
    assert not motion_energy(walking(20)).any()
    energy = motion_energy(walking(20, speed_ms=1.5))
    np.testing.assert_allclose(energy[2:-2], 1.5, rtol=1e-3)


def test_whoever_moves_most_counts() -> None:
    two = walking(20, persons=2, speed_ms=1.5)
    two.positions_m[:, 1] = two.positions_m[0, 1]
    np.testing.assert_allclose(motion_energy(two)[2:-2], 1.5, rtol=1e-3)


@pytest.mark.parametrize("is_gap", [False, True])
def test_coming_back_is_no_motion(is_gap: bool) -> None:
    """Nobody was there for a while: as one point in the frames between, or without any frames."""
    sequence = walking(20)
    sequence.positions_m[12:, ..., 0] += 3
    times_s = sequence.times_s.copy()
    if is_gap:
        times_s[12:] += 1.0
    else:
        sequence.positions_m[8:12] = 0
    assert not motion_energy(replace(sequence, times_s=times_s)).any()


def test_peaks_of_stretches() -> None:
    times_s = np.array([0.0, 0.4, 0.6, 1.4, 9.0])
    values = np.array([1, 3, 2, 5, 9], np.float32)
    assert peaks(times_s, values, start_s=0.0, end_s=2.0, count=4).tolist() == [3, 2, 5, 0]
    assert peaks(times_s, values, start_s=2.0, end_s=2.0, count=2).tolist() == [0, 0]
