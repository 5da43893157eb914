"""What was said over a whole run, and, for a performer, whether it was right. No thread."""

import itertools
from dataclasses import dataclass, replace

from core.live.decision import when_done
from core.live.pipeline import MAX_GAP_S
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

    `spec` says how long a name must stand to be a decision, and how much later than an action it comes and goes.
    """

    def __init__(self, spec: DecisionSpec | None = None) -> None:
        self._spec = DecisionSpec() if spec is None else spec
        # Time since the first frame, since when the answer was given, answer, what was acted.
        self._answers: list[tuple[float, float, Decision, str]] = []
        self._parts: list[int] = []  # with which answer a stream begins: times go on in one, without a long gap
        self._start_s: float | None = None
        self._stream = 0

    def push(self, result: LiveResult) -> None:
        """Take the next result."""
        acted = result.frame.truth.action if result.frame.truth is not None else ""
        if self._start_s is None:
            self._start_s = result.frame.time_s  # a camera's times begin anywhere
        time_s, since_s = result.frame.time_s - self._start_s, result.decision.since_s - self._start_s
        is_next = bool(self._answers) and 0 <= time_s - self._answers[-1][0] <= MAX_GAP_S
        if not is_next or result.frame.stream != self._stream:
            self._parts.append(len(self._answers))
        self._stream = result.frame.stream
        self._answers.append((time_s, since_s, result.decision, acted))

    def segments(self) -> list[DecisionSegment]:
        """Stretches in which an action was probably done: what was said, without passing guesses (see `when_done`)."""
        found = []
        for first, end in itertools.pairwise([*self._parts, len(self._answers)]):
            said = self._said(first, end)
            spans_s = when_done(
                [(one.t_start_s, one.t_end_s) for one in said],
                self._spec,
                from_s=self._answers[first][0],
                until_s=self._answers[end - 1][0],
            )
            found += [
                replace(one, t_start_s=span[0], t_end_s=span[1])
                for one, span in zip(said, spans_s, strict=True)
                if span is not None
            ]
        return found

    def shown(self) -> list[DecisionSegment]:
        """Stretches in which the same action was said, however short; until the next answer."""
        parts = itertools.pairwise([*self._parts, len(self._answers)])
        return [one for first, end in parts for one in self._said(first, end)]

    def _said(self, first: int, stop: int) -> list[DecisionSegment]:
        """What was said in a part of the answers."""
        found = []
        for start, end in _runs([decision.action or "" for _, _, decision, _ in self._answers[first:stop]]):
            answers = self._answers[first + start : first + end]
            found.append(
                DecisionSegment(
                    t_start_s=answers[0][0],
                    t_end_s=self._answers[min(first + end, stop - 1)][0],
                    action=answers[0][2].action or "",
                    confidence=sum(decision.confidence for _, _, decision, _ in answers) / len(answers),
                )
            )
        return found

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
