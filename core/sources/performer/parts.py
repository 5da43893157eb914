"""Parts: the axes of a part of a figure, and the shapes that parts are built of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.sources.performer.look import ColourBgr
from core.sources.performer.solid import Cloth, Solid
from core.sources.performer.vectors import Vector, cross, unit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Axes:
    """Unit vectors of a part of the body: the person's right, up and forward."""

    right: Vector
    up: Vector
    forward: Vector

    def at(self, right: float, up: float, forward: float) -> Vector:
        """A direction given in these axes."""
        direction: Vector = right * self.right + up * self.up + forward * self.forward
        return direction

    def squeeze(self, right: float, up: float, forward: float) -> NDArray[np.float64]:
        """Map to a space in which an ellipsoid with these half axes, relative to the largest, is a ball."""
        largest = max(right, up, forward)
        matrix = np.zeros((3, 3))
        for axis, half in ((self.right, right), (self.up, up), (self.forward, forward)):
            matrix += np.outer(axis, axis) * (largest / half)
        return matrix


def axes_of(*, right: Vector, up: Vector) -> Axes:
    """Axes from a rough right and an exact up."""
    up = unit(up, fallback=np.array([0.0, 1.0, 0.0]))
    right = unit(right - up * float(right @ up), fallback=np.array([1.0, 0.0, 0.0]))
    return Axes(right=right, up=up, forward=cross(up, right))


def shaded(colour: ColourBgr, factor: float) -> ColourBgr:
    """A colour darker, or lighter."""
    blue, green, red = (min(int(part * factor), 255) for part in colour)
    return blue, green, red


def limb(
    start: Vector,
    end: Vector,
    radii: tuple[float, float],
    colour: ColourBgr,
    *,
    size: float,
    squeeze: NDArray[np.float64] | None = None,
    gloss: float = 0.0,
    cloth: Cloth | None = None,
) -> Solid:
    """A limb from one point to another with these radii, `size` times as thick."""
    return Solid(
        start=start,
        end=end,
        start_radius=radii[0] * size,
        end_radius=radii[1] * size,
        colour_bgr=colour,
        squeeze=squeeze,
        gloss=gloss,
        cloth=cloth,
    )


def ball(
    centre: Vector,
    halves: tuple[float, float, float],
    colour: ColourBgr,
    *,
    axes: Axes,
    size: float,
    gloss: float = 0.0,
) -> Solid:
    """An ellipsoid with half axes right, up, forward, `size` times as large."""
    radius = max(halves)
    return limb(centre, centre, (radius, radius), colour, size=size, squeeze=axes.squeeze(*halves), gloss=gloss)
