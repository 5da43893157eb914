"""Attention as colour and radius: pure functions that the window's overlay, the video and the legend all use.

Attention comes in "times uniform" (1.0 = what every joint would get if all were alike). The scale is linear and its
range fixed, so that two pictures can be compared; what lies above the range is drawn, and labelled, as its end. NaN
means that the network does not see the joint.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray

NOT_SEEN_RGB = (150, 150, 150)
SMALLEST_RADIUS = 0.4  # of the largest


class Palette(StrEnum):
    """Perceptually uniform colour maps that the colour-blind can read."""

    INFERNO = "inferno"
    VIRIDIS = "viridis"
    CIVIDIS = "cividis"


# Of inferno the first eighth is left out: black is lost on a dark picture.
_BEGINS: Final = {Palette.INFERNO: 0.125, Palette.VIRIDIS: 0.0, Palette.CIVIDIS: 0.0}


@cache
def palette_rgb(palette: Palette) -> NDArray[np.uint8]:
    """The colours of a map from its low to its high end, (256, 3) RGB. Do not write into it."""
    shades = colormaps[palette.value](np.linspace(_BEGINS[palette], 1.0, 256))[:, :3]
    return np.round(shades * 255).astype(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatScale:
    """A fixed linear range with what a legend says about it."""

    low: float
    high: float
    unit: str
    ticks: tuple[float, ...]
    palette: Palette = Palette.INFERNO
    note: str = ""  # what a legend must say besides, where the range is not the usual one

    def fraction(self, heat: NDArray[np.floating]) -> NDArray[np.float64]:
        """Place within the range, clipped to 0..1; NaN stays NaN."""
        return np.clip((np.asarray(heat, dtype=np.float64) - self.low) / (self.high - self.low), 0.0, 1.0)

    def label(self, tick: float) -> str:
        """A tick as text; the last one says that it stands for more, too."""
        return f"≥{tick:g}" if tick >= self.high else f"{tick:g}"


TIMES_UNIFORM = HeatScale(low=0.0, high=4.0, unit="× uniform", ticks=(0.0, 1.0, 2.0, 3.0, 4.0))


def scale_of(heat: NDArray[np.floating], *, of: str, palette: Palette = Palette.INFERNO) -> HeatScale:
    """A range from 0 that holds all of some attention, NaN aside; the legend names what it is the range `of`.

    It ends at 1, 2 or 5 times a power of ten, and never below 2, so that attention without a preference looks like it.
    """
    most = max(2.0, float(np.nanmax(heat, initial=0.0)))
    power = 10.0 ** math.floor(math.log10(most))
    high = next(step * power for step in (1, 2, 5, 10) if step * power >= most - 1e-9)
    ticks = tuple(high * part / 4 for part in range(5))
    return HeatScale(low=0.0, high=high, unit=TIMES_UNIFORM.unit, ticks=ticks, palette=palette, note=f"range of {of}")


def heat_colours_rgb(heat: NDArray[np.floating], scale: HeatScale = TIMES_UNIFORM) -> NDArray[np.uint8]:
    """Colour of each value, (..., 3) RGB; grey where it is NaN."""
    fraction = scale.fraction(heat)
    unseen = np.isnan(fraction)
    table = palette_rgb(scale.palette)
    place = np.round(np.where(unseen, 0.0, fraction) * (len(table) - 1)).astype(np.intp)
    colours_rgb = table[place]  # (..., 3), a copy
    colours_rgb[unseen] = NOT_SEEN_RGB
    return colours_rgb


def heat_radii(heat: NDArray[np.floating], *, largest: float, scale: HeatScale = TIMES_UNIFORM) -> NDArray[np.float64]:
    """Radius of each value, linear, in the unit of `largest`; the smallest one where it is NaN."""
    fraction = np.nan_to_num(scale.fraction(heat), nan=0.0)
    return largest * (SMALLEST_RADIUS + (1.0 - SMALLEST_RADIUS) * fraction)


def heat_gradient_rgb(count: int, palette: Palette = Palette.INFERNO) -> NDArray[np.uint8]:
    """`count` colours (count, 3) RGB evenly from the low to the high end, for a legend."""
    table = palette_rgb(palette)
    return table[np.round(np.linspace(0, len(table) - 1, count)).astype(np.intp)]
