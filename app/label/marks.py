"""Marks: where the next segment begins and ends, and what is held down while it plays. Pure: no Qt."""

from dataclasses import dataclass, replace
from typing import Final

from core.errors import DataError
from core.skeleton.segment import Segment

TAP_S: Final = 0.2  # a key that is held for less only chooses its action


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A key that went down while the recording played."""

    action: str
    from_s: float  # of the recording, before the reaction time
    pressed_s: float  # of the clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """In and Out, and the key that is held; each method gives the next state."""

    in_s: float | None = None
    out_s: float | None = None
    hold: Hold | None = None

    def marked_in(self, time_s: float) -> "Marks":
        """The next segment begins here; an Out that would lie before it is forgotten."""
        return replace(self, in_s=time_s, out_s=self.out_s if self.out_s is not None and self.out_s > time_s else None)

    def marked_out(self, time_s: float) -> "Marks":
        """The next segment ends here; an In that would lie behind it is forgotten."""
        return replace(self, out_s=time_s, in_s=self.in_s if self.in_s is not None and self.in_s < time_s else None)

    def segment(self, action: str, *, now_s: float) -> Segment:
        """From In to Out; one that is missing is now. Raises DataError where both are, or there is no action."""
        if not action:
            raise DataError("Choose an action first: a key from 1 to 9, or a click on its name.")
        if self.in_s is None and self.out_s is None:
            raise DataError("Mark where it begins and ends first: the keys I and O.")
        ends = (self.in_s if self.in_s is not None else now_s, self.out_s if self.out_s is not None else now_s)
        return Segment(start_s=min(ends), end_s=max(ends), action=action)

    def holding(self, action: str, *, time_s: float, clock_s: float) -> "Marks":
        """A key goes down while it plays."""
        return replace(self, hold=Hold(action=action, from_s=time_s, pressed_s=clock_s))

    def held(self, *, time_s: float, clock_s: float, late_s: float, duration_s: float) -> Segment | None:
        """What a key that comes up now has marked, earlier by the reaction time; None for a tap, or for nothing.

        Whoever still holds it where the recording ends, or begins, marks all that is left.
        """
        if self.hold is None or clock_s - self.hold.pressed_s < TAP_S:
            return None
        is_at_wall = time_s >= duration_s or time_s <= 0
        until_s = time_s if is_at_wall else time_s - late_s
        ends = sorted(min(max(0.0, end_s), duration_s) for end_s in (self.hold.from_s - late_s, until_s))
        if ends[1] <= ends[0]:
            return None
        return Segment(start_s=ends[0], end_s=ends[1], action=self.hold.action)

    def let_go(self) -> "Marks":
        """No key is held any more."""
        return replace(self, hold=None)
