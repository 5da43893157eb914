"""Text that fits: measured in the letters that figures are drawn with (DejaVu Sans), cut or broken where it is long."""

import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from matplotlib import font_manager

from core.explain.lettering import text_width_px

_MEASURED_PX: Final = 100
_POINTS_PER_INCH: Final = 72.0
_WIDE_FONTS: Final = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic",
    "PingFang SC", "Hiragino Sans", "WenQuanYi Zen Hei", "Arial Unicode MS",
)  # fmt: skip
_LONGEST: Final = 300  # letters that are looked at


@cache
def families() -> list[str]:
    """Fonts of a figure: DejaVu Sans, and behind it one of this machine's for Chinese, Japanese and Korean."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *[name for name in _WIDE_FONTS if name in known][:1]]


@contextmanager
def quietly() -> Iterator[None]:
    """Letters that the fonts lack are drawn as boxes; that is no reason to write to the terminal."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        yield


def width_in(text: str, *, size_pt: float, bold: bool = False) -> float:
    """How wide a line of text is, in inches."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)  # letters as wide as they are high
    narrow = "".join(letter for letter in text if unicodedata.east_asian_width(letter) not in "WF")
    letters_px = text_width_px(narrow, size_px=_MEASURED_PX, bold=bold) if narrow else 0
    return (letters_px / _MEASURED_PX + wide) * size_pt / _POINTS_PER_INCH


def printable(text: str) -> str:
    """The text without characters that cannot be seen: XML cannot hold them, and no font has them."""
    return "".join(" " if letter.isspace() else letter for letter in text if letter.isprintable() or letter.isspace())


def fitted(text: str, room_in: float, *, size_pt: float, bold: bool = False) -> str:
    """The text, or as much of its beginning as there is room for, with "…"; always one line."""
    line = " ".join(printable(text[:_LONGEST]).split())
    if width_in(line, size_pt=size_pt, bold=bold) <= room_in:
        return line
    low, high = 0, len(line)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if width_in(f"{line[:middle].rstrip()}…", size_pt=size_pt, bold=bold) <= room_in:
            low = middle
        else:
            high = middle - 1
    return f"{line[:low].rstrip()}…"


def wrapped(text: str, room_in: float, *, size_pt: float, lines: int) -> str:
    """The text in up to so many lines, broken between words; what is left goes on the last one, cut."""
    rows: list[str] = []
    words = printable(text[:_LONGEST]).split()
    while words and len(rows) < lines - 1:
        count = len(words)
        while count > 1 and width_in(" ".join(words[:count]), size_pt=size_pt) > room_in:
            count -= 1
        rows.append(fitted(" ".join(words[:count]), room_in, size_pt=size_pt))
        words = words[count:]
    return "\n".join([*rows, fitted(" ".join(words), room_in, size_pt=size_pt)] if words else rows)
