"""Text and panels on OpenCV pictures: real letters (DejaVu Sans) instead of OpenCV's stroke fonts, and cached."""

from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.opencv import cv2
from core.sources.source import Picture

ColourBgr = tuple[int, int, int]
Mask = NDArray[np.float32]  # (height, width), 1 = fully covered

DARK: ColourBgr = (28, 20, 18)
WHITE: ColourBgr = (250, 250, 250)
ROUNDING_OVERSAMPLE = 4


def text_width_px(text: str, *, size_px: int, bold: bool = False) -> int:
    """How wide a line of text is."""
    return int(text_mask(text, size_px=size_px, bold=bold).shape[1])


def fitting_size_px(text: str, *, size_px: int, width_px: int, bold: bool = False) -> int:
    """The largest size up to `size_px` at which the text is at most `width_px` wide (never below 6)."""
    wide_px = text_width_px(text, size_px=size_px, bold=bold)
    return size_px if wide_px <= width_px else max(6, int(size_px * width_px / wide_px))


@lru_cache(maxsize=1024)
def text_mask(text: str, *, size_px: int, bold: bool = False) -> Mask:
    """A line of text, drawn once: full line height, so that equal sizes share a baseline. Do not write into it."""
    font = _font(size_px, bold)
    ascent_px, descent_px = font.getmetrics()
    picture = Image.new("L", (max(1, round(font.getlength(text))), ascent_px + descent_px), 0)
    ImageDraw.Draw(picture).text((0, 0), text, fill=255, font=font)
    return _mask(picture)


@lru_cache(maxsize=64)
def baseline_px(size_px: int, bold: bool = False) -> int:
    """From the top of a line of text to its baseline."""
    return int(_font(size_px, bold).getmetrics()[0])


def draw_text(
    picture_bgr: Picture,
    text: str,
    *,
    left_px: int,
    top_px: int,
    size_px: int,
    colour_bgr: ColourBgr,
    bold: bool = False,
) -> None:
    """Write one line with its upper left corner there; parts outside the picture are left out."""
    blend(
        picture_bgr,
        text_mask(text, size_px=size_px, bold=bold),
        left_px=left_px,
        top_px=top_px,
        colour_bgr=colour_bgr,
    )


def draw_panel(
    picture_bgr: Picture,
    *,
    left_px: int,
    top_px: int,
    width_px: int,
    height_px: int,
    radius_px: int,
    colour_bgr: ColourBgr,
    opacity: float = 1.0,
) -> None:
    """Fill a rectangle with round corners, translucent where `opacity` is below 1."""
    if width_px <= 0 or height_px <= 0:
        return
    radius_px = min(radius_px, width_px // 2, height_px // 2)
    caps = _panel_mask(width_px, 2 * radius_px, radius_px) * np.float32(opacity)  # the round upper and lower ends
    middle_px = height_px - 2 * radius_px
    blend(picture_bgr, caps[:radius_px], left_px=left_px, top_px=top_px, colour_bgr=colour_bgr)
    _tint(
        picture_bgr[max(0, top_px + radius_px) : top_px + radius_px + middle_px, max(0, left_px) : left_px + width_px],
        colour_bgr=colour_bgr,
        opacity=opacity,
    )
    lower_top_px = top_px + radius_px + middle_px
    blend(picture_bgr, caps[radius_px:], left_px=left_px, top_px=lower_top_px, colour_bgr=colour_bgr)


def blend(picture_bgr: Picture, mask: Mask, *, left_px: int, top_px: int, colour_bgr: ColourBgr) -> None:
    """Lay a colour over the picture where the mask covers it, in place; parts outside are left out."""
    height_px, width_px = picture_bgr.shape[:2]
    x_from, y_from = max(left_px, 0), max(top_px, 0)
    x_to, y_to = min(left_px + mask.shape[1], width_px), min(top_px + mask.shape[0], height_px)
    if x_from >= x_to or y_from >= y_to:
        return
    cover = np.ascontiguousarray(mask[y_from - top_px : y_to - top_px, x_from - left_px : x_to - left_px])
    under = picture_bgr[y_from:y_to, x_from:x_to]
    flat = np.empty_like(under)
    cv2.rectangle(flat, (0, 0), (flat.shape[1], flat.shape[0]), colour_bgr, cv2.FILLED)
    under[:] = cv2.blendLinear(flat, under, cover, 1.0 - cover)


def _tint(part_bgr: Picture, *, colour_bgr: ColourBgr, opacity: float) -> None:
    """Lay a colour evenly over a part of a picture; a table is several times faster than a blend."""
    if part_bgr.size:
        part_bgr[:] = cv2.LUT(part_bgr, _tint_table(colour_bgr, opacity))


@lru_cache(maxsize=64)
def _tint_table(colour_bgr: ColourBgr, opacity: float) -> NDArray[np.uint8]:
    levels = np.arange(256)[None, :, None] * (1.0 - opacity) + np.asarray(colour_bgr) * opacity
    return np.round(levels).astype(np.uint8)  # (1, 256, 3)


@lru_cache(maxsize=128)
def _panel_mask(width_px: int, height_px: int, radius_px: int) -> Mask:
    """A filled rounded rectangle, smooth at the corners."""
    if radius_px == 0:
        return np.ones((height_px, width_px), np.float32)
    fine = ROUNDING_OVERSAMPLE
    picture = Image.new("L", (width_px * fine, height_px * fine), 0)
    shape = (0, 0, width_px * fine - 1, height_px * fine - 1)
    ImageDraw.Draw(picture).rounded_rectangle(shape, radius=radius_px * fine, fill=255)
    return _mask(picture.resize((width_px, height_px), Image.Resampling.BOX))


def _mask(picture: Image.Image) -> Mask:
    return np.asarray(picture, dtype=np.float32) / np.float32(255)


@lru_cache(maxsize=64)
def _font(size_px: int, bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name), size_px)
