"""A data set in memory: labelled sequences with the person of each, and how they are split."""

from collections.abc import Callable
from dataclasses import dataclass

from core.errors import DataError
from core.skeleton.sequence import SkeletonSequence

Progress = Callable[[int, int], None]  # done, total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One labelled sequence."""

    name: str  # of the file it came from
    sequence: SkeletonSequence
    label: int  # place in Dataset.actions
    person: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Samples and the published split of them, by person."""

    name: str
    actions: tuple[str, ...]
    samples: tuple[Sample, ...]
    train_persons: frozenset[int]
    skipped: tuple[str, ...] = ()  # files that could not be read, with the reason
    split: str = ""  # in words, for metrics.json
    terms: str = ""  # whose data it is and how it may be used, for the card

    def part(self, *, train: bool) -> tuple[Sample, ...]:
        """Samples of the training or of the test persons. Raises DataError where one has none."""
        chosen = tuple(sample for sample in self.samples if (sample.person in self.train_persons) == train)
        if not chosen:
            raise DataError(f"{self.name} has no sample of the {'training' if train else 'test'} persons.")
        return chosen
