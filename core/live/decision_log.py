"""What was said over a whole run, and, for a performer, whether it was right. No thread."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.live.decision import when_done
from core.live.results import Decision, LiveResult
from core.model.folder import DecisionSpec

NO_ACTION = "no action"
_SLACK_S = 0.5  # an answer may come this long after the acting has ended, or have begun so long before it
_LEAST_SHARE = 0.25  # of the frames of an act: an answer given for less was not the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSegment:
    """A stretch of frames with one answer."""

    t_start_s: float
    t_end_s: float
    action: str
    confidence: float  # mean over its frames


@dataclass(frozen=True, slots=True, kw_only=True)
class ActedSegment:
    """A stretch in which the performer acted, and the answer that was given for most of it."""

    t_start_s: float
    t_end_s: float
    action: str
    said: str
    confidence: float  # mean over the frames in which it was said
    correct: bool


class DecisionLog:
    """Collects results, in order. `segments` leaves "no action" out; `acted` needs frames with a truth.

    `spec` says how long an answer must be given, until the next one, to be kept, and how late its name comes and goes.
    """

    def __init__(self, spec: DecisionSpec | None = None) -> None:
        self._spec = DecisionSpec() if spec is None else spec
        # Time since the first frame, since when the answer was given, answer, what was acted.
        self._answers: list[tuple[float, float, Decision, str]] = []
        self._start_s: float | None = None

    def push(self, result: LiveResult) -> None:
        """Take the next result."""
        acted = result.frame.truth.action if result.frame.truth is not None else ""
        if self._start_s is None:
            self._start_s = result.frame.time_s  # a camera's times begin anywhere
        time_s, since_s = result.frame.time_s - self._start_s, result.decision.since_s - self._start_s
        self._answers.append((time_s, since_s, result.decision, acted))

    def segments(self) -> list[DecisionSegment]:
        """Stretches in which an action was probably done: what was said, without passing guesses."""
        kept = [one for one, shown_s in self._shown() if shown_s >= self._spec.least_said_s]
        spans_s = when_done([(one.t_start_s, one.t_end_s) for one in kept], self._spec)
        return [
            replace(one, t_start_s=start_s, t_end_s=end_s) for one, (start_s, end_s) in zip(kept, spans_s, strict=True)
        ]

    def shown(self) -> list[DecisionSegment]:
        """Stretches in which the same action was said, however short."""
        return [one for one, _ in self._shown()]

    def _shown(self) -> Iterator[tuple[DecisionSegment, float]]:
        """Each stretch of an answer, and for how long it stood until the next one."""
        for start, end in _runs([decision.action or "" for _, _, decision, _ in self._answers]):
            confidences = [decision.confidence for _, _, decision, _ in self._answers[start:end]]
            segment = DecisionSegment(
                t_start_s=self._answers[start][0],
                t_end_s=self._answers[end - 1][0],
                action=self._answers[start][2].action or "",
                confidence=sum(confidences) / len(confidences),
            )
            until_s = self._answers[min(end, len(self._answers) - 1)][0]
            yield segment, until_s - segment.t_start_s

    def acted(self, vocabulary: tuple[str, ...]) -> list[ActedSegment]:
        """Stretches in which an action of the vocabulary was acted, with what was said for most of each."""
        found = []
        for start, end in _runs([acted if acted in vocabulary else "" for _, _, _, acted in self._answers]):
            action, t_end_s = self._answers[start][3], self._answers[end - 1][0]
            said, confidence = self._mostly_said(start, end)
            found.append(
                ActedSegment(
                    t_start_s=self._answers[start][0],
                    t_end_s=t_end_s,
                    action=action,
                    said=said,
                    confidence=confidence,
                    correct=said == action,
                )
            )
        return found

    def _mostly_said(self, start: int, end: int) -> tuple[str, float]:
        """The action said in most of the frames of an act; "no action" where none was said for long enough."""
        t_start_s, t_end_s = self._answers[start][0], self._answers[end - 1][0]
        heard: dict[str, list[float]] = {}
        for time_s, since_s, decision, _ in self._answers[start:]:
            if time_s > t_end_s + _SLACK_S:
                break
            # An answer from long before the act belongs to what was acted before.
            if decision.action is not None and since_s >= t_start_s - _SLACK_S:
                heard.setdefault(decision.action, []).append(decision.confidence)
        said = max(heard, key=lambda action: len(heard[action]), default=NO_ACTION)
        if said == NO_ACTION or len(heard[said]) < _LEAST_SHARE * (end - start):
            return NO_ACTION, 0.0
        return said, sum(heard[said]) / len(heard[said])


def _runs(names: list[str]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each run of equal names, those of "" left out."""
    edges = [0, *(i for i in range(1, len(names)) if names[i] != names[i - 1]), len(names)]
    return [(start, end) for start, end in itertools.pairwise(edges) if start < end and names[start]]
