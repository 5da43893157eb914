"""Gaps: frames in which a person is not there, and joints that were not found for a while."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.float32]
Presence = NDArray[np.bool_]

_ONE_POINT_M: Final = 0.01  # a person whose joints all lie within this is not there


def presence(joints_m: Positions) -> Presence:
    """Who is there (...) in joints (..., 25, 3): somebody whose joints do not all lie in one point."""
    spread_m: Positions = np.ptp(joints_m, axis=-2).max(axis=-1)
    there: Presence = spread_m > _ONE_POINT_M
    return there


def without_gaps(positions_m: Positions) -> tuple[Positions, Presence]:
    """Joints (T, P, J, 3) with the gaps filled over time, and who was there (T, P).

    A sensor that does not find a joint puts it into its own place, (0, 0, 0). One that is there always is left: the
    hips of a sequence that is centred on them lie in it. Persons who are never there stay as they are.
    """
    there = presence(positions_m)
    found = positions_m.any(axis=-1) & there[..., None]  # (T, P, J)
    if found.all():
        return positions_m, there
    filled, frames = positions_m.copy(), np.arange(len(positions_m))
    for person, joint in np.argwhere(~found.all(axis=0) & found.any(axis=0)).tolist():
        known = found[:, person, joint]
        for axis in range(3):
            track = filled[:, person, joint, axis]
            track[~known] = np.interp(frames[~known], frames[known], track[known])
    return filled, there


def with_gaps(joints_m: Positions, there: Presence) -> Positions:
    """Joints (..., J, 3) with those of everybody who is not there (...) in one point, their first joint."""
    return np.where(there[..., None, None], joints_m, joints_m[..., :1, :])
