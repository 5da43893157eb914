"""Figure: the solids of a dressed person around 25 joints."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.skeleton.layouts import KINECT_25
from core.sources.performer.body import Body, ColourBgr
from core.sources.performer.solid import Solid
from core.sources.performer.vectors import Vector, cross, unit

_EYE_WHITE_BGR: ColourBgr = (240, 240, 240)
_EYE_BGR: ColourBgr = (40, 44, 52)
_SOLE_BGR: ColourBgr = (196, 200, 204)
_REFERENCE_HEIGHT_M = Body().height_m


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Axes:
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


def _axes(*, right: Vector, up: Vector) -> _Axes:
    """Axes from a rough right and an exact up."""
    up = unit(up, fallback=np.array([0.0, 1.0, 0.0]))
    right = unit(right - up * float(right @ up), fallback=np.array([1.0, 0.0, 0.0]))
    return _Axes(right=right, up=up, forward=cross(up, right))


def _shade(colour: ColourBgr, factor: float) -> ColourBgr:
    blue, green, red = (min(int(part * factor), 255) for part in colour)
    return blue, green, red


def figure_solids(joints_m: NDArray[np.float32], body: Body) -> list[Solid]:
    """All solids of a person.

    Args:
        joints_m: Kinect-25 joints (25, 3) in camera axes, metres; lengths follow them.
        body: Thickness and colours.
    """
    return list(_Figure(joints_m, body).solids())


class _Figure:
    """Builds the parts one after another; all sizes are those of the default adult, in metres."""

    def __init__(self, joints_m: NDArray[np.float32], body: Body) -> None:
        self._joints: dict[str, Vector] = dict(zip(KINECT_25.joints, joints_m.astype(np.float64), strict=True))
        self._colours = body.colours
        self._scale = body.height_m / _REFERENCE_HEIGHT_M
        self._thick = self._scale * body.build
        across = self["ShoulderRight"] - self["ShoulderLeft"]
        hips = self["HipRight"] - self["HipLeft"]
        self._chest = _axes(right=across, up=self["SpineShoulder"] - self["SpineMid"])
        self._pelvis = _axes(right=hips, up=self["SpineMid"] - self["SpineBase"])
        self._head = _axes(right=across, up=self["Head"] - self["SpineShoulder"])

    def __getitem__(self, joint: str) -> Vector:
        return self._joints[joint]

    def solids(self) -> Iterator[Solid]:
        yield from self._trunk()
        yield from self._skull()
        yield from self._face()
        for side in ("Left", "Right"):
            yield from self._arm(side)
            yield from self._leg(side)

    def _limb(
        self,
        start: Vector,
        end: Vector,
        radii: tuple[float, float],
        colour: ColourBgr,
        *,
        squeeze: NDArray[np.float64] | None = None,
        size: float | None = None,
        gloss: float = 0.0,
    ) -> Solid:
        size = self._thick if size is None else size
        return Solid(
            start=start,
            end=end,
            start_radius=radii[0] * size,
            end_radius=radii[1] * size,
            colour_bgr=colour,
            squeeze=squeeze,
            gloss=gloss,
        )

    def _ball(
        self, centre: Vector, halves: tuple[float, float, float], colour: ColourBgr, *, axes: _Axes, gloss: float = 0.0
    ) -> Solid:
        """An ellipsoid with half axes right, up, forward."""
        radius = max(halves)
        squeeze = axes.squeeze(*halves)
        return self._limb(centre, centre, (radius, radius), colour, squeeze=squeeze, size=self._scale, gloss=gloss)

    def _trunk(self) -> Iterator[Solid]:
        shirt, trousers = self._colours.shirt_bgr, self._colours.trousers_bgr
        base, middle, top = self["SpineBase"], self["SpineMid"], self["SpineShoulder"]
        chest, pelvis = self._chest, self._pelvis
        ribs = middle + (top - middle) * 0.66
        belly = base + pelvis.up * (0.045 * self._scale)
        yield self._limb(middle, ribs, (0.142, 0.165), shirt, squeeze=chest.squeeze(1, 0.62, 0.68))
        yield self._limb(middle, belly, (0.142, 0.158), shirt, squeeze=pelvis.squeeze(1, 0.5, 0.7))
        seat = base - pelvis.up * (0.03 * self._scale)
        yield self._limb(seat, base, (0.15, 0.158), trousers, squeeze=pelvis.squeeze(1, 0.6, 0.7))
        nape = top + (self["Neck"] - top) * 0.35 - chest.forward * (0.012 * self._scale)
        for side in ("Left", "Right"):
            shoulder = self["Shoulder" + side]
            yield self._limb(nape, shoulder, (0.05, 0.06), shirt)
            yield self._limb(ribs + (shoulder - top) * 0.4, shoulder, (0.1, 0.062), shirt)

    def _skull(self) -> Iterator[Solid]:
        skin, hair = self._colours.skin_bgr, self._colours.hair_bgr
        head, middle, size = self._head, self["Head"], self._scale
        yield self._limb(
            self["SpineShoulder"], middle - head.at(0, 0.04, 0.01) * size, (0.06, 0.05), _shade(skin, 0.93)
        )
        yield self._ball(middle + head.at(0, 0.012, 0.012) * size, (0.075, 0.111, 0.092), skin, axes=head)
        chin = middle + head.at(0, -0.066, 0.03) * size
        yield self._ball(chin, (0.05, 0.046, 0.052), skin, axes=head)
        yield self._ball(middle + head.at(0, 0.034, -0.016) * size, (0.084, 0.1, 0.098), hair, axes=head, gloss=0.15)
        yield self._ball(middle + head.at(0, 0.088, 0.03) * size, (0.068, 0.04, 0.064), hair, axes=head, gloss=0.15)
        for sign in (-1, 1):
            ear = middle + head.at(sign * 0.08, -0.006, 0.0) * size
            yield self._ball(ear, (0.012, 0.03, 0.019), _shade(skin, 0.92), axes=head)

    def _face(self) -> Iterator[Solid]:
        skin, head, middle, size = self._colours.skin_bgr, self._head, self["Head"], self._scale

        def at(right: float, up: float, forward: float) -> Vector:
            return middle + head.at(right, up, forward) * size

        def line(start: Vector, end: Vector, radius: float, colour: ColourBgr) -> Solid:
            return self._limb(start, end, (radius, radius), colour, size=size)

        for sign in (-1, 1):
            yield self._ball(at(sign * 0.031, 0.012, 0.089), (0.0175, 0.012, 0.008), _EYE_WHITE_BGR, axes=head)
            yield self._ball(at(sign * 0.030, 0.012, 0.0945), (0.0085, 0.0098, 0.006), _EYE_BGR, axes=head)
            brow = _shade(self._colours.hair_bgr, 0.9)
            yield line(at(sign * 0.017, 0.0395, 0.098), at(sign * 0.047, 0.0375, 0.084), 0.0045, brow)
            lips = (int(skin[0] * 0.62), int(skin[1] * 0.56), int(skin[2] * 0.84))
            yield line(at(0, -0.062, 0.089), at(sign * 0.026, -0.053, 0.08), 0.006, lips)
        yield self._limb(at(0, 0.012, 0.1), at(0, -0.024, 0.112), (0.008, 0.0135), _shade(skin, 0.97), size=size)

    def _arm(self, side: str) -> Iterator[Solid]:
        skin, shirt = self._colours.skin_bgr, self._colours.shirt_bgr
        shoulder, elbow, wrist = (self[joint + side] for joint in ("Shoulder", "Elbow", "Wrist"))
        yield self._limb(shoulder, shoulder + (elbow - shoulder) * 0.55, (0.062, 0.056), shirt)
        yield self._limb(shoulder, elbow, (0.05, 0.042), skin)
        yield self._limb(elbow, elbow + (wrist - elbow) * 0.3, (0.042, 0.044), skin)
        yield self._limb(elbow + (wrist - elbow) * 0.3, wrist, (0.044, 0.03), skin)
        yield from self._hand(side)

    def _hand(self, side: str) -> Iterator[Solid]:
        skin = self._colours.skin_bgr
        wrist, hand, tip, thumb = (self[joint + side] for joint in ("Wrist", "Hand", "HandTip", "Thumb"))
        axes = _axes(right=thumb - wrist, up=tip - wrist)  # "right" lies in the palm, "forward" leaves it
        flat = axes.squeeze(1, 1, 0.55)
        palm = wrist + (hand - wrist) * 0.4
        yield self._limb(palm, hand, (0.036, 0.044), skin, squeeze=flat, size=self._scale)
        yield self._limb(hand, tip - (tip - hand) * 0.2, (0.042, 0.027), skin, squeeze=flat, size=self._scale)
        yield self._limb(palm, thumb, (0.018, 0.013), skin, size=self._scale)

    def _leg(self, side: str) -> Iterator[Solid]:
        trousers = self._colours.trousers_bgr
        hip, knee, ankle = (self[joint + side] for joint in ("Hip", "Knee", "Ankle"))
        calf = knee + (ankle - knee) * 0.3
        yield self._limb(hip, knee, (0.097, 0.062), trousers)
        yield self._limb(knee, calf, (0.062, 0.061), trousers)
        yield self._limb(calf, knee + (ankle - knee) * 0.94, (0.061, 0.049), trousers)
        yield from self._shoe(side)

    def _shoe(self, side: str) -> Iterator[Solid]:
        shoes, size = self._colours.shoes_bgr, self._scale
        knee, ankle, toe = self["Knee" + side], self["Ankle" + side], self["Foot" + side]
        along = toe - ankle
        up = unit(knee - ankle, fallback=self._pelvis.up)
        # The sole's normal: across the foot's direction, on the side of the shin; a recorded foot may be any length.
        forward = unit(along, fallback=self._pelvis.forward)
        right = unit(cross(forward, up), fallback=self._pelvis.right)
        axes = _Axes(right=right, up=cross(right, forward), forward=forward)
        heel = ankle - axes.up * (0.03 * size) - forward * (0.035 * size)
        front = toe - forward * (0.03 * size)
        flat = axes.squeeze(1, 0.78, 1)
        yield self._limb(ankle, heel, (0.044, 0.044), shoes, size=size)
        yield self._limb(heel, front, (0.043, 0.042), shoes, squeeze=flat, size=size)
        down = axes.up * (0.016 * size)
        yield self._limb(
            heel - down, front - down, (0.046, 0.045), _SOLE_BGR, squeeze=axes.squeeze(1, 0.5, 1), size=size
        )
