"""Level: the floor that two recorded persons stand on, and the recording turned until it is level."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.skeleton.layouts import KINECT_25
from core.sources.performer.gaps import Positions, Presence

FEET: Final = [KINECT_25.index(joint) for joint in ("AnkleLeft", "FootLeft", "AnkleRight", "FootRight")]
_ROUNDS: Final = 6  # of fitting the floor and leaving out feet that are lifted off it
_LIFTED_M: Final = 0.02
_PLANTED: Final = 0.6  # share of the lowest feet that stand on the floor at least
_STEADYING_M2: Final = 0.01  # feet that are less than a decimetre apart say nothing of a slope
_LEAST, _MOST = np.tan(np.deg2rad((1.0, 15.0)))  # slopes that are measured, and that a sensor on a shelf can have


def levelled(positions_m: Positions, there: Presence) -> Positions:
    """Joints (T, P, 25, 3) turned about the origin so that the floor under both persons is level.

    A sensor that looks down sees the farther person on a higher floor. Turning the whole scene keeps all distances.
    A slope below a degree is left alone.

    Args:
        positions_m: with y up, metres.
        there: who is there, (T, P).
    """
    feet = positions_m[:, :, FEET][there]  # (N, 4, 3)
    lowest = np.take_along_axis(feet, feet[..., 1].argmin(axis=1)[:, None, None], axis=1)[:, 0].astype(np.float64)
    slope = _slope(lowest)
    if np.abs(slope).max() < _LEAST:
        return positions_m
    up = np.array([-slope[0], 1.0, -slope[1]]) / np.sqrt(1 + slope @ slope)
    return positions_m @ _upright(up).T


def _slope(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much the floor under the lowest feet (N, 3) rises along x and z, (2,)."""
    slope, stands = np.zeros(2), np.ones(len(points), dtype=bool)
    for _ in range(_ROUNDS):
        middle = points[stands].mean(axis=0)
        off = points[stands] - middle
        flat = off[:, [0, 2]]
        slope = np.linalg.solve(flat.T @ flat / len(off) + np.eye(2) * _STEADYING_M2, flat.T @ off[:, 1] / len(off))
        above = points[:, 1] - middle[1] - (points - middle)[:, [0, 2]] @ slope
        stands = above < np.percentile(above, 100 * _PLANTED) + _LIFTED_M
    clipped: NDArray[np.float64] = np.clip(slope, -_MOST, _MOST)
    return clipped


def _upright(up: NDArray[np.float64]) -> NDArray[np.float32]:
    """The smallest turn (3, 3) that takes a unit vector near y to y."""
    x, y, z = up.tolist()
    share = 1 / (1 + y)
    turn = [[1 - x * x * share, -x, -x * z * share], [x, y, z], [-x * z * share, -z, 1 - z * z * share]]
    return np.array(turn, dtype=np.float32)
