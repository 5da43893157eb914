"""Proposals that are gone through one by one. Pure: no Qt."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from app.widgets.time_axis import clock_text
from core.explain.proposals import Proposal
from core.live.segments import overlap
from core.skeleton.segment import Segment

ALIKE: Final = 0.5  # overlap with a label of the same action from which a proposal says nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposing:
    """What is left, and which one is asked about."""

    left: tuple[Proposal, ...] = ()
    place: int = 0
    total: int = 0

    @classmethod
    def of(cls, proposals: Iterable[Proposal], labels: tuple[Segment, ...]) -> "Proposing":
        """All that say something new."""
        new = tuple(
            one
            for one in proposals
            if not any(label.action == one.segment.action and overlap(label, one.segment) >= ALIKE for label in labels)
        )
        return cls(left=new, total=len(new))

    @property
    def asked(self) -> Proposal | None:
        """The one that is asked about."""
        return self.left[self.place] if self.left else None

    def without_asked(self) -> "Proposing":
        """It was taken or dropped: the next one is asked about."""
        left = tuple(one for one in self.left if one is not self.asked)
        return replace(self, left=left, place=min(self.place, max(0, len(left) - 1)))

    def text(self, *, accept: str, refuse: str) -> str:
        """The question."""
        one = self.asked
        if one is None:
            return ""
        segment, done = one.segment, self.total - len(self.left)
        when = f"{clock_text(segment.start_s)} to {clock_text(segment.end_s)}"
        return (
            f"Proposal {done + 1} of {self.total}: {segment.action}, {when}, {one.confidence:.0%} sure. "
            f"{accept} takes it, {refuse} drops it, Esc ends."
        )
