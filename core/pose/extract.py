"""From frames to sequences: the estimator of the live path over whole sources, one after the other or over processes.

A source is given as a job, small enough to be sent to a process, that opens it there. Each process has one estimator.
"""

import logging
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Protocol

import numpy as np

from core.errors import DataError, DeviceError, SourceError
from core.opencv import cv2
from core.pose.estimator import MediaPipeEstimator, PoseEstimator
from core.skeleton.layouts import MEDIAPIPE_33
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import FrameSource

_MIN_SEEN = 0.5  # share of the frames with a pose below which a sequence says nothing

log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]


class Job(Protocol):
    """What is watched; can be pickled."""

    def source(self) -> FrameSource:
        """The source, not opened yet."""
        ...


def extract(source: FrameSource, estimator: PoseEstimator) -> SkeletonSequence:
    """The main person of each frame of a source, MediaPipe-33; frames without one are left out.

    Raises DataError where less than half of the frames show a person, SourceError where the source cannot be read.
    """
    source.open()
    positions, confidence, times_s, frames = [], [], [], 0
    try:
        while (frame := source.read()) is not None:
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
    """Watch each source and save its sequence; returns what went wrong with each, "" where nothing did.

    Ctrl+C, or an error from `progress`, ends it after the sources that are being watched; what is done is kept. Raises
    OutputError where a sequence cannot be written and DeviceError where a process dies.
    """
    problems = [""] * len(jobs)
    if not jobs:
        return problems
    context = multiprocessing.get_context("spawn")  # a fork would copy MediaPipe's threads in an unknown state
    count = min(workers or os.cpu_count() or 1, len(jobs))
    with ProcessPoolExecutor(count, mp_context=context, initializer=_start_worker, initargs=(pose_model,)) as pool:
        running = {pool.submit(_work, job, path): place for place, (job, path) in enumerate(jobs)}
        try:
            for done, future in enumerate(as_completed(running), start=1):
                problems[running[future]] = future.result()
                if progress is not None:
                    progress(done, len(jobs))
        except BrokenProcessPool as error:
            raise DeviceError(
                "A process that looks for people was ended from outside, as happens when memory runs out: take fewer "
                "at a time. What is done is kept, and the same command goes on with the others."
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl+C must not watch the rest first
            raise
    return problems


_estimator: MediaPipeEstimator | None = None  # one in each worker process: loading it takes longer than a sequence


def _start_worker(pose_model: Path) -> None:
    global _estimator
    cv2.setNumThreads(1)
    _estimator = MediaPipeEstimator(pose_model)


def _work(job: Job, path: Path) -> str:
    """Watch one source and save its sequence; returns what is wrong with the source."""
    assert _estimator is not None
    _estimator.reset()
    try:
        extract(job.source(), _estimator).save(path)
    except (DataError, SourceError) as error:
        log.info("left out: %s", error)
        return str(error)
    return ""
