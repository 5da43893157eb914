"""Labelling: the labels of one recording while somebody edits them. Nothing is lost, whatever happens in between.

Each edit is in the journal before `do` returns; `segments.json` follows when somebody calls `save`, with a backup of
what it was. A save that fails keeps everything as it is and says why.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from core.documents import write_document
from core.errors import JointlightError, OutputError
from core.files import make_folder
from core.library.backups import backup_place
from core.library.edits import Edit, Labels, ordered
from core.library.history import History
from core.library.journal import Journal, unsaved
from core.library.library import SEGMENTS, Entry, Library
from core.library.records import RecordingDocument, SegmentsDocument, check_segment
from core.sources.source import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveState:
    """What a window says about it."""

    is_dirty: bool = False  # there are edits that are in the journal only
    saved_s: float | None = None  # when the last save was, by the clock; None: nothing was saved yet
    problem: str = ""  # why the last one failed


class Labelling:
    """Made for a library that can be written. Edit in one thread; `save` may run in another one meanwhile."""

    def __init__(
        self,
        library: Library,
        entry: Entry,
        *,
        clock: Clock = time.monotonic,
    ) -> None:
        self._library, self._entry = library, entry
        self._clock = clock
        self._history = History(ordered(entry.segments))
        self._saved = ordered(entry.segments)  # what segments.json holds
        self._since: list[Edit] = []  # edits that are not in it
        self._journal = Journal(entry.folder)
        self._is_journal_whole = True  # False: an edit is missing in it, so those after it would not fit
        self._saving = threading.Lock()  # held for a whole save
        self._lock = threading.Lock()  # held for moments
        self._saved_s: float | None = None
        self._problem = ""

    @property
    def entry(self) -> Entry:
        """The recording as it is saved."""
        return self._entry

    @property
    def labels(self) -> Labels:
        """As edited."""
        return self._history.labels

    @property
    def history(self) -> History:
        """What was done; to be looked at."""
        return self._history

    def state(self) -> SaveState:
        """Whether all is saved."""
        with self._lock:
            return SaveState(is_dirty=bool(self._since), saved_s=self._saved_s, problem=self._problem)

    def describe(self, recording: RecordingDocument) -> None:
        """Somebody has written what else is known of the recording, its person for one."""
        with self._lock:
            self._entry = replace(self._entry, recording=recording)

    def do(self, edit: Edit) -> None:
        """Change the labels. Raises DataError where the edit does not fit, or could not be saved."""
        added = tuple(replace(one, action=self._library.spelling_of(one.action)) for one in edit.added)
        for segment in added:
            check_segment(segment)
        self._change(replace(edit, added=added))

    def undo(self) -> Edit | None:
        """Take the last edit back; the change that this was, None where there is none."""
        return self._change(self._history.undo)

    def redo(self) -> Edit | None:
        """Do the last undone edit again."""
        return self._change(self._history.redo)

    def save(self) -> bool:
        """Write the labels to the library, if there is anything new; False where that failed: see `state`."""
        with self._saving:
            with self._lock:
                labels, count = self._history.labels, len(self._since)
            if not count:
                return True
            try:
                entry = self._library.label(self._entry, labels)
                with self._lock:
                    self._entry, self._saved = replace(self._entry, segments=entry.segments), labels
                    self._since = self._since[count:]
                    self._write_journal_anew()
                    self._saved_s, self._problem = self._clock(), ""
            except JointlightError as error:  # DataError too: more segments than a file may have
                with self._lock:
                    self._problem = str(error)
                return False
            return True

    def _change(self, change: Edit | Callable[[], Edit | None]) -> Edit | None:
        with self._lock:  # a save must see both or neither of an edit and its note
            if isinstance(change, Edit):
                self._history.do(change)
                edit: Edit | None = change
            else:
                edit = change()
            if edit is None:
                return None
            self._since.append(edit)
            try:
                self._keep_what_was_left()
                if self._is_journal_whole:
                    self._journal.add(edit, base=self._saved)
                else:
                    self._write_journal_anew()
            except OutputError as error:  # a full disk: the edit stays in memory, dirty, and the next one tries again
                self._is_journal_whole, self._problem = False, str(error)
        return edit

    def _write_journal_anew(self) -> None:
        """With all edits that are not saved. Raises OutputError."""
        self._is_journal_whole = False
        self._journal.begin_again(self._since, base=self._saved)
        self._is_journal_whole = True

    def _keep_what_was_left(self) -> None:
        """What a crash left here and nobody has brought back yet becomes an earlier version of these labels."""
        folder = self._entry.folder
        left = None if self._journal.is_begun else unsaved(folder, saved=self._saved)
        if left is not None:
            place = backup_place(folder / SEGMENTS, at=left.written_at.astimezone())
            make_folder(place.parent)
            write_document(place, SegmentsDocument(segments=left.labels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Labels of a recording that were not saved when the program ended."""

    entry: Entry
    labels: Labels
    edits: int
    fits: bool  # nobody has changed what is saved since
    written_at: datetime

    @property
    def text(self) -> str:
        """What it would bring back, for people."""
        come, go = _gained(self.labels, self.entry.segments), _gained(self.entry.segments, self.labels)
        parts = [f"{come} new" if come else "", f"{go} fewer" if go else ""]
        what = " and ".join(part for part in parts if part) or "the same"
        things = "segment" if (come, go) in ((1, 0), (0, 1)) else "segments"
        edits = "1 edit" if self.edits == 1 else f"{self.edits} edits"
        warning = "" if self.fits else ", but its labels were changed since"
        when = self.written_at.astimezone().strftime("%d %b, %H:%M")
        return f"{self.entry.name}: {edits} of {when}, {what} {things}{warning}"


def recoveries(entries: Iterable[Entry]) -> list[Recovery]:
    """What journals beside recordings would bring back."""
    found = []
    for entry in entries:
        left = unsaved(entry.folder, saved=ordered(entry.segments))
        if left is not None:
            found.append(
                Recovery(
                    entry=entry, labels=left.labels, edits=len(left.edits), fits=left.fits, written_at=left.written_at
                )
            )
    return found


def recover(library: Library, recovery: Recovery) -> Entry:
    """Bring back what a journal holds; a backup of what was saved is kept. Raises OutputError."""
    entry = library.label(recovery.entry, recovery.labels)
    Journal(entry.folder).begin_again((), base=recovery.labels)
    return entry


def _gained(some: Labels, others: Labels) -> int:
    left = list(others)
    gained = 0
    for one in some:
        if one in left:
            left.remove(one)
        else:
            gained += 1
    return gained
