"""Alignment: one set of points laid upon another one, so that only the difference of their shapes is left. Pure."""

import numpy as np
from numpy.typing import NDArray

from core.skeleton.layouts import HIPS


def about_hips(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Kinect-25 joints (..., 25, 3) from the middle of the hips of their frame, in the same unit."""
    about: NDArray[np.float32] = joints - joints[..., list(HIPS), :].mean(axis=-2, keepdims=True)
    return about


def similarity_fit(points: NDArray[np.floating], onto: NDArray[np.floating]) -> NDArray[np.float64]:
    """Points (..., 3) after the turn, size and shift, one for all, that bring them nearest to `onto`, as many others.

    Least squares without reflection (Umeyama, PAMI 1991). Points that all lie in one place stay there, at the middle of
    the others. Returns the same shape, in the unit of `onto`. Raises ValueError where a coordinate is not finite.
    """
    flat, target = points.reshape(-1, 3).astype(np.float64), onto.reshape(-1, 3).astype(np.float64)
    if not (np.isfinite(flat).all() and np.isfinite(target).all()):
        raise ValueError("points that are not finite have no best fit")
    middle, target_middle = flat.mean(axis=0), target.mean(axis=0)
    flat, target = flat - middle, target - target_middle
    spread = flat.var(axis=0).sum()
    if spread == 0:
        return np.broadcast_to(target_middle, points.shape).copy()
    left, strengths, right = np.linalg.svd(target.T @ flat / len(flat))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    size = (strengths * signs).sum() / spread
    fitted: NDArray[np.float64] = size * flat @ (left * signs @ right).T + target_middle
    return fitted.reshape(points.shape)
