"""Bodies with heat in a figure, as the camera sees them: a person who faces it has the left side on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import NDArray

from core.explain.explained import Explained
from core.explain.heat import HeatScale, heat_colours_rgb, heat_radii
from core.explain.inks import Inks
from core.skeleton.layouts import KINECT_25

LARGEST_OF_TORSO = 0.16
_BONE_PT = 2.2
_MARGIN_M = 0.1  # around a body, so that discs are not cut
_NUMBER_M = 0.15  # over two persons, for their numbers
_LEAST_M = 0.6  # half the size of a view

_SPINE_BASE, _SPINE_SHOULDER = KINECT_25.index("SpineBase"), KINECT_25.index("SpineShoulder")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One scale for several frames, so that they can be compared."""

    half_width_m: float
    low_m: float
    high_m: float
    largest_m: float  # radius of the hottest joint


def flat(explained: Explained, frame: int) -> NDArray[np.float64]:
    """The joints of a frame in the plane of the picture, (P, 25, 2) metres; NaN for who is not there.

    The middle of those who are there is at 0 across; up is up.
    """
    positions_m = explained.clip.positions_m[frame].astype(np.float64)
    there = np.ptp(positions_m, axis=1).max(axis=-1) > 0  # (P,)
    plane = positions_m[..., :2] * np.array([-1.0, 1.0])  # Kinect's x grows to the left of a picture
    plane[~there] = np.nan
    plane[..., 0] -= np.nanmean(plane[:, _SPINE_BASE, 0]) if there.any() else 0.0
    return np.asarray(plane)


def middle_of(explained: Explained, frame: int) -> float:
    """What is put into the middle of a picture, across: the hips of one person; of two, all that is between them."""
    plane = flat(explained, frame)
    if explained.persons == 1:
        return 0.0
    return float(np.nanmin(plane[..., 0]) + np.nanmax(plane[..., 0])) / 2


def view_of(explained: Explained, frames: Sequence[int]) -> View:
    """The view in which all of these frames fit."""
    planes = np.stack([flat(explained, frame) for frame in frames])  # (F, P, 25, 2)
    torso = np.linalg.norm(planes[..., _SPINE_SHOULDER, :] - planes[..., _SPINE_BASE, :], axis=-1)
    low, high = float(np.nanmin(planes[..., 1])), float(np.nanmax(planes[..., 1]))
    middle, half = (low + high) / 2, max((high - low) / 2 + _MARGIN_M, _LEAST_M)
    across = planes[..., 0] - np.array([middle_of(explained, frame) for frame in frames])[:, None, None]
    return View(
        half_width_m=max(float(np.nanmax(np.abs(across))) + _MARGIN_M, _LEAST_M / 2),
        low_m=middle - half,
        high_m=middle + half + (_NUMBER_M if explained.persons > 1 else 0.0),
        largest_m=LARGEST_OF_TORSO * float(np.nanmedian(torso)) or 0.05,
    )


def draw_bodies(
    axes: Axes, explained: Explained, frame: int, *, view: View, scale: HeatScale, inks: Inks, name: str = ""
) -> None:
    """Everybody in a frame: bones, and discs whose colour and size are the attention; guessed joints are hollow.

    Each mark can be found in an SVG by its id: `name`, the person from 1 and the joint, as "key1-person1-HandRight".
    """
    plane = flat(explained, frame)
    for person, points in enumerate(plane):
        if not np.isfinite(points).all():
            continue
        seen = explained.clip.seen[frame, person]
        _draw_bones(axes, points, seen, inks)
        heat = explained.joint_heat(frame, person=person)
        colours = heat_colours_rgb(heat, scale) / 255
        radii = heat_radii(heat, largest=view.largest_m, scale=scale)
        for joint in np.argsort(np.nan_to_num(heat, nan=-1.0), kind="stable").tolist():  # the hottest on top
            colour = inks.unused if np.isnan(heat[joint]) else to_hex(tuple(colours[joint]))
            draw_mark(
                axes,
                points[joint],
                radius=float(radii[joint]),
                colour=colour,
                is_hollow=not seen[joint],
                inks=inks,
                name=f"{name}-person{person + 1}-{KINECT_25.joints[joint]}" if name else "",
            )
        if explained.persons > 1:
            head = points[points[:, 1].argmax()]
            axes.text(
                head[0], head[1] + 1.2 * view.largest_m, str(person + 1), fontsize=9, color=inks.ink, ha="center",
                va="bottom",
            )  # fmt: skip


def draw_mark(
    axes: Axes,
    centre: NDArray[np.floating],
    *,
    radius: float,
    colour: str,
    is_hollow: bool,
    inks: Inks,
    name: str = "",
) -> None:
    """A disc with a rim that is seen on any ground, or a ring with one."""
    place = (float(centre[0]), float(centre[1]))
    if is_hollow:
        axes.add_patch(Circle(place, radius, facecolor=inks.ground, edgecolor=inks.ink, linewidth=2.6, zorder=2))
        disc = Circle(place, radius, facecolor="none", edgecolor=colour, linewidth=1.4, zorder=2)
    else:
        disc = Circle(place, radius, facecolor=colour, edgecolor=inks.ink, linewidth=0.6, zorder=2)
    disc.set_gid(name or None)
    axes.add_patch(disc)


def _draw_bones(axes: Axes, points: NDArray[np.float64], seen: NDArray[np.bool_], inks: Inks) -> None:
    for first, second in KINECT_25.bones:
        is_sure = bool(seen[first] and seen[second])
        axes.add_line(
            Line2D(
                *points[[first, second]].T,
                color=inks.bone,
                linewidth=_BONE_PT if is_sure else _BONE_PT / 2,
                linestyle="-" if is_sure else (0, (2, 2)),
                solid_capstyle="round",
                zorder=1,
            )
        )
