"""The axis of a timeline: which stretch of time lies where. Pure geometry: no Qt."""

import math
from dataclasses import dataclass, replace
from typing import Final

SHORTEST_S: Final = 0.5  # that can be zoomed to
_STEPS_S: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """From `start_s` to `end_s` over `width_px` pixels that begin at `left_px`."""

    duration_s: float
    start_s: float
    end_s: float
    left_px: float = 0.0
    width_px: float = 1.0

    @classmethod
    def whole(cls, duration_s: float) -> "TimeAxis":
        """All of a recording."""
        return cls(duration_s=max(duration_s, SHORTEST_S), start_s=0.0, end_s=max(duration_s, SHORTEST_S))

    @property
    def span_s(self) -> float:
        """How much time is shown."""
        return self.end_s - self.start_s

    @property
    def is_whole(self) -> bool:
        """Whether all of the recording is shown."""
        return self.start_s <= 0 and self.end_s >= self.duration_s

    def over(self, *, left_px: float, width_px: float) -> "TimeAxis":
        """The same stretch at another place."""
        return replace(self, left_px=left_px, width_px=max(1.0, width_px))

    def to_px(self, time_s: float) -> float:
        """Where a time lies, also outside of what is shown."""
        return self.left_px + (time_s - self.start_s) / self.span_s * self.width_px

    def to_s(self, x_px: float) -> float:
        """Which time lies at a place, within the recording."""
        time_s = self.start_s + (x_px - self.left_px) / self.width_px * self.span_s
        return min(max(0.0, time_s), self.duration_s)

    def zoomed(self, factor: float, *, about_s: float) -> "TimeAxis":
        """Show a `factor` of the stretch; `about_s` stays where it is."""
        span_s = min(max(self.span_s * factor, SHORTEST_S), self.duration_s)
        share = (about_s - self.start_s) / self.span_s
        return self._from(about_s - share * span_s, span_s)

    def moved(self, by_s: float) -> "TimeAxis":
        """Show what comes later, or earlier."""
        return self._from(self.start_s + by_s, self.span_s)

    def followed(self, time_s: float) -> "TimeAxis":
        """Turn the page where a time is not shown."""
        if self.start_s <= time_s <= self.end_s:
            return self
        return self._from(time_s - 0.1 * self.span_s, self.span_s)

    def _from(self, start_s: float, span_s: float) -> "TimeAxis":
        start_s = min(max(0.0, start_s), max(0.0, self.duration_s - span_s))
        return replace(self, start_s=start_s, end_s=start_s + span_s)

    def ticks_s(self, *, apart_px: float) -> list[float]:
        """Round times that stand at least so far apart."""
        least_s = self.span_s * apart_px / self.width_px
        step_s = next((step for step in _STEPS_S if step >= least_s), _STEPS_S[-1])
        first = math.ceil(self.start_s / step_s - 1e-9)
        return [number * step_s for number in range(first, math.floor(self.end_s / step_s + 1e-9) + 1)]


def clock_text(time_s: float, *, has_parts: bool = True) -> str:
    """A time as people write it: 0:07.25, 12:03.00, 1:02:03."""
    hundredths = round(max(0.0, time_s) * 100)
    seconds, hundredths = divmod(hundredths, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    return f"{text}.{hundredths:02d}" if has_parts else text
