"""`jointlight library`: import recordings, list them, check them, export them."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from core.cli import options
from core.cli.console import err, out, print_json, progress_bar
from core.cli.headless import ready_pose_model
from core.cli.library_actions import Folder, list_actions
from core.datasets.import_finds import find_all
from core.datasets.into_library import ImportReport, import_all
from core.datasets.library_export import Form
from core.errors import DataError
from core.explain.exporting import export_library
from core.library.check import problems_of
from core.library.library import Entry, Library, Problem
from core.library.records import counted
from core.library.repair import repair_all

library_app = typer.Typer(no_args_is_help=True, help="Your own recordings: import, list, check, export.")
library_app.command("actions")(list_actions)


@library_app.command("import")
def import_recordings(
    sources: Annotated[list[Path], typer.Argument(help="Films, sequence files, folders of them, or data sets.")],
    folder: Folder,
    person: Annotated[str, typer.Option(help="Who is in films that do not say it (PERSON_*.mp4 does).")] = "somebody",
    persons: Annotated[int, typer.Option(min=1, max=2, help="How many are followed in each film.")] = 1,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Films at a time; else one for each processor.", show_default=False)
    ] = None,
    pose_model: options.PoseModel = None,
    json_output: options.Json = False,
) -> None:
    """Copy films and joints into a library, which is made where there is none.

    ACTION/PERSON_*.mp4 is labelled by its folder, NAME.mp4 by a NAME.csv beside it (start_s, end_s, action). What is
    in the library already is refused by name; what was interrupted goes on when the same command is given again.
    """
    with Library.opened(folder, create=True) as library, progress_bar() as bar:
        _repair(library)
        reading = bar.add_task("Looking", total=None)
        finds = [
            find
            for source in sources
            for find in find_all(
                source, person=person, progress=lambda done, total: bar.update(reading, completed=done, total=total)
            )
        ]
        watching = bar.add_task("Finding joints", total=None)
        report = import_all(
            library,
            finds,
            pose_model=ready_pose_model(pose_model) if any(find.sample is None for find in finds) else Path(),
            persons=persons,
            workers=jobs,
            progress=lambda done, total: bar.update(watching, completed=done, total=total),
        )
    _say_import(report, as_json=json_output)
    if report.refused and not report.imported:
        raise typer.Exit(2)


@library_app.command("list")
def list_recordings(folder: Folder, json_output: options.Json = False) -> None:
    """List the recordings with what is labelled in them."""
    entries, problems = Library.for_reading(folder).entries()
    if json_output:
        print_json(
            {"recordings": [_as_json(entry) for entry in entries], "problems": [asdict(one) for one in problems]}
        )
        return
    table = Table("recording", "person", Column("seconds", justify="right"), "segments", "film", box=None)
    for entry in entries:
        labels = ", ".join(f"{count} x {action}" for action, count in counted(entry.segments).items())
        film = entry.recording.video or "joints only"
        table.add_row(entry.name, entry.recording.person, f"{entry.recording.duration_s:.1f}", labels, film)
    out.print(table)
    for problem in problems:
        err.print(f"{problem.file}: {problem.problem}", style="red", markup=False)


@library_app.command("validate")
def validate(folder: Folder, json_output: options.Json = False) -> None:
    """Name every inconsistency, and change nothing. Status 1 where there is one."""
    library = Library.for_reading(folder)
    entries, _ = library.entries()
    problems = list(problems_of(library))
    if json_output:
        segments = sum(len(entry.segments) for entry in entries)
        print_json(
            {"recordings": len(entries), "segments": segments, "problems": [asdict(problem) for problem in problems]}
        )
    else:
        _say_problems(problems, recordings=len(entries))
    if problems:
        raise typer.Exit(1)


@library_app.command("export")
def export(
    folder: Folder,
    target: Annotated[
        Path, typer.Option("--out", "--output", help="File; for skeleton and mp4 the folder that is written into.")
    ],
    form: Annotated[
        Form,
        typer.Option(help="Segments as CSV, clips as one NumPy file or as NTU's text files, or labelled videos."),
    ],
    recordings: Annotated[
        list[str] | None,
        typer.Option("--recording", help="Name of a recording, once or more; else all.", show_default=False),
    ] = None,
) -> None:
    """Write segments, clips or videos in a form that other programs read.

    npz holds x (N, C, T, V, M), lengths, labels, actions, persons and names; clips are at 30 Hz, in metres. mp4 is a
    video of each recording with its joints, its labels and a bar of all segments.
    """
    with progress_bar() as bar:
        task = bar.add_task("Writing", total=None)
        done = export_library(
            Library.for_reading(folder),
            target,
            form,
            recordings=recordings or (),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    for reason in done.notes:
        err.print(f"Note: {reason}", markup=False)
    out.print(f"{done.count} {done.what} written to {target}.", markup=False)
    if form is Form.MP4 and done.notes and not done.count:
        raise typer.Exit(2)


def _repair(library: Library) -> None:
    if library.why_read_only:
        raise DataError(f"The library {library.folder} can only be read. {library.why_read_only}")
    for found in repair_all(library):
        err.print(f"{found.name} was not finished. {found.text}", markup=False)


def _say_import(report: ImportReport, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(report))
        return
    for sentence in (*report.refused, *report.already, *report.notes):
        err.print(f"Note: {sentence}", markup=False)
    left_out = len(report.refused) + len(report.already)
    out.print(f"{len(report.imported)} recordings imported, {left_out} left out.", markup=False)


def _say_problems(problems: list[Problem], *, recordings: int) -> None:
    for problem in problems:
        where = f"{problem.file}: {problem.field}" if problem.field else problem.file
        out.print(f"{where}: {problem.problem}", markup=False)
    out.print(f"{recordings} recordings, {len(problems)} problems.", markup=False)


def _as_json(entry: Entry) -> dict[str, object]:
    return {"name": entry.name, **asdict(entry.recording), "segments": [asdict(one) for one in entry.segments]}
