"""Teaching a refiner (`core.model.refiner`), and data whose joints it has refined.

Its pupils' joints were found in pictures that the performer drew, so the true ones are known. What the network of
actions learns from must look like what it will see of strangers: the joints of each training person are refined by a
refiner that has never seen that person. The one that is kept was taught with all of them.
"""

import hashlib
import logging
import math
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import safetensors
import torch
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from safetensors.torch import load_file, save
from torch import Tensor

from core.datasets.dataset import Dataset, Sample
from core.errors import ModelError, OutputError
from core.files import make_folder, replacing
from core.model.refiner import Refiner, RefinerSpec, inputs_of, refined_rows
from core.paths import cache_dir
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import resample_clip
from core.skeleton.sequence import SkeletonSequence
from core.training.checkpoint import forget_abandoned
from core.training.recipes import Recipe
from core.training.source import TrainingData

VERSION: Final = 1  # of how a refiner is taught
FOLDS: Final = 4  # most groups of persons that are left out in turn
SHARE_OF_TIME: Final = 0.3  # that refiners take of a training that needs them, about
_STEPS: Final = 3000
_BATCH: Final = 16  # takes
_FRAMES: Final = 48  # of each; from anywhere in it
_RATE: Final = 3e-3  # peak of one cycle
_WEIGHT_DECAY: Final = 0.05
_CLIP_NORM: Final = 1.0
_MOVEMENT: Final = 0.3  # how much an error of the movement from frame to frame counts beside one of the place
_HIPS: Final = (12, 16)
_TELL_EVERY: Final = 50  # steps
_POLL_S: Final = 0.5

log = logging.getLogger(__name__)

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
        for item in _kept_refiner(taught, spec, rate_hz=rate_hz, seed=seed):
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


# --- teaching ---


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lessons:
    """Takes of one person each, on the grid, one after the other."""

    joints: Tensor  # (N, 25, 4) as found
    truth: Tensor  # (N, 25, 3) from the middle of the hips
    firsts: Tensor  # (takes,) place of the first frame of each
    lengths: Tensor  # (takes,)


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


def _lessons(samples: Sequence[Sample], *, rate_hz: float) -> _Lessons:
    found, truths = [], []
    for sample in samples:
        sequence, true_m = sample.sequence.to_kinect25(), sample.true_joints_m
        assert true_m is not None
        values = np.concatenate([sequence.positions_m, sequence.confidence[..., None], true_m], axis=-1)
        rows = resample_clip(sequence.times_s, values, rate_hz=rate_hz)  # (T, P, 25, 7)
        for person in range(rows.shape[1]):
            found.append(rows[:, person, :, :4])
            truths.append(_about_hips(rows[:, person, :, 4:]))
    lengths = torch.tensor([len(rows) for rows in found])
    return _Lessons(
        joints=torch.from_numpy(np.concatenate(found)),
        truth=torch.from_numpy(np.concatenate(truths)),
        firsts=lengths.cumsum(0) - lengths,
        lengths=lengths,
    )


def _about_hips(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    about: NDArray[np.float32] = joints - joints[:, _HIPS].mean(axis=1, keepdims=True)
    return about


def _kept_refiner(
    samples: Sequence[Sample], spec: RefinerSpec, *, rate_hz: float, seed: int
) -> Generator[float | Refiner, None, None]:
    """Teach a refiner, or take the one that these samples have taught before."""
    lessons = _lessons(samples, rate_hz=rate_hz)
    path = cache_dir() / "refiners" / f"{_fingerprint(lessons, spec, seed=seed)}.safetensors"
    with ExitStack() as held:
        while not _is_alone(path, held):  # another process teaches the same one; whoever waits can be cancelled
            yield 0.0
        refiner = _read(path, spec)
        if refiner is None:
            for item in teach(lessons, spec, seed=seed):
                if not isinstance(item, Refiner):
                    yield item
                    continue
                refiner = item
                _keep(path, refiner)
        assert refiner is not None
        yield refiner


def _is_alone(path: Path, held: ExitStack) -> bool:
    """Whether nobody else makes that file now; then nobody else does until `held` is closed."""
    try:
        make_folder(path.parent)
        held.enter_context(FileLock(path.with_suffix(".lock")).acquire(timeout=_POLL_S))
    except Timeout:
        return False
    except (OSError, NotImplementedError, OutputError) as error:  # no folder, or a file system without locks
        log.info("refiners are taught without a lock: %s", error)
    return True


def teach(lessons: _Lessons, spec: RefinerSpec, *, seed: int) -> Generator[float | Refiner, None, None]:
    """A refiner that has learnt from takes, last of all; before it the share that is done."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        refiner = Refiner(spec)
        state = torch.get_rng_state()
    inputs = inputs_of(lessons.joints)
    refiner.mean.copy_(inputs.mean(dim=0))
    refiner.spread.copy_(inputs.std(dim=0) + 1e-3)
    optimiser = torch.optim.AdamW(refiner.parameters(), _RATE, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=_STEPS)
    generator = torch.Generator().manual_seed(seed)
    for step in range(_STEPS):
        with torch.random.fork_rng(devices=[]):  # whoever asks for the next step may draw as well
            torch.set_rng_state(state)
            loss = _loss(refiner, lessons, generator)
            state = torch.get_rng_state()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        torch.nn.utils.clip_grad_norm_(refiner.parameters(), _CLIP_NORM)
        optimiser.step()
        schedule.step()
        if not math.isfinite(loss.item()):
            raise ModelError("A refiner could not be taught: its loss is not a finite number any more.")
        if step % _TELL_EVERY == 0:
            yield step / _STEPS
    yield refiner.eval()


def _loss(refiner: Refiner, lessons: _Lessons, generator: torch.Generator) -> Tensor:
    """Mean distance of the joints from the true ones, and of their movement, metres, in some stretches of takes."""
    chosen = torch.randint(len(lessons.lengths), (_BATCH,), generator=generator)
    lengths = lessons.lengths[chosen]
    spare = (lengths - _FRAMES).clamp(min=0)
    skipped = (torch.rand(_BATCH, generator=generator) * (spare + 1)).long()
    counts = (lengths - skipped).clamp(max=_FRAMES)  # (B,)
    steps = torch.minimum(torch.arange(_FRAMES), counts[:, None] - 1)  # (B, T), the last frame again and again
    places = (lessons.firsts[chosen] + skipped)[:, None] + steps
    counted = torch.arange(_FRAMES) < counts[:, None]
    joints = lessons.joints[places]  # (B, T, 25, 4)
    refined, _ = refiner(joints)
    middle = joints[..., list(_HIPS), :3].mean(dim=-2, keepdim=True)
    off = refined - middle - lessons.truth[places]  # (B, T, 25, 3)
    place = (off.norm(dim=-1).mean(dim=-1) * counted).sum() / counted.sum()
    moved = (off.diff(dim=1).norm(dim=-1).mean(dim=-1) * counted[:, 1:]).sum() / counted.sum()
    loss: Tensor = place + _MOVEMENT * moved
    return loss


def _fingerprint(lessons: _Lessons, spec: RefinerSpec, *, seed: int) -> str:
    digest = hashlib.sha256(f"{VERSION} {spec} {seed} {lessons.lengths.tolist()}".encode())
    for part in (lessons.joints, lessons.truth):
        digest.update(part.contiguous().numpy().data)
    return digest.hexdigest()[:32]


def _read(path: Path, spec: RefinerSpec) -> Refiner | None:
    """The refiner that is kept there; None where there is none that can be used."""
    with torch.random.fork_rng(devices=[]):
        refiner = Refiner(spec)
    try:
        weights = load_file(path)
        refiner.load_state_dict(weights)
        if not all(bool(one.isfinite().all()) for one in weights.values()):
            raise ValueError("weights that are not finite numbers")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RuntimeError, KeyError, safetensors.SafetensorError) as error:
        log.info("taught again: %s: %s", path, error)
        return None
    with suppress(OSError):  # it may be somebody else's
        path.touch()  # see `forget_abandoned`
    return refiner.eval()


def _keep(path: Path, refiner: Refiner) -> None:
    """Keep it for the next time; without room it is taught again then."""
    try:
        make_folder(path.parent)
        forget_abandoned(path.parent)
        with replacing(path) as stream:
            stream.write(save({name: tensor.contiguous() for name, tensor in refiner.state_dict().items()}))
    except OutputError as error:
        log.info("a refiner is not kept: %s", error)
