"""Kinect-25 in words and by limb, as pictures, tables and pages name it. "left" is the person's own left."""

from collections.abc import Sequence
from typing import Final, NamedTuple

# Joints from the head down, limb by limb.
LIMBS: Final[dict[str, tuple[int, ...]]] = {
    "head, trunk": (3, 2, 20, 1, 0),
    "left arm": (4, 5, 6, 7, 21, 22),
    "right arm": (8, 9, 10, 11, 23, 24),
    "left leg": (12, 13, 14, 15),
    "right leg": (16, 17, 18, 19),
}
# Within a limb, where its side is said already.
WORDS: Final[dict[int, str]] = {
    0: "hips", 1: "spine", 20: "chest", 2: "neck", 3: "head", 4: "shoulder", 5: "elbow", 6: "wrist", 7: "hand",
    21: "hand tip", 22: "thumb", 8: "shoulder", 9: "elbow", 10: "wrist", 11: "hand", 23: "hand tip", 24: "thumb",
    12: "hip", 13: "knee", 14: "ankle", 15: "foot", 16: "hip", 17: "knee", 18: "ankle", 19: "foot",
}  # fmt: skip


def limb_of(joint: int) -> str:
    """The limb of a joint by Kinect-25 index."""
    return next(limb for limb, joints in LIMBS.items() if joint in joints)


def of_limb(joints: Sequence[int], limb: str) -> list[int]:
    """Places in `joints` of those that belong to the limb, in the limb's order."""
    return [list(joints).index(joint) for joint in LIMBS[limb] if joint in joints]


class LimbPlaces(NamedTuple):
    """Where the joints of a limb of a person stand among those of all persons, person after person."""

    person: int
    limb: str
    places: list[int]  # in the limb's order


def by_limb(joints: Sequence[int], *, persons: int) -> list[LimbPlaces]:
    """Joints of each person by Kinect-25 index, person by person and limb by limb; limbs without any are left out."""
    return [
        LimbPlaces(person, limb, [person * len(joints) + place for place in places])
        for person in range(persons)
        for limb in LIMBS
        if (places := of_limb(joints, limb))
    ]


def in_words(joint: int) -> str:
    """A joint with its side: "right hand", "head"."""
    side = limb_of(joint).split()[0]
    return f"{side} {WORDS[joint]}" if side in ("left", "right") else WORDS[joint]
