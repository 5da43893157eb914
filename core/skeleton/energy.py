"""Motion energy: how much of a body moves at each moment of a sequence, before anything is named."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.skeleton.sequence import SkeletonSequence

_SMOOTH_S: Final = 0.1
_GAP_S: Final = 0.5  # whoever was away for longer did not move there


def motion_energy(sequence: SkeletonSequence) -> NDArray[np.float32]:
    """Mean speed of all joints of the person who moves most, (T,) metres a second; 0 where nobody was there before.

    With the way of the whole body, so that walking counts. Smoothed over a tenth of a second.
    """
    positions_m, times_s = sequence.positions_m, sequence.times_s
    if len(sequence) < 2:
        return np.zeros(len(sequence), np.float32)
    there = np.ptp(positions_m, axis=2).max(axis=-1) > 0  # (T, P): one point is nobody
    steps_s = np.diff(times_s)[:, None]  # (T - 1, 1)
    speeds = np.linalg.norm(np.diff(positions_m, axis=0), axis=-1).mean(axis=-1) / steps_s  # (T - 1, P)
    speeds *= there[1:] & there[:-1] & (steps_s <= _GAP_S)
    energy = np.concatenate([speeds[:1], speeds]).max(axis=1)
    # no wider than all of it: numpy's "same" is as long as the longer of the two
    width = min(len(energy), max(1, round(_SMOOTH_S / float(np.median(steps_s)))))
    smooth: NDArray[np.float32] = np.convolve(energy, np.ones(width) / width, mode="same").astype(np.float32)
    return smooth


def peaks(
    times_s: NDArray[np.float64], values: NDArray[np.float32], *, start_s: float, end_s: float, count: int
) -> NDArray[np.float32]:
    """The highest value in each of `count` equal stretches of time, (count,); 0 where there is none.

    So a wave that is drawn small loses none of its peaks.
    """
    if count < 1 or end_s <= start_s:
        return np.zeros(max(0, count), np.float32)
    places = np.floor((times_s - start_s) / (end_s - start_s) * count).astype(np.intp)
    inside = (places >= 0) & (places < count)
    highest = np.zeros(count, np.float32)
    np.maximum.at(highest, places[inside], values[inside])
    return highest
