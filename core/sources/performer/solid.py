"""Solid: the one shape that a figure is made of: the hull of two balls, squeezed along chosen axes.

That gives limbs, and with one ball only, ellipsoids.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.sources.performer.look import ColourBgr, Pattern
from core.sources.performer.vectors import Vector

_NEAREST_M = 0.05  # what comes closer to the lens is left out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cloth:
    """A pattern in a second colour, laid straight through a part of the body. Unit vectors and origin in its axes."""

    pattern: Pattern
    colour_bgr: ColourBgr
    period_m: float
    origin: Vector  # (3,) where the pattern is centred
    along: Vector  # (3,) up the trunk or a sleeve
    across: Vector  # (3,)
    forward: Vector  # (3,) out of the chest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solid:
    """Hull of two balls in camera axes, metres; `squeeze` (3, 3) maps to the space in which they are round.

    `squeeze` never shrinks (its singular values are 1 or more), so that the radii bound the shape.
    """

    start: Vector  # (3,)
    end: Vector  # (3,)
    start_radius: float
    end_radius: float
    colour_bgr: ColourBgr
    squeeze: NDArray[np.float64] | None = None
    gloss: float = 0.0  # strength of a highlight, 0..1
    cloth: "Cloth | None" = None  # None: one colour


class SolidBatch:
    """Solids as arrays (S, ...): what a ray needs to know of each.

    For a point p let q = M (p - start), b = M (end - start) with the squeeze M, and r(s) = r0 - s taper the radius of
    the ball at s b. The point is inside where F = min over s in [0, 1] of |q - s b|^2 - r(s)^2 <= 0. Without its bounds
    the best s is (q.b - r0 taper) / span with span = |b|^2 - taper^2.

    A solid of which one ball holds the other is that ball: no axis, and an inverse span of 0, so that s = 0.
    """

    def __init__(self, solids: Sequence[Solid]) -> None:
        identity = np.eye(3)
        self.start = np.array([solid.start for solid in solids])
        self.end = np.array([solid.end for solid in solids])
        self.start_radius = np.array([solid.start_radius for solid in solids])
        self.end_radius = np.array([solid.end_radius for solid in solids])
        squeeze = np.array([identity if solid.squeeze is None else solid.squeeze for solid in solids])
        self.metric = squeeze.transpose(0, 2, 1) @ squeeze  # (S, 3, 3): |M v|^2 = v . metric . v
        self.axis = self.end - self.start
        self.metric_axis = np.einsum("sij,sj->si", self.metric, self.axis)
        self.taper = self.start_radius - self.end_radius
        span = np.einsum("si,si->s", self.axis, self.metric_axis) - self.taper**2
        ball = span < 1e-9
        self.inverse_span = np.divide(1, span, out=np.zeros_like(span), where=~ball)
        at_end = ball & (self.end_radius > self.start_radius)
        self.start[at_end], self.start_radius[at_end] = self.end[at_end], self.end_radius[at_end]
        self.axis[ball], self.metric_axis[ball], self.taper[ball] = 0, 0, 0

    def boxes_px(self, *, focal_px: float, size_px: tuple[int, int]) -> NDArray[np.intp]:
        """Columns and rows (S, 4) that each can cover: left, right, top, bottom; ends excluded, empty where unseen."""
        radius = np.maximum(self.start_radius, self.end_radius)[:, None]
        low = np.full((len(radius), 2), np.inf)
        high, seen = -low, np.ones(len(radius), dtype=bool)
        for centre in (self.start, self.end):
            near = centre[:, 2:] - radius
            seen &= near[:, 0] > _NEAREST_M
            middle = centre[:, :2] / np.maximum(centre[:, 2:], _NEAREST_M)
            # A ball's outline lies within this much of its middle, as none of its points is nearer than `near`.
            slack = radius / np.maximum(near, _NEAREST_M) * np.sqrt(1 + middle**2)
            low, high = np.minimum(low, middle - slack), np.maximum(high, middle + slack)
        size = np.array(size_px)
        first = np.clip(np.floor(size / 2 - focal_px * high), 0, size).astype(np.intp)
        last = np.clip(np.ceil(size / 2 - focal_px * low), 0, size).astype(np.intp)
        last = np.where(seen[:, None], np.maximum(first, last), first)
        return np.stack((first[:, 0], last[:, 0], first[:, 1], last[:, 1]), axis=1)
