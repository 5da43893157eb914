"""Any joint layout to Kinect-25, and Kinect-25 to SBU-15, as fixed weighted sums of joints.

Each target joint is a weighted sum whose weights add up to one. So one table maps metres and pixels alike, and
translation, rotation and uniform scale pass through it unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.skeleton.layouts import KINECT_20, KINECT_25, MEDIAPIPE_33, SBU_15, Layout

Weights = Mapping[str, float]  # source joint -> weight

# SpineMid's place between SpineBase (0) and SpineShoulder (1), and how far SpineShoulder lies from the shoulders'
# midpoint (0) to Kinect v1's ShoulderCentre (1), both measured along real Kinect spines.
_SPINE_MID = 0.573
_SPINE_SHOULDER = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointMap:
    """A linear map between two layouts."""

    source: Layout
    target: Layout
    weights: NDArray[np.float32]  # (J_target, J_source), rows add up to one
    known: NDArray[np.bool_]  # (J_target,) false for a joint that merely copies another

    def positions(self, positions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map positions (..., J_source, D) to (..., J_target, D); D is 2 for pixels, 3 for metres."""
        mapped: NDArray[np.float32] = np.matmul(self.weights, positions, dtype=np.float32)
        return mapped

    def confidence(self, confidence: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map confidences (..., J_source) to (..., J_target): the least of a joint's parts, 0 for copies."""
        parts = np.where(self.weights != 0, confidence[..., None, :], np.float32(1))  # (..., J_target, J_source)
        return np.where(self.known, parts.min(axis=-1), np.float32(0))


def _joint_map(source: Layout, target: Layout, table: Mapping[str, Weights], *, copies: str = "") -> JointMap:
    weights = np.zeros((len(target), len(source)), dtype=np.float32)
    for joint, parts in table.items():
        for part, weight in parts.items():
            weights[target.index(joint), source.index(part)] = weight
    known = np.array([joint not in copies.split() for joint in target.joints])
    return JointMap(source=source, target=target, weights=weights, known=known)


def _mean(*joints: str) -> Weights:
    return dict.fromkeys(joints, 1 / len(joints))


def _blend(first: Weights, second: Weights, share: float) -> Weights:
    """Weights of the point that lies `share` of the way from the first point to the second."""
    joints = {*first, *second}
    return {joint: (1 - share) * first.get(joint, 0) + share * second.get(joint, 0) for joint in sorted(joints)}


def _same(*pairs: str) -> dict[str, Weights]:
    """Rows for joints taken over unchanged, written ``target=source`` or just ``joint`` where the names agree."""
    return {pair.split("=")[0]: {pair.split("=")[-1]: 1.0} for pair in pairs}


def _sided(*pairs: str) -> dict[str, Weights]:
    """`_same` for the left and the right side of each pair of names."""
    return _same(*("=".join(name + side for name in pair.split("=")) for pair in pairs for side in ("Left", "Right")))


def _from_mediapipe() -> JointMap:
    base, shoulders = _mean("HipLeft", "HipRight"), _mean("ShoulderLeft", "ShoulderRight")
    head = _mean("EarLeft", "EarRight")
    table = {
        "SpineBase": base,
        "SpineMid": _blend(base, shoulders, 0.5),
        "SpineShoulder": shoulders,
        "Neck": _blend(shoulders, head, 0.5),
        "Head": head,
        **_sided("Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "Foot=Toe", "HandTip=Index", "Thumb"),
        **{f"Hand{side}": _mean(f"Wrist{side}", f"Little{side}", f"Index{side}") for side in ("Left", "Right")},
    }
    return _joint_map(MEDIAPIPE_33, KINECT_25, table)


def _from_kinect20() -> JointMap:
    base, middle = _mean("HipLeft", "HipRight"), _mean("ShoulderLeft", "ShoulderRight")
    chest = _blend(middle, {"ShoulderCentre": 1.0}, _SPINE_SHOULDER)
    table = {
        "SpineBase": base,
        "SpineMid": _blend(base, chest, _SPINE_MID),
        "SpineShoulder": chest,
        **_same("Neck=ShoulderCentre", "Head"),
        **_sided("Shoulder", "Elbow", "Wrist", "Hand", "Hip", "Knee", "Ankle", "Foot", "HandTip=Hand", "Thumb=Hand"),
    }
    return _joint_map(KINECT_20, KINECT_25, table, copies="HandTipLeft HandTipRight ThumbLeft ThumbRight")


def _from_sbu15() -> JointMap:
    base, neck = _mean("HipLeft", "HipRight"), {"Neck": 1.0}
    table = {
        "SpineBase": base,
        "SpineMid": _blend(base, neck, _SPINE_MID),
        "SpineShoulder": neck,
        "Neck": _blend(neck, {"Head": 1.0}, 0.5),
        **_same("Head"),
        **_sided("Shoulder", "Elbow", "Hand", "Hip", "Knee", "Foot"),
        **_sided("Wrist=Hand", "HandTip=Hand", "Thumb=Hand", "Ankle=Foot"),
    }
    # SBU's feet lie where Kinect v2 has its ankles, so the ankles are the ones that are known.
    copies = "WristLeft WristRight HandTipLeft HandTipRight ThumbLeft ThumbRight FootLeft FootRight"
    return _joint_map(SBU_15, KINECT_25, table, copies=copies)


def _to_sbu15() -> JointMap:
    table = {
        **_same("Head", "Neck=SpineShoulder", "Torso=SpineMid"),
        **_sided("Shoulder", "Elbow", "Hand", "Hip", "Knee", "Foot=Ankle"),
    }
    return _joint_map(KINECT_25, SBU_15, table)


def _identity(layout: Layout) -> JointMap:
    return _joint_map(layout, layout, _same(*layout.joints))


_TO_KINECT_25 = {
    joint_map.source.name: joint_map
    for joint_map in (_identity(KINECT_25), _from_kinect20(), _from_sbu15(), _from_mediapipe())
}
KINECT_25_TO_SBU_15 = _to_sbu15()


def map_to_kinect25(layout: Layout) -> JointMap:
    """The map from a layout to Kinect-25. Raises DataError for a layout without one."""
    try:
        return _TO_KINECT_25[layout.name]
    except KeyError:
        raise DataError(f"There is no way from the joint layout '{layout.name}' to Kinect-25.") from None
