"""Texture: the colour of a patterned surface at places on it, in metres from its lower left corner."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.sources.performer.room import Surface, Weave

Floats = NDArray[np.floating]

_FRAME_M: Final = 0.035  # of a poster, a screen
_SHELF_M: Final = 0.33
_BOARD_M: Final = 0.028
_BOOKS_BGR: Final = np.array(
    [[60, 70, 150], [110, 80, 50], [70, 110, 70], [200, 205, 210], [50, 50, 54], [60, 140, 190], [130, 120, 60],
     [90, 60, 110], [180, 190, 170], [40, 60, 90]], dtype=np.float32
)  # fmt: skip


def texels(surface: Surface, u: Floats, v: Floats, *, size_m: tuple[float, float]) -> NDArray[np.float32]:
    """Unlit colours (N, 3), blue first.

    Args:
        surface: What it is covered with.
        u: Metres from the left edge, (N,).
        v: Metres from the lower edge, (N,).
        size_m: Width and height of the surface.
    """
    return _WEAVES[surface.weave](surface, u, v, size_m).astype(np.float32)


def scrambled(number: Floats, seed: float) -> Floats:
    """A fixed number in 0..1 for each whole number."""
    value: Floats = np.modf(np.abs(np.sin(number * 12.9898 + seed * 4.1414) * 43758.547))[0]
    return value


def _mixed(surface: Surface, share: Floats) -> Floats:
    """From the surface's colour (0) to its other one (1)."""
    first, second = (np.array(colour, dtype=np.float32) for colour in (surface.colour_bgr, surface.other_bgr))
    mixed: Floats = first + (second - first) * np.asarray(share, dtype=np.float32)[:, None]
    return mixed


def _lit(surface: Surface, light: Floats) -> Floats:
    """The surface's first colour in light (N,)."""
    lit: Floats = np.array(surface.colour_bgr, dtype=np.float32) * light[:, None]
    return lit


def _ramp(value: Floats, width: float) -> Floats:
    """0 below nothing, 1 from `width` on."""
    ramp: Floats = np.clip(value / width, 0, 1)
    return ramp


def _plain(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    cloud = 0.012 * np.sin(u * 3.1 + surface.seed) * np.sin(v * 4.3 + 2 * surface.seed)
    return _lit(surface, 1 + cloud)


def _stripes(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    return _mixed(surface, (np.mod(u / surface.period_m, 1) < 0.5).astype(np.float32))


def _dado(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    colours = _mixed(surface, (v < surface.period_m).astype(np.float32))
    rail = np.abs(v - surface.period_m) < 0.025
    colours[rail] = colours[rail] * 0.5 + 105
    return colours


def _tiles(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    column, row = np.floor(u / surface.period_m), np.floor(v / surface.period_m)
    gap = np.minimum(np.mod(u, surface.period_m), np.mod(v, surface.period_m)) < 0.008
    tone = 0.95 + 0.1 * scrambled(column + 57 * row, surface.seed)
    return _mixed(surface, gap.astype(np.float32)) * tone[:, None]


def _bricks(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    high, wide = surface.period_m * 0.32, surface.period_m
    row = np.floor(v / high)
    shifted = u + np.mod(row, 2) * wide / 2
    gap = (np.mod(v, high) < 0.011) | (np.mod(shifted, wide) < 0.011)
    tone = 0.85 + 0.3 * scrambled(np.floor(shifted / wide) + 57 * row, surface.seed)
    return _mixed(surface, gap.astype(np.float32)) * np.where(gap, 1, tone)[:, None]


def _planks(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    plank = np.floor(u / surface.period_m)
    tone = 0.88 + 0.16 * scrambled(plank + 31 * np.floor(v / 1.3 + 7 * scrambled(plank, 3)), surface.seed)
    grain = 0.014 * np.sin(u * 230 + 3 * np.sin(v * 5 + plank))
    across = np.abs(u / surface.period_m - plank - 0.5) * 2  # 1 at the gap between two planks
    light = (tone + grain) * (1 - 0.2 * np.clip((across - 0.94) / 0.06, 0, 1))
    return _lit(surface, light)


def _carpet(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    fibre = scrambled(np.floor(u * 90) + 131 * np.floor(v * 90), surface.seed) - 0.5
    border = np.minimum(np.minimum(u, size_m[0] - u), np.minimum(v, size_m[1] - v))
    band = ((border > 0.06) & (border < 0.12)).astype(np.float32)
    return _mixed(surface, band) * (1 + 0.1 * fibre)[:, None]


def _books(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    shelf, up = np.floor(v / _SHELF_M), np.mod(v, _SHELF_M)
    cell = np.floor(u / 0.038)
    pair = cell - np.mod(cell, 2) * (scrambled(np.floor(cell / 2) + 91 * shelf, surface.seed) > 0.6)  # thick books
    draw = scrambled(pair + 77 * shelf, surface.seed + 1)
    tall = 0.16 + 0.12 * scrambled(pair + 77 * shelf, surface.seed + 2)
    empty = scrambled(np.floor(cell / 5) + 13 * shelf, surface.seed + 3) > 0.8
    colours = (
        _BOOKS_BGR[(draw * len(_BOOKS_BGR)).astype(np.intp) % len(_BOOKS_BGR)]
        * (0.7 + 0.5 * np.mod(draw * 7, 1))[:, None]
    )
    edge = np.mod(u, 0.038) < 0.004
    colours[edge] *= 0.6
    behind = (up > _BOARD_M + tall) | empty
    colours[behind] = np.array(surface.colour_bgr) * 0.42
    side = np.minimum(u, size_m[0] - u) < 0.025
    colours[(up < _BOARD_M) | side] = surface.colour_bgr
    return colours


def _drawers(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    rows = max(round(size_m[1] / surface.period_m), 1)
    columns = max(round(size_m[0] / 0.5), 1)
    wide, high = size_m[0] / columns, size_m[1] / rows
    x, y = np.mod(u, wide), np.mod(v, high)
    gap = np.minimum(np.minimum(x, wide - x), np.minimum(y, high - y)) < 0.008
    knob = (np.abs(x - wide / 2) < 0.05) & (np.abs(y - high * 0.7) < 0.012)
    colours = _mixed(surface, knob.astype(np.float32))
    colours[gap] *= 0.62
    return colours


def _door(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    wide, high = size_m
    inner = np.minimum(u, wide - u)
    frame = (inner < 0.07) | (v > high - 0.07)
    colours = _mixed(surface, frame.astype(np.float32))
    for low, top in ((0.12, 0.46), (0.52, 0.93)):
        depth = np.minimum(np.minimum(inner - 0.2, v - low * high), top * high - v)
        colours[np.abs(depth) < 0.012] *= 0.84
    colours[(np.abs(inner - 0.072) < 0.006) & (v < high - 0.07)] *= 0.6
    handle = (np.abs(u - 0.16) < 0.05) & (np.abs(v - 1.02) < 0.012)
    colours[handle] = (120, 128, 132)
    return colours


def _window(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    wide, high = size_m
    share = v / high
    trees = 0.3 + 0.1 * np.sin(u * 5 + surface.seed) + 0.06 * np.sin(u * 13 + 2 * surface.seed)
    colours = _mixed(surface, 1 - _ramp(share - trees, 0.18))
    frame = np.minimum(np.minimum(u, wide - u), np.minimum(v, high - v)) < 0.06
    bars = (np.abs(u - wide / 2) < 0.03) | (np.abs(v - high * 0.68) < 0.02)
    colours[frame | bars] = (214, 218, 220)
    return colours


def _curtain(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    fold = u / surface.period_m * 2 * np.pi + 0.6 * np.sin(v * 1.5 + surface.seed)
    light = 0.84 + 0.16 * np.sin(fold) + 0.05 * np.sin(2.7 * fold)
    return _lit(surface, light)


def _poster(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    wide, high = size_m
    x, y = u / wide, v / high
    shade = 0.5 + 0.5 * np.sin(3 * x + surface.seed) * np.cos(4 * y + 2 * surface.seed)
    colours = _mixed(surface, shade)
    for number in range(5):
        left, low, size, tone = scrambled(np.arange(4, dtype=np.float32), surface.seed + 11.0 * number).tolist()
        disc = (x - left) ** 2 + ((y - low) * high / wide) ** 2 < (0.06 + 0.2 * size) ** 2
        colours[disc] = colours[disc] * 0.35 + np.array([90 + 150 * tone, 60 + 150 * size, 220 - 180 * tone]) * 0.65
    frame = np.minimum(np.minimum(u, wide - u), np.minimum(v, high - v)) < _FRAME_M
    colours[frame] = (40, 44, 50) if surface.seed % 2 else (212, 216, 218)
    return colours


def _screen(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    wide, high = size_m
    colours = _mixed(surface, _ramp(u / wide + v / high - 0.8, 0.9) * 0.35)
    frame = np.minimum(np.minimum(u, wide - u), np.minimum(v, high - v)) < 0.02
    colours[frame] = (26, 26, 28)
    return colours


def _glow(surface: Surface, u: Floats, v: Floats, size_m: tuple[float, float]) -> Floats:
    return _mixed(surface, np.abs(v / size_m[1] - 0.4)) * 1.25


_Texture = Callable[[Surface, Floats, Floats, tuple[float, float]], Floats]
_WEAVES: Final[dict[Weave, _Texture]] = {
    Weave.PLAIN: _plain,
    Weave.STRIPES: _stripes,
    Weave.DADO: _dado,
    Weave.TILES: _tiles,
    Weave.BRICKS: _bricks,
    Weave.PLANKS: _planks,
    Weave.CARPET: _carpet,
    Weave.BOOKS: _books,
    Weave.DRAWERS: _drawers,
    Weave.DOOR: _door,
    Weave.WINDOW: _window,
    Weave.CURTAIN: _curtain,
    Weave.POSTER: _poster,
    Weave.SCREEN: _screen,
    Weave.GLOW: _glow,
}
