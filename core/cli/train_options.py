"""What can be asked of `jointlight train`: its options, which of them fit together, and the command they make."""

import shlex
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from core.datasets.catalogue import DATASETS
from core.model.folder import find_model, read_config
from core.paths import DEFAULT_MODEL
from core.training.early_stop import HoldOut
from core.training.presets import RECIPES, recipe_named, tuned
from core.training.recipes import Recipe
from core.training.torchrun import is_distributed

DEFAULT_PRESET = "best"
_PATIENCE = 15


class Folds(StrEnum):
    """Which published splits are run."""

    ALL = "all"


ModelFolder = Annotated[
    Path | None,
    typer.Option(
        "--out", "--output", help="Model folder to write; of a library models/own-actions in it.", show_default=False
    ),
]
TrainedOn = Annotated[
    str | None,
    typer.Option("--dataset", help=f"Name of the data set: {', '.join(DATASETS)}.", show_default=False),
]
TrainedIn = Annotated[Path | None, typer.Option("--data", help="Folder that holds it.", show_default=False)]
Preset = Annotated[
    str | None, typer.Option(help=f"Recipe: {', '.join(RECIPES)}; else {DEFAULT_PRESET}.", show_default=False)
]
FromModel = Annotated[
    str | None,
    typer.Option(
        "--start",
        help="Model to start from: its last layer is learnt anew first, then the main network. --library starts from "
        f"{DEFAULT_MODEL}; '' starts from nothing.",
        show_default=False,
    ),
]
LibraryFolder = Annotated[
    Path | None,
    typer.Option("--library", help="Your own recordings, in place of --dataset and --data.", show_default=False),
]
LearningCurve = Annotated[
    bool,
    typer.Option(
        "--learning-curve",
        help="Of a library: also train on fewer takes, to tell which actions need more of them (two trainings more).",
    ),
]
Epochs = Annotated[
    int | None, typer.Option(min=1, help="Epochs of each stage, instead of the recipe's.", show_default=False)
]
Seed = Annotated[int, typer.Option(min=0, max=2**31, help="The same seed repeats a run; the first one of several.")]
EveryFold = Annotated[
    Folds | None,
    typer.Option("--folds", help="Run every published split for the figures, then train on all clips.", metavar="all"),
]
Seeds = Annotated[
    int | None,
    typer.Option(min=1, max=1000, help="How many seeds: figures are their mean and spread.", show_default=False),
]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="Runs at a time; else one for each processor or GPU.", show_default=False)
]
HoldOutShare = Annotated[
    float | None,
    typer.Option("--hold-out", help="Stop early: hold out this share (0 to 1) of the training persons to decide it.",
                 show_default=False),
]  # fmt: skip
Patience = Annotated[
    int | None,
    typer.Option(help=f"Epochs without a gain of the held-out part, else {_PATIENCE}.", show_default=False),
]
CsvFile = Annotated[Path | None, typer.Option("--log", help="CSV file with a row for each epoch.", show_default=False)]
TensorBoardFolder = Annotated[
    Path | None,
    typer.Option("--tensorboard", help="Folder for curves, where TensorBoard is there.", show_default=False),
]
WithPerformer = Annotated[
    bool,
    typer.Option(
        "--with-performer", help="Also what the performer acts, and resting and meaningless movements as 'no action'."
    ),
]
ChooseThresholds = Annotated[
    bool,
    typer.Option(
        "--choose-thresholds",
        help="Choose confidence and thresholds on two training persons, each left out in turn "
        "(two trainings more; with --through-pixels also some minutes of film of each).",
    ),
]
Restart = Annotated[
    bool, typer.Option("--restart", help="Forget what is kept of an interrupted training and begin anew.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The choices that decide what comes out.

    Raises DataError for an unknown preset and BadParameter where choices contradict each other.
    """

    dataset: str
    preset: str
    seed: int
    epochs: int | None
    split: str | None
    folds: Folds | None
    seeds: int | None
    jobs: int | None
    share: float | None
    patience: int | None
    pixels: bool
    start: str = ""
    performer: bool = False
    thresholds: bool = False

    def __post_init__(self) -> None:
        recipe_named(self.preset)
        self.hold_out  # noqa: B018  # numbers that make no sense are told before anything is read
        wrong = ""
        if self.folds and self.split is not None:
            wrong = "--folds runs every split: leave --split out."
        elif self.jobs is not None and not (self.is_repeated or self.thresholds):
            wrong = "--jobs is for --folds, --seeds and --choose-thresholds; a single run uses all processors as it is."
        elif self.thresholds and is_distributed():
            wrong = "--choose-thresholds trains in processes of its own: leave torchrun out."
        elif self.patience is not None and self.share is None:
            wrong = "--patience needs --hold-out: how much of the training part decides when to stop."
        elif self.is_repeated and self.share is not None:
            wrong = "With --folds or --seeds the recipe is fixed: leave --hold-out out."
        elif self.is_repeated and is_distributed():
            wrong = "--folds and --seeds share the work out by themselves: leave torchrun out."
        if wrong:
            raise typer.BadParameter(wrong)

    @property
    def is_repeated(self) -> bool:
        """Whether figures come from several runs."""
        return self.folds is not None or self.seeds is not None

    @property
    def hold_out(self) -> HoldOut | None:
        """How early stop works, where it is wanted. Raises DataError for numbers that make no sense."""
        if self.share is None:
            return None
        return HoldOut(share=self.share, patience=_PATIENCE if self.patience is None else self.patience)

    def recipe(self) -> Recipe:
        """The recipe, not yet adapted to the data. Raises ModelError for a start that is not there."""
        recipe = tuned(self.start, read_config(find_model(self.start))) if self.start else recipe_named(self.preset)
        return recipe if self.epochs is None else recipe.with_epochs(self.epochs)

    def command(self, *, processes: int) -> str:
        """The command that gives the same figures, for metrics.json."""
        parts = ["jointlight"] if processes == 1 else ["torchrun", "--nproc-per-node", str(processes), "main.py"]
        parts += ["train", "--dataset", self.dataset, "--data", "DIR", "--preset", self.preset]
        parts += ["--start", self.start] if self.start else []
        parts += [] if self.epochs is None else ["--epochs", str(self.epochs)]
        parts += [] if self.split is None else ["--split", self.split]
        parts += [] if self.folds is None else ["--folds", self.folds.value]
        parts += [] if self.seeds is None else ["--seeds", str(self.seeds)]
        parts += ["--seed", str(self.seed)] if self.seed or self.seeds is None else []
        if self.hold_out is not None:
            parts += ["--hold-out", f"{self.hold_out.share:g}", "--patience", str(self.hold_out.patience)]
        parts += ["--through-pixels"] if self.pixels else []
        parts += ["--with-performer"] if self.performer else []
        parts += ["--choose-thresholds"] if self.thresholds else []
        return shlex.join([*parts, "--out", "DIR"])
