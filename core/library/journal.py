"""The journal of labels that are not saved yet: one line for each edit, written at once, so that a crash costs nothing.

`segments.journal` lies beside `segments.json` and says in its first line which labels its edits begin with. It is gone
once they are saved. Whoever finds one later can bring back what was lost, or decide not to.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from core.errors import DataError, OutputError
from core.files import replacing
from core.library.edits import Edit, Labels, applied
from core.library.records import check_segment

JOURNAL: Final = "segments.journal"
_SCHEMA_VERSION: Final = 1
_MOST_BYTES: Final = 16 * 2**20
_EDIT: Final = TypeAdapter(Edit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaved:
    """What a journal would bring back."""

    labels: Labels  # after its edits
    edits: tuple[Edit, ...]
    fits: bool  # it was begun with the labels that are saved now; else they were changed since
    written_at: datetime


class Journal:
    """Writes the journal of one recording."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL
        self._is_begun = False

    @property
    def is_begun(self) -> bool:
        """Whether the file holds edits of this one; else it is not there, or what a crash left."""
        return self._is_begun

    def add(self, edit: Edit, *, base: Labels) -> None:
        """Write an edit down; `base` is what is saved, for the first line. Raises OutputError."""
        lines = [] if self._is_begun else [_head(base)]
        lines.append(_line(edit))
        try:
            if not self._is_begun:
                self._path.unlink(missing_ok=True)
            with self._path.open("ab") as stream:
                stream.write(b"".join(lines))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise OutputError(f"Cannot write {self._path}: {error.strerror or error}.") from error
        self._is_begun = True

    def begin_again(self, edits: Iterable[Edit], *, base: Labels) -> None:
        """After a save: only what came since is left; nothing, and the file is gone. Raises OutputError."""
        edits = tuple(edits)
        if not edits:
            self._is_begun = False
            with suppress(OSError):  # what it says is saved: it brings nothing back
                self._path.unlink(missing_ok=True)
            return
        with replacing(self._path) as stream:
            stream.write(_head(base) + b"".join(map(_line, edits)))
        self._is_begun = True


def unsaved(folder: Path, *, saved: Labels) -> Unsaved | None:
    """What the journal in a recording's folder holds beyond the saved labels; None where that is nothing.

    Reads up to the first line that makes no sense: a crash may have cut it.
    """
    path = folder / JOURNAL
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return None
        lines = path.read_bytes().splitlines()
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
    base = _base_of(lines[0]) if lines else None
    if base is None:
        return None
    labels, edits = base, []
    for line in lines[1:]:
        try:
            edit = _read_edit(line)
            labels = applied(labels, edit)
        except DataError:
            break
        edits.append(edit)
    if not edits or labels == saved:
        return None
    return Unsaved(labels=labels, edits=tuple(edits), fits=base == saved, written_at=written_at)


def forget(folder: Path) -> None:
    """Remove a journal whose edits are not wanted. Raises OutputError."""
    try:
        (folder / JOURNAL).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot delete {folder / JOURNAL}: {error.strerror or error}.") from error


def _head(base: Labels) -> bytes:
    return _encoded({"schema_version": _SCHEMA_VERSION, "segments": [asdict(one) for one in base]})


def _line(edit: Edit) -> bytes:
    return _encoded(asdict(edit))


def _encoded(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()


def _base_of(line: bytes) -> Labels | None:
    """The labels that a journal begins with; None where its first line is of another version or cut."""
    try:
        head = json.loads(line)
        if not isinstance(head, dict) or head.get("schema_version") != _SCHEMA_VERSION:
            return None
        edit = _read_edit(json.dumps({"text": "", "removed": [], "added": head.get("segments")}).encode())
    except (ValueError, RecursionError, DataError):
        return None
    return edit.added


def _read_edit(line: bytes) -> Edit:
    try:
        edit = _EDIT.validate_json(line, strict=True)
    except (ValidationError, ValueError, RecursionError) as error:
        raise DataError(f"a line of a journal makes no sense ({error})") from error
    for segment in (*edit.removed, *edit.added):
        check_segment(segment)
    return edit
