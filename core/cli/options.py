"""Options that several verbs share, written once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from core.paths import DEFAULT_MODEL


class DeviceChoice(StrEnum):
    """Where a network runs; `auto` takes CUDA where it is."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]
Out = Annotated[Path | None, typer.Option("--out", "--output", help="Where to write.", show_default=False)]
Device = Annotated[DeviceChoice, typer.Option(help="Where the network runs.")]
Model = Annotated[str, typer.Option(help="Name or folder of the model.")]
PoseModel = Annotated[
    Path | None,
    typer.Option(help="Pose model file (.task) to use instead of the fetched one.", show_default=False),
]
Headless = Annotated[bool, typer.Option("--headless", help="Without a window: progress bar, report, video.")]
DEFAULT_DEVICE = DeviceChoice.AUTO
DEFAULT = DEFAULT_MODEL
