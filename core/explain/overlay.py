"""Draws a LiveResult onto a picture: the skeleton with the heat of attention, its legend, the action and its rivals.

Everything grows with the picture. `annotated` is what a video gets; `draw_overlay` draws in place.
"""

import numpy as np
from numpy.typing import NDArray

from core.explain.heat import TIMES_UNIFORM, HeatScale, heat_colours_rgb, heat_radii
from core.explain.lettering import DARK, ColourBgr
from core.explain.panels import Grid, draw_caption, draw_heat_legend, draw_top_actions
from core.explain.strokes import draw_joint, draw_line
from core.live.results import LiveResult
from core.opencv import cv2
from core.pose.pose import Pose
from core.sources.source import Picture

SMALL_HEIGHT_PX = 480  # lower pictures are enlarged, or no text on them could be read
ENLARGED_HEIGHT_PX = 720
GUESSED_BELOW = 0.5  # confidence of a joint

BONE: ColourBgr = (225, 222, 220)
FAINT_BONE: ColourBgr = (140, 138, 136)
PERSONS: tuple[ColourBgr, ...] = ((201, 205, 56), (80, 170, 250), (190, 130, 230))  # joints without attention


def annotated_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Width and height of the annotated picture, both even as H.264 wants them; small pictures become larger."""
    zoom = ENLARGED_HEIGHT_PX / height_px if height_px < SMALL_HEIGHT_PX else 1.0
    return max(2, 2 * int(width_px * zoom / 2)), max(2, 2 * int(height_px * zoom / 2))


def annotated(result: LiveResult, *, mirror: bool = False) -> Picture:
    """A copy of the result's picture with everything drawn on it, of `annotated_size`; see `draw_overlay`."""
    picture_bgr = result.frame.picture_bgr
    height_px, width_px = picture_bgr.shape[:2]
    size_px = annotated_size(width_px, height_px)
    canvas_bgr = resized(picture_bgr, size_px)
    if mirror:
        canvas_bgr = np.asarray(cv2.flip(canvas_bgr, 1), dtype=np.uint8)
    draw_overlay(canvas_bgr, result, zoom=max(1.0, size_px[1] / height_px), mirrored=mirror)
    return canvas_bgr


def resized(picture_bgr: Picture, size_px: tuple[int, int]) -> Picture:
    """Always a copy: enlarged smoothly, or without its last row or column where that one was odd."""
    if size_px[1] > picture_bgr.shape[0]:
        return np.asarray(cv2.resize(picture_bgr, size_px, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    return picture_bgr[: size_px[1], : size_px[0]].copy()


def draw_overlay(
    picture_bgr: Picture,
    result: LiveResult,
    *,
    zoom: float = 1.0,
    mirrored: bool = False,
    scale: HeatScale = TIMES_UNIFORM,
) -> None:
    """Draw in place.

    Args:
        picture_bgr: The frame's picture, enlarged by `zoom` and flipped left-right where `mirrored`.
        result: What is drawn; its pose is in pixels of the original picture.
        zoom: Size of `picture_bgr` against the original picture.
        mirrored: Whether the picture was flipped; text never is.
        scale: Range and colours of the heat.
    """
    grid = Grid.of(picture_bgr)
    draw_skeletons(picture_bgr, result, grid=grid, zoom=zoom, mirrored=mirrored, scale=scale)
    draw_heat_legend(picture_bgr, grid, scale)
    if result.prediction is not None:
        draw_top_actions(picture_bgr, grid, result.prediction, chosen=result.decision.action)
    draw_caption(picture_bgr, grid, result.decision, has_person=result.pose.person_count > 0)


def draw_skeletons(
    picture_bgr: Picture,
    result: LiveResult,
    *,
    grid: Grid,
    zoom: float,
    mirrored: bool,
    scale: HeatScale = TIMES_UNIFORM,
) -> None:
    """Bones of everyone, and on the joints of those whom the network looks at the heat; a guessed joint is hollow."""
    pose = result.pose
    points_px = pose.positions_px * zoom
    if mirrored:
        points_px = points_px * (-1, 1) + (grid.width_px - 1, 0)
    looked_at = [person for person in result.looked_at if person is not None and person < pose.person_count]
    for person in range(pose.person_count - 1, -1, -1):
        if person not in looked_at:
            _draw_bones(picture_bgr, pose, points_px[person], person=person, thick=grid.px(0.3), colour_bgr=FAINT_BONE)
    for person in looked_at:
        _draw_bones(picture_bgr, pose, points_px[person], person=person, thick=grid.px(0.45), colour_bgr=BONE)
    for person in looked_at:
        largest_px = min(max(0.15 * _torso_px(pose, points_px[person]), 1.3 * grid.unit_px), 3.4 * grid.unit_px)
        heat = result.heat(person)
        _draw_joints(
            picture_bgr,
            points_px[person],
            heat=np.full(len(pose.layout), np.nan) if heat is None else heat,
            confidence=pose.confidence[person],
            largest_px=largest_px,
            scale=scale,
        )


def draw_plain_skeletons(picture_bgr: Picture, pose: Pose, *, zoom: float = 1.0) -> None:
    """Bones and joints of everyone without any attention, each person in a colour; a guessed joint is hollow.

    `picture_bgr` is drawn on in place, `zoom` its size against the picture that the pose is of.
    """
    grid = Grid.of(picture_bgr)
    for person in range(pose.person_count - 1, -1, -1):
        points_px = pose.positions_px[person] * zoom
        _draw_bones(picture_bgr, pose, points_px, person=person, thick=grid.px(0.45), colour_bgr=BONE)
        identity = pose.identities[person] if pose.identities else person
        for joint in np.flatnonzero(np.isfinite(points_px).all(axis=-1)).tolist():
            is_hollow = bool(pose.confidence[person, joint] < GUESSED_BELOW)
            draw_joint(
                picture_bgr,
                points_px[joint],
                radius_px=(0.5 if is_hollow else 0.9) * grid.unit_px,
                colour_bgr=PERSONS[identity % len(PERSONS)],
                is_hollow=is_hollow,
            )


def _draw_bones(
    picture_bgr: Picture,
    pose: Pose,
    points_px: NDArray[np.floating],
    *,
    person: int,
    thick: int,
    colour_bgr: ColourBgr,
) -> None:
    """Light lines on a dark casing; thin and without casing where an end is only guessed."""
    thick = max(1, thick)
    sure = pose.confidence[person] >= GUESSED_BELOW
    seen = np.isfinite(points_px).all(axis=-1)
    bones = [(start, end) for start, end in pose.layout.bones if seen[start] and seen[end]]
    for start, end in bones:
        if sure[start] and sure[end]:
            draw_line(picture_bgr, points_px[start], points_px[end], colour_bgr=DARK, thick=thick + 2)
    for start, end in bones:
        is_sure = bool(sure[start] and sure[end])
        colour = colour_bgr if is_sure else FAINT_BONE
        draw_line(picture_bgr, points_px[start], points_px[end], colour_bgr=colour, thick=thick if is_sure else 1)


def _draw_joints(
    picture_bgr: Picture,
    points_px: NDArray[np.floating],
    *,
    heat: NDArray[np.floating],
    confidence: NDArray[np.floating],
    largest_px: float,
    scale: HeatScale,
) -> None:
    """Discs with a light rim, the hottest on top; rings where the joint is guessed."""
    colours_rgb = heat_colours_rgb(heat, scale)
    radii_px = heat_radii(heat, largest=largest_px, scale=scale)
    seen = np.isfinite(points_px).all(axis=-1)
    for joint in np.argsort(np.nan_to_num(heat, nan=-1.0), kind="stable"):
        if seen[joint]:
            red, green, blue = colours_rgb[joint].tolist()
            draw_joint(
                picture_bgr,
                points_px[joint],
                radius_px=float(radii_px[joint]),
                colour_bgr=(blue, green, red),
                is_hollow=bool(confidence[joint] < GUESSED_BELOW),
            )


def _torso_px(pose: Pose, points_px: NDArray[np.floating]) -> float:
    """Length of the torso, which the size of the discs follows; 0 where it cannot be told."""
    names = pose.layout.joints
    if "SpineBase" not in names or "SpineShoulder" not in names:
        return 0.0
    length = np.linalg.norm(points_px[names.index("SpineShoulder")] - points_px[names.index("SpineBase")])
    return float(np.nan_to_num(length))
