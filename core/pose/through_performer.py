"""Recorded sequences seen again through pixels: the performer plays them, MediaPipe looks, the joints are kept.

A network trained on Kinect joints says little about a webcam until it is measured this way. Results are cached one file
a sequence, so that an interrupted run goes on where it stopped.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.pose.estimator import DETECTED_FROM
from core.pose.extract import Progress, extract_all
from core.skeleton.sequence import SkeletonSequence, load_sequence
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.recorded import RecordedSequence
from core.sources.performer.retarget import completed, retargeted
from core.sources.performer.scene import Scene
from core.sources.performer.source import Performer

VERSION = 5  # of what is drawn and how; part of the cache key
_CLOSE_UP_VERSION: Final = 2  # of close-ups alone, so that the other takes stay
_LOST: Final = ".lost"  # ending of the file that says why a take has no sequence
RATE_HZ = 15.0
SIZE_PX = (480, 360)
_NEXT_PERSON: Final = 104_729  # from the seed of one body to that of the next

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExtractJob:
    """One sequence to be played, by whom and seen from where (by seed)."""

    sequence: SkeletonSequence
    seed: int
    is_close_up: bool = False  # a part of the body is out of the picture; for one person

    @property
    def persons(self) -> int:
        """How many persons the sequence is to hold."""
        return int(self.sequence.positions_m.shape[1])

    def source(self) -> Performer:
        """The performer who plays it."""
        return stage(self)


def stage(job: ExtractJob) -> Performer:
    """A performer who plays the sequence: another body, camera, room, light and sensor for each seed.

    One person gets the bones of its body; two keep theirs, so that their distance and their touch stay as recorded.
    The camera stands far enough away to have everybody in view all the time, but in a close-up. Raises DataError for a
    sequence that cannot be played.
    """
    sequence = job.sequence.to_kinect25()
    positions, persons = sequence.positions_m, sequence.positions_m.shape[1]
    bodies = [Body.varied(job.seed + person * _NEXT_PERSON) for person in range(persons)]
    if persons == 1:
        positions = retargeted(positions[:, 0], bodies[0])
    elif persons == 2:
        positions = np.stack([completed(positions[:, person], bodies[person]) for person in range(persons)], axis=1)
    rate_hz = (len(sequence) - 1) / sequence.duration_s if len(sequence) > 1 else RATE_HZ
    recorded = RecordedSequence(positions, rate_hz=rate_hz)
    return Performer(
        recorded,
        body=bodies,
        camera=_camera(job, recorded),
        scene=Scene.varied(job.seed),
        size_px=SIZE_PX,
        rate_hz=RATE_HZ,
        real_time=False,
    )


def true_joints_m(job: ExtractJob, times_s: NDArray[np.float64], *, is_level: bool = True) -> NDArray[np.float32]:
    """The joints that the pictures of those times are drawn from, (T, P, 25, 3), in level axes or the camera's."""
    performer = job.source()
    joints_m = performer.level_joints_m if is_level else performer.true_joints_m
    return np.stack([joints_m(time_s) for time_s in times_s.tolist()])


def _camera(job: ExtractJob, recorded: RecordedSequence) -> Camera:
    if job.is_close_up:
        return Camera.close_up(job.seed)
    times_s = np.arange(0, recorded.duration_s, 1 / RATE_HZ)
    return Camera.varied(job.seed).seeing(np.concatenate([recorded.joints(time_s) for time_s in times_s]))


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
    results = [kept_sequence(path) for path in paths]
    missing = [
        place for place, result in enumerate(results) if result is None and not paths[place].with_suffix(_LOST).exists()
    ]
    done = len(jobs) - len(missing)
    if progress is not None:
        progress(done, len(jobs))
    problems = extract_all(
        [(jobs[place], paths[place]) for place in missing],
        pose_model=pose_model,
        workers=workers,
        progress=progress and (lambda more, _: progress(done + more, len(jobs))),
    )
    for place, problem in zip(missing, problems, strict=True):
        if problem:  # it would be the same the next time
            paths[place].with_suffix(_LOST).write_text(problem, encoding="utf-8")
    return [kept_sequence(path) if result is None else result for path, result in zip(paths, results, strict=True)]


def _key(job: ExtractJob, pose_model: Path) -> str:
    digest = hashlib.sha256(job.sequence.positions_m.tobytes() + job.sequence.times_s.tobytes())
    how = f"{VERSION} {RATE_HZ} {SIZE_PX} {job.seed} {job.is_close_up and _CLOSE_UP_VERSION}"
    how += f" {DETECTED_FROM}" if job.persons == 1 else ""  # pairs are detected as ever
    digest.update(f"{how} {pose_model.name} {pose_model.stat().st_size}".encode())
    return digest.hexdigest()[:32]


def kept_sequence(path: Path) -> SkeletonSequence | None:
    """The sequence of a file in a cache; None where it is not there, or damaged, so that it is made again."""
    try:
        return load_sequence(path) if path.exists() else None
    except DataError as error:
        log.info("made again: %s", error)
        return None
