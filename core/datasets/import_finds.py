"""What can be imported into a library: found in folders, films and data sets, and not yet read.

- a film or a sequence file (.npz, NTU's .skeleton); a CSV of segments beside it (`NAME.csv` with the columns start_s,
  end_s, action) labels it;
- a folder of them, `ACTION/PERSON_*`: each is one segment of that action, and the person is what stands before the
  first underscore, where there is one; NTU's names say both themselves;
- folders as UTD-MHAD, NW-UCLA and MSR Action3D have them.
"""

import csv
import itertools
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from core.datasets.catalogue import load_dataset
from core.datasets.dataset import Progress, Sample
from core.datasets.ntu_actions import ACTIONS
from core.datasets.ntu_format import read_skeleton
from core.datasets.ntu_missing import MISSING
from core.errors import DataError
from core.library.library import LIBRARY
from core.library.records import MOST_SEGMENTS, check_name, check_segment
from core.pose.video_folder import VIDEO_SUFFIXES
from core.skeleton.segment import Segment
from core.skeleton.sequence import load_sequence

_MOST_CSV_BYTES: Final = 16 * 2**20
_COLUMNS: Final = ("start_s", "end_s", "action")
_SEQUENCE, _SKELETON = ".npz", ".skeleton"
_NTU: Final = re.compile(r"S\d{3}C\d{3}P\d{3}R\d{3}A(\d{3})(?!\d)")
# How a data set is known by the names of its files, and by which name it is read.
_KNOWN: Final = (
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
    note: str = ""  # what whoever imports it should know


def find_all(source: Path, *, person: str, progress: Progress | None = None) -> list[Find]:
    """Everything in a file or folder that can be imported. `person` is who is in films that do not say it.

    Raises DataError where there is nothing, and for names and CSV files that cannot be read.
    """
    source = source.expanduser()
    if any((place / LIBRARY).is_file() for place in (source.resolve(), *source.resolve().parents)):
        raise DataError(f"{source} is a library or a part of one: what is in it is in a library already.")
    if source.is_file():
        if not _is_own(source):
            raise DataError(f"'{source}' is no film, sequence file ({_SEQUENCE}) or {_SKELETON} file.")
        return [_one(source, source.parent, person)]
    if not source.is_dir():
        raise DataError(f"There is no file or folder '{source}'.")
    own = _own_files(source)
    for pattern, name in _KNOWN:
        if next(source.glob(pattern), None) is not None:
            return [*_data_set(name, source, progress), *_beside(source, own)]
    of_ntu = {path for path in own if path.suffix == _SKELETON and _ntu_action(path, whole=True)}
    rest = [path for path in own if path not in of_ntu]
    finds = _of_ntu(source, of_ntu, progress)
    for done, path in enumerate(rest, start=1):
        finds.append(_one(path, source, person))
        if progress is not None:
            progress(done, len(rest))
    if not finds:
        raise DataError(f"{source} holds nothing to import: no film, no sequence file, no data set that is known.")
    return finds


def _of_ntu(source: Path, files: set[Path], progress: Progress | None) -> list[Find]:
    """NTU's skeletons, read all together; what is wrong with them keeps nothing else out."""
    left_out = sum(path.stem in MISSING for path in files)
    finds = []
    if left_out:
        problem = f"{source}: {left_out} .skeleton files are among those that NTU's makers leave out."
        finds.append(Find(path=source, person="?", problem=problem))
    if len(files) > left_out:
        try:
            finds += _data_set("ntu120", source, progress)
        except DataError as error:
            finds.append(Find(path=source, person="?", problem=str(error)))
    return finds


def _ntu_action(path: Path, *, whole: bool = False) -> str:
    """The action in a name of NTU's, "" where it is none. `whole`: the name has nothing more."""
    named = _NTU.fullmatch(path.stem) if whole else _NTU.match(path.stem)
    return ACTIONS[int(named[1]) - 1] if named and 1 <= int(named[1]) <= len(ACTIONS) else ""


def _own_files(source: Path) -> list[Path]:
    """All films and sequence files below a folder but for those of libraries."""
    libraries = [path.parent for path in source.rglob(LIBRARY)]
    return sorted(
        path for path in source.rglob("*") if _is_own(path) and not any(path.is_relative_to(one) for one in libraries)
    )


def _is_own(path: Path) -> bool:
    is_known = path.suffix.lower() in {*VIDEO_SUFFIXES, _SEQUENCE, _SKELETON}
    return is_known and not path.name.startswith(".") and path.is_file()


def _beside(source: Path, own: list[Path]) -> list[Find]:
    """What lies in the folder of a data set and is none of its files."""
    if not own:
        return []
    problem = f"{source} holds {len(own)} films or sequence files beside the data set: import their folder by itself."
    return [Find(path=source, person="?", problem=problem)]


def _one(path: Path, source: Path, person: str) -> Find:
    """A film or a sequence: labelled by a CSV beside it, by NTU's name, or by the folder that it lies in."""
    segments = read_segments(path.with_suffix(".csv"))
    before, underscore, _ = path.stem.partition("_")
    who = before.strip() if underscore and before.strip() else person
    action = "" if path.parent == source else path.parent.name
    if by_ntu := _ntu_action(path):
        who, action = f"person {int(path.stem[9:12])}", by_ntu  # SsssCcccPppp
    if segments:
        action = ""
    elif action:
        check_name(action, what="an action")
    find = Find(path=path, person=who, action=action, segments=segments)
    return find if path.suffix.lower() in VIDEO_SUFFIXES else _with_joints(find)


def _with_joints(find: Find) -> Find:
    """The joints of a sequence file, or why they cannot be read."""
    path = find.path
    try:
        if path.suffix.lower() == _SKELETON and path.stem in MISSING:
            raise DataError(f"{path} is one that NTU's makers leave out.")
        sequence = read_skeleton(path) if path.suffix.lower() == _SKELETON else load_sequence(path)
    except DataError as error:
        text = str(error)
        return replace(find, problem=text if str(path) in text else f"{path}: {text}")
    sample = Sample(name=path.name, sequence=sequence, label=-1, person=0)
    film = next((path.with_suffix(suffix) for suffix in sorted(VIDEO_SUFFIXES) if _is_there(path, suffix)), None)
    note = f"{path} has the name of the film beside it: if both show the same take, discard one." if film else ""
    return replace(find, sample=sample, note=note)


def _is_there(path: Path, suffix: str) -> bool:
    return path.with_suffix(suffix).is_file()


def _data_set(name: str, folder: Path, progress: Progress | None) -> list[Find]:
    dataset = load_dataset(name, folder, progress=progress)
    found = [
        Find(
            path=folder / sample.name,
            person=f"person {sample.person}",  # data sets number their persons
            action=dataset.actions[sample.label],
            sample=sample,
        )
        for sample in dataset.samples
    ]
    return found + [Find(path=folder, person="?", problem=reason) for reason in dataset.skipped]


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
            found = tuple(
                _segment(path, number, row) for number, row in enumerate(itertools.islice(rows, MOST_SEGMENTS + 1), 2)
            )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as CSV ({error}).") from error
    if len(found) > MOST_SEGMENTS:
        raise DataError(f"{path} has more than {MOST_SEGMENTS} segments.")
    return found


def _segment(path: Path, number: int, row: dict[str, str]) -> Segment:
    try:
        action = (row["action"] or "").strip()
        segment = Segment(start_s=float(row["start_s"]), end_s=float(row["end_s"]), action=action)
        check_segment(segment)
    except (TypeError, ValueError, DataError) as error:
        raise DataError(f"{path}, line {number}: {error}.") from error
    return segment
