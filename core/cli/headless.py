"""A session without a window: a progress bar, an annotated video where one is wanted, a report."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.progress import Progress as ProgressBar

from core.cli.console import err, progress_bar
from core.errors import SourceLostError
from core.explain.overlay import annotated, annotated_size
from core.live.decision_log import NO_ACTION, DecisionLog
from core.live.results import LiveResult, SessionState
from core.live.session import LiveSession
from core.model.folder import ActionModel, load_model
from core.pose.bundle import check_pose_model_file, pose_model_path
from core.pose.choice import estimator_makers
from core.pose.progress import Progress
from core.sources.source import FrameSource, SourceInfo
from core.sources.video_writer import VideoWriter, check_video_target

STATUS_EVERY_S = 0.2
LOST_FOR_GOOD_S = 10.0  # a camera gone for longer ends a run that nobody watches
DEFAULT_RATE_HZ = 30.0  # of a video whose source does not tell its own


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a headless run needs besides its source."""

    model: str
    device: str
    pose_model: Path | None = None
    video: Path | None = None  # annotated video to write
    every_frame: bool = True
    whole_windows: bool = False  # the network over the whole window each time: the reference
    seconds: float | None = None  # wall-clock limit; None: until the source ends


@dataclass(slots=True, kw_only=True)
class Report:
    """What a run was: counts, speed, latency from a frame's arrival to its result, and what was said.

    Where every frame is taken, a frame may wait for its turn as long as the consumer likes; that wait is left out.
    """

    model: ActionModel
    every_frame: bool
    source: str = ""
    drops: int = 0
    failures: int = 0  # drops on which a network raised an error
    pose_frames: int = 0
    latencies_ms: list[float] = field(default_factory=list)  # of each frame
    began_s: float = 0.0
    ended_s: float = 0.0
    log: DecisionLog = field(init=False)

    def __post_init__(self) -> None:
        self.log = DecisionLog(self.model.config.decision)

    @property
    def frames(self) -> int:
        """How many frames were looked at."""
        return len(self.latencies_ms)

    @property
    def fps(self) -> float:
        """Frames a second from the first result to the last."""
        took_s = self.ended_s - self.began_s
        return (self.frames - 1) / took_s if took_s > 0 else 0.0

    def latency_ms(self) -> dict[str, float]:
        """Median and 95th percentile."""
        return {f"p{p}": float(np.percentile(self.latencies_ms, p)) if self.frames else 0.0 for p in (50, 95)}

    def push(self, result: LiveResult) -> None:
        """Count one result."""
        self.ended_s = time.monotonic()
        self.began_s = self.began_s or self.ended_s
        waited_ms = result.times.waited_ms if self.every_frame else 0.0
        self.latencies_ms.append(result.times.total_ms - waited_ms)
        self.pose_frames += result.pose.person_count > 0
        self.log.push(result)


def ready_pose_model(chosen: Path | None) -> Path:
    """The pose model file, checked, or fetched behind a progress line. Raises PoseModelError."""
    if chosen is not None:
        check_pose_model_file(chosen)
        return chosen
    with err.status("Looking for the pose model") as status:

        def show(progress: Progress) -> None:
            size = f"{progress.done_bytes / 1e6:.0f} MB" if progress.done_bytes else ""
            status.update(f"First start, once only: {progress.stage} {size}")

        return pose_model_path(progress=show)


def run_headless(source: FrameSource, options: RunOptions) -> Report:
    """Run a source to its end (or for some seconds, or until Ctrl+C) and report.

    Raises a JointlightError where source, model or output is at fault; then no video is left.
    """
    if options.video is not None:
        check_video_target(options.video)
    model = load_model(options.model, device=options.device)
    pose_file = ready_pose_model(options.pose_model)
    make_estimator, make_lighter = estimator_makers(pose_file, persons=model.persons)
    session = LiveSession(
        source=source,
        make_estimator=make_estimator,
        make_lighter=make_lighter,
        model=model,
        every_frame=options.every_frame,
        whole_windows=options.whole_windows,
    )
    report = Report(model=model, every_frame=options.every_frame)
    with ExitStack() as stack:
        bar = stack.enter_context(progress_bar())
        stack.callback(session.stop)
        session.start()
        try:
            _consume(session, report, options, bar=bar, stack=stack)
        except KeyboardInterrupt:
            err.print("Stopped. What was seen so far is reported.")
    status = session.status()
    report.source = status.source.label if status.source else ""
    report.failures = status.failures
    report.drops = report.failures if options.every_frame else status.frames_in - report.frames
    return report


def _consume(session: LiveSession, report: Report, options: RunOptions, *, bar: ProgressBar, stack: ExitStack) -> None:
    task = bar.add_task("Starting", total=None)
    writer: VideoWriter | None = None
    info: SourceInfo | None = None
    for result in _results(session, options.seconds):
        info = info or session.status().source
        if writer is None and options.video is not None:
            height_px, width_px = result.frame.picture_bgr.shape[:2]
            rate_hz = (info.rate_hz if info else 0) or DEFAULT_RATE_HZ
            size_px = annotated_size(width_px, height_px)
            writer = stack.enter_context(VideoWriter(options.video, size_px=size_px, rate_hz=rate_hz))
        report.push(result)
        if writer is not None:
            writer.write(annotated(result), time_s=result.frame.time_s)
        said = result.decision.action or NO_ACTION
        bar.update(task, completed=report.frames, total=info.frame_count if info else None, description=f"{said:<22}")
    bar.update(task, total=report.frames, description="Done")


def _results(session: LiveSession, seconds: float | None) -> Iterator[LiveResult]:
    """The results until so many seconds after the first one.

    Says when a camera is lost and raises SourceLostError when it does not come back; says what else is to be known.
    """
    end_s, watcher = float("inf"), _StatusWatcher(session)
    while not session.is_over() and time.monotonic() < end_s:
        result = session.take(timeout_s=0.2)  # finite, so that Ctrl+C gets through on every system
        watcher.look()
        if result is not None:
            if seconds is not None and end_s == float("inf"):
                end_s = time.monotonic() + seconds
            yield result


class _StatusWatcher:
    """Tells on stderr what the session says about itself, now and then."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session
        self._due_s = 0.0
        self._lost_since_s: float | None = None
        self._notices: tuple[str, ...] = ()

    def look(self) -> None:
        """Look at the status if that was long ago. Raises SourceLostError for a camera that does not come back."""
        now_s = time.monotonic()
        if now_s < self._due_s:
            return
        self._due_s = now_s + STATUS_EVERY_S
        status = self._session.status()
        if status.state is not SessionState.LOST:
            self._lost_since_s = None
        elif self._lost_since_s is None:
            self._lost_since_s = now_s
            err.print(f"{status.message} Waiting for it.", markup=False)
        elif now_s - self._lost_since_s > LOST_FOR_GOOD_S:
            raise SourceLostError(status.message)
        for notice in status.notices:
            if notice not in self._notices:
                err.print(notice, markup=False)
        self._notices = status.notices
