"""Northwestern-UCLA Multiview Action 3D (Wang et al., CVPR 2014): 10 actions, 10 persons, 3 cameras, `.json` files.

The joints are in the order of the Kinect v1 kit, from the hip centre on, in metres. The files hold no times and the
authors name no rate; walking (1.9 steps a second, 0.93 m/s) is right at 15 Hz and would be a sprint at 30.
"""

import json
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.datasets.collection import Collection
from core.datasets.dataset import Sample, Split, SplitBy
from core.datasets.raw_files import need_folder, read_text, sequence_at_rate, single
from core.errors import DataError
from core.skeleton.layouts import KINECT_20

ACTIONS = (
    "pick up with one hand",
    "pick up with two hands",
    "drop trash",
    "walk around",
    "sit down",
    "stand up",
    "donning",
    "doffing",
    "throw",
    "carry",
)
RATE_HZ = 15.0
_NUMBERS = (1, 2, 3, 4, 5, 6, 8, 9, 11, 12)  # how the file names count the actions
_JOINTS = [
    "HipCentre",
    "Spine",
    "ShoulderCentre",
    "Head",
    "ShoulderLeft",
    "ElbowLeft",
    "WristLeft",
    "HandLeft",
    "ShoulderRight",
    "ElbowRight",
    "WristRight",
    "HandRight",
    "HipLeft",
    "KneeLeft",
    "AnkleLeft",
    "FootLeft",
    "HipRight",
    "KneeRight",
    "AnkleRight",
    "FootRight",
]
_ORDER = [_JOINTS.index(joint) for joint in KINECT_20.joints]
_FILE = re.compile(r"a(\d+)_s(\d+)_e(\d+)_v(\d+)\.json")
_VERSION = 1


def find_nw_ucla(folder: Path) -> Collection:
    """Every `aAA_sSS_eEE_vVV.json` of a folder. Raises DataError for a folder without such files."""
    need_folder(folder, holds="NW-UCLA's aAA_sSS_eEE_vVV.json files")
    files = tuple(sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name)))
    if not files:
        raise DataError(f"{folder} holds no NW-UCLA skeleton (aAA_sSS_eEE_vVV.json).")
    return Collection(
        name="nw-ucla",
        version=_VERSION,
        folder=folder,
        files=files,
        read=_read,
        actions=ACTIONS,
        splits=(
            Split(
                name="cross-view",
                by=SplitBy.VIEW,
                train=frozenset({1, 2}),
                text="cross-view: cameras 1 2 train, camera 3 test",
            ),
        ),
        survives_mirror=True,
        terms="Northwestern-UCLA Multiview Action 3D, Wang et al., CVPR 2014; CC BY-NC 4.0 as copied",
    )


def _read(path: Path) -> tuple[Sample, ...]:
    match = _FILE.fullmatch(path.name)
    assert match is not None
    action, person, _take, view = (int(group) for group in match.groups())
    if action not in _NUMBERS:
        raise DataError(f"{path.name}: action {action} is not one of NW-UCLA's ({', '.join(map(str, _NUMBERS))}).")
    label = _NUMBERS.index(action)
    raw, said = _content(path)
    if said != label + 1:
        raise DataError(f"{path.name}: its label is {said!r}, its name says {label + 1} ({ACTIONS[label]}).")
    sequence = sequence_at_rate(KINECT_20, raw[:, None, _ORDER], rate_hz=RATE_HZ, name=path.name)  # (T, 1, 20, 3)
    return (Sample(name=path.name, sequence=sequence, label=label, person=person, view=view),)


def _content(path: Path) -> tuple[NDArray[np.float32], object]:
    """Joints (T, 20, 3) in the file's order and the label that the file gives."""
    try:
        data = json.loads(read_text(path, name=path.name))
        joints = single(np.asarray(data["skeletons"], dtype=np.float64))
        label = data["label"]
    except KeyError as error:
        raise DataError(f"{path.name}: the field {error} is missing.") from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise DataError(f"{path.name}: not a readable skeleton ({error}).") from error
    if joints.ndim != 3 or joints.shape[1:] != (len(KINECT_20), 3):
        raise DataError(f"{path.name}: skeletons has the shape {joints.shape}, expected (frames, 20, 3).")
    return joints, label
