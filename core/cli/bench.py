"""`jointlight bench`: how fast Jointlight is on this machine, against its targets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.progress import TaskID
from rich.table import Column, Table
from rich.text import Text

from core.bench.report import Report, Row, library_versions, machine_facts
from core.bench.train import Sizes, Tell, train_rows
from core.cli import options
from core.cli.console import err, out, print_json, progress_bar
from core.cli.options import DeviceChoice
from core.documents import write_document
from core.errors import OutputError
from core.model.device import choose_device
from core.training.memory import keep_freed_memory

STYLES = {True: "green", False: "bold red", None: "yellow"}
WORDS = {True: "yes", False: "no", None: ""}

bench_app = typer.Typer(no_args_is_help=True, help="Measure how fast Jointlight is on this machine.")


@bench_app.callback()
def bench() -> None:
    """Measure how fast Jointlight is on this machine."""


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
    if file is not None and not file.absolute().parent.is_dir():  # before minutes of measuring
        raise OutputError(f"There is no folder {file.absolute().parent} to write {file.name} into; make it first.")
    keep_freed_memory()  # as a training does; both sides of a ratio run in this process
    sizes = Sizes().full() if full else Sizes()
    machine = machine_facts()
    with _telling() as tell:
        rows = tuple(
            train_rows(sizes, cpu=device is not DeviceChoice.CUDA, cuda=device is not DeviceChoice.CPU, tell=tell)
        )
    report = Report(machine=machine, versions=library_versions(), rows=rows)
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
