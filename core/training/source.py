"""What a training reads: a data set by name and folder, plain or also through pixels, and the tensors made of it.

A source is small and can be pickled, so that worker processes each read the data themselves, from the cache.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from core.datasets.authored import with_performer
from core.datasets.catalogue import load_dataset
from core.datasets.collection import OnBroken
from core.datasets.dataset import Dataset, Progress, Sample
from core.training.pixels import through_pixels
from core.training.recipes import Recipe
from core.training.tensors import SampleTensors, to_tensors


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingData:
    """The recordings of a data set, as Kinect saw them and, where wanted, as a webcam would have seen them."""

    dataset: Dataset
    pixels: Dataset | None = None

    @property
    def views(self) -> tuple[Dataset, ...]:
        """The data set, and the same through pixels."""
        return (self.dataset,) if self.pixels is None else (self.dataset, self.pixels)

    def where(self, keep: Callable[[Sample], bool]) -> "TrainingData":
        """The same with some of the recordings only."""
        views = [replace(view, samples=tuple(filter(keep, view.samples))) for view in self.views]
        return TrainingData(dataset=views[0], pixels=views[1] if len(views) > 1 else None)

    def train_tensors(self, recipe: Recipe, *, split: str | None, device: torch.device) -> SampleTensors:
        """The training parts of all views, each weighing the same; without a split all samples there are."""
        parts = [view.samples if split is None else view.part(train=True, split=split) for view in self.views]
        return self._tensors(_balanced(parts), recipe, device)

    def test_tensors(self, recipe: Recipe, *, split: str, device: torch.device) -> tuple[SampleTensors, ...]:
        """The test part of each view, each recording once: through pixels some are there in several takes."""
        parts = [view.part(train=False, split=split) for view in self.views]
        parts[1:] = [_once(part) for part in parts[1:]]
        return tuple(self._tensors(part, recipe, device) for part in parts)

    def once(self, recipe: Recipe, *, device: torch.device) -> tuple[SampleTensors, ...]:
        """All samples of each view, each recording once."""
        return tuple(self._tensors(_once(view.samples), recipe, device) for view in self.views)

    def _tensors(self, samples: Sequence[Sample], recipe: Recipe, device: torch.device) -> SampleTensors:
        return to_tensors(
            samples,
            rate_hz=recipe.features.rate_hz,
            persons=recipe.features.persons,
            device=device,
            background=self.dataset.background_label,
            in_mirror=_in_mirror(self.dataset),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """Where the data is."""

    name: str
    folder: Path
    on_broken: OnBroken = OnBroken.SKIP
    pose_model: Path | None = None  # where given: through pixels as well
    performer: bool = False  # with what the performer acts, and "no action"

    def load(self, *, progress: Progress | None = None, seen: Progress | None = None) -> TrainingData:
        """Read it, as much as possible from the caches; `seen` is told of the way through pixels.

        Raises DataError as `load_dataset` does.
        """
        dataset = load_dataset(self.name, self.folder, on_broken=self.on_broken, progress=progress)
        dataset = with_performer(dataset) if self.performer else dataset
        if self.pose_model is None:
            return TrainingData(dataset=dataset)
        pixels = through_pixels(dataset, pose_model=self.pose_model, with_truth=True, progress=seen)
        return TrainingData(dataset=dataset, pixels=pixels)


def _in_mirror(dataset: Dataset) -> tuple[int, ...] | None:
    """What a batch has to know of mirrors: nothing where all actions are alike there."""
    return None if dataset.survives_mirror or not dataset.has_mirrored else dataset.in_mirror


def _once(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """The first take of each recording."""
    first: dict[str, Sample] = {}
    for sample in samples:
        first.setdefault(sample.name, sample)
    return tuple(first.values())


def _balanced(parts: Sequence[Sequence[Sample]]) -> list[Sample]:
    """All samples, those of a smaller part as often as it takes to weigh as much as the largest."""
    most = max(len(part) for part in parts)
    return [sample for part in parts for sample in list(part) * max(1, round(most / len(part)))]
