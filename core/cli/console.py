"""Where the command line prints: results on stdout, everything else on stderr, so that `--json` stays clean."""

import json
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

# No emoji: a file may be named ":cat:".
out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on stdout and nothing else, in ASCII, so that any name gets through."""
    out.print(json.dumps(value, indent=2), markup=False)


def progress_bar() -> Progress:
    """A progress bar on stderr with the time left; it goes when the work is over, so that the report stands alone."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )
