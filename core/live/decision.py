"""Decision: what the app says, made from a stream of predictions. No thread, no clock of its own."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.live.results import Decision
from core.model.folder import DecisionSpec
from core.model.prediction import Prediction


def heard(prediction: Prediction | None, spec: DecisionSpec) -> NDArray[np.float32] | None:
    """The probabilities that count; None where a window shows nothing.

    Of a window in which the frame gate weighs nothing only the mean of its frames is left, which names some action all
    the same.
    """
    if prediction is None or prediction.weight < spec.seen_frames:
        return None
    return prediction.probabilities


def is_known(evidence: float, spec: DecisionSpec) -> bool:
    """Whether a window is like what was trained on: of scores that are all low the highest is still the highest."""
    return spec.least_evidence is None or evidence >= spec.least_evidence


def when_done(
    said: Sequence[tuple[float, float]], spec: DecisionSpec, *, from_s: float, until_s: float
) -> list[tuple[float, float] | None]:
    """When actions were probably done whose names were said; None for a passing guess (`DecisionSpec.least_said_s`).

    Args:
        said: from when on each name stood and when it stood no longer, in order, seconds.
        spec: how long a name must stand to count, and how much later than an action it comes and goes.
        from_s: where the stream begins; nothing was done before.
        until_s: where it ends. A name that still stands then has not gone: it counts as if it went as late as names do.

    What was done lasts at least until its name came, and at most until the next one begins.
    """
    starts_late_s, ends_late_s = spec.lateness_s
    done: list[tuple[float, float] | None] = []
    before: int | None = None  # the last one that counts
    for place, (start_s, end_s) in enumerate(said):
        gone_s = end_s if end_s < until_s else end_s + ends_late_s
        if gone_s - start_s < spec.least_said_s:
            done.append(None)
            continue
        begun_s = max(start_s - starts_late_s, from_s)
        if before is not None and (last := done[before]) is not None:
            done[before] = last[0], min(last[1], begun_s)
        done.append((begun_s, max(gone_s - ends_late_s, start_s)))
        before, from_s = place, start_s
    return done


class DecisionMaker:
    """Smooths probabilities and answers with hysteresis: an action must lead for a while before it is said.

    "No action" is an answer: where nobody is in view, where the person stands still, where the network knows the
    background and that leads, or where nothing leads clearly. Times are those of frames, so a file gives the same
    answers at any speed.

    The background may be given odds beforehand (`DecisionSpec.background_bias`): whoever is watched rests far more than
    the clips of a training do (prior shift; Saerens et al., Neural Computation 2002). What is told as confidence stays
    the network's own probability.
    """

    def __init__(self, actions: tuple[str, ...], spec: DecisionSpec, *, background: int | None = None) -> None:
        self._actions = actions
        self._spec = spec
        self._background = background
        self.reset(0.0)

    def reset(self, time_s: float) -> None:
        """Start anew at a time: no action."""
        self._smooth = np.zeros(len(self._actions), dtype=np.float64)
        self._last_s: float | None = None
        self._candidate: tuple[int, float] | None = None  # who leads, and since when
        self._said: int | None = None
        self._since_s = time_s

    def push(
        self, time_s: float, probabilities: NDArray[np.float32] | None, speed_m_s: float, *, known: bool = True
    ) -> Decision:
        """Take the prediction of a frame (None: no person, no window, or nothing in it; see `heard`) and answer.

        `speed_m_s` is the mean joint speed of the last second; below the threshold of the spec nobody acts. While what
        is seen is not `known` (see `is_known`) no action begins; one that was said goes on as long as it leads.
        """
        target = np.zeros_like(self._smooth) if probabilities is None else probabilities.astype(np.float64)
        gap_s = max(time_s - self._last_s, 0.0) if self._last_s is not None else math.inf
        share = 1.0 if self._spec.smoothing_s == 0 else 1 - math.exp(-gap_s / self._spec.smoothing_s)
        self._smooth += share * (target - self._smooth)
        self._last_s = time_s
        weighed = self._weighed()
        best = int(weighed.argmax())
        acting = probabilities is not None and speed_m_s >= self._spec.still_m_s
        self._answer(time_s, weighed, best, acting=acting, known=known)
        shown = best if self._said is None else self._said
        return Decision(
            action=None if self._said is None else self._actions[self._said],
            confidence=float(self._smooth[shown]),
            since_s=self._since_s,
        )

    def _weighed(self) -> NDArray[np.float64]:
        """The smoothed probabilities with the background's odds in them; they sum to what they did."""
        if self._background is None or self._spec.background_bias == 0:
            return self._smooth
        odds = np.ones_like(self._smooth)
        odds[self._background] = math.exp(self._spec.background_bias)
        total = float((self._smooth * odds).sum())
        return self._smooth * odds * (float(self._smooth.sum()) / total) if total > 0 else self._smooth

    def _answer(self, time_s: float, weighed: NDArray[np.float64], best: int, *, acting: bool, known: bool) -> None:
        said = self._said
        if said is not None and (not acting or weighed[said] < self._spec.leave):
            self._say(None, time_s)
        is_new = acting and known and best not in (self._said, self._background)
        if not is_new or weighed[best] < self._spec.enter:
            self._candidate = None
            return
        if self._candidate is None or self._candidate[0] != best:
            self._candidate = (best, time_s)
        if time_s - self._candidate[1] >= self._spec.hold_s:
            self._say(best, time_s)

    def _say(self, action: int | None, time_s: float) -> None:
        self._said, self._since_s, self._candidate = action, time_s, None
