"""Furnishing: another room for every random generator: walls, floor, and things along the back wall."""

from collections.abc import Callable
from typing import Final

import numpy as np

from core.sources.performer.look import ColourBgr
from core.sources.performer.room import Block, Panel, Room, Side, Surface, Weave

_WALLS_BGR: Final[tuple[ColourBgr, ...]] = (
    (206, 212, 214), (214, 222, 226), (198, 216, 228), (190, 190, 188), (206, 190, 172), (176, 198, 182),
    (142, 168, 206), (118, 96, 66), (84, 100, 74), (120, 178, 204), (92, 90, 88), (158, 150, 190), (222, 220, 214),
    (232, 234, 234), (170, 160, 146),
)  # fmt: skip
_WOODS_BGR: Final[tuple[ColourBgr, ...]] = (
    (112, 146, 176), (74, 98, 128), (52, 66, 88), (140, 172, 196), (96, 120, 150), (150, 158, 162),
)  # fmt: skip
_CARPETS_BGR: Final[tuple[ColourBgr, ...]] = (
    (150, 164, 176), (120, 100, 84), (90, 92, 96), (84, 96, 140), (110, 130, 120), (72, 70, 70), (150, 140, 128),
)  # fmt: skip
_TILES_BGR: Final[tuple[ColourBgr, ...]] = ((186, 192, 194), (120, 138, 180), (150, 156, 156), (96, 100, 104))
_CLOTHS_BGR: Final[tuple[ColourBgr, ...]] = (
    (140, 132, 128), (96, 74, 60), (70, 84, 100), (168, 176, 184), (88, 108, 84), (76, 72, 130), (60, 60, 62),
    (150, 130, 90), (60, 120, 170),
)  # fmt: skip
_WHITES_BGR: Final[tuple[ColourBgr, ...]] = (
    (224, 228, 230),
    (200, 206, 210),
    (60, 62, 66),
    (112, 146, 176),
    (70, 92, 120),
)
_SKY_BGR: Final[ColourBgr] = (255, 250, 242)
_TREES_BGR: Final[ColourBgr] = (150, 190, 170)

Things = tuple[list[Panel], list[Block]]
_Random = np.random.Generator


def furnished(random: _Random) -> Room:
    """A room: from a bare wall to a cluttered corner."""
    behind_m = float(random.uniform(1.1, 2.8))
    left_m, right_m = (float(side) for side in random.uniform(2.2, 4.5, 2))
    clutter = float(random.choice([0.15, 0.5, 0.75, 1.0], p=[0.2, 0.3, 0.3, 0.2]))
    panels, blocks = _along_the_wall(random, behind_m=behind_m, left_m=left_m, right_m=right_m, clutter=clutter)
    if random.random() < 0.35:
        panels.append(_rug(random))
    for side, far_m in ((Side.LEFT, left_m), (Side.RIGHT, right_m)):
        if random.random() < 0.5 * clutter + 0.1:
            panels.append(_on_a_side(random, side))
        if random.random() < clutter - 0.3 and far_m > 2.5:
            blocks.append(_at_a_side(random, side, far_m))
    return Room(
        wall=_wall(random),
        floor=_floor(random),
        behind_m=behind_m,
        left_m=left_m,
        right_m=right_m,
        ceiling_m=float(random.uniform(2.35, 3.0)),
        turn_rad=float(np.deg2rad(np.clip(random.normal(0, 9), -22, 22))),
        skirting_bgr=_one(_WHITES_BGR, random),
        panels=tuple(panels),
        blocks=tuple(blocks),
    )


def _one(palette: tuple[ColourBgr, ...], random: _Random) -> ColourBgr:
    """A colour of the palette, a little off."""
    blue, green, red = (np.array(palette[int(random.integers(len(palette)))]) * random.uniform(0.9, 1.08)).tolist()
    return round(min(blue, 250)), round(min(green, 250)), round(min(red, 250))


def _near(colour: ColourBgr, random: _Random, spread: float = 0.14) -> ColourBgr:
    """A neighbour of a colour, as the second one of a wallpaper."""
    factors = (1 + random.normal(0, spread)) * (1 + random.normal(0, 0.06, 3))
    blue, green, red = (np.array(colour) * factors + random.normal(0, 8)).clip(20, 245)
    return round(float(blue)), round(float(green)), round(float(red))


def _seed(random: _Random) -> int:
    return int(random.integers(1000))


def _wall(random: _Random) -> Surface:
    weave = Weave(
        random.choice(["plain", "stripes", "dado", "bricks", "tiles", "planks"], p=[0.56, 0.16, 0.12, 0.07, 0.04, 0.05])
    )
    colour = _one(_WOODS_BGR if weave is Weave.PLANKS else _WALLS_BGR, random)
    if weave is Weave.BRICKS:
        colour = _one(((104, 122, 170), (188, 194, 198), (90, 96, 120)), random)
    low, high = {
        Weave.STRIPES: (0.08, 0.5),
        Weave.DADO: (0.8, 1.1),
        Weave.BRICKS: (0.22, 0.26),
        Weave.TILES: (0.15, 0.4),
        Weave.PLANKS: (0.1, 0.2),
    }.get(weave, (0.2, 0.2))
    other = _near(colour, random, 0.3 if weave is Weave.DADO else 0.1)
    return Surface(
        colour_bgr=colour, other_bgr=other, weave=weave, period_m=float(random.uniform(low, high)), seed=_seed(random)
    )


def _floor(random: _Random) -> Surface:
    weave = Weave(random.choice(["planks", "carpet", "tiles"], p=[0.5, 0.3, 0.2]))
    palette = {Weave.PLANKS: _WOODS_BGR, Weave.CARPET: _CARPETS_BGR, Weave.TILES: _TILES_BGR}[weave]
    colour = _one(palette, random)
    period_m = random.uniform(0.3, 0.6) if weave is Weave.TILES else random.uniform(0.09, 0.2)
    return Surface(
        colour_bgr=colour,
        other_bgr=_near(colour, random, 0.1),
        weave=weave,
        period_m=float(period_m),
        seed=_seed(random),
    )


def _rug(random: _Random) -> Panel:
    colour = _one(_CLOTHS_BGR, random)
    cloth = Surface(colour_bgr=colour, other_bgr=_near(colour, random, 0.35), weave=Weave.CARPET, seed=_seed(random))
    deep = float(random.uniform(1.2, 2.2))
    return Panel(
        side=Side.FLOOR,
        along_m=float(random.uniform(-0.5, 0.5)),
        up_m=-deep / 2 + float(random.uniform(-0.3, 0.4)),
        width_m=float(random.uniform(1.5, 2.8)),
        height_m=deep,
        surface=cloth,
    )


def _along_the_wall(random: _Random, *, behind_m: float, left_m: float, right_m: float, clutter: float) -> Things:
    """Things side by side along the back wall, with gaps where there is less clutter."""
    panels: list[Panel] = []
    blocks: list[Block] = []
    x_m = -left_m + float(random.uniform(0.05, 0.6))
    while x_m < right_m - 0.5:
        if random.random() > clutter:
            x_m += float(random.uniform(0.4, 1.2))
            continue
        thing = _THINGS[int(random.integers(len(_THINGS)))]
        width_m, (more_panels, more_blocks) = thing(random, x_m, behind_m)
        if x_m + width_m <= right_m:
            panels += more_panels
            blocks += more_blocks
        x_m += width_m + float(random.uniform(0.02, 0.5))
    return panels, blocks


def _on_wall(x_m: float, up_m: float, width_m: float, height_m: float, surface: Surface) -> Panel:
    return Panel(
        side=Side.BACK, along_m=x_m + width_m / 2, up_m=up_m, width_m=width_m, height_m=height_m, surface=surface
    )


def _standing(
    x_m: float,
    behind_m: float,
    size_m: tuple[float, float, float],
    surface: Surface,
    *,
    bottom_m: float = 0.0,
    off_wall_m: float = 0.01,
) -> Block:
    """A block at the wall: its left edge, width, height and depth."""
    width_m, height_m, depth_m = size_m
    return Block(
        x_m=x_m + width_m / 2,
        z_m=behind_m - depth_m / 2 - off_wall_m,
        bottom_m=bottom_m,
        width_m=width_m,
        height_m=height_m,
        depth_m=depth_m,
        surface=surface,
    )


def _shelf(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m, height_m = float(random.uniform(0.6, 1.3)), float(random.uniform(1.0, 2.15))
    wood = Surface(colour_bgr=_one(_WHITES_BGR, random), weave=Weave.BOOKS, seed=_seed(random))
    return width_m, ([], [_standing(x_m, behind_m, (width_m, height_m, 0.3), wood)])


def _dresser(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m, height_m = float(random.uniform(0.6, 1.5)), float(random.uniform(0.6, 1.15))
    colour = _one(_WHITES_BGR, random)
    front = Surface(
        colour_bgr=colour, other_bgr=(60, 66, 70), weave=Weave.DRAWERS, period_m=float(random.uniform(0.2, 0.4))
    )
    blocks = [_standing(x_m, behind_m, (width_m, height_m, 0.42), front)]
    for place in np.arange(x_m + 0.1, x_m + width_m - 0.25, 0.3).tolist():
        if random.random() < 0.5:
            size_m = (float(random.uniform(0.08, 0.22)), float(random.uniform(0.1, 0.4)), 0.15)
            blocks.append(
                _standing(
                    place,
                    behind_m,
                    size_m,
                    Surface(colour_bgr=_one(_CLOTHS_BGR, random)),
                    bottom_m=height_m,
                    off_wall_m=0.12,
                )
            )
    return width_m, (_pictures(random, x_m, width_m, above_m=height_m + 0.45), blocks)


def _wardrobe(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m = float(random.uniform(0.9, 1.6))
    front = Surface(colour_bgr=_one(_WHITES_BGR, random), other_bgr=(70, 74, 78), weave=Weave.DRAWERS, period_m=2.2)
    return width_m, ([], [_standing(x_m, behind_m, (width_m, float(random.uniform(1.9, 2.2)), 0.55), front)])


def _sofa(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m = float(random.uniform(1.4, 2.1))
    deep = min(0.85, behind_m - 0.6)
    cloth = Surface(colour_bgr=_one(_CLOTHS_BGR, random), seed=_seed(random))
    dark = Surface(colour_bgr=_near(cloth.colour_bgr, random, 0.04), seed=_seed(random))
    blocks = [
        _standing(x_m, behind_m, (width_m, 0.42, deep), cloth),
        _standing(x_m, behind_m, (width_m, float(random.uniform(0.75, 0.95)), 0.24), dark),
        _standing(x_m, behind_m, (0.2, 0.6, deep), dark),
        _standing(x_m + width_m - 0.2, behind_m, (0.2, 0.6, deep), dark),
    ]
    cushion = Surface(colour_bgr=_one(_CLOTHS_BGR, random))
    if random.random() < 0.6:
        blocks.append(
            _standing(x_m + width_m * 0.3, behind_m, (0.42, 0.36, 0.16), cushion, bottom_m=0.42, off_wall_m=0.26)
        )
    return width_m, (_pictures(random, x_m, width_m, above_m=1.25), blocks)


def _desk(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m, wood = float(random.uniform(1.1, 1.6)), Surface(colour_bgr=_one(_WOODS_BGR, random))
    black = Surface(colour_bgr=(38, 40, 42), other_bgr=(150, 130, 110), weave=Weave.SCREEN)
    blocks = [
        _standing(x_m, behind_m, (width_m, 0.04, 0.6), wood, bottom_m=0.71),
        _standing(x_m + 0.03, behind_m, (0.05, 0.71, 0.55), wood),
        _standing(x_m + width_m - 0.4, behind_m, (0.38, 0.71, 0.55), wood),
        _standing(x_m + width_m * 0.3, behind_m, (0.54, 0.33, 0.04), black, bottom_m=0.87, off_wall_m=0.2),
        _standing(x_m + width_m * 0.3 + 0.24, behind_m, (0.06, 0.12, 0.06), black, bottom_m=0.75, off_wall_m=0.18),
    ]
    return width_m, ([], blocks)


def _door(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    colour = _one(_WHITES_BGR, random)
    leaf = Surface(colour_bgr=colour, other_bgr=_near(colour, random, 0.05), weave=Weave.DOOR)
    return 1.0, ([_on_wall(x_m, 0.0, 0.98, 2.08, leaf)], [])


def _window(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m, low_m = float(random.uniform(0.9, 1.8)), float(random.uniform(0.7, 1.0))
    glass = Surface(colour_bgr=_SKY_BGR, other_bgr=_near(_TREES_BGR, random), weave=Weave.WINDOW, seed=_seed(random))
    panels = [_on_wall(x_m + 0.2, low_m, width_m, float(random.uniform(1.0, 1.35)), glass)]
    if random.random() < 0.6:
        cloth = Surface(
            colour_bgr=_one(_CLOTHS_BGR + _WHITES_BGR, random),
            weave=Weave.CURTAIN,
            period_m=float(random.uniform(0.07, 0.14)),
            seed=_seed(random),
        )
        bottom_m = float(random.choice([0.05, low_m - 0.1]))
        panels += [
            _on_wall(left_m, bottom_m, 0.42, 2.25 - bottom_m, cloth) for left_m in (x_m - 0.05, x_m + width_m + 0.05)
        ]
    sill = Surface(colour_bgr=(222, 226, 228))
    blocks = [
        _standing(x_m + 0.12, behind_m, (width_m + 0.16, 0.04, 0.14), sill, bottom_m=low_m - 0.05, off_wall_m=0.0)
    ]
    if random.random() < 0.5:
        heater = Surface(colour_bgr=(224, 226, 226), other_bgr=(190, 194, 196), weave=Weave.STRIPES, period_m=0.06)
        blocks.append(_standing(x_m + 0.3, behind_m, (width_m - 0.2, low_m - 0.25, 0.1), heater, bottom_m=0.12))
    return width_m + 0.45, (panels, blocks)


def _curtained(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m = float(random.uniform(1.0, 2.4))
    cloth = Surface(
        colour_bgr=_one(_CLOTHS_BGR + _WHITES_BGR, random),
        weave=Weave.CURTAIN,
        period_m=float(random.uniform(0.08, 0.2)),
        seed=_seed(random),
    )
    return width_m, ([_on_wall(x_m, 0.03, width_m, 2.3, cloth)], [])


def _lamp(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    metal = Surface(colour_bgr=(70, 74, 78))
    shade = Surface(colour_bgr=(190, 226, 244), other_bgr=(150, 200, 226), weave=Weave.GLOW)
    blocks = [
        _standing(x_m + 0.18, behind_m, (0.03, 1.4, 0.03), metal, off_wall_m=0.25),
        _standing(x_m + 0.05, behind_m, (0.28, 0.03, 0.28), metal, off_wall_m=0.12),
        _standing(x_m + 0.03, behind_m, (0.34, 0.28, 0.3), shade, bottom_m=1.38, off_wall_m=0.11),
    ]
    return 0.5, ([], blocks)


def _boxes(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m, blocks, bottom_m = float(random.uniform(0.4, 0.6)), [], 0.0
    for _ in range(int(random.integers(1, 4))):
        size_m = (width_m * float(random.uniform(0.75, 1)), float(random.uniform(0.22, 0.4)), 0.4)
        card = Surface(colour_bgr=_one(((112, 150, 184), (90, 126, 160), (200, 204, 206)), random))
        blocks.append(_standing(x_m, behind_m, size_m, card, bottom_m=bottom_m))
        bottom_m += size_m[1]
    return width_m, ([], blocks)


def _pictures(random: _Random, x_m: float, width_m: float, *, above_m: float) -> list[Panel]:
    """One to three pictures within a stretch of wall."""
    panels: list[Panel] = []
    left_m = x_m + 0.05
    while left_m < x_m + width_m - 0.3 and len(panels) < 3:
        size_m = float(random.uniform(0.28, 0.75)), float(random.uniform(0.3, 0.8))
        if random.random() < 0.55 and left_m + size_m[0] <= x_m + width_m:
            art = Surface(
                colour_bgr=_one(_CLOTHS_BGR, random),
                other_bgr=_one(_WALLS_BGR, random),
                weave=Weave.POSTER,
                seed=_seed(random),
            )
            panels.append(_on_wall(left_m, above_m + float(random.uniform(0, 0.12)), *size_m, art))
        left_m += size_m[0] + float(random.uniform(0.08, 0.3))
    return panels


def _wall_of_pictures(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m = float(random.uniform(0.7, 1.8))
    return width_m, (_pictures(random, x_m, width_m, above_m=float(random.uniform(1.0, 1.5))), [])


def _television(random: _Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m = float(random.uniform(0.9, 1.4))
    black = Surface(colour_bgr=(30, 30, 32), other_bgr=(120, 116, 110), weave=Weave.SCREEN)
    board = Surface(colour_bgr=_one(_WHITES_BGR, random), other_bgr=(70, 74, 78), weave=Weave.DRAWERS, period_m=0.45)
    return width_m, (
        [_on_wall(x_m, 0.95, width_m, width_m * 0.57, black)],
        [_standing(x_m, behind_m, (width_m, 0.45, 0.4), board)],
    )


_THINGS: Final[tuple[Callable[[_Random, float, float], tuple[float, Things]], ...]] = (
    _shelf, _shelf, _dresser, _wardrobe, _sofa, _desk, _door, _window, _window, _curtained, _lamp, _boxes,
    _wall_of_pictures, _wall_of_pictures, _television,
)  # fmt: skip


def _on_a_side(random: _Random, side: Side) -> Panel:
    if random.random() < 0.5:
        glass = Surface(
            colour_bgr=_SKY_BGR, other_bgr=_near(_TREES_BGR, random), weave=Weave.WINDOW, seed=_seed(random)
        )
        return Panel(
            side=side, along_m=float(random.uniform(-1.0, 0.6)), up_m=0.9, width_m=1.4, height_m=1.25, surface=glass
        )
    art = Surface(
        colour_bgr=_one(_CLOTHS_BGR, random), other_bgr=_one(_WALLS_BGR, random), weave=Weave.POSTER, seed=_seed(random)
    )
    return Panel(side=side, along_m=float(random.uniform(-0.5, 0.8)), up_m=1.1, width_m=0.7, height_m=0.9, surface=art)


def _at_a_side(random: _Random, side: Side, far_m: float) -> Block:
    """A cupboard or shelf along a side wall."""
    deep, wide = 0.4, float(random.uniform(0.7, 1.4))
    books = random.random() < 0.5
    front = Surface(
        colour_bgr=_one(_WHITES_BGR, random),
        other_bgr=(70, 74, 78),
        weave=Weave.BOOKS if books else Weave.DRAWERS,
        period_m=0.35,
        seed=_seed(random),
    )
    x_m = (far_m - deep / 2 - 0.01) * (-1 if side is Side.LEFT else 1)
    return Block(
        x_m=x_m,
        z_m=float(random.uniform(-0.4, 0.8)),
        bottom_m=0.0,
        width_m=deep,
        height_m=float(random.uniform(0.8, 2.0)),
        depth_m=wide,
        surface=front,
    )
