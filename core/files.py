"""Writing files so that they appear whole or not at all."""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from core.errors import OutputError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of `path` once the block ends well; else the old file stays as it was.

    Raises OutputError with the reason where it cannot be written.
    """
    temporary = path.parent / f".part-{os.getpid()}-{secrets.token_hex(4)}"  # short, however long the name is
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):  # what went wrong before is what has to be told
            temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it where they are missing. Raises OutputError with the reason."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot make the folder {folder}: {error.strerror or error}.") from error


@contextlib.contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `folder` once the block ends well; else the old one stays as it was.

    Folders above it are made. Raises OutputError with the reason where it cannot be written.
    """
    staging: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
        new = staging / "new"
        new.mkdir()
        yield new
        _swap(new, folder, keep_old=staging / "old")
    except OSError as error:
        raise OutputError(f"Cannot write {folder}: {error.strerror or error}.") from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def _swap(new: Path, folder: Path, *, keep_old: Path) -> None:
    """Put the new folder where the old one is; the old one comes back if that fails."""
    had_old = folder.exists()
    try:
        if had_old:
            folder.rename(keep_old)
        new.rename(folder)
    except BaseException:  # Ctrl+C between the two as well
        if had_old and not folder.exists():
            keep_old.rename(folder)
        raise


_LIBRARYS_OWN = ("library.json", "recordings", "trash")


def keep_out_of_libraries(path: Path) -> None:
    """Raises OutputError for a place in a library of recordings that is the library's own."""
    path = path.expanduser()
    for place in (path.parent.resolve() / path.name, path.resolve()):  # "..", and links, lead there as well
        for folder in place.parents:
            if (folder / "library.json").is_file() and place.relative_to(folder).parts[0] in _LIBRARYS_OWN:
                raise OutputError(f"{path} belongs to the library {folder} and is not written; choose another place.")


def replaceable_folder(folder: Path, *, what: str, is_ours: Callable[[set[str]], bool]) -> Path:
    """The absolute folder that may be written to: nothing there, an empty folder, or an older one of ours.

    Args:
        folder: where to write.
        what: what is written, for messages: "a model".
        is_ours: whether the names in a folder that is not empty are those of an older one.

    Raises OutputError with the reason. Ask before the work, not after it.
    """
    folder = folder.expanduser().absolute()
    keep_out_of_libraries(folder)
    try:
        inside = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        inside = set()
    except OSError as error:
        raise OutputError(f"Cannot write {what} to {folder}: {error.strerror or error}.") from error
    if inside and not is_ours(inside):
        raise OutputError(f"{folder} holds other things than {what} and is not replaced; choose a new name.")
    nearest = next(place for place in folder.parents if place.is_dir())
    if not os.access(nearest, os.W_OK):
        raise OutputError(f"Cannot write {what} to {folder}: {nearest} is not writable.")
    return folder
