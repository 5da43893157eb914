"""Films: somebody does one thing after the other, with rests between, before one camera, and is found in the pixels.

Clips that were found each by itself and are joined afterwards (`core.live.joined`) begin and end at once. Before a
camera people go over from one thing to the next, and the pose network goes on following them: names come later there.
"""

import hashlib
import logging
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from core.datasets.dataset import Sample
from core.errors import DataError, OutputError
from core.files import make_folder
from core.live.clip_grid import on_grid
from core.live.joined import joined_stream
from core.live.replay import Stream
from core.model.refiner import Refiner
from core.pose.estimator import DETECTED_FROM, MediaPipeEstimator
from core.pose.extract import ExtractionStopped, extract
from core.pose.observer import Observer
from core.pose.through_performer import VERSION as PERFORMER_VERSION
from core.pose.through_performer import kept_sequence
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.recorded import RecordedSequence
from core.sources.performer.retarget import retargeted
from core.sources.performer.scene import Scene
from core.sources.performer.source import Performer
from core.sources.read_ahead import ReadAhead
from core.training.tensors import to_tensors

VERSION: Final = 1  # of what is done in a film and how it is watched; part of the cache key
RATE_HZ: Final = 30.0
SIZE_PX: Final = (640, 480)
_LOST: Final = ".lost"  # ending of the file that says why nobody is in a film
_CPU: Final = torch.device("cpu")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilmJob:
    """True joints of a film and what is done in it, played by a body in a room."""

    positions_m: NDArray[np.float32]  # (T, 25, 3) at 30 Hz
    done: tuple[Segment, ...]
    seed: int
    persons: int = 1

    def source(self) -> Performer:
        """The performer who plays it, seen from where the whole body is in view."""
        body = Body.varied(self.seed)
        recorded = RecordedSequence(retargeted(self.positions_m, body), rate_hz=RATE_HZ)
        times_s = np.arange(0, recorded.duration_s, 0.2)
        camera = Camera.varied(self.seed).seeing(np.concatenate([recorded.joints(time_s) for time_s in times_s]))
        return Performer(
            recorded,
            body=body,
            camera=camera,
            scene=Scene.varied(self.seed),
            size_px=SIZE_PX,
            rate_hz=RATE_HZ,
            real_time=False,
        )


def film_job(clips: Sequence[Sample], rests: Sequence[Sample], *, actions: Sequence[str], seed: int) -> FilmJob:
    """A film of all these clips, once, in random order, with parts of the rests and passages between."""
    stream = joined_stream(
        to_tensors(clips, rate_hz=RATE_HZ, persons=1, device=_CPU),
        to_tensors(rests, rate_hz=RATE_HZ, persons=1, device=_CPU) if rests else None,
        actions=actions,
        rate_hz=RATE_HZ,
        seed=seed,
    )
    return FilmJob(positions_m=stream.positions_m[:, 0], done=stream.done, seed=seed)


def film_jobs(samples: Sequence[Sample], *, actions: Sequence[str], background: int, most: int) -> list[FilmJob]:
    """Up to `most` films of samples, each action at most once in each, with rests from what is of the background.

    A film may mix those who were recorded with those whom the performer acts: its own body plays them all. Without a
    sample in which something is done there is no film.
    """
    rests = [sample for sample in samples if sample.label == background]
    takes: dict[int, list[Sample]] = {}
    for sample in samples:
        if sample.label != background:
            takes.setdefault(sample.label, []).append(sample)
    films = [[clips[number] for clips in takes.values() if number < len(clips)] for number in range(most)]
    return [
        film_job(clips, rests, actions=actions, seed=zlib.crc32(f"film {[clip.name for clip in clips]}".encode()))
        for clips in films
        if clips
    ]


def found_in_films(
    jobs: Sequence[FilmJob], *, pose_model: Path, cache: Path, is_stopped: Callable[[int], bool]
) -> Iterator[SkeletonSequence | None]:
    """Who is found in the pixels of each film by the chain of the live path; None where nobody is for half of it.

    What was found is kept in the cache. `is_stopped` is asked with the number of the film again and again: once it says
    so ExtractionStopped is raised. Raises PoseModelError where the pose model cannot run.
    """
    observer: Observer | None = None
    try:
        for number, job in enumerate(jobs):
            path = cache / f"{_key(job, pose_model)}.npz"
            if is_stopped(number):
                raise ExtractionStopped
            found = kept_sequence(path)
            if found is None and not path.with_suffix(_LOST).exists():
                if observer is None:
                    observer = Observer(MediaPipeEstimator(pose_model))
                observer.reset()
                found = _watched(job, observer, path, is_stopped=partial(is_stopped, number))
            yield found
    finally:
        if observer is not None:
            observer.close()


def _watched(
    job: FilmJob, observer: Observer, path: Path, *, is_stopped: Callable[[], bool]
) -> SkeletonSequence | None:
    """Watch a film and keep what was found; where it cannot be kept it is filmed again the next time."""
    source = ReadAhead(job.source())
    try:
        found = extract(source, observer, is_stopped=is_stopped)
    except DataError as error:  # nobody is in it
        reason = str(error)
        log.warning("a film is left out: %s", reason)
        _keep(path.with_suffix(_LOST), lambda lost: lost.write_text(reason, encoding="utf-8"))
        return None
    _keep(path, found.save)
    return found


def _keep(path: Path, write: Callable[[Path], object]) -> None:
    try:
        make_folder(path.parent)
        write(path)
    except (OSError, OutputError) as error:
        log.info("a film is not kept: %s", error)


def streams_of_film(
    job: FilmJob, found: SkeletonSequence, refiner: Refiner | None, *, rate_hz: float
) -> Iterator[Stream]:
    """The joints of a film on a model's time grid, as its refiner has them, and what was done meanwhile.

    Where nobody was found for a while another stream begins, as it does live, and what was done before is over.
    """
    grid = on_grid(found, rate_hz=rate_hz, persons=1, refiner=refiner)
    for stretch in grid.stretches():
        times_s = grid.times_s[stretch]
        first_s, until_s = float(times_s[0]), float(times_s[-1]) + 1 / rate_hz
        done = [
            replace(one, start_s=max(one.start_s, first_s) - first_s, end_s=min(one.end_s, until_s) - first_s)
            for one in job.done
            if one.start_s < until_s and one.end_s > first_s
        ]
        yield Stream(positions_m=grid.positions_m[stretch], seen=grid.seen[stretch], done=tuple(done))


def _key(job: FilmJob, pose_model: Path) -> str:
    digest = hashlib.sha256(job.positions_m.tobytes())
    how = f"{VERSION} {PERFORMER_VERSION} {RATE_HZ} {SIZE_PX} {job.seed} {DETECTED_FROM}"
    digest.update(f"{how} {pose_model.name} {pose_model.stat().st_size}".encode())
    return digest.hexdigest()[:32]
