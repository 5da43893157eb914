"""Proposals: what a model would have said about a recording, as segments that somebody accepts or refuses."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.explain.explained import Explained, explain_clip
from core.live.decision import when_done
from core.live.results import Decision
from core.model.folder import ActionModel, DecisionSpec
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence

_LEAST_S: Final = 0.3  # shorter ones are no help to a labeller


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A segment that a model proposes."""

    segment: Segment
    confidence: float  # 0..1, the highest while it was said


def propose(
    model: ActionModel, sequence: SkeletonSequence, *, progress: Callable[[int, int], None] | None = None
) -> list[Proposal]:
    """Segments in the order of their starts, in the sequence's own time: what the live view would have said.

    `progress` is told frames done and frames in all; what it raises ends the work.

    Raises DataError where nobody is in it, or more persons than the model looks at.
    """
    return proposals_of(explain_clip(model, sequence, progress=progress))


def proposals_of(explained: Explained) -> list[Proposal]:
    """The runs in which one action was said, at the time when it was done (`when_done`); none goes over a gap."""
    return [one for stretch in explained.clip.stretches() for one in _of_stretch(explained, stretch)]


def _of_stretch(explained: Explained, stretch: slice) -> list[Proposal]:
    times_s, spec = explained.clip.times_s, _with_lateness(explained.config.decision)
    runs, spans_s = [], []
    for begin, end in _runs(explained.said, stretch):
        said = explained.said[begin:end]
        if said[0].action is None or said[0].action == explained.config.background:
            continue
        end_s = float(times_s[min(end, stretch.stop - 1)])
        if end_s - said[0].since_s >= spec.least_said_s:
            runs.append(said)
            spans_s.append((said[0].since_s, end_s))
    found = []
    for said, (start_s, end_s) in zip(
        runs, when_done(spans_s, spec, from_s=float(times_s[stretch.start])), strict=True
    ):
        if end_s - start_s >= _LEAST_S:
            segment = Segment(start_s=start_s, end_s=end_s, action=said[0].action or "")
            found.append(Proposal(segment=segment, confidence=max(one.confidence for one in said)))
    return found


def _runs(said: Sequence[Decision], stretch: slice) -> list[tuple[int, int]]:
    """From which frame to before which one the same decision stands."""
    frames = range(stretch.start + 1, stretch.stop)
    changes = [
        frame
        for frame in frames
        if (said[frame].action, said[frame].since_s) != (said[frame - 1].action, said[frame - 1].since_s)
    ]
    return list(itertools.pairwise([stretch.start, *changes, stretch.stop]))


def _with_lateness(spec: DecisionSpec) -> DecisionSpec:
    """With what is known at least of a model of which nobody measured how late its names come."""
    return replace(spec, starts_late_s=spec.starts_late_s or spec.hold_s + spec.smoothing_s)
