"""SkeletonSequence: poses of one or more persons over time, and its file."""

import math
import tokenize
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.lib.format as npy
from numpy.typing import NDArray

from core.errors import DataError
from core.files import replacing
from core.skeleton.layouts import KINECT_25, MEDIAPIPE_33, Layout, layout_named
from core.skeleton.mapping import map_to_kinect25
from core.zip_files import ZIP_ERRORS, opened_zip

Number = TypeVar("Number", np.float32, np.float64)

SCHEMA_VERSION = 1
MAX_FILE_BYTES = 512 * 2**20  # an hour of two persons at 60 Hz is about 160 MB
FARTHEST_M = 100.0  # from the sensor; a joint that is farther away was written in another unit
LATEST_S = 1e12  # so that differences of times can be counted; today is 2e9 s after 1970


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SkeletonSequence:
    """Poses over time in one layout.

    Raises DataError when shapes disagree, it is empty, times do not increase or a number is not finite.
    """

    layout: Layout
    positions_m: NDArray[np.float32]  # (T, P, J, 3)
    confidence: NDArray[np.float32]  # (T, P, J) in 0..1
    times_s: NDArray[np.float64]  # (T,) strictly increasing
    found_in_pixels: bool = False  # and not by a depth camera; what MediaPipe finds always is

    def __post_init__(self) -> None:
        if self.layout is MEDIAPIPE_33:
            object.__setattr__(self, "found_in_pixels", True)
        if self.positions_m.ndim != 4 or self.positions_m.shape[3] != 3:
            raise DataError(f"Positions must have the shape (T, P, J, 3), not {self.positions_m.shape}.")
        frames, persons, joints, _ = self.positions_m.shape
        if joints != len(self.layout):
            raise DataError(f"The layout {self.layout.name} has {len(self.layout)} joints, the sequence {joints}.")
        if frames == 0 or persons == 0:
            raise DataError("A sequence needs at least one frame and one person.")
        if self.confidence.shape != (frames, persons, joints):
            raise DataError(f"Confidence must have the shape {(frames, persons, joints)}, not {self.confidence.shape}.")
        if self.times_s.shape != (frames,) or not np.all(np.abs(self.times_s) <= LATEST_S):
            raise DataError(f"A sequence of {frames} frames needs {frames} finite times.")
        if np.any(np.diff(self.times_s) <= 0):
            raise DataError("The times of a sequence must increase from frame to frame.")
        if not (np.all(np.isfinite(self.positions_m)) and np.all(np.isfinite(self.confidence))):
            raise DataError("A sequence holds a joint that is not a finite number.")

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def duration_s(self) -> float:
        """Time between the first and the last frame."""
        return float(self.times_s[-1] - self.times_s[0])

    def absurdity(self) -> tuple[str, str]:
        """The field that no recording of a person can hold and why, ("", "") where there is none.

        Sequences that hold such things can be read, so that what was kept once is never lost: those who take in new
        ones ask for it, and those who check.
        """
        farthest_m = float(np.abs(self.positions_m).max())
        if farthest_m > FARTHEST_M:
            return "positions", f"a joint is {farthest_m:.3g} m away, which is no person: is it in metres?"
        least, most = float(self.confidence.min()), float(self.confidence.max())
        if least < 0 or most > 1:
            return "confidence", f"it goes from {least:.3g} to {most:.3g}, outside 0 to 1."
        return "", ""

    def mirrored(self) -> "SkeletonSequence":
        """Left and right exchanged, as in a mirror that stands in the plane x = 0."""
        order = self.layout.mirror_order
        flipped = self.positions_m[:, :, order] * np.array([-1, 1, 1], dtype=np.float32)
        return replace(self, positions_m=flipped, confidence=self.confidence[:, :, order])

    def translated(self, offset_m: NDArray[np.float32]) -> "SkeletonSequence":
        """Every joint moved by the same offset (3,)."""
        return replace(self, positions_m=self.positions_m + offset_m.astype(np.float32))

    def scaled(self, factor: float) -> "SkeletonSequence":
        """Every joint scaled about the origin. Raises DataError unless the factor is above 0."""
        if not factor > 0:
            raise DataError(f"A sequence can be scaled by a factor above 0, not {factor}.")
        return replace(self, positions_m=self.positions_m * np.float32(factor))

    def to_kinect25(self) -> "SkeletonSequence":
        """The same poses in the Kinect-25 layout."""
        if self.layout is KINECT_25:
            return self
        joint_map = map_to_kinect25(self.layout)
        return replace(
            self,
            layout=KINECT_25,
            positions_m=joint_map.positions(self.positions_m),
            confidence=joint_map.confidence(self.confidence),
        )

    def bone_lengths_m(self) -> NDArray[np.float32]:
        """Length of each bone of the layout, (T, P, bones)."""
        parents, children = np.array(self.layout.bones).T
        bones = self.positions_m[:, :, children] - self.positions_m[:, :, parents]  # (T, P, bones, 3)
        lengths: NDArray[np.float32] = np.linalg.norm(bones, axis=-1)
        return lengths

    def save(self, path: Path) -> None:
        """Write `.npz` atomically. Raises OutputError with the reason."""
        with replacing(path) as stream:
            np.savez(
                stream,
                positions=self.positions_m,
                confidence=self.confidence,
                times_s=self.times_s,
                layout=np.array(self.layout.name),
                found_in_pixels=np.array(self.found_in_pixels),
                schema_version=np.array(SCHEMA_VERSION),
            )


def _check_sizes(archive: zipfile.ZipFile) -> None:
    """Refuse what would unpack to too much, or whose arrays claim to be larger than their bytes. Raises DataError."""
    if sum(entry.file_size for entry in archive.infolist()) > MAX_FILE_BYTES:
        raise DataError(f"it unpacks to more than {MAX_FILE_BYTES // 2**20} MB and is not read.")
    for entry in archive.infolist():
        try:
            with archive.open(entry) as stream:
                npy.read_magic(stream)
                shape, _, dtype = npy.read_array_header_1_0(stream)  # what np.savez writes for headers as short as ours
        except (SyntaxError, tokenize.TokenError, RecursionError, MemoryError) as error:  # a header is Python's syntax
            raise DataError(f"the array {entry.filename} has a damaged header.") from error
        if dtype.hasobject or math.prod(shape) * dtype.itemsize > entry.file_size:
            raise DataError(f"the array {entry.filename} is not what its header says.")


def _numbers(array: NDArray[Any], kind: type[Number]) -> NDArray[Number]:
    """An array of real numbers in another width; what is too large for it becomes infinite. Raises DataError."""
    if array.dtype.kind not in "fiu":
        raise DataError(f"an array holds {array.dtype} in place of numbers.")
    with np.errstate(over="ignore"):
        return array.astype(kind, copy=False)


def _yes_or_no(array: NDArray[Any]) -> bool:
    """A single true or false. Raises DataError for anything else."""
    if array.shape or array.dtype.kind != "b":
        raise DataError("found_in_pixels is neither true nor false.")
    return bool(array)


def load_sequence(path: Path) -> SkeletonSequence:
    """Read a `.npz` written by `SkeletonSequence.save`. Raises DataError that names the file and what is wrong."""
    try:
        with opened_zip(path) as archive_file:  # sizes before unpacking: a small file may unpack to a huge one
            _check_sizes(archive_file)
        with np.load(path, allow_pickle=False) as archive:
            version = int(archive["schema_version"])
            if version != SCHEMA_VERSION:
                raise DataError(f"schema_version is {version}, this version of Jointlight reads {SCHEMA_VERSION}.")
            return SkeletonSequence(
                layout=layout_named(str(archive["layout"])),
                positions_m=_numbers(archive["positions"], np.float32),
                confidence=_numbers(archive["confidence"], np.float32),
                times_s=_numbers(archive["times_s"], np.float64),
                found_in_pixels="found_in_pixels" in archive and _yes_or_no(archive["found_in_pixels"]),
            )
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except KeyError as error:
        raise DataError(f"{path} is not a sequence file: the field {error} is missing.") from error
    except (*ZIP_ERRORS, TypeError) as error:
        raise DataError(f"{path} is not a readable sequence file ({error}).") from error
