"""Whole live sessions over many sources, spread over processes: what was said, frame by frame or in segments."""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from core.errors import DeviceError
from core.live.decision_log import DecisionLog, DecisionSegment
from core.live.session import LiveSession
from core.model.folder import ActionModel, load_model
from core.opencv import cv2
from core.pose.estimator import MediaPipeEstimator
from core.pose.extract import Job
from core.processes import process_count
from core.skeleton.segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """What was said over one source."""

    duration_s: float  # from its first to its last frame
    said: tuple[Segment, ...]  # the decisions
    shown: tuple[Segment, ...]  # all that was said at any moment, passing guesses among it


def hear_all(
    jobs: Sequence[Job], *, model: str, pose_model: Path, workers: int | None, tell: Callable[[float], None]
) -> list[SessionSummary]:
    """Run a live session over each source, every frame of it; `tell` is told how much is done, 0..1.

    Raises SourceError where one cannot be opened, DeviceError where a process dies.
    """
    context = multiprocessing.get_context("spawn")  # a fork would copy MediaPipe's threads in an unknown state
    count = process_count(workers, pieces=len(jobs))
    heard: dict[int, SessionSummary] = {}
    with ProcessPoolExecutor(
        count, mp_context=context, initializer=_start_worker, initargs=(model, pose_model)
    ) as pool:
        running = {pool.submit(_hear, job): place for place, job in enumerate(jobs)}
        try:
            for future in as_completed(running):
                heard[running[future]] = future.result()
                tell(len(heard) / len(jobs))
        except BrokenProcessPool as error:
            raise DeviceError(
                "A process was ended from outside, as happens when memory runs out: take fewer at a time with --jobs."
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl+C must not wait for the rest
            raise
    return [heard[place] for place in range(len(jobs))]


_model: ActionModel | None = None
_make_estimator: Any = None


def _start_worker(model: str, pose_model: Path) -> None:
    global _model, _make_estimator
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _model = load_model(model, device="cpu")
    _make_estimator = partial(MediaPipeEstimator, pose_model, num_poses=_model.persons)


def _hear(job: Job) -> SessionSummary:
    assert _model is not None
    session = LiveSession(source=job.source(), make_estimator=_make_estimator, model=_model, every_frame=True)
    log, last_s = DecisionLog(_model.config.decision), 0.0
    session.start()
    try:
        first_s: float | None = None
        for result in session.results():
            log.push(result)
            first_s = result.frame.time_s if first_s is None else first_s
            last_s = result.frame.time_s - first_s
    finally:
        session.stop()
    return SessionSummary(duration_s=last_s, said=_plain(log.segments()), shown=_plain(log.shown()))


def _plain(segments: Sequence[DecisionSegment]) -> tuple[Segment, ...]:
    return tuple(Segment(start_s=one.t_start_s, end_s=one.t_end_s, action=one.action) for one in segments)
