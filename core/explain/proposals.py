"""Proposals: what a model would have said about a recording, as segments that somebody accepts or refuses."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.explain.explained import Explained, explain_clip
from core.live.decision import when_done
from core.live.results import Decision
from core.model.folder import ActionModel
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
    times_s, runs = explained.clip.times_s, list[tuple[float, float, Sequence[Decision]]]()
    for begin, end in _runs(explained.said, stretch):
        said = explained.said[begin:end]
        if said[0].action is not None and said[0].action != explained.config.background:
            runs.append((said[0].since_s, float(times_s[min(end, stretch.stop - 1)]), said))
    spans_s = when_done(
        [(start_s, end_s) for start_s, end_s, _ in runs],
        explained.config.decision,
        from_s=float(times_s[stretch.start]),
        until_s=float(times_s[stretch.stop - 1]),
    )
    return [
        Proposal(
            segment=Segment(start_s=span[0], end_s=span[1], action=said[0].action or ""),
            confidence=max(one.confidence for one in said),
        )
        for (_, _, said), span in zip(runs, spans_s, strict=True)
        if span is not None and span[1] - span[0] >= _LEAST_S
    ]


def _runs(said: Sequence[Decision], stretch: slice) -> list[tuple[int, int]]:
    """From which frame to before which one the same decision stands."""
    frames = range(stretch.start + 1, stretch.stop)
    changes = [
        frame
        for frame in frames
        if (said[frame].action, said[frame].since_s) != (said[frame - 1].action, said[frame - 1].since_s)
    ]
    return list(itertools.pairwise([stretch.start, *changes, stretch.stop]))
