"""Together: several performances on one stage, each at a place and with a heading that may change over time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import SourceError
from core.sources.performer.gaps import presence, with_gaps
from core.sources.performer.programme import Joints, Performance
from core.sources.performer.stance import rotation


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """Where somebody is at a time, in room axes: right as a person who faces the camera has it, and away from it.

    Heading 0 faces the camera, 90 degrees is turned to one's own left.
    """

    time_s: float = 0.0
    x_m: float = 0.0
    z_m: float = 0.0
    heading_deg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Staged:
    """A performance, the way that whoever plays it goes meanwhile, and when it is there.

    Between two waypoints it goes straight and turns evenly, before the first and after the last it stays there. Raises
    SourceError for a path without points or with times that do not increase.
    """

    performance: Performance
    path: Sequence[Waypoint] = (Waypoint(),)
    comes_s: float = -np.inf  # from when on it is there
    goes_s: float = np.inf  # until when

    def __post_init__(self) -> None:
        times_s = [point.time_s for point in self.path]
        if not times_s or not np.isfinite(times_s).all() or (np.diff(times_s) <= 0).any():
            raise SourceError("A path needs one point or more, at times that increase.")

    def joints(self, time_s: float) -> Joints:
        """Joints (P, 25, 3) in room axes, metres; in one point while nobody is there."""
        joints = self.performance.joints(time_s)
        x_m, z_m, heading_deg = self._where(time_s)
        turn = rotation(0, heading_deg, 0).astype(np.float32)
        placed: Joints = joints @ turn.T + np.array([x_m, 0, z_m], dtype=np.float32)
        there = presence(joints) & (self.comes_s <= time_s < self.goes_s)
        return placed if there.all() else with_gaps(placed, there)

    def _where(self, time_s: float) -> NDArray[np.float64]:
        points = np.array([(point.time_s, point.x_m, point.z_m, point.heading_deg) for point in self.path])
        return np.array([np.interp(time_s, points[:, 0], points[:, column]) for column in (1, 2, 3)])


class Together:
    """Performances that run at the same time; the shorter ones stay at their last moment until all have ended.

    Raises SourceError without any.
    """

    def __init__(self, parts: Sequence[Staged]) -> None:
        if not parts:
            raise SourceError("Nobody is on the stage: put one performance or more together.")
        self._parts = tuple(parts)

    @property
    def persons(self) -> int:
        """How many persons there are in all."""
        return sum(part.performance.persons for part in self._parts)

    @property
    def duration_s(self) -> float:
        """How long the longest of them takes once."""
        return max(part.performance.duration_s for part in self._parts)

    def joints(self, time_s: float) -> Joints:
        """Joints (P, 25, 3) of all persons, in the order of the parts, in room axes, metres."""
        return np.concatenate([part.joints(time_s) for part in self._parts])

    def action(self, time_s: float) -> str:
        """What is acted at that time, different actions joined by commas; "" while nothing is."""
        actions = [part.performance.action(time_s) for part in self._parts if part.comes_s <= time_s < part.goes_s]
        return ", ".join(dict.fromkeys(action for action in actions if action))
