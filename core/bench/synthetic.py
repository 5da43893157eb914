"""Made-up data of the size of public data sets: bodies that stand and stir at random. Speed does not depend on more."""

from dataclasses import dataclass

import numpy as np
import torch

from core.datasets.dataset import Dataset, Progress, Sample, Split, SplitBy
from core.skeleton.layouts import KINECT_25, SBU_15, Layout
from core.skeleton.sequence import SkeletonSequence
from core.training.source import DataSource, TrainingData
from core.training.tensors import SampleTensors

RATE_HZ = 15.0
NTU_ACTIONS = 60
_SBU_ACTIONS, _SBU_FOLDS = 8, 5
_SBU_FRAMES = (10, 13, 46)  # the shortest, the most frequent and the longest; about 24 in the mean, as SBU has
_STIR_M = 0.02  # a frame


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticSource(DataSource):
    """SBU's size without SBU's files, for worker processes: each makes the same data anew."""

    sequences: int

    def load(self, *, progress: Progress | None = None, seen: Progress | None = None) -> TrainingData:
        """The data set; nothing is read, so there is no progress to tell."""
        return TrainingData(dataset=sbu_like(self.sequences))


def sbu_like(sequences: int) -> Dataset:
    """So many sequences of two persons of 15 joints, 10 to 46 frames long, in 8 actions and 5 folds."""
    frames = np.random.default_rng(0).triangular(*_SBU_FRAMES, size=sequences).round().astype(int)
    frames[0], frames[-1] = _SBU_FRAMES[0], _SBU_FRAMES[2]
    samples = tuple(
        Sample(
            name=f"sequence {place}",
            sequence=_stirring(SBU_15, frames=int(frames[place]), persons=2, seed=place),
            label=place % _SBU_ACTIONS,
            person=place,
            group=1 + place // _SBU_ACTIONS % _SBU_FOLDS,
        )
        for place in range(sequences)
    )
    folds = frozenset(range(1, _SBU_FOLDS + 1))
    return Dataset(
        name="synthetic, of SBU's size",
        actions=tuple(f"action {label}" for label in range(_SBU_ACTIONS)),
        samples=samples,
        splits=tuple(Split(name=f"fold {fold}", by=SplitBy.GROUP, train=folds - {fold}) for fold in sorted(folds)),
        in_mirror=tuple(range(_SBU_ACTIONS)),
    )


def ntu_like_sample(frames: int) -> Dataset:
    """A data set of one sequence of one person in NTU's joints: what a recipe is adapted to."""
    sequence = _stirring(KINECT_25, frames=frames, persons=1, seed=0)
    sample = Sample(name="sequence", sequence=sequence, label=0, person=0)
    return Dataset(name="synthetic, of NTU's size", actions=("action",), samples=(sample,))


def ntu_like(sequences: int, *, frames: int, device: torch.device) -> SampleTensors:
    """So many sequences of one person of 25 joints on the device, all of the same length."""
    generator = torch.Generator(device=device).manual_seed(0)
    joints = len(KINECT_25)
    positions = torch.randn(sequences, 1, 1, joints, 3, generator=generator, device=device) * 0.3
    positions = positions.expand(-1, frames, -1, -1, -1).clone()
    for frame in range(1, frames):  # one frame at a time: the noise of all at once would double the memory
        stir = torch.randn(sequences, 1, joints, 3, generator=generator, device=device)
        positions[:, frame] = positions[:, frame - 1] + _STIR_M * stir
    return SampleTensors(
        positions_m=positions,
        lengths=torch.full((sequences,), frames, device=device),
        labels=torch.randint(NTU_ACTIONS, (sequences,), generator=generator, device=device),
        seen=torch.ones(sequences, 1, joints, dtype=torch.bool, device=device),
    )


def _stirring(layout: Layout, *, frames: int, persons: int, seed: int) -> SkeletonSequence:
    random = np.random.default_rng(seed)
    body = random.normal(size=(1, persons, len(layout), 3)) * 0.3 + np.arange(persons)[:, None, None]  # 1 m apart
    stir = random.normal(size=(frames, persons, len(layout), 3)) * _STIR_M
    return SkeletonSequence(
        layout=layout,
        positions_m=(body + stir.cumsum(axis=0)).astype(np.float32),
        confidence=np.ones((frames, persons, len(layout)), np.float32),
        times_s=np.arange(frames) / RATE_HZ,
    )
