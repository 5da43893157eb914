"""Putting in order what a program left that did not end well: all of a recording but for the last moment is there."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError, JointlightError, SourceError
from core.files import replacing
from core.library.growing import POSES_PART, RESERVE, TIMES, read_poses, read_times
from core.library.library import POSES, Entry, Library
from core.library.records import LONGEST_S, RecordingDocument, State
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence, load_sequence
from core.sources.video import VideoFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What became of a recording that was not finished."""

    name: str
    text: str  # a sentence for people
    is_kept: bool


def unfinished(entries: Iterable[Entry]) -> list[Entry]:
    """Recordings whose end is missing. Nobody makes them any more where the library could be opened for writing."""
    return [entry for entry in entries if entry.recording.state is State.RECORDING]


def repair_all(library: Library, entries: Iterable[Entry] | None = None) -> list[Repaired]:
    """Put in order all that was not finished; what cannot be is named and stays as it is.

    `entries` are those of the library, where they were read already.
    """
    found = []
    for entry in unfinished(library.entries()[0] if entries is None else entries):
        try:
            found.append(repair(library, entry))
        except JointlightError as error:
            found.append(Repaired(name=entry.name, text=f"It could not be put in order: {error}", is_kept=True))
    return found


def repair(library: Library, entry: Entry) -> Repaired:
    """Put one in order, or into the trash where it holds nothing. Raises OutputError where that cannot be written."""
    if entry.recording.sha256:  # its source is still where it was, and knows what its labels are
        library.discard(entry.name)
        return Repaired(name=entry.name, text="It was being imported: import it again.", is_kept=False)
    with contextlib.suppress(OSError):
        (entry.folder / RESERVE).unlink(missing_ok=True)
    found = replace(as_written(entry, entry.recording), state=State.REPAIRED)
    if not found.frames:
        library.discard(entry.name)
        return Repaired(name=entry.name, text="It held no picture and lies in the trash.", is_kept=False)
    label = found.prompt if found.is_hands_free else ""
    library.finish(entry, found, segments=entry.segments or whole_of(found, label))
    return Repaired(name=entry.name, text=f"{found.duration_s:.1f} s of it are there.", is_kept=True)


def whole_of(recording: RecordingDocument, label: str) -> tuple[Segment, ...]:
    """All of a recording as one segment; none where there is no label, or no time."""
    if not label or recording.duration_s <= 0:
        return ()
    return (Segment(start_s=0.0, end_s=recording.duration_s, action=label),)


def as_written(entry: Entry, recording: RecordingDocument) -> RecordingDocument:
    """The recording as far as it really was written, which ended in the middle; its files are put in order.

    Joints may go on for up to a second after the last picture of the film, and then the recording is as long as they
    are. Raises OutputError where something cannot be written.
    """
    frames, times_s = _pictures(entry, recording)
    if 0 < frames < len(times_s):
        with replacing(entry.folder / TIMES) as stream:
            stream.write(times_s[:frames].astype("<f8").tobytes())
    with contextlib.suppress(DataError):  # joints that cannot be read can be found again in the film
        joints_of(entry.folder, persons=recording.persons)
    joints = _joints(entry)
    ends_s = [float(times_s[:frames].max() - times_s[0])] if frames else []
    ends_s += [float(joints.times_s[-1])] if joints is not None else []
    return replace(
        recording, frames=frames or len(joints or ()), duration_s=float(np.clip(max(ends_s, default=0), 0, LONGEST_S)),
        video=recording.video if frames else "",
    )  # fmt: skip


def joints_of(folder: Path, *, persons: int) -> SkeletonSequence | None:
    """Make `poses.npz` of the records that grew while recording; None where nobody was seen. Raises OutputError.

    Its times count from the first picture of the film, as those of segments do.
    """
    part = folder / POSES_PART
    if not part.exists():
        return None
    sequence = read_poses(part, persons=persons)
    if sequence is not None:
        times_s = read_times(folder / TIMES)
        start_s = float(times_s[0]) if len(times_s) else float(sequence.times_s[0])
        sequence = replace(sequence, times_s=sequence.times_s - start_s)
        sequence.save(folder / POSES)
    part.unlink()
    return sequence


def _pictures(entry: Entry, recording: RecordingDocument) -> tuple[int, NDArray[np.float64]]:
    """How many pictures of the film can be read, and their capture times."""
    times_s = read_times(entry.folder / TIMES)
    film = entry.folder / recording.video
    if not recording.video or not film.exists():
        return 0, times_s
    source, count = VideoFile(film, real_time=False), 0
    try:
        source.open()
        while source.read() is not None:
            count += 1
    except SourceError:
        pass  # what could be read until here counts
    finally:
        source.close()
    return min(count, len(times_s)), times_s


def _joints(entry: Entry) -> SkeletonSequence | None:
    try:
        return load_sequence(entry.poses) if entry.poses.exists() else None
    except DataError:
        return None
