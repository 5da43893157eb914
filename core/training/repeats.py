"""The same recipe again and again: folds and seeds over processes, with what each gave kept on disk.

Every run is one process with one thread, which uses the cores best at the sizes of these networks. A run that is done
is kept, so that what was interrupted goes on where it stopped.
"""

import hashlib
import multiprocessing
import os
import signal
import threading
import zlib
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

import torch

from core.documents import read_document, write_document
from core.errors import DataError, DeviceError, JointlightError, OutputError
from core.model.device import choose_device
from core.processes import process_count
from core.training.configuration import model_config
from core.training.cost import count_parameters
from core.training.evaluate import Evaluation, evaluate
from core.training.events import EpochDone, StageDone
from core.training.loop import TrainingRun, build_network
from core.training.memory import keep_freed_memory
from core.training.recipes import Recipe
from core.training.refining import SHARE_OF_TIME, RefinedData, refined_by
from core.training.run_figures import Key, Repeats, RunFigures, figures_of_run
from core.training.source import DataSource, TrainingData

VERSION: Final = 4  # counts up whenever training gives other weights, so that no older run is taken for a new one
_LOOKS: Final = 30  # at the test part in a run, for the best-epoch figure
_POLL_S: Final = 0.5
Tell = Callable[[float], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatsProgress:
    """How far all runs together are."""

    runs: int
    runs_total: int
    share: float  # 0..1, of the steps
    failure: str = ""  # why the figures of some runs are not kept on disk; they are tried again


def repeat(
    source: DataSource,
    recipe: Recipe,
    *,
    splits: Sequence[str],
    seeds: Sequence[int],
    jobs: int,
    device: str,
    place: Path,
    restart: bool = False,
) -> Generator[RepeatsProgress | Repeats, None, None]:
    """Train and test each split with each seed; the last item holds all figures. Whoever stops asking cancels it.

    Args:
        source: the data; each process reads it.
        recipe: as it is for this data.
        splits: names of splits.
        seeds: seeds.
        jobs: processes at a time. On CUDA they are spread over the GPUs.
        device: auto, cpu or cuda.
        place: folder where the figures of each run are kept.
        restart: make every run anew, also those that are kept.
    """
    place.mkdir(parents=True, exist_ok=True)
    paths = {(split, seed): place / f"{split} seed {seed}.json" for seed in seeds for split in splits}
    shelf = _Shelf(paths, anew=restart)
    missing = [key for key in shelf.paths if key not in shelf.runs]
    before = len(shelf.runs)
    yield shelf.progress(before)
    if missing:
        context = multiprocessing.get_context("spawn")
        done, stop, numbers = context.Value("d", 0.0), context.Event(), context.Value("i", 0)
        start = (source, recipe, device, done, stop, numbers)
        with ProcessPoolExecutor(
            process_count(jobs, pieces=len(missing)), mp_context=context, initializer=_start_worker, initargs=start
        ) as pool:
            futures: dict[Future[RunFigures | None], Key] = {pool.submit(_work, *key): key for key in missing}
            try:
                pending = set(futures)
                while pending:
                    finished, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                    for future in finished:
                        shelf.keep(futures[future], _result(future, futures[future]))
                    yield shelf.progress(before + done.value)
            finally:
                stop.set()  # a run under way ends after its epoch
                pool.shutdown(wait=True, cancel_futures=True)
                for future, key in futures.items():  # those that came to their end in the meantime
                    if key not in shelf.runs and not future.cancelled() and future.exception() is None:
                        shelf.keep(key, future.result())
    yield Repeats(runs=tuple(shelf.runs[key] for key in shelf.paths))


class _Shelf:
    """Figures of runs, each in a file of its own. A disk that is full costs no run: it is tried again at the next."""

    def __init__(self, paths: dict[Key, Path], *, anew: bool) -> None:
        self.paths = paths
        kept = {} if anew else {key: _kept(path, key) for key, path in paths.items()}
        self.runs = {key: figures for key, figures in kept.items() if figures is not None}
        self._unkept: set[Key] = set()
        self._failure = ""

    def keep(self, key: Key, figures: RunFigures | None) -> None:
        """Keep the figures of a run; None: it was cancelled."""
        if figures is None:
            return
        self.runs[key] = figures
        self._unkept.add(key)
        try:
            for one in sorted(self._unkept):
                write_document(self.paths[one], self.runs[one])
                self._unkept.remove(one)
        except OutputError as error:
            self._failure = str(error)

    def progress(self, done: float) -> RepeatsProgress:
        """How far all runs are when so many of them are done, with fractions."""
        total = len(self.paths)
        failure = self._failure if self._unkept else ""
        return RepeatsProgress(runs=len(self.runs), runs_total=total, share=done / total, failure=failure)


def _result(future: Future[RunFigures | None], key: Key) -> RunFigures | None:
    """What a run gave. Raises DeviceError where its process died, and what it raised itself with the run's name."""
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise DeviceError(
            "A process of the training was ended from outside, as happens when memory runs out: take fewer at a time "
            "with --jobs. The runs that are done are kept, and the same command goes on with the others."
        ) from error
    except JointlightError as error:
        raise type(error)(f"{key[0]}, seed {key[1]}: {error}") from error


def fingerprint(source: DataSource, recipe: Recipe, data: TrainingData, *, device: str) -> str:
    """A name for runs of this recipe on this very data, down to the last joint, and on this kind of device."""
    kind = choose_device(device).type  # on CUDA the numbers are rounded in another way
    digest = hashlib.sha256(f"{VERSION} {source.name} {kind} {recipe!r}".encode())
    for view in data.views:
        digest.update(
            f"{view.actions} {sorted((split.name, split.by, sorted(split.train)) for split in view.splits)}".encode()
        )
        if view.has_mirrored and not view.survives_mirror:
            digest.update(f"{view.in_mirror}".encode())
        for sample in view.samples:
            sequence = sample.sequence
            about = (sample.name, sample.label, sample.person, sample.view, sample.group, sequence.layout.name)
            digest.update(
                f"{about} {zlib.crc32(sequence.times_s.tobytes(), zlib.crc32(sequence.positions_m.tobytes()))}".encode()
            )
    return digest.hexdigest()[:20]


def _kept(path: Path, key: Key) -> RunFigures | None:
    """The figures of a run that was done before; None where there are none that can be used: it is made again."""
    try:
        figures = read_document(path, RunFigures, schema_version=1) if path.exists() else None
    except DataError:
        return None
    return figures if figures is not None and _makes_sense(figures, key) else None


def _makes_sense(figures: RunFigures, key: Key) -> bool:
    shares = (figures.accuracy, figures.macro_f1, figures.ece, figures.best_epoch_accuracy, *figures.stages.values())
    classes = len(figures.confusion)
    return (
        (figures.split, figures.seed) == key
        and all(0 <= share <= 1 for share in shares)
        and all(len(row) == classes for row in figures.confusion)
        and sum(map(sum, figures.confusion)) == figures.n > 0
    )


@dataclass(slots=True, kw_only=True, eq=False)
class _Worker:
    """What a worker process holds."""

    source: DataSource
    recipe: Recipe
    device: torch.device
    done: "Synchronized[float]"  # runs that are done, in all processes, with fractions
    stop: Event
    data: TrainingData | None = None  # read for the first run, so that what is wrong with it is that run's error


_worker: _Worker | None = None


def _start_worker(
    source: DataSource,
    recipe: Recipe,
    device: str,
    done: "Synchronized[float]",
    stop: Event,
    numbers: "Synchronized[int]",
) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all processes; the first one tells the others to end
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    keep_freed_memory()
    with numbers.get_lock():
        number = numbers.value
        numbers.value += 1
    chosen = choose_device(device)
    if chosen.type == "cuda":
        chosen = torch.device("cuda", number % torch.cuda.device_count())
    _worker = _Worker(source=source, recipe=recipe, device=chosen, done=done, stop=stop)


def _end_with_parent() -> None:
    """Without this a worker whose parent was killed would train to the end and then wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _work(split: str, seed: int) -> RunFigures | None:
    """One run in a worker process; None where it was cancelled."""
    assert _worker is not None
    worker = _worker
    if worker.data is None:
        worker.data = worker.source.load()
    told = 0.0

    def tell(share: float) -> bool:
        nonlocal told
        with worker.done.get_lock():
            worker.done.value += share - told
        told = share
        return worker.stop.is_set()

    return run_split(worker.data, worker.recipe, split=split, seed=seed, device=worker.device, tell=tell)


def run_split(
    data: TrainingData, recipe: Recipe, *, split: str, seed: int, device: torch.device, tell: Tell
) -> RunFigures | None:
    """Train on the training part of a split and test on the rest. `tell` gets the share done; true from it cancels."""
    actions = data.dataset.actions
    begun = 0.0  # share of the time
    for item in refined_by(data, recipe, split=split):
        if isinstance(item, RefinedData):
            refined = item
        elif tell(begun := SHARE_OF_TIME * item):
            return None
    data = refined.data
    network = build_network(recipe, classes=len(actions), seed=seed)
    run = TrainingRun(network, data.train_tensors(recipe, split=split, device=device), recipe, seed=seed)
    tests = data.test_tensors(recipe, split=split, device=device)
    best, stages = 0.0, {}
    look_every = max(1, run.steps // run.per_epoch // _LOOKS)

    def test(part: int = 0) -> Evaluation:
        return evaluate(network, model_config(recipe, network, actions=actions, title=""), tests[part])

    for event in run.events():
        if isinstance(event, EpochDone):
            if event.epoch % look_every == 0:
                best = max(best, test().accuracy)
            if tell(begun + (1 - begun) * event.step / event.steps):
                return None
        elif isinstance(event, StageDone):
            stages[event.stage] = test().accuracy
    tested = [test(part) for part in range(len(tests))]
    parameters = count_parameters(network, refined.refiner)
    return figures_of_run(
        tested, key=(split, seed), best=best, stages=stages, parameters=parameters, elapsed_s=run.elapsed_s
    )
