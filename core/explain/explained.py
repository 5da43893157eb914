"""Everything that one model says about one clip, on the model's time grid.

A clip of up to two of the model's windows goes through the network in one run, as it does when a model is tested. A
longer one goes through it as live, frame by frame in lanes (`core.model.streaming`): the network's state is never older
than a window, memory does not grow with the length, and the numbers are those that an audience saw live.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import logsumexp, softmax

from core.live.clip_grid import GridClip, on_grid
from core.live.decision import DecisionMaker, is_known
from core.live.motion import SPEED_SPAN_S, motion_speed_m_s
from core.live.pipeline import MIN_WINDOW_S
from core.live.predictor import LANES
from core.live.results import Decision
from core.model.folder import ActionModel, ModelConfig
from core.model.prediction import Prediction
from core.model.sta_lstm import EPSILON
from core.model.streaming import LaneNetwork
from core.skeleton.layouts import KINECT_25
from core.skeleton.limbs import in_words
from core.skeleton.sequence import SkeletonSequence

WHOLE_WINDOWS: Final = 2  # so many windows of a model are taken in one run
GATE_SENTENCE: Final = "Attention is a gate of this network, not a proof of cause."
_TELL_EVERY: Final = 64  # frames
_TINY_S: Final = 1e-9

Progress: TypeAlias = Callable[[int, int], None]  # frames done, of how many


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explained:
    """Letters: T frames of the grid, P persons, K joints of all persons (person after person), C channels, A actions.

    What is said with a frame is about the frames from `begins` to it: the network is causal, and that is all that it
    has seen. One of those answers is the clip's own, see `answer`.
    """

    model: str
    config: ModelConfig
    clip: GridClip
    features: NDArray[np.float32]  # (T, K, C) what the network was given
    alpha: NDArray[np.float32]  # (T, K) sums to one in a frame
    beta: NDArray[np.float32]  # (T,) what the frame gate says, 0 or more
    logits: NDArray[np.float32]  # (T, A) scores of the running answer
    weights: NDArray[np.float32]  # (T,) sum of the frame weights that the running answer is made of
    begins: NDArray[np.intp]  # (T,) the first frame that the answer of a frame is about
    said: tuple[Decision, ...]  # (T,) what the app says with each frame, after smoothing and thresholds
    answer: int  # the frame with which the clip's answer is given

    def __len__(self) -> int:
        return len(self.beta)

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of the actions."""
        return self.config.actions

    @property
    def joints(self) -> tuple[int, ...]:
        """Kinect-25 index of each joint of one person that the network sees."""
        return self.config.features.joints

    @property
    def persons(self) -> int:
        """P."""
        return self.config.features.persons

    @property
    def rate_hz(self) -> float:
        """Of the grid."""
        return self.config.features.rate_hz

    @property
    def times_s(self) -> NDArray[np.float64]:
        """(T,) seconds from the first frame."""
        times: NDArray[np.float64] = self.clip.times_s - self.clip.times_s[0]
        return times

    @property
    def duration_s(self) -> float:
        """From the first frame to the last."""
        return float(self.times_s[-1])

    @property
    def weighs_joints(self) -> bool:
        """Whether the network has a joint gate; without one all joints weigh the same."""
        return self.config.network.variant.spatial

    @property
    def weighs_frames(self) -> bool:
        """Whether the network has a frame gate; without one all frames weigh the same."""
        return self.config.network.variant.temporal

    @property
    def heat(self) -> NDArray[np.float32]:
        """Attention in "times uniform", (T, K): 1.0 is 1/K."""
        return self.alpha * np.float32(self.alpha.shape[1])

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Of the running answer, (T, A), calibrated."""
        scaled: NDArray[np.float64] = self.logits.astype(np.float64) / self.config.temperature
        return np.asarray(softmax(scaled, axis=1))

    def probabilities_at(self, frame: int) -> NDArray[np.float64]:
        """Those of one frame, (A,), without working out all the others."""
        return np.asarray(softmax(self.logits[frame].astype(np.float64) / self.config.temperature))

    @property
    def whole(self) -> NDArray[np.float64]:
        """Probabilities of the clip's answer, (A,)."""
        return np.asarray(softmax(self.logits[self.answer].astype(np.float64) / self.config.temperature))

    @property
    def best(self) -> int:
        """The action that the clip's answer names."""
        return int(self.logits[self.answer].argmax())

    @property
    def span(self) -> slice:
        """The frames that the clip's answer is about."""
        return slice(int(self.begins[self.answer]), self.answer + 1)

    @property
    def counted(self) -> NDArray[np.float32]:
        """How much each frame counts in the clip's answer, (T,): beta, less what is forgotten; 0 outside of `span`."""
        counted = np.zeros_like(self.beta)
        counted[self.span] = self.beta[self.span] * self._left()
        return counted

    @property
    def shares(self) -> NDArray[np.float64]:
        """The share of each frame in the temporal sum of the clip's answer, (T,); sums to one."""
        weights = np.zeros(len(self), dtype=np.float64)
        weights[self.span] = (self.beta[self.span].astype(np.float64) + EPSILON) * self._left()
        return np.asarray(weights / weights.sum())

    def _left(self) -> NDArray[np.float32]:
        """What is left of the weight of each frame of the span when the answer is given."""
        ages = np.arange(self.answer - int(self.begins[self.answer]), -1, -1, dtype=np.float32)
        left: NDArray[np.float32] = np.float32(self.config.network.kept) ** ages
        return left

    @property
    def mean_alpha(self) -> NDArray[np.float64]:
        """Mean attention of each joint over the frames of the clip's answer, (K,)."""
        return np.asarray(self.alpha[self.span].mean(axis=0, dtype=np.float64))

    def joint_heat(self, frame: int, *, person: int = 0) -> NDArray[np.float32]:
        """Attention of one frame on the joints of Kinect-25, (25,), times uniform; NaN = it does not see it."""
        return self.prediction(frame).joint_heat(len(KINECT_25), person=person)

    def prediction(self, frame: int) -> Prediction:
        """What is said with a frame, as the live path has it; attention of the frames that the answer is about."""
        about = slice(int(self.begins[frame]), frame + 1)
        ages = np.arange(about.stop - about.start - 1, -1, -1, dtype=np.float32)
        return Prediction.of_scores(
            self.logits[frame],
            temperature=self.config.temperature,
            actions=self.actions,
            joints=self.joints,
            alpha=self.alpha[about],
            beta=self.beta[about] * np.float32(self.config.network.kept) ** ages,
            weight=float(self.weights[frame]),
        )

    def joint_names(self) -> tuple[str, ...]:
        """Each of the K joints in words: "right hand", of two persons "person 2 right hand"."""
        one = [in_words(joint) for joint in self.joints]
        if self.persons == 1:
            return tuple(one)
        return tuple(f"person {person + 1} {name}" for person in range(self.persons) for name in one)

    def around_answer(self, most_s: float) -> slice:
        """The frames of so many seconds around those of the answer; all, where there are no more."""
        if self.duration_s <= most_s:
            return slice(0, len(self))
        middle_s = float(self.times_s[self.span.start] + self.times_s[self.span.stop - 1]) / 2
        start_s = float(np.clip(middle_s - most_s / 2, 0, self.duration_s - most_s))
        return slice(*np.searchsorted(self.times_s, (start_s - _TINY_S, start_s + most_s + _TINY_S)).tolist())

    def frames_at(self, times_s: NDArray[np.float64]) -> NDArray[np.intp]:
        """The frame that is shown at each time (N,) of the clip's own clock: the last one until then.

        -1 before the first one, and in a gap: once two periods have passed since it, and no other is near.
        """
        grid_s = self.clip.times_s
        frames = np.searchsorted(grid_s, times_s + _TINY_S, side="right") - 1
        away_s = times_s - grid_s[np.maximum(frames, 0)]
        return np.where((frames >= 0) & (away_s <= 2 / self.rate_hz), frames, -1).astype(np.intp)

    def frame_at(self, time_s: float) -> int | None:
        """That of one time; None where none is shown."""
        frame = int(self.frames_at(np.array([time_s]))[0])
        return frame if frame >= 0 else None


def explain_clip(model: ActionModel, sequence: SkeletonSequence, *, progress: Progress | None = None) -> Explained:
    """What a model says about a sequence of any layout and rate; see `on_grid` for its gaps.

    Raises DataError where nobody is in it, or more persons than the model looks at.
    """
    clip = on_grid(sequence, rate_hz=model.rate_hz, persons=model.persons, refiner=model.refiner)
    return explain_grid(model, clip, progress=progress)


def explain_grid(model: ActionModel, clip: GridClip, *, progress: Progress | None = None) -> Explained:
    """The same for a clip that is on the model's grid already."""
    joints, classes = model.config.network.joints, len(model.actions)
    alpha, beta = np.zeros((len(clip), joints), np.float32), np.zeros(len(clip), np.float32)
    logits, weights = np.zeros((len(clip), classes), np.float32), np.zeros(len(clip), np.float32)
    begins = np.zeros(len(clip), np.intp)
    features = np.zeros((len(clip), joints, model.config.network.channels), np.float32)
    for part in clip.stretches():
        features[part] = model.features(clip.positions_m[part], seen=clip.seen[part])
        run = _whole if part.stop - part.start <= WHOLE_WINDOWS * model.config.window_frames else _in_lanes
        said = run(model, features[part], _telling(progress, part, len(clip)))
        alpha[part], beta[part], logits[part], weights[part] = said.alpha, said.beta, said.logits, said.weights
        begins[part] = part.start + said.first
    if progress is not None:
        progress(len(clip), len(clip))
    return Explained(
        model=model.name,
        config=model.config,
        clip=clip,
        features=features,
        alpha=alpha,
        beta=beta,
        logits=logits,
        weights=weights,
        begins=begins,
        said=_said(model.config, clip, logits, weights),
        answer=_answer(model.config, clip, logits, begins),
    )


class _Stretch(NamedTuple):
    """What is said about a stretch, frame by frame."""

    alpha: NDArray[np.float32]  # (N, K)
    beta: NDArray[np.float32]  # (N,)
    logits: NDArray[np.float32]  # (N, A)
    weights: NDArray[np.float32]  # (N,)
    first: NDArray[np.intp]  # (N,) the first frame that an answer is about, from the start of the stretch


_Tell: TypeAlias = Callable[[int], None]


def _telling(progress: Progress | None, part: slice, total: int) -> _Tell:
    def tell(done: int) -> None:
        if progress is not None and done % _TELL_EVERY == 0:
            progress(part.start + done, total)

    return tell


def _whole(model: ActionModel, features: NDArray[np.float32], _: _Tell) -> _Stretch:
    """A stretch in one run: each answer is about all frames so far."""
    output = model.run([features])
    alpha, beta, logits = (one[0].float().cpu().numpy() for one in (output.alpha, output.beta, output.running_logits()))
    weights = lfilter([1.0], [1.0, -model.config.network.kept], beta)  # each is what is kept of the last one, and beta
    return _Stretch(alpha, beta, logits, weights.astype(np.float32), np.zeros(len(features), np.intp))


def _in_lanes(model: ActionModel, features: NDArray[np.float32], tell: _Tell) -> _Stretch:
    """A long stretch as live; an answer is about the frames that its lane holds."""
    window = model.config.window_frames
    network = LaneNetwork(model.network, window=window, lanes=min(LANES, window))
    alpha, logits = [], []
    beta, weights = np.zeros((2, len(features)), np.float32)
    first = np.zeros(len(features), np.intp)
    for frame, row in enumerate(features):
        step = network.push(torch.from_numpy(row[None]).to(model.device))
        alpha.append(step.alpha[0].cpu().numpy().copy())
        logits.append(step.logits[0].cpu().numpy().copy())
        beta[frame], weights[frame] = float(step.beta[0]), float(step.weight[0])
        first[frame] = frame + 1 - step.frames
        tell(frame + 1)
    return _Stretch(np.stack(alpha), beta, np.stack(logits), weights, first)


def _answer(config: ModelConfig, clip: GridClip, logits: NDArray[np.float32], begins: NDArray[np.intp]) -> int:
    """The frame with which the clip's answer is given: the last one, where the clip was taken in one run.

    Else the last one of a stretch that was, or any of one that was taken as live: the one that is surest of an action
    other than the background, among those that have seen as much as the live path asks for.
    """
    held = np.arange(len(clip)) + 1 - begins
    last = np.zeros(len(clip), np.bool_)
    for part in clip.stretches():
        is_whole = part.stop - part.start <= WHOLE_WINDOWS * config.window_frames
        last[part.stop - 1 if is_whole else part] = True
    enough = last & (held >= min(MIN_WINDOW_S * config.features.rate_hz, held.max()))
    probabilities = softmax(logits.astype(np.float64) / config.temperature, axis=1)
    if config.background and len(config.actions) > 1:
        probabilities[:, config.actions.index(config.background)] = 0
    return int(np.where(enough, probabilities.max(axis=1), -1).argmax())


def _said(
    config: ModelConfig, clip: GridClip, logits: NDArray[np.float32], weights: NDArray[np.float32]
) -> tuple[Decision, ...]:
    """What the app would have said live, frame by frame; a new stretch begins with nothing."""
    background = config.actions.index(config.background) if config.background else None
    decide = DecisionMaker(config.actions, config.decision, background=background)
    scaled = logits.astype(np.float64) / config.temperature
    probabilities, evidence = softmax(scaled, axis=1), logsumexp(scaled, axis=1)
    least, span = MIN_WINDOW_S * config.features.rate_hz, round(SPEED_SPAN_S * config.features.rate_hz) + 1
    said = []
    for part in clip.stretches():
        for frame in range(part.start, part.stop):
            is_heard = frame + 1 - part.start >= least and weights[frame] >= config.decision.seen_frames
            speed_m_s = motion_speed_m_s(
                clip.positions_m[max(part.start, frame + 1 - span) : frame + 1],
                rate_hz=config.features.rate_hz,
                joints=config.features.joints,
            )
            said.append(
                decide.push(
                    float(clip.times_s[frame]),
                    probabilities[frame].astype(np.float32) if is_heard else None,
                    speed_m_s,
                    known=is_known(float(evidence[frame]), config.decision),
                )
            )
    return tuple(said)
