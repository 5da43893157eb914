"""Proposals: what a model would have said about a recording, as segments that somebody accepts or refuses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.explain.explained import Explained, explain_clip
from core.model.folder import ActionModel, ModelConfig
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
    """The stretches in which one action was said, begun earlier by the delay of the decision."""
    times_s = explained.clip.times_s.tolist()
    found: list[Proposal] = []
    begin = 0
    for frame in range(1, len(explained) + 1):
        is_other = frame == len(explained) or explained.said[frame].action != explained.said[begin].action
        if is_other or explained.said[frame].since_s != explained.said[begin].since_s:
            said = explained.said[begin:frame]
            action, end_s = said[0].action, times_s[min(frame, len(explained) - 1)]
            if action is not None and action != explained.config.background:
                start_s = max(0.0, said[0].since_s - _delay_s(explained.config))
                segment = Segment(start_s=start_s, end_s=end_s, action=action)
                confidence = max(one.confidence for one in said)
                found += [Proposal(segment=segment, confidence=confidence)] if segment.duration_s >= _LEAST_S else []
            begin = frame
    return found


def _delay_s(config: ModelConfig) -> float:
    """About how long after an action began it is said."""
    return config.decision.hold_s + config.decision.smoothing_s
