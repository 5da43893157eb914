"""The occlusion check: what becomes of an answer when a joint, a limb or a frame is taken away, beside attention.

- A joint or limb is taken away from all frames: its features are 0, exactly as those of a joint that was not seen are
  in training (`core.skeleton.features.without_unseen`).
- A frame is taken away altogether: the network goes from the one before it to the one after it, as if the moment had
  not been. So it is missed by all three LSTMs and by the temporal sum, and what came before it is forgotten a step
  less. Features of the other frames stay as they are.

Everything is asked in one batch (in several where it would take more than 64 MB). "Change" is what the answer's action
has without the part, less what it has with it: below zero, the part spoke for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from scipy.stats import spearmanr

from core.explain.explained import Explained, explain_grid
from core.model.folder import ActionModel
from core.skeleton.layouts import KINECT_25
from core.skeleton.limbs import by_limb

_FADE_S: Final = 0.3  # a joint that is moved in one frame is moved less and less around it
_LEAST_FOR_A_RANK: Final = 3  # of two things any order is +1 or -1
# Of longer answers several frames in a row are taken away at once, and each is given its part of the change: the cost
# grows with the square of the length.
_MOST_FRAMES: Final = 300
_MOST_BYTES: Final = 64 * 2**20  # of a batch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """Of the probability and of the score of the answer's action, for each thing that was taken away, (N,) each."""

    probability: NDArray[np.float64]
    logit: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Occlusion:
    """What was found for the answer of a clip."""

    action: int
    probability: float  # with everything there
    joints: Change  # (K,)
    frames: Change  # (S,) the frames of the answer's span
    parts: dict[str, Change]  # limbs, each (1,): "left arm", of two persons "person 2 left arm"
    # Spearman's rank correlation of attention and of how much the probability falls; None where one of the two is
    # the same for all, so that there is no order to compare.
    joints_rank: float | None  # with the mean attention of each joint
    frames_rank: float | None  # with the share of each frame in the temporal sum


def occlude(model: ActionModel, explained: Explained) -> Occlusion:
    """Take away each joint, each limb and each frame of the clip's answer, and ask again."""
    span, best = explained.span, explained.best
    features = explained.features[span]  # (S, K, C)
    limbs = _limbs(explained)
    joints = len(features[0])
    sets = [[], *([joint] for joint in range(joints)), *limbs.values()]
    blocks = _blocks(len(features))
    windows = [_without(features, taken) for taken in sets] + [np.delete(features, block, axis=0) for block in blocks]
    logits = _asked(model, windows)  # (N, A)
    scores = logits[:, best]
    probabilities = softmax(logits / model.config.temperature, axis=1)[:, best]

    def change(part: slice) -> Change:
        return Change(probability=probabilities[part] - probabilities[0], logit=scores[part] - scores[0])

    one, first_block = 1 + joints, len(sets)
    frames = _of_each_frame(change(slice(first_block, None)), blocks, count=len(features))
    return Occlusion(
        action=best,
        probability=float(probabilities[0]),
        joints=change(slice(1, one)),
        frames=frames,
        parts={name: change(slice(one + place, one + place + 1)) for place, name in enumerate(limbs)},
        joints_rank=rank_correlation(explained.mean_alpha, -change(slice(1, one)).probability),
        frames_rank=rank_correlation(explained.shares[span], -frames.probability),
    )


def _blocks(frames: int) -> list[slice]:
    """Which frames are taken away together; none where there is a single one, without which nothing is left to ask."""
    step = -(-frames // _MOST_FRAMES)
    return [slice(first, min(first + step, frames)) for first in range(0, frames, step)] if frames > 1 else []


def _of_each_frame(change: Change, blocks: Sequence[slice], *, count: int) -> Change:
    """The change of each block as that of its frames, (count,); 0 where none was taken away."""
    frames = Change(probability=np.zeros(count), logit=np.zeros(count))
    for place, block in enumerate(blocks):
        length = block.stop - block.start
        frames.probability[block] = change.probability[place] / length
        frames.logit[block] = change.logit[place] / length
    return frames


def _asked(model: ActionModel, windows: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Scores of each window, (N, A)."""
    at_once = max(1, _MOST_BYTES // windows[0].nbytes)
    said = [model.run(windows[first : first + at_once]).logits for first in range(0, len(windows), at_once)]
    return np.concatenate([one.float().cpu().numpy() for one in said]).astype(np.float64)


def rank_correlation(attention: NDArray[np.floating], fall: NDArray[np.floating]) -> float | None:
    """Spearman's rank correlation of two (N,), or None where there is no order: fewer than three, or one is constant.

    What differs by rounding only counts as the same.
    """
    first, second = (np.round(np.asarray(values, dtype=np.float64), 9) for values in (attention, fall))
    if len(first) < _LEAST_FOR_A_RANK or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(spearmanr(first, second).statistic)


def rank_text(rank: float | None) -> str:
    """A rank correlation for people."""
    return "not defined (all alike)" if rank is None else f"{rank:+.2f}".replace("-", "−")


def silenced(
    model: ActionModel, explained: Explained, joints: Sequence[int], *, person: int | None = None
) -> Explained:
    """What the model says when joints (by Kinect-25 index) are seen in no frame; of everybody, or of one person."""
    seen = explained.clip.seen.copy()
    seen[:, slice(None) if person is None else person, list(joints)] = False
    return explain_grid(model, replace(explained.clip, seen=seen))


def moved_joint(
    model: ActionModel,
    explained: Explained,
    joint: int,
    offset_m: NDArray[np.floating],
    *,
    person: int = 0,
    frame: int | None = None,
    with_children: bool = True,
) -> Explained:
    """What the model says when a joint (by Kinect-25 index) is moved by an offset (3,) in metres.

    Args:
        model: the one that explained the clip.
        explained: the clip as it is.
        joint: which one.
        offset_m: in Kinect axes: x to the person's right, y up, z away from the camera.
        person: whose.
        frame: moved fully in this frame and less and less until 0.3 s around it, since a body does not jump; None: in
            all frames alike.
        with_children: what hangs on the joint comes along, so that an elbow takes its hand with it.
    """
    clip = explained.clip
    amount = np.ones(len(clip)) if frame is None else _around(clip.times_s, frame)
    amount = amount * clip.there[:, person]  # who is not there has all joints in one point and keeps them there
    moved = [joint, *(_hanging_on(joint) if with_children else ())]
    positions_m = clip.positions_m.copy()
    positions_m[:, person, moved] += (amount[:, None] * offset_m)[:, None].astype(np.float32)
    return explain_grid(model, replace(clip, positions_m=positions_m))


def _around(times_s: NDArray[np.float64], frame: int) -> NDArray[np.float64]:
    """One in a frame, a raised cosine around it."""
    away = np.clip(np.abs(times_s - times_s[frame]) / _FADE_S, 0, 1)
    return np.asarray((1 + np.cos(np.pi * away)) / 2)


def _hanging_on(joint: int) -> list[int]:
    """Everything further out than a joint."""
    children = [child for parent, child in KINECT_25.bones if parent == joint]
    return children + [one for child in children for one in _hanging_on(child)]


def _limbs(explained: Explained) -> dict[str, list[int]]:
    """Places among the K joints of each limb that the network sees."""
    return {
        limb if explained.persons == 1 else f"person {person + 1} {limb}": places
        for person, limb, places in by_limb(explained.joints, persons=explained.persons)
    }


def _without(features: NDArray[np.float32], taken: Sequence[int]) -> NDArray[np.float32]:
    left = features.copy()
    left[:, list(taken)] = 0
    return left
