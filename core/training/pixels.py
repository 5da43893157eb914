"""A data set as a webcam would have seen it: played by the performer, found by MediaPipe in the rendered pixels."""

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from core.datasets.dataset import Dataset, Progress, Sample
from core.paths import cache_dir
from core.pose.through_performer import ExtractJob, extract_through_performer, true_joints_m

PIXELS_PROTOCOL = (
    "the same test recordings played by the performer (another body, camera, room and light for each), joints found by "
    "MediaPipe (full) in 480x360 pictures at 15 Hz"
)
# Takes of each recording that is trained on, by its persons; more than two were not tried with pairs.
_TAKES: Final = {1: 5, 2: 2}
_TAKES_ACTED: Final = 2  # of what the performer acts: each is by another body already
_CLOSE_UPS_AGAIN: Final = 1 / 3  # share of the later takes of a recording
_CLOSE_UPS_ACTED: Final = 1 / 6  # share of what the performer acts


def through_pixels(
    dataset: Dataset,
    *,
    pose_model: Path,
    train_takes: int | None = None,
    with_truth: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """The same recordings, persons and splits with joints from pixels; each take has its own body and camera.

    Recordings that a split trains on are taken `train_takes` times (by default 5, of pairs 2), the others once, and
    what the performer acts at most twice. In the first take of a recording the whole body is in view; of the later
    ones, and of what the performer acts, some are close-ups. Results are cached. Recordings in which nobody is found
    are named in `skipped`. `with_truth` keeps the joints that were drawn beside those that were found.
    """
    train_takes = _TAKES[dataset.persons] if train_takes is None else train_takes
    takes = [(sample, take) for take in range(train_takes) for sample in dataset.samples]
    takes = [(sample, take) for sample, take in takes if take < _takes_of(sample, dataset, train_takes)]
    jobs = [take_job(sample, take, persons=dataset.persons) for sample, take in takes]
    seen = extract_through_performer(
        jobs, pose_model=pose_model, cache=cache_dir() / "through_pixels", workers=workers, progress=progress
    )
    samples, skipped = [], []
    for (sample, take), job, sequence in zip(takes, jobs, seen, strict=True):
        if sequence is None:
            which = f" (take {take + 1} of several)" if take else ""
            skipped.append(f"{sample.name}{which}: nobody was found in it")
            continue
        truth_m = true_joints_m(job, sequence.times_s) if with_truth else None
        samples.append(replace(sample, sequence=sequence, true_joints_m=truth_m))
    return replace(dataset, samples=tuple(samples), skipped=tuple(skipped))


def take_job(sample: Sample, take: int, *, persons: int) -> ExtractJob:
    """How a recording is played in its n-th take."""
    seed = zlib.crc32(f"{sample.name} {take}".encode())
    share = _CLOSE_UPS_ACTED if sample.authored else _CLOSE_UPS_AGAIN if take else 0.0
    is_close_up = persons == 1 and np.random.default_rng([seed, 5]).random() < share
    return ExtractJob(sequence=sample.sequence, seed=seed, is_close_up=is_close_up)


def _takes_of(sample: Sample, dataset: Dataset, train_takes: int) -> int:
    if sample.authored:
        return min(_TAKES_ACTED, train_takes)
    return train_takes if any(split.trains(sample) for split in dataset.splits) else 1
