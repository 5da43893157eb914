"""A data set as a webcam would have seen it: played by the performer, found by MediaPipe in the rendered pixels."""

import zlib
from dataclasses import replace
from pathlib import Path

from core.datasets.dataset import Dataset, Progress
from core.paths import cache_dir
from core.pose.extract import ExtractJob, extract_through_performer


def through_pixels(dataset: Dataset, *, pose_model: Path, progress: Progress | None = None) -> Dataset:
    """The same samples, persons and split with joints from pixels; each recording has its own body and camera.

    Results are cached. Recordings in which nobody is found are named in `skipped`.
    """
    jobs = [ExtractJob(sequence=sample.sequence, seed=zlib.crc32(sample.name.encode())) for sample in dataset.samples]
    seen = extract_through_performer(
        jobs, pose_model=pose_model, cache=cache_dir() / "through_pixels", progress=progress
    )
    pairs = list(zip(dataset.samples, seen, strict=True))
    return replace(
        dataset,
        samples=tuple(replace(sample, sequence=sequence) for sample, sequence in pairs if sequence is not None),
        skipped=tuple(f"{sample.name}: nobody was found in it" for sample, sequence in pairs if sequence is None),
    )
