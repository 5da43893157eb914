"""Retargeting: recorded joints as a body with its own bone lengths would have moved."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.skeleton.layouts import KINECT_25
from core.sources.performer.body import Body
from core.sources.performer.gaps import checked_joints, with_gaps, without_gaps
from core.sources.performer.stance import NEUTRAL_STANCE, stance_joints

Floats = NDArray[np.float32]
Directions = dict[str, NDArray[np.float64]]  # joint -> unit vectors (T, 3) from its parent

_NO_BONE_M: Final = 0.01  # a bone shorter than this is a joint that copies another
_SURE_BONE_M: Final = 0.04  # the direction of a shorter one is mostly noise and counts less, down to nothing
_PARENTS: Final = {KINECT_25.joints[child]: KINECT_25.joints[parent] for parent, child in KINECT_25.bones}
_HIPS: Final = [KINECT_25.index("HipLeft"), KINECT_25.index("HipRight")]
_FEET: Final = [KINECT_25.index(joint) for joint in ("AnkleLeft", "FootLeft", "AnkleRight", "FootRight")]
_ENDS: Final = ("Hand", "HandTip", "Thumb", "Foot")
# As a body at ease holds them (stance.py): the thumb to the hand, the toes to the shin.
_AT_EASE_RAD: Final = float(np.arccos(0.31))  # from the shin's direction to the foot's
_INSTEP: Final = 0.3  # of the shin: a foot that is recorded shorter ends on the instep, as Kinect v1 has it
_THUMB_ALONG, _THUMB_ASIDE, _TOES_DOWN, _TOES_AHEAD = -0.22, 0.976, 0.31, 0.95


def bone_lengths_m(body: Body) -> dict[str, float]:
    """Length of the bone from its parent to each joint of Kinect-25 but SpineBase, by the joint's name."""
    joints = stance_joints(NEUTRAL_STANCE, body)
    return {
        KINECT_25.joints[child]: float(np.linalg.norm(joints[child] - joints[parent]))
        for parent, child in KINECT_25.bones
    }


def retargeted(positions_m: Floats, body: Body) -> Floats:
    """Joints (T, 25, 3) in any axes with y up, metres, with each bone as it points and as long as the body has it.

    Where a recording has no bone (hand tips and thumbs that copy the hand) the body's own points on along the limb, and
    one that is recorded shorter than 4 cm is led by that. A foot that ends on the instep, and so seems to stand on
    tiptoe, is lifted by one angle all the time. The
    hips go as far as legs of that length carry them, and the lowest foot is as far above the floor as it was, by that
    measure. Raises DataError for other shapes and for numbers that are not finite.
    """
    filled, there = _one_person(positions_m)
    ways, lengths_m = _with_toes(_directions(filled), filled), bone_lengths_m(body)
    joints = {"SpineBase": np.zeros((len(filled), 3))}
    for name, parent in _in_order():
        joints[name] = joints[parent] + ways[name] * lengths_m[name]
    figure = np.stack([joints[name] for name in KINECT_25.joints], axis=1)  # (T, 25, 3) round the hips
    scale = body.leg_m / _leg_m(filled)
    start = filled[0, _HIPS].mean(axis=0)
    way = start + (filled[:, _HIPS].mean(axis=1) - start) * scale
    way[:, 1] = filled[:, _FEET, 1].min(axis=1) * scale - figure[:, _FEET, 1].min(axis=1)
    return with_gaps((figure + way[:, None]).astype(np.float32), there)


def completed(positions_m: Floats, body: Body) -> Floats:
    """Joints (T, 25, 3) with hands and feet for a recording that has none, all else where it is.

    For two persons, whose distance and touch must stay as recorded: other bone lengths would make hands miss hands.
    A hand that the recording has stays where it is; a wrist that copies it goes back along the forearm. Raises
    DataError as `retargeted`.
    """
    filled, there = _one_person(positions_m)
    ways, lengths_m, joints = _directions(filled), bone_lengths_m(body), filled.copy()
    for side in ("Left", "Right"):
        wrist, hand = KINECT_25.index("Wrist" + side), KINECT_25.index("Hand" + side)
        copies = np.linalg.norm(joints[:, hand] - joints[:, wrist], axis=-1) < _NO_BONE_M
        joints[copies, wrist] -= (ways["Wrist" + side] * lengths_m["Hand" + side]).astype(np.float32)[copies]
        for name in (end + side for end in _ENDS[1:]):
            place, parent = KINECT_25.index(name), KINECT_25.index(_PARENTS[name])
            missing = np.linalg.norm(joints[:, place] - joints[:, parent], axis=-1) < _NO_BONE_M
            joints[missing, place] = (joints[:, parent] + ways[name] * lengths_m[name])[missing]
    return with_gaps(joints, there)


def _one_person(positions_m: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Joints (T, 25, 3) without gaps, and whether the person was there (T,)."""
    if np.ndim(positions_m) != 3:
        raise DataError(f"One person's joints have the shape (T, 25, 3), not {np.shape(positions_m)}.")
    filled, there = without_gaps(checked_joints(positions_m))
    return filled[:, 0], there[:, 0]


def _in_order() -> list[tuple[str, str]]:
    """Joints with their parents, parents first."""
    return [(KINECT_25.joints[child], KINECT_25.joints[parent]) for parent, child in KINECT_25.bones]


def _leg_m(joints: Floats) -> float:
    """Length of a recorded leg, the median over time; raises DataError where there is none."""
    spans = [
        np.linalg.norm(joints[:, KINECT_25.index(lower + side)] - joints[:, KINECT_25.index(upper + side)], axis=-1)
        for side in ("Left", "Right")
        for upper, lower in (("Hip", "Knee"), ("Knee", "Ankle"))
    ]
    leg_m = float(np.median(np.sum(spans, axis=0)) / 2)
    if leg_m < _NO_BONE_M:
        raise DataError("A recording whose legs have no length cannot be played by another body.")
    return leg_m


def _directions(joints: Floats) -> Directions:
    """Unit vector of every bone in each frame, with a plausible one for bones that the recording lacks."""
    at = {name: joints[:, place].astype(np.float64) for place, name in enumerate(KINECT_25.joints)}
    up = _unit(at["SpineShoulder"] - at["SpineBase"], fallback=np.array([0.0, 1.0, 0.0]))
    across = at["HipRight"] - at["HipLeft"] + at["ShoulderRight"] - at["ShoulderLeft"]
    right = _unit(_across(across, up), fallback=np.array([1.0, 0.0, 0.0]))
    forward = np.cross(up, right)
    ways: Directions = {}
    for name, parent in _in_order():
        side = right if name.endswith("Right") else -right
        if name.startswith("Thumb"):
            aside = _unit(_across(-0.55 * side + 0.5 * up + 0.65 * forward, ways[parent]), fallback=forward)
            expected = _THUMB_ALONG * ways[parent] + _THUMB_ASIDE * aside
        elif name.startswith("Foot"):
            ahead = _unit(_across(forward + 0.3 * up, ways[parent]), fallback=forward)
            expected = _TOES_DOWN * ways[parent] + _TOES_AHEAD * ahead
        elif parent in ("SpineBase", "SpineShoulder"):
            expected = up if name.startswith(("Spine", "Neck")) else side
        else:
            expected = ways[parent]
        ways[name] = _unit(at[name] - at[parent], fallback=_unit(expected, fallback=up))
    return ways


def _with_toes(ways: Directions, joints: Floats) -> Directions:
    """Feet that end on the instep turned towards where the toes are, in the plane of shin and foot."""
    turned = dict(ways)
    for side in ("Left", "Right"):
        knee, ankle, foot = (joints[:, KINECT_25.index(joint + side)] for joint in ("Knee", "Ankle", "Foot"))
        length_m, shin_m = (np.median(np.linalg.norm(bone, axis=-1)) for bone in (foot - ankle, ankle - knee))
        if not _NO_BONE_M < length_m < _INSTEP * shin_m:
            continue
        shin, way = ways["Ankle" + side], ways["Foot" + side]
        aside = _across(way, shin)
        angle = np.arctan2(np.linalg.norm(aside, axis=-1), np.einsum("ti,ti->t", way, shin))
        angle += max(_AT_EASE_RAD - float(np.median(angle)), 0.0)
        ahead = aside / np.maximum(np.linalg.norm(aside, axis=-1, keepdims=True), 1e-6)
        turned["Foot" + side] = _unit(np.cos(angle)[:, None] * shin + np.sin(angle)[:, None] * ahead, fallback=way)
    return turned


def _across(vectors: NDArray[np.float64], axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """The part of vectors (T, 3) that is square to unit axes (T, 3)."""
    square: NDArray[np.float64] = vectors - axis * np.einsum("ti,ti->t", vectors, axis)[:, None]
    return square


def _unit(vectors: NDArray[np.float64], *, fallback: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vectors (T, 3) at length one; those shorter than a bone are the fallback, unit (T, 3) or (3,), or near it."""
    size = np.linalg.norm(vectors, axis=-1, keepdims=True)
    trust = np.clip((size - _NO_BONE_M) / (_SURE_BONE_M - _NO_BONE_M), 0, 1)
    blend = trust * vectors / np.maximum(size, _NO_BONE_M) + (1 - trust) * fallback
    size = np.linalg.norm(blend, axis=-1, keepdims=True)  # 0 where the two are opposite
    return np.where(size < 1e-6, fallback, blend / np.maximum(size, 1e-6))
