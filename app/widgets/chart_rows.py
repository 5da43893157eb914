"""The rows of the joint-by-time matrix: joints by limb, from the head down. Pure: no Qt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.explain.explained import Explained
from core.skeleton.limbs import by_limb, in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """One joint of one person."""

    place: int  # among the K joints of the network
    person: int
    joint: int  # Kinect-25 index
    name: str  # "right hand", of two persons "2 right hand"
    limb: str  # of two persons "2 right arm"
    is_first: bool  # of its limb


def matrix_rows(explained: Explained) -> list[MatrixRow]:
    """All joints that the network sees, person after person, limb after limb."""
    count = len(explained.joints)
    rows = []
    for person, limb, places in by_limb(explained.joints, persons=explained.persons):
        who = "" if explained.persons == 1 else f"{person + 1} "
        for place in places:
            joint = explained.joints[place % count]
            row = MatrixRow(
                place=place,
                person=person,
                joint=joint,
                name=f"{who}{in_words(joint)}",
                limb=f"{who}{limb}",
                is_first=place == places[0],
            )
            rows.append(row)
    return rows


def leaders(explained: Explained, count: int) -> list[int]:
    """The actions that reached the highest probabilities, the clip's answer first."""
    best = explained.probabilities.max(axis=0)
    order = [int(place) for place in np.argsort(-best, kind="stable")]
    order.remove(explained.best)
    return [explained.best, *order][:count]


def mean_heat(explained: Explained, start_s: float, end_s: float) -> NDArray[np.float32] | None:
    """Mean attention over a stretch of the clip's own clock, times uniform (K,); None where no frame is in it."""
    first = int(np.searchsorted(explained.clip.times_s, start_s - 1e-9))
    end = int(np.searchsorted(explained.clip.times_s, end_s + 1e-9))
    if first >= end:
        return None
    mean: NDArray[np.float32] = explained.alpha[first:end].mean(axis=0) * np.float32(explained.alpha.shape[1])
    return mean
