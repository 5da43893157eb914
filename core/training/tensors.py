"""Samples as padded tensors on the training device, at the model's constant rate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from core.datasets.dataset import Sample
from core.errors import DataError
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import resample_clip

_MAX_BYTES: Final = 16 * 2**30  # all of NTU RGB+D 120 takes half of it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleTensors:
    """N samples of P persons, padded in time by repeating the last pose and in persons by one who is not there."""

    positions_m: Tensor  # (N, T, P, 25, 3); a person who is not there has all joints in one point
    lengths: Tensor  # (N,) true frames
    labels: Tensor  # (N,)

    def __len__(self) -> int:
        return len(self.labels)


def to_tensors(samples: Sequence[Sample], *, rate_hz: float, persons: int, device: torch.device) -> SampleTensors:
    """Map samples to Kinect-25, resample them to the rate and stack them.

    Raises DataError for a sample with more persons than the network sees, and where padding all samples to the longest
    would take more than 16 GB.
    """
    clips = []
    for sample in samples:
        if sample.sequence.positions_m.shape[1] > persons:
            raise DataError(f"{sample.name} holds two persons; the network looks at one.")
        sequence = sample.sequence.to_kinect25()
        clips.append(resample_clip(sequence.times_s, sequence.positions_m, rate_hz=rate_hz))  # (T, P, 25, 3)
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
    )
