"""Opening the window from the command line, and whether there can be one."""

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import typer

from core.doctor.qt import why_no_window
from core.errors import JointlightError


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRequest:
    """What the window is opened for. None means: as last time, or the default."""

    source: str | None = None
    model: str | None = None
    device: str = "auto"
    pose_model: Path | None = None
    is_fast: bool = False  # each frame of a film as fast as the machine can
    report: Path | None = None  # where to write rates and times, once the source has ended or the window is closed
    seconds: float | None = None  # close by itself so long after the first picture


class OpenWindow(Protocol):
    """Opens the window and returns the exit status; core does not know Qt, so `main.py` hands this in."""

    def __call__(self, request: WindowRequest, /) -> int:
        """Run until the window is closed."""
        ...


def open_window(context: typer.Context, request: WindowRequest) -> NoReturn:
    """Open the window and end with its exit status."""
    opener: OpenWindow = context.obj
    raise typer.Exit(opener(request))


def open_window_or_explain(context: typer.Context, request: WindowRequest) -> NoReturn:
    """`open_window`; raises JointlightError with the reason and the way out where no window can be had."""
    if reason := why_no_window():
        raise JointlightError(
            f"{reason} Without a window: `jointlight demo --headless` or `jointlight live --headless --source ...`."
        )
    open_window(context, request)
