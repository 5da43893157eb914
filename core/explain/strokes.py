"""Lines and joint marks on OpenCV pictures, smooth and placed at fractions of a pixel."""

import numpy as np
from numpy.typing import NDArray

from core.explain.lettering import DARK, WHITE, ColourBgr
from core.opencv import cv2
from core.sources.source import Picture

SHIFT = 4  # OpenCV takes sixteenths of a pixel
FARTHEST_PX = 20_000.0  # beyond it OpenCV's fixed-point numbers overflow, and nothing is seen anyway


def draw_line(
    picture_bgr: Picture, start: NDArray[np.floating], end: NDArray[np.floating], *, colour_bgr: ColourBgr, thick: int
) -> None:
    """A line between two points (2,) in pixels."""
    cv2.line(picture_bgr, _fixed(start), _fixed(end), colour_bgr, thick, cv2.LINE_AA, SHIFT)


def draw_joint(
    picture_bgr: Picture, point_px: NDArray[np.floating], *, radius_px: float, colour_bgr: ColourBgr, is_hollow: bool
) -> None:
    """A disc with a light rim, or a ring, at a point (2,) in pixels."""
    centre, one = _fixed(point_px), 1 << SHIFT
    rim_px = max(0.8, 0.12 * radius_px)
    if is_hollow:
        thick = max(1, round(2 * rim_px))
        cv2.circle(picture_bgr, centre, round(radius_px * one), DARK, thick + 2, cv2.LINE_AA, SHIFT)
        cv2.circle(picture_bgr, centre, round(radius_px * one), colour_bgr, thick, cv2.LINE_AA, SHIFT)
        return
    for radius, colour in ((radius_px + rim_px + 1, DARK), (radius_px + rim_px, WHITE), (radius_px, colour_bgr)):
        cv2.circle(picture_bgr, centre, round(radius * one), colour, cv2.FILLED, cv2.LINE_AA, SHIFT)


def _fixed(point_px: NDArray[np.floating]) -> tuple[int, int]:
    """A point in OpenCV's fixed-point form, clipped far outside the picture."""
    x, y = point_px.tolist()
    return _fixed_value(x), _fixed_value(y)


def _fixed_value(value_px: float) -> int:
    return round(min(max(value_px, -FARTHEST_PX), FARTHEST_PX) * (1 << SHIFT))
