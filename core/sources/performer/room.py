"""Room: walls, floor, what hangs on them and what stands before them, as data.

Room coordinates: the origin is the floor under the performer, x to the right hand of a performer with the back wall
behind, y up, z towards that wall; the whole room may be turned round the performer.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.sources.performer.look import ColourBgr


class Weave(StrEnum):
    """How a surface is patterned (texture.py)."""

    PLAIN = "plain"
    STRIPES = "stripes"
    DADO = "dado"  # another colour below, with a rail between
    TILES = "tiles"
    BRICKS = "bricks"
    PLANKS = "planks"
    CARPET = "carpet"
    BOOKS = "books"
    DRAWERS = "drawers"
    DOOR = "door"
    WINDOW = "window"
    CURTAIN = "curtain"
    POSTER = "poster"
    SCREEN = "screen"
    GLOW = "glow"  # a lamp's shade


class Side(StrEnum):
    """A wall, or the floor."""

    BACK = "back"
    LEFT = "left"  # at negative x
    RIGHT = "right"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """Colours and pattern; what they mean depends on the weave."""

    colour_bgr: ColourBgr
    other_bgr: ColourBgr = (90, 90, 90)
    weave: Weave = Weave.PLAIN
    period_m: float = 0.2
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A flat rectangle on a wall (up from the floor) or on the floor (towards the back wall)."""

    side: Side
    along_m: float  # of its middle: x, or z on a side wall
    up_m: float  # of its lower edge: y, or z on the floor
    width_m: float
    height_m: float
    surface: Surface


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A box that stands square to the walls."""

    x_m: float  # of its middle
    z_m: float
    bottom_m: float
    width_m: float  # along x
    height_m: float
    depth_m: float  # along z
    surface: Surface


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Four planes round the performer, and things."""

    wall: Surface
    floor: Surface
    behind_m: float  # from the performer to the back wall
    left_m: float  # to the wall at negative x
    right_m: float
    ceiling_m: float = 2.6
    turn_rad: float = 0.0  # of the room to the performer's left
    skirting_bgr: ColourBgr = (226, 230, 232)
    panels: tuple[Panel, ...] = ()
    blocks: tuple[Block, ...] = ()
