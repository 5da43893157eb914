"""Clips joined to a stream, as somebody would do one thing after the other with rests between."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.live.replay import Stream
from core.skeleton.segment import Segment
from core.training.tensors import SampleTensors

_PASSING_S: Final = (0.3, 0.7)  # from one pose to the next
_RESTING_S: Final = (0.7, 2.5)


def joined_stream(
    clips: SampleTensors, rests: SampleTensors | None, *, actions: Sequence[str], rate_hz: float, seed: int
) -> Stream:
    """All clips once, in random order, each with a rest before it and after the last one.

    A rest is a part of one of `rests`, or without these standing still in the last pose. Between two pieces the person
    passes over from pose to pose, where the hips are.
    """
    random = np.random.default_rng(seed)
    positions: list[NDArray[np.float32]] = []
    seen: list[NDArray[np.bool_]] = []
    done: list[Segment] = []
    frames = 0
    for label, piece, piece_seen in _pieces(clips, rests, rate_hz=rate_hz, random=random):
        if positions:
            passing = _passing(positions[-1][-1], piece[0], frames=round(random.uniform(*_PASSING_S) * rate_hz))
            piece = piece - _hips(piece[0]) + _hips(positions[-1][-1])
            positions.append(passing)
            seen.append(np.broadcast_to(piece_seen, passing.shape[:3]))
            frames += len(passing)
        if label is not None:
            end = frames + len(piece)
            done.append(Segment(start_s=frames / rate_hz, end_s=end / rate_hz, action=actions[label]))
        positions.append(piece)
        seen.append(np.broadcast_to(piece_seen, piece.shape[:3]))
        frames += len(piece)
    return Stream(positions_m=np.concatenate(positions), seen=np.concatenate(seen), done=tuple(done))


Piece = tuple[int | None, NDArray[np.float32], NDArray[np.bool_]]  # label, (T, P, 25, 3), (P, 25)


def _pieces(
    clips: SampleTensors, rests: SampleTensors | None, *, rate_hz: float, random: np.random.Generator
) -> Iterator[Piece]:
    """Rest, clip, rest, clip ... rest."""
    for place in random.permutation(len(clips)).tolist():
        _, clip, clip_seen = _row(clips, place)
        yield None, *_rest(rests, clip[0], clip_seen, rate_hz=rate_hz, random=random)
        yield int(clips.labels[place]), clip, clip_seen
    yield None, *_rest(rests, clip[-1], clip_seen, rate_hz=rate_hz, random=random)


def _row(clips: SampleTensors, place: int) -> Piece:
    length = int(clips.lengths[place])
    return None, clips.positions_m[place, :length].cpu().numpy(), clips.seen[place].cpu().numpy()


def _rest(
    rests: SampleTensors | None,
    pose: NDArray[np.float32],
    seen: NDArray[np.bool_],
    *,
    rate_hz: float,
    random: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    frames = round(random.uniform(*_RESTING_S) * rate_hz)
    if rests is None or not len(rests):
        return np.repeat(pose[None], frames, axis=0), seen
    _, rest, rest_seen = _row(rests, int(random.integers(len(rests))))
    first = int(random.integers(max(1, len(rest) - frames)))
    return rest[first : first + frames], rest_seen


def _hips(pose: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where the persons of a pose (P, 25, 3) stand on average (3,)."""
    middle: NDArray[np.float32] = pose[:, 0].mean(axis=0)
    return middle


def _passing(first: NDArray[np.float32], second: NDArray[np.float32], *, frames: int) -> NDArray[np.float32]:
    """From one pose (P, 25, 3) to another on the same spot, beginning and ending at rest: (frames, P, 25, 3)."""
    share = (np.arange(1, frames + 1) / (frames + 1)).astype(np.float32)
    share = (share * share * (3 - 2 * share))[:, None, None, None]
    second = second - _hips(second) + _hips(first)
    return first + (second - first) * share
