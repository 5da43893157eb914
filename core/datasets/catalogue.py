"""The data sets by name."""

from pathlib import Path
from typing import Protocol

from core.datasets.dataset import Dataset, Progress
from core.datasets.utd_mhad import load_utd_mhad
from core.errors import DataError


class Loader(Protocol):
    """Reads a folder into a Dataset."""

    def __call__(self, folder: Path, *, progress: Progress | None = None) -> Dataset:
        """Read the folder. Raises DataError where it does not hold the data set."""
        ...


DATASETS: dict[str, Loader] = {"utd-mhad": load_utd_mhad}


def load_dataset(name: str, folder: Path, *, progress: Progress | None = None) -> Dataset:
    """Read a data set by name. Raises DataError for an unknown name or a folder that does not hold it."""
    if name not in DATASETS:
        raise DataError(f"Unknown data set '{name}': known are {', '.join(DATASETS)}.")
    return DATASETS[name](folder, progress=progress)
