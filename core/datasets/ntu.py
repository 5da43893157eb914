"""NTU RGB+D (Shahroudy et al., CVPR 2016) and NTU RGB+D 120 (Liu et al., TPAMI 2019): Kinect v2 at 30 Hz.

Files are named SsssCcccPpppRrrrAaaa.skeleton (setup, camera, person, repetition, action) and may lie in folders below
the one that is given. A sample's view is its camera, its group its setup. How a file becomes persons: ntu_format.py.
"""

import re
from pathlib import Path

from core.datasets.collection import Collection
from core.datasets.dataset import Sample, Split, SplitBy
from core.datasets.ntu_actions import ACTIONS
from core.datasets.ntu_format import read_skeleton
from core.datasets.ntu_missing import MISSING
from core.datasets.raw_files import need_folder
from core.errors import DataError

_FILE = re.compile(r"(S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3}))\.skeleton")
_VERSION = 1
_SETUPS_60 = 17
_ACTIONS_60 = 60
_TRAIN_60 = frozenset({1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38})
_TRAIN_120 = _TRAIN_60 | frozenset(
    {45, 46, 47, 49, 50, *range(52, 60), 70, 74, 78, *range(80, 87), 89, *range(91, 96), 97, 98, 100, 103}
)


def find_ntu60(folder: Path) -> Collection:
    """Actions 1 to 60 of setups 1 to 17. Raises DataError for a folder without them, and for a file found twice."""
    splits = (
        Split(name="x-sub", by=SplitBy.PERSON, train=_TRAIN_60, text="X-Sub60: 20 of the 40 persons train"),
        Split(name="x-view", by=SplitBy.VIEW, train=frozenset({2, 3}), text="X-View: cameras 2 3 train, camera 1 test"),
    )
    return _find(folder, name="ntu60", actions=_ACTIONS_60, setups=_SETUPS_60, splits=splits)


def find_ntu120(folder: Path) -> Collection:
    """All 120 actions. Raises DataError for a folder without them, and for a file found twice."""
    even = frozenset(range(2, 33, 2))
    splits = (
        Split(name="x-sub", by=SplitBy.PERSON, train=_TRAIN_120, text="X-Sub120: 53 of the 106 persons train"),
        Split(name="x-set", by=SplitBy.GROUP, train=even, text="X-Set120: even setups train, odd setups test"),
    )
    return _find(folder, name="ntu120", actions=len(ACTIONS), setups=999, splits=splits)


def _find(folder: Path, *, name: str, actions: int, setups: int, splits: tuple[Split, ...]) -> Collection:
    need_folder(folder, holds="NTU RGB+D's SsssCcccPpppRrrrAaaa.skeleton files")
    files: dict[str, Path] = {}
    excluded = 0
    for path in sorted(folder.rglob("*.skeleton")):
        match = _FILE.fullmatch(path.name)
        if match is None or int(match[2]) > setups or not 1 <= int(match[6]) <= actions:
            continue
        if match[1] in MISSING:
            excluded += 1
        elif match[1] in files:
            raise DataError(f"{path.name} is there twice: {files[match[1]]} and {path}. Remove one of them.")
        else:
            files[match[1]] = path
    if not files:
        raise DataError(f"{folder} holds no skeleton of {name} (SsssCcccPpppRrrrAaaa.skeleton).")
    return Collection(
        name=name,
        version=_VERSION,
        folder=folder,
        files=tuple(files[stem] for stem in sorted(files)),
        read=_read,
        actions=ACTIONS[:actions],
        splits=splits,
        terms="NTU RGB+D (120), Shahroudy et al. 2016, Liu et al. 2019; academic use by agreement with ROSE Lab",
        excluded=excluded,
    )


def _read(path: Path) -> tuple[Sample, ...]:
    match = _FILE.fullmatch(path.name)
    assert match is not None
    setup, camera, person, _take, action = (int(group) for group in match.groups()[1:])
    sequence = read_skeleton(path)
    return (Sample(name=match[1], sequence=sequence, label=action - 1, person=person, view=camera, group=setup),)
