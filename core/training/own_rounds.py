"""The rounds of a training with a learning curve: on few takes of each action, on more, and on all of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from core.datasets.dataset import Dataset, Sample
from core.training.own_events import OwnProgress

CURVE: Final = (0.25, 0.5)  # shares of each action's takes that are learnt from before all of them are
_STEP_CLIPS: Final = 5  # what a step takes beside its clips, in clips
_FIRST_EPOCHS: Final = 3  # of a session are slower than the others: nothing is foretold from fewer


def rounds_of(dataset: Dataset, split: str, *, learning_curve: bool, seed: int) -> list[Dataset]:
    """The data set of each round: the same test part, and fewer training samples in all but the last one."""
    chosen = dataset.split_named(split)
    trained = [place for place, sample in enumerate(dataset.samples) if chosen.trains(sample)]
    rounds = [fewer_takes(dataset.samples, trained, share=share, seed=seed) for share in CURVE if learning_curve]
    kept = dict.fromkeys([*rounds, frozenset(trained)])  # of two takes there is nothing between one and all
    return [_with(dataset, places, split) for places in kept]


def fewer_takes(samples: Sequence[Sample], places: Sequence[int], *, share: float, seed: int) -> frozenset[int]:
    """That share of each action's samples at those places, at least one. A larger share holds a smaller one."""
    kept: list[int] = []
    for label in sorted({samples[place].label for place in places}):
        of_it = [place for place in places if samples[place].label == label]
        order = np.random.default_rng([seed, label]).permutation(of_it).tolist()
        kept += order[: max(1, int(share * len(of_it) + 0.5))]
    return frozenset(kept)


def _with(dataset: Dataset, kept: frozenset[int], split: str) -> Dataset:
    """The data set with those training samples only, and its test part as it is."""
    chosen = dataset.split_named(split)
    samples = tuple(
        sample for place, sample in enumerate(dataset.samples) if place in kept or not chosen.trains(sample)
    )
    return replace(dataset, samples=samples)


def takes_of(samples: Sequence[Sample], actions: Sequence[str]) -> dict[str, int]:
    """How many samples each action has."""
    return {action: sum(sample.label == label for sample in samples) for label, action in enumerate(actions)}


def shares_of_time(parts: Sequence[Dataset], split: str) -> list[float]:
    """Which share of the whole time each round takes."""
    costs = [_STEP_CLIPS + len(part.part(train=True, split=split)) for part in parts]
    return [cost / sum(costs) for cost in costs]


class RoundClock:
    """How far it is, and how long it will still take, from the epochs of this session."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._began_s = clock, clock()
        self._done, self._epochs = 0.0, 0  # share and epochs that were done since then
        self._start, self._width, self._last = 0.0, 0.0, 0.0

    def begin(self, start: float, width: float, done: float) -> None:
        """A round that takes the share `width` of all, from `start` on, and of which the share `done` is done."""
        self._start, self._width, self._last = start, width, done

    def after(self, done: float) -> OwnProgress:
        """The share `done` of the round is done."""
        self._done += self._width * (done - self._last)
        self._last, self._epochs = done, self._epochs + 1
        share = min(1.0, self._start + self._width * done)
        if self._epochs < _FIRST_EPOCHS:
            return OwnProgress(share=share, left_s=None)
        return OwnProgress(share=share, left_s=(self._clock() - self._began_s) * (1 - share) / self._done)
