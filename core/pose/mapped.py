"""A pose in any layout to Kinect-25: metres and pixels alike."""

from dataclasses import replace

from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.skeleton.mapping import map_to_kinect25


def to_kinect25(pose: Pose) -> Pose:
    """The same persons in the Kinect-25 layout."""
    joint_map = map_to_kinect25(pose.layout)
    return replace(
        pose,
        layout=KINECT_25,
        positions_m=joint_map.positions(pose.positions_m),
        positions_px=joint_map.positions(pose.positions_px),
        confidence=joint_map.confidence(pose.confidence),
    )
