"""`jointlight train`: a data set in, a model folder out."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from core.cli import options
from core.cli.console import err, out, print_json, progress_bar
from core.cli.data import Broken, DataFolder, DatasetName, SplitName, ThroughPixels, read_dataset, see_through_pixels
from core.datasets.collection import OnBroken
from core.model.device import choose_device
from core.model.folder import check_target
from core.training.events import EpochDone, RunStarted, TrainingEvent
from core.training.recipes import RECIPES, recipe_named
from core.training.run import RunResult, train_model


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
    samples = read_dataset(dataset, data, split=split, on_broken=on_broken)
    seen = None
    if pixels:
        seen, command = see_through_pixels(samples, pose_model), f"{command} --through-pixels"
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
