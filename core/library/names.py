"""Names of recordings: readable in a file manager, and safe as names of folders on every system."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from core.errors import DataError

_PART_BYTES: Final = 60  # of a person, of an action
_MOST_BYTES: Final = 200
_FORBIDDEN: Final = re.compile(r"[^\w+-]+")
_RESERVED: Final = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def as_part(text: str, *, most_bytes: int = _PART_BYTES) -> str:
    """A text as a part of a file name: letters of any script, digits, plus and minus; never empty."""
    plain = _FORBIDDEN.sub("-", unicodedata.normalize("NFC", text)).strip("-_")
    while len(plain.encode()) > most_bytes:
        plain = plain[:-1]
    plain = plain.strip("-_") or "x"
    return f"{plain}-" if plain.casefold() in _RESERVED else plain


def new_id(*, person: str, action: str, at: datetime, is_taken: Callable[[str], bool]) -> str:
    """An id that is not taken: date, time, person and action."""
    return _untaken("_".join([at.strftime("%Y-%m-%d_%H-%M-%S"), as_part(person), as_part(action or "free")]), is_taken)


def distinct_parts(texts: Iterable[str], *, most_bytes: int = _PART_BYTES) -> list[str]:
    """Texts as parts of file names, each its own, also where capitals do not count: a number follows where needed."""
    taken: set[str] = set()
    parts = []
    for text in texts:
        part = _untaken(as_part(text, most_bytes=most_bytes), lambda name: name.casefold() in taken)
        taken.add(part.casefold())
        parts.append(part)
    return parts


def _untaken(stem: str, is_taken: Callable[[str], bool]) -> str:
    number = 1
    while is_taken(name := stem if number == 1 else f"{stem}_{number:02d}"):
        number += 1
    return name


def checked_id(text: str) -> str:
    """The text, where it can be an id. Raises DataError for anything that could lead out of the library."""
    is_plain = bool(text) and not _FORBIDDEN.search(text.replace(".", "-")) and not text.startswith(".")
    if not is_plain or len(text.encode()) > _MOST_BYTES or ".." in text:
        raise DataError(f"'{text[:80]}' is no name of a recording.")
    return text
