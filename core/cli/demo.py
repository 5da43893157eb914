"""`jointlight demo`: a virtual person acts, the network names it. Needs no camera, no file and no data set."""

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text

from core.cli import options
from core.cli.console import err, out, print_json
from core.cli.headless import Report, RunOptions, run_headless
from core.cli.window import WindowRequest, open_window
from core.doctor.qt import why_no_window
from core.errors import WindowError
from core.live.decision_log import ActedSegment
from core.sources.choose import PERFORMER
from core.sources.performer.troupe import demo_troupe

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
                request = WindowRequest(source=PERFORMER, model=model, device=device, pose_model=pose_model)
                open_window(context, request)
        except WindowError as error:
            reason = str(error)
        err.print(f"{reason} Going on without a window.", markup=False)
    target = video or DEFAULT_VIDEO
    report = run_headless(
        demo_troupe(real_time=False), RunOptions(model=model, device=device, pose_model=pose_model, video=target)
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
        "confusion": _confusion(acted),
        "output": str(video),
    }


def _confusion(acted: Sequence[ActedSegment]) -> dict[str, dict[str, int]]:
    """How often each action that was acted was taken for what."""
    counts: dict[str, dict[str, int]] = {}
    for one in acted:
        row = counts.setdefault(one.action, {})
        row[one.said] = row.get(one.said, 0) + 1
    return counts


def _print(report: Report, video: Path) -> None:
    table = Table("acted", "recognised as", "confidence", box=None)
    acted = report.log.acted(report.model.actions)
    for one in acted:
        table.add_row(one.action, one.said, f"{100 * one.confidence:.0f} %", style=None if one.correct else "red")
    out.print(table)
    out.print(_confusion_table(_confusion(acted)))
    right = sum(one.correct for one in acted)
    out.print(
        f"{right} of {len(acted)} actions recognised; a person found in {report.pose_frames} of {report.frames} "
        f"frames, {report.fps:.1f} frames a second on {report.model.device_text}."
    )
    out.print(f"Annotated video: {video}", markup=False)


def _confusion_table(counts: dict[str, dict[str, int]]) -> Table:
    """Rows are what was acted, columns what was said; what was never said has no column."""
    said = [action for action in counts if any(action in row for row in counts.values())]
    said += sorted({action for row in counts.values() for action in row} - set(said))
    table = Table("acted \\ said", *said, box=None)
    for action, row in counts.items():
        cells = [
            Text(str(row.get(name, "·")), style="" if name == action else "red" if name in row else "dim")
            for name in said
        ]
        table.add_row(action, *cells)
    return table
