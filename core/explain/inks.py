"""The colours of figures on light and on dark ground, and how well one colour is read on another."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np

Rgb: TypeAlias = tuple[int, int, int]

READABLE: Final = 4.5  # contrast of text (WCAG 2.2, AA)
VISIBLE: Final = 3.0  # and of lines and marks that mean something


class Theme(StrEnum):
    """Light for paper and projectors, dark for dark slides."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inks:
    """What is drawn with what, as #rrggbb."""

    ground: str
    ink: str  # text, and the rims of joints
    quiet: str  # text that is not read first
    grid: str  # lines that only guide the eye
    bone: str
    unused: str  # joints that the network does not see
    beta: str
    lines: tuple[str, ...]  # curves of actions, the likeliest first; told apart by the colour-blind, and by dashes
    dashes: tuple[tuple[float, ...], ...] = ((), (5, 2), (1.5, 1.5), (6, 2, 1.5, 2))


INKS: Final = {
    Theme.LIGHT: Inks(
        ground="#ffffff",
        ink="#1a1a1a",
        quiet="#555555",
        grid="#dddddd",
        bone="#8a8a8a",
        unused="#8f8f8f",
        beta="#1a1a1a",
        lines=("#0067a5", "#c44601", "#00775a", "#8a3a92"),
    ),
    Theme.DARK: Inks(
        ground="#14161a",
        ink="#f4f4f4",
        quiet="#b8bcc4",
        grid="#3a3f48",
        bone="#8d939d",
        unused="#8f8f8f",
        beta="#f4f4f4",
        lines=("#5ab4f0", "#f0a030", "#3ecf9e", "#e092d0"),
    ),
}


def contrast(first: str, second: str) -> float:
    """Contrast of two colours #rrggbb, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def rgb(colour: str) -> Rgb:
    """#rrggbb as bytes."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _luminance(colour: str) -> float:
    """Relative luminance of sRGB, 0 to 1."""
    values = np.array(rgb(colour)) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))
