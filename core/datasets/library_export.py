"""The clips of a library in forms that other programs read: NTU's text files, one NumPy file, a table of segments."""

import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.datasets.dataset import Dataset, Sample
from core.errors import DataError
from core.files import make_folder, replacing
from core.library.library import Entry, Library, Problem
from core.library.names import distinct_parts
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import resample_clip
from core.skeleton.sequence import SkeletonSequence

RATE_HZ: Final = 30.0  # of the clips in both forms
_MOST_BYTES: Final = 4 * 2**30
_TRACKED, _INFERRED, _UNSEEN = 2, 1, 0
_FORMULAS: Final = ("=", "+", "-", "@", "\t")


class Form(StrEnum):
    """What is written."""

    CSV = "csv"  # all segments, one a line
    NPZ = "npz"  # x (N, C, T, V, M), as graph networks take it
    SKELETON = "skeleton"  # a text file for each clip, as NTU RGB+D has them
    MP4 = "mp4"  # a video of each recording with its joints and labels: see core.explain.labelled_video


def chosen_entries(library: Library, names: Sequence[str]) -> tuple[list[Entry], list[Problem]]:
    """The recordings with these names, each once; where none is named all, and what is wrong with the others.

    Raises DataError for a name that there is not, and a recording that is named and cannot be read.
    """
    if not names:
        return library.entries()
    known = set(library.names())
    unknown = [name for name in names if name not in known]
    if unknown:
        raise DataError(f"{library.folder} has no recording '{unknown[0]}': `jointlight library list` names them.")
    return [library.entry(name) for name in dict.fromkeys(names)], []


def clips_of(dataset: Dataset, entries: Sequence[Entry]) -> Dataset:
    """The clips of some recordings only. Raises DataError where they have none."""
    names = {entry.name for entry in entries}
    samples = tuple(sample for sample in dataset.samples if sample.name.rpartition("@")[0] in names)
    if not samples:
        raise DataError(f"There is no labelled clip with joints in {', '.join(sorted(names))}.")
    return replace(dataset, samples=samples)


def write_csv(entries: Sequence[Entry], path: Path) -> int:
    """All segments: recording, person, start_s, end_s, action; returns how many. Raises OutputError."""
    rows = [
        (entry.name, entry.recording.person, f"{segment.start_s:.3f}", f"{segment.end_s:.3f}", segment.action)
        for entry in entries
        for segment in entry.segments
    ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("recording", "person", "start_s", "end_s", "action"), *map(_harmless, rows)])
    with replacing(path) as stream:
        stream.write(text.getvalue().encode())
    return len(rows)


def _harmless(row: tuple[str, ...]) -> tuple[str, ...]:
    """Names that a spreadsheet would take for a formula begin with an apostrophe."""
    return tuple(f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in row)


def write_npz(dataset: Dataset, path: Path) -> int:
    """Clips at 30 Hz, Kinect-25 in metres; returns how many.

    The arrays: `x` (N, 3, T, 25, M) float32, 0 after a clip's end; `lengths` (N,) frames; `labels` (N,) places in
    `actions`; `persons` (N,) numbers; `names` (N,).

    Raises OutputError, and DataError where the array would have more than 4 GB.
    """
    clips = [_on_grid(sample.sequence)[0] for sample in dataset.samples]
    frames, persons = max(len(clip) for clip in clips), dataset.persons
    shape = (len(clips), 3, frames, len(KINECT_25), persons)
    if np.prod(shape, dtype=np.float64) * 4 > _MOST_BYTES:
        raise DataError(f"{len(clips)} clips of up to {frames} frames are more than {_MOST_BYTES // 2**30} GB.")
    x = np.zeros(shape, np.float32)
    for row, clip in zip(x, clips, strict=True):
        row[:, : len(clip), :, : clip.shape[1]] = clip.transpose(3, 0, 2, 1)  # (T, M, V, C) to (C, T, V, M)
    with replacing(path) as stream:
        np.savez(
            stream,
            x=x,
            lengths=np.array([len(clip) for clip in clips]),
            labels=np.array([sample.label for sample in dataset.samples]),
            persons=np.array([sample.person for sample in dataset.samples]),
            actions=np.array(dataset.actions),
            names=np.array([sample.name for sample in dataset.samples]),
            rate_hz=np.array(RATE_HZ),
        )
    return len(clips)


def write_skeletons(dataset: Dataset, folder: Path) -> int:
    """A file for each clip, `ACTION/NAME.skeleton`; returns how many. Raises OutputError.

    Two actions never share a folder ("drink (left)", "drink left"), nor two clips that begin together a file.
    """
    folders = distinct_parts(dataset.actions)
    names = distinct_parts((sample.name for sample in dataset.samples), most_bytes=180)
    for sample, name in zip(dataset.samples, names, strict=True):
        place = folder / folders[sample.label]
        make_folder(place)
        with replacing(place / f"{name}.skeleton") as stream:
            stream.writelines(f"{line}\n".encode() for line in _skeleton_lines(sample))
    return len(dataset.samples)


def _skeleton_lines(sample: Sample) -> Iterator[str]:
    """NTU's text: see `core.datasets.ntu_format`. What the sensor alone knows (clipping, lean, pixels) is 0."""
    positions_m, confidence = _on_grid(sample.sequence)  # (T, M, 25, 3), (T, M, 25)
    yield str(len(positions_m))
    for bodies, sure in zip(positions_m, confidence, strict=True):
        there = [body for body in range(len(bodies)) if np.ptp(bodies[body], axis=0).max() > 0]
        yield str(len(there))
        for body in there:
            yield f"{body + 1} 0 1 1 1 1 0 0 0 2"
            yield str(len(KINECT_25))
            for joint, share in zip(bodies[body], sure[body], strict=True):
                state = _TRACKED if share >= 0.5 else _INFERRED if share > 0 else _UNSEEN
                x, y, z = (f"{value:.6f}" for value in joint.tolist())
                yield " ".join([x, y, z, *itertools.repeat("0", 8), str(state)])


def _on_grid(sequence: SkeletonSequence) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Positions (T, M, 25, 3) and confidence (T, M, 25) at 30 Hz."""
    mapped = sequence.to_kinect25()
    values = np.concatenate([mapped.positions_m, mapped.confidence[..., None]], axis=-1)
    grid = resample_clip(mapped.times_s, values, rate_hz=RATE_HZ).astype(np.float32)
    return grid[..., :3], grid[..., 3]
