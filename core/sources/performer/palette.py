"""Palette: colours of rooms and furniture, and others like them."""

from typing import Final

import numpy as np

from core.sources.performer.look import ColourBgr

Random = np.random.Generator
Palette = tuple[ColourBgr, ...]

WALLS_BGR: Final[Palette] = (
    (206, 212, 214), (214, 222, 226), (198, 216, 228), (190, 190, 188), (206, 190, 172), (176, 198, 182),
    (142, 168, 206), (118, 96, 66), (84, 100, 74), (120, 178, 204), (92, 90, 88), (158, 150, 190), (222, 220, 214),
    (232, 234, 234), (170, 160, 146),
)  # fmt: skip
WOODS_BGR: Final[Palette] = (
    (112, 146, 176), (74, 98, 128), (52, 66, 88), (140, 172, 196), (96, 120, 150), (150, 158, 162),
)  # fmt: skip
CARPETS_BGR: Final[Palette] = (
    (150, 164, 176), (120, 100, 84), (90, 92, 96), (84, 96, 140), (110, 130, 120), (72, 70, 70), (150, 140, 128),
)  # fmt: skip
TILES_BGR: Final[Palette] = ((186, 192, 194), (120, 138, 180), (150, 156, 156), (96, 100, 104))
CLOTHS_BGR: Final[Palette] = (
    (140, 132, 128), (96, 74, 60), (70, 84, 100), (168, 176, 184), (88, 108, 84), (76, 72, 130), (60, 60, 62),
    (150, 130, 90), (60, 120, 170),
)  # fmt: skip
WHITES_BGR: Final[Palette] = ((224, 228, 230), (200, 206, 210), (60, 62, 66), (112, 146, 176), (70, 92, 120))
SKY_BGR: Final[ColourBgr] = (255, 250, 242)
TREES_BGR: Final[ColourBgr] = (150, 190, 170)


def one_of(palette: Palette, random: Random) -> ColourBgr:
    """A colour of the palette, a little off."""
    blue, green, red = (np.array(palette[int(random.integers(len(palette)))]) * random.uniform(0.9, 1.08)).tolist()
    return round(min(blue, 250)), round(min(green, 250)), round(min(red, 250))


def near(colour: ColourBgr, random: Random, spread: float = 0.14) -> ColourBgr:
    """A neighbour of a colour, as the second one of a wallpaper."""
    factors = (1 + random.normal(0, spread)) * (1 + random.normal(0, 0.06, 3))
    blue, green, red = (np.array(colour) * factors + random.normal(0, 8)).clip(20, 245)
    return round(float(blue)), round(float(green)), round(float(red))


def any_seed(random: Random) -> int:
    """A seed of a texture."""
    return int(random.integers(1000))
