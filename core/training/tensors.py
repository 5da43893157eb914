"""Samples as padded tensors on the training device, at the model's constant rate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.datasets.clip_batch import ClipBatch
from core.datasets.dataset import Sample
from core.errors import DataError
from core.skeleton.features import is_seen
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import resample_clip

_MAX_BYTES: Final = 16 * 2**30  # all of NTU RGB+D 120 takes half of it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleTensors:
    """N samples of P persons, padded in time by repeating the last pose and in persons by one who is not there."""

    positions_m: Tensor  # (N, T, P, 25, 3); a person who is not there has all joints in one point
    lengths: Tensor  # (N,) true frames
    labels: Tensor  # (N,)
    seen: Tensor  # (N, P, 25) whether a joint was seen in the clip, and not guessed
    background: int | None = None  # the label of those who do nothing, where the data has them
    in_mirror: Tensor | None = None  # (A,) label of each action in a mirror, -1: none; None: each is itself, or none is

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, chosen: Tensor) -> "SampleTensors":
        """Some of the samples, by a mask (N,) or places."""
        return replace(
            self,
            positions_m=self.positions_m[chosen],
            lengths=self.lengths[chosen],
            labels=self.labels[chosen],
            seen=self.seen[chosen],
        )

    def batch(self, chosen: Tensor | slice) -> ClipBatch:
        """Some of the samples, no longer than the longest of them."""
        lengths = self.lengths[chosen]
        positions = self.positions_m[chosen, : int(lengths.max())]
        return ClipBatch(positions, lengths, self.labels[chosen], self.seen[chosen])


def to_tensors(
    samples: Sequence[Sample],
    *,
    rate_hz: float,
    persons: int,
    device: torch.device,
    background: int | None = None,
    in_mirror: Sequence[int] | None = None,
) -> SampleTensors:
    """Map samples to Kinect-25, resample them to the rate and stack them.

    Raises DataError for a sample with more persons than the network sees, and where padding all samples to the longest
    would take more than 16 GB.
    """
    clips = []
    seen = np.ones((len(samples), persons, len(KINECT_25)), dtype=np.bool_)
    for place, sample in enumerate(samples):
        if sample.sequence.positions_m.shape[1] > persons:
            raise DataError(f"{sample.name} holds two persons; the network looks at one.")
        sequence = sample.sequence.to_kinect25()
        positions = _absent_as_nan(sequence.positions_m)
        resampled = resample_clip(sequence.times_s, positions, rate_hz=rate_hz)  # (T, P, 25, 3)
        clips.append(np.nan_to_num(resampled))
        seen[place, : sequence.positions_m.shape[1]] = _seen(sequence.confidence)
    shape = len(clips), max(len(clip) for clip in clips), persons, len(KINECT_25), 3
    size = np.dtype(np.float32).itemsize * math.prod(shape)
    if size > _MAX_BYTES:
        longest = max(zip(clips, samples, strict=True), key=lambda pair: len(pair[0]))[1]
        raise DataError(
            f"{longest.name} lasts {shape[1] / rate_hz:.0f} s, and all {len(clips)} clips would be padded to that: "
            f"{size / 2**30:.0f} GB. Cut it into shorter clips, or leave it out."
        )
    positions = np.zeros(shape, dtype=np.float32)
    for row, clip in zip(positions, clips, strict=True):
        there = clip.shape[1]
        row[: len(clip), :there] = clip
        row[len(clip) :, :there] = clip[-1]
    return SampleTensors(
        positions_m=torch.from_numpy(positions).to(device),
        lengths=torch.tensor([len(clip) for clip in clips], device=device),
        labels=torch.tensor([sample.label for sample in samples], device=device),
        seen=torch.from_numpy(seen).to(device),
        background=background,
        in_mirror=None if in_mirror is None else torch.tensor(in_mirror, device=device),
    )


def _absent_as_nan(positions_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """Positions (T, P, J, 3) with NaN for persons who are not there, as in the live view.

    What is interpolated between somebody and nobody is then nobody too, and no shrunken body.
    """
    absent = np.ptp(positions_m, axis=2).max(axis=-1) == 0  # (T, P)
    return positions_m if not absent.any() else np.where(absent[..., None, None], np.float32(np.nan), positions_m)


def _seen(confidence: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which joints (P, 25) were seen, by their mean confidence (T, P, 25) while the person was there at all."""
    there = confidence.max(axis=-1, keepdims=True) > 0  # (T, P, 1)
    return is_seen((confidence * there).sum(axis=0) / np.maximum(there.sum(axis=0), 1))
