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
from core.sources.performer.raycast import Floats, Surface, visible_surface
from core.sources.performer.solid import Solid, SolidBatch
from core.sources.source import Picture

_LIGHT = np.array([0.38, 0.55, -0.74], dtype=np.float32) / np.float32(np.linalg.norm([0.38, 0.55, -0.74]))
_AMBIENT, _DIRECT, _SKY = 0.46, 0.52, 0.10
_RIM_DARKENING = 0.22
_SHADOW_CASTERS = tuple(
    KINECT_25.index(joint) for joint in ("SpineBase", "FootLeft", "FootRight", "AnkleLeft", "AnkleRight")
)
_EDGE_SOFTNESS_PX = 0.6


class Renderer:
    """Draws figures in front of one room, always the same for the same input. For one thread."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._columns, self._rows = camera.rays()
        self._background = draw_background(camera)
        self._room_bgr = np.clip(self._background.picture_bgr, 0, 255).astype(np.uint8)

    def draw(self, people: Sequence[tuple[NDArray[np.float32], Body]]) -> Picture:
        """Picture (H, W, 3), unmirrored, of persons: each Kinect-25 joints (25, 3) in camera axes, metres, and body."""
        picture = self._room_bgr.copy()
        for joints_m, _ in people:
            self._cast_shadow(picture, joints_m)
        solids = [solid for joints_m, body in people for solid in figure_solids(joints_m, body)]
        if solids:
            self._paint(solids, picture)
        return picture

    def _paint(self, solids: Sequence[Solid], picture: Picture) -> None:
        surface = visible_surface(SolidBatch(solids), self._columns, self._rows, focal_px=self._camera.focal_px)
        if len(surface.pixels) == 0:
            return
        row, column = np.divmod(surface.pixels, picture.shape[1])
        rays = np.stack((self._columns[column], self._rows[row], np.ones(len(row), dtype=np.float32)))
        picture.reshape(-1, 3)[surface.pixels] = _shaded(solids, surface, rays)
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
            rows = np.flatnonzero(np.abs(room.floor_z_m[:, 0] - z) < 2.2 * reach)
            if len(rows) == 0:
                continue
            part = slice(rows[0], rows[-1] + 1)
            columns = np.flatnonzero((np.abs(room.floor_x_m[[rows[0], rows[-1]]] - x) < 2.4 * reach).any(axis=0))
            if len(columns) == 0:
                continue
            box = part, slice(columns[0], columns[-1] + 1)
            distance = (room.floor_x_m[box] - x) ** 2 + (room.floor_z_m[part] - z) ** 2
            light = 1 - 0.34 / (1 + 4 * above) * np.exp(distance * (-1 / reach**2))
            floor[box] = floor[box] * light[..., None]


def _shaded(solids: Sequence[Solid], surface: Surface, rays: Floats) -> NDArray[np.uint8]:
    """Colours (V, 3) by Lambert's law, light of the sky from above, highlights and darker rims.

    Args:
        solids: What the surface refers to.
        surface: What is seen.
        rays: View rays (3, V) with Z = 1.
    """
    normals = surface.normals
    direct = np.maximum(_LIGHT @ normals, 0)
    facing = -np.einsum("iv,iv->v", normals, rays) / np.sqrt(np.einsum("iv,iv->v", rays, rays))
    light = _AMBIENT + _DIRECT * direct + _SKY * normals[1]
    light *= 1 - _RIM_DARKENING * np.square(1 - np.maximum(facing, 0))
    colours = np.array([solid.colour_bgr for solid in solids], dtype=np.float32)[surface.solids] * light[:, None]
    gloss = np.array([solid.gloss for solid in solids], dtype=np.float32)[surface.solids]
    glossy = np.flatnonzero(gloss)
    colours[glossy] += (255 * gloss[glossy] * direct[glossy] ** 12)[:, None]
    lit: Picture = np.clip(colours, 0, 255).astype(np.uint8)
    return lit
