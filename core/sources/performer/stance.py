"""Stance: what an author says about a moment (where hands and feet are, how the trunk leans), and the joints it means.

The trunk follows from turns (forward kinematics), the limbs from where hands and feet shall be (two-bone inverse
kinematics), so that bones keep their lengths and feet stay where they are put.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.skeleton.layouts import KINECT_25
from core.sources.performer.body import Body
from core.sources.performer.vectors import Vector, cross, length, unit

# Channel -> its value when somebody stands at ease. Metres are those of the default body and scale with the body.
# Directions are the performer's own; "out" leaves the middle of the body, to the left on the left side.
NEUTRAL: Mapping[str, tuple[float, ...]] = {
    "pelvis": (0, 0, 0),  # right, up, forward, in metres from standing
    "pelvis_turn": (0, 0, 0),  # lean forward, turn to the left, bend to the right, in degrees
    "chest_turn": (0, 0, 0),  # the same, relative to the pelvis
    "head_turn": (0, 0),  # nod, tilt to the right
    "hand_left": (0.235, -0.49, 0.09),  # the wrist: out, up, forward from between the shoulders; turns with the chest
    "hand_right": (0.235, -0.49, 0.09),
    "elbow_left": (0,),  # degrees by which the elbow swings out and up round the line from shoulder to hand
    "elbow_right": (0,),
    "wrist_left": (0,),  # degrees by which the hand bends towards the inside of the elbow's angle
    "wrist_right": (0,),
    "foot_left": (0, 0, 0),  # the ankle: out, up, forward in metres from standing
    "foot_right": (0, 0, 0),
    "toes_left": (0,),  # degrees by which the toes point down
    "toes_right": (0,),
}
PLACES = {
    name: slice(start, start + len(value))
    for (name, value), start in zip(
        NEUTRAL.items(), np.cumsum([0, *(len(value) for value in NEUTRAL.values())]), strict=False
    )
}
NEUTRAL_STANCE: NDArray[np.float64] = np.concatenate([np.array(value, dtype=np.float64) for value in NEUTRAL.values()])

_REFERENCE = Body()
_STANDING_STRETCH = 0.997  # of the leg's length: nobody stands with locked knees
_STANCE_HALF_M = 0.115  # from the middle to an ankle
_TOE_OUT_RAD = 0.17
# Of a limb's length: from here on a target pulls less and less, so that elbows and knees never snap straight.
_SOFT_ARM, _SOFT_LEG = 0.95, 0.985


def stance_joints(stance: NDArray[np.float64], body: Body) -> NDArray[np.float32]:
    """Kinect-25 joints (25, 3) of a stance (see `NEUTRAL`) in room axes: x right, y up, z backwards, metres."""
    skeleton = _Skeleton(stance, body)
    return np.array([skeleton.joints[joint] for joint in KINECT_25.joints], dtype=np.float32)


class _Skeleton:
    """Places the joints of one stance."""

    def __init__(self, stance: NDArray[np.float64], body: Body) -> None:
        self._stance = stance
        self._body = body
        self.joints: dict[str, Vector] = {}
        self._chest_yaw = np.eye(3)
        self._chest = np.eye(3)
        self._place_trunk()
        for side, sign in (("left", -1), ("right", 1)):
            self._place_arm(side, sign)
            self._place_leg(side, sign)

    def _get(self, channel: str) -> Vector:
        return self._stance[PLACES[channel]]

    def _place_trunk(self) -> None:
        body, joints = self._body, self.joints
        leg_scale = body.leg_m / _REFERENCE.leg_m
        right, up, forward = self._get("pelvis") * leg_scale
        base = np.array([right, body.ankle_height_m + body.leg_m * _STANDING_STRETCH + up, -forward])
        lean, turn, bend = self._get("pelvis_turn")
        pelvis = rotation(lean, turn, bend)
        lean, turn, bend = self._get("chest_turn")
        self._pelvis, self._chest = pelvis, pelvis @ rotation(lean, turn, bend)
        self._chest_yaw = rotation(0, turn + self._get("pelvis_turn")[1], 0)
        half = pelvis @ rotation(lean / 2, turn / 2, bend / 2)
        middle = base + half @ np.array([0, body.spine_m * 0.5, 0])
        top = middle + self._chest @ np.array([0, body.spine_m * 0.5, 0])
        nod, tilt = self._get("head_turn")
        # A head stays half upright when the trunk leans.
        upright = rotation(-0.45 * (self._get("pelvis_turn")[0] + lean), 0, 0)
        neck = self._chest @ upright @ rotation(nod / 2, 0, tilt / 2)
        head = self._chest @ upright @ rotation(nod, 0, tilt)
        joints["SpineBase"], joints["SpineMid"], joints["SpineShoulder"] = base, middle, top
        joints["Neck"] = top + neck @ np.array([0, body.neck_m * 0.995, -body.neck_m * 0.1])
        joints["Head"] = joints["Neck"] + head @ np.array([0, body.head_m * 0.995, -body.head_m * 0.1])
        for side, sign in (("Left", -1), ("Right", 1)):
            joints["Hip" + side] = base + pelvis @ np.array([sign * body.hip_half_m, 0, 0])

    def _place_arm(self, side: str, sign: int) -> None:
        body, name = self._body, side.capitalize()
        out, up, forward = self._get(f"hand_{side}") * (body.arm_m / _REFERENCE.arm_m)
        top = self.joints["SpineShoulder"]
        wish = self._chest_yaw @ np.array([sign * out, up, -forward])
        shoulder = top + self._chest @ (body.shoulder_half_m * _collar(sign, up / body.arm_m, forward / body.arm_m))
        line = top + wish - shoulder
        pole = self._chest_yaw @ _elbow_pole(self._chest_yaw.T @ line, sign=sign)
        swing = np.radians(self._get(f"elbow_{side}")[0])
        elbow, wrist, across = bend_limb(
            shoulder, line, pole, lengths=(body.upper_arm_m, body.forearm_m), soft=_SOFT_ARM, swing=-sign * swing
        )
        self.joints["Shoulder" + name], self.joints["Elbow" + name] = shoulder, elbow
        self.joints["Wrist" + name] = wrist
        self._place_hand(side, sign, hinge=cross(unit(line), across))

    def _place_hand(self, side: str, sign: int, *, hinge: Vector) -> None:
        name, size = side.capitalize(), self._body.hand_m
        wrist = self.joints["Wrist" + name]
        along = unit(wrist - self.joints["Elbow" + name])
        inward = cross(along, hinge)  # in the plane of the arm, towards the inside of the elbow's angle
        bend = np.radians(self._get(f"wrist_{side}")[0])
        hand = np.cos(bend) * along + np.sin(bend) * inward
        # Thumbs point forward where arms hang and inward-up where they reach out.
        wish = self._chest_yaw @ np.array([-sign * 0.55, 0.5, -0.65])
        thumb = unit(wish - hand * float(wish @ hand))
        self.joints["Hand" + name] = wrist + hand * (size * 0.5)
        self.joints["HandTip" + name] = wrist + hand * size
        self.joints["Thumb" + name] = wrist + (hand * 0.42 + thumb * 0.36) * size

    def _place_leg(self, side: str, sign: int) -> None:
        body, name = self._body, side.capitalize()
        scale = body.leg_m / _REFERENCE.leg_m
        out, up, forward = self._get(f"foot_{side}") * scale
        ankle = np.array([sign * (_STANCE_HALF_M * scale + out), body.ankle_height_m + up, -forward - 0.01])
        hip = self.joints["Hip" + name]
        facing = self._pelvis @ np.array([sign * 0.16, 0.25, -1.0])
        knee, ankle, _ = bend_limb(hip, ankle - hip, facing, lengths=(body.thigh_m, body.shin_m), soft=_SOFT_LEG)
        drop = min(body.ankle_height_m * 0.62, body.foot_m * 0.9)
        reach = float(np.sqrt(body.foot_m**2 - drop**2))
        yaw = rotation(0, -sign * np.degrees(_TOE_OUT_RAD), 0)
        toes = yaw @ rotation(self._get(f"toes_{side}")[0], 0, 0) @ np.array([0, -drop, -reach])
        self.joints["Knee" + name], self.joints["Ankle" + name] = knee, ankle
        self.joints["Foot" + name] = ankle + toes


def rotation(lean_deg: float, turn_deg: float, bend_deg: float) -> NDArray[np.float64]:
    """Lean forward, then bend to the right, then turn to the performer's left, as one matrix (3, 3)."""
    lean, turn, bend = np.radians([-lean_deg, turn_deg, -bend_deg])
    about_x = np.array([[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]])
    about_y = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    about_z = np.array([[np.cos(bend), -np.sin(bend), 0], [np.sin(bend), np.cos(bend), 0], [0, 0, 1]])
    turned: NDArray[np.float64] = about_y @ about_z @ about_x
    return turned


def bend_limb(
    root: Vector, line: Vector, pole: Vector, *, lengths: tuple[float, float], soft: float, swing: float = 0.0
) -> tuple[Vector, Vector, Vector]:
    """Two bones from `root` towards `root + line`, the joint between them on the side of `pole`.

    Args:
        root: Where the limb starts.
        line: To where its end shall be; further than the limb reaches, it stops short.
        pole: Rough direction of the middle joint, any length.
        lengths: Of the two bones in metres.
        soft: From which part of the full length on a further target pulls less (`soft_reach`).
        swing: Radians by which the middle joint is turned round the line.

    Returns:
        The middle joint, the end and the unit direction from the line to the middle joint.
    """
    first, second = lengths
    wished = length(line)
    along = line / max(wished, 1e-9)
    distance = max(soft_reach(wished, first + second, soft=soft), abs(first - second) * 1.05 + 0.02)
    across = unit(pole - along * float(pole @ along))
    across = np.cos(swing) * across + np.sin(swing) * cross(along, across)
    forth = (distance**2 + first**2 - second**2) / (2 * distance)
    side = np.sqrt(max(first**2 - forth**2, 0.0))
    return root + along * forth + across * side, root + along * distance, across


def soft_reach(wished: float, reach: float, *, soft: float) -> float:
    """How far a limb of that reach goes for a target that far: all the way at first, then less and less, never all."""
    begin = reach * soft
    if wished <= begin:
        return wished
    rest = (reach - begin) * 0.98
    return begin + rest * (1 - float(np.exp(-(wished - begin) / rest)))


def raised_halfway(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """The stance halfway between two, with hands that swing round the shoulders instead of straight through."""
    middle = (first + second) / 2
    for side in ("left", "right"):
        place = PLACES[f"hand_{side}"]
        shoulder = np.array([_REFERENCE.shoulder_half_m, 0, 0])
        lines = first[place] - shoulder, second[place] - shoulder
        reach = (length(lines[0]) + length(lines[1])) / 2
        moved = length(lines[1] - lines[0])
        middle[place] = shoulder + unit(lines[0] + lines[1]) * reach + (min(0.1 * moved, 0.05), 0, 0)
    return middle


def _collar(sign: int, up: float, forward: float) -> Vector:
    """Unit direction from between the shoulders to one: it rises with a lifted arm and follows a reaching one."""
    rise = 0.24 * _smooth_step((up + 0.3) / 1.2)
    reach = 0.16 * _smooth_step(forward)
    return np.array([sign * np.cos(rise) * np.cos(reach), np.sin(rise), -np.cos(rise) * np.sin(reach)])


def _elbow_pole(line: Vector, *, sign: int) -> Vector:
    """Where the elbow of an arm along `line` points at rest.

    Back when the arm hangs, down when it reaches forward, and down and back when it reaches aside.
    """
    x, y, z = unit(line)
    aside = x * x
    return np.array([sign * 0.25, z - 0.35 - 0.8 * aside, (0.15 - y) * (1 - 0.7 * aside)])


def _smooth_step(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)
