"""Recorded sequences seen again through pixels: the performer plays them, MediaPipe looks, the joints are kept.

A network trained on Kinect joints says little about a webcam until it is measured this way. Results are cached one file
a sequence, so that an interrupted run goes on where it stopped.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import DataError
from core.pose.extract import Progress, extract_all
from core.skeleton.sequence import SkeletonSequence, load_sequence
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.recorded import RecordedSequence
from core.sources.performer.source import Performer

VERSION = 3  # of what is drawn and how; part of the cache key
RATE_HZ = 15.0
SIZE_PX = (480, 360)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExtractJob:
    """One sequence to be played, by whom and seen from where (by seed)."""

    sequence: SkeletonSequence
    seed: int

    @property
    def persons(self) -> int:
        """How many persons the sequence is to hold."""
        return int(self.sequence.positions_m.shape[1])

    def source(self) -> Performer:
        """The performer who plays it."""
        return stage(self)


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
    extract_all(
        [(jobs[place], paths[place]) for place in missing],
        pose_model=pose_model,
        workers=workers,
        progress=progress and (lambda more, _: progress(done + more, len(jobs))),
    )
    return [_cached(path) if result is None else result for path, result in zip(paths, results, strict=True)]


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
