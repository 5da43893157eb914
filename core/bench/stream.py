"""The stream: somebody never trained on does one thing after the other, with rests between, in front of a camera."""

import zlib
from typing import Final

import numpy as np

from core.datasets.authored import NO_ACTION, performed, resting_takes
from core.datasets.dataset import Dataset, Sample
from core.live.filmed import FilmJob, film_job
from core.sources.performer.aimless import Manner

_REST_TAKES: Final = 6  # of each manner
_FIRST_SEED: Final = 10_000  # far below those of a training


def stream_jobs(dataset: Dataset) -> list[FilmJob]:
    """For each test person a film of all actions, each once, in random order, with rests and passages between."""
    samples = dataset.part(train=False)
    jobs = []
    for person in sorted({sample.person for sample in samples}):
        seed = zlib.crc32(f"stream of {person}".encode())
        random = np.random.default_rng(seed)
        clips = [
            _one([sample for sample in samples if (sample.person, sample.label) == (person, label)], random)
            for label in range(len(dataset.actions))
        ]
        known = [clip for clip in clips if clip is not None]
        jobs.append(film_job(known, _rests(person), actions=dataset.actions, seed=seed))
    return jobs


def _one(samples: list[Sample], random: np.random.Generator) -> Sample | None:
    return samples[int(random.integers(len(samples)))] if samples else None


def _rests(person: int) -> list[Sample]:
    """Resting bodies that no training has: those have other seeds."""
    return [
        Sample(name=NO_ACTION, sequence=performed(one), label=0, person=person)
        for manner in (Manner.STANDING, Manner.FIDGETING)
        for one in resting_takes(manner, first_seed=_FIRST_SEED + 100 * person, takes=_REST_TAKES)
    ]
