"""Files that grow while a recording is made: whole up to their last record whenever the program dies.

`times.f64` holds the capture time of each picture of the film, little-endian float64, and stays. `poses.part` holds the
persons of each picture that was looked at, as records of one size, and becomes `poses.npz` in the end; `reserve.part`
keeps some room for that, see `Reserve`.
"""

import contextlib
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError, OutputError
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import LATEST_S, SkeletonSequence

TIMES, POSES_PART, RESERVE = "times.f64", "poses.part", "reserve.part"
MOST_BYTES: Final = 512 * 2**20  # 13 hours of one person at 30 Hz


class GrowingFile:
    """Appends, and hands each record to the system at once. Raises OutputError where the disk refuses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size_bytes = 0  # appended
        try:
            self._stream = path.open("ab", buffering=0)
        except OSError as error:
            raise self._error(error) from error

    def append(self, record: NDArray[Any]) -> None:
        """Add one record."""
        content = record.tobytes()
        left = memoryview(content)
        try:
            while left:  # a disk that is nearly full takes a part, and refuses the next
                left = left[self._stream.write(left) :]
        except OSError as error:
            raise self._error(error) from error
        self.size_bytes += len(content)

    def close(self) -> None:
        """Safe to call twice."""
        with contextlib.suppress(OSError):
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _error(self, error: OSError) -> OutputError:
        return OutputError(f"Cannot write {self._path}: {error.strerror or error}.")


def pose_records(persons: int) -> np.dtype[Any]:
    """One picture's persons: Kinect-25 in metres, and whether each place is taken."""
    joints = len(KINECT_25)
    return np.dtype(
        [
            ("time_s", "<f8"),
            ("there", "u1", (persons,)),
            ("positions_m", "<f4", (persons, joints, 3)),
            ("confidence", "<f4", (persons, joints)),
        ]
    )


def pose_record(time_s: float, pose: Pose, looked_at: tuple[int | None, ...]) -> NDArray[Any]:
    """The persons of a Kinect-25 pose on the places of the network."""
    record = np.zeros((), pose_records(len(looked_at)))
    record["time_s"] = time_s
    for place, person in enumerate(looked_at):
        if person is not None and person < pose.person_count:
            record["there"][place] = 1
            record["positions_m"][place] = pose.positions_m[person]
            record["confidence"][place] = pose.confidence[person]
    return record


def read_times(path: Path) -> NDArray[np.float64]:
    """Capture times of the pictures; a record that is not whole is left out. Raises DataError."""
    return _records(path, np.dtype("<f8")).astype(np.float64)


def read_poses(path: Path, *, persons: int) -> SkeletonSequence | None:
    """The joints of all pictures that show somebody; None where none does. Raises DataError.

    What a machine that went down has left of a record, and is no number, is left out.
    """
    return sequence_of(_records(path, pose_records(persons)))


def sequence_of(records: NDArray[Any]) -> SkeletonSequence | None:
    """The joints of pose records (N,), in order and without those that show nobody or no numbers; None: nobody."""
    has_numbers = np.isfinite(records["positions_m"]).all(axis=(1, 2, 3)) & np.isfinite(records["confidence"]).all(
        (1, 2)
    )
    records = records[records["there"].any(axis=1) & has_numbers & (np.abs(records["time_s"]) <= LATEST_S)]
    if not len(records):
        return None
    latest_s = np.maximum.accumulate(records["time_s"])  # a stream that began anew goes back in time
    records = records[np.concatenate([[True], records["time_s"][1:] > latest_s[:-1]])]
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=records["positions_m"].astype(np.float32),
        confidence=records["confidence"].astype(np.float32),
        times_s=records["time_s"].astype(np.float64),
        found_in_pixels=True,
    )


def _records(path: Path, kind: np.dtype[Any]) -> NDArray[Any]:
    try:
        size = path.stat().st_size if path.exists() else 0
        if size > MOST_BYTES:
            raise DataError(f"{path} is larger than {MOST_BYTES // 2**20} MB and is not read.")
        content = path.read_bytes() if size else b""
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from error
    whole = len(content) // kind.itemsize
    return np.frombuffer(content[: whole * kind.itemsize], dtype=kind)
