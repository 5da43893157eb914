"""What can be imported into a library: found in folders, films and data sets, and not yet read.

- a film; a CSV of segments beside it (`NAME.csv` with the columns start_s, end_s, action) labels it;
- a folder of films, `ACTION/PERSON_*.mp4`: each is one segment of that action, and the person is what stands before the
  first underscore, where there is one;
- sequence files (.npz), NTU's .skeleton files, and folders as UTD-MHAD, NW-UCLA and MSR Action3D have them.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.datasets.catalogue import FOLDER, load_dataset
from core.datasets.dataset import Progress, Sample
from core.errors import DataError
from core.library.library import LIBRARY
from core.library.records import check_name, check_segment
from core.pose.video_folder import VIDEO_SUFFIXES
from core.skeleton.segment import Segment
from core.skeleton.sequence import load_sequence

_MOST_CSV_BYTES: Final = 16 * 2**20
_COLUMNS: Final = ("start_s", "end_s", "action")
# How a data set is known by the names of its files, and by which name it is read.
_KNOWN: Final = (
    ("S???C???P???R???A???.skeleton", "ntu120"),
    ("a*_s*_t*_skeleton.mat", "utd-mhad"),
    ("a*_s*_e*_v*.json", "nw-ucla"),
    ("a*_s*_e*_skeleton3D.txt", "msr-action3d"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One recording to be: a film, or joints that were read already."""

    path: Path
    person: str
    action: str = ""  # of all of it; "": see `segments`
    segments: tuple[Segment, ...] = ()
    sample: Sample | None = None  # the joints, where there is no film
    problem: str = ""  # why it cannot be read


def find_all(source: Path, *, person: str, progress: Progress | None = None) -> list[Find]:
    """Everything in a file or folder that can be imported. `person` is who is in films that do not say it.

    Raises DataError where there is nothing, and for names and CSV files that cannot be read.
    """
    source = source.expanduser()
    if any((place / LIBRARY).is_file() for place in (source.absolute(), *source.absolute().parents)):
        raise DataError(f"{source} is a library or a part of one: what is in it is in a library already.")
    if source.is_file():
        return [_file(source, person)]
    if not source.is_dir():
        raise DataError(f"There is no file or folder '{source}'.")
    for pattern, name in _KNOWN:
        if next(source.rglob(pattern) if name.startswith("ntu") else source.glob(pattern), None) is not None:
            return _data_set(name, source, progress)
    libraries = [path.parent for path in source.rglob(LIBRARY)]
    films = sorted(
        path for path in source.rglob("*") if _is_film(path) and not any(path.is_relative_to(one) for one in libraries)
    )
    if films:
        return [_film(path, source, person) for path in films]
    if next(source.glob("*/*.npz"), None) is not None:
        return _data_set(FOLDER, source, progress)
    raise DataError(f"{source} holds nothing to import: no film, no sequence file, no data set that is known.")


def _is_film(path: Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES and path.is_file() and not path.name.startswith(".")


def _file(path: Path, person: str) -> Find:
    readers: dict[str, Callable[[], Find]] = {
        ".npz": lambda: Find(path=path, person=person, sample=_sample(path)),
        ".skeleton": lambda: _skeleton(path),
    }
    if path.suffix.lower() in readers:
        return readers[path.suffix.lower()]()
    if not _is_film(path):
        raise DataError(f"'{path}' is no film, sequence file (.npz) or .skeleton file.")
    return Find(path=path, person=person, segments=read_segments(path.with_suffix(".csv")))


def _skeleton(path: Path) -> Find:
    found = _data_set("ntu120", path.parent, None, only=path.name)
    if not found:
        raise DataError(f"{path} cannot be read, or is one that NTU's makers leave out.")
    return found[0]


def _sample(path: Path) -> Sample:
    return Sample(name=path.name, sequence=load_sequence(path), label=-1, person=0)


def _film(path: Path, source: Path, person: str) -> Find:
    """A film in a folder: labelled by a CSV beside it, else by the folder that it lies in."""
    segments = read_segments(path.with_suffix(".csv"))
    action = "" if segments or path.parent == source else path.parent.name
    if action:
        check_name(action, what="an action")
    before, underscore, _ = path.stem.partition("_")
    who = before.strip() if underscore and before.strip() else person
    return Find(path=path, person=who, action=action, segments=segments)


def _data_set(name: str, folder: Path, progress: Progress | None, *, only: str = "") -> list[Find]:
    dataset = load_dataset(name, folder, progress=progress)
    found = [
        Find(
            path=folder / sample.name,
            person=_person_of(sample, name),
            action=dataset.actions[sample.label],
            sample=sample,
        )
        for sample in dataset.samples
        if not only or Path(sample.name).stem == Path(only).stem
    ]
    return found if only else found + [Find(path=folder, person="?", problem=reason) for reason in dataset.skipped]


def _person_of(sample: Sample, name: str) -> str:
    """Data sets number their persons; in one's own folders they stand before the first underscore."""
    return Path(sample.name).stem.partition("_")[0] if name == FOLDER else f"person {sample.person}"


def read_segments(path: Path) -> tuple[Segment, ...]:
    """The segments in a CSV file; none where there is no such file. Raises DataError that names the line."""
    if not path.is_file():
        return ()
    try:
        if path.stat().st_size > _MOST_CSV_BYTES:
            raise DataError(f"{path} is larger than {_MOST_CSV_BYTES // 2**20} MB and is not read.")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if not set(_COLUMNS) <= set(rows.fieldnames or ()):
                raise DataError(f"{path} needs the columns {', '.join(_COLUMNS)} in its first line.")
            return tuple(_segment(path, number, row) for number, row in enumerate(rows, start=2))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as CSV ({error}).") from error


def _segment(path: Path, number: int, row: dict[str, str]) -> Segment:
    try:
        action = (row["action"] or "").strip()
        segment = Segment(start_s=float(row["start_s"]), end_s=float(row["end_s"]), action=action)
        check_segment(segment)
    except (TypeError, ValueError, DataError) as error:
        raise DataError(f"{path}, line {number}: {error}.") from error
    return segment
