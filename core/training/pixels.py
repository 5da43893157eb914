"""A data set as a webcam would have seen it: played by the performer, found by MediaPipe in the rendered pixels."""

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from core.datasets.dataset import Dataset, Progress, Sample
from core.paths import cache_dir
from core.pose.through_performer import ExtractJob, extract_through_performer

PIXELS_PROTOCOL = (
    "the same test recordings played by the performer (another body, camera, room and light for each), joints found by "
    "MediaPipe (full) in 480x360 pictures at 15 Hz"
)
_CLOSE_UPS_AGAIN: Final = 1 / 3  # share of the later takes of a recording
_CLOSE_UPS_ACTED: Final = 1 / 6  # share of what the performer acts


def through_pixels(
    dataset: Dataset,
    *,
    pose_model: Path,
    train_takes: int = 2,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """The same recordings, persons and splits with joints from pixels; each take has its own body and camera.

    Recordings that a split trains on are taken `train_takes` times, the others once, as what the performer acts is: of
    that each take has a body of its own already. In the first take of a recording the whole body is in view; of the
    later ones, and of what the performer acts, some are close-ups. Results are cached. Recordings in which nobody is
    found are named in `skipped`.

    """
    takes = [(sample, take) for take in range(train_takes) for sample in dataset.samples]
    takes = [(sample, take) for sample, take in takes if take == 0 or _is_taken_again(sample, dataset)]
    jobs = [take_job(sample, take, persons=dataset.persons) for sample, take in takes]
    seen = extract_through_performer(
        jobs, pose_model=pose_model, cache=cache_dir() / "through_pixels", workers=workers, progress=progress
    )
    pairs = [(sample, sequence) for (sample, _), sequence in zip(takes, seen, strict=True)]
    return replace(
        dataset,
        samples=tuple(replace(sample, sequence=sequence) for sample, sequence in pairs if sequence is not None),
        skipped=tuple(f"{sample.name}: nobody was found in it" for sample, sequence in pairs if sequence is None),
    )


def take_job(sample: Sample, take: int, *, persons: int) -> ExtractJob:
    """How a recording is played in its n-th take."""
    seed = zlib.crc32(f"{sample.name} {take}".encode())
    share = _CLOSE_UPS_ACTED if sample.authored else _CLOSE_UPS_AGAIN if take else 0.0
    is_close_up = persons == 1 and np.random.default_rng([seed, 5]).random() < share
    return ExtractJob(sequence=sample.sequence, seed=seed, is_close_up=is_close_up)


def _is_taken_again(sample: Sample, dataset: Dataset) -> bool:
    return not sample.authored and any(split.trains(sample) for split in dataset.splits)
