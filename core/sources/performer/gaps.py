"""Gaps: what recorded joints can be played, and those of persons who are not there or were not found for a while."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.skeleton.sequence import FARTHEST_M

Positions = NDArray[np.float32]
Presence = NDArray[np.bool_]

MOST_PERSONS: Final = 2
_ONE_POINT_M: Final = 0.01  # a person whose joints all lie within this is not there


def checked_joints(positions_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """Joints as (T, P, 25, 3). Raises DataError for what cannot be played, with the reason."""
    positions = np.asarray(positions_m, dtype=np.float32)
    if positions.ndim == 3:
        positions = positions[:, None]
    if positions.ndim != 4 or positions.shape[2:] != (25, 3) or len(positions) == 0:
        raise DataError(
            "A performer plays joints of shape (T, 25, 3) or (T, P, 25, 3) with T above 0, not "
            f"{np.shape(positions_m)}."
        )
    if not 1 <= positions.shape[1] <= MOST_PERSONS:
        raise DataError(f"A performer plays one or two persons, not {positions.shape[1]}.")
    if not np.isfinite(positions).all():
        raise DataError("A performer plays finite joints only: fill the gaps of the sequence first.")
    if (farthest_m := np.abs(positions).max()) > FARTHEST_M:
        raise DataError(f"A performer plays metres; some joint is {farthest_m:.3g} away. Are they millimetres?")
    return positions


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
