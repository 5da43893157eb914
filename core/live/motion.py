"""How fast somebody moves: who stands still does nothing."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SPEED_SPAN_S: Final = 1.0
FASTEST_JOINTS: Final = 4  # an arm moves three or four joints; the mean over all would hide it


def motion_speed_m_s(positions_m: NDArray[np.float32], *, rate_hz: float, joints: tuple[int, ...]) -> float:
    """Mean speed of the fastest few joints against the hips, of the faster person; 0 for fewer than two frames.

    `positions_m` (T, P, 25, 3) are metres on a grid of `rate_hz`. Who is not there, all joints in one point, does not
    move, and neither does who comes or leaves.
    """
    if len(positions_m) < 2:
        return 0.0
    relative = positions_m - positions_m[:, :, :1]
    there = np.abs(relative).sum(axis=(-1, -2)) > 0  # (T, P)
    stayed = (there[1:] & there[:-1])[..., None]  # (T - 1, P, 1)
    moved_m = np.linalg.norm(np.diff(relative, axis=0), axis=-1) * stayed  # (T - 1, P, 25)
    steps_m = moved_m.mean(axis=0)[:, list(joints)]  # (P, K)
    fastest = np.sort(steps_m, axis=-1)[:, -FASTEST_JOINTS:].mean(axis=-1)  # (P,)
    return float(fastest.max() * rate_hz)
