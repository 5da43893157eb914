"""Films: somebody does one thing after the other, with rests between, before one camera, and is found in the pixels.

Clips that were found each by itself and are joined afterwards (`core.live.joined`) begin and end at once. Before a
camera people go over from one thing to the next, and the pose network goes on following them: names come later there.
"""

import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from core.datasets.dataset import Sample
from core.errors import DataError
from core.files import make_folder
from core.live.joined import joined_stream
from core.live.motion import SPEED_SPAN_S
from core.live.replay import Stream
from core.live.seen import seen_lately
from core.model.refiner import Refiner, refined_rows
from core.pose.estimator import DETECTED_FROM, MediaPipeEstimator
from core.pose.extract import extract
from core.pose.observer import Observer
from core.pose.through_performer import VERSION as DRAWN
from core.skeleton.resample import resample_clip
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence, load_sequence
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.recorded import RecordedSequence
from core.sources.performer.retarget import retargeted
from core.sources.performer.scene import Scene
from core.sources.performer.source import Performer
from core.sources.read_ahead import ReadAhead
from core.training.tensors import to_tensors

RATE_HZ: Final = 30.0
_CPU: Final = torch.device("cpu")


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
        return Performer(recorded, body=body, camera=camera, scene=Scene.varied(self.seed), real_time=False)


def film_job(clips: Sequence[Sample], rests: Sequence[Sample], *, actions: Sequence[str], seed: int) -> FilmJob:
    """A film of all clips of one person each, once, in random order, with parts of the rests and passages between."""
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

    None where nothing is done in the samples.
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


def found_in_film(
    job: FilmJob, *, pose_model: Path, cache: Path, is_stopped: Callable[[], bool]
) -> SkeletonSequence | None:
    """Who is found in its pixels by the chain of the live path; None where nobody is. It is kept in the cache.

    Raises ExtractionStopped once `is_stopped` says so.
    """
    path = cache / f"{_key(job, pose_model)}.npz"
    try:
        return load_sequence(path)
    except DataError:  # not there, or cut off
        pass
    observer = Observer(MediaPipeEstimator(pose_model))
    try:
        found = extract(ReadAhead(job.source()), observer, is_stopped=is_stopped)
    except DataError:
        return None
    finally:
        observer.close()
    make_folder(cache)
    found.save(path)
    return found


def stream_of_film(job: FilmJob, found: SkeletonSequence, refiner: Refiner | None, *, rate_hz: float) -> Stream:
    """The joints of a film on a model's time grid, as its refiner has them; a moment with nobody is passed over."""
    sequence = found.to_kinect25()
    values = np.concatenate([sequence.positions_m, sequence.confidence[..., None]], axis=-1)  # (T, 1, 25, 4)
    rows = refined_rows(refiner, resample_clip(sequence.times_s, values, rate_hz=rate_hz))
    first_s = float(sequence.times_s[0])
    done = [
        replace(one, start_s=max(one.start_s - first_s, 0.0), end_s=one.end_s - first_s)
        for one in job.done
        if one.end_s > first_s
    ]
    seen = seen_lately(rows, span=round(SPEED_SPAN_S * rate_hz) + 1)
    return Stream(positions_m=rows[..., :3], seen=seen, done=tuple(done))


def _key(job: FilmJob, pose_model: Path) -> str:
    digest = hashlib.sha256(job.positions_m.tobytes())
    how = f"{DRAWN} {RATE_HZ} {job.seed} {DETECTED_FROM} {pose_model.name} {pose_model.stat().st_size}"
    digest.update(how.encode())
    return digest.hexdigest()[:32]
