"""Rotating backups of a JSON file: the last few versions, some minutes apart, in a folder `backups` beside it."""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from core.errors import OutputError
from core.files import make_folder

BACKUPS: Final = "backups"
KEPT: Final = 5
APART: Final = timedelta(minutes=5)
_STAMP: Final = "%Y-%m-%d_%H-%M-%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """An earlier version of a file."""

    path: Path
    at: datetime  # local time; until then it was the file


def backups_of(file: Path) -> list[Backup]:
    """Earlier versions, the newest first; what else lies in the folder is left out."""
    found = []
    for path in (file.parent / BACKUPS).glob(f"{file.stem}_*{file.suffix}"):
        with suppress(ValueError):
            stamp = datetime.strptime(path.stem.removeprefix(f"{file.stem}_"), _STAMP)
            found.append(Backup(path=path, at=stamp.astimezone()))
    return sorted(found, key=lambda one: one.at, reverse=True)


def backup_place(file: Path, *, at: datetime) -> Path:
    """Where a version of a file lies that it was until a local time."""
    return file.parent / BACKUPS / f"{file.stem}_{at.strftime(_STAMP)}{file.suffix}"


def keep_backup(file: Path, *, now: datetime, apart: timedelta = APART) -> Path | None:
    """Before a file is replaced: keep it, unless the last backup is young; returns where it lies.

    Raises OutputError where it cannot be kept: then the file had better not be replaced either.
    """
    earlier = backups_of(file)
    if not file.is_file() or (earlier and timedelta() <= now - earlier[0].at < apart):
        return None
    target = backup_place(file, at=now)
    make_folder(target.parent)
    try:
        shutil.copy2(file, target)
    except OSError as error:
        raise OutputError(f"Cannot keep a backup of {file}: {error.strerror or error}.") from error
    for old in backups_of(file)[KEPT:]:
        with suppress(OSError):  # one too many harms nobody
            old.path.unlink()
    return target
