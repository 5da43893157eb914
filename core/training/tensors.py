"""Samples as padded tensors on the training device, at the model's constant rate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.datasets.dataset import Sample
from core.errors import DataError
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import resample_clip


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

    Raises DataError for a sample with more persons than the network sees.
    """
    clips = []
    for sample in samples:
        if sample.sequence.positions_m.shape[1] > persons:
            raise DataError(f"{sample.name} holds two persons; the network looks at one.")
        sequence = sample.sequence.to_kinect25()
        clips.append(resample_clip(sequence.times_s, sequence.positions_m, rate_hz=rate_hz))  # (T, P, 25, 3)
    longest = max(len(clip) for clip in clips)
    positions = np.zeros((len(clips), longest, persons, len(KINECT_25), 3), dtype=np.float32)
    for row, clip in zip(positions, clips, strict=True):
        there = clip.shape[1]
        row[: len(clip), :there] = clip
        row[len(clip) :, :there] = clip[-1]
    return SampleTensors(
        positions_m=torch.from_numpy(positions).to(device),
        lengths=torch.tensor([len(clip) for clip in clips], device=device),
        labels=torch.tensor([sample.label for sample in samples], device=device),
    )
