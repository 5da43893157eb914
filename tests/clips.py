"""Small made-up data sets that a tiny network can learn, and recipes for it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.datasets.augment_spec import AugmentSpec
from core.datasets.dataset import Dataset, Progress, Sample
from core.library.library import Library
from core.library.records import RecordingDocument, State
from core.skeleton.layouts import KINECT_25
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence
from core.training.events import EpochDone
from core.training.loop import TrainingRun, build_network
from core.training.recipes import Gate, Recipe, Schedule, Stage
from core.training.source import DataSource, TrainingData
from core.training.tensors import SampleTensors

CPU = torch.device("cpu")
ACTIONS = ("bend", "left", "right")
CALM = AugmentSpec(
    yaw_deg=5, pitch_deg=0, roll_deg=0, scale=0, bone=0, offset_m=0, depth_offset_m=0, depth_scale=0, wobble_m=0,
    depth_wobble_m=0, tempo=0.1, window_share=0,
)  # fmt: skip
SMALL = Recipe(
    stages=(Stage(name="everything", layers=1, epochs=60, rate=0.02, schedule=Schedule.ONE_CYCLE),),
    batch=8,
    hidden=16,
    gate_hidden=8,
    dropout=0.0,
    augment=CALM,
)
# Stages of each kind: a gate alone, fixed with more layers, anew for the other gate, and all together.
STAGED = Recipe(
    stages=(
        Stage(name="one", layers=1, spatial=Gate.OFF, steps=4, rate=5e-4, schedule=Schedule.CONSTANT, renews_main=True),
        Stage(name="grown", layers=3, spatial=Gate.OFF, temporal=Gate.FROZEN, steps=5, rate=5e-4),
        Stage(name="anew", layers=1, temporal=Gate.OFF, steps=3, rate=5e-4, renews_main=True),
        Stage(name="together", layers=2, epochs=3, rate=5e-4),
    ),
    batch=8,
    hidden=12,
    gate_hidden=6,
    dropout=0.4,
)


def clip(action: int, *, seed: int, frames: int = 40, persons: int = 1) -> SkeletonSequence:
    """Bodies of which the first bows its head (0) or raises the left (1) or the right (2) hand."""
    random = np.random.default_rng(seed)
    body = np.repeat(random.normal(size=(1, persons, 25, 3)) * 0.3, frames, axis=0).astype(np.float32)
    wave = np.sin(np.linspace(0, 6, frames) + random.uniform(0, 1)).astype(np.float32)
    moved = {0: slice(2, 4), 1: slice(5, 8), 2: slice(9, 12)}[action]
    body[:, 0, moved, 1] += 0.5 * wave[:, None]
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=body,
        confidence=np.ones((frames, persons, 25), np.float32),
        times_s=np.arange(frames) / 30,
    )


def small_dataset(*, takes: int = 8, persons: int = 1, **changes: Any) -> Dataset:
    """Three actions by four persons, of whom 0 and 2 are for training."""
    samples = tuple(
        Sample(
            name=f"{ACTIONS[action]}/{take % 4}_{take}",
            sequence=clip(action, seed=10 * action + take, frames=30 + take, persons=persons),
            label=action,
            person=take % 4,
        )
        for action in range(3)
        for take in range(takes)
    )
    base = Dataset(
        name="small", actions=ACTIONS, samples=samples, train_persons=frozenset({0, 2}), split="0 2 train, 1 3 test"
    )
    return replace(base, **changes)


def write_dataset(folder: Path, *, takes: int = 8) -> Path:
    """The same as a labelled folder, ACTION/PERSON_*.npz."""
    for sample in small_dataset(takes=takes).samples:
        path = folder / f"{sample.name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        sample.sequence.save(path)
    return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlySource(DataSource):
    """Data at which the process that reads it dies, as at a lack of memory."""

    def load(self, *, progress: Progress | None = None, seen: Progress | None = None) -> TrainingData:
        os._exit(9)


def train_tensors(recipe: Recipe = SMALL, *, dataset: Dataset | None = None) -> SampleTensors:
    """The training part of the small data set."""
    data = TrainingData(dataset=dataset or small_dataset())
    return data.train_tensors(recipe, split="cross-subject", device=CPU)


def new_run(recipe: Recipe = SMALL, *, seed: int = 0, dataset: Dataset | None = None) -> TrainingRun:
    """A run on it that has not begun."""
    network = build_network(recipe, classes=3, seed=seed)
    return TrainingRun(network, train_tensors(recipe, dataset=dataset), recipe, seed=seed)


def run_epochs(run: TrainingRun, count: int | None = None) -> list[EpochDone]:
    """Train on for that many epochs, or to the end."""
    epochs: list[EpochDone] = []
    for event in run.events():
        epochs += [event] if isinstance(event, EpochDone) else []
        if len(epochs) == count:
            break
    return epochs


def own_library(folder: Path, takes: Mapping[tuple[str, int], int], *, actions: Sequence[str] = ACTIONS) -> Path:
    """A library with so many recordings of each person and action, all with joints; returns its folder."""
    with Library.opened(folder, create=True) as library:
        number = 0
        for (person, action), count in takes.items():
            for _ in range(count):
                number += 1
                own_take(library, clip(action, seed=number), person=person, action=actions[action], number=number)
        library.learn(actions=actions)
    return folder


def own_take(
    library: Library, joints: SkeletonSequence | None, *, person: str, action: str, number: int, source: str = "camera"
) -> None:
    """One recording in which that action is done from start to end; without joints nobody was found in it."""
    recorded_at = datetime(2026, 11, 26, 14, tzinfo=UTC) + timedelta(seconds=number)
    duration_s = 1.0 if joints is None else joints.duration_s
    recording = RecordingDocument(
        person=person,
        prompt=action,
        recorded_at=recorded_at.isoformat(),
        source=source,
        duration_s=duration_s,
        frames=30,
    )
    entry = library.begin(recording)
    if joints is not None:
        joints.save(entry.poses)
    done = replace(entry.recording, state=State.DONE)
    segments = (Segment(start_s=0.0, end_s=duration_s, action=action),) if action else ()
    library.finish(entry, done, segments=segments)
