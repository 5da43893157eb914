"""Which joints were seen, and not guessed: by their mean confidence over the last second with the person."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.skeleton.features import is_seen

COORDINATES: Final = 3  # a row of a joint is metres and confidence

Rows = NDArray[np.float32]


def seen_now(recent: Rows) -> NDArray[np.bool_]:
    """Which joints (P, 25) were seen in rows (T, P, 25, 4); of who is not there all joints are at 0."""
    there = np.abs(recent[..., :COORDINATES]).sum(axis=(-1, -2))[..., None] > 0  # (T, P, 1)
    return is_seen((recent[..., COORDINATES] * there).sum(axis=0) / np.maximum(there.sum(axis=0), 1))


def seen_lately(rows: Rows, *, span: int) -> NDArray[np.bool_]:
    """Which joints were seen at each of the rows (T, P, 25, 4) by the last `span` of them, (T, P, 25).

    Who is not there is NaN.
    """
    there = np.isfinite(rows.sum(axis=(-1, -2)))[..., None]  # (T, P, 1)
    total = _sum_of_last(np.where(there, rows[..., COORDINATES], np.float32(0)), span)
    count = _sum_of_last(there, span)
    return np.asarray(is_seen((total / np.maximum(count, 1)).astype(np.float32)) & there)


def _sum_of_last(values: Rows | NDArray[np.bool_], span: int) -> NDArray[np.float64]:
    """Sums over each row and the `span` - 1 before it."""
    sums = np.cumsum(values, axis=0, dtype=np.float64)
    sums[span:] -= sums[:-span].copy()
    return sums
