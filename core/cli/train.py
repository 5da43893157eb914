"""`jointlight train` and `jointlight evaluate`: data sets in, model folders and figures out."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from core.cli import options
from core.cli.console import err, out, print_json, progress_bar
from core.cli.headless import ready_pose_model
from core.datasets.catalogue import DATASETS, load_dataset
from core.datasets.collection import OnBroken
from core.datasets.dataset import Dataset
from core.errors import ModelError
from core.model.device import choose_device
from core.model.folder import check_target, load_model
from core.training.evaluate import Evaluation, evaluate
from core.training.events import EpochDone, RunStarted, TrainingEvent
from core.training.pixels import through_pixels
from core.training.recipes import RECIPES, recipe_named
from core.training.run import PIXELS_PROTOCOL, PROTOCOL, RunResult, train_model
from core.training.tensors import to_tensors

DatasetName = Annotated[str, typer.Option(help=f"Name of the data set: {', '.join(DATASETS)}.")]
ThroughPixels = Annotated[
    bool, typer.Option("--through-pixels", help="Also the same recordings played by the performer, seen by MediaPipe.")
]
DataFolder = Annotated[Path, typer.Option(help="Folder that holds the data set.")]
SplitName = Annotated[
    str | None, typer.Option(help="Published split, where there are several (a wrong name lists them).")
]
Broken = Annotated[OnBroken, typer.Option(help="What to do about files that cannot be read.")]


def train(
    dataset: DatasetName,
    data: DataFolder,
    folder: Annotated[Path, typer.Option("--out", "--output", help="Model folder to write.")],
    preset: Annotated[str, typer.Option(help=f"Recipe: {', '.join(RECIPES)}.")] = "everyday",
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.", show_default=False)] = None,
    seed: Annotated[int, typer.Option(help="The same seed repeats a run.")] = 0,
    split: SplitName = None,
    on_broken: Broken = OnBroken.SKIP,
    pixels: ThroughPixels = False,
    pose_model: options.PoseModel = None,
    device: options.Device = options.DEFAULT_DEVICE,
    json_output: options.Json = False,
) -> None:
    """Train a model on the training part of a data set and test it on the rest."""
    recipe = recipe_named(preset)
    command = f"jointlight train --dataset {dataset} --data DIR --preset {preset} --seed {seed} --out DIR"
    if epochs is not None:
        recipe, command = replace(recipe, epochs=epochs), f"{command} --epochs {epochs}"
    if split is not None:
        command += f" --split {shlex.quote(split)}"
    check_target(folder)
    computing = choose_device(device)
    samples = _read(dataset, data, split=split, on_broken=on_broken)
    seen = None
    if pixels:
        seen, command = _see(samples, pose_model), f"{command} --through-pixels"
    title = folder.absolute().name.replace("-", " ").capitalize()
    events = train_model(
        samples, recipe, pixels=seen, title=title, out=folder, seed=seed, device=computing, command=command
    )
    result = _follow(events)
    if json_output:
        print_json({"model": str(folder), "dataset": dataset, "parameters": result.parameters, **result.test.figures()})
        return
    out.print(f"Test accuracy {100 * result.test.accuracy:.1f} % on {result.test.n} clips ({samples.split}).")
    if result.pixel_test is not None:
        accuracy = 100 * result.pixel_test.accuracy
        out.print(f"Through pixels {accuracy:.1f} % on the {result.pixel_test.n} same clips played by the performer.")
    out.print(f"Written to {folder}. See it live: jointlight live --model {shlex.quote(str(folder))}")


def evaluate_model(
    dataset: DatasetName,
    data: DataFolder,
    model: options.Model = options.DEFAULT,
    split: SplitName = None,
    on_broken: Broken = OnBroken.SKIP,
    pixels: ThroughPixels = False,
    pose_model: options.PoseModel = None,
    train_part: Annotated[bool, typer.Option("--train-part", help="Use the training part instead.")] = False,
    device: options.Device = options.DEFAULT_DEVICE,
    json_output: options.Json = False,
) -> None:
    """Test a model on the test part of a data set."""
    loaded = load_model(model, device=device)
    samples = _read(dataset, data, split=split, on_broken=on_broken)
    if samples.actions != loaded.actions:
        raise ModelError(f"The model '{loaded.name}' knows other actions than {dataset}; choose another model.")
    samples = _see(samples, pose_model) if pixels else samples
    clips = to_tensors(samples.part(train=train_part), rate_hz=loaded.rate_hz, device=loaded.device)
    result = evaluate(loaded.network, loaded.config, clips)
    part = "training part" if train_part else samples.split
    if json_output:
        print_json(
            {
                "model": loaded.name,
                "dataset": dataset,
                "split": part,
                "accuracy_std": None,
                "parameters": sum(parameter.numel() for parameter in loaded.network.parameters()),
                "seeds": 1,
                "protocol": f"{PROTOCOL}; {PIXELS_PROTOCOL}" if pixels else PROTOCOL,
                **result.figures(),
            }
        )
        return
    out.print(_table(loaded.actions, result))
    out.print(
        f"{loaded.name} on {dataset} ({part}): accuracy {100 * result.accuracy:.1f} %, macro F1 {result.macro_f1:.3f}, "
        f"ECE {result.ece:.3f}, {result.n} clips."
    )


def _table(actions: tuple[str, ...], result: Evaluation) -> Table:
    table = Table("action", "clips", "F1", "mostly taken for", box=None)
    for place, action in enumerate(actions):
        row = result.confusion[place].copy()
        clips, row[place] = int(row.sum()), 0
        other = f"{actions[int(row.argmax())]} ({int(row.max())})" if row.any() else ""
        table.add_row(action, str(clips), f"{result.f1[place]:.2f}", other)
    return table


def _read(name: str, folder: Path, *, split: str | None, on_broken: OnBroken) -> Dataset:
    """Read a data set behind a progress bar; files that were left out are named on stderr."""
    with progress_bar() as bar:
        task = bar.add_task(f"Reading {name}", total=None)
        dataset = load_dataset(
            name,
            folder,
            split=split,
            on_broken=on_broken,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    for reason in dataset.skipped:
        err.print(f"Left out: {reason}", markup=False)
    return dataset


def _see(dataset: Dataset, pose_model: Path | None) -> Dataset:
    """The data set through pixels, behind a progress bar; what was done before is taken from the cache."""
    model_file = ready_pose_model(pose_model)
    with progress_bar() as bar:
        task = bar.add_task("Playing and watching", total=len(dataset.samples))
        seen = through_pixels(
            dataset, pose_model=model_file, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    for reason in seen.skipped:
        err.print(f"Left out: {reason}", markup=False)
    return seen


def _follow(events: Iterator[TrainingEvent | RunResult]) -> RunResult:
    """Show a run on a progress bar and give its result."""
    with progress_bar() as bar:
        task = bar.add_task("Training", total=None)
        tenths = 0
        for event in events:
            if isinstance(event, RunStarted):
                err.print(f"{event.samples} clips, {event.parameters} parameters, on {event.device}", markup=False)
                bar.update(task, total=event.steps)
            elif isinstance(event, EpochDone):
                text = f"Training: epoch {event.epoch}, loss {event.loss:.3f}, accuracy {event.accuracy:.3f}"
                bar.update(task, completed=event.step, description=text)
                if not err.is_terminal and 10 * event.step // event.steps > tenths:  # a log shows no bar
                    tenths = 10 * event.step // event.steps
                    err.print(f"{10 * tenths} %: {text}, {event.elapsed_s:.0f} s", markup=False)
            elif isinstance(event, RunResult):
                return event
    raise AssertionError("a training run ends with its result")
