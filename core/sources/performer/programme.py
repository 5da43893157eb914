"""Programme: what a performer does over time, as true joints at any time."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from core.errors import DataError, SourceError
from core.sources.performer.body import Body
from core.sources.performer.motion import IDLE, Motion, motion_named
from core.sources.performer.stance import NEUTRAL_STANCE, PLACES, raised_halfway, stance_joints
from core.sources.performer.style import Style

Joints = NDArray[np.float32]  # (25, 3)


class Performance(Protocol):
    """Anything that a performer can play."""

    @property
    def duration_s(self) -> float:
        """How long it takes once."""
        ...

    def joints(self, time_s: float) -> Joints:
        """Kinect-25 joints (25, 3) in room axes (camera.py), metres."""
        ...

    def action(self, time_s: float) -> str:
        """What is acted at that time; "" while nothing is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An action for some seconds (rounded to whole repetitions) or a number of repetitions; one of the two."""

    action: str
    seconds: float | None = None
    repetitions: int | None = None
    style: Style = field(default_factory=Style)


class Programme:
    """Acts one after the other, with standing at ease between them, alive by breathing and a slight sway.

    Raises SourceError for an unknown action or an act without a length.
    """

    def __init__(self, acts: Sequence[Act], *, body: Body, seed: int = 0) -> None:
        if not acts:
            raise SourceError("A performer's programme needs at least one action.")
        self._body = body
        self._stretches = [_Stretch.of(act) for act in acts]
        self._starts_s = np.cumsum([0.0, *(stretch.duration_s for stretch in self._stretches)]).tolist()
        self._sway = _Sway(seed)

    @property
    def duration_s(self) -> float:
        """How long it takes once."""
        return float(self._starts_s[-1])

    def joints(self, time_s: float) -> Joints:
        """Kinect-25 joints (25, 3) in room axes, metres."""
        stretch, inside_s = self._find(time_s)
        return stance_joints(self._sway.applied(stretch.stance(inside_s), time_s), self._body)

    def action(self, time_s: float) -> str:
        """What is acted at that time; "" while nothing is."""
        stretch, inside_s = self._find(time_s)
        return stretch.action_at(inside_s)

    def _find(self, time_s: float) -> tuple["_Stretch", float]:
        place = min(max(bisect_right(self._starts_s, time_s) - 1, 0), len(self._stretches) - 1)
        return self._stretches[place], time_s - self._starts_s[place]


class _Stretch:
    """One act: from standing at ease into the repetitions and back."""

    def __init__(self, motion: Motion, repetitions: float) -> None:
        self._motion = motion
        self._acted_s = motion.period_s * repetitions
        self.duration_s = motion.enter_s + self._acted_s + motion.exit_s
        count = max(round(repetitions), 1)
        laps = np.arange(count)[:, None] * motion.period_s + motion.times_s  # (laps, K)
        times_s = [*(motion.enter_s + laps.ravel()), motion.enter_s + count * motion.period_s]
        stances = [*np.tile(motion.stances, (count, 1)), motion.stances[0]]
        if motion.enter_s:
            raised = raised_halfway(NEUTRAL_STANCE, stances[0])
            times_s, stances = [0.0, motion.enter_s / 2, *times_s], [NEUTRAL_STANCE, raised, *stances]
        if motion.exit_s:
            last_s, lowered = times_s[-1], raised_halfway(stances[-1], NEUTRAL_STANCE)
            times_s = [*times_s, last_s + motion.exit_s / 2, last_s + motion.exit_s]
            stances = [*stances, lowered, NEUTRAL_STANCE]
        # Monotone cubics: smooth, at rest where a channel turns round, and never beyond what the author wrote.
        self._track = PchipInterpolator(times_s, np.array(stances), axis=0, extrapolate=False)
        self._last_s = float(times_s[-1])

    @classmethod
    def of(cls, act: Act) -> "_Stretch":
        motion = act.style.applied(motion_named(act.action))
        length = act.repetitions if act.seconds is None else act.seconds
        if length is None or not np.isfinite(length) or length <= 0:
            raise SourceError(f"Say how long to act '{act.action}': seconds or repetitions above 0.")
        if act.seconds is None:
            return cls(motion, length)
        repetitions = act.seconds / motion.period_s
        return cls(motion, repetitions if motion.action == IDLE else max(round(repetitions), 1))

    def stance(self, inside_s: float) -> NDArray[np.float64]:
        stance: NDArray[np.float64] = self._track(min(max(inside_s, 0.0), self._last_s))
        return stance

    def action_at(self, inside_s: float) -> str:
        acted = self._motion.enter_s <= inside_s < self._motion.enter_s + self._acted_s
        return self._motion.action if acted and self._motion.action != IDLE else ""


class _Sway:
    """Breathing and shifting weight: small sines of unrelated periods, so that nobody freezes or repeats."""

    _RATES_HZ = np.array([0.27, 0.13, 0.19, 0.31, 0.23])

    def __init__(self, seed: int) -> None:
        self._phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(self._RATES_HZ))

    def applied(self, stance: NDArray[np.float64], time_s: float) -> NDArray[np.float64]:
        breath, aside, ahead, look, arms = np.sin(2 * np.pi * self._RATES_HZ * time_s + self._phases)
        swayed = stance.copy()
        swayed[PLACES["pelvis"]] += (0.008 * aside, -0.002, 0.004 * ahead)
        swayed[PLACES["chest_turn"]] += (0.7 * breath, 0.8 * look, -0.6 * aside)
        swayed[PLACES["head_turn"]] += (0.8 * look, 1.0 * ahead)
        for side, sign in (("left", 1), ("right", -1)):
            swayed[PLACES[f"hand_{side}"]] += (0.004 * breath, 0.004 * breath, 0.006 * sign * arms)
        return swayed


class RecordedSequence:
    """Recorded Kinect-25 joints, played as they are and stood on the floor of the room.

    Args:
        positions_m: Joints (T, 25, 3) in Kinect axes (x right, y up, z away), metres, any origin.
        rate_hz: Frames a second of the recording.
        action: What it shows.

    Raises:
        DataError: for another shape, no frame, values that are not finite or farther away than a room is large.
    """

    def __init__(self, positions_m: NDArray[np.float32], *, rate_hz: float, action: str = "") -> None:
        positions = np.asarray(positions_m, dtype=np.float32)
        if positions.ndim != 3 or positions.shape[1:] != (25, 3) or len(positions) == 0:
            raise DataError(f"A performer plays joints of shape (T, 25, 3) with T above 0, not {positions.shape}.")
        if not np.isfinite(positions).all():
            raise DataError("A performer plays finite joints only: fill the gaps of the sequence first.")
        if (farthest_m := np.abs(positions).max()) > _FARTHEST_M:
            raise DataError(f"A performer plays metres; some joint is {farthest_m:.3g} away. Are they millimetres?")
        if not rate_hz > 0:
            raise DataError(f"A sequence needs a rate above 0 Hz, not {rate_hz:g}.")
        hips = positions[0, [12, 16]].mean(axis=0)
        floor = np.percentile(positions[:, [14, 15, 18, 19], 1].min(axis=1), 10)  # a jump lifts the feet off it
        self._positions = positions - np.array([hips[0], floor - _FOOT_ABOVE_FLOOR_M, hips[2]], dtype=np.float32)
        self._rate_hz = rate_hz
        self._action = action

    @property
    def duration_s(self) -> float:
        """How long it takes once."""
        return len(self._positions) / self._rate_hz

    def joints(self, time_s: float) -> Joints:
        """Joints between the two frames nearest in time."""
        place = min(max(time_s * self._rate_hz, 0.0), len(self._positions) - 1.0)
        before = int(place)
        after = min(before + 1, len(self._positions) - 1)
        share = np.float32(place - before)
        between: Joints = self._positions[before] * (1 - share) + self._positions[after] * share
        return between

    def action(self, time_s: float) -> str:
        """What is acted at that time; "" while nothing is."""
        return self._action


_FARTHEST_M = 100.0
_FOOT_ABOVE_FLOOR_M = 0.03  # where the toe joint of a planted foot lies
