"""Teaching a refiner (`core.model.refiner`) with takes whose true joints are known, once for all who need the same."""

import hashlib
import logging
import math
from collections.abc import Generator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import safetensors
import torch
from filelock import FileLock, Timeout
from safetensors.torch import load_file, save
from torch import Tensor

from core.datasets.dataset import Sample
from core.errors import ModelError, OutputError
from core.files import make_folder, replacing
from core.model.refiner import Refiner, RefinerSpec, inputs_of
from core.paths import cache_dir
from core.skeleton.alignment import about_hips
from core.skeleton.layouts import HIPS
from core.skeleton.resample import resample_clip
from core.training.checkpoint import forget_abandoned

VERSION: Final = 1  # of how a refiner is taught
_STEPS: Final = 3000
_BATCH: Final = 16  # takes
_FRAMES: Final = 48  # of each; from anywhere in it
_RATE: Final = 3e-3  # peak of one cycle
_WEIGHT_DECAY: Final = 0.05
_CLIP_NORM: Final = 1.0
_MOVEMENT: Final = 0.3  # how much an error of the movement from frame to frame counts beside one of the place
_TELL_EVERY: Final = 50  # steps
_POLL_S: Final = 0.5


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lessons:
    """Takes of one person each, on the grid, one after the other."""

    joints: Tensor  # (N, 25, 4) as found
    truth: Tensor  # (N, 25, 3) from the middle of the hips
    firsts: Tensor  # (takes,) place of the first frame of each
    lengths: Tensor  # (takes,)


def lessons_of(samples: Sequence[Sample], *, rate_hz: float) -> Lessons:
    """The takes of one person each, with `Sample.true_joints_m`, on the grid."""
    found, truths = [], []
    for sample in samples:
        sequence, true_m = sample.sequence.to_kinect25(), sample.true_joints_m
        assert true_m is not None
        values = np.concatenate([sequence.positions_m, sequence.confidence[..., None], true_m], axis=-1)
        rows = resample_clip(sequence.times_s, values, rate_hz=rate_hz)[:, 0]  # (T, 25, 7)
        found.append(rows[..., :4])
        truths.append(about_hips(rows[..., 4:]))
    lengths = torch.tensor([len(rows) for rows in found])
    return Lessons(
        joints=torch.from_numpy(np.concatenate(found)),
        truth=torch.from_numpy(np.concatenate(truths)),
        firsts=lengths.cumsum(0) - lengths,
        lengths=lengths,
    )


def taught_refiner(
    samples: Sequence[Sample], spec: RefinerSpec, *, rate_hz: float, seed: int
) -> Generator[float | Refiner, None, None]:
    """Teach a refiner, or take the one that these samples have taught before.

    The refiner comes last of all, before it the share that is done. Closing it cancels.
    """
    lessons = lessons_of(samples, rate_hz=rate_hz)
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


def teach(lessons: Lessons, spec: RefinerSpec, *, seed: int) -> Generator[float | Refiner, None, None]:
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


def _loss(refiner: Refiner, lessons: Lessons, generator: torch.Generator) -> Tensor:
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
    middle = joints[..., list(HIPS), :3].mean(dim=-2, keepdim=True)
    off = refined - middle - lessons.truth[places]  # (B, T, 25, 3)
    place = (off.norm(dim=-1).mean(dim=-1) * counted).sum() / counted.sum()
    moved = (off.diff(dim=1).norm(dim=-1).mean(dim=-1) * counted[:, 1:]).sum() / counted.sum()
    loss: Tensor = place + _MOVEMENT * moved
    return loss


def _fingerprint(lessons: Lessons, spec: RefinerSpec, *, seed: int) -> str:
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
