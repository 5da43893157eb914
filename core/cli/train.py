"""`jointlight train`: a data set in, a model folder out; over folds and seeds where that is asked for."""

import shlex
import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import torch
import typer

from core.cli import options
from core.cli.console import err, out, print_json
from core.cli.data import Broken, SplitName, ThroughPixels, read_dataset, see_through_pixels
from core.cli.headless import ready_pose_model
from core.cli.train_library import own_wish, refuse_with_library, train_on_library
from core.cli.train_options import (
    DEFAULT_PRESET,
    Asked,
    ChooseThresholds,
    CsvFile,
    Epochs,
    EveryFold,
    FromModel,
    HoldOutShare,
    Jobs,
    LearningCurve,
    LibraryFolder,
    ModelFolder,
    Patience,
    Preset,
    Restart,
    Seed,
    Seeds,
    TensorBoardFolder,
    TrainedIn,
    TrainedOn,
    WithPerformer,
)
from core.cli.training_progress import (
    follow_calibration,
    follow_refining,
    follow_repeats,
    follow_training,
    repeats_table,
    warn,
)
from core.datasets.authored import with_performer
from core.datasets.collection import OnBroken
from core.live.calibrate import Calibration, calibrate
from core.model.folder import check_target
from core.paths import cache_dir
from core.processes import processor_count
from core.training.distributed import Team, joined_team
from core.training.logs import CsvLog, EpochLog, TensorBoardLog
from core.training.memory import keep_freed_memory
from core.training.recipes import Recipe
from core.training.refining import refined_by
from core.training.repeats import fingerprint, repeat
from core.training.run import ModelTraining, Plan, RunResult
from core.training.run_figures import Repeats
from core.training.source import DataSource, TrainingData

_KEYS = (
    "dataset", "split", "n", "accuracy", "accuracy_std", "macro_f1", "ece", "best_epoch_accuracy", "parameters",
    "seeds", "protocol", "pixels",
)  # fmt: skip


def train(
    dataset: TrainedOn = None,
    data: TrainedIn = None,
    folder: ModelFolder = None,
    library: LibraryFolder = None,
    start: FromModel = None,
    preset: Preset = None,
    epochs: Epochs = None,
    seed: Seed = 0,
    split: SplitName = None,
    folds: EveryFold = None,
    seeds: Seeds = None,
    jobs: Jobs = None,
    hold_out: HoldOutShare = None,
    patience: Patience = None,
    learning_curve: LearningCurve = False,
    log: CsvFile = None,
    tensorboard: TensorBoardFolder = None,
    restart: Restart = False,
    on_broken: Broken = OnBroken.SKIP,
    pixels: ThroughPixels = False,
    performer: WithPerformer = False,
    thresholds: ChooseThresholds = False,
    pose_model: options.PoseModel = None,
    device: options.Device = options.DEFAULT_DEVICE,
    json_output: options.Json = False,
) -> None:
    """Train a model on the training part of a data set, or of your own recordings, and test it on the rest.

    With --folds or --seeds this is done again and again, on all processors, for a mean and its spread. What was
    interrupted goes on when the same command is given again. Started by torchrun the processes share one training.
    """
    asked = Asked(
        dataset=dataset or "", start=start or "", preset=preset or DEFAULT_PRESET, seed=seed, epochs=epochs,
        split=split, folds=folds, seeds=seeds, jobs=jobs, share=hold_out, patience=patience, pixels=pixels,
        performer=performer, thresholds=thresholds,
    )  # fmt: skip
    keep_freed_memory()
    if library is not None:
        refuse_with_library(asked, dataset=dataset, data=data, preset=preset, on_broken=on_broken)
        wish = own_wish(
            asked, library, folder, start=start, learning_curve=learning_curve, device=device, restart=restart
        )
        with _stoppable():
            train_on_library(wish, logs=_logs(log, tensorboard), as_json=json_output)
        return
    if dataset is None or data is None or folder is None or learning_curve:
        more = "; --learning-curve is for those" if learning_curve else ""
        raise typer.BadParameter(f"give --dataset, --data and --out, or --library for your own recordings{more}.")
    check_target(folder)
    source = DataSource(name=dataset, folder=data, on_broken=on_broken, performer=performer)
    with _stoppable(), joined_team(device) as team, _only_the_leader_speaks(team):
        logs = _logs(log, tensorboard) if team.leads else []
        with team.one_first():
            source = replace(source, pose_model=ready_pose_model(pose_model) if pixels else None)
            samples = _read(asked, source)
        plan = _plan(asked, source, samples, folder, team=team, device=device, restart=restart, quiet=json_output)
        if (result := _train(plan, team, logs=logs, restart=restart)) is not None:
            _report(result, as_json=json_output)


def _read(asked: Asked, source: DataSource) -> TrainingData:
    """The data set behind progress bars, also through pixels and with the performer where that is asked for."""
    split = None if asked.is_repeated else asked.split
    read = read_dataset(source.name, source.folder, split=split, on_broken=source.on_broken)
    read = with_performer(read) if source.performer else read
    seen = see_through_pixels(read, source.pose_model, with_truth=True) if asked.pixels else None
    return TrainingData(dataset=read, pixels=seen)


def _plan(
    asked: Asked,
    source: DataSource,
    samples: TrainingData,
    folder: Path,
    *,
    team: Team,
    device: str,
    restart: bool,
    quiet: bool,
) -> Plan:
    """What is trained in the end, after the thresholds and the figures that other trainings give."""
    read = samples.dataset
    recipe = asked.recipe().adapted_to(read, in_pixels=asked.pixels)
    part = None if asked.folds else asked.split or read.splits[0].name
    if part is not None:  # before minutes of training: is there anything to test on?
        read.part(train=False, split=part)
    found = _calibrate(asked, source, samples, recipe, split=part) if asked.thresholds else None
    repeats = None
    if asked.is_repeated:
        repeats = _repeat(asked, source, samples, recipe, device=device, restart=restart)
        if not quiet:
            out.print(repeats_table(repeats))
    with team.one_first():  # the others find what the first has taught
        refined = follow_refining(refined_by(samples, recipe, split=part))
    plan = Plan(
        data=refined.data, refiner=refined.refiner, recipe=recipe, title=_title(folder), out=folder,
        hold_out=asked.hold_out, repeats=repeats, seed=asked.seed, split=part,
        command=asked.command(processes=team.shard.world),
    )  # fmt: skip
    return _calibrated(plan, found)


def _calibrated(plan: Plan, found: Calibration | None) -> Plan:
    """The plan with the temperature and the thresholds that were found."""
    if found is None:
        return plan
    return replace(plan, temperature=found.temperature, decision=found.decision, decision_words=found.words())


def _title(folder: Path) -> str:
    """What a model is called after its folder."""
    return folder.absolute().name.replace("-", " ").capitalize()


@contextmanager
def _stoppable() -> Iterator[None]:
    """A polite request to end, as torchrun and schedulers send it, interrupts as Ctrl+C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not disturb the saving
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _only_the_leader_speaks(team: Team) -> Iterator[None]:
    before = out.quiet, err.quiet
    if not team.leads:
        out.quiet = err.quiet = True
    try:
        yield
    finally:
        out.quiet, err.quiet = before


def _logs(csv_file: Path | None, tensorboard: Path | None) -> list[EpochLog]:
    logs: list[EpochLog] = []
    if csv_file is not None:
        logs.append(CsvLog(csv_file))
    if tensorboard is not None:
        logs.append(TensorBoardLog(tensorboard))
    return logs


def _repeat(
    asked: Asked, source: DataSource, data: TrainingData, recipe: Recipe, *, device: str, restart: bool
) -> Repeats:
    """Run all splits with all seeds behind a progress bar.

    Raises DataError for splits that are no folds, an unknown split, one without a training or test part, or one with an
    action to be learnt from nothing.
    """
    dataset = data.dataset
    splits = list(dataset.folds) if asked.folds else [asked.split or dataset.splits[0].name]
    for split in splits:
        dataset.part(train=True, split=split), dataset.part(train=False, split=split)
    seeds = range(asked.seed, asked.seed + (asked.seeds or 1))
    jobs = asked.jobs or _default_jobs(device)
    place = cache_dir() / "runs" / fingerprint(source, recipe, data, device=device)
    runs = repeat(source, recipe, splits=splits, seeds=seeds, jobs=jobs, device=device, place=place, restart=restart)
    try:
        with closing(runs):
            return follow_repeats(
                runs, text=f"{_count(len(splits), 'split')} x {_count(len(seeds), 'seed')}, {jobs} at a time"
            )
    except KeyboardInterrupt:
        err.print("Stopped. The runs that are done are kept: the same command goes on with the others.")
        raise typer.Exit(1) from None


def _calibrate(
    asked: Asked, source: DataSource, data: TrainingData, recipe: Recipe, *, split: str | None
) -> Calibration:
    """Leave each training person out behind a progress bar. Raises DataError where there are too few."""
    runs = calibrate(source, data, recipe, split=split, jobs=asked.jobs or processor_count())
    try:
        with closing(runs):
            found = follow_calibration(runs)
    except KeyboardInterrupt:
        err.print("Stopped; no thresholds were chosen.")
        raise typer.Exit(1) from None
    err.print(found.words().capitalize() + ".", markup=False)
    return found


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _default_jobs(device: str) -> int:
    if device != options.DeviceChoice.CPU and torch.cuda.is_available():
        return torch.cuda.device_count()
    return processor_count()


def _train(plan: Plan, team: Team, *, logs: Sequence[EpochLog], restart: bool) -> RunResult | None:
    """Train behind a progress bar; None in a process that only joins in."""
    training = ModelTraining(plan, team=team, restart=restart)
    if training.is_resumed:
        err.print(f"Going on after epoch {training.run.epoch} (--restart begins anew).")
    try:
        with closing(training.events(logs=logs)) as events:
            return follow_training(events, joins=not team.leads)
    except KeyboardInterrupt:
        if training.checkpoint.failure:
            warn(training.checkpoint.failure)
        else:
            err.print(
                f"Stopped after epoch {training.run.epoch}. The same command goes on from there; --restart begins anew."
            )
        raise typer.Exit(1) from None


def _report(result: RunResult, *, as_json: bool) -> None:
    metrics = result.metrics
    if as_json:
        print_json({"model": str(result.folder), **{key: metrics[key] for key in _KEYS}})
        return
    spread = "" if metrics["accuracy_std"] is None else f" ± {100 * metrics['accuracy_std']:.1f}"
    what = f"{metrics['n']} clips ({metrics['split']})"
    out.print(f"Test accuracy {100 * metrics['accuracy']:.1f}{spread} % on {what}.", markup=False)
    if (seen := metrics["pixels"]) is not None:
        out.print(
            f"Through pixels {100 * seen['accuracy']:.1f} % on the {seen['n']} same clips played by the performer."
        )
    hint = f"See it live: jointlight live --model {shlex.quote(str(result.folder))}"
    out.print(f"Written to {result.folder}. {hint}", markup=False)
