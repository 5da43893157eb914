"""`jointlight library`: import recordings, list them, check them, export them."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID
from rich.table import Column, Table

from core.cli import options
from core.cli.console import err, out, print_json, progress_bar
from core.cli.headless import ready_pose_model
from core.cli.library_actions import Folder, list_actions
from core.datasets.from_library import library_dataset
from core.datasets.import_finds import find_all
from core.datasets.into_library import ImportReport, import_all
from core.datasets.library_export import Form, chosen_entries, clips_of, write_csv, write_npz, write_skeletons
from core.documents import check_target
from core.errors import DataError
from core.explain.action_colours import action_colours_rgb
from core.explain.labelled_video import frames_of, write_labelled_video
from core.files import keep_out_of_libraries, make_folder
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
    keep_out_of_libraries(target)
    if form in (Form.CSV, Form.NPZ):
        check_target(target)
    library = Library.for_reading(folder)
    entries, problems = chosen_entries(library, recordings or ())
    left_out: Iterable[str] = [f"{problem.file}: {problem.problem}" for problem in problems]
    if form is Form.MP4:
        count, notes = _export_videos(library, entries, target)
        what, left_out = "videos", [*left_out, *notes]
    elif form is Form.CSV:
        what, count = "segments", write_csv(entries, target)
    else:
        dataset = library_dataset(library)
        clips = clips_of(dataset, entries) if recordings else dataset
        what, count = "clips", (write_npz if form is Form.NPZ else write_skeletons)(clips, target)
        left_out = dataset.skipped
    for reason in left_out:
        err.print(f"Note: {reason}", markup=False)
    out.print(f"{count} {what} written to {target}.", markup=False)
    if form is Form.MP4 and entries and not count:
        raise typer.Exit(2)


def _export_videos(library: Library, entries: list[Entry], target: Path) -> tuple[int, list[str]]:
    """A video of each recording; returns how many there are, and what was damaged or could be none."""
    make_folder(target)
    colours_rgb = action_colours_rgb(library.actions)
    before = count = 0
    notes: list[str] = []
    with progress_bar() as bar:
        task = bar.add_task("Drawing", total=sum(map(frames_of, entries)))
        for entry in entries:
            show, path = partial(_show_frames, bar, task, before), target / f"{entry.name}.mp4"
            try:
                notes += write_labelled_video(entry, path, colours_rgb=colours_rgb, progress=show).notes
                count += 1
            except DataError as error:
                notes.append(str(error))
            before += frames_of(entry)
    return count, notes


def _show_frames(bar: Progress, task: TaskID, before: int, done: int, _total: int) -> None:
    bar.update(task, completed=before + done)


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
