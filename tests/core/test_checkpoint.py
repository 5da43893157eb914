"""Checkpoints: whatever interrupts a training, it ends with the weights of one that never was interrupted."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.errors import DataError, OutputError
from core.files import replacing
from core.training.checkpoint import (
    Checkpoint,
    Snapshot,
    forget_abandoned,
    read_snapshot,
    run_fingerprint,
    snapshot,
    write_snapshot,
)
from core.training.early_stop import EarlyStop
from core.training.events import EpochDone, RunStarted, Warned
from core.training.loop import TrainingRun
from core.training.recipes import Recipe
from tests.clips import SMALL, STAGED, new_run, run_epochs, small_dataset
from tests.fakes import FakeClock

ROOT = Path(__file__).resolve().parent.parent.parent
EPOCHS = 10  # of STAGED


def weights_of(run: TrainingRun) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in run.network.state_dict().items()}


@pytest.fixture(scope="module")
def uninterrupted() -> dict[str, Tensor]:
    run = new_run(STAGED)
    assert len(run_epochs(run)) == EPOCHS
    return weights_of(run)


def assert_same(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


def keeper(path: Path, **changes: object) -> Checkpoint:
    return Checkpoint(path, fingerprint="this", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("epochs", range(1, EPOCHS + 1))
def test_a_training_that_goes_on_ends_as_if_it_had_never_been_interrupted(
    tmp_path: Path, uninterrupted: dict[str, Tensor], epochs: int
) -> None:
    """Wherever it stops: within a stage, at its end, before layers are grown or begun anew; with dropout."""
    run = new_run(STAGED)
    run_epochs(run, epochs)
    write_snapshot(tmp_path / "state", snapshot(run, fingerprint="this"))
    torch.manual_seed(99)  # another process
    later = new_run(STAGED)
    assert keeper(tmp_path / "state").resume(later)
    assert (later.epoch, later.step, later.elapsed_s) == (run.epoch, run.step, run.elapsed_s)
    assert len(run_epochs(later)) == EPOCHS - epochs
    assert_same(weights_of(later), uninterrupted)


def test_closing_the_events_keeps_the_state(tmp_path: Path, uninterrupted: dict[str, Tensor]) -> None:
    """As Ctrl+C does, and the window's cancel."""
    run, checkpoint = new_run(STAGED), keeper(tmp_path / "folder" / "state")
    assert not checkpoint.resume(run)
    events = checkpoint.follow(run.events(), run)
    for event in events:
        if isinstance(event, EpochDone) and event.epoch == 4:
            break
    assert not checkpoint.path.exists(), "half a minute has not passed"
    events.close()
    assert checkpoint.path.exists()
    later = new_run(STAGED)
    assert checkpoint.resume(later)
    run_epochs(later)
    assert_same(weights_of(later), uninterrupted)
    checkpoint.remove()
    assert not checkpoint.resume(new_run(STAGED))


def test_an_interrupt_in_the_middle_of_an_epoch_goes_back_to_its_begin(
    tmp_path: Path, uninterrupted: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, checkpoint = new_run(STAGED), keeper(tmp_path / "state")
    step, steps = run._step, 0

    def interrupted(chosen: Tensor) -> Tensor:
        nonlocal steps
        steps += 1
        if steps == 8:  # the second one of an epoch
            raise KeyboardInterrupt
        return step(chosen)

    monkeypatch.setattr(run, "_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        for _ in checkpoint.follow(run.events(), run):
            pass
    later = new_run(STAGED)
    assert checkpoint.resume(later)
    assert later.epoch == 3
    run_epochs(later)
    assert_same(weights_of(later), uninterrupted)


KILLED = """
import sys
from pathlib import Path
import torch
from core.training.checkpoint import Checkpoint
from core.training.events import EpochDone
from tests.clips import STAGED, new_run
torch.set_num_threads(int(sys.argv[2]))  # the order of sums, and so the last bit, depends on it
run = new_run(STAGED)
checkpoint = Checkpoint(Path(sys.argv[1]), fingerprint="this", every_s=0)
for event in checkpoint.follow(run.events(), run):
    if isinstance(event, EpochDone) and event.epoch == 6:
        print("epoch 6", flush=True)
        sys.stdin.read()  # until it is killed
"""


def test_a_process_that_is_killed_has_left_its_last_state(tmp_path: Path, uninterrupted: dict[str, Tensor]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "state"), str(torch.get_num_threads())],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "epoch 6\n"
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == [tmp_path / "state"]
    later = new_run(STAGED)
    assert keeper(tmp_path / "state").resume(later)
    assert later.epoch == 6
    run_epochs(later)
    assert_same(weights_of(later), uninterrupted)


def test_it_is_saved_every_half_minute_and_not_more_often(tmp_path: Path) -> None:
    clock, saved = FakeClock(), list[int]()
    run = new_run(STAGED)
    checkpoint = keeper(tmp_path / "state", clock=clock, write=lambda _path, state: saved.append(state.standing.epoch))
    for event in checkpoint.follow(run.events(), run):
        clock.now_s += 11 if isinstance(event, EpochDone) else 0  # after the events of epochs 1, 2 and so on
    assert saved == [4, 7, 10]


@pytest.mark.parametrize("epochs", [2, 8, 9])
def test_early_stop_knows_again_what_it_knew(tmp_path: Path, epochs: int) -> None:
    """The best weights and how long it has waited are part of the state."""
    accuracies = [0.5, 0.4, 0.3]  # of the epochs of the last stage

    def watched(run: TrainingRun, *, done: int) -> EarlyStop:
        left = iter(accuracies[done:])
        return EarlyStop(test=lambda: next(left), patience=2)

    whole = new_run(STAGED.on_plateaus())
    for _ in watched(whole, done=0).follow(whole):
        pass
    run = new_run(STAGED.on_plateaus())
    stop, checkpoint = watched(run, done=0), keeper(tmp_path / "state")
    for event in checkpoint.follow(stop.follow(run), run, watcher=stop):
        if isinstance(event, EpochDone) and event.epoch == epochs:
            break
    later = new_run(STAGED.on_plateaus())
    resumed = watched(later, done=max(0, epochs - 7))
    assert checkpoint.resume(later, watcher=resumed)
    list(resumed.follow(later))
    assert (resumed.best_epoch, resumed.best_accuracy) == (8, 0.5)
    assert_same(weights_of(later), weights_of(whole))


def test_what_nobody_went_on_with_for_a_month_is_forgotten(tmp_path: Path) -> None:
    now_s = 1_800_000_000.0
    for name, days in [("old.safetensors", 31), ("new.safetensors", 29), ("notes.txt", 400)]:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (now_s - days * 86_400,) * 2)
    forget_abandoned(tmp_path, now_s=now_s)
    assert {path.name for path in tmp_path.iterdir()} == {"new.safetensors", "notes.txt"}
    forget_abandoned(tmp_path / "gone", now_s=now_s)


# --- a disk that is full ---


def full_disk(_path: Path, _state: Snapshot) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_warns_once_and_changes_nothing(tmp_path: Path, uninterrupted: dict[str, Tensor]) -> None:
    run = new_run(STAGED)
    checkpoint = keeper(tmp_path / "state", every_s=0, write=full_disk)
    warnings = [event for event in checkpoint.follow(run.events(), run) if isinstance(event, Warned)]
    assert len(warnings) == 1
    assert "No space left" in warnings[0].message
    assert "goes on" in warnings[0].message
    assert checkpoint.failure
    assert_same(weights_of(run), uninterrupted)


def test_a_full_disk_leaves_the_last_good_state(
    tmp_path: Path, uninterrupted: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, checkpoint = new_run(STAGED), keeper(tmp_path / "state", every_s=0)
    for event in checkpoint.follow(run.events(), run):
        if isinstance(event, EpochDone) and event.epoch == 3:
            monkeypatch.setattr(os, "fsync", lambda _file: full_disk(tmp_path, Snapshot(tensors={}, standing=None)))  # type: ignore[arg-type]
    monkeypatch.undo()
    assert_same(weights_of(run), uninterrupted)
    assert list(tmp_path.iterdir()) == [tmp_path / "state"], "nothing half written is left"
    later = new_run(STAGED)
    assert checkpoint.resume(later)
    assert later.epoch == 3
    run_epochs(later)
    assert_same(weights_of(later), uninterrupted)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = new_run(STAGED)
    run_epochs(run, 1)
    with pytest.raises(OutputError, match="file"):
        write_snapshot(tmp_path / "file" / "state", snapshot(run, fingerprint="this"))


# --- a state that cannot be used ---


def edited(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    with safetensors.safe_open(path, framework="pt") as file:
        standing = json.loads(file.metadata()["standing"])
    change(standing)
    save_file(load_file(path), path, metadata={"standing": json.dumps(standing)})


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def without_metadata(path: Path) -> None:
    save_file(load_file(path), path)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
    "no such file at all": (lambda path: path.write_bytes(b"PK\x03\x04 something else entirely"), "damaged"),
    "cut": (cut, "damaged"),
    "no metadata": (without_metadata, "schema_version None"),
    "of a later version": (lambda path: edited(path, lambda standing: standing.update(schema_version=2)), "2, not 1"),
    "text for a number": (lambda path: edited(path, lambda standing: standing.update(epoch="3")), "damaged"),
    "a stage there is not": (lambda path: edited(path, lambda standing: standing.update(stage=9)), "no stage 9"),
    "epochs below zero": (lambda path: edited(path, lambda standing: standing.update(stage_epoch=-9)), "no epoch -9"),
    "more than there are": (lambda path: edited(path, lambda standing: standing.update(stage_epoch=4)), "no epoch 4"),
    "another training": (lambda path: edited(path, lambda standing: standing.update(fingerprint="x")), "other data"),
    "no optimiser": (lambda path: edited(path, lambda standing: standing.update(groups=[])), "does not fit"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_state_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path, damage: str) -> None:
    run, path = new_run(STAGED), tmp_path / "state"
    run_epochs(run, 3)
    write_snapshot(path, snapshot(run, fingerprint="this"))
    change, words = DAMAGES[damage]
    change(path)
    with pytest.raises(DataError, match=words) as caught:
        keeper(path).resume(new_run(STAGED))
    assert str(path) in str(caught.value)
    assert "--restart" in str(caught.value)


@pytest.mark.parametrize(
    "other", [replace(STAGED, hidden=13), replace(STAGED, features=replace(STAGED.features, joints=(0, 4, 5, 6)))]
)
def test_a_state_of_another_layout_or_size_is_refused(tmp_path: Path, other: Recipe) -> None:
    run, path = new_run(STAGED), tmp_path / "state"
    run_epochs(run, 3)
    write_snapshot(path, snapshot(run, fingerprint="this"))
    with pytest.raises(DataError, match="another network"):
        keeper(path).resume(new_run(other))


def test_nothing_in_the_file_is_pickled(tmp_path: Path) -> None:
    run, path = new_run(STAGED), tmp_path / "state"
    run_epochs(run, 1)
    write_snapshot(path, snapshot(run, fingerprint="this"))
    length = int.from_bytes(path.read_bytes()[:8], "little")
    header = json.loads(path.read_bytes()[8 : 8 + length])
    tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
    assert {entry["dtype"] for entry in tensors.values()} <= {"F32", "U8"}
    assert read_snapshot(path).standing.epoch == 1


def test_a_training_is_told_apart_by_recipe_data_and_what_is_said_about_it() -> None:
    names = {
        run_fingerprint(new_run(), about="small 0"),
        run_fingerprint(new_run(), about="small 1"),
        run_fingerprint(new_run(replace(SMALL, batch=7)), about="small 0"),
        run_fingerprint(new_run(dataset=small_dataset(takes=9)), about="small 0"),
    }
    assert len(names) == 4
    assert run_fingerprint(new_run(), about="small 0") in names, "the same again has the same name"


def test_the_first_event_tells_how_far_it_is(tmp_path: Path) -> None:
    run, path = new_run(STAGED), tmp_path / "state"
    run_epochs(run, 5)
    write_snapshot(path, snapshot(run, fingerprint="this"))
    later = new_run(STAGED)
    keeper(path).resume(later)
    started = next(later.events())
    assert isinstance(started, RunStarted)
    assert (started.step, started.steps) == (9, 18)


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(b"good")

    def interrupted() -> None:
        with replacing(path) as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"good"
    assert list(tmp_path.iterdir()) == [path]
