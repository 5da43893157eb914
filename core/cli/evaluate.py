"""`jointlight evaluate`: a model and a data set in, figures and pictures out."""

import shlex
from typing import Annotated

import typer
from rich.table import Table

from core.cli import options
from core.cli.console import err, out, print_json
from core.cli.data import Broken, DataFolder, DatasetName, SplitName, ThroughPixels, read_dataset, see_through_pixels
from core.datasets.collection import OnBroken
from core.model.folder import find_model, load_model
from core.training.pixels import PIXELS_PROTOCOL
from core.training.report import PROTOCOL, Report, check_fit, check_report_target, report_on, seen_before, write_report


def evaluate(
    dataset: DatasetName,
    data: DataFolder,
    model: options.Model = options.DEFAULT,
    split: SplitName = None,
    folder: options.Out = None,
    on_broken: Broken = OnBroken.SKIP,
    pixels: ThroughPixels = False,
    pose_model: options.PoseModel = None,
    train_part: Annotated[bool, typer.Option("--train-part", help="Use the training part instead.")] = False,
    device: options.Device = options.DEFAULT_DEVICE,
    json_output: options.Json = False,
) -> None:
    """Test a model on the test part of a data set; with --out also a folder of pictures and evaluation.json."""
    if folder is not None:
        check_report_target(folder)
    loaded = load_model(model, device=device)
    samples = read_dataset(dataset, data, split=split, on_broken=on_broken)
    check_fit(loaded, samples)  # before minutes of watching
    warning = seen_before(find_model(model), samples)
    samples = see_through_pixels(samples, pose_model, takes=1) if pixels else samples
    protocol = "; ".join(part for part in (PROTOCOL, PIXELS_PROTOCOL if pixels else "", warning) if part)
    command = f"jointlight evaluate --dataset {dataset} --data DIR --model {shlex.quote(loaded.name)}"
    command += f" --split {shlex.quote(split)}" if split is not None else ""
    command += " --through-pixels" * pixels + " --train-part" * train_part
    report = report_on(loaded, samples, train_part=train_part, protocol=protocol, command=command)
    if folder is not None:
        write_report(folder, report)
    if json_output:
        print_json(report.document())
        return
    _show(report)
    if warning:
        err.print(f"Mind: {warning}.", style="yellow", markup=False)
    if folder is not None:
        out.print(f"Written to {folder}.", markup=False)


def _show(report: Report) -> None:
    test, speed = report.test, report.speed
    out.print(_table(report))
    out.print(
        f"{report.model} on {report.dataset} ({report.split}): accuracy {100 * test.accuracy:.1f} %, "
        f"macro F1 {test.macro_f1:.3f}, ECE {test.ece:.3f}, {test.n} clips.",
        markup=False,
    )
    early = " ".join(f"{100 * accuracy:.0f}" for accuracy in test.early_recognition)
    out.print(f"Accuracy after each tenth of the clips: {early} %.")
    if report.calibrated is not None:
        out.print(f"With a temperature fitted on others ({report.temperature:.2f}): ECE {report.calibrated.ece:.3f}.")
    out.print(
        f"{report.parameters} parameters, {report.flops_per_frame / 1e6:.2f} MFLOPs a frame; on one thread "
        f"{speed.ms_per_window:.1f} ms for a window of {speed.window_frames} frames, or {speed.windows_per_s:.0f} "
        "windows a second."
    )


def _table(report: Report) -> Table:
    actions = report.config.actions
    table = Table("action", "clips", "F1", "mostly taken for", box=None)
    for place, action in enumerate(actions):
        row = report.test.confusion[place].copy()
        clips, row[place] = int(row.sum()), 0
        other = f"{actions[int(row.argmax())]} ({int(row.max())})" if row.any() else ""
        table.add_row(action, str(clips), f"{report.test.f1[place]:.2f}", other)
    return table
