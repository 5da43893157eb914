"""Entry points of Jointlight: `main()` opens the window, `cli()` is the command line.

The folder of this file goes first on ``sys.path``, so that ``from core...`` and ``from app...`` mean the same
modules in a checkout and in the installed wheel (where everything lies inside one ``jointlight/`` folder).
"""

import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.cli.window import WindowRequest

sys.path.insert(0, str(Path(__file__).resolve().parent))


def main() -> None:
    """Open the window, as `jointlight` without a verb does."""
    cli([])


def cli(arguments: list[str] | None = None) -> None:
    """Run the command line and end with its exit status."""
    from core.cli.run import run  # here, so that sys.path is right
    from core.training.torchrun import end_process

    end_process(run(sys.argv[1:] if arguments is None else arguments, open_window=_open_window))


def _open_window(request: "WindowRequest") -> int:
    from app.launch import LaunchOptions, launch  # here, so that nothing without a window needs Qt

    return launch(LaunchOptions(**{field.name: getattr(request, field.name) for field in fields(request)}))


if __name__ == "__main__":
    cli()
