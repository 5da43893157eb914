"""What the accuracy bench is asked for."""

from dataclasses import dataclass, replace
from pathlib import Path

from core.bench.report import Row

ONE, TWO = "everyday", "sbu-interactions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is measured, and with what."""

    data: Path | None  # folder with utd_mhad and videos; None: only what needs no data
    pose_model: Path
    full: bool = False
    workers: int | None = None
    one: str = ONE  # name or path of the model of one person
    two: str = TWO


def folder_of(wanted: Wanted, *parts: str) -> Path | None:
    """A folder of the data, where it is."""
    folder = None if wanted.data is None else wanted.data.joinpath(*parts)
    return folder if folder is not None and folder.is_dir() else None


def without_data(row: Row, *, what: str) -> Row:
    """The row of something that is not there."""
    return replace(row, value=None, protocol=f"not measured: give the folder that holds {what} with --data")
