"""Arithmetic of single vectors (3,): NumPy's own cross product takes thirty times as long for one pair."""

import math

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def cross(first: Vector, second: Vector) -> Vector:
    """Cross product of two vectors (3,)."""
    (a, b, c), (x, y, z) = first.tolist(), second.tolist()
    return np.array([b * z - c * y, c * x - a * z, a * y - b * x])


def length(vector: Vector) -> float:
    """Length of a vector."""
    return math.sqrt(float(vector @ vector))


def unit(vector: Vector, *, fallback: Vector | None = None) -> Vector:
    """The vector at length one; a vanishing one gives `fallback`, or itself."""
    size = length(vector)
    if size < 1e-6:
        return vector if fallback is None else fallback
    return vector / size
