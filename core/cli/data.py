"""Data sets on the command line: the options that name one, and reading it behind a progress bar."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.console import err, progress_bar
from core.cli.headless import ready_pose_model
from core.datasets.catalogue import DATASETS, LIBRARY, load_dataset
from core.datasets.collection import OnBroken
from core.datasets.dataset import Dataset
from core.training.pixels import through_pixels

DatasetName = Annotated[str, typer.Option(help=f"Name of the data set: {', '.join([*DATASETS, LIBRARY])}.")]
ThroughPixels = Annotated[
    bool, typer.Option("--through-pixels", help="Also the same recordings played by the performer, seen by MediaPipe.")
]
DataFolder = Annotated[Path, typer.Option(help="Folder that holds the data set.")]
SplitName = Annotated[
    str | None, typer.Option(help="Published split, where there are several (a wrong name lists them).")
]
Broken = Annotated[OnBroken, typer.Option(help="What to do about files that cannot be read.")]


def read_dataset(name: str, folder: Path, *, split: str | None, on_broken: OnBroken) -> Dataset:
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


def see_through_pixels(
    dataset: Dataset,
    pose_model: Path | None,
    *,
    takes: int | None = None,
    with_truth: bool = False,
    jobs: int | None = None,
) -> Dataset:
    """The data set through pixels, behind a progress bar; what was done before is taken from the cache."""
    model_file = ready_pose_model(pose_model)
    with progress_bar() as bar:
        task = bar.add_task("Playing and watching", total=len(dataset.samples))
        seen = through_pixels(
            dataset,
            pose_model=model_file,
            train_takes=takes,
            with_truth=with_truth,
            workers=jobs,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    for reason in seen.skipped:
        err.print(f"Left out: {reason}", markup=False)
    return seen
