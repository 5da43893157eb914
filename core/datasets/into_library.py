"""Importing: what was found becomes recordings of a library, each once; films get the joints of the live view."""

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core.datasets.dataset import Progress
from core.datasets.import_finds import Find
from core.errors import DataError, JointlightError, OutputError, SourceError
from core.library.library import Entry, Library
from core.library.records import RecordingDocument, State
from core.pose.extract import extract_all
from core.pose.video_folder import VideoJob
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence
from core.sources.video import VideoFile

LEAST_SEEN: Final = 0.1  # share of the pictures of a film: whoever comes in at the end is somebody
_PIECE: Final = 1 << 20
_SPARE_BYTES: Final = 200 * 10**6  # that an import leaves free on the disk


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of everything that was found: names of recordings, and sentences that name the file."""

    imported: tuple[str, ...] = ()
    already: tuple[str, ...] = ()  # what is in the library
    refused: tuple[str, ...] = ()  # what cannot be read
    notes: tuple[str, ...] = ()  # imported, but nobody was found in it, or its labels go past its end


def import_all(
    library: Library,
    finds: Sequence[Find],
    *,
    pose_model: Path,
    persons: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
    copied: Progress | None = None,
) -> ImportReport:
    """Copy films and joints into a library; what is there already is refused by name.

    What was finished stays where it is interrupted, and the same import goes on with the rest. `copied` is told how
    many of the finds were compared and taken in, twice for each; `progress` the films that were looked at. What either
    raises ends the work.

    Raises OutputError where the library cannot be written or the disk is too small, and what `extract_all` raises.
    """
    known = {entry.recording.sha256: entry.name for entry in library.entries()[0] if entry.recording.sha256}
    already: list[str] = []
    refused: list[str] = []
    new: list[tuple[Find, RecordingDocument]] = []
    for done, find in enumerate(finds):
        if copied is not None:
            copied(done, 2 * len(finds))
        try:
            recording = _recording(find, persons)
        except DataError as error:
            refused.append(find.problem or f"{find.path}: {error}")
            continue
        if recording.sha256 in known:
            already.append(f"{find.path} is in the library already: {known[recording.sha256]}")
        else:
            known[recording.sha256] = str(find.path)
            new.append((find, recording))
    _need_room(library, [find for find, _ in new])
    imported, films = _take_in(library, new, lambda done: copied and copied(len(finds) + done, 2 * len(finds)))
    watched = _watch(library, films, pose_model=pose_model, workers=workers, progress=progress)
    told = [find.note for find, _ in new if find.note]
    return replace(
        watched,
        imported=(*imported, *watched.imported),
        already=tuple(already),
        refused=(*refused, *watched.refused),
        notes=(*told, *watched.notes),
    )


def _take_in(
    library: Library, new: Sequence[tuple[Find, RecordingDocument]], taken: Callable[[int], object]
) -> tuple[list[str], list[tuple[Find, Entry]]]:
    """Write the joints, whose names come first, and copy the films, whose joints are still to be found."""
    imported: list[str] = []
    films: list[tuple[Find, Entry]] = []
    try:
        for done, (find, recording) in enumerate(new):
            taken(done)
            entry = library.begin(recording)
            if find.sample is not None:
                imported.append(_finish_joints(library, find, entry).name)
                continue
            films.append((find, entry))
            try:
                shutil.copyfile(find.path, entry.folder / entry.recording.video)
            except OSError as error:
                raise OutputError(f"Cannot copy {find.path}: {error.strerror or error}.") from error
    except BaseException:  # Ctrl+C as well: films that nobody has looked at are as if they had not been begun
        for _, entry in films:
            shutil.rmtree(entry.folder, ignore_errors=True)
        raise
    return imported, films


def _watch(
    library: Library,
    films: Sequence[tuple[Find, Entry]],
    *,
    pose_model: Path,
    workers: int | None,
    progress: Progress | None,
) -> ImportReport:
    """Find the joints in films that were copied, and finish their recordings."""
    jobs = []
    for _, entry in films:
        video = entry.folder / entry.recording.video
        jobs.append((VideoJob(video=video, sequence=entry.poses, persons=entry.recording.persons), entry.poses))
    imported: list[str] = []
    refused: list[str] = []
    notes: list[str] = []
    left = dict(enumerate(films))
    try:
        problems = extract_all(jobs, pose_model=pose_model, workers=workers, progress=progress, least_seen=LEAST_SEEN)
        for place, problem in enumerate(problems):
            find, entry = films[place]
            try:
                done = _finish_film(library, find, entry)
            except (DataError, SourceError) as error:
                refused.append(f"{find.path}: {error}")
                shutil.rmtree(entry.folder, ignore_errors=True)  # a copy of what cannot be read
            else:
                imported.append(done.name)
                notes += _notes(find, done, problem)
            del left[place]
    except BaseException:  # Ctrl+C as well: what was watched stays, the rest is as if it had not been begun
        for find, entry in left.values():
            _finish_or_forget(library, find, entry)
        raise
    return ImportReport(imported=tuple(imported), refused=tuple(refused), notes=tuple(notes))


def _notes(find: Find, entry: Entry, problem: str) -> list[str]:
    end_s = entry.recording.duration_s
    late = sum(segment.start_s >= end_s for segment in entry.segments)
    past = [f"{find.path}: {late} segments begin after its end ({end_s:.1f} s)"] if late else []
    return [f"{find.path}: {problem}", *past] if problem else past


def _finish_or_forget(library: Library, find: Find, entry: Entry) -> None:
    """On the way out: keep a film whose joints are there, and delete the copy of another one."""
    if entry.poses.exists():
        with contextlib.suppress(JointlightError):
            _finish_film(library, find, entry)
            return
    shutil.rmtree(entry.folder, ignore_errors=True)


def _recording(find: Find, persons: int) -> RecordingDocument:
    """What is known of a recording before it is made. Raises DataError for what can be none."""
    if find.problem:
        raise DataError(find.problem)
    stamp = datetime.fromtimestamp(find.path.stat().st_mtime, UTC) if find.path.exists() else datetime.now(UTC)
    sequence = None if find.sample is None else find.sample.sequence
    if sequence is not None and (absurd := ": ".join(filter(None, sequence.absurdity()))):
        raise DataError(absurd)
    return RecordingDocument(
        person=find.person,
        prompt=find.action,
        recorded_at=stamp.isoformat(timespec="seconds"),
        source=find.path.name,
        video="" if sequence is not None else f"video{find.path.suffix.lower()}",
        persons=persons if sequence is None else sequence.positions_m.shape[1],
        frames=0 if sequence is None else len(sequence),
        duration_s=0.0 if sequence is None else sequence.duration_s,
        sha256=_content_sha256(find),
    )


def _finish_joints(library: Library, find: Find, entry: Entry) -> Entry:
    assert find.sample is not None
    sequence = find.sample.sequence
    sequence = replace(sequence, times_s=sequence.times_s - sequence.times_s[0])
    sequence.save(entry.poses)
    done = replace(entry.recording, state=State.DONE)
    return library.finish(entry, done, segments=_segments(find, sequence.duration_s))


def _finish_film(library: Library, find: Find, entry: Entry) -> Entry:
    """Count the pictures of a film and label it. Raises SourceError where it cannot be read."""
    source, frames, last_s = VideoFile(entry.folder / entry.recording.video, real_time=False), 0, 0.0
    info = source.open()
    try:
        while (frame := source.read()) is not None:
            frames, last_s = frames + 1, frame.time_s
    except SourceError:
        if not frames:
            raise
    finally:
        source.close()
    done = replace(
        entry.recording, width_px=info.width_px, height_px=info.height_px, rate_hz=info.rate_hz, frames=frames,
        duration_s=last_s, state=State.DONE,
    )  # fmt: skip
    return library.finish(entry, done, segments=_segments(find, last_s))


def _segments(find: Find, duration_s: float) -> tuple[Segment, ...]:
    if not find.action or duration_s <= 0:
        return find.segments
    return (Segment(start_s=0.0, end_s=duration_s, action=find.action),)


def _content_sha256(find: Find) -> str:
    """Of a film's bytes, or of joints and times. Raises DataError where the file cannot be read."""
    digest = hashlib.sha256()
    if find.sample is not None:
        _digest_joints(digest, find.sample.sequence)
        return digest.hexdigest()
    try:
        with find.path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                digest.update(piece)
    except OSError as error:
        raise DataError(f"Cannot read {find.path}: {error.strerror or error}.") from error
    return digest.hexdigest()


def _digest_joints(digest: "hashlib._Hash", sequence: SkeletonSequence) -> None:
    digest.update(sequence.positions_m.tobytes())
    digest.update((sequence.times_s - sequence.times_s[0]).tobytes())


def _need_room(library: Library, finds: Sequence[Find]) -> None:
    needed = sum(find.path.stat().st_size for find in finds if find.sample is None)
    free = shutil.disk_usage(library.folder).free
    if needed + _SPARE_BYTES > free:
        raise OutputError(
            f"The films have {needed / 1e6:,.0f} MB and {library.folder} has room for {free / 1e6:,.0f} MB: free some "
            "space, or import less at a time."
        )
