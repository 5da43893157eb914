"""Head: the solids of a face, its hair and what is worn on it. All sizes are those of the default adult, in metres."""

from collections.abc import Iterator
from typing import Final

from core.sources.performer.body import Body
from core.sources.performer.look import ColourBgr, Hair
from core.sources.performer.parts import Axes, ball, limb, shaded
from core.sources.performer.solid import Solid
from core.sources.performer.vectors import Vector

_EYE_WHITE_BGR: Final[ColourBgr] = (240, 240, 240)
_EYE_BGR: Final[ColourBgr] = (40, 44, 52)
_GLOSS: Final = 0.15  # of hair
_HAIRED: Final = (Hair.SHORT, Hair.LONG, Hair.BUN)


class Head:
    """Builds a head round its middle.

    Args:
        middle: Kinect's joint Head, (3,).
        nape: Kinect's SpineShoulder, (3,), where the neck begins.
        axes: The head's own.
        size: Times as large as the default adult's.
        thick: Times as thick; of the neck.
        body: Whose it is.
    """

    def __init__(self, middle: Vector, nape: Vector, *, axes: Axes, size: float, thick: float, body: Body) -> None:
        self._middle, self._nape, self._axes, self._size = middle, nape, axes, size
        self._thick, self._colours, self._look = thick, body.colours, body.look

    def solids(self) -> Iterator[Solid]:
        """Neck, skull, hair, face."""
        yield from self._skull()
        yield from self._hair()
        yield from self._ears()
        yield from self._face()

    def _at(self, right: float, up: float, forward: float) -> Vector:
        return self._middle + self._axes.at(right, up, forward) * self._size

    def _ball(
        self, place: tuple[float, float, float], halves: tuple[float, float, float], colour: ColourBgr, gloss: float = 0
    ) -> Solid:
        return ball(self._at(*place), halves, colour, axes=self._axes, size=self._size, gloss=gloss)

    def _line(self, start: Vector, end: Vector, radius: float, colour: ColourBgr) -> Solid:
        return limb(start, end, (radius, radius), colour, size=self._size)

    def _skull(self) -> Iterator[Solid]:
        skin, head = self._colours.skin_bgr, self._axes
        throat = self._middle - head.at(0, 0.04, 0.01) * self._size
        yield limb(self._nape, throat, (0.06, 0.05), shaded(skin, 0.93), size=self._thick)
        yield self._ball((0, 0.012, 0.012), (0.075, 0.111, 0.092), skin)
        yield self._ball((0, -0.066, 0.03), (0.05, 0.046, 0.052), skin)

    def _hair(self) -> Iterator[Solid]:
        hair, look = self._colours.hair_bgr, self._look
        if look.hair in _HAIRED:
            yield self._ball((0, 0.034, -0.016), (0.084, 0.1, 0.098), hair, _GLOSS)
            yield self._ball((0, 0.088, 0.03), (0.068, 0.04, 0.064), hair, _GLOSS)
        if look.hair is Hair.LONG:
            yield from self._long_hair()
        elif look.hair is Hair.BUN:
            yield self._ball((0, 0.115, -0.075), (0.046, 0.044, 0.046), hair, _GLOSS)
        elif look.hair in (Hair.CAP, Hair.BEANIE):
            yield from self._hat()
        if look.beard:
            beard = shaded(hair, 0.95)
            yield self._ball((0, -0.088, 0.036), (0.052, 0.036, 0.053), beard)
            for sign in (-1, 1):
                yield self._line(self._at(sign * 0.066, -0.02, 0.02), self._at(sign * 0.04, -0.075, 0.05), 0.02, beard)

    def _long_hair(self) -> Iterator[Solid]:
        hair, flat = self._colours.hair_bgr, self._axes.squeeze(1, 1, 0.6)
        back, end = self._at(0, 0.03, -0.045), self._at(0, -0.2, -0.075)
        yield limb(back, end, (0.088, 0.095), hair, size=self._size, squeeze=flat, gloss=_GLOSS)
        for sign in (-1, 1):
            side, tip = self._at(sign * 0.074, 0.04, -0.005), self._at(sign * 0.092, -0.19, -0.03)
            yield limb(side, tip, (0.03, 0.032), hair, size=self._size, gloss=_GLOSS)

    def _hat(self) -> Iterator[Solid]:
        hat, hair = self._colours.hat_bgr, self._colours.hair_bgr
        yield self._ball((0, 0.01, -0.024), (0.081, 0.085, 0.088), hair, _GLOSS)
        yield self._ball((0, 0.066, -0.002), (0.09, 0.078, 0.106), hat)
        if self._look.hair is Hair.CAP:
            brim = self._axes.squeeze(1, 0.16, 1)
            start, end = self._at(0, 0.062, 0.075), self._at(0, 0.05, 0.135)
            yield limb(start, end, (0.07, 0.055), shaded(hat, 0.85), size=self._size, squeeze=brim)
        else:
            flat = self._axes.squeeze(1, 0.3, 1.15)
            edge = self._at(0, 0.054, 0.0)
            yield limb(edge, edge, (0.096, 0.096), shaded(hat, 0.88), size=self._size, squeeze=flat)

    def _ears(self) -> Iterator[Solid]:
        for sign in (-1, 1):
            yield self._ball((sign * 0.08, -0.006, 0.0), (0.012, 0.03, 0.019), shaded(self._colours.skin_bgr, 0.92))

    def _face(self) -> Iterator[Solid]:
        skin, at = self._colours.skin_bgr, self._at
        for sign in (-1, 1):
            yield self._ball((sign * 0.031, 0.012, 0.089), (0.0175, 0.012, 0.008), _EYE_WHITE_BGR)
            yield self._ball((sign * 0.030, 0.012, 0.0945), (0.0085, 0.0098, 0.006), _EYE_BGR)
            brow = shaded(self._colours.hair_bgr, 0.9)
            yield self._line(at(sign * 0.017, 0.0395, 0.098), at(sign * 0.047, 0.0375, 0.084), 0.0045, brow)
            lips = (int(skin[0] * 0.62), int(skin[1] * 0.56), int(skin[2] * 0.84))
            yield self._line(at(0, -0.062, 0.089), at(sign * 0.026, -0.053, 0.08), 0.006, lips)
        nose = shaded(skin, 0.97)
        yield limb(at(0, 0.012, 0.1), at(0, -0.024, 0.112), (0.008, 0.0135), nose, size=self._size)
