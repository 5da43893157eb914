"""What was said over a whole run, and, for a performer, whether it was right. No thread."""

import itertools
from dataclasses import dataclass

from core.live.results import Decision, LiveResult

NO_ACTION = "no action"
_LATE_S = 0.5  # an answer may come this long after the acting has ended


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
    """Collects results, in order. `segments` leaves "no action" out; `acted` needs frames with a truth."""

    def __init__(self) -> None:
        self._answers: list[tuple[float, Decision, str]] = []  # frame time, answer, what was acted

    def push(self, result: LiveResult) -> None:
        """Take the next result."""
        acted = result.frame.truth.action if result.frame.truth is not None else ""
        self._answers.append((result.frame.time_s, result.decision, acted))

    def segments(self) -> list[DecisionSegment]:
        """Stretches in which the same action was said."""
        found = []
        for start, end in _runs([decision.action or "" for _, decision, _ in self._answers]):
            confidences = [decision.confidence for _, decision, _ in self._answers[start:end]]
            found.append(
                DecisionSegment(
                    t_start_s=self._answers[start][0],
                    t_end_s=self._answers[end - 1][0],
                    action=self._answers[start][1].action or "",
                    confidence=sum(confidences) / len(confidences),
                )
            )
        return found

    def acted(self, vocabulary: tuple[str, ...]) -> list[ActedSegment]:
        """Stretches in which an action of the vocabulary was acted, with what was said for most of each."""
        found = []
        for start, end in _runs([acted if acted in vocabulary else "" for _, _, acted in self._answers]):
            action, t_end_s = self._answers[start][2], self._answers[end - 1][0]
            said, confidence = self._mostly_said(start, t_end_s + _LATE_S)
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

    def _mostly_said(self, start: int, until_s: float) -> tuple[str, float]:
        """The action said in most of the frames from `start` until a time; "no action" only if none was."""
        heard: dict[str, list[float]] = {}
        for time_s, decision, _ in self._answers[start:]:
            if time_s > until_s:
                break
            # An answer from before the acting began belongs to what was acted before.
            if decision.action is not None and decision.since_s >= self._answers[start][0]:
                heard.setdefault(decision.action, []).append(decision.confidence)
        if not heard:
            return NO_ACTION, 0.0
        said = max(heard, key=lambda action: len(heard[action]))
        return said, sum(heard[said]) / len(heard[said])


def _runs(names: list[str]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each run of equal names, those of "" left out."""
    edges = [0, *(i for i in range(1, len(names)) if names[i] != names[i - 1]), len(names)]
    return [(start, end) for start, end in itertools.pairwise(edges) if start < end and names[start]]
