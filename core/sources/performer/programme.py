"""Programme: what a performer does over time, as true joints at any time."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from core.errors import SourceError
from core.sources.performer.body import Body
from core.sources.performer.motion import IDLE, Motion, motion_named
from core.sources.performer.stance import NEUTRAL_STANCE, PLACES, raised_halfway, stance_joints
from core.sources.performer.style import Style

Joints = NDArray[np.float32]  # (P, 25, 3)


class Performance(Protocol):
    """Anything that a performer can play: what P persons do over time."""

    @property
    def persons(self) -> int:
        """How many persons play it, P; the same all the time, whether or not they are there."""
        ...

    @property
    def duration_s(self) -> float:
        """How long it takes once."""
        ...

    def joints(self, time_s: float) -> Joints:
        """Kinect-25 joints (P, 25, 3) in room axes (camera.py), metres; in one point for whoever is not there."""
        ...

    def action(self, time_s: float) -> str:
        """What is acted at that time; "" while nothing is."""
        ...


def sampled(performance: Performance, *, rate_hz: float = 5.0, most: int = 600) -> Joints:
    """Joints (T, P, 25, 3) at a constant rate from the start to the end, at fewer times where these were too many."""
    count = min(int(performance.duration_s * rate_hz) + 2, most)
    return np.stack([performance.joints(float(time_s)) for time_s in np.linspace(0, performance.duration_s, count)])


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
    def persons(self) -> int:
        """One."""
        return 1

    @property
    def duration_s(self) -> float:
        """How long it takes once."""
        return float(self._starts_s[-1])

    def joints(self, time_s: float) -> Joints:
        """Kinect-25 joints (1, 25, 3) in room axes, metres."""
        stretch, inside_s = self._find(time_s)
        return stance_joints(self._sway.applied(stretch.stance(inside_s), time_s), self._body)[None]

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
