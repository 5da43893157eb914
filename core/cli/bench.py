"""`jointlight bench`: how fast and how right Jointlight is on this machine, against its targets."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import TaskID
from rich.table import Column, Table
from rich.text import Text

from core.bench.accuracy import accuracy_rows
from core.bench.live import LiveBench
from core.bench.report import Report, Row, Tell, library_versions, machine_facts
from core.bench.train import Sizes, train_rows
from core.bench.wanted import Wanted
from core.cli import options
from core.cli.console import err, out, print_json, progress_bar
from core.cli.headless import ready_pose_model
from core.cli.options import DeviceChoice
from core.documents import check_target, write_document
from core.errors import DataError
from core.model.device import choose_device
from core.training.memory import keep_freed_memory

STYLES = {True: "green", False: "bold red", None: "yellow"}
WORDS = {True: "yes", False: "no", None: ""}

bench_app = typer.Typer(no_args_is_help=True, help="Measure how fast and how right Jointlight is on this machine.")


@bench_app.callback()
def bench() -> None:
    """Measure how fast and how right Jointlight is on this machine."""


@bench_app.command()
def train(
    full: Annotated[
        bool, typer.Option("--full", help="Run the SBU training to its end instead of scaling up a tenth of it.")
    ] = False,
    device: Annotated[
        DeviceChoice, typer.Option(help="Only the rows of the CPU, or only those that need CUDA; auto: all rows.")
    ] = options.DEFAULT_DEVICE,
    file: options.Out = None,
    json_output: options.Json = False,
) -> None:
    """Training against a step-by-step network, and the time of whole trainings. Takes some minutes."""
    choose_device(device)
    check_target(file)
    keep_freed_memory()  # as a training does; both sides of a ratio run in this process
    sizes = Sizes().full() if full else Sizes()
    machine = machine_facts()
    with _telling() as tell:
        rows = tuple(
            train_rows(sizes, cpu=device is not DeviceChoice.CUDA, cuda=device is not DeviceChoice.CPU, tell=tell)
        )
    _report(machine, rows, file=file, json_output=json_output)


@bench_app.command()
def accuracy(
    data: Annotated[
        Path | None,
        typer.Option(help="Folder that holds utd_mhad and videos; without it only the performer is measured."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Also fine-tune on real interactions, which trains.")] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes at a time; else one for each processor.", show_default=False)
    ] = None,
    pose_model: options.PoseModel = None,
    file: options.Out = None,
    json_output: options.Json = False,
) -> None:
    """How right the shipped models are through pixels, live and on real videos. Takes about a quarter of an hour."""
    check_target(file)
    if data is not None and not data.is_dir():
        raise DataError(f"There is no folder {data}.")
    machine = machine_facts()
    wanted = Wanted(data=data, pose_model=ready_pose_model(pose_model), full=full, workers=jobs)
    with _telling() as tell:
        rows = tuple(accuracy_rows(wanted, tell=tell))
    _report(machine, rows, file=file, json_output=json_output)


@bench_app.command()
def live(
    model: options.Model = options.DEFAULT,
    pose_model: options.PoseModel = None,
    file: options.Out = None,
    json_output: options.Json = False,
) -> None:
    """The whole app against decoding and pose alone, latency by stage, the network's step. Takes about five minutes."""
    check_target(file)
    machine = machine_facts()
    measured = LiveBench(pose_model=ready_pose_model(pose_model), model=model)
    with _telling() as tell:
        rows = tuple(measured.rows(tell))
    extra = {"stages": measured.stages, "counts": measured.counts}
    _report(machine, rows, file=file, json_output=json_output, extra=extra)


def _report(
    machine: dict[str, str | int | float],
    rows: tuple[Row, ...],
    *,
    file: Path | None,
    json_output: bool,
    extra: dict[str, Any] | None = None,
) -> None:
    report = Report(machine=machine, versions=library_versions(), rows=rows, extra=extra or {})
    if file is not None:
        write_document(file, report.as_json())
    if json_output:
        print_json(report.as_json())
        return
    out.print(_table(rows), soft_wrap=False)
    for row in rows:
        out.print(f"{row.name}: {row.protocol}.", style="dim", markup=False)
    facts = {**report.machine, **report.versions}
    out.print(", ".join(f"{name} {value}" for name, value in facts.items()), markup=False)


@contextmanager
def _telling() -> Iterator[Tell]:
    """Progress on stderr: a bar for each row, or, where no one watches, a line when a row begins."""
    with progress_bar() as bar:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, share: float) -> None:
            if what not in tasks:
                for done in tasks.values():
                    bar.update(done, visible=False)
                tasks[what] = bar.add_task(f"Measuring: {what}", total=100)
                if not err.is_terminal:
                    err.print(f"Measuring: {what}", markup=False)
            bar.update(tasks[what], completed=round(100 * share))

        yield tell


def _table(rows: tuple[Row, ...]) -> Table:
    table = Table("figure", Column("value", justify="right"), "unit", "target", "aim", "holds", box=None)
    for row in rows:
        sign = ">=" if row.higher_is_better else "<="
        table.add_row(
            row.name,
            "not measured" if row.value is None else f"{row.value:.2f}",
            row.unit,
            "" if row.at_least is None else f"{sign} {row.at_least:g}",
            "" if row.aim is None else f"{sign} {row.aim:g}",
            Text(WORDS[row.holds], style=STYLES[row.holds]),
        )
    return table
