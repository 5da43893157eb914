"""Trails: where hands, feet and head have just been in the picture. Pure: no Qt."""

import itertools
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.widgets.overlay import Placement
from core.live.results import LiveResult

JOINTS: Final = (3, 7, 11, 15, 19)  # head, hands, feet
SPAN_S: Final = 1.0
GAP_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """A piece of a trail on the screen; freshness from 0 (fading) to 1 (now)."""

    start_px: tuple[float, float]
    end_px: tuple[float, float]
    freshness: float


class Trails:
    """Keeps the last second of joints of everybody, by identity; a time that jumps begins anew."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, dict[int, NDArray[np.float32]]]] = deque()

    def add(self, result: LiveResult | None) -> None:
        """Another picture is shown."""
        if result is None:
            self._past.clear()
            return
        time_s, pose = result.frame.time_s, result.pose
        if self._past and not 0 <= time_s - self._past[-1][0] <= GAP_S:
            self._past.clear()
        if self._past and time_s == self._past[-1][0]:  # shown again, with something else said of it
            self._past.pop()
        places = {who: pose.positions_px[person, JOINTS, :] for person, who in enumerate(pose.identities)}
        self._past.append((time_s, places))
        while time_s - self._past[0][0] > SPAN_S:
            self._past.popleft()

    def lines(self, placement: Placement) -> list[TrailLine]:
        """All pieces, the oldest first."""
        if not self._past:
            return []
        now_s, found = self._past[-1][0], []
        moments = list(self._past)
        for (_, before), (time_s, after) in itertools.pairwise(moments):
            for who in before.keys() & after.keys():
                starts, ends = placement.to_view(before[who]), placement.to_view(after[who])
                for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                    if np.isfinite([*start, *end]).all():
                        freshness = 1 - (now_s - time_s) / SPAN_S
                        found.append(
                            TrailLine(start_px=(start[0], start[1]), end_px=(end[0], end[1]), freshness=freshness)
                        )
        return found
