"""Figure: the solids of a dressed person around 25 joints."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.skeleton.layouts import KINECT_25
from core.sources.performer.body import Body
from core.sources.performer.head import Head
from core.sources.performer.look import ColourBgr, Legs, Pattern, Sleeves
from core.sources.performer.parts import Axes, axes_of, limb
from core.sources.performer.solid import Cloth, Solid
from core.sources.performer.vectors import Vector, cross, unit

_SOLE_BGR: ColourBgr = (196, 200, 204)
_REFERENCE_HEIGHT_M = Body().height_m


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
        self._body, self._colours, self._look = body, body.colours, body.look
        self._scale = body.height_m / _REFERENCE_HEIGHT_M
        self._thick = self._scale * body.build
        across = self["ShoulderRight"] - self["ShoulderLeft"]
        hips = self["HipRight"] - self["HipLeft"]
        self._chest = axes_of(right=across, up=self["SpineShoulder"] - self["SpineMid"])
        self._pelvis = axes_of(right=hips, up=self["SpineMid"] - self["SpineBase"])
        self._head = axes_of(right=across, up=self["Head"] - self["SpineShoulder"])

    def __getitem__(self, joint: str) -> Vector:
        return self._joints[joint]

    def solids(self) -> Iterator[Solid]:
        yield from self._trunk()
        size, thick = self._scale, self._thick
        head = Head(self["Head"], self["SpineShoulder"], axes=self._head, size=size, thick=thick, body=self._body)
        yield from head.solids()
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
        cloth: Cloth | None = None,
    ) -> Solid:
        return limb(start, end, radii, colour, size=self._thick if size is None else size, squeeze=squeeze, cloth=cloth)

    def _trunk(self) -> Iterator[Solid]:
        shirt, trousers = self._colours.shirt_bgr, self._colours.trousers_bgr
        base, middle, top = self["SpineBase"], self["SpineMid"], self["SpineShoulder"]
        chest, pelvis = self._chest, self._pelvis
        ribs = middle + (top - middle) * 0.66
        belly = base + pelvis.up * (0.045 * self._scale)
        cloth = self._cloth(ribs, along=chest.up, across=chest.right, forward=chest.forward)
        yield self._limb(middle, ribs, (0.142, 0.165), shirt, squeeze=chest.squeeze(1, 0.62, 0.68), cloth=cloth)
        yield self._limb(middle, belly, (0.142, 0.158), shirt, squeeze=pelvis.squeeze(1, 0.5, 0.7), cloth=cloth)
        seat = base - pelvis.up * (0.03 * self._scale)
        yield self._limb(seat, base, (0.15, 0.158), trousers, squeeze=pelvis.squeeze(1, 0.6, 0.7))
        nape = top + (self["Neck"] - top) * 0.35 - chest.forward * (0.012 * self._scale)
        for side in ("Left", "Right"):
            shoulder = self["Shoulder" + side]
            yield self._limb(nape, shoulder, (0.05, 0.06), shirt, cloth=cloth)
            yield self._limb(ribs + (shoulder - top) * 0.4, shoulder, (0.1, 0.062), shirt, cloth=cloth)

    def _cloth(self, origin: Vector, *, along: Vector, across: Vector, forward: Vector) -> Cloth | None:
        """The shirt's pattern on a part of it."""
        if self._look.pattern is Pattern.PLAIN:
            return None
        return Cloth(
            pattern=self._look.pattern,
            colour_bgr=self._colours.pattern_bgr,
            period_m=self._look.pattern_m,
            origin=origin,
            along=along,
            across=across,
            forward=forward,
        )

    def _arm(self, side: str) -> Iterator[Solid]:
        skin, sleeves = self._colours.skin_bgr, self._look.sleeves
        shoulder, elbow, wrist = (self[joint + side] for joint in ("Shoulder", "Elbow", "Wrist"))
        if sleeves is Sleeves.LONG:
            yield from self._long_sleeve(shoulder, elbow, wrist)
        else:
            shirt = self._colours.shirt_bgr if sleeves is Sleeves.SHORT else skin
            cloth = self._sleeve_cloth(shoulder, elbow) if sleeves is Sleeves.SHORT else None
            sleeve = shoulder + (elbow - shoulder) * 0.55
            yield self._limb(shoulder, sleeve, (0.062, 0.056), shirt, cloth=cloth)
            yield self._limb(shoulder, elbow, (0.05, 0.042), skin)
            yield self._limb(elbow, elbow + (wrist - elbow) * 0.3, (0.042, 0.044), skin)
            yield self._limb(elbow + (wrist - elbow) * 0.3, wrist, (0.044, 0.03), skin)
        yield from self._hand(side)

    def _long_sleeve(self, shoulder: Vector, elbow: Vector, wrist: Vector) -> Iterator[Solid]:
        shirt, cuff = self._colours.shirt_bgr, elbow + (wrist - elbow) * 0.94
        yield self._limb(shoulder, elbow, (0.062, 0.05), shirt, cloth=self._sleeve_cloth(shoulder, elbow))
        yield self._limb(elbow, cuff, (0.05, 0.038), shirt, cloth=self._sleeve_cloth(elbow, wrist))
        yield self._limb(elbow, wrist, (0.04, 0.03), self._colours.skin_bgr)

    def _sleeve_cloth(self, start: Vector, end: Vector) -> Cloth | None:
        if self._look.pattern is Pattern.PRINT:
            return None  # that is on the chest
        axes = axes_of(right=self._chest.forward, up=start - end)
        return self._cloth(start, along=axes.up, across=axes.right, forward=axes.forward)

    def _hand(self, side: str) -> Iterator[Solid]:
        skin = self._colours.skin_bgr
        wrist, hand, tip, thumb = (self[joint + side] for joint in ("Wrist", "Hand", "HandTip", "Thumb"))
        axes = axes_of(right=thumb - wrist, up=tip - wrist)  # "right" lies in the palm, "forward" leaves it
        flat = axes.squeeze(1, 1, 0.55)
        palm = wrist + (hand - wrist) * 0.4
        yield self._limb(palm, hand, (0.036, 0.044), skin, squeeze=flat, size=self._scale)
        yield self._limb(hand, tip - (tip - hand) * 0.2, (0.042, 0.027), skin, squeeze=flat, size=self._scale)
        yield self._limb(palm, thumb, (0.018, 0.013), skin, size=self._scale)

    def _leg(self, side: str) -> Iterator[Solid]:
        hip, knee, ankle = (self[joint + side] for joint in ("Hip", "Knee", "Ankle"))
        calf = knee + (ankle - knee) * 0.3
        if self._look.legs is not Legs.TROUSERS:
            yield from self._short_legs(hip, knee)
        covering = self._colours.trousers_bgr if self._look.legs is Legs.TROUSERS else self._colours.skin_bgr
        thin = 1.0 if self._look.legs is Legs.TROUSERS else 0.88
        yield self._limb(hip, knee, (0.097 * thin, 0.062 * thin), covering)
        yield self._limb(knee, calf, (0.062 * thin, 0.061 * thin), covering)
        yield self._limb(calf, knee + (ankle - knee) * 0.94, (0.061 * thin, 0.049 * thin), covering)
        yield from self._shoe(side)

    def _short_legs(self, hip: Vector, knee: Vector) -> Iterator[Solid]:
        """One leg of a pair of shorts, or half of a skirt, which hangs between the thighs as well."""
        colour = self._colours.trousers_bgr
        if self._look.legs is Legs.SHORTS:
            yield self._limb(hip, hip + (knee - hip) * 0.66, (0.1, 0.088), colour)
            return
        hem = hip + (knee - hip) * 0.78
        middle = (self["KneeLeft"] + self["KneeRight"]) / 2
        flat = axes_of(right=self._pelvis.right, up=hip - knee).squeeze(1, 0.35, 1)
        yield self._limb(hip, hem, (0.1, 0.118), colour, squeeze=flat)
        between = self["SpineBase"] + (middle - self["SpineBase"]) * 0.74
        yield self._limb(self["SpineBase"], between, (0.14, 0.17), colour, squeeze=self._pelvis.squeeze(1, 0.35, 0.72))

    def _shoe(self, side: str) -> Iterator[Solid]:
        shoes, size = self._colours.shoes_bgr, self._scale
        knee, ankle, toe = self["Knee" + side], self["Ankle" + side], self["Foot" + side]
        along = toe - ankle
        up = unit(knee - ankle, fallback=self._pelvis.up)
        # The sole's normal: across the foot's direction, on the side of the shin; a recorded foot may be any length.
        forward = unit(along, fallback=self._pelvis.forward)
        right = unit(cross(forward, up), fallback=self._pelvis.right)
        axes = Axes(right=right, up=cross(right, forward), forward=forward)
        heel = ankle - axes.up * (0.03 * size) - forward * (0.035 * size)
        front = toe - forward * (0.03 * size)
        flat = axes.squeeze(1, 0.78, 1)
        yield self._limb(ankle, heel, (0.044, 0.044), shoes, size=size)
        yield self._limb(heel, front, (0.043, 0.042), shoes, squeeze=flat, size=size)
        down = axes.up * (0.016 * size)
        yield self._limb(
            heel - down, front - down, (0.046, 0.045), _SOLE_BGR, squeeze=axes.squeeze(1, 0.5, 1), size=size
        )
