"""Library: a folder of the user's recordings. One program writes to it at a time; a second one may look.

Nothing is ever deleted here: what is discarded goes to the folder `trash`. Every file is written whole or not at all.
"""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from filelock import FileLock, Timeout

from core.documents import read_document, write_document
from core.errors import DataError, OutputError
from core.files import make_folder
from core.library.backups import keep_backup
from core.library.edits import ordered
from core.library.names import checked_id, new_id
from core.library.records import (
    SCHEMA_VERSION,
    ActionEntry,
    LibraryDocument,
    RecordingDocument,
    SegmentsDocument,
    State,
)
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence, load_sequence

LIBRARY, RECORDING, SEGMENTS, POSES = "library.json", "recording.json", "segments.json", "poses.npz"
RECORDINGS, TRASH = "recordings", "trash"
_LOCK: Final = ".lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One recording as a list shows it."""

    name: str  # its folder's
    folder: Path
    recording: RecordingDocument
    segments: tuple[Segment, ...]

    @property
    def poses(self) -> Path:
        """The file with its joints; it is missing where nobody was found."""
        return self.folder / POSES

    def joints(self) -> SkeletonSequence | None:
        """Its joints; None where nobody was found. Raises DataError for a damaged file."""
        if not self.poses.exists():
            return None
        sequence = load_sequence(self.poses)
        # Those of a film, or of a session that left none, were found in pixels: older versions did not write that down.
        is_found = bool(self.recording.video) or not self.recording.sha256
        return replace(sequence, found_in_pixels=True) if is_found and not sequence.found_in_pixels else sequence

    @property
    def film(self) -> Path | None:
        """The file with its pictures."""
        return self.folder / self.recording.video if self.recording.video else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a library that does not fit."""

    file: str  # below the library
    field: str
    problem: str


class Library:
    """Open it with `opened`, and close it, or use it as a context manager.

    Its changes may come from several threads, one waits for the other; whoever looks meanwhile sees a whole document.
    """

    def __init__(self, folder: Path, document: LibraryDocument, *, lock: FileLock | None, why_read_only: str) -> None:
        self.folder = folder
        self.document = document
        self.why_read_only = why_read_only  # a sentence; "": it can be written
        self._lock = lock
        self._changing = threading.RLock()

    @classmethod
    def opened(cls, folder: Path, *, create: bool = False) -> "Library":
        """The library in a folder, for reading only where another program has it or nothing can be written there.

        Args:
            folder: of the library.
            create: make one where there is nothing, or an empty folder.

        Raises:
            DataError: there is none, the folder holds something else, or `library.json` cannot be read.
            OutputError: it cannot be made.
        """
        folder = folder.expanduser().absolute()
        if not (folder / LIBRARY).is_file():
            _make(folder, create=create)
        document = read_document(folder / LIBRARY, LibraryDocument, schema_version=SCHEMA_VERSION)
        lock, why = _locked(folder)
        return cls(folder, document, lock=lock, why_read_only=why)

    @classmethod
    def for_reading(cls, folder: Path) -> "Library":
        """The library in a folder, to look at: whoever writes to it is not disturbed. Raises DataError as `opened`."""
        folder = folder.expanduser().absolute()
        if not (folder / LIBRARY).is_file():
            _make(folder, create=False)
        document = read_document(folder / LIBRARY, LibraryDocument, schema_version=SCHEMA_VERSION)
        return cls(folder, document, lock=None, why_read_only="It was opened for reading.")

    def close(self) -> None:
        """Let others write. Safe to call twice."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
            self.why_read_only = "It has been closed."

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # Looking

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of its actions."""
        return tuple(action.name for action in self.document.actions)

    @property
    def recordings(self) -> Path:
        """The folder of all recordings."""
        return self.folder / RECORDINGS

    def names(self) -> list[str]:
        """Names of all recordings, the oldest first."""
        try:
            found = [place.name for place in os.scandir(self.recordings) if place.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return []
        return sorted(name for name in found if not name.startswith("."))

    def entry(self, name: str) -> Entry:
        """One recording. Raises DataError with file, field and value."""
        folder = self.recordings / checked_id(name)
        recording = read_document(folder / RECORDING, RecordingDocument, schema_version=SCHEMA_VERSION)
        segments: tuple[Segment, ...] = ()
        if (folder / SEGMENTS).exists():
            document = read_document(folder / SEGMENTS, SegmentsDocument, schema_version=SCHEMA_VERSION)
            segments = document.segments
        return Entry(name=name, folder=folder, recording=recording, segments=segments)

    def entries(self) -> tuple[list[Entry], list[Problem]]:
        """All recordings that can be read, and what is wrong with the others."""
        entries, problems = [], []
        for name in self.names():
            try:
                entries.append(self.entry(name))
            except DataError as error:
                problems.append(Problem(file=f"{RECORDINGS}/{name}", field="", problem=str(error)))
        return entries, problems

    # Changing: each raises OutputError where it cannot be written

    def learn(self, *, actions: Iterable[str] = (), persons: Iterable[str] = ()) -> None:
        """Add the names that are new. Raises DataError for what cannot be a name."""
        with self._changing:
            document = self.document
            known = {action.name.casefold() for action in document.actions}
            new = tuple(ActionEntry(name=name) for name in dict.fromkeys(actions) if name.casefold() not in known)
            there = {person.casefold() for person in document.persons}
            come = tuple(person for person in dict.fromkeys(persons) if person.casefold() not in there)
            self.change(lambda one: replace(one, actions=(*one.actions, *new), persons=(*one.persons, *come)))

    def change(self, change: Callable[[LibraryDocument], LibraryDocument]) -> None:
        """Make other actions and persons of those that there are now; the document before is kept for a while.

        `change` is called while nobody else can change it. Nothing is written where it returns the same.
        """
        with self._changing:
            document = change(self.document)
            if document == self.document:
                return
            self._must_be_writable()
            keep_backup(self.folder / LIBRARY, now=datetime.now().astimezone())
            write_document(self.folder / LIBRARY, document)
            self.document = document

    def begin(self, recording: RecordingDocument) -> Entry:
        """A new folder for a recording that is about to be made."""
        self._must_be_writable()
        recording = replace(recording, person=self._as_known(recording.person, self.document.persons))
        make_folder(self.recordings)
        with self._changing:
            name = new_id(
                person=recording.person,
                action=recording.prompt,
                at=datetime.fromisoformat(recording.recorded_at),
                is_taken=lambda name: (self.recordings / name).exists() or (self.folder / TRASH / name).exists(),
            )
            folder = self.recordings / name
            make_folder(folder)
        recording = replace(recording, state=State.RECORDING)
        write_document(folder / RECORDING, recording)
        return Entry(name=name, folder=folder, recording=recording, segments=())

    def finish(self, entry: Entry, recording: RecordingDocument, *, segments: Sequence[Segment] = ()) -> Entry:
        """A recording is complete: what it became, and what was labelled with it."""
        self._must_be_writable()
        recording = replace(recording, person=self._as_known(recording.person, self.document.persons))
        spelt = self._spelt(segments)
        self.learn(actions=[segment.action for segment in spelt], persons=[recording.person])
        if spelt:
            write_document(entry.folder / SEGMENTS, SegmentsDocument(segments=spelt))
        write_document(entry.folder / RECORDING, recording)  # last: until then it counts as not finished
        return replace(entry, recording=recording, segments=spelt)

    def label(self, entry: Entry, segments: Sequence[Segment]) -> Entry:
        """Other segments for a recording, in the order of their starts; those before are kept for a while."""
        self._must_be_writable()
        document = SegmentsDocument(segments=ordered(self._spelt(segments)))
        self.learn(actions=[segment.action for segment in document.segments])
        keep_backup(entry.folder / SEGMENTS, now=datetime.now().astimezone())
        write_document(entry.folder / SEGMENTS, document)
        return replace(entry, segments=document.segments)

    def describe(self, entry: Entry, recording: RecordingDocument) -> Entry:
        """Say something else about a recording that is there."""
        with self._changing:
            self._must_be_writable()
            write_document(entry.folder / RECORDING, recording)
        return replace(entry, recording=recording)

    def discard(self, name: str) -> Path:
        """Put a recording into the trash, from which `put_back` takes it; returns where it lies."""
        return self._move(self.recordings / checked_id(name), self.folder / TRASH / name)

    def put_back(self, name: str) -> Entry:
        """Take a recording out of the trash. Raises DataError where it cannot be read."""
        self._move(self.folder / TRASH / checked_id(name), self.recordings / name)
        return self.entry(name)

    def _move(self, place: Path, target: Path) -> Path:
        with self._changing:
            self._must_be_writable()
            if target.exists():
                raise OutputError(f"Cannot move {place}: {target} is there already.")
            make_folder(target.parent)
            try:
                place.rename(target)
            except OSError as error:
                raise OutputError(f"Cannot move {place}: {error.strerror or error}.") from error
        return target

    def _spelt(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """The segments with their actions as the library writes them; two names that differ by case only are one."""
        names = list(self.actions)
        spelt = []
        for segment in segments:
            action = self._as_known(segment.action, names)
            names += [action]
            spelt.append(replace(segment, action=action))
        return tuple(spelt)

    def spelling_of(self, action: str) -> str:
        """An action as the library writes it: two names that differ by case only are one."""
        return self._as_known(action, self.actions)

    @staticmethod
    def _as_known(name: str, known: Iterable[str]) -> str:
        return next((one for one in known if one.casefold() == name.casefold()), name)

    def _must_be_writable(self) -> None:
        if self._lock is None:
            raise OutputError(f"The library {self.folder} can only be read. {self.why_read_only}")


def _make(folder: Path, *, create: bool) -> None:
    if not create:
        raise DataError(f"{folder} is no library: it has no {LIBRARY}.")
    if folder.is_dir() and any(path.name != _LOCK for path in folder.iterdir()):
        raise DataError(f"{folder} holds other things than a library; choose an empty folder or a new name.")
    make_folder(folder)
    write_document(folder / LIBRARY, LibraryDocument())


def _locked(folder: Path) -> tuple[FileLock | None, str]:
    """The lock of a library, or a sentence that says why there is none."""
    lock = FileLock(folder / _LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None, "Another program has it open: close it there to change something here."
    except OSError as error:
        return None, f"Nothing can be written there ({error.strerror or error})."
    return lock, ""
