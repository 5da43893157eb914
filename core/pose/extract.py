"""Recorded sequences seen again through pixels: the performer plays them, MediaPipe looks, the joints are kept.

A network trained on Kinect joints says little about a webcam until it is measured this way. Results are cached one file
a sequence, so that an interrupted run goes on where it stopped. Work is spread over processes, each with an estimator
of its own.
"""

import hashlib
import logging
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import DataError
from core.opencv import cv2
from core.pose.estimator import MediaPipeEstimator, PoseEstimator
from core.skeleton.layouts import MEDIAPIPE_33
from core.skeleton.sequence import SkeletonSequence, load_sequence
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.programme import RecordedSequence
from core.sources.performer.source import Performer
from core.sources.source import FrameSource

VERSION = 2  # of what is drawn and how; part of the cache key
RATE_HZ = 15.0
SIZE_PX = (480, 360)
_MIN_SEEN = 0.5  # share of the frames with a pose below which a sequence says nothing

log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExtractJob:
    """One sequence to be played, by whom and seen from where (by seed)."""

    sequence: SkeletonSequence
    seed: int


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


def stage(job: ExtractJob) -> Performer:
    """A performer who plays the sequence: another body, another camera for each seed.

    Cameras stand on desks, tripods and shelves and look more or less at the body. How far a camera looks down changes
    what MediaPipe makes of depth more than anything else, so it varies widely.
    """
    random = np.random.default_rng(job.seed)
    height_m, distance_m = random.uniform(0.7, 1.9), random.uniform(2.9, 4.2)
    towards_body_rad = np.arctan2(height_m - random.uniform(0.85, 1.15), distance_m)
    camera = Camera(
        height_m=float(height_m),
        distance_m=float(distance_m),
        yaw_rad=float(np.deg2rad(random.uniform(-25, 25))),
        pitch_rad=float(towards_body_rad * random.uniform(0.5, 1.1)),
    )
    sequence = job.sequence.to_kinect25()
    rate_hz = (len(sequence) - 1) / sequence.duration_s if len(sequence) > 1 else RATE_HZ
    return Performer(
        RecordedSequence(sequence.positions_m[:, 0], rate_hz=rate_hz),
        body=Body.varied(job.seed),
        camera=camera,
        size_px=SIZE_PX,
        rate_hz=RATE_HZ,
        real_time=False,
    )


def extract_through_performer(
    jobs: Sequence[ExtractJob],
    *,
    pose_model: Path,
    cache: Path,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[SkeletonSequence | None]:
    """Each job's sequence as a webcam would have seen it, in the order of the jobs; None where no person was found."""
    cache.mkdir(parents=True, exist_ok=True)
    paths = [cache / f"{_key(job, pose_model)}.npz" for job in jobs]
    results = [_cached(path) for path in paths]
    missing = [place for place, result in enumerate(results) if result is None]
    done = len(jobs) - len(missing)
    if progress is not None:
        progress(done, len(jobs))
    if not missing:
        return results
    context = multiprocessing.get_context("spawn")  # a fork would copy MediaPipe's threads in an unknown state
    count = min(workers or os.cpu_count() or 1, len(missing))
    with ProcessPoolExecutor(count, mp_context=context, initializer=_start_worker, initargs=(pose_model,)) as pool:
        running = {pool.submit(_work, jobs[place], paths[place]): place for place in missing}
        try:
            for future in as_completed(running):
                place = running[future]
                results[place] = _cached(paths[place]) if future.result() else None
                done += 1
                if progress is not None:
                    progress(done, len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl+C must not play the rest first
            raise
    return results


def _key(job: ExtractJob, pose_model: Path) -> str:
    digest = hashlib.sha256(job.sequence.positions_m.tobytes() + job.sequence.times_s.tobytes())
    digest.update(f"{VERSION} {RATE_HZ} {SIZE_PX} {job.seed} {pose_model.name} {pose_model.stat().st_size}".encode())
    return digest.hexdigest()[:32]


def _cached(path: Path) -> SkeletonSequence | None:
    try:
        return load_sequence(path) if path.exists() else None
    except DataError as error:
        log.info("made again: %s", error)
        return None


_estimator: MediaPipeEstimator | None = None  # one in each worker process: loading it takes longer than a sequence


def _start_worker(pose_model: Path) -> None:
    global _estimator
    cv2.setNumThreads(1)
    _estimator = MediaPipeEstimator(pose_model)


def _work(job: ExtractJob, path: Path) -> bool:
    """Play and save one sequence; False where no person was found."""
    assert _estimator is not None
    _estimator.reset()
    try:
        extract(stage(job), _estimator).save(path)
    except DataError as error:
        log.info("left out: %s", error)
        return False
    return True
