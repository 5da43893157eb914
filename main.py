"""Entry points of Jointlight: `main()` opens the window, `cli()` is the command line.

The folder of this file goes first on ``sys.path``, so that ``from core...`` and ``from app...`` mean the same
modules in a checkout and in the installed wheel (where everything lies inside one ``jointlight/`` folder).
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


def main() -> None:
    """Open the window, as `jointlight` without a verb does."""
    cli([])


def cli(arguments: list[str] | None = None) -> None:
    """Run the command line. Imports lie inside so that a broken installation still gets a readable message."""
    from core.cli.run import run

    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


if __name__ == "__main__":
    cli()
