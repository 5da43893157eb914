"""From frames to sequences: the observer of the live path over whole sources, one after the other or over processes.

A source is given as a job, small enough to be sent to a process, that opens it there. Each process has one estimator
for each number of persons.
"""

import logging
import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError, DeviceError, SourceError
from core.opencv import cv2
from core.pose.estimator import MediaPipeEstimator
from core.pose.observer import Observer
from core.pose.pose import Pose
from core.processes import process_count
from core.skeleton.layouts import MEDIAPIPE_33
from core.skeleton.sequence import SkeletonSequence
from core.sources.read_ahead import ReadAhead
from core.sources.source import FrameSource

MIN_SEEN: Final = 0.5  # share of the frames with a pose below which a sequence says nothing

log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]


class Job(Protocol):
    """What is watched; can be pickled."""

    @property
    def persons(self) -> int:
        """How many persons the sequence is to hold, 1 or 2."""
        ...

    def source(self) -> FrameSource:
        """The source, not opened yet."""
        ...


class ExtractionStopped(Exception):  # noqa: N818  # no error: somebody wished it
    """The extraction was cancelled in the middle of a source."""


def extract(
    source: FrameSource,
    observer: Observer,
    *,
    is_stopped: Callable[[], bool] = lambda: False,
    least_seen: float = MIN_SEEN,
) -> SkeletonSequence:
    """As many persons as the observer follows, in each frame of a source where at least one is seen; MediaPipe-33.

    Of one it is the main person. Of two, (T, 2, 33, 3), each has a place of its own, and of more than two it is those
    two who are there the longest. Who is not there has all joints in one point and no confidence.

    Raises DataError where a person shows in less than the share `least_seen` of the frames, SourceError where the
    source cannot be read, and ExtractionStopped once `is_stopped` says so.
    """
    source.open()
    poses, times_s, frames = [], [], 0
    try:
        while (frame := source.read()) is not None:
            if is_stopped():
                raise ExtractionStopped
            frames += 1
            pose = observer.observe(frame)
            if pose.person_count:
                poses.append(pose)
                times_s.append(frame.time_s)
    finally:
        source.close()
    if len(times_s) < max(1, least_seen * frames):
        raise DataError(f"A person was found in only {len(times_s)} of {frames} frames.")
    if observer.persons == 1:
        positions_m = np.stack([pose.positions_m[:1] for pose in poses])
        confidence = np.stack([pose.confidence[:1] for pose in poses])
        times = np.array(times_s)
    else:
        positions_m, confidence, times = _in_places(poses, np.array(times_s), persons=observer.persons)
    return SkeletonSequence(layout=MEDIAPIPE_33, positions_m=positions_m, confidence=confidence, times_s=times)


def _in_places(
    poses: Sequence[Pose], times_s: NDArray[np.float64], *, persons: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """Positions (T, P, 33, 3), confidence (T, P, 33) and times of the frames that show one of those who stay longest.

    Places go by the age of the identities.
    """
    seen = Counter(who for pose in poses for who in pose.identities if who not in pose.held)
    chosen = sorted(sorted(seen, key=lambda who: (-seen[who], who))[:persons])
    positions_m = np.zeros((len(poses), persons, len(MEDIAPIPE_33), 3), np.float32)
    confidence = np.zeros(positions_m.shape[:3], np.float32)
    is_kept = np.zeros(len(poses), np.bool_)
    for row, pose in enumerate(poses):
        for place, who in enumerate(chosen):
            if who in pose.identities:
                person = pose.identities.index(who)
                positions_m[row, place], confidence[row, place] = pose.positions_m[person], pose.confidence[person]
                is_kept[row] |= who not in pose.held
    return positions_m[is_kept], confidence[is_kept], times_s[is_kept]


def extract_all(
    jobs: Sequence[tuple[Job, Path]],
    *,
    pose_model: Path,
    workers: int | None = None,
    progress: Progress | None = None,
    least_seen: float = MIN_SEEN,
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
                    running[pool.submit(_work, job, path, least_seen)] = place
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


_observers: dict[
    int, Observer
] = {}  # in each worker process, by the number of persons: loading takes longer than a job
_pose_model: Path | None = None
_stop: Event | None = None


def _start_worker(pose_model: Path, stop: Event) -> None:
    global _pose_model, _stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all processes; the first one tells the others to end
    cv2.setNumThreads(1)
    _pose_model, _stop = pose_model, stop


def _observer(persons: int) -> Observer:
    """The observer of this process for so many persons, fresh."""
    assert _pose_model is not None
    if persons not in _observers:
        _observers[persons] = Observer(MediaPipeEstimator(_pose_model, num_poses=persons), persons=persons)
    else:
        _observers[persons].reset()
    return _observers[persons]


def _work(job: Job, path: Path, least_seen: float) -> str:
    """Watch one source and save its sequence; returns what is wrong with the source."""
    assert _stop is not None
    try:
        source = ReadAhead(job.source())
        extract(source, _observer(job.persons), is_stopped=_stop.is_set, least_seen=least_seen).save(path)
    except (DataError, SourceError) as error:
        log.info("left out: %s", error)
        return str(error)
    except ExtractionStopped:
        return "stopped"
    return ""
