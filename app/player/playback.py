"""Playback: where a player is at each moment, from a clock and what was pressed. Pure: no Qt, no film."""

from dataclasses import dataclass, replace
from typing import Final

SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
FASTEST_BACK: Final = -4.0
SHORTEST_LOOP_S: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """A place in a recording and how it moves; each method gives the next state. Times in seconds of the recording."""

    duration_s: float = 0.0
    time_s: float = 0.0  # at `set_s`
    set_s: float = 0.0  # by the clock
    speed: float = 1.0  # below 0: backwards
    is_playing: bool = False
    loop_s: tuple[float, float] | None = None  # the stretch that is played again and again

    def at(self, now_s: float) -> float:
        """The place now."""
        if not self.is_playing:
            return self.time_s
        moved_s = self.time_s + self.speed * max(0.0, now_s - self.set_s)
        if self.loop_s is None:
            return min(max(0.0, moved_s), self.duration_s)
        start_s, end_s = self.loop_s
        if start_s <= moved_s <= end_s:
            return moved_s
        return min(start_s + (moved_s - start_s) % (end_s - start_s), end_s)

    def has_ended(self, now_s: float) -> bool:
        """Whether it plays and has come to the end, or to the beginning backwards."""
        if not self.is_playing or self.loop_s is not None:
            return False
        return self.at(now_s) == (self.duration_s if self.speed > 0 else 0.0)

    def went(self, time_s: float, now_s: float) -> "Playback":
        """At another place; it goes on playing if it did."""
        return replace(self, time_s=min(max(0.0, time_s), self.duration_s), set_s=now_s)

    def paused(self, now_s: float) -> "Playback":
        """Standing where it is."""
        return replace(self.went(self.at(now_s), now_s), is_playing=False)

    def played(self, now_s: float, *, speed: float | None = None) -> "Playback":
        """Playing from here; from the beginning where it stands at the end."""
        here_s = self.at(now_s)
        speed = abs(self.speed) if speed is None else speed
        if self.loop_s is not None and not self.loop_s[0] <= here_s < self.loop_s[1]:
            here_s = self.loop_s[0]
        elif speed > 0 and here_s >= self.duration_s:
            here_s = 0.0
        return replace(self.went(here_s, now_s), is_playing=True, speed=speed)

    def toggled(self, now_s: float) -> "Playback":
        """Play, or pause."""
        return self.paused(now_s) if self.is_playing else self.played(now_s)

    def forward(self, now_s: float) -> "Playback":
        """The key L: play; again: twice as fast."""
        faster = min(max(SPEEDS), 2 * self.speed) if self.is_playing and self.speed > 0 else 1.0
        return self.played(now_s, speed=faster)

    def backward(self, now_s: float) -> "Playback":
        """The key J: play backwards; again: twice as fast."""
        faster = max(FASTEST_BACK, 2 * self.speed) if self.is_playing and self.speed < 0 else -1.0
        return self.played(now_s, speed=faster)

    def at_speed(self, step: int, now_s: float) -> "Playback":
        """The next of the speeds, up or down, in the same direction."""
        sign = -1.0 if self.speed < 0 else 1.0
        nearest = min(range(len(SPEEDS)), key=lambda place: abs(SPEEDS[place] - abs(self.speed)))
        place = min(max(0, nearest + step), len(SPEEDS) - 1)
        return replace(self.went(self.at(now_s), now_s), speed=sign * SPEEDS[place])

    def looped(self, stretch_s: tuple[float, float] | None, now_s: float) -> "Playback":
        """Play a stretch again and again; None, or one that lies outside of the recording: no more."""
        here = self.went(self.at(now_s), now_s)
        start_s, end_s = (
            (0.0, 0.0) if stretch_s is None else (max(0.0, stretch_s[0]), min(stretch_s[1], self.duration_s))
        )
        if end_s - start_s < SHORTEST_LOOP_S:
            return replace(here, loop_s=None)
        is_inside = start_s <= here.time_s < end_s
        return replace(here, loop_s=(start_s, end_s), time_s=here.time_s if is_inside else start_s)
