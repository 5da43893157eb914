"""Furniture: what stands along a wall or hangs on it, another one for every random generator.

Each thing is made by a function of the random generator, the place of its left edge along the wall and where the wall
is, in metres of the room, and says how wide it came out.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from core.sources.performer.palette import (
    CLOTHS_BGR,
    SKY_BGR,
    TREES_BGR,
    WALLS_BGR,
    WHITES_BGR,
    WOODS_BGR,
    Random,
    any_seed,
    near,
    one_of,
)
from core.sources.performer.room import Block, Panel, Side, Surface, Weave

Things: TypeAlias = tuple[list[Panel], list[Block]]
Thing: TypeAlias = Callable[[Random, float, float], tuple[float, Things]]


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


def _shelf(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m, height_m = float(random.uniform(0.6, 1.3)), float(random.uniform(1.0, 2.15))
    wood = Surface(colour_bgr=one_of(WHITES_BGR, random), weave=Weave.BOOKS, seed=any_seed(random))
    return width_m, ([], [_standing(x_m, behind_m, (width_m, height_m, 0.3), wood)])


def _dresser(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m, height_m = float(random.uniform(0.6, 1.5)), float(random.uniform(0.6, 1.15))
    colour = one_of(WHITES_BGR, random)
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
                    Surface(colour_bgr=one_of(CLOTHS_BGR, random)),
                    bottom_m=height_m,
                    off_wall_m=0.12,
                )
            )
    return width_m, (_pictures(random, x_m, width_m, above_m=height_m + 0.45), blocks)


def _wardrobe(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m = float(random.uniform(0.9, 1.6))
    front = Surface(colour_bgr=one_of(WHITES_BGR, random), other_bgr=(70, 74, 78), weave=Weave.DRAWERS, period_m=2.2)
    return width_m, ([], [_standing(x_m, behind_m, (width_m, float(random.uniform(1.9, 2.2)), 0.55), front)])


def _sofa(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m = float(random.uniform(1.4, 2.1))
    deep = min(0.85, behind_m - 0.6)
    cloth = Surface(colour_bgr=one_of(CLOTHS_BGR, random), seed=any_seed(random))
    dark = Surface(colour_bgr=near(cloth.colour_bgr, random, 0.04), seed=any_seed(random))
    blocks = [
        _standing(x_m, behind_m, (width_m, 0.42, deep), cloth),
        _standing(x_m, behind_m, (width_m, float(random.uniform(0.75, 0.95)), 0.24), dark),
        _standing(x_m, behind_m, (0.2, 0.6, deep), dark),
        _standing(x_m + width_m - 0.2, behind_m, (0.2, 0.6, deep), dark),
    ]
    cushion = Surface(colour_bgr=one_of(CLOTHS_BGR, random))
    if random.random() < 0.6:
        blocks.append(
            _standing(x_m + width_m * 0.3, behind_m, (0.42, 0.36, 0.16), cushion, bottom_m=0.42, off_wall_m=0.26)
        )
    return width_m, (_pictures(random, x_m, width_m, above_m=1.25), blocks)


def _desk(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m, wood = float(random.uniform(1.1, 1.6)), Surface(colour_bgr=one_of(WOODS_BGR, random))
    black = Surface(colour_bgr=(38, 40, 42), other_bgr=(150, 130, 110), weave=Weave.SCREEN)
    blocks = [
        _standing(x_m, behind_m, (width_m, 0.04, 0.6), wood, bottom_m=0.71),
        _standing(x_m + 0.03, behind_m, (0.05, 0.71, 0.55), wood),
        _standing(x_m + width_m - 0.4, behind_m, (0.38, 0.71, 0.55), wood),
        _standing(x_m + width_m * 0.3, behind_m, (0.54, 0.33, 0.04), black, bottom_m=0.87, off_wall_m=0.2),
        _standing(x_m + width_m * 0.3 + 0.24, behind_m, (0.06, 0.12, 0.06), black, bottom_m=0.75, off_wall_m=0.18),
    ]
    return width_m, ([], blocks)


def _door(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    colour = one_of(WHITES_BGR, random)
    leaf = Surface(colour_bgr=colour, other_bgr=near(colour, random, 0.05), weave=Weave.DOOR)
    return 1.0, ([_on_wall(x_m, 0.0, 0.98, 2.08, leaf)], [])


def _window(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m, low_m = float(random.uniform(0.9, 1.8)), float(random.uniform(0.7, 1.0))
    glass = Surface(colour_bgr=SKY_BGR, other_bgr=near(TREES_BGR, random), weave=Weave.WINDOW, seed=any_seed(random))
    panels = [_on_wall(x_m + 0.2, low_m, width_m, float(random.uniform(1.0, 1.35)), glass)]
    if random.random() < 0.6:
        cloth = Surface(
            colour_bgr=one_of(CLOTHS_BGR + WHITES_BGR, random),
            weave=Weave.CURTAIN,
            period_m=float(random.uniform(0.07, 0.14)),
            seed=any_seed(random),
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


def _curtained(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m = float(random.uniform(1.0, 2.4))
    cloth = Surface(
        colour_bgr=one_of(CLOTHS_BGR + WHITES_BGR, random),
        weave=Weave.CURTAIN,
        period_m=float(random.uniform(0.08, 0.2)),
        seed=any_seed(random),
    )
    return width_m, ([_on_wall(x_m, 0.03, width_m, 2.3, cloth)], [])


def _lamp(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    metal = Surface(colour_bgr=(70, 74, 78))
    shade = Surface(colour_bgr=(190, 226, 244), other_bgr=(150, 200, 226), weave=Weave.GLOW)
    blocks = [
        _standing(x_m + 0.18, behind_m, (0.03, 1.4, 0.03), metal, off_wall_m=0.25),
        _standing(x_m + 0.05, behind_m, (0.28, 0.03, 0.28), metal, off_wall_m=0.12),
        _standing(x_m + 0.03, behind_m, (0.34, 0.28, 0.3), shade, bottom_m=1.38, off_wall_m=0.11),
    ]
    return 0.5, ([], blocks)


def _boxes(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m, blocks, bottom_m = float(random.uniform(0.4, 0.6)), [], 0.0
    for _ in range(int(random.integers(1, 4))):
        size_m = (width_m * float(random.uniform(0.75, 1)), float(random.uniform(0.22, 0.4)), 0.4)
        card = Surface(colour_bgr=one_of(((112, 150, 184), (90, 126, 160), (200, 204, 206)), random))
        blocks.append(_standing(x_m, behind_m, size_m, card, bottom_m=bottom_m))
        bottom_m += size_m[1]
    return width_m, ([], blocks)


def _pictures(random: Random, x_m: float, width_m: float, *, above_m: float) -> list[Panel]:
    """One to three pictures within a stretch of wall."""
    panels: list[Panel] = []
    left_m = x_m + 0.05
    while left_m < x_m + width_m - 0.3 and len(panels) < 3:
        size_m = float(random.uniform(0.28, 0.75)), float(random.uniform(0.3, 0.8))
        if random.random() < 0.55 and left_m + size_m[0] <= x_m + width_m:
            art = Surface(
                colour_bgr=one_of(CLOTHS_BGR, random),
                other_bgr=one_of(WALLS_BGR, random),
                weave=Weave.POSTER,
                seed=any_seed(random),
            )
            panels.append(_on_wall(left_m, above_m + float(random.uniform(0, 0.12)), *size_m, art))
        left_m += size_m[0] + float(random.uniform(0.08, 0.3))
    return panels


def _wall_of_pictures(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m = float(random.uniform(0.7, 1.8))
    return width_m, (_pictures(random, x_m, width_m, above_m=float(random.uniform(1.0, 1.5))), [])


def _television(random: Random, x_m: float, behind_m: float) -> tuple[float, Things]:
    width_m = float(random.uniform(0.9, 1.4))
    black = Surface(colour_bgr=(30, 30, 32), other_bgr=(120, 116, 110), weave=Weave.SCREEN)
    board = Surface(colour_bgr=one_of(WHITES_BGR, random), other_bgr=(70, 74, 78), weave=Weave.DRAWERS, period_m=0.45)
    return width_m, (
        [_on_wall(x_m, 0.95, width_m, width_m * 0.57, black)],
        [_standing(x_m, behind_m, (width_m, 0.45, 0.4), board)],
    )


THINGS: Final[tuple[Thing, ...]] = (
    _shelf, _shelf, _dresser, _wardrobe, _sofa, _desk, _door, _window, _window, _curtained, _lamp, _boxes,
    _wall_of_pictures, _wall_of_pictures, _television,
)  # fmt: skip
