"""Renderer: joints and a body to a picture, by intersecting view rays with solids inside the pixel box of each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.opencv import cv2
from core.skeleton.layouts import KINECT_25
from core.sources.performer.background import draw_background
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.figure import figure_solids
from core.sources.performer.look import Pattern
from core.sources.performer.raycast import Floats, Places, Surface, visible_surface
from core.sources.performer.scene import Light, Scene
from core.sources.performer.sensor import SensorChain
from core.sources.performer.solid import Cloth, Solid, SolidBatch
from core.sources.source import Picture

_SHADOW_CASTERS = tuple(
    KINECT_25.index(joint) for joint in ("SpineBase", "FootLeft", "FootRight", "AnkleLeft", "AnkleRight")
)
_EDGE_SOFTNESS_PX = 0.6


class Renderer:
    """Draws figures in one scene, always the same for the same input. For one thread."""

    def __init__(self, camera: Camera, scene: Scene | None = None) -> None:
        self._camera = camera
        self._scene = scene or Scene()
        self._sensor = SensorChain(self._scene.sensor, camera.size_px)
        self._columns, self._rows = camera.rays()
        self._background = draw_background(camera, self._scene)
        lit = self._background.picture_bgr
        if self._sensor.falloff is not None:
            lit = lit * self._sensor.falloff[..., None]
        self._room_bgr = self._sensor.toned(np.clip(lit, 0, 255).astype(np.uint8))

    def draw(self, people: Sequence[tuple[NDArray[np.float32], Body]], *, number: int = 0) -> Picture:
        """Picture (H, W, 3), unmirrored, of persons: each Kinect-25 joints (25, 3) in camera axes, metres, and body.

        `number` is the frame's: each has its own noise, always the same.
        """
        picture = self._room_bgr.copy()
        for joints_m, _ in people:
            self._cast_shadow(picture, joints_m)
        solids = [solid for joints_m, body in people for solid in figure_solids(joints_m, body)]
        if solids:
            self._paint(solids, picture)
        return self._sensor.finished(picture, number)

    def _paint(self, solids: Sequence[Solid], picture: Picture) -> None:
        surface = visible_surface(SolidBatch(solids), self._columns, self._rows, focal_px=self._camera.focal_px)
        if len(surface.pixels) == 0:
            return
        row, column = np.divmod(surface.pixels, picture.shape[1])
        rays = np.stack((self._columns[column], self._rows[row], np.ones(len(row), dtype=np.float32)))
        colours = _shaded(solids, surface, rays, self._scene.light)
        if self._sensor.falloff is not None:
            colours *= self._sensor.falloff.reshape(-1)[surface.pixels, None]
        picture.reshape(-1, 3)[surface.pixels] = self._sensor.toned(np.clip(colours, 0, 255).astype(np.uint8))
        if self._sensor.blurs:
            return
        # Blur a little where somebody stands, as a lens does; it also hides the steps of the outlines.
        view = picture[max(row.min() - 2, 0) : row.max() + 3, max(column.min() - 2, 0) : column.max() + 3]
        view[:] = cv2.GaussianBlur(view, (3, 3), _EDGE_SOFTNESS_PX)

    def _cast_shadow(self, picture: Picture, joints_m: Floats) -> None:
        """Darken the floor softly under feet and hips, less the higher they are."""
        room = self._background
        floor = picture[room.floor_top_px :]
        for x, y, z in self._camera.to_level(joints_m[list(_SHADOW_CASTERS)]).tolist():
            above = max(y + self._camera.height_m, 0.0)
            reach = 0.10 + 0.22 * above
            ends = room.floor_z_m[:, [0, -1]]  # along a row of a rolled camera the floor goes nearer or farther
            rows = np.flatnonzero((ends.min(axis=1) - z < 2.2 * reach) & (ends.max(axis=1) - z > -2.2 * reach))
            if len(rows) == 0:
                continue
            part = slice(rows[0], rows[-1] + 1)
            columns = np.flatnonzero((np.abs(room.floor_x_m[[rows[0], rows[-1]]] - x) < 2.4 * reach).any(axis=0))
            if len(columns) == 0:
                continue
            box = part, slice(columns[0], columns[-1] + 1)
            floor_z = room.floor_z_m[box] if room.floor_z_m.shape[1] > 1 else room.floor_z_m[part]
            distance = (room.floor_x_m[box] - x) ** 2 + (floor_z - z) ** 2
            light = 1 - self._scene.light.shadow / (1 + 4 * above) * np.exp(distance * (-1 / reach**2))
            floor[box] = floor[box] * light[..., None]


def _shaded(solids: Sequence[Solid], surface: Surface, rays: Floats, lamp: Light) -> Floats:
    """Colours (V, 3) by Lambert's law, light of the sky from above, highlights and darker rims.

    Args:
        solids: What the surface refers to.
        surface: What is seen.
        rays: View rays (3, V) with Z = 1.
        lamp: What it is lit by.
    """
    to_light = np.array(lamp.direction, dtype=np.float32) / np.float32(np.linalg.norm(lamp.direction))
    normals = surface.normals
    direct = np.maximum(to_light @ normals, 0)
    facing = -np.einsum("iv,iv->v", normals, rays) / np.sqrt(np.einsum("iv,iv->v", rays, rays))
    rim = 1 - lamp.rim_darkening * np.square(1 - np.maximum(facing, 0))
    light = (
        _tinted(lamp.ambient + lamp.direct * direct + lamp.sky * normals[1], direct, lamp) * rim[:, None]
    )  # (V, 1 or 3)
    colours = np.array([solid.colour_bgr for solid in solids], dtype=np.float32)[surface.solids] * light
    for place, solid in enumerate(solids):
        if solid.cloth is not None:
            here = np.flatnonzero(surface.solids == place)
            _dye(colours, here, solid.cloth, rays[:, here] * surface.depths_m[here], normals[:, here], light)
    gloss = np.array([solid.gloss for solid in solids], dtype=np.float32)[surface.solids]
    glossy = np.flatnonzero(gloss)
    colours[glossy] += (255 * gloss[glossy] * direct[glossy] ** 12)[:, None]
    lit: Floats = colours
    return lit


def _dye(colours: Floats, here: Places, cloth: Cloth, touched: Floats, normals: Floats, light: Floats) -> None:
    """Put the second colour of a pattern on pixels `here` (N,) that show places `touched` (3, N)."""
    off = touched - cloth.origin.astype(np.float32)[:, None]
    along, across = (axis.astype(np.float32) @ off for axis in (cloth.along, cloth.across))
    match cloth.pattern:
        case Pattern.STRIPES:
            dyed = np.mod(along / cloth.period_m, 1) < 0.45
        case Pattern.PINSTRIPES:
            dyed = np.mod(across / cloth.period_m * 1.6, 1) < 0.25
        case Pattern.CHECKS:
            dyed = (np.mod(along / cloth.period_m, 1) < 0.5) ^ (np.mod(across / cloth.period_m, 1) < 0.5)
        case _:
            front = cloth.forward.astype(np.float32) @ normals > 0.2
            dyed = front & (np.abs(across) < 0.09) & (np.abs(along + 0.02) < cloth.period_m)
    colours[here[dyed]] = np.array(cloth.colour_bgr, dtype=np.float32) * light[here[dyed]]


def _tinted(light: Floats, direct: Floats, lamp: Light) -> Floats:
    """Light (V,) with its colours (V, 3), as one number (V, 1) where it has none."""
    if lamp.direct_bgr == lamp.ambient_bgr == (1, 1, 1):
        return light[:, None]
    lit = lamp.direct * direct[:, None] * np.array(lamp.direct_bgr, dtype=np.float32)
    rest = (light - lamp.direct * direct)[:, None] * np.array(lamp.ambient_bgr, dtype=np.float32)
    tinted: Floats = lit + rest
    return tinted
