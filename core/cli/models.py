"""`jointlight models`: which models there are, as files for elsewhere, and the pose model that they all need."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar
from rich.table import Column, Table
from rich.text import Text

from core import paths
from core.cli import options
from core.cli.console import err, out, print_json
from core.cli.model_files import export_model, import_model
from core.documents import MAX_DOCUMENT_BYTES
from core.errors import ModelError
from core.model.folder import METRICS, load_model
from core.pose.bundle import PoseVariant, Progress, installed_pose_model, pose_model_path

models_app = typer.Typer(no_args_is_help=True, help="List, export and import models, or fetch the pose model.")
models_app.command("export")(export_model)
models_app.command("import")(import_model)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport:
    """A folder that should hold a model."""

    name: str
    path: Path
    actions: tuple[str, ...] = ()
    accuracy: float | None = None  # fraction, None where it is not recorded
    problem: str = ""  # why it cannot be used


@models_app.command("list")
def list_models(json_output: options.Json = False) -> None:
    """List the models with their actions and accuracy; damaged folders are named."""
    reports = model_reports(paths.model_search_dirs())
    if json_output:
        print_json({"models": [_as_json(report) for report in reports]})
        return
    places = " or ".join(str(place) for place in paths.model_search_dirs())
    if not reports:
        out.print(f"No models in {places}.", markup=False)
        return
    table = Table("model", "accuracy", "actions", Column("folder", overflow="fold"), box=None, padding=(0, 1))
    for report in reports:
        accuracy = "" if report.accuracy is None else f"{100 * report.accuracy:.1f} %"
        what = f"damaged: {report.problem}" if report.problem else f"{len(report.actions)}: {', '.join(report.actions)}"
        cells = [Text(cell) for cell in (report.name, accuracy, what, str(report.path))]  # no markup: others named them
        table.add_row(*cells, style="red" if report.problem else None)
    out.print(table, soft_wrap=False)


@models_app.command("fetch")
def fetch(
    variant: Annotated[PoseVariant, typer.Option(help="Size of the pose model.")] = PoseVariant.FULL,
    json_output: options.Json = False,
) -> None:
    """Fetch the pose model now, so that no later start needs a network."""
    with ProgressBar(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    ) as bar:
        task = bar.add_task("Looking for the pose model", total=None)

        def show(progress: Progress) -> None:
            bar.update(
                task,
                description=progress.stage.capitalize(),
                completed=progress.done_bytes,
                total=progress.total_bytes,
            )

        path = pose_model_path(variant, progress=show)
    installed = installed_pose_model(variant)
    origin, sha256 = (installed.origin, installed.sha256) if installed else ("", "")
    if json_output:
        print_json({"variant": str(variant), "path": str(path), "sha256": sha256, "origin": origin})
        return
    out.print(f"The pose model '{variant}' is in {path} ({origin}).", markup=False)


def model_reports(places: tuple[Path, ...]) -> list[ModelReport]:
    """One report for each folder in the places; a name in an earlier place hides a later one."""
    folders: dict[str, Path] = {}
    for place in places:
        for folder in sorted(place.iterdir()) if place.is_dir() else ():
            if folder.is_dir() and not folder.name.startswith((".", "_")):
                folders.setdefault(folder.name, folder)
    return [_report(folder) for folder in folders.values()]


def _report(folder: Path) -> ModelReport:
    try:
        model = load_model(str(folder.resolve()), device="cpu")
    except ModelError as error:
        return ModelReport(name=folder.name, path=folder, problem=str(error))
    return ModelReport(name=folder.name, path=folder, actions=tuple(model.actions), accuracy=_accuracy(folder))


def _accuracy(folder: Path) -> float | None:
    """Test accuracy as the training wrote it down; None where there is none."""
    path = folder / METRICS
    try:
        if path.stat().st_size > MAX_DOCUMENT_BYTES:
            return None
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    accuracy = metrics.get("accuracy") if isinstance(metrics, dict) else None
    return float(accuracy) if isinstance(accuracy, int | float) else None


def _as_json(report: ModelReport) -> dict[str, Any]:
    return {
        "name": report.name,
        "path": str(report.path),
        "actions": list(report.actions),
        "accuracy": report.accuracy,
        "problem": report.problem or None,
    }
