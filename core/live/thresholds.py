"""Thresholds: which numbers of a `DecisionSpec` serve best on streams of people whom the network has never seen."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from core.live.replay import Heard, decided, said_in
from core.live.segments import Matches, common_s, detection_delays_s, false_activations, matches
from core.model.folder import DecisionSpec
from core.skeleton.segment import Segment

FALSE_PER_MINUTE: Final = 2.0  # at most, while nothing is done
SOON_S: Final = 0.8  # median delay that nobody minds
OVERLAP: Final = 0.25
_SECOND: Final = 0.1  # of F1, that a second of delay is worth
_SECOND_TOO_LATE: Final = 1.0  # and one beyond that, besides
_ENTER: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_LEAVE: Final = (0.3, 0.7)  # of the threshold to enter
_HOLD_S: Final = (0.0, 0.13)
_SMOOTHING_S: Final = (0.0, 0.15)
_BACKGROUND_BIAS: Final = (0.0, 1.0, 2.0, 3.0)  # half the time at rest against 28 actions alike is 3.3
_LEAST_SAID_S: Final = (0.0, 0.5, 0.7, 0.9)
_NOTHING_REJECTED: Final = -1e6
# Share of the windows of an action that the least evidence costs. What was never seen is in no stream, so that no score
# could choose it.
_REJECTED: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well some thresholds serve on streams."""

    f1: float  # of segments that are kept as decisions, at an overlap of 0.25
    shown_f1: float  # of all that was shown, passing guesses too
    false_per_minute: float  # of all that was shown
    delay_s: float  # median, until it was first shown; infinite where nothing was found

    @property
    def rank(self) -> tuple[bool, float]:
        """Of two scores the higher one is better: quiet ones first, else the quieter one.

        Of quiet ones that of the higher F1, the mean of both, since people read the list of decisions and watch the
        name meanwhile; a second of delay takes a tenth of it, and all of it beyond `SOON_S`.
        """
        if self.false_per_minute > FALSE_PER_MINUTE:
            return False, -self.false_per_minute
        late_s = max(0.0, self.delay_s - SOON_S)
        return True, (self.f1 + self.shown_f1) / 2 - _SECOND * self.delay_s - _SECOND_TOO_LATE * late_s


def score(replays: Sequence[Heard], actions: tuple[str, ...], spec: DecisionSpec, *, background: int | None) -> Score:
    """Figures of these thresholds over all streams together."""
    return _score(replays, [said_in(one, actions, spec, background=background) for one in replays], spec)


def _score(replays: Sequence[Heard], shown: Sequence[list[Segment]], spec: DecisionSpec) -> Score:
    """Figures of these thresholds, of which `shown` is what was said over each stream with them."""
    total, all_shown, false, resting_s, delays_s = Matches(), Matches(), 0, 0.0, list[float]()
    for one, said in zip(replays, shown, strict=True):
        total += matches(decided(said, spec, until_s=one.replay.until_s), one.replay.done, least_overlap=OVERLAP)
        all_shown += matches(said, one.replay.done, least_overlap=OVERLAP)
        false += false_activations(said, one.replay.done)
        delays_s += detection_delays_s(said, one.replay.done)
        resting_s += one.replay.resting_s
    return Score(
        f1=total.f1,
        shown_f1=all_shown.f1,
        false_per_minute=60 * false / resting_s if resting_s else 0.0,
        delay_s=round(float(np.median(delays_s)), 3) if delays_s else float("inf"),  # times are sums of many steps
    )


def choose(
    replays: Sequence[Heard], actions: tuple[str, ...], *, background: int | None, base: DecisionSpec
) -> tuple[DecisionSpec, Score]:
    """The thresholds of the highest `Score.rank`, and their figures.

    `base` has what is not chosen here: when a person counts as still, and how much the frame gate must have seen.
    """
    evidence = least_evidence(replays, actions, background=background)
    best: tuple[Score, DecisionSpec] | None = None
    for spec in _grid(base, evidence, has_background=background is not None):
        shown = [said_in(one, actions, spec, background=background) for one in replays]
        starts_late_s, ends_late_s = lateness_s(replays, shown)
        for least_said_s in _LEAST_SAID_S:
            candidate = replace(spec, least_said_s=least_said_s, starts_late_s=starts_late_s, ends_late_s=ends_late_s)
            found = _score(replays, shown, candidate)
            if best is None or found.rank > best[0].rank:
                best = found, candidate
    assert best is not None
    return best[1], best[0]


def lateness_s(replays: Sequence[Heard], shown: Sequence[list[Segment]]) -> tuple[float, float]:
    """How much later than an action its name comes and goes, seconds; medians of what is rightly named, at least 0."""
    starts_s, ends_s = list[float](), list[float]()
    for one, said in zip(replays, shown, strict=True):
        for done in one.replay.done:
            right = [other for other in said if other.action == done.action and common_s(other, done) > 0]
            if right:
                starts_s.append(right[0].start_s - done.start_s)
                ends_s.append(right[-1].end_s - done.end_s)
    starts, ends = (max(0.0, round(float(np.median(late)), 3)) if late else 0.0 for late in (starts_s, ends_s))
    return starts, ends


def least_evidence(replays: Sequence[Heard], actions: tuple[str, ...], *, background: int | None) -> float:
    """The evidence that all but one in fifty of the windows reach in which an action is done and rightly named."""
    found: list[float] = []
    for one in replays:
        for done in one.replay.done:
            start, end = (round(time_s * one.replay.rate_hz) for time_s in (done.start_s, done.end_s))
            best = one.probabilities[start:end].argmax(axis=1)
            is_right = (
                np.isfinite(one.evidence[start:end]) & (best == actions.index(done.action)) & (best != background)
            )
            found += one.evidence[start:end][is_right].tolist()
    return float(np.quantile(found, _REJECTED)) if found else _NOTHING_REJECTED


def _grid(base: DecisionSpec, evidence: float, *, has_background: bool) -> Iterator[DecisionSpec]:
    biases = _BACKGROUND_BIAS if has_background else (0.0,)
    for enter, leave, hold_s, smoothing_s, bias in itertools.product(_ENTER, _LEAVE, _HOLD_S, _SMOOTHING_S, biases):
        yield replace(
            base,
            enter=enter,
            leave=round(leave * enter, 3),
            hold_s=hold_s,
            smoothing_s=smoothing_s,
            least_evidence=round(evidence, 3),
            background_bias=bias,
        )
