"""Replay: what a model makes of every moment of a stream of joints, and what the app would have said.

The same features, windows and decisions as live, but all windows of a stream at once: to choose thresholds and to
measure, not to show.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

from core.live.decision import DecisionMaker, is_known, when_done
from core.live.motion import SPEED_SPAN_S, motion_speed_m_s
from core.model.folder import ActionModel, DecisionSpec
from core.skeleton.segment import Segment

MIN_WINDOW_S = 0.8  # a shorter window says too little
_BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stream:
    """Joints on a model's time grid, and what was done when."""

    positions_m: NDArray[np.float32]  # (T, P, 25, 3)
    seen: NDArray[np.bool_]  # (T, P, 25)
    done: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replay:
    """What a model makes of a stream, frame by frame."""

    logits: NDArray[np.float32]  # (T, A) before any temperature; NaN while the window is too short
    weights: NDArray[np.float32]  # (T,) sum of beta over the window
    speeds_m_s: NDArray[np.float32]  # (T,)
    rate_hz: float
    done: tuple[Segment, ...]

    @property
    def until_s(self) -> float:
        """Time of its last frame."""
        return (len(self.logits) - 1) / self.rate_hz

    @property
    def resting_s(self) -> float:
        """How much of the stream nothing is done."""
        return max(0.0, len(self.logits) / self.rate_hz - sum(one.duration_s for one in self.done))


def replay(model: ActionModel, stream: Stream) -> Replay:
    """Run a model over all windows of a stream."""
    features = model.features(stream.positions_m, seen=stream.seen)  # (T, K, C)
    window, least = model.config.window_frames, round(MIN_WINDOW_S * model.rate_hz)
    logits = np.full((len(features), len(model.actions)), np.nan, dtype=np.float32)
    weights = np.zeros(len(features), dtype=np.float32)
    ends = np.arange(least, len(features) + 1)
    for part in np.array_split(ends, max(1, len(ends) // _BATCH)):
        if not len(part):
            continue
        output = model.run([features[max(0, end - window) : end] for end in part.tolist()])
        logits[part - 1] = output.logits.cpu().numpy()
        weights[part - 1] = output.counted(torch.from_numpy(np.minimum(part, window))).sum(dim=1).cpu().numpy()
    return Replay(
        logits=logits, weights=weights, speeds_m_s=_speeds(model, stream), rate_hz=model.rate_hz, done=stream.done
    )


def _speeds(model: ActionModel, stream: Stream) -> NDArray[np.float32]:
    span = round(SPEED_SPAN_S * model.rate_hz) + 1
    positions = stream.positions_m
    return np.array(
        [
            motion_speed_m_s(positions[max(0, end - span) : end], rate_hz=model.rate_hz, joints=model.joints)
            for end in range(1, len(positions) + 1)
        ],
        dtype=np.float32,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heard:
    """A replay at a temperature: probabilities (T, A), NaN while there are none, and evidence (T,)."""

    replay: Replay
    probabilities: NDArray[np.float32]
    evidence: NDArray[np.float64]

    @classmethod
    def at(cls, temperature: float, replayed: Replay) -> "Heard":
        """The same as `ActionModel.predict` says at that temperature."""
        scaled = replayed.logits / temperature
        return cls(replay=replayed, probabilities=softmax(scaled, axis=1), evidence=logsumexp(scaled, axis=1))


def said_in(heard: Heard, actions: tuple[str, ...], spec: DecisionSpec, *, background: int | None) -> list[Segment]:
    """The segments that the app would have said with these thresholds, passing guesses among them (see `decided`)."""
    decide = DecisionMaker(actions, spec, background=background)
    segments: list[Segment] = []
    said, since_s, now_s = None, 0.0, 0.0
    rows = zip(
        heard.probabilities, heard.replay.weights.tolist(), heard.evidence.tolist(), heard.replay.speeds_m_s.tolist(),
        strict=True,
    )  # fmt: skip
    for place, (probabilities, weight, evidence, speed_m_s) in enumerate(rows):
        now_s = place / heard.replay.rate_hz
        is_heard = not math.isnan(evidence) and weight >= spec.seen_frames
        known = is_known(evidence, spec)
        action = decide.push(now_s, probabilities if is_heard else None, speed_m_s, known=known).action
        if action != said:
            segments += [] if said is None else [Segment(start_s=since_s, end_s=now_s, action=said)]
            said, since_s = action, now_s
    return segments if said is None else [*segments, Segment(start_s=since_s, end_s=now_s, action=said)]


def decided(said: Sequence[Segment], spec: DecisionSpec, *, until_s: float) -> list[Segment]:
    """The decisions in what was said until the stream ends: no passing guesses, and at the time when they were done."""
    spans_s = when_done([(one.start_s, one.end_s) for one in said], spec, from_s=0.0, until_s=until_s)
    return [
        Segment(start_s=span[0], end_s=span[1], action=one.action)
        for one, span in zip(said, spans_s, strict=True)
        if span is not None
    ]
