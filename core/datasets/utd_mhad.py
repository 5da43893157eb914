"""UTD-MHAD (Chen, Jafari, Kehtarnavaz 2015): 27 actions, 8 persons, Kinect v1 joints at 30 Hz in `.mat` files."""

import re
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from core.datasets.collection import Collection, read_collection
from core.datasets.dataset import Dataset, Progress, Sample, Split, SplitBy
from core.datasets.raw_files import need_folder, sequence_at_rate
from core.errors import DataError
from core.skeleton.layouts import KINECT_20

ACTIONS = (
    "swipe left",
    "swipe right",
    "wave",
    "clap",
    "throw",
    "cross arms",
    "basketball shoot",
    "draw X",
    "draw circle clockwise",
    "draw circle counter-clockwise",
    "draw triangle",
    "bowling",
    "boxing",
    "baseball swing",
    "tennis swing",
    "arm curl",
    "tennis serve",
    "push",
    "knock",
    "catch",
    "pick up and throw",
    "jog",
    "walk",
    "sit to stand",
    "stand to sit",
    "lunge",
    "squat",
)
RATE_HZ = 30.0
_FILE = re.compile(r"a(\d+)_s(\d+)_t(\d+)_skeleton\.mat")
_MAX_FILE_BYTES = 16 * 2**20
_VERSION = 1


def find_utd_mhad(folder: Path) -> Collection:
    """Every `aA_sS_tT_skeleton.mat` of a folder. Raises DataError for a folder without such files."""
    need_folder(folder, holds="UTD-MHAD's aA_sS_tT_skeleton.mat files")
    files = tuple(sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name)))
    if not files:
        raise DataError(f"{folder} holds no UTD-MHAD skeleton (aA_sS_tT_skeleton.mat).")
    return Collection(
        name="utd-mhad",
        version=_VERSION,
        folder=folder,
        files=files,
        read=_read,
        actions=ACTIONS,
        splits=(
            Split(
                name="cross-subject",
                by=SplitBy.PERSON,
                train=frozenset({1, 3, 5, 7}),
                text="cross-subject: persons 1 3 5 7 train, 2 4 6 8 test",
            ),
        ),
        terms="UTD-MHAD, Chen, Jafari, Kehtarnavaz, ICIP 2015; for research, to be cited",
    )


def load_utd_mhad(folder: Path, *, progress: Progress | None = None) -> Dataset:
    """Read the folder without a cache.

    A damaged file is named in `Dataset.skipped` and left out. Raises DataError for a folder without such files.
    """
    return read_collection(find_utd_mhad(folder), progress=progress)


def _read(path: Path) -> tuple[Sample, ...]:
    match = _FILE.fullmatch(path.name)
    assert match is not None
    action, person, _take = (int(group) for group in match.groups())
    if not 1 <= action <= len(ACTIONS):
        raise DataError(f"{path.name}: action {action} is not one of the {len(ACTIONS)} of UTD-MHAD.")
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise DataError(f"{path.name}: larger than {_MAX_FILE_BYTES // 2**20} MB.")
        joints = np.asarray(loadmat(path, variable_names=["d_skel"])["d_skel"], dtype=np.float32)  # (20, 3, T)
    except DataError:
        raise
    except Exception as error:  # scipy raises a dozen kinds on damaged files; each means the same to us
        raise DataError(f"{path.name}: not a readable skeleton ({error}).") from error
    if joints.ndim != 3 or joints.shape[:2] != (len(KINECT_20), 3):
        raise DataError(f"{path.name}: d_skel has the shape {joints.shape}, expected (20, 3, frames).")
    positions = np.ascontiguousarray(joints.transpose(2, 0, 1)[:, None])  # (T, 1, 20, 3)
    sequence = sequence_at_rate(KINECT_20, positions, rate_hz=RATE_HZ, name=path.name)
    return (Sample(name=path.name, sequence=sequence, label=action - 1, person=person),)
