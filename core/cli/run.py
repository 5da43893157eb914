"""The command line: one verb a module, registered here. Errors become one sentence and exit status 2."""

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from core.cli import options
from core.cli.console import err, out
from core.cli.demo import demo
from core.cli.doctor import doctor
from core.cli.live import live
from core.cli.models import models_app
from core.cli.train import evaluate_model, train
from core.cli.window import OpenWindow, open_window_or_explain
from core.errors import JointlightError

USAGE_STATUS = 2


app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    help="Names a person's action live and shows which joints the network attends to. Without a verb: the window.",
)
app.command("demo")(demo)
app.command("live")(live)
app.command("train")(train)
app.command("evaluate")(evaluate_model)
app.command("doctor")(doctor)
app.add_typer(models_app, name="models")


def _version(wanted: bool) -> None:
    if wanted:
        try:
            out.print(f"jointlight {version('jointlight')}")
        except PackageNotFoundError:
            out.print("jointlight (not installed)")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def window(
    context: typer.Context,
    model: Annotated[str | None, typer.Option(help="Name or folder of the model.", show_default=False)] = None,
    device: options.Device = options.DEFAULT_DEVICE,
    pose_model: options.PoseModel = None,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Open the window on the first camera."""
    if context.invoked_subcommand is None:
        open_window_or_explain(context, source=None, model=model, device=device, pose_model=pose_model)


def run(arguments: list[str], *, open_window: OpenWindow) -> int:
    """Run the command line and return the exit status: 0 done, 1 interrupted, 2 bad usage or input."""
    try:
        app(arguments, obj=open_window, prog_name="jointlight")
    except JointlightError as error:
        err.print(str(error), style="red", markup=False)
        return USAGE_STATUS
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0
