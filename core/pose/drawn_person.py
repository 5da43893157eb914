"""A plain drawn person that MediaPipe finds: for warming up and for measuring speed without a camera."""

import numpy as np

from core.opencv import cv2
from core.sources.source import Picture

_HEIGHT = 480  # the figure is drawn in units of 1/480 of the picture's height, x from the middle
_SKIN, _SHIRT, _TROUSERS, _DARK = (140, 170, 215), (120, 70, 40), (60, 50, 50), (30, 30, 30)  # BGR
_WALL = (176, 168, 160)

# (from, to, thickness, colour) of the right half; the left half is its mirror image.
_LIMBS = (
    ((22, 270), (30, 355), 34, _TROUSERS),
    ((30, 355), (32, 430), 26, _TROUSERS),
    ((32, 438), (44, 442), 16, _DARK),
    ((48, 150), (70, 215), 24, _SHIRT),
    ((70, 215), (78, 270), 18, _SKIN),
    ((0, 120), (0, 140), 24, _SKIN),
)
_TORSO = ((-56, 140), (56, 140), (42, 285), (-42, 285))


def draw_person(*, width_px: int = 640, height_px: int = 480) -> Picture:
    """A standing person seen from the front, (height, width, 3) BGR."""
    picture_bgr = np.full((height_px, width_px, 3), _WALL, np.uint8)
    unit = height_px / _HEIGHT

    def at(x: float, y: float) -> tuple[int, int]:
        return round(width_px / 2 + x * unit), round(y * unit)

    def size(length: float) -> int:
        return max(1, round(length * unit))

    for (x0, y0), (x1, y1), thickness, colour in _LIMBS:
        for side in (-1, 1):
            cv2.line(picture_bgr, at(side * x0, y0), at(side * x1, y1), colour, size(thickness), cv2.LINE_AA)
    cv2.fillPoly(picture_bgr, [np.array([at(x, y) for x, y in _TORSO], np.int32)], _SHIRT, cv2.LINE_AA)
    cv2.ellipse(picture_bgr, at(0, 90), (size(26), size(36)), 0, 0, 360, _SKIN, -1, cv2.LINE_AA)
    cv2.ellipse(picture_bgr, at(0, 72), (size(28), size(24)), 0, 180, 360, _DARK, -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.circle(picture_bgr, at(side * 10, 86), size(3), _DARK, -1, cv2.LINE_AA)
    cv2.line(picture_bgr, at(-8, 108), at(8, 108), (80, 80, 160), size(2), cv2.LINE_AA)
    return picture_bgr
