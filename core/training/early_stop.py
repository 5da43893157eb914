"""Early stop: a part of the training data is held out, and the training ends when that part gets no better.

On the way there the rate falls to a tenth each time that a third of the patience has brought nothing, as in the later
code of the paper's authors (5 epochs, and 15).

The test part has no say in it. The training loop knows nothing of it: it stands still between two epochs, and whoever
consumes its events may test the network then, and stop.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from core.datasets.dataset import Sample
from core.errors import DataError
from core.training.events import EpochDone, Events, RunFinished
from core.training.loop import TrainingRun
from core.training.source import TrainingData

_DRAWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOut:
    """How early stop works. Raises DataError for numbers that make no sense."""

    share: float  # of the training samples that is held out
    patience: int  # epochs without a better accuracy of that part, after which the training ends

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise DataError(f"The share to hold out must lie between 0 and 1, not {self.share:g}.")
        if self.patience < 1:
            raise DataError(f"The patience must be 1 epoch or more, not {self.patience}.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Division:
    """Training data in two."""

    rest: TrainingData  # with its test part as it was
    held: TrainingData  # nothing but what is held out
    words: str  # how it was chosen


def divide(data: TrainingData, *, split: str | None, share: float, seed: int) -> Division:
    """Hold out some of the training persons, or, where that leaves an action without samples, some samples of each.

    Args:
        data: what there is.
        split: name of the split whose training part is divided; None: all of it is for training.
        share: of the samples.
        seed: decides the draw.

    Raises DataError where there are too few samples.
    """
    samples = data.dataset.samples if split is None else data.dataset.part(train=True, split=split)
    random = np.random.default_rng(seed)
    persons = _some_persons(samples, share, random)
    if persons:
        names = {sample.name for sample in samples if sample.person in persons}
        kind = "persons" if data.dataset.persons == 1 else "groups of persons"
        who = f"{len(persons)} of the {len({sample.person for sample in samples})} training {kind}"
    else:
        names = _some_of_each(samples, share, random)
        who = "samples of the training part, drawn from each action"
    words = f"{who} held out ({len(names)} of {len(samples)} samples)"
    return Division(
        rest=data.where(lambda sample: sample.name not in names),
        held=data.where(lambda sample: sample.name in names),
        words=words,
    )


def _some_persons(samples: tuple[Sample, ...], share: float, random: Generator) -> set[int]:
    """Persons who together did about that share; none where every draw would leave an action without samples."""
    persons = sorted({sample.person for sample in samples})
    for _ in range(_DRAWS if len(persons) > 1 else 0):
        chosen: set[int] = set()
        for person in random.permutation(persons)[:-1].tolist():
            chosen.add(person)
            if sum(sample.person in chosen for sample in samples) >= share * len(samples):
                break
        left = {sample.label for sample in samples if sample.person not in chosen}
        if left == {sample.label for sample in samples}:
            return chosen
    return set()


def _some_of_each(samples: tuple[Sample, ...], share: float, random: Generator) -> set[str]:
    names: set[str] = set()
    for label in sorted({sample.label for sample in samples}):
        of_it = [sample.name for sample in samples if sample.label == label]
        count = min(max(1, round(share * len(of_it))), len(of_it) - 1)
        names.update(random.permutation(of_it)[:count].tolist())
    if not names:
        raise DataError("There are too few training samples to hold some out: each action needs two.")
    return names


class EarlyStop:
    """Ends a run in its last stage once the held-out part gets no better, and keeps the best weights by that part.

    That stage has the schedule `PLATEAU` (see `Recipe.on_plateaus`).
    Stages before the last one run to their end: they make the network that the last one trains.
    """

    def __init__(self, *, test: Callable[[], float], patience: int) -> None:
        self._test, self._patience = test, patience
        self.best_accuracy = -1.0
        self.best_epoch = 0
        self.epoch = 0  # the last that was tested
        self._lowered_epoch = 0  # the last after which the rate was lowered
        self._best: dict[str, Tensor] = {}

    @property
    def is_over(self) -> bool:
        """Whether the held-out part has not got better for too long."""
        return self.epoch - self.best_epoch >= self._patience

    def follow(self, run: TrainingRun) -> Events:
        """The events of a run with the held-out accuracy in them; then the network holds the best weights."""
        for event in run.events():
            if isinstance(event, RunFinished):
                break
            if isinstance(event, EpochDone) and run.stage == len(run.recipe.stages) - 1:
                accuracy = self._note(run, event.epoch)
                yield replace(event, held_out_accuracy=accuracy)
            else:
                yield event
            if self.is_over:
                break
        run.network.load_state_dict(self._best)
        run.network.eval()
        yield RunFinished(elapsed_s=run.elapsed_s)

    def _note(self, run: TrainingRun, epoch: int) -> float:
        accuracy, self.epoch = self._test(), epoch
        if accuracy > self.best_accuracy:
            self.best_accuracy, self.best_epoch = accuracy, epoch
            self._best = {name: tensor.clone() for name, tensor in run.network.state_dict().items()}
        elif epoch - max(self.best_epoch, self._lowered_epoch) >= max(1, self._patience // 3):
            run.lower_rate()
            self._lowered_epoch = epoch
        return accuracy

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint keeps."""
        numbers = torch.tensor(
            [self.best_accuracy, self.best_epoch, self.epoch, self._lowered_epoch], dtype=torch.float64
        )
        return {"numbers": numbers} | {f"best.{name}": tensor for name, tensor in self._best.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Know what a checkpoint kept."""
        self.best_accuracy, *epochs = state["numbers"].tolist()
        self.best_epoch, self.epoch, self._lowered_epoch = map(int, epochs)
        self._best = {n.removeprefix("best."): tensor for n, tensor in state.items() if n.startswith("best.")}
