"""The disk that is recorded to: how long it lasts, when to warn, when not to begin, when to end."""

import contextlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from core.errors import OutputError

MB: Final = 10**6
START_BYTES: Final = 500 * MB  # with less free, no recording begins
STOP_BYTES: Final = 200 * MB  # with less, one under way ends by itself: labels and models must still have room
WARN_MINUTES: Final = 15.0
RESERVE_BYTES: Final = 4 * MB
_BITS_PER_PIXEL: Final = 0.15  # of a webcam in a room; the performer, who has less noise, needs 0.06
_POSES_BYTES_S: Final = 30_000.0  # two persons at 30 Hz, while they grow
_USUAL_RATE_HZ: Final = 30.0


class Room(StrEnum):
    """How much there is."""

    ENOUGH = "enough"
    LOW = "low"  # enough to record, and to be told
    TOO_LITTLE = "too little"  # no recording begins


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskState:
    """The free disk in terms of recordings."""

    free_bytes: int
    minutes: float  # that can be recorded
    room: Room

    @property
    def text(self) -> str:
        """A sentence where there is something to be told, else ""."""
        free = f"Only {self.free_bytes / MB:,.0f} MB are free"
        match self.room:
            case Room.ENOUGH:
                return ""
            case Room.LOW:
                return f"{free}: about {self.minutes:.0f} minutes of recording. Make room soon."
            case Room.TOO_LITTLE:
                return f"{free}: make room before you record."


def expected_bytes_s(*, width_px: int, height_px: int, rate_hz: float) -> float:
    """An estimate of what a second of recording takes, for a camera that has not been recorded yet."""
    return width_px * height_px * (rate_hz or _USUAL_RATE_HZ) * _BITS_PER_PIXEL / 8 + _POSES_BYTES_S


def disk_state(free_bytes: int, *, bytes_s: float) -> DiskState:
    """What so much free disk is good for, at so many bytes a second."""
    minutes = max(0, free_bytes - STOP_BYTES) / max(bytes_s, 1.0) / 60
    room = Room.LOW if minutes < WARN_MINUTES else Room.ENOUGH
    if free_bytes < START_BYTES:
        room = Room.TOO_LITTLE
    return DiskState(free_bytes=free_bytes, minutes=minutes, room=room)


def free_on_disk(folder: Path) -> int:
    """Free bytes where a folder is. Raises OSError."""
    return shutil.disk_usage(folder).free


class DiskGuard:
    """Watches the disk of a folder. A disk that cannot be asked is taken for a good one: writing will tell."""

    def __init__(self, folder: Path, *, free: Callable[[Path], int] = free_on_disk) -> None:
        self._folder, self._free = folder, free

    def state(self, *, bytes_s: float) -> DiskState | None:
        """How long it lasts at so many bytes a second, measured or expected. None where it cannot be asked."""
        free = self._asked()
        return None if free is None else disk_state(free, bytes_s=bytes_s)

    def check_before(self) -> None:
        """Raises OutputError where there is too little to begin."""
        free = self._asked()
        if free is not None and free < START_BYTES:
            raise OutputError(
                f"Only {free / MB:,.0f} MB are free where {self._folder} is: make room before you record."
            )

    def check_while(self) -> None:
        """Raises OutputError where a recording must end to leave room for the rest."""
        free = self._asked()
        if free is not None and free < STOP_BYTES:
            raise OutputError(
                f"The recording ended because only {free / MB:,.0f} MB are free where {self._folder} is: make room "
                "before you go on."
            )

    def _asked(self) -> int | None:
        try:
            return self._free(self._folder)
        except OSError:
            return None


class Reserve:
    """A little of the disk, taken when a recording begins and given back for its end: joints and labels must be
    written when nothing else is left.
    """

    def __init__(self, path: Path) -> None:
        """Raises OutputError where even that does not fit."""
        self._path = path
        try:
            with path.open("wb") as stream:
                _fill(stream.fileno(), RESERVE_BYTES)
        except OSError as error:
            self.release()
            raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error

    def release(self) -> None:
        """Give it back. Safe to call twice."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def _fill(file: int, size_bytes: int) -> None:
    """Take so much of the disk, at once where the system can do that."""
    if hasattr(os, "posix_fallocate"):
        with contextlib.suppress(OSError):  # not every file system can; one that is full refuses the next line too
            os.posix_fallocate(file, 0, size_bytes)
            return
    piece = bytes(2**16)
    left = size_bytes
    while left > 0:
        left -= os.write(file, piece[:left])
