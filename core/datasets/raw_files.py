"""What the readers of raw files share: bounded text, and positions of a constant rate as a sequence."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.skeleton.layouts import Layout
from core.skeleton.sequence import SkeletonSequence

MAX_FILE_BYTES = 16 * 2**20
_MAX_DISTANCE_M = 50.0  # no depth sensor sees further: larger numbers are other columns or other units


def single(numbers: NDArray[Any]) -> NDArray[np.float32]:
    """The numbers in single precision; one that is too large becomes infinite, which a sequence then refuses."""
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)


def need_folder(folder: Path, *, holds: str) -> None:
    """Raise DataError unless the folder exists; `holds` says in words what is looked for in it."""
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder. Give the folder with {holds}.")


def read_text(path: Path, *, name: str) -> str:
    """The text of a small file. Raises DataError that begins with the name."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise DataError(f"{name}: larger than {MAX_FILE_BYTES // 2**20} MB and not read.")
        if size == 0:
            raise DataError(f"{name}: the file is empty.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{name}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: not a text file.") from error


def number_table(text: str, *, columns: int, name: str) -> NDArray[np.float64]:
    """Numbers (rows, columns) of a text, separated by commas or blanks. Raises DataError naming the line."""
    rows = [line.replace(",", " ").split() for line in text.splitlines()]
    for place, row in enumerate(rows, start=1):
        if row and len(row) != columns:
            raise DataError(f"{name}: line {place} holds {len(row)} numbers, expected {columns}.")
    rows = [row for row in rows if row]
    if not rows:
        raise DataError(f"{name}: there is no line in it.")
    try:
        return np.array(rows, dtype=np.float64)
    except ValueError as error:
        raise DataError(f"{name}: not a number ({error}).") from error


def sequence_at_rate(
    layout: Layout,
    positions: NDArray[np.float32],
    *,
    rate_hz: float,
    name: str,
    confidence: NDArray[np.float32] | None = None,
    places: NDArray[np.intp] | None = None,
) -> SkeletonSequence:
    """Positions (T, P, J, 3) in metres as a sequence; frame n is at ``places[n] / rate_hz``, or at ``n / rate_hz``.

    Raises DataError that begins with the name.
    """
    if positions.ndim == 4 and positions.size and np.nanmax(np.abs(positions), initial=0) > _MAX_DISTANCE_M:
        raise DataError(f"{name}: a joint is more than {_MAX_DISTANCE_M:.0f} m away; are these metres?")
    if confidence is None:
        confidence = np.ones(positions.shape[:3], dtype=np.float32)
    frames = np.arange(len(positions)) if places is None else places
    try:
        return SkeletonSequence(
            layout=layout, positions_m=positions, confidence=confidence, times_s=(frames / rate_hz).astype(np.float64)
        )
    except DataError as error:
        raise DataError(f"{name}: {error}") from error
