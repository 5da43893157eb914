"""Furnishing: another room for every random generator: walls, floor, and things along the back wall."""

import numpy as np

from core.sources.performer.furniture import THINGS, Things
from core.sources.performer.palette import (
    CARPETS_BGR,
    CLOTHS_BGR,
    SKY_BGR,
    TILES_BGR,
    TREES_BGR,
    WALLS_BGR,
    WHITES_BGR,
    WOODS_BGR,
    Random,
    any_seed,
    near,
    one_of,
)
from core.sources.performer.room import Block, Panel, Room, Side, Surface, Weave


def furnished(random: Random) -> Room:
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
        skirting_bgr=one_of(WHITES_BGR, random),
        panels=tuple(panels),
        blocks=tuple(blocks),
    )


def _wall(random: Random) -> Surface:
    weave = Weave(
        random.choice(["plain", "stripes", "dado", "bricks", "tiles", "planks"], p=[0.56, 0.16, 0.12, 0.07, 0.04, 0.05])
    )
    colour = one_of(WOODS_BGR if weave is Weave.PLANKS else WALLS_BGR, random)
    if weave is Weave.BRICKS:
        colour = one_of(((104, 122, 170), (188, 194, 198), (90, 96, 120)), random)
    low, high = {
        Weave.STRIPES: (0.08, 0.5),
        Weave.DADO: (0.8, 1.1),
        Weave.BRICKS: (0.22, 0.26),
        Weave.TILES: (0.15, 0.4),
        Weave.PLANKS: (0.1, 0.2),
    }.get(weave, (0.2, 0.2))
    other = near(colour, random, 0.3 if weave is Weave.DADO else 0.1)
    return Surface(
        colour_bgr=colour,
        other_bgr=other,
        weave=weave,
        period_m=float(random.uniform(low, high)),
        seed=any_seed(random),
    )


def _floor(random: Random) -> Surface:
    weave = Weave(random.choice(["planks", "carpet", "tiles"], p=[0.5, 0.3, 0.2]))
    palette = {Weave.PLANKS: WOODS_BGR, Weave.CARPET: CARPETS_BGR, Weave.TILES: TILES_BGR}[weave]
    colour = one_of(palette, random)
    period_m = random.uniform(0.3, 0.6) if weave is Weave.TILES else random.uniform(0.09, 0.2)
    return Surface(
        colour_bgr=colour,
        other_bgr=near(colour, random, 0.1),
        weave=weave,
        period_m=float(period_m),
        seed=any_seed(random),
    )


def _rug(random: Random) -> Panel:
    colour = one_of(CLOTHS_BGR, random)
    cloth = Surface(colour_bgr=colour, other_bgr=near(colour, random, 0.35), weave=Weave.CARPET, seed=any_seed(random))
    deep = float(random.uniform(1.2, 2.2))
    return Panel(
        side=Side.FLOOR,
        along_m=float(random.uniform(-0.5, 0.5)),
        up_m=-deep / 2 + float(random.uniform(-0.3, 0.4)),
        width_m=float(random.uniform(1.5, 2.8)),
        height_m=deep,
        surface=cloth,
    )


def _along_the_wall(random: Random, *, behind_m: float, left_m: float, right_m: float, clutter: float) -> Things:
    """Things side by side along the back wall, with gaps where there is less clutter."""
    panels: list[Panel] = []
    blocks: list[Block] = []
    x_m = -left_m + float(random.uniform(0.05, 0.6))
    while x_m < right_m - 0.5:
        if random.random() > clutter:
            x_m += float(random.uniform(0.4, 1.2))
            continue
        thing = THINGS[int(random.integers(len(THINGS)))]
        width_m, (more_panels, more_blocks) = thing(random, x_m, behind_m)
        if x_m + width_m <= right_m:
            panels += more_panels
            blocks += more_blocks
        x_m += width_m + float(random.uniform(0.02, 0.5))
    return panels, blocks


def _on_a_side(random: Random, side: Side) -> Panel:
    if random.random() < 0.5:
        glass = Surface(
            colour_bgr=SKY_BGR, other_bgr=near(TREES_BGR, random), weave=Weave.WINDOW, seed=any_seed(random)
        )
        return Panel(
            side=side, along_m=float(random.uniform(-1.0, 0.6)), up_m=0.9, width_m=1.4, height_m=1.25, surface=glass
        )
    art = Surface(
        colour_bgr=one_of(CLOTHS_BGR, random),
        other_bgr=one_of(WALLS_BGR, random),
        weave=Weave.POSTER,
        seed=any_seed(random),
    )
    return Panel(side=side, along_m=float(random.uniform(-0.5, 0.8)), up_m=1.1, width_m=0.7, height_m=0.9, surface=art)


def _at_a_side(random: Random, side: Side, far_m: float) -> Block:
    """A cupboard or shelf along a side wall."""
    deep, wide = 0.4, float(random.uniform(0.7, 1.4))
    books = random.random() < 0.5
    front = Surface(
        colour_bgr=one_of(WHITES_BGR, random),
        other_bgr=(70, 74, 78),
        weave=Weave.BOOKS if books else Weave.DRAWERS,
        period_m=0.35,
        seed=any_seed(random),
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
