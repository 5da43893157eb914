"""The stream: somebody never trained on does one thing after the other, with rests between, in front of a camera."""

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from core.datasets.authored import NO_ACTION, performed, resting_takes
from core.datasets.dataset import Dataset, Sample
from core.live.joined import joined_stream
from core.skeleton.segment import Segment
from core.sources.performer.aimless import Manner
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.recorded import RecordedSequence
from core.sources.performer.retarget import retargeted
from core.sources.performer.scene import Scene
from core.sources.performer.source import Performer
from core.training.tensors import to_tensors

RATE_HZ: Final = 30.0
_REST_TAKES: Final = 6  # of each manner
_FIRST_SEED: Final = 10_000  # far below those of a training


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreamJob:
    """True joints of a stream and what is done in it, played by a body in a room."""

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


def stream_jobs(dataset: Dataset) -> list[StreamJob]:
    """For each test person a stream of all actions, each once, in random order, with rests and passages between."""
    samples = dataset.part(train=False)
    jobs = []
    for person in sorted({sample.person for sample in samples}):
        seed = zlib.crc32(f"stream of {person}".encode())
        random = np.random.default_rng(seed)
        clips = [
            _one([sample for sample in samples if (sample.person, sample.label) == (person, label)], random)
            for label in range(len(dataset.actions))
        ]
        stream = joined_stream(
            to_tensors([clip for clip in clips if clip is not None], rate_hz=RATE_HZ, persons=1, device=_CPU),
            to_tensors(_rests(person), rate_hz=RATE_HZ, persons=1, device=_CPU),
            actions=dataset.actions,
            rate_hz=RATE_HZ,
            seed=seed,
        )
        jobs.append(StreamJob(positions_m=stream.positions_m[:, 0], done=stream.done, seed=seed))
    return jobs


_CPU: Final = torch.device("cpu")


def _one(samples: list[Sample], random: np.random.Generator) -> Sample | None:
    return samples[int(random.integers(len(samples)))] if samples else None


def _rests(person: int) -> list[Sample]:
    """Resting bodies that no training has: those have other seeds."""
    return [
        Sample(name=NO_ACTION, sequence=performed(one), label=0, person=person)
        for manner in (Manner.STANDING, Manner.FIDGETING)
        for one in resting_takes(manner, first_seed=_FIRST_SEED + 100 * person, takes=_REST_TAKES)
    ]
