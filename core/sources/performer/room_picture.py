"""Room picture: a furnished room as a camera sees it, by meeting every pixel's ray with planes and boxes, once."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.sources.performer.camera import Camera
from core.sources.performer.room import Block, Panel, Room, Side, Surface
from core.sources.performer.texture import texels

Floats = NDArray[np.float32]
Masks = NDArray[np.bool_]

_SKIRTING_M: Final = 0.08
_CEILING: Final = Surface(colour_bgr=(226, 230, 230))
_BEHIND_LENS_M: Final = 0.4  # a side wall is never nearer to the lens than this
_CORNER_M: Final = 0.4  # within this of a corner it is darker
_WALL_LIGHT: Final = {"back": 1.0, "left": 0.9, "right": 0.9, "floor": 0.97, "ceiling": 0.95}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoomView:
    """A lit room (H, W, 3), and which pixels show bare floor (H, W)."""

    picture_bgr: Floats
    is_floor: Masks


def draw_room(room: Room, camera: Camera, rays: Floats, *, light: Floats) -> RoomView:
    """The room behind whoever stands in front of the camera.

    Args:
        room: What it holds.
        camera: From where; the room turns with its yaw.
        rays: View rays (H, W, 3) in level axes.
        light: Unit direction (3,) towards the light, level axes.
    """
    return _RoomPainter(room, camera, rays, light).view()


class _RoomPainter:
    """Walls first, then what hangs on them, then what stands before them. N is the number of pixels."""

    def __init__(self, room: Room, camera: Camera, rays: Floats, light: Floats) -> None:
        turn = _about_y(room.turn_rad)
        self._room, self._shape = room, rays.shape[:2]
        self._way = rays.reshape(-1, 3) @ turn.T  # (N, 3)
        self._lens = turn @ np.array([camera.aside_m, camera.height_m, -camera.distance_m], dtype=np.float32)
        self._light = turn @ light
        self._camera, self._turn = camera, turn
        self._right_m = max(room.right_m, float(self._lens[0]) + _BEHIND_LENS_M)
        self._left_m = min(-room.left_m, float(self._lens[0]) - _BEHIND_LENS_M)

    def view(self) -> RoomView:
        depths, planes = self._planes()
        where = self._lens + self._way * depths[:, None]  # (N, 3) room coordinates
        colours = self._walls(planes, where)
        for panel in self._room.panels:
            self._hang(panel, colours, planes, where)
        is_floor = planes == _PLANES.index("floor")
        self._darken_round_blocks(colours, is_floor, where)
        for block in self._room.blocks:
            self._stand(block, colours, depths, is_floor)
        return RoomView(picture_bgr=colours.reshape(*self._shape, 3), is_floor=is_floor.reshape(self._shape))

    def _planes(self) -> tuple[Floats, NDArray[np.intp]]:
        """How far along its ray each pixel meets a plane, and which of `_PLANES`."""
        (x, y, z), (left, up, ahead) = self._lens.tolist(), self._way.T
        gaps = ((self._room.behind_m - z, ahead), (x - self._left_m, -left), (self._right_m - x, left),
                (y, -up), (self._room.ceiling_m - y, up))  # fmt: skip
        nearest, planes = np.full(len(self._way), 40.0, dtype=np.float32), np.zeros(len(self._way), dtype=np.intp)
        for place, (gap, speed) in enumerate(gaps):
            depth = gap / np.maximum(speed, np.float32(1e-4))
            nearer = depth < nearest
            nearest[nearer], planes[nearer] = depth[nearer], place
        return nearest, planes

    def _walls(self, planes: NDArray[np.intp], where: Floats) -> Floats:
        room, colours = self._room, np.empty_like(where)
        wide, deep = self._right_m - self._left_m, 2 * abs(float(self._lens[2])) + room.behind_m
        x, y, z = where.T
        along, front = x - self._left_m, z + deep - room.behind_m
        sheets = {
            "back": (room.wall, along, y, (wide, room.ceiling_m)),
            "left": (room.wall, front, y, (deep, room.ceiling_m)),
            "right": (room.wall, front, y, (deep, room.ceiling_m)),
            "floor": (room.floor, along, front, (wide, deep)),
            "ceiling": (_CEILING, along, front, (wide, deep)),
        }
        for place, name in enumerate(_PLANES):
            surface, u, v, size_m = sheets[name]
            here = np.flatnonzero(planes == place)
            colours[here] = texels(surface, u[here], v[here], size_m=size_m) * self._shade(name, where[here])[:, None]
            if name in ("back", "left", "right"):
                board = here[y[here] < _SKIRTING_M]
                colours[board] = np.array(room.skirting_bgr) * self._shade(name, where[board])[:, None]
        return colours

    def _shade(self, name: str, where: Floats) -> Floats:
        """Light on a plane: from the lamp's side, darker in corners."""
        x, y, z = where.T
        to_light = self._light * np.array([2.5, 1.5, 1.0], dtype=np.float32) + np.array([0, 1.2, 0], dtype=np.float32)
        far = (x - to_light[0]) ** 2 + (y - to_light[1]) ** 2 + (z - to_light[2]) ** 2
        glow = 0.86 + 0.28 * np.exp(far * np.float32(-1 / 9.0))
        corners: dict[str, tuple[Floats, ...]] = {
            "back": (x - self._left_m, self._right_m - x, y, self._room.ceiling_m - y)
        }
        sides = (self._room.behind_m - z, y, self._room.ceiling_m - y)
        flat = (self._room.behind_m - z, x - self._left_m, self._right_m - x)
        corners |= {"left": sides, "right": sides, "floor": flat, "ceiling": flat}
        for gap in corners[name]:
            glow = glow * (1 - 0.16 * np.exp(np.maximum(gap, 0) * np.float32(-1 / _CORNER_M)))
        towards = {"left": self._light[0], "right": -self._light[0]}.get(name, 0.0)
        shade: Floats = glow * (_WALL_LIGHT[name] + 0.14 * towards)
        return shade

    def _hang(self, panel: Panel, colours: Floats, planes: NDArray[np.intp], where: Floats) -> None:
        here = np.flatnonzero(planes == _PLANES.index(panel.side.value))
        along = where[here, 2 if panel.side in (Side.LEFT, Side.RIGHT) else 0] - panel.along_m + panel.width_m / 2
        up = where[here, 2 if panel.side is Side.FLOOR else 1] - panel.up_m
        inside = (along >= 0) & (along <= panel.width_m) & (up >= 0) & (up <= panel.height_m)
        here, u, v = here[inside], along[inside], up[inside]
        colours[here] = texels(panel.surface, u, v, size_m=(panel.width_m, panel.height_m))
        if panel.surface.weave not in _SHINE:
            colours[here] *= self._shade(panel.side.value, where[here])[:, None]

    def _darken_round_blocks(self, colours: Floats, is_floor: Masks, where: Floats) -> None:
        """Soft shadows of things on the floor round them."""
        here = np.flatnonzero(is_floor)
        x, z = where[here, 0], where[here, 2]
        for block in self._room.blocks:
            if block.bottom_m < 0.1:
                off_x = np.maximum(np.abs(x - block.x_m) - block.width_m / 2, 0)
                off_z = np.maximum(np.abs(z - block.z_m) - block.depth_m / 2, 0)
                reach = 0.08 + 0.12 * min(block.height_m, 1.0)
                colours[here] *= (1 - 0.35 * np.exp((off_x + off_z) * np.float32(-1 / reach)))[:, None]

    def _stand(self, block: Block, colours: Floats, depths: Floats, is_floor: Masks) -> None:
        """Paint the faces of a block where it is nearer than what is there."""
        low = np.array([block.x_m - block.width_m / 2, block.bottom_m, block.z_m - block.depth_m / 2], np.float32)
        size = np.array([block.width_m, block.height_m, block.depth_m], dtype=np.float32)
        here = self._box_px(low, size)
        way = self._way[here]
        way = np.where(np.abs(way) < 1e-5, np.float32(1e-5), way)
        first, second = (low - self._lens) / way, (low + size - self._lens) / way
        enters = np.minimum(first, second)
        enter, leave = enters.max(axis=1), np.maximum(first, second).min(axis=1)
        hit = (enter < leave) & (enter > 0.05) & (enter < depths[here])
        here, enter, axis, way = here[hit], enter[hit], enters[hit].argmax(axis=1), way[hit]
        touched = self._lens + way * enter[:, None] - low  # (V, 3) from the lower left front corner
        colours[here] = self._faces(block, touched, axis, way, size)
        depths[here], is_floor[here] = enter, False

    def _faces(self, block: Block, touched: Floats, axis: NDArray[np.intp], way: Floats, size: Floats) -> Floats:
        """Colours (V, 3) of the sides that the rays enter through; the front side is the one that is patterned."""
        x, y, z = touched.T
        wide, high, deep = size.tolist()
        front = axis == (0 if wide < deep * 0.6 and block.surface.weave in _FRONTED else 2)
        u, across = (z, deep) if wide < deep * 0.6 and block.surface.weave in _FRONTED else (x, wide)
        colours = np.tile(np.array(block.surface.colour_bgr, dtype=np.float32), (len(touched), 1))
        colours[front] = texels(block.surface, u[front], y[front], size_m=(across, high))
        if block.surface.weave not in _FRONTED:
            colours[~front] = texels(block.surface, (x + z)[~front], y[~front], size_m=(wide + deep, high))
        outward = -np.sign(np.take_along_axis(way, axis[:, None], axis=1)[:, 0])
        lit = 0.78 + 0.3 * np.maximum(outward * self._light[axis], 0) + 0.1 * ((axis == 1) & (outward > 0))
        foot = 1 - 0.22 * np.exp(-(y + block.bottom_m) / 0.12)
        if block.surface.weave in _SHINE:
            return colours
        shaded: Floats = colours * (lit * foot)[:, None].astype(np.float32)
        return shaded

    def _box_px(self, low: Floats, size: Floats) -> NDArray[np.intp]:
        """Flat places of the pixels in the bounding box of a block; all pixels where a corner is behind the lens."""
        corners = low + size * np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=np.float32)
        level = ((corners - self._lens) @ self._turn).astype(np.float32)
        pixels = self._camera.from_level_px(level)
        rows, columns = self._shape
        if pixels is None:
            return np.arange(rows * columns)
        (left, top), (right, bottom) = np.floor(pixels.min(axis=0)) - 1, np.ceil(pixels.max(axis=0)) + 1
        row = np.arange(max(int(top), 0), min(int(bottom), rows))
        column = np.arange(max(int(left), 0), min(int(right), columns))
        places: NDArray[np.intp] = (row[:, None] * columns + column).ravel()
        return places


_PLANES: Final = ("back", "left", "right", "floor", "ceiling")
_FRONTED: Final = ("books", "drawers", "screen")
_SHINE: Final = ("window", "glow")


def _about_y(angle_rad: float) -> Floats:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], dtype=np.float32)
