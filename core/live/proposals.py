"""Proposals: what a model would have said about a recording, as segments that somebody accepts or refuses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.live.decision import DecisionMaker, heard, is_known
from core.live.motion import SPEED_SPAN_S, motion_speed_m_s
from core.live.pipeline import COORDINATES, MAX_GAP_S, MIN_WINDOW_S, seen_in
from core.live.predictor import LanePredictor
from core.live.results import Decision
from core.model.folder import ActionModel
from core.skeleton.resample import StreamResampler
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence

_LEAST_S: Final = 0.3  # shorter ones are no help to a labeller
_TELL_EVERY: Final = 300  # frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A segment that a model proposes."""

    segment: Segment
    confidence: float  # 0..1, the highest while it was said


def propose(
    model: ActionModel, sequence: SkeletonSequence, *, progress: Callable[[int, int], None] | None = None
) -> list[Proposal]:
    """Segments in the order of their starts: what the live view would have said, begun earlier by its delay.

    `progress` is told frames done and frames in all; what it raises ends the work.

    Raises DataError where the recording has other persons than the model looks at.
    """
    if sequence.positions_m.shape[1] != model.persons:
        raise DataError(
            f"The recording shows {sequence.positions_m.shape[1]} person(s), and the model '{model.name}' looks at "
            f"{model.persons}: choose another model."
        )
    found: list[Proposal] = []
    said: Decision | None = None
    best, now_s = 0.0, 0.0
    for now_s, decision in _decisions(model, sequence, progress):
        if said is not None and decision.action != said.action:
            found += _finished(said, now_s, best, model)
            best = 0.0
        best = max(best, decision.confidence) if decision.action is not None else best
        said = decision
    return [*found, *(_finished(said, now_s, best, model) if said is not None else [])]


def _finished(said: Decision, now_s: float, confidence: float, model: ActionModel) -> list[Proposal]:
    """What was said until now as a proposal; it is said somewhat after it began, and goes on somewhat after its end."""
    if said.action is None or said.action == model.config.background:
        return []
    late_s = model.config.decision.hold_s + model.config.decision.smoothing_s
    segment = Segment(start_s=max(0.0, said.since_s - late_s), end_s=now_s, action=said.action)
    return [Proposal(segment=segment, confidence=confidence)] if segment.duration_s >= _LEAST_S else []


def _decisions(
    model: ActionModel, sequence: SkeletonSequence, progress: Callable[[int, int], None] | None
) -> Iterator[tuple[float, Decision]]:
    """What is said at each grid time of the model, through all gaps."""
    spec = model.config.decision
    decide = DecisionMaker(model.actions, spec, background=model.background)
    predictor = LanePredictor(model)
    done, total = 0, int(sequence.duration_s * model.rate_hz) + 1
    for times_s, rows in _stretches(model, sequence):
        decide.reset(float(times_s[0]))
        predictor.clear()
        features = model.features(rows[..., :COORDINATES], seen=_seen_around(model, rows))
        span = round(SPEED_SPAN_S * model.rate_hz) + 1
        for place, (time_s, row) in enumerate(zip(times_s.tolist(), features, strict=True)):
            if progress is not None and (done := done + 1) % _TELL_EVERY == 1:
                progress(min(done, total), total)
            predictor.push(row)
            is_enough = len(predictor) >= MIN_WINDOW_S * model.rate_hz
            prediction = predictor.predict() if is_enough else None
            recent = rows[max(0, place + 1 - span) : place + 1, ..., :COORDINATES]
            yield (
                time_s,
                decide.push(
                    time_s,
                    heard(prediction, spec),
                    motion_speed_m_s(recent, rate_hz=model.rate_hz, joints=model.joints),
                    known=prediction is None or is_known(prediction.evidence, spec),
                ),
            )


def _seen_around(model: ActionModel, rows: NDArray[np.float32]) -> NDArray[np.bool_]:
    span = round(SPEED_SPAN_S * model.rate_hz) + 1
    return np.stack([seen_in(rows[max(0, end - span) : end]) for end in range(1, len(rows) + 1)])


def _stretches(
    model: ActionModel, sequence: SkeletonSequence
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float32]]]:
    """Times (T,) and metres with confidence (T, P, 25, 4) on the model's grid, from gap to gap."""
    mapped = sequence.to_kinect25()
    values = np.concatenate([mapped.positions_m, mapped.confidence[..., None]], axis=-1)
    grid = StreamResampler(rate_hz=model.rate_hz, max_gap_s=MAX_GAP_S)
    times: list[float] = []
    rows: list[NDArray[np.float32]] = []
    start_s = 0.0
    for time_s, row in zip(mapped.times_s.tolist(), values, strict=True):
        new, is_begun = grid.push(time_s, row)
        if is_begun:
            if rows:
                yield np.array(times), np.stack(rows)
            times, rows, start_s = [], [], time_s
        times += [start_s + (len(rows) + number) / model.rate_hz for number in range(len(new))]
        rows += new
    if rows:
        yield np.array(times), np.stack(rows)
