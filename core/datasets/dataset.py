"""A data set in memory: labelled sequences, who is in them, and the published ways to split them.

A split is data, not code: it names an attribute of a sample and the values of it that are for training. So one form
holds a test by person, by camera and by fold, and it survives when samples are left out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.skeleton.sequence import SkeletonSequence

Progress = Callable[[int, int], None]  # done, total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One labelled sequence."""

    name: str  # of the file it came from
    sequence: SkeletonSequence
    label: int  # place in Dataset.actions
    person: int  # or the pair, where two persons act
    view: int = 0  # the camera, where there are several
    group: int = 0  # what else a split keeps together: SBU's fold, NTU's setup
    authored: bool = False  # acted by the performer, and always for training
    # The joints that were drawn, where the sequence was found in pixels of the performer: (T, P, 25, 3), level axes.
    true_joints_m: NDArray[np.float32] | None = None


class SplitBy(StrEnum):
    """The attribute of a sample that decides on which side of a split it is."""

    PERSON = "person"
    VIEW = "view"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One way to divide a data set: samples whose attribute is in `train` are for training, all others for the test."""

    name: str  # "fold 1", "cross-subject", "x-view"
    by: SplitBy
    train: frozenset[int]
    text: str = ""  # in words, for metrics.json

    def trains(self, sample: Sample) -> bool:
        """Whether the sample is for training."""
        value: int = getattr(sample, self.by.value)
        return sample.authored or value in self.train


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Samples and the published splits of them; the first split is the one that counts unless another is chosen.

    `train_persons` and `split` are shorthand for a single split by person. Where `splits` are given they follow from
    the first of them.
    """

    name: str
    actions: tuple[str, ...]
    samples: tuple[Sample, ...]
    train_persons: frozenset[int] = frozenset()
    skipped: tuple[str, ...] = ()  # files that could not be read, with the reason
    split: str = ""  # in words, for metrics.json
    terms: str = ""  # whose data it is and how it may be used, for the card
    splits: tuple[Split, ...] = ()
    excluded: int = 0  # files in the folder that the makers of the data set tell to leave out
    in_mirror: tuple[int, ...] = ()  # label of each action when it is seen in a mirror; -1: none; (): none has one
    background: str = ""  # the one of the actions that means that nothing is done; "": there is none

    def __post_init__(self) -> None:
        if self.in_mirror and len(self.in_mirror) != len(self.actions):
            raise ValueError(f"{len(self.in_mirror)} actions in a mirror for {len(self.actions)} actions")
        if not self.splits:
            only = Split(name="cross-subject", by=SplitBy.PERSON, train=self.train_persons, text=self.split)
            object.__setattr__(self, "splits", (only,))
            return
        first = self.splits[0]
        object.__setattr__(self, "split", first.text)
        object.__setattr__(self, "train_persons", first.train if first.by is SplitBy.PERSON else frozenset())

    @property
    def background_label(self) -> int | None:
        """Place of the background among the actions."""
        return self.actions.index(self.background) if self.background else None

    @property
    def has_mirrored(self) -> bool:
        """Whether any action seen in a mirror is one of the actions."""
        return any(label >= 0 for label in self.in_mirror)

    @property
    def survives_mirror(self) -> bool:
        """Whether every action seen in a mirror is still that action."""
        return bool(self.actions) and self.in_mirror == tuple(range(len(self.actions)))

    @property
    def persons(self) -> int:
        """How many persons the sequences hold at most."""
        return max((sample.sequence.positions_m.shape[1] for sample in self.samples), default=0)

    @property
    def has_everybody_always(self) -> bool:
        """Whether no sequence has a moment in which a person is not there (all joints in one point)."""
        return all(
            bool((np.ptp(sample.sequence.positions_m, axis=2).max(axis=-1) > 0).all()) for sample in self.samples
        )

    def split_named(self, name: str) -> Split:
        """The split of that name. Raises DataError that lists the known names."""
        for split in self.splits:
            if split.name == name:
                return split
        known = ", ".join(split.name for split in self.splits)
        raise DataError(f"{self.name} has no split '{name}': known are {known}.")

    @property
    def folds(self) -> tuple[str, ...]:
        """Names of all splits, of which the figures have a meaningful mean: no sample is tested by two of them.

        Raises DataError where some sample is, as with a test by person and another one by camera.
        """
        if any(sum(not split.trains(sample) for split in self.splits) > 1 for sample in self.samples):
            names = ", ".join(split.name for split in self.splits)
            raise DataError(f"The splits of {self.name} ({names}) are no folds of one test: choose one with --split.")
        return tuple(split.name for split in self.splits)

    def with_split(self, name: str) -> "Dataset":
        """The same data set with that split as the one that counts. Raises DataError for an unknown name."""
        first = self.split_named(name)
        return replace(self, splits=(first, *(split for split in self.splits if split is not first)))

    def part(self, *, train: bool, split: str | None = None) -> tuple[Sample, ...]:
        """Samples for training or for the test, by the first split or the named one.

        Raises DataError where there is none, and where an action has none to be learnt from.
        """
        chosen_split = self.splits[0] if split is None else self.split_named(split)
        chosen = tuple(sample for sample in self.samples if chosen_split.trains(sample) == train)
        if not chosen:
            who = f"{'training' if train else 'test'} {chosen_split.by}s"
            raise DataError(f"{self.name} has no sample of the {who} ({chosen_split.name}).")
        if train:
            self._need_every_action(chosen, chosen_split)
        return chosen

    def _need_every_action(self, samples: tuple[Sample, ...], split: Split) -> None:
        seen = {sample.label for sample in samples}
        absent = [action for label, action in enumerate(self.actions) if label not in seen]
        if absent:
            names = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
            raise DataError(f"{self.name} has no training sample ({split.name}) of these actions: {names}.")
