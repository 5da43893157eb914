"""Writing files so that they appear whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator
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
