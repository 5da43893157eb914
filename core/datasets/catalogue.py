"""The data sets by name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from core.datasets.collection import Collection, OnBroken, read_collection
from core.datasets.dataset import Dataset, Progress
from core.datasets.from_library import library_dataset
from core.datasets.labelled_folder import find_labelled_folder
from core.datasets.msr_action3d import find_msr_action3d
from core.datasets.ntu import find_ntu60, find_ntu120
from core.datasets.nw_ucla import find_nw_ucla
from core.datasets.sbu import find_sbu
from core.datasets.utd_mhad import find_utd_mhad
from core.errors import DataError
from core.library.library import Library
from core.paths import cache_dir


class Finder(Protocol):
    """Finds the files of a data set in a folder."""

    def __call__(self, folder: Path) -> Collection:
        """Look into the folder. Raises DataError where it does not hold the data set."""
        ...


FOLDER, LIBRARY = "folder", "library"
DATASETS: dict[str, Finder] = {
    "sbu": find_sbu,
    "ntu60": find_ntu60,
    "ntu120": find_ntu120,
    "utd-mhad": find_utd_mhad,
    "nw-ucla": find_nw_ucla,
    "msr-action3d": find_msr_action3d,
    FOLDER: find_labelled_folder,
}


def load_dataset(
    name: str,
    folder: Path,
    *,
    split: str | None = None,
    test_persons: Sequence[str] | None = None,
    on_broken: OnBroken = OnBroken.SKIP,
    progress: Progress | None = None,
) -> Dataset:
    """Read a data set by name, as much as possible from the cache.

    Args:
        name: one of DATASETS.
        folder: where its files are.
        split: name of the published split that counts; the first one by default.
        test_persons: for a labelled folder only, who is in the test; every second person by default.
        on_broken: whether files that cannot be read are skipped and named, or end it.
        progress: told how many of the files are done.

    Raises DataError for an unknown name or split and for a folder that does not hold the data set.
    """
    if name == LIBRARY:
        return _library(folder, split=split, on_broken=on_broken)
    if name not in DATASETS:
        raise DataError(f"Unknown data set '{name}': known are {', '.join([*DATASETS, LIBRARY])}.")
    if test_persons is not None and name != FOLDER:
        raise DataError(f"{name} has published splits: test persons can be named for the data set '{FOLDER}' only.")
    find = DATASETS[name]
    collection = find(folder) if test_persons is None else find_labelled_folder(folder, test_persons=test_persons)
    if split is not None:  # before minutes of reading
        _need_split(collection, split)
    dataset = read_collection(collection, on_broken=on_broken, cache=cache_dir() / "datasets", progress=progress)
    return dataset if split is None else dataset.with_split(split)


def _library(folder: Path, *, split: str | None, on_broken: OnBroken) -> Dataset:
    """The clips of a library."""
    dataset = library_dataset(Library.for_reading(folder))
    if dataset.skipped and on_broken is OnBroken.REFUSE:
        raise DataError(f"{dataset.skipped[0]}. Nothing was read, since broken files are refused.")
    return dataset if split is None else dataset.with_split(split)


def _need_split(collection: Collection, name: str) -> None:
    known = [split.name for split in collection.splits]
    if name not in known:
        raise DataError(f"{collection.name} has no split '{name}': known are {', '.join(known)}.")
