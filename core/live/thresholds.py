"""Thresholds: which numbers of a `DecisionSpec` serve best on streams of people whom the network has never seen."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from core.live.replay import Heard, said_in
from core.live.segments import Matches, detection_delays_s, false_activations, matches
from core.model.folder import DecisionSpec

FALSE_PER_MINUTE: Final = 2.0  # at most, while nothing is done
OVERLAP: Final = 0.25
_SECOND: Final = 0.1  # of F1, that a second of delay is worth
_ENTER: Final = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_LEAVE: Final = (0.3, 0.6)  # of the threshold to enter
_HOLD_S: Final = (0.0, 0.13, 0.27)
_SMOOTHING_S: Final = (0.0, 0.15)
_NOTHING_REJECTED: Final = -1e6
# Share of the windows of an action that the least evidence costs. What was never seen is in no stream, so that no score
# could choose it.
_REJECTED: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well some thresholds serve on streams."""

    f1: float  # of segments, at an overlap of 0.25
    false_per_minute: float
    delay_s: float  # median; infinite where nothing was found

    @property
    def rank(self) -> tuple[bool, float]:
        """Of two scores the higher one is better: few false activations first, then F1 less what the delay costs."""
        quiet = self.false_per_minute <= FALSE_PER_MINUTE
        return quiet, self.f1 - _SECOND * self.delay_s if quiet else -self.false_per_minute


def score(replays: Sequence[Heard], actions: tuple[str, ...], spec: DecisionSpec, *, background: int | None) -> Score:
    """Figures of these thresholds over all streams together."""
    total, false, resting_s, delays_s = Matches(), 0, 0.0, list[float]()
    for one in replays:
        said = said_in(one, actions, spec, background=background)
        total += matches(said, one.replay.done, least_overlap=OVERLAP)
        false += false_activations(said, one.replay.done)
        delays_s += detection_delays_s(said, one.replay.done)
        resting_s += one.replay.resting_s
    return Score(
        f1=total.f1,
        false_per_minute=60 * false / resting_s if resting_s else 0.0,
        delay_s=float(np.median(delays_s)) if delays_s else float("inf"),
    )


def choose(
    replays: Sequence[Heard], actions: tuple[str, ...], *, background: int | None, base: DecisionSpec
) -> tuple[DecisionSpec, Score]:
    """The best thresholds among those with two false activations a minute or less, and their figures.

    The best are those with the highest F1, of which a second of median delay takes a tenth. Where all have more false
    ones, those with the fewest. `base` has what is not chosen here: when a person counts as still.
    """
    evidence = least_evidence(replays, actions, background=background)
    scored = ((score(replays, actions, spec, background=background), spec) for spec in _grid(base, evidence))
    best = max(scored, key=lambda pair: pair[0].rank)
    return best[1], best[0]


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


def _grid(base: DecisionSpec, evidence: float) -> Iterator[DecisionSpec]:
    for enter, leave, hold_s, smoothing_s in itertools.product(_ENTER, _LEAVE, _HOLD_S, _SMOOTHING_S):
        yield replace(
            base,
            enter=enter,
            leave=round(leave * enter, 3),
            hold_s=hold_s,
            smoothing_s=smoothing_s,
            least_evidence=round(evidence, 3),
        )
