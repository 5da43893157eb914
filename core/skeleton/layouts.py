"""Joint layouts as data: names, bones and left-right pairs of MediaPipe-33, Kinect-25, Kinect-20 and SBU-15.

Joint order of Kinect-20 and SBU-15 is the order of the files of UTD-MHAD and SBU Kinect Interaction.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A fixed order of joints with the bones between them.

    `bones` are (parent, child) pairs; `mirror_pairs` are (left, right) pairs, all other joints lie in the middle.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[int, int], ...]
    mirror_pairs: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.joints)

    @cached_property
    def mirror_order(self) -> NDArray[np.intp]:
        """Index array (J,) that swaps left and right: ``mirrored = positions[..., mirror_order, :]``."""
        order = np.arange(len(self.joints))
        for left, right in self.mirror_pairs:
            order[[left, right]] = right, left
        return order

    @cached_property
    def parents(self) -> NDArray[np.intp]:
        """Parent of each joint (J,); a joint without one is its own parent."""
        parents = np.arange(len(self.joints))
        for parent, child in self.bones:
            parents[child] = parent
        return parents

    def index(self, joint: str) -> int:
        """Place of a joint by name. Raises ValueError for an unknown name."""
        return self.joints.index(joint)


def _layout(name: str, joints: str, bones: str, pairs: str) -> Layout:
    """Build a layout from text tables; bones and pairs are written ``a-b`` by index."""

    def read(text: str) -> tuple[tuple[int, int], ...]:
        return tuple((int(first), int(second)) for first, second in (item.split("-") for item in text.split()))

    return Layout(name=name, joints=tuple(joints.split()), bones=read(bones), mirror_pairs=read(pairs))


KINECT_25 = _layout(
    "kinect25",
    "SpineBase SpineMid Neck Head ShoulderLeft ElbowLeft WristLeft HandLeft ShoulderRight ElbowRight WristRight "
    "HandRight HipLeft KneeLeft AnkleLeft FootLeft HipRight KneeRight AnkleRight FootRight SpineShoulder HandTipLeft "
    "ThumbLeft HandTipRight ThumbRight",
    "0-1 1-20 20-2 2-3 20-4 4-5 5-6 6-7 20-8 8-9 9-10 10-11 0-12 12-13 13-14 14-15 0-16 16-17 17-18 18-19 7-21 7-22 "
    "11-23 11-24",
    "4-8 5-9 6-10 7-11 12-16 13-17 14-18 15-19 21-23 22-24",
)
KINECT_20 = _layout(
    "kinect20",
    "Head ShoulderCentre Spine HipCentre ShoulderLeft ElbowLeft WristLeft HandLeft ShoulderRight ElbowRight "
    "WristRight HandRight HipLeft KneeLeft AnkleLeft FootLeft HipRight KneeRight AnkleRight FootRight",
    "3-2 2-1 1-0 1-4 4-5 5-6 6-7 1-8 8-9 9-10 10-11 3-12 12-13 13-14 14-15 3-16 16-17 17-18 18-19",
    "4-8 5-9 6-10 7-11 12-16 13-17 14-18 15-19",
)
SBU_15 = _layout(
    "sbu15",
    "Head Neck Torso ShoulderLeft ElbowLeft HandLeft ShoulderRight ElbowRight HandRight HipLeft KneeLeft FootLeft "
    "HipRight KneeRight FootRight",
    "2-1 1-0 1-3 3-4 4-5 1-6 6-7 7-8 2-9 9-10 10-11 2-12 12-13 13-14",
    "3-6 4-7 5-8 9-12 10-13 11-14",
)
MEDIAPIPE_33 = _layout(
    "mediapipe33",
    "Nose EyeInnerLeft EyeLeft EyeOuterLeft EyeInnerRight EyeRight EyeOuterRight EarLeft EarRight MouthLeft "
    "MouthRight ShoulderLeft ShoulderRight ElbowLeft ElbowRight WristLeft WristRight LittleLeft LittleRight IndexLeft "
    "IndexRight ThumbLeft ThumbRight HipLeft HipRight KneeLeft KneeRight AnkleLeft AnkleRight HeelLeft HeelRight "
    "ToeLeft ToeRight",
    "0-1 1-2 2-3 3-7 0-4 4-5 5-6 6-8 9-10 11-12 11-13 13-15 15-17 15-19 15-21 12-14 14-16 16-18 16-20 16-22 11-23 "
    "12-24 23-25 25-27 27-29 29-31 24-26 26-28 28-30 30-32",
    "1-4 2-5 3-6 7-8 9-10 11-12 13-14 15-16 17-18 19-20 21-22 23-24 25-26 27-28 29-30 31-32",
)

LAYOUTS = {layout.name: layout for layout in (KINECT_25, KINECT_20, SBU_15, MEDIAPIPE_33)}

# The joints that MediaPipe measures itself, by Kinect-25 index; the others are derived from these (mapping.py).
DIRECT_JOINTS = (4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 17, 18)
HIPS = (12, 16)  # left and right, by Kinect-25 index


def layout_named(name: str) -> Layout:
    """The layout of that name. Raises DataError that lists the known names."""
    try:
        return LAYOUTS[name]
    except KeyError:
        raise DataError(f"Unknown joint layout '{name}': known are {', '.join(LAYOUTS)}.") from None
