"""Joints as they are found in pixels, and small refiners of them."""

import numpy as np
import torch

from core.datasets.dataset import Dataset, Sample
from core.model.refiner import Refiner, RefinerSpec
from core.skeleton.layouts import MEDIAPIPE_33
from core.skeleton.sequence import SkeletonSequence


def small_refiner(*, hidden: int = 6) -> Refiner:
    """A real, untrained one that moves joints by some centimetres."""
    torch.manual_seed(2)
    refiner = Refiner(RefinerSpec(hidden=hidden)).eval()
    refiner.spread.fill_(0.5)
    return refiner


def found(frames: int = 40, *, persons: int = 1, seed: int = 0, rate_hz: float = 15.0) -> SkeletonSequence:
    """Persons three metres away, each joint of whom moves in its own way."""
    random = np.random.default_rng(seed)
    body = random.normal(size=(1, persons, 33, 3)) * 0.3 + np.array([0, 0, 3])
    phase = random.uniform(0, 6, size=(1, persons, 33, 3))
    swing = 0.1 * np.sin(np.arange(frames)[:, None, None, None] / rate_hz * 5 + phase)
    return SkeletonSequence(
        layout=MEDIAPIPE_33,
        positions_m=(body + swing).astype(np.float32),
        confidence=random.uniform(0.4, 1, size=(frames, persons, 33)).astype(np.float32),
        times_s=np.arange(frames) / rate_hz,
    )


def taught_dataset(*, persons: tuple[int, ...] = (1, 2, 3, 4), takes: int = 2, frames: int = 30) -> Dataset:
    """Takes whose true joints lie 7 cm below those that are found and 20 cm nearer; persons 1 and 3 train."""
    samples = []
    for person in persons:
        for take in range(takes):
            sequence = found(frames, seed=10 * person + take)
            truth_m = sequence.to_kinect25().positions_m + np.array([0, -0.07, -0.2], np.float32)
            truth_m[:, :, [0, 12, 16]] -= np.array([0, -0.07, -0.2], np.float32)  # the hips are where they are
            samples.append(
                Sample(
                    name=f"{person} {take}",
                    sequence=sequence,
                    label=take,
                    person=person,
                    true_joints_m=truth_m.astype(np.float32),
                )
            )
    return Dataset(
        name="taught",
        actions=tuple(f"action {take}" for take in range(takes)),
        samples=tuple(samples),
        train_persons=frozenset({1, 3}),
        split="1 3 train, the others test",
    )
