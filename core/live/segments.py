"""Segments: stretches of time with one action, and how well those that were said fit those that were done.

The figures of temporal action segmentation: F1 at an overlap (Lea et al., CVPR 2017), detection delay, and false
activations a minute while nothing is done. Pure functions; seconds throughout.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.skeleton.segment import Segment


def common_s(first: Segment, second: Segment) -> float:
    """How long both last at once."""
    return max(0.0, min(first.end_s, second.end_s) - max(first.start_s, second.start_s))


def overlap(first: Segment, second: Segment) -> float:
    """Intersection over union of two segments, 0 to 1."""
    shared_s = common_s(first, second)
    together_s = first.duration_s + second.duration_s - shared_s
    return shared_s / together_s if together_s > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """How many segments of what was said are right, and how many there are."""

    right: int = 0
    said: int = 0
    done: int = 0

    def __add__(self, other: "Matches") -> "Matches":
        return Matches(right=self.right + other.right, said=self.said + other.said, done=self.done + other.done)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where nothing was done and nothing said."""
        total = self.said + self.done
        return 2 * self.right / total if total else 1.0


def matches(said: Sequence[Segment], done: Sequence[Segment], *, least_overlap: float) -> Matches:
    """Pair what was said with what was done: same action, enough overlap, each of either at most once.

    A segment that was said counts for the one that it overlaps most; of two for the same one only the first is right.
    """
    taken: set[int] = set()
    for one in said:
        scores = [overlap(one, other) if other.action == one.action else 0.0 for other in done]
        best = max(range(len(done)), key=scores.__getitem__, default=-1)
        if best >= 0 and scores[best] >= least_overlap and best not in taken:
            taken.add(best)
    return Matches(right=len(taken), said=len(said), done=len(done))


def false_activations(said: Iterable[Segment], done: Sequence[Segment], *, slack_s: float = 0.5) -> int:
    """How many segments were said while nothing was done, from `slack_s` after the end of an action on."""
    around = [Segment(start_s=one.start_s, end_s=one.end_s + slack_s, action=one.action) for one in done]
    return sum(all(common_s(one, other) == 0 for other in around) for one in said)


def detection_delays_s(said: Sequence[Segment], done: Sequence[Segment]) -> list[float]:
    """From the start of each segment that was rightly named while it lasted to the first time that it was named."""
    delays = []
    for one in done:
        right = [other.start_s for other in said if other.action == one.action and common_s(one, other) > 0]
        delays += [max(0.0, min(right) - one.start_s)] if right else []
    return delays
