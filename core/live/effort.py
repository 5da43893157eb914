"""How much the pose network may cost where a machine cannot keep up with its camera. No thread, no clock of its own.

First the lighter pose network, where there is one, then every second picture, every third and so on: evenly, where
dropping whatever comes too late would give an uneven rhythm. What is lighter is taken back once there is room again.
"""

import math
from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Final

LOOKED_AT_S: Final = 3.0  # a change needs so long a time of evidence
PATIENCE_S: Final = 10.0  # and so long, to go back to what was too much before
TOO_MUCH: Final = 1.1  # of the time between two pictures
ROOM: Final = 0.8
_LIGHTER_SHARE: Final = 0.8  # of what the full pose network takes: measured 0.79 on a CPU
_MOST_LEFT_OUT: Final = 10
_LEAST_FRAMES: Final = 4  # the slowest machines look at one a second


@dataclass(frozen=True, slots=True)
class Effort:
    """The present choice."""

    is_lighter: bool = False
    every: int = 1  # of so many pictures one is looked at

    def notice(self, camera_hz: float) -> str:
        """What to tell the person in front; "" where nothing is left out."""
        parts = []
        if self.is_lighter:
            parts.append("uses the lighter pose network, which is less exact")
        if self.every > 1:
            parts.append(f"looks at {camera_hz / self.every:.0f} of {camera_hz:.0f} pictures a second")
        return f"This computer cannot keep up with the pictures: it {' and '.join(parts)}." if parts else ""


class EffortGuard:
    """Watches what the pose network takes and chooses. Used by one thread."""

    def __init__(self, *, has_lighter: bool) -> None:
        self.effort = Effort()
        self._has_lighter = has_lighter
        self._taken: deque[tuple[float, float]] = deque()  # (when, milliseconds)
        self._changed_s: float | None = None

    def note(self, now_s: float, *, pose_ms: float, camera_hz: float) -> bool:
        """Count one picture that was looked at. True where `effort` has changed."""
        if self._changed_s is None:
            self._begin(now_s)
        self._taken.append((now_s, pose_ms))
        while len(self._taken) > _LEAST_FRAMES and self._taken[0][0] < now_s - LOOKED_AT_S:
            self._taken.popleft()
        watched_s = now_s - (self._changed_s or 0.0)
        if camera_hz <= 0 or watched_s < LOOKED_AT_S or len(self._taken) < _LEAST_FRAMES:
            return False
        takes_ms = median(taken for _, taken in self._taken)
        load = takes_ms * camera_hz / 1000  # 1: as long as from one picture to the next
        chosen = self._less(load) or (self._more(load) if watched_s >= PATIENCE_S else None)
        if chosen is None or chosen == self.effort:
            return False
        self.effort = chosen
        self._begin(now_s)
        return True

    def _begin(self, now_s: float) -> None:
        self._changed_s = now_s
        self._taken.clear()

    def _less(self, load: float) -> Effort | None:
        now = self.effort
        if load <= TOO_MUCH * now.every:
            return None
        if self._has_lighter and not now.is_lighter:
            return Effort(is_lighter=True)
        return Effort(is_lighter=now.is_lighter, every=min(_MOST_LEFT_OUT, max(now.every + 1, math.ceil(load))))

    def _more(self, load: float) -> Effort | None:
        now = self.effort
        if now.every > 1:
            return Effort(is_lighter=now.is_lighter, every=now.every - 1) if load < ROOM * (now.every - 1) else None
        return Effort() if now.is_lighter and load / _LIGHTER_SHARE < ROOM else None
