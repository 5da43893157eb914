"""Aimless: somebody who does nothing that has a name. Stands, shifts, fidgets, or moves without a meaning.

What a live view sees most of the time, and what a network that knows named actions only would call one of them.
"""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from core.sources.performer.body import Body
from core.sources.performer.stance import NEUTRAL_STANCE, PLACES, stance_joints


class Manner(StrEnum):
    """How somebody does nothing."""

    STANDING = "standing"  # breathes, sways, looks about
    FIDGETING = "fidgeting"  # hands go to the face, the hips, the clothes and stay there; weight shifts, a step
    ODD = "odd"  # large movements of arms, legs and trunk that mean nothing


# Where hands rest or wander: out, up, forward from between the shoulders, in metres of the default body (stance.py).
_HAND_PLACES: Final = (
    (0.235, -0.49, 0.09),  # hanging
    (0.22, -0.45, 0.02),  # behind the thigh
    (0.20, -0.36, 0.10),  # on the hip
    (0.16, -0.38, 0.16),  # in a pocket
    (0.05, -0.30, 0.24),  # at the belly
    (0.02, -0.12, 0.26),  # holds a telephone, a cup
    (0.06, 0.06, 0.20),  # at the chin
    (0.10, 0.20, 0.12),  # at the hair
    (0.16, 0.10, 0.02),  # at the nape
    (-0.10, -0.16, 0.20),  # at the other arm
    (0.30, -0.30, 0.20),  # half raised
)
_PAUSE_S: Final = {Manner.STANDING: (1.5, 4.0), Manner.FIDGETING: (0.4, 3.0), Manner.ODD: (0.0, 0.5)}
_MOVE_S: Final = {Manner.STANDING: (0.8, 2.0), Manner.FIDGETING: (0.4, 1.2), Manner.ODD: (0.25, 0.8)}


class Aimless:
    """A performance of so many seconds, always the same for a seed. See `core.sources.performer.programme`."""

    persons = 1

    def __init__(self, manner: Manner, *, seconds: float, body: Body, seed: int) -> None:
        self._body, self._seconds = body, seconds
        times_s, stances = _keys(manner, seconds=seconds, random=np.random.default_rng([seed, len(manner)]))
        self._track = PchipInterpolator(times_s, stances, axis=0, extrapolate=False)

    @property
    def duration_s(self) -> float:
        """How long it takes once."""
        return self._seconds

    def joints(self, time_s: float) -> NDArray[np.float32]:
        """Kinect-25 joints (1, 25, 3) in room axes, metres."""
        stance: NDArray[np.float64] = self._track(min(max(time_s, 0.0), self._seconds))
        return stance_joints(stance, self._body)[None]

    def action(self, time_s: float) -> str:
        """Nothing that has a name: ""."""
        return ""


def _keys(
    manner: Manner, *, seconds: float, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times (K,) from 0 to beyond the end and stances (K, channels)."""
    change = {Manner.STANDING: _sway, Manner.FIDGETING: _fidget, Manner.ODD: _odd}[manner]
    stance = change(NEUTRAL_STANCE, random)
    times_s, stances = [0.0], [stance]
    while times_s[-1] <= seconds:
        pause_s = float(random.uniform(*_PAUSE_S[manner]))
        if pause_s > 0.05:  # a little movement in the pause too: nobody freezes
            times_s.append(times_s[-1] + pause_s)
            stances.append(stance + _small(random))
        stance = change(stances[-1], random)
        times_s.append(times_s[-1] + float(random.uniform(*_MOVE_S[manner])))
        stances.append(stance)
    return np.array(times_s), np.array(stances)


def _small(random: np.random.Generator) -> NDArray[np.float64]:
    """A change that one hardly sees, over all channels (channels,)."""
    change = np.zeros_like(NEUTRAL_STANCE)
    for name, spread in (("pelvis", 0.006), ("hand_left", 0.006), ("hand_right", 0.006)):
        change[PLACES[name]] = random.normal(0, spread, 3)
    for name in ("pelvis_turn", "chest_turn"):
        change[PLACES[name]] = random.normal(0, 0.7, 3)
    change[PLACES["pelvis"]][1] = -abs(change[PLACES["pelvis"]][1])  # nobody stands higher than straight legs allow
    return change


def _sway(stance: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Standing at ease in another way: weight on the other leg, the head turned."""
    swayed = NEUTRAL_STANCE + 0.4 * (stance - NEUTRAL_STANCE) + _small(random)
    swayed[PLACES["pelvis"]] = (random.normal(0, 0.025), -abs(random.normal(0, 0.006)), random.normal(0, 0.012))
    swayed[PLACES["pelvis_turn"]] = random.normal(0, (1.5, 5, 1.5))
    swayed[PLACES["chest_turn"]] = random.normal(0, (2, 5, 2))
    swayed[PLACES["head_turn"]] = random.normal(0, (7, 4))
    for side in ("left", "right"):
        swayed[PLACES[f"hand_{side}"]] = np.array(_HAND_PLACES[0]) + random.normal(0, 0.02, 3)
    return swayed


def _fidget(stance: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """One or two hands elsewhere, sometimes a step, a bow, a turn of the trunk."""
    changed = stance.copy()
    changed[PLACES["head_turn"]] = random.normal(0, (9, 6))
    for side in ("left", "right"):
        if random.random() < 0.55:
            place = np.array(_HAND_PLACES[int(random.integers(len(_HAND_PLACES)))])
            changed[PLACES[f"hand_{side}"]] = place + random.normal(0, 0.03, 3)
            changed[PLACES[f"elbow_{side}"]] = random.normal(5, 12)
    changed[PLACES["chest_turn"]] = random.normal(0, (5, 12, 4))
    changed[PLACES["pelvis"]] = (random.normal(0, 0.03), -abs(random.normal(0, 0.015)), random.normal(0, 0.02))
    changed[PLACES["pelvis_turn"]] = random.normal(0, (3, 9, 2))
    return _stepped(changed, random, share=0.25, height_m=0.04)


def _odd(stance: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Arms, trunk and legs somewhere within reach."""
    changed = stance.copy()
    for side in ("left", "right"):
        if random.random() < 0.7:
            out, up, ahead = random.uniform((-0.15, -0.5, -0.15), (0.65, 0.55, 0.5))
            changed[PLACES[f"hand_{side}"]] = (out, up, ahead)
            changed[PLACES[f"elbow_{side}"]] = random.normal(0, 20)
    changed[PLACES["chest_turn"]] = random.normal(0, (9, 18, 8))
    changed[PLACES["head_turn"]] = random.normal(0, (9, 6))
    changed[PLACES["pelvis"]] = (random.normal(0, 0.05), -abs(random.normal(0, 0.06)), random.normal(0, 0.04))
    changed[PLACES["pelvis_turn"]] = random.normal(0, (7, 14, 4))
    return _stepped(changed, random, share=0.5, height_m=0.15)


def _stepped(
    stance: NDArray[np.float64], random: np.random.Generator, *, share: float, height_m: float
) -> NDArray[np.float64]:
    """At times one foot is lifted or set elsewhere; the other one stands."""
    for side in ("left", "right"):
        stance[PLACES[f"foot_{side}"]] = 0
    if random.random() < share:
        side = "left" if random.random() < 0.5 else "right"
        out, ahead = random.normal(0.04, 0.08), random.normal(0, 0.1)
        stance[PLACES[f"foot_{side}"]] = (out, abs(random.normal(0, height_m)), ahead)
    return stance
