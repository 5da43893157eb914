"""From frames to sequences: the estimator of the live path over whole sources, one after the other or over processes.

A source is given as a job, small enough to be sent to a process, that opens it there. Each process has one estimator.
"""

import logging
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from core.errors import DataError, DeviceError, SourceError
from core.opencv import cv2
from core.pose.estimator import MediaPipeEstimator, PoseEstimator
from core.processes import process_count
from core.skeleton.layouts import MEDIAPIPE_33
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import FrameSource

_MIN_SEEN: Final = 0.5  # share of the frames with a pose below which a sequence says nothing

log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]


class Job(Protocol):
    """What is watched; can be pickled."""

    def source(self) -> FrameSource:
        """The source, not opened yet."""
        ...


class ExtractionStopped(Exception):  # noqa: N818  # no error: somebody wished it
    """The extraction was cancelled in the middle of a source."""


def extract(
    source: FrameSource, estimator: PoseEstimator, *, is_stopped: Callable[[], bool] = lambda: False
) -> SkeletonSequence:
    """The main person of each frame of a source, MediaPipe-33; frames without one are left out.

    Raises DataError where less than half of the frames show a person, SourceError where the source cannot be read, and
    ExtractionStopped once `is_stopped` says so.
    """
    source.open()
    positions, confidence, times_s, frames = [], [], [], 0
    try:
        while (frame := source.read()) is not None:
            if is_stopped():
                raise ExtractionStopped
            frames += 1
            pose = estimator.estimate(frame)
            if pose.person_count:
                positions.append(pose.positions_m[:1])
                confidence.append(pose.confidence[:1])
                times_s.append(frame.time_s)
    finally:
        source.close()
    if len(times_s) < max(1, _MIN_SEEN * frames):
        raise DataError(f"A person was found in only {len(times_s)} of {frames} frames.")
    return SkeletonSequence(
        layout=MEDIAPIPE_33,
        positions_m=np.stack(positions),
        confidence=np.stack(confidence),
        times_s=np.array(times_s),
    )


def extract_all(
    jobs: Sequence[tuple[Job, Path]],
    *,
    pose_model: Path,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Watch each source and save its sequence; returns what is wrong with each source, "" where nothing is.

    Ctrl+C, or an error from `progress`, ends it within a frame; the sequences that are done are kept. Raises
    PoseModelError where the pose model cannot run, OutputError where a sequence cannot be written and DeviceError where
    a process dies.
    """
    problems = [""] * len(jobs)
    if not jobs:
        return problems
    MediaPipeEstimator(pose_model).close()  # what is wrong with it is said here, not by the death of a process
    context = multiprocessing.get_context("spawn")  # a fork would copy MediaPipe's threads in an unknown state
    count = process_count(workers, pieces=len(jobs))
    stop = context.Event()
    with ProcessPoolExecutor(count, mp_context=context, initializer=_start_worker, initargs=(pose_model, stop)) as pool:
        waiting = list(enumerate(jobs))[::-1]
        running: dict[Future[str], int] = {}
        try:
            while waiting or running:
                while waiting and len(running) < count:  # no more than are watched: a queue could not be cancelled
                    place, (job, path) = waiting.pop()
                    running[pool.submit(_work, job, path)] = place
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    problems[running.pop(future)] = future.result()
                    if progress is not None:
                        progress(len(jobs) - len(waiting) - len(running), len(jobs))
        except BrokenProcessPool as error:
            raise DeviceError(
                "A process that looks for people was ended from outside, as happens when memory runs out: take fewer "
                "at a time (`jointlight extract --jobs`). What is done is kept, and the same command goes on with the "
                "others."
            ) from error
        finally:
            stop.set()
    return problems


_estimator: MediaPipeEstimator | None = None  # one in each worker process: loading it takes longer than a sequence
_stop: Event | None = None


def _start_worker(pose_model: Path, stop: Event) -> None:
    global _estimator, _stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all processes; the first one tells the others to end
    cv2.setNumThreads(1)
    _estimator, _stop = MediaPipeEstimator(pose_model), stop


def _work(job: Job, path: Path) -> str:
    """Watch one source and save its sequence; returns what is wrong with the source."""
    assert _estimator is not None
    assert _stop is not None
    _estimator.reset()
    try:
        extract(job.source(), _estimator, is_stopped=_stop.is_set).save(path)
    except (DataError, SourceError) as error:
        log.info("left out: %s", error)
        return str(error)
    except ExtractionStopped:
        return "stopped"
    return ""
