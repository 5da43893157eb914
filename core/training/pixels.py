"""A data set as a webcam would have seen it: played by the performer, found by MediaPipe in the rendered pixels."""

import zlib
from dataclasses import replace
from pathlib import Path

from core.datasets.dataset import Dataset, Progress
from core.paths import cache_dir
from core.pose.extract import ExtractJob, extract_through_performer

PIXELS_PROTOCOL = (
    "the same test recordings played by the performer (another body and camera for each), joints found by MediaPipe "
    "(full) in 480x360 pictures at 15 Hz"
)


def through_pixels(
    dataset: Dataset, *, pose_model: Path, train_takes: int = 2, progress: Progress | None = None
) -> Dataset:
    """The same recordings, persons and split with joints from pixels; each take has its own body and camera.

    Recordings of the training part are taken `train_takes` times, those of the test part once. Results are
    cached. Recordings in which nobody is found are named in `skipped`.
    """
    takes = [(sample, take) for take in range(train_takes) for sample in dataset.samples]
    takes = [(sample, take) for sample, take in takes if take == 0 or dataset.splits[0].trains(sample)]
    jobs = [
        ExtractJob(sequence=sample.sequence, seed=zlib.crc32(f"{sample.name} {take}".encode()))
        for sample, take in takes
    ]
    seen = extract_through_performer(
        jobs, pose_model=pose_model, cache=cache_dir() / "through_pixels", progress=progress
    )
    pairs = [(sample, sequence) for (sample, _), sequence in zip(takes, seen, strict=True)]
    return replace(
        dataset,
        samples=tuple(replace(sample, sequence=sequence) for sample, sequence in pairs if sequence is not None),
        skipped=tuple(f"{sample.name}: nobody was found in it" for sample, sequence in pairs if sequence is None),
    )
