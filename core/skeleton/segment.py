"""Segment: a stretch of time with one action."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One action from a start to an end."""

    start_s: float
    end_s: float
    action: str

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return self.end_s - self.start_s
