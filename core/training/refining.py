"""Data whose joints a refiner (`core.model.refiner`) has refined.

It is taught with joints that were found in pictures of the performer, whose true ones are known. What the network of
actions learns from must look like what it will see of strangers: the joints of each training person are refined by a
refiner that has never seen that person. The one that is kept was taught with all of them.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from core.datasets.dataset import Dataset, Sample
from core.model.refiner import Refiner, RefinerSpec, refined_rows
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import resample_clip
from core.skeleton.sequence import SkeletonSequence
from core.training.recipes import Recipe
from core.training.refiner_teaching import taught_refiner
from core.training.source import TrainingData

FOLDS: Final = 4  # most groups of persons that are left out in turn
SHARE_OF_TIME: Final = 0.3  # that refiners take of a training that needs them, about
Trains = Callable[[Sample], bool]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RefinedData:
    """Data with refined joints, and what will refine those of others; None: the joints are as they were found."""

    data: TrainingData
    refiner: Refiner | None


def refined_by(
    data: TrainingData, recipe: Recipe, *, split: str | None, seed: int = 0
) -> Generator[float | RefinedData, None, None]:
    """`refined_data` as a recipe has it; the training part of a split teaches, without one all there is.

    One seed is enough: what is repeated over seeds shares its refiners.
    """
    chosen = None if split is None else data.dataset.split_named(split)
    yield from refined_data(
        data,
        recipe.refiner,
        rate_hz=recipe.features.rate_hz,
        trains=lambda sample: chosen is None or chosen.trains(sample),
        seed=seed,
    )


def refined_data(
    data: TrainingData, spec: RefinerSpec | None, *, rate_hz: float, trains: Trains, seed: int
) -> Generator[float | RefinedData, None, None]:
    """Teach refiners with the training part and refine all that was found in pixels.

    Gives the share that is done, and last of all what came of it. Closing it cancels; a refiner that is done is kept
    for a month and not taught again. Without a spec, or without takes of one person whose truth is known, nothing is
    refined. Where only one group of persons can teach, it is refined by what it has taught itself.

    Args:
        data: with `Sample.true_joints_m` in its pixels.
        spec: of the refiner.
        rate_hz: of the model's grid.
        trains: which samples may teach.
        seed: of the first weights and of the order.
    """
    pixels = data.pixels
    known = () if pixels is None or spec is None else [one for one in pixels.samples if _teaches(one) and trains(one)]
    if pixels is None or spec is None or not known:
        yield RefinedData(data=data, refiner=None)
        return
    groups = _groups(known)
    folds = sorted(set(groups.values()))
    folds = folds if len(folds) > 1 else []
    refiners: dict[int | None, Refiner] = {}
    for number, fold in enumerate([*folds, None]):
        taught = [one for one in known if fold is None or groups[one.person] != fold]
        for item in taught_refiner(taught, spec, rate_hz=rate_hz, seed=seed):
            if isinstance(item, Refiner):
                refiners[fold] = item
            else:
                yield (number + item) / (len(folds) + 1)

    def refined(sample: Sample) -> Sample:  # in a split by camera also those who are tested have taught
        return refined_sample(sample, refiners[groups.get(sample.person) if folds else None], rate_hz=rate_hz)

    views = [replace(view, samples=tuple(map(refined, view.samples))) for view in (data.dataset, pixels)]
    yield RefinedData(data=replace(data, dataset=views[0], pixels=views[1]), refiner=refiners[None])


def refined_with(data: TrainingData, refiner: Refiner | None, *, rate_hz: float) -> TrainingData:
    """Data of people whom a refiner has never seen, as it has them."""
    return replace(
        data,
        dataset=refined_dataset(data.dataset, refiner, rate_hz=rate_hz),
        pixels=data.pixels and refined_dataset(data.pixels, refiner, rate_hz=rate_hz),
    )


def refined_dataset(dataset: Dataset, refiner: Refiner | None, *, rate_hz: float) -> Dataset:
    """A data set in which all joints that were found in pixels are as a refiner has them."""
    samples = tuple(refined_sample(sample, refiner, rate_hz=rate_hz) for sample in dataset.samples)
    return replace(dataset, samples=samples)


def refined_sample(sample: Sample, refiner: Refiner | None, *, rate_hz: float) -> Sample:
    """A sample with the joints as a refiner has them, where they were found in pixels; any other as it is."""
    sequence = refined_sequence(sample.sequence, refiner, rate_hz=rate_hz)
    return sample if sequence is sample.sequence else replace(sample, sequence=sequence, true_joints_m=None)


def refined_sequence(sequence: SkeletonSequence, refiner: Refiner | None, *, rate_hz: float) -> SkeletonSequence:
    """Kinect-25 on the model's grid, as a refiner has it; a sequence that was not found in pixels stays as it is."""
    if refiner is None or not sequence.found_in_pixels:
        return sequence
    found = sequence.to_kinect25()
    is_there = np.ptp(found.positions_m, axis=2).max(axis=-1) > 0  # (T, P)
    values = np.concatenate([found.positions_m, found.confidence[..., None]], axis=-1)  # (T, P, 25, 4)
    values = np.where(is_there[..., None, None], values, np.float32(np.nan))
    rows = resample_clip(found.times_s, values, rate_hz=rate_hz)
    is_there = np.isfinite(rows.sum(axis=(-1, -2), keepdims=True))
    rows = np.where(is_there, refined_rows(refiner, rows), np.float32(0))  # who is not has all joints in one point
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=rows[..., :3],
        confidence=rows[..., 3],
        times_s=found.times_s[0] + np.arange(len(rows)) / rate_hz,
    )


def _teaches(sample: Sample) -> bool:
    sequence = sample.sequence  # of two nobody knows who is who of the true ones
    return sample.true_joints_m is not None and sequence.found_in_pixels and sequence.positions_m.shape[1] == 1


def _groups(samples: Sequence[Sample]) -> dict[int, int]:
    """The fold of each person: recorded ones in their order, those whom the performer acts by their number."""
    recorded = sorted({sample.person for sample in samples if not sample.authored})
    acted = {sample.person for sample in samples if sample.authored}
    return {person: person % FOLDS for person in acted} | {
        person: place % FOLDS for place, person in enumerate(recorded)
    }
