"""Background: the room behind a performer, drawn once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.opencv import cv2
from core.sources.performer.camera import Camera
from core.sources.performer.room_picture import draw_room
from core.sources.performer.scene import Scene

Floats = NDArray[np.float32]

_WALL_BGR = np.array([206, 212, 214], dtype=np.float32)
_SKIRTING_BGR = np.array([236, 238, 238], dtype=np.float32)
_FLOOR_BGR = np.array([112, 146, 176], dtype=np.float32)
_WALL_BEHIND_M = 1.7
_SKIRTING_M = 0.09
_PLANK_M = 0.16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """A room as a picture, and where on the floor each pixel of its lower rows lies (for shadows)."""

    picture_bgr: Floats  # (H, W, 3)
    floor_top_px: int  # first row of floor
    floor_x_m: Floats  # (rows of floor, W) level axes (camera.py)
    floor_z_m: Floats  # (rows of floor, 1), or (rows of floor, W) with infinity where a pixel shows no floor


def draw_background(camera: Camera, scene: Scene | None = None) -> Background:
    """The scene's room as the camera sees it."""
    if scene is not None and scene.room is not None:
        return _furnished(camera, scene)
    return _plain(camera) if camera.roll_rad == 0 else _rolled(camera)


def _plain(camera: Camera) -> Background:
    """Wall, skirting board and planks as the camera sees them; the room turns with the camera, whatever its yaw."""
    columns, rows = camera.rays()
    rays = camera.to_level(np.stack((np.zeros_like(rows), rows, np.ones_like(rows)), axis=1))
    down, ahead = -rays[:, 1], rays[:, 2]  # of each row, for one metre of camera depth
    wall_z = camera.distance_m + _WALL_BEHIND_M
    floor_top = int(np.count_nonzero(down / ahead * wall_z <= camera.height_m))  # rows that meet the wall first
    to_wall, to_floor = wall_z / ahead[:floor_top], camera.height_m / down[floor_top:]
    picture = np.empty((len(rows), len(columns), 3), dtype=np.float32)
    picture[:floor_top] = _wall(to_wall[:, None] * columns, (camera.height_m - to_wall * down[:floor_top])[:, None])
    floor_x, floor_z = to_floor[:, None] * columns, (to_floor * ahead[floor_top:])[:, None]
    picture[floor_top:] = _floor(floor_x, floor_z, wall_z=wall_z)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.7).astype(np.float32)
    return Background(picture_bgr=picture, floor_top_px=floor_top, floor_x_m=floor_x, floor_z_m=floor_z)


def _rolled(camera: Camera) -> Background:
    """The plain room for a camera that is not upright."""
    rays = level_rays(camera)
    down, ahead = -rays[..., 1], np.maximum(rays[..., 2], np.float32(1e-3))
    wall_z = camera.distance_m + _WALL_BEHIND_M
    is_floor = down / ahead * wall_z > camera.height_m
    to_wall, to_floor = wall_z / ahead, camera.height_m / np.where(is_floor, down, np.float32(1))
    at_wall = to_wall * rays[..., 0], camera.height_m - to_wall * down
    on_floor = to_floor * rays[..., 0], to_floor * ahead
    wall = _wall(*(axis.astype(np.float32) for axis in at_wall))
    floor = _floor(*(axis.astype(np.float32) for axis in on_floor), wall_z=wall_z)
    picture = np.where(is_floor[..., None], floor, wall)
    return _background(picture, rays, is_floor, height_m=camera.height_m)


def _furnished(camera: Camera, scene: Scene) -> Background:
    assert scene.room is not None
    rays = level_rays(camera)
    light = camera.to_level(np.array(scene.light.direction, dtype=np.float32))
    view = draw_room(scene.room, camera, rays, light=light / np.float32(np.linalg.norm(light)))
    return _background(view.picture_bgr, rays, view.is_floor, height_m=camera.height_m)


def level_rays(camera: Camera) -> Floats:
    """View rays (H, W, 3) of the pixels' middles in level axes, 1 m deep in the camera's."""
    columns, rows = camera.rays()
    shape = len(rows), len(columns)
    rays = (np.broadcast_to(columns, shape), np.broadcast_to(rows[:, None], shape), np.ones(shape, dtype=np.float32))
    return camera.to_level(np.stack(rays, axis=-1))


def _background(picture: Floats, rays: Floats, is_floor: NDArray[np.bool_], *, height_m: float) -> Background:
    """From a picture (H, W, 3), view rays and which pixels show floor."""
    has_floor = is_floor.any(axis=1)
    top = int(has_floor.argmax()) if has_floor.any() else len(picture)
    depth = height_m / np.where(is_floor, -rays[..., 1], np.float32(1))[top:]
    x, z = (np.where(is_floor[top:], depth * rays[top:, :, axis], np.float32(np.inf)) for axis in (0, 2))
    picture = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 0.7).astype(np.float32)
    return Background(picture_bgr=picture, floor_top_px=top, floor_x_m=x, floor_z_m=z)


def _wall(x: Floats, y: Floats) -> Floats:
    """A light wall (x to the picture's left, y above the floor), brighter towards a window, with a skirting board."""
    glow = np.exp(-(((x - 1.6) / 2.2) ** 2) - ((y - 1.9) / 1.8) ** 2)
    light = 0.84 + 0.18 * glow + 0.02 * np.clip(y, 0, 2.5)
    picture = _WALL_BGR * light[..., None]
    y = np.broadcast_to(y, x.shape)
    board = y < _SKIRTING_M
    picture[board] = _SKIRTING_BGR * (light[board][..., None] * 0.98)
    edge = np.abs(y - _SKIRTING_M) < 0.008
    picture[edge] *= 0.86
    wall: Floats = picture.astype(np.float32)
    return wall


def _floor(x: Floats, z: Floats, *, wall_z: float) -> Floats:
    """Planks that run away from the camera, each of its own tone."""
    plank = np.floor(x / _PLANK_M)
    # A fixed scramble of the plank's number gives its tone: the same room every time.
    tone = np.modf(np.abs(np.sin(plank * 12.9898) * 43758.5453))[0]
    grain = 0.012 * np.sin(x * 260 + 3 * np.sin(z * 5 + plank))
    light = 0.9 + 0.1 * tone + grain
    across = np.abs(x / _PLANK_M - plank - 0.5) * 2  # 1 at the gap between two planks
    light = light * (1 - 0.16 * np.clip((across - 0.94) / 0.06, 0, 1))
    light = light * (1 - 0.22 * np.exp(-(wall_z - z) / 0.35))  # darker where floor meets wall
    glow = 0.94 + 0.14 * np.exp(-(((x - 0.8) / 1.6) ** 2))
    floor: Floats = (_FLOOR_BGR * (light * glow)[..., None]).astype(np.float32)
    return floor
