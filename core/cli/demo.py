"""`jointlight demo`: a virtual person acts, the network names it. Needs no camera, no file and no data set."""

from pathlib import Path

import typer
from rich.table import Table

from core.cli import options
from core.cli.console import err, out, print_json
from core.cli.headless import Report, RunOptions, run_headless
from core.cli.window import open_window
from core.doctor.qt import why_no_window
from core.errors import WindowError
from core.sources.choose import PERFORMER
from core.sources.performer.source import Performer

DEFAULT_VIDEO = Path("jointlight-demo.mp4")


def demo(
    context: typer.Context,
    headless: options.Headless = False,
    json_output: options.Json = False,
    video: options.Out = None,
    model: options.Model = options.DEFAULT,
    device: options.Device = options.DEFAULT_DEVICE,
    pose_model: options.PoseModel = None,
) -> None:
    """Watch a virtual person act and the network name it: in the window, or without one into an annotated video."""
    if not (headless or json_output or video is not None):
        reason = why_no_window()
        try:
            if not reason:
                open_window(context, source=PERFORMER, model=model, device=device, pose_model=pose_model)
        except WindowError as error:
            reason = str(error)
        err.print(f"{reason} Going on without a window.", markup=False)
    target = video or DEFAULT_VIDEO
    report = run_headless(
        Performer.demo(real_time=False), RunOptions(model=model, device=device, pose_model=pose_model, video=target)
    )
    if json_output:
        print_json(_as_json(report, target))
    else:
        _print(report, target)


def _as_json(report: Report, video: Path) -> dict[str, object]:
    acted = report.log.acted(report.model.actions)
    return {
        "frames": report.frames,
        "pose_frames": report.pose_frames,
        "fps": round(report.fps, 2),
        "acted": [
            {"action": one.action, "said": one.said, "confidence": one.confidence, "correct": one.correct}
            for one in acted
        ],
        "output": str(video),
    }


def _print(report: Report, video: Path) -> None:
    table = Table("acted", "recognised as", "confidence", box=None)
    acted = report.log.acted(report.model.actions)
    for one in acted:
        table.add_row(one.action, one.said, f"{100 * one.confidence:.0f} %", style=None if one.correct else "red")
    out.print(table)
    right = sum(one.correct for one in acted)
    out.print(
        f"{right} of {len(acted)} actions recognised; a person found in {report.pose_frames} of {report.frames} "
        f"frames, {report.fps:.1f} frames a second on {report.model.device_text}."
    )
    out.print(f"Annotated video: {video}", markup=False)
