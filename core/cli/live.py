"""`jointlight live`: any source, in the window or headless."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.cli import options
from core.cli.console import out, print_json
from core.cli.headless import Report, RunOptions, run_headless
from core.cli.window import WindowRequest, open_window_or_explain
from core.documents import check_target
from core.errors import OutputError, SourceError
from core.sources.choose import CAMERA, SourceKind, open_choice, source_kind


def live(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Option(help="camera, camera:NAME, a video file, performer, performer:ACTION or performer:SEQUENCE.npz."),
    ] = CAMERA,
    headless: options.Headless = False,
    json_output: options.Json = False,
    video: options.Out = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Stop so long after the first picture.", show_default=False)
    ] = None,
    report_file: Annotated[
        Path | None,
        typer.Option("--report", help="With the window: write its rates and times there as JSON.", show_default=False),
    ] = None,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Each frame of a film or of the performer, as fast as can be; headless always."),
    ] = False,
    whole_windows: Annotated[
        bool,
        typer.Option("--whole-windows", help="Headless: run the network over the whole window each time."),
    ] = False,
    model: options.Model = options.DEFAULT,
    device: options.Device = options.DEFAULT_DEVICE,
    pose_model: options.PoseModel = None,
) -> None:
    """Name what is done in front of a camera, in a video or by the performer.

    Headless, a file or the performer is taken frame by frame and none is dropped; of a camera the newest frame wins.
    """
    kind = source_kind(source)
    if fast and kind is SourceKind.CAMERA:
        raise SourceError("--fast is for films and the performer: a camera gives its pictures when they are there.")
    if not headless:
        if json_output or video is not None or whole_windows:
            raise SourceError("--json, --out and --whole-windows are for a run without a window: add --headless.")
        check_target(report_file)
        request = WindowRequest(
            source=source, model=model, device=device, pose_model=pose_model, is_fast=fast, report=report_file,
            seconds=seconds,
        )  # fmt: skip
        open_window_or_explain(context, request)
    if report_file is not None:
        raise SourceError("--report is for the window: a run without one prints its report, with --json as JSON.")
    if video is not None and kind is SourceKind.VIDEO and video.exists() and video.samefile(Path(source).expanduser()):
        raise OutputError(f"'{video}' is the video that is read: choose another name for the annotated one.")
    wanted = RunOptions(
        model=model, device=device, pose_model=pose_model, video=video, every_frame=kind is not SourceKind.CAMERA,
        whole_windows=whole_windows, seconds=seconds,
    )  # fmt: skip
    _tell(run_headless(open_choice(source, real_time=False), wanted), video, json_output=json_output)


def _tell(report: Report, video: Path | None, *, json_output: bool) -> None:
    if json_output:
        print_json(as_json(report))
        return
    print_report(report)
    if video is not None:
        out.print(f"Annotated video: {video}", markup=False)


def as_json(report: Report) -> dict[str, object]:
    """The report as `live --headless --json` prints it."""
    return {
        "source": report.source,
        "frames": report.frames,
        "pose_frames": report.pose_frames,
        "fps": round(report.fps, 2),
        "latency_ms": report.latency_ms(),
        "drops": report.drops,
        "failures": report.failures,
        "decisions": [asdict(segment) for segment in report.log.segments()],
    }


def print_report(report: Report) -> None:
    """The report for people."""
    for segment in report.log.segments():
        times = f"{segment.t_start_s:7.1f} s to {segment.t_end_s:6.1f} s"
        out.print(f"{times}  {segment.action} ({100 * segment.confidence:.0f} %)", markup=False)
    if not report.log.segments():
        out.print("No action was recognised.")
    latency = report.latency_ms()
    out.print(
        f"{report.source}: {report.frames} frames, a person in {report.pose_frames}, {report.fps:.1f} frames a second, "
        f"latency {latency['p50']:.0f} ms (95 %: {latency['p95']:.0f} ms), {report.drops} dropped"
        f"{f' ({report.failures} of them broke a network)' if report.failures else ''}, "
        f"on {report.model.device_text}.",
        markup=False,
    )
