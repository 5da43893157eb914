"""The command line: one verb a module. Errors become one sentence and exit status 2."""

import logging
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Annotated

import typer

from core.cli import options
from core.cli.console import err, out
from core.cli.window import OpenWindow, WindowRequest, open_window_or_explain
from core.errors import JointlightError
from core.paths import log_dir

USAGE_STATUS = 2
log = logging.getLogger(__name__)

# Verb: where it is, and its line in `jointlight --help`. Only the verb that is asked for is imported, since the
# networks' libraries take seconds to load.
VERBS = {
    "demo": ("core.cli.demo:demo", "Watch a virtual person act and the network name it. Needs no camera."),
    "live": ("core.cli.live:live", "Name what is done before a camera, in a video or by the performer."),
    "extract": ("core.cli.extract:extract", "Joints from videos, or of a data set through the performer's pixels."),
    "train": ("core.cli.train:train", "Train a model on a part of a data set and test it on the rest."),
    "evaluate": ("core.cli.evaluate:evaluate", "Test a model on the test part of a data set: figures and pictures."),
    "explain": ("core.cli.explain:explain", "Show what a network attended to in a clip: figure, film, table, page."),
    "record": ("core.cli.record:record", "Record takes of your own actions into a library."),
    "library": ("core.cli.library:library_app", "Your own recordings: import, list, check, export."),
    "performer": ("core.cli.performer:performer_app", "List what the virtual person can act, watch or render it."),
    "models": ("core.cli.models:models_app", "List, export and import models, or fetch the pose model."),
    "bench": ("core.cli.bench:bench_app", "Measure how fast Jointlight is on this machine."),
    "doctor": ("core.cli.doctor:doctor", "Say what works on this machine and what to do about the rest."),
}


def _version(wanted: bool) -> None:
    if wanted:
        try:
            out.print(f"jointlight {version('jointlight')}")
        except PackageNotFoundError:
            out.print("jointlight (not installed)")
        raise typer.Exit


def window(
    context: typer.Context,
    model: Annotated[str | None, typer.Option(help="Name or folder of the model.", show_default=False)] = None,
    device: options.Device = options.DEFAULT_DEVICE,
    pose_model: options.PoseModel = None,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Names a person's action live and shows which joints the network attends to. Without a verb: the window."""
    if context.invoked_subcommand is None:
        open_window_or_explain(context, WindowRequest(model=model, device=device, pose_model=pose_model))


def _command_line(arguments: list[str]) -> typer.Typer:
    """All verbs by name, the one that is asked for in full."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(window)
    for verb, (place, line) in VERBS.items():
        if verb not in arguments:
            app.command(verb, help=line)(lambda: None)
            continue
        module, _, name = place.partition(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=verb, help=line)
        else:
            app.command(verb)(found)
    return app


def _log_to_file() -> Path | None:
    """What is logged goes to a file: the terminal is for results. None where no log can be written."""
    handler: logging.Handler = logging.NullHandler()
    path: Path | None = log_dir() / "command.log"
    try:
        log_dir().mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(log_dir() / "command.log", maxBytes=500_000, backupCount=1, delay=True)
    except OSError:
        path = None  # a read-only home is no reason not to run
    logging.basicConfig(handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    return path


def run(arguments: list[str], *, open_window: OpenWindow) -> int:
    """Run the command line and return the exit status: 0 done, 1 interrupted or a bug of ours, 2 bad usage or input."""
    log_file = _log_to_file()
    try:
        _command_line(arguments)(arguments, obj=open_window, prog_name="jointlight")
    except JointlightError as error:
        err.print(str(error), style="red", markup=False)
        return USAGE_STATUS
    except OSError as error:  # a full disk, a name that is too long, a folder that may not be read
        log.exception("the system refused something")
        what = f"'{error.filename}': " if error.filename else ""
        err.print(f"{what}{error.strerror or error}.", style="red", markup=False)
        return USAGE_STATUS
    except Exception as error:  # a bug of ours: one sentence here, the traceback in the log
        log.exception("nobody caught this")
        where = f" {log_file} has more." if log_file else ""
        err.print(
            f"Something unexpected went wrong ({type(error).__name__}: {error}).{where}", style="red", markup=False
        )
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0
