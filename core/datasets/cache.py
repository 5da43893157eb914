"""Parsed files on disk: chunks of samples as memory-mapped arrays.

A chunk is a folder of plain `.npy` arrays (never pickled) and a small document with their checksums. It is written
beside its place and renamed, so that it is there whole or not at all and two processes may write at once: the first
wins, both have written the same. A chunk that is damaged is removed and read from its files again.
"""

import logging
import os
import shutil
import time
import uuid
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.dataset import Sample
from core.documents import read_document, write_document
from core.errors import DataError, JointlightError, OutputError
from core.skeleton.layouts import KINECT_25, layout_named
from core.skeleton.sequence import SkeletonSequence

SCHEMA_VERSION = 2  # of a chunk's form
_ABANDONED_S = 24 * 3600.0  # older unfinished chunks belong to no process that still runs
_MAPPED = ("positions", "confidence")
_LOADED = ("rows", "names", "times")
# How a sample lies in the arrays and what its file's name said.
_ROW = ("frames", "persons", "label", "person", "view", "group", "found_in_pixels")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chunk:
    """What came out of some files, in their order."""

    samples: tuple[Sample, ...]
    skipped: tuple[str, ...]  # broken files, with the reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    schema_version: int
    layout: str
    skipped: tuple[str, ...]
    checksums: dict[str, int]  # CRC-32 of each array's bytes


def write_chunk(folder: Path, chunk: Chunk) -> None:
    """Write a chunk as the folder; one that is there already stays. Raises OutputError with the reason."""
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part")
    try:
        temporary.mkdir(parents=True)
        arrays = _to_arrays(chunk.samples)
        for name, array in arrays.items():
            with (temporary / f"{name}.npy").open("wb") as stream:
                np.save(stream, array, allow_pickle=False)
                stream.flush()
                os.fsync(stream.fileno())
        document = _Document(
            schema_version=SCHEMA_VERSION,
            layout=(chunk.samples[0].sequence.layout if chunk.samples else KINECT_25).name,
            skipped=chunk.skipped,
            checksums={name: _checksum(array) for name, array in arrays.items()},
        )
        write_document(temporary / "chunk.json", document)
        if not folder.exists():
            temporary.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # else another process was faster
            raise OutputError(f"Cannot write {folder}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def read_chunk(folder: Path) -> Chunk | None:
    """The chunk in a folder, its arrays mapped into memory; None where there is none. A damaged one is removed."""
    if not folder.is_dir():
        return None
    try:
        document = read_document(folder / "chunk.json", _Document, schema_version=SCHEMA_VERSION)
        arrays = {name: _open(folder / f"{name}.npy", mapped=name in _MAPPED) for name in (*_MAPPED, *_LOADED)}
        for name, array in arrays.items():
            if _checksum(array) != document.checksums.get(name):
                raise DataError(f"{name}.npy is not what was written.")
        return Chunk(samples=_to_samples(arrays, layout=document.layout), skipped=document.skipped)
    except (JointlightError, OSError, ValueError, EOFError, IndexError) as error:
        log.warning("A damaged part of the cache is made again (%s): %s", folder, error)
        shutil.rmtree(folder, ignore_errors=True)
        return None


def clear_abandoned(folder: Path, *, keep: str) -> None:
    """Remove what older versions of the same files and killed processes have left in `folder`, except `keep`."""
    for old in folder.iterdir():
        if old.name != keep:
            shutil.rmtree(old, ignore_errors=True)
    for part in (folder / keep).glob(".*.part"):
        try:
            if time.time() - part.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(part, ignore_errors=True)
        except OSError:  # its writer has just finished
            continue


def _to_arrays(samples: tuple[Sample, ...]) -> dict[str, NDArray[Any]]:
    """All samples behind each other: positions (rows, J, 3), where each sample has T x P rows, and so on."""
    joints = len(samples[0].sequence.layout) if samples else len(KINECT_25)
    sequences = [sample.sequence for sample in samples]
    if any(sequence.layout is not sequences[0].layout for sequence in sequences):
        raise ValueError("a chunk holds one joint layout")
    rows = [
        (
            *sample.sequence.positions_m.shape[:2],
            sample.label,
            sample.person,
            sample.view,
            sample.group,
            sample.sequence.found_in_pixels,
        )
        for sample in samples
    ]
    positions = [sequence.positions_m.reshape(-1, joints, 3) for sequence in sequences]
    confidence = [sequence.confidence.reshape(-1, joints) for sequence in sequences]
    return {
        "positions": np.concatenate([np.zeros((0, joints, 3)), *positions], dtype=np.float32),
        "confidence": np.concatenate([np.zeros((0, joints)), *confidence], dtype=np.float32),
        "times": np.concatenate([np.zeros(0), *(sequence.times_s for sequence in sequences)], dtype=np.float64),
        "names": np.array([sample.name for sample in samples], dtype=np.str_),
        "rows": np.array(rows, dtype=np.int64).reshape(len(rows), len(_ROW)),
    }


def _to_samples(arrays: dict[str, NDArray[Any]], *, layout: str) -> tuple[Sample, ...]:
    """The inverse of `_to_arrays`; sequences are views. Raises DataError or ValueError where they do not fit."""
    joints = layout_named(layout)
    samples = []
    row_at = frame_at = 0
    for row, name in zip(arrays["rows"], arrays["names"], strict=True):
        frames, persons, label, person, view, group, is_found = (int(value) for value in row)
        row_end, frame_end = row_at + frames * persons, frame_at + frames
        sequence = SkeletonSequence(
            layout=joints,
            positions_m=arrays["positions"][row_at:row_end].reshape(frames, persons, len(joints), 3),
            confidence=arrays["confidence"][row_at:row_end].reshape(frames, persons, len(joints)),
            times_s=arrays["times"][frame_at:frame_end],
            found_in_pixels=bool(is_found),
        )
        samples.append(Sample(name=str(name), sequence=sequence, label=label, person=person, view=view, group=group))
        row_at, frame_at = row_end, frame_end
    return tuple(samples)


def _open(path: Path, *, mapped: bool) -> NDArray[Any]:
    """An array of the cache, as a plain view of the mapped file or read whole."""
    return np.asarray(np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False))


def _checksum(array: NDArray[Any]) -> int:
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data) if array.size else 0
