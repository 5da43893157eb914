"""Attention as colour and radius: pure functions that the window's overlay, the video and the legend all use.

Attention comes in "times uniform" (1.0 = what every joint would get if all were alike). The scale is linear and its
range fixed, so that two pictures can be compared; what lies above the range is drawn, and labelled, as its end. NaN
means that the network does not see the joint.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray

NOT_SEEN_RGB = (150, 150, 150)
SMALLEST_RADIUS = 0.4  # of the largest

# Perceptually uniform and safe for the colour-blind. Its first eighth is left out: black is lost on a dark picture.
_COLOURS_RGB: NDArray[np.uint8] = np.round(colormaps["inferno"](np.linspace(0.125, 1.0, 256))[:, :3] * 255).astype(
    np.uint8
)  # (256, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatScale:
    """A fixed linear range with what a legend says about it."""

    low: float
    high: float
    unit: str
    ticks: tuple[float, ...]

    def fraction(self, heat: NDArray[np.floating]) -> NDArray[np.float64]:
        """Place within the range, clipped to 0..1; NaN stays NaN."""
        return np.clip((np.asarray(heat, dtype=np.float64) - self.low) / (self.high - self.low), 0.0, 1.0)

    def label(self, tick: float) -> str:
        """A tick as text; the last one says that it stands for more, too."""
        return f"≥{tick:g}" if tick >= self.high else f"{tick:g}"


TIMES_UNIFORM = HeatScale(low=0.0, high=4.0, unit="× uniform", ticks=(0.0, 1.0, 2.0, 3.0, 4.0))


def heat_colours_rgb(heat: NDArray[np.floating], scale: HeatScale = TIMES_UNIFORM) -> NDArray[np.uint8]:
    """Colour of each value, (..., 3) RGB; grey where it is NaN."""
    fraction = scale.fraction(heat)
    unseen = np.isnan(fraction)
    place = np.round(np.where(unseen, 0.0, fraction) * (len(_COLOURS_RGB) - 1)).astype(np.intp)
    colours_rgb = _COLOURS_RGB[place]  # (..., 3), a copy
    colours_rgb[unseen] = NOT_SEEN_RGB
    return colours_rgb


def heat_radii(heat: NDArray[np.floating], *, largest: float, scale: HeatScale = TIMES_UNIFORM) -> NDArray[np.float64]:
    """Radius of each value, linear, in the unit of `largest`; the smallest one where it is NaN."""
    fraction = np.nan_to_num(scale.fraction(heat), nan=0.0)
    return largest * (SMALLEST_RADIUS + (1.0 - SMALLEST_RADIUS) * fraction)


def heat_gradient_rgb(count: int) -> NDArray[np.uint8]:
    """`count` colours (count, 3) RGB evenly from the low to the high end, for a legend."""
    return _COLOURS_RGB[np.round(np.linspace(0, len(_COLOURS_RGB) - 1, count)).astype(np.intp)]
