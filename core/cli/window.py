"""Opening the window from the command line, and whether there can be one."""

from pathlib import Path
from typing import NoReturn, Protocol

import typer

from core.doctor.qt import why_no_window
from core.errors import JointlightError


class OpenWindow(Protocol):
    """Opens the window and returns the exit status; core does not know Qt, so `main.py` hands this in."""

    def __call__(
        self, *, source: str | None, model: str | None, device: str, pose_model: Path | None, fast: bool = False
    ) -> int:
        """Run until the window is closed."""
        ...


def open_window(
    context: typer.Context,
    *,
    source: str | None,
    model: str | None,
    device: str,
    pose_model: Path | None,
    fast: bool = False,
) -> NoReturn:
    """Open the window and end with its exit status."""
    opener: OpenWindow = context.obj
    raise typer.Exit(opener(source=source, model=model, device=device, pose_model=pose_model, fast=fast))


def open_window_or_explain(
    context: typer.Context,
    *,
    source: str | None,
    model: str | None,
    device: str,
    pose_model: Path | None,
    fast: bool = False,
) -> NoReturn:
    """`open_window`; raises JointlightError with the reason and the way out where no window can be had."""
    if reason := why_no_window():
        raise JointlightError(
            f"{reason} Without a window: `jointlight demo --headless` or `jointlight live --headless --source ...`."
        )
    open_window(context, source=source, model=model, device=device, pose_model=pose_model, fast=fast)
