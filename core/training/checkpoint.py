"""The state of a training on disk, so that what was interrupted goes on as if it never had been.

One safetensors file, nothing in it is pickled: network, optimiser, random generators and whatever else watches the run
as tensors, and where the run stands as JSON in the file's metadata. It is written whole or not at all.
"""

import hashlib
import json
import math
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import safetensors
import torch
from pydantic import TypeAdapter, ValidationError
from safetensors.torch import save
from torch import Tensor

from core.errors import DataError, OutputError
from core.files import replacing
from core.paths import cache_dir
from core.training.events import EpochDone, Events, Warned
from core.training.loop import TrainingRun
from core.training.tensors import SampleTensors

SCHEMA_VERSION: Final = 1
EVERY_S: Final = 30.0
_KEPT_S: Final = 30 * 86_400.0
_NETWORK, _OPTIMISER, _RANDOM, _WATCHER = "network.", "optimiser.", "random.", "watcher."


class Watcher(Protocol):
    """What decides about a run from outside and has a state of its own, as early stop has."""

    def state(self) -> dict[str, Tensor]:
        """All that it knows, as tensors of its own that do not change any more."""
        ...

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Know that again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a run stood. Kept as JSON."""

    fingerprint: str
    stage: int
    stage_epoch: int
    epoch: int
    elapsed_s: float
    schedule: dict[str, Any]  # state of the learning rate schedule
    groups: list[dict[str, Any]]  # parameter groups of the optimiser
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """A run between two epochs: tensors of its own that do not change any more, and where it stood."""

    tensors: dict[str, Tensor]
    standing: Standing


def checkpoint_path(fingerprint: str) -> Path:
    """Where the state of the training of that fingerprint is kept."""
    return cache_dir() / "checkpoints" / f"{fingerprint}.safetensors"


def forget_abandoned(folder: Path, *, now_s: float | None = None) -> None:
    """Delete states of trainings that nobody has gone on with for a month: they are found by their settings only."""
    oldest_s = (time.time() if now_s is None else now_s) - _KEPT_S
    for path in folder.glob("*.safetensors"):
        with suppress(OSError):  # another process may be deleting it
            if path.stat().st_mtime < oldest_s:
                path.unlink()


def run_fingerprint(run: TrainingRun, *, about: str) -> str:
    """A name for this very training: recipe, data to the last joint, kind of device, and what `about` says."""
    digest = hashlib.sha256(f"{about} {run.recipe!r} {run.device.type} {_checksum(run.data)}".encode())
    return digest.hexdigest()[:20]


def _checksum(data: SampleTensors) -> str:
    parts = [data.positions_m, data.lengths, data.labels]
    parts += [] if data.in_mirror is None else [data.in_mirror]
    return " ".join(f"{tuple(part.shape)} {zlib.crc32(part.cpu().contiguous().numpy().data)}" for part in parts)


def snapshot(run: TrainingRun, *, fingerprint: str, watcher: Watcher | None = None) -> Snapshot:
    """The state of a run that stands between two epochs."""
    optimiser = run.optimiser.state_dict()
    tensors = {f"{_NETWORK}{name}": tensor for name, tensor in run.network.state_dict().items()}
    for number, values in optimiser["state"].items():
        tensors |= {f"{_OPTIMISER}{number}.{name}": value for name, value in values.items()}
    tensors[f"{_RANDOM}generator"] = run.generator.get_state()
    tensors[f"{_RANDOM}cpu"] = torch.get_rng_state()
    if run.device.type == "cuda":
        tensors[f"{_RANDOM}cuda"] = torch.cuda.get_rng_state(run.device)
    if watcher is not None:
        tensors |= {f"{_WATCHER}{name}": tensor for name, tensor in watcher.state().items()}
    return Snapshot(
        tensors={name: tensor.detach().clone() for name, tensor in tensors.items()},
        standing=Standing(
            fingerprint=fingerprint,
            stage=run.stage,
            stage_epoch=run.stage_epoch,
            epoch=run.epoch,
            elapsed_s=run.elapsed_s,
            schedule=run.schedule.state_dict(),
            groups=optimiser["param_groups"],
        ),
    )


def restore(run: TrainingRun, state: Snapshot, *, watcher: Watcher | None = None) -> None:
    """Put a run that has just been made where another one stood. Raises ValueError where it is another kind of run."""
    standing = state.standing
    if not 0 <= standing.stage < len(run.recipe.stages):
        raise ValueError(f"there is no stage {standing.stage}")
    epochs = math.ceil(run.recipe.stages[standing.stage].total_steps(run.per_epoch) / run.per_epoch)
    if not (0 <= standing.stage_epoch <= min(epochs, standing.epoch) and 0 <= standing.elapsed_s < math.inf):
        raise ValueError(f"there is no epoch {standing.stage_epoch} of {standing.epoch}")
    run.stage = standing.stage
    run.enter_stage()
    weights = _under(_NETWORK, state.tensors)
    if _shapes(weights) != _shapes(run.network.state_dict()):
        raise ValueError("it holds another network")
    run.network.load_state_dict(weights)
    run.optimiser.load_state_dict({"state": _optimiser_state(state.tensors), "param_groups": _groups(standing.groups)})
    run.schedule.load_state_dict(standing.schedule)
    run.stage_epoch, run.epoch, run.elapsed_s = standing.stage_epoch, standing.epoch, standing.elapsed_s
    random = _under(_RANDOM, state.tensors)
    run.generator.set_state(random["generator"])
    torch.set_rng_state(random["cpu"])
    if run.device.type == "cuda":
        torch.cuda.set_rng_state(random["cuda"], run.device)
    if watcher is not None:
        watcher.restore(_under(_WATCHER, state.tensors))


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[torch.dtype, torch.Size]]:
    return {name: (tensor.dtype, tensor.shape) for name, tensor in tensors.items()}


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _optimiser_state(tensors: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _under(_OPTIMISER, tensors).items():
        number, _, key = name.partition(".")
        state.setdefault(int(number), {})[key] = tensor
    return state


def _groups(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Parameter groups as they were: JSON knows no tuples."""
    return [{key: tuple(value) if key == "betas" else value for key, value in group.items()} for group in groups]


# --- the file ---


def write_snapshot(path: Path, state: Snapshot) -> None:
    """Write a snapshot in place of an older one, which survives a failure. Raises OutputError with the reason."""
    tensors = {name: tensor.cpu().contiguous() for name, tensor in state.tensors.items()}
    content = save(tensors, metadata={"standing": json.dumps(asdict(state.standing))})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error
    with replacing(path) as stream:
        stream.write(content)


def read_snapshot(path: Path) -> Snapshot:
    """Read a snapshot. Raises DataError that names the file and says what to do where it is damaged."""
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get("standing", "{}")
            version = json.loads(text).get("schema_version")
            if version != SCHEMA_VERSION:
                raise DataError(f"{path} has the schema_version {version!r}, not {SCHEMA_VERSION}. {_ANEW}")
            standing = TypeAdapter(Standing).validate_json(text, strict=True)
            return Snapshot(tensors={name: file.get_tensor(name) for name in file.keys()}, standing=standing)  # noqa: SIM118  # no mapping
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}. {_ANEW}") from error
    except (safetensors.SafetensorError, ValidationError, ValueError, AttributeError) as error:
        raise DataError(f"{path}, the saved state of this training, is damaged. {_ANEW}") from error


_ANEW = "Delete the file, or begin anew with --restart."


class Checkpoint:
    """Keeps one training on disk while it goes: every half minute, and when it is interrupted."""

    def __init__(
        self,
        path: Path,
        *,
        fingerprint: str,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[Path, Snapshot], None] = write_snapshot,
    ) -> None:
        self.path, self.fingerprint = path, fingerprint
        self.every_s, self._clock, self._write = every_s, clock, write
        self.failure = ""  # why the last try to save failed

    def resume(self, run: TrainingRun, *, watcher: Watcher | None = None) -> bool:
        """Put a fresh run where it was interrupted; False where nothing was kept.

        Raises DataError for a file that is damaged or belongs to another training.
        """
        if not self.path.exists():
            return False
        state = read_snapshot(self.path)
        if state.standing.fingerprint != self.fingerprint:
            raise DataError(f"{self.path} belongs to a training with other data, joints, settings or seed. {_ANEW}")
        try:
            restore(run, state, watcher=watcher)
        except (ValueError, KeyError, RuntimeError) as error:  # torch has its own ideas about a state it cannot load
            raise DataError(f"{self.path} does not fit this training: {error}. {_ANEW}") from error
        return True

    def follow(self, events: Events, run: TrainingRun, *, watcher: Watcher | None = None) -> Events:
        """Pass the events of a run on and save its state. Where that fails the run goes on, with a warning."""
        newest: Snapshot | None = None
        saved_s = self._clock()
        try:
            for event in events:
                if isinstance(event, EpochDone):
                    newest = snapshot(run, fingerprint=self.fingerprint, watcher=watcher)
                    if self._clock() - saved_s >= self.every_s:
                        failed_before = bool(self.failure)
                        if not self._try(newest) and not failed_before:
                            yield Warned(message=f"{self.failure} The training goes on, but its state is not saved.")
                        newest, saved_s = None, self._clock()
                yield event
        finally:
            events.close()
            if newest is not None:  # interrupted; or done, but the model is not yet written
                self._try(newest)

    def _try(self, state: Snapshot) -> bool:
        try:
            self._write(self.path, state)
        except (OutputError, OSError) as error:
            self.failure = str(error)
            return False
        self.failure = ""
        return True

    def remove(self) -> None:
        """Forget the training: it is done, or begins anew."""
        self.path.unlink(missing_ok=True)
