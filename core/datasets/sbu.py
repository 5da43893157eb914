"""SBU Kinect Interaction (Yun et al., CVPR-W 2012): 8 interactions of two persons, 15 joints each, 15 Hz.

Two forms are read: the original tree `<set>/<class 01..08>/<take>/skeleton_pos.txt`, and one `.npz` of all sequences
(`skel` (N, T, 2, 15, 3) as in the original files, zero after `length`; `label`, `fold` 1..5, `length`, `classes`). Both
hold normalised numbers; the authors' formulas make them metres. Kinect's axes hold: x to the right hand of a person
who faces the sensor, y up, z away.

The 21 sets are pairs of 7 persons, and the five folds keep sets whole. A sample's group is its fold. Its person is
its set (s03s06 is 306) in the tree; the `.npz` does not tell the set, so there it is the fold.
"""

import re
import zipfile
import zlib
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.datasets.collection import Collection
from core.datasets.dataset import Sample, Split, SplitBy
from core.datasets.raw_files import need_folder, number_table, read_text, sequence_at_rate, single
from core.errors import DataError
from core.skeleton.layouts import SBU_15

ACTIONS = (
    "approaching",
    "departing",
    "kicking",
    "pushing",
    "shaking hands",
    "hugging",
    "exchanging objects",
    "punching",
)
RATE_HZ = 15.0
# The sets that are the test of each fold.
FOLDS = (
    "s01s02 s03s04 s05s02 s06s04",
    "s02s03 s02s07 s03s05 s05s03",
    "s01s03 s01s07 s07s01 s07s03",
    "s02s01 s02s06 s03s02 s03s06",
    "s04s02 s04s03 s04s06 s06s02 s06s03",
)
_FOLD_OF_SET = {name: fold for fold, sets in enumerate(FOLDS, start=1) for name in sets.split()}
_NUMBERS = 2 * len(SBU_15) * 3
_SET = re.compile(r"s(\d\d)s(\d\d)")
_FIELDS = ("skel", "label", "fold", "length")
_MAX_ARCHIVE_BYTES = 64 * 2**20  # unpacked; the real one has 25 MB
_VERSION = 1


def find_sbu(folder: Path) -> Collection:
    """The `.npz` of a folder, or else its tree. Raises DataError for a folder that holds neither."""
    need_folder(folder, holds="sbu.npz or SBU's folders s01s02/01/001/skeleton_pos.txt")
    archive = folder / "sbu.npz"
    files = (archive,) if archive.is_file() else _tree(folder)
    if not files:
        raise DataError(f"{folder} holds no SBU skeletons (sbu.npz, or s01s02/01/001/skeleton_pos.txt and so on).")
    return Collection(
        name="sbu",
        version=_VERSION,
        folder=folder,
        files=files,
        read=_read_archive if files == (archive,) else partial(_read_take, root=folder),
        actions=ACTIONS,
        splits=tuple(_split(fold) for fold in range(1, len(FOLDS) + 1)),
        survives_mirror=True,
        terms="SBU Kinect Interaction, Yun et al., CVPR workshops 2012; research only; its folds share some persons",
    )


def _split(fold: int) -> Split:
    return Split(
        name=f"fold {fold}",
        by=SplitBy.GROUP,
        train=frozenset(range(1, len(FOLDS) + 1)) - {fold},
        text=f"fold {fold} of the 5 official ones: sets {FOLDS[fold - 1]} test, the others train",
    )


def _tree(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.glob("*/*/*/skeleton_pos.txt") if _SET.fullmatch(path.parts[-4])))


def to_metres(raw: NDArray[np.float32]) -> NDArray[np.float32]:
    """The authors' formulas, which give millimetres, from normalised (..., 3) to metres in Kinect axes."""
    factor = np.array([-2560, -1920, 10000 / 7.8125], dtype=np.float32)
    start = np.array([1280, 960, 0], dtype=np.float32)
    with np.errstate(over="ignore"):  # a sequence refuses what is not finite
        return ((start + factor * raw) / 1000).astype(np.float32)


def _read_take(path: Path, *, root: Path) -> tuple[Sample, ...]:
    """One `skeleton_pos.txt`: a line a frame, its number and then 2 x 15 x 3 numbers."""
    name = path.relative_to(root).as_posix()
    pair, action = path.parts[-4], path.parts[-3]
    fold = _FOLD_OF_SET.get(pair)
    if fold is None:
        raise DataError(f"{name}: {pair} is none of the 21 sets of SBU.")
    if not action.isdecimal() or not 1 <= int(action) <= len(ACTIONS):
        raise DataError(f"{name}: action {action} is not one of the {len(ACTIONS)} of SBU.")
    table = number_table(read_text(path, name=name), columns=1 + _NUMBERS, name=name)
    raw = single(table[:, 1:]).reshape(-1, 2, len(SBU_15), 3)  # (T, 2, 15, 3)
    sequence = sequence_at_rate(SBU_15, to_metres(raw), rate_hz=RATE_HZ, name=name)
    person = int(pair[1:3]) * 100 + int(pair[4:6])
    return (Sample(name=name, sequence=sequence, label=int(action) - 1, person=person, group=fold),)


def _read_archive(path: Path) -> tuple[Sample, ...]:
    """All sequences of the `.npz`. One that is broken breaks the file: it was made in one piece."""
    skeletons, labels, folds, lengths = _archive(path)
    count, longest = skeletons.shape[:2]
    if not (labels.shape == folds.shape == lengths.shape == (count,)):
        raise DataError(f"{path.name}: label, fold and length do not have one number for each of {count} sequences.")
    for values, low, high, what in [
        (labels, 0, len(ACTIONS) - 1, "label"),
        (folds, 1, len(FOLDS), "fold"),
        (lengths, 1, longest, "length"),
    ]:
        if np.any((values < low) | (values > high)):
            raise DataError(f"{path.name}: a {what} lies outside {low} to {high}.")
    samples = []
    for place in range(count):
        name = f"{path.name}:{place}"
        metres = to_metres(skeletons[place, : lengths[place]])
        sequence = sequence_at_rate(SBU_15, metres, rate_hz=RATE_HZ, name=name)
        fold = int(folds[place])
        samples.append(Sample(name=name, sequence=sequence, label=int(labels[place]), person=fold, group=fold))
    return tuple(samples)


def _archive(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    try:
        with zipfile.ZipFile(path) as archive_file:  # sizes before unpacking: a small file may unpack to a huge one
            if sum(entry.file_size for entry in archive_file.infolist()) > _MAX_ARCHIVE_BYTES:
                raise DataError(f"{path.name}: unpacks to more than {_MAX_ARCHIVE_BYTES // 2**20} MB and is not read.")
        with np.load(path, allow_pickle=False) as archive:
            fields = [np.asarray(archive[field]) for field in _FIELDS]
    except KeyError as error:
        raise DataError(f"{path.name}: a field is missing ({error.args[0]}).") from error
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path.name}: not a readable .npz file ({error}).") from error
    skeletons = fields[0]
    if skeletons.ndim != 5 or skeletons.shape[2:] != (2, len(SBU_15), 3) or skeletons.dtype.kind != "f":
        raise DataError(f"{path.name}: skel has the shape {skeletons.shape}, expected (sequences, frames, 2, 15, 3).")
    if any(field.dtype.kind not in "iu" for field in fields[1:]):
        raise DataError(f"{path.name}: label, fold and length must be whole numbers.")
    labels, folds, lengths = (field.astype(np.int64) for field in fields[1:])
    return single(skeletons), labels, folds, lengths
