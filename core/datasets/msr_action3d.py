"""MSR Action3D (Li, Zhang, Liu, CVPR-W 2010): 20 actions, 10 persons, 15 Hz, text files of 20 joints a frame.

Some files hold frames in which all joints are zero: nobody was found. They are left out and the others keep their
times, so that a gap is bridged in a straight line when the clip is resampled. In one file (`a13_s09_e02`, of the
training part) nobody was found at all: it stays, with confidence 0 everywhere, so that the counts of the published
split (292 and 275) hold; a training run may leave such samples out. The files' own confidence is no such flag: it is
0 for spine, centre and foot joints that are plainly there.
"""

import re
from pathlib import Path

import numpy as np

from core.datasets.collection import Collection
from core.datasets.dataset import Sample, Split, SplitBy
from core.datasets.raw_files import need_folder, number_table, read_text, sequence_at_rate, single
from core.errors import DataError
from core.skeleton.layouts import KINECT_20

ACTIONS = (
    "high arm wave",
    "horizontal arm wave",
    "hammer",
    "hand catch",
    "forward punch",
    "high throw",
    "draw X",
    "draw tick",
    "draw circle",
    "hand clap",
    "two hand wave",
    "side boxing",
    "bend",
    "forward kick",
    "side kick",
    "jogging",
    "tennis swing",
    "tennis serve",
    "golf swing",
    "pick up and throw",
)
RATE_HZ = 15.0
# Published nowhere; worked out from where the joints lie.
_JOINTS = [
    "ShoulderLeft",
    "ShoulderRight",
    "ShoulderCentre",
    "Spine",
    "HipLeft",
    "HipRight",
    "HipCentre",
    "ElbowLeft",
    "ElbowRight",
    "WristLeft",
    "WristRight",
    "HandLeft",
    "HandRight",
    "KneeLeft",
    "KneeRight",
    "AnkleLeft",
    "AnkleRight",
    "FootLeft",
    "FootRight",
    "Head",
]
_ORDER = [_JOINTS.index(joint) for joint in KINECT_20.joints]
_FILE = re.compile(r"a(\d+)_s(\d+)_e(\d+)_skeleton3D\.txt")
_VERSION = 1


def find_msr_action3d(folder: Path) -> Collection:
    """Every `aAA_sSS_eEE_skeleton3D.txt` of a folder. Raises DataError for a folder without such files."""
    need_folder(folder, holds="MSR Action3D's aAA_sSS_eEE_skeleton3D.txt files")
    files = tuple(sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name)))
    if not files:
        raise DataError(f"{folder} holds no MSR Action3D skeleton (aAA_sSS_eEE_skeleton3D.txt).")
    return Collection(
        name="msr-action3d",
        version=_VERSION,
        folder=folder,
        files=files,
        read=_read,
        actions=ACTIONS,
        splits=(
            Split(
                name="cross-subject",
                by=SplitBy.PERSON,
                train=frozenset({1, 3, 5, 7, 9}),
                text="cross-subject, all 20 classes: persons 1 3 5 7 9 train, 2 4 6 8 10 test",
            ),
        ),
        terms="MSR Action3D, Li, Zhang, Liu, CVPR workshops 2010; terms not stated",
    )


def _read(path: Path) -> tuple[Sample, ...]:
    match = _FILE.fullmatch(path.name)
    assert match is not None
    action, person, _take = (int(group) for group in match.groups())
    if not 1 <= action <= len(ACTIONS):
        raise DataError(f"{path.name}: action {action} is not one of the {len(ACTIONS)} of MSR Action3D.")
    table = number_table(read_text(path, name=path.name), columns=4, name=path.name)
    if len(table) % len(_JOINTS):
        raise DataError(f"{path.name}: {len(table)} lines are no whole number of frames of {len(_JOINTS)} joints.")
    raw = single(table.reshape(-1, len(_JOINTS), 4)[:, _ORDER, :3])  # (T, 20, 3)
    seen = np.flatnonzero(raw.any(axis=(1, 2)))
    places = seen if len(seen) else np.arange(len(raw))
    positions = raw[places][:, None]  # (T, 1, 20, 3)
    sequence = sequence_at_rate(
        KINECT_20,
        positions,
        rate_hz=RATE_HZ,
        name=path.name,
        confidence=np.full(positions.shape[:3], float(len(seen) > 0), dtype=np.float32),
        places=places,
    )
    return (Sample(name=path.name, sequence=sequence, label=action - 1, person=person),)
