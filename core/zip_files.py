"""ZIP files from anywhere: what they say of themselves is not believed before it was looked at."""

import contextlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# All that Python's zipfile raises where a file is damaged or lies.
ZIP_ERRORS: Final = (
    OSError, ValueError, EOFError, RuntimeError, OverflowError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
PIECE_BYTES: Final = 1 << 16
_LONGEST_READ: Final = 1 << 20  # of the list of entries: some ten thousand


class _ShortReads(io.FileIO):
    """A file of which nobody reads more than a megabyte at a time; `zipfile` reads the list of entries in one go."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = _LONGEST_READ + 1 if size is None or size < 0 else size
        found = super().read(min(wanted, _LONGEST_READ + 1)) or b""
        if len(found) > _LONGEST_READ:
            raise zipfile.BadZipFile("its list of entries is too long")
        return found


@contextlib.contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A ZIP file to read from in pieces of `PIECE_BYTES`. Raises one of `ZIP_ERRORS` where it is none, or lies."""
    with _ShortReads(path, "r") as file, zipfile.ZipFile(file) as archive:
        yield archive
