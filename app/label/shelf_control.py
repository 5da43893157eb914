"""What the label page does with recordings as a whole: the library, search, discard, earlier labels, recovery."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PyQt6.QtCore import QObject, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QFileDialog, QMenu

from app.actions import ActionKey
from app.label.label_control import COLOURS, LabelControl
from app.label.shelf import Counts, Shown, Wanted, counted
from app.library_control import LibraryControl, OpenedLibrary
from app.messages import Message, MessageKind, error_text
from app.pages.label import LabelPage
from app.widgets.action_list import ActionRow
from app.widgets.ask import Told, show_told
from core.documents import read_document
from core.errors import DataError, JointlightError, OutputError
from core.library.backups import Backup, backups_of
from core.library.edits import ordered
from core.library.journal import forget
from core.library.labelling import Recovery, recover
from core.library.library import SEGMENTS, Entry, Library
from core.library.records import SCHEMA_VERSION, SegmentsDocument

EMPTY = Message(
    kind=MessageKind.EMPTY,
    title="No recordings yet",
    text="Record takes of your own actions, or import films: in folders named by action they are labelled at once.",
    offers=(ActionKey.SHOW_RECORD, ActionKey.IMPORT, ActionKey.OPEN_LIBRARY),
)
OPENING = Message(kind=MessageKind.PROGRESS, title="Opening the library")
FREE_WITHIN_S = 1.0  # a film is let go, so that its folder can be moved
MOST_LINES = 200  # of a list in a dialog


class ShelfControl(QObject):
    """For the GUI thread.

    Signals:
        counted(Counts): the library has other recordings or labels.
        said(str, int): a sentence for the page that is shown, and for how many ms.
    """

    counted = pyqtSignal(object)
    said = pyqtSignal(str, int)

    def __init__(
        self,
        page: LabelPage,
        library: LibraryControl,
        labels: LabelControl,
        *,
        actions: dict[ActionKey, QAction],
    ) -> None:
        super().__init__(page)
        self._page, self._library, self._labels, self._actions = page, library, labels, actions
        self._wanted = Wanted()
        self._discarded: list[str] = []
        self._message: Message | None = None
        self._working: Message | None = None  # before the other one
        self._suspended: str | None = None  # the recording that is opened again afterwards
        page.wanted.connect(self._on_wanted)
        page.recordings.picked.connect(self._on_picked)
        page.recordings.menu_asked.connect(self._recording_menu)
        library.opening.connect(self._on_opening)
        library.opened.connect(self._on_opened)
        library.failed.connect(self._on_library_failed)
        library.refused.connect(self._on_library_refused)
        library.changed.connect(self.refresh)
        labels.autosave.saved.connect(library.put)

    def refresh(self) -> None:
        """Show the recordings that are wanted, and count all."""
        self._leave_what_has_gone()
        entries, library = self._show_list(), self._library.library
        counts = Counts.of(entries, () if library is None else library.actions)
        self._page.show_counts(counts)
        self._labels.refresh()
        self._labels.show_actions(_rows(library, counts))
        if library is not None:
            self._show_message(EMPTY if not entries else None)
        self.counted.emit(counts)

    def show_working(self, working: Message | None) -> None:
        """Something takes a while: say so before everything else."""
        self._working = working
        self._page.show_message(self._working or self._message)

    def open_recording(self, name: str, *, at_s: float = 0.0) -> bool:
        """Show a recording, whatever is searched for; False where there is none of that name."""
        entry = self._library.entry(name)
        if entry is None:
            return False
        if not self._page.recordings.show_current(name):
            self._page.search.clear()
            self._page.filter.setCurrentIndex(0)
            self._page.recordings.show_current(name)
        self._open(entry, at_s=at_s)
        return True

    def suspend(self) -> None:
        """Close the recording while many are changed. Raises OutputError where its labels cannot be saved."""
        name = "" if self._labels.entry is None else self._labels.entry.name
        self._labels.open(None)
        problem = self._labels.autosave.finish()
        if problem:
            self.open_recording(name)
            raise OutputError(f"The labels of {name} cannot be saved. {problem}")
        self._suspended = name

    def resume(self) -> None:
        """Open it again."""
        name, self._suspended = self._suspended, None
        if name:
            self.open_recording(name)

    def let_go(self, name: str) -> None:
        """A recording goes into the trash: its labels are saved before, and its film is closed."""
        if self._labels.entry is not None and self._labels.entry.name == name:
            self._labels.open(None)
            self._labels.autosave.finish()
            self._labels.player.wait_until_free(FREE_WITHIN_S)

    def note_discarded(self, name: str) -> None:
        """A recording lies in the trash, from which it can be put back; what was not saved is in its journal."""
        self._labels.autosave.drop(name)
        self._discarded.append(name)

    # What the keys do

    def discard(self) -> None:
        """Put this recording into the trash."""
        entry, library = self._labels.entry, self._library.writable(self._say_long)
        if library is None:
            return
        if entry is None:
            self._say("Choose a recording first")
            return
        name = entry.name
        self.change(lambda: self._discard(library, name))

    def put_back(self) -> None:
        """Take the last discarded recording out of the trash."""
        library = self._library.writable(self._say_long)
        if library is None:
            return
        if not self._discarded:
            self._say("Nothing was discarded since the library was opened")
            return

        def work() -> None:
            entry = library.put_back(self._discarded[-1])
            self._discarded.pop()
            self._library.put(entry)
            self.open_recording(entry.name)
            self._say(f"{entry.name} is back")

        self.change(work)

    def choose_library(self) -> None:
        """Another folder."""
        if not self._library.can_leave():
            return
        dialog = QFileDialog(self._page, "Open a library, or an empty folder for a new one", str(self._library.folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._library.open(Path(name)))
        dialog.open()

    def show_earlier_labels(self) -> None:
        """A menu of backups of this recording's labels."""
        entry = self._labels.entry
        found = [] if entry is None else backups_of(entry.folder / SEGMENTS)
        if not found:
            self._say("There is no earlier version of these labels yet")
            return
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for backup in found:
            action = menu.addAction(_backup_text(backup))
            if action is not None:
                action.triggered.connect(lambda _checked, one=backup: self._bring_back(one))
        menu.popup(self._page.mapToGlobal(self._page.rect().center()))

    def change(self, does: Callable[[], object]) -> None:
        """Change something in the library; what keeps it from being done is said."""
        try:
            does()
        except JointlightError as error:
            self._say(str(error), shown_ms=8000)
        self.refresh()

    # Inside

    def _show_list(self) -> list[Entry]:
        """The recordings that are wanted; returns all."""
        entries, wanted, current = self._library.entries, self._wanted, self._labels.entry
        has_to_look = wanted.shown is Shown.NOBODY  # into thousands of folders
        shown = [one for one in entries if wanted.has(one, has_joints=not has_to_look or one.poses.exists())]
        self._page.recordings.show_entries(shown, current="" if current is None else current.name)
        self._page.show_how_many(len(shown), len(entries))
        return entries

    def _leave_what_has_gone(self) -> None:
        """What is open may have been discarded elsewhere: it could not be saved any more."""
        entry = self._labels.entry
        if entry is not None and self._library.entry(entry.name) is None and not entry.folder.is_dir():
            self._labels.autosave.drop(entry.name)
            self._labels.open(None)

    def _open(self, entry: Entry, *, at_s: float = 0.0) -> None:
        if self._suspended is None:
            self._labels.open(entry, at_s=at_s)
        else:
            self._suspended = entry.name

    def _discard(self, library: Library, name: str) -> None:
        rows = self._page.recordings.rows.entries
        place = next((row for row, one in enumerate(rows) if one.name == name), 0)
        try:
            self.suspend()
            self._labels.player.wait_until_free(FREE_WITHIN_S)
            library.discard(name)
            self._suspended = ""
        finally:
            self.resume()
        self.note_discarded(name)
        self._library.forget(name)
        left = self._page.recordings.rows.entries
        if left:
            self._page.recordings.pick(left[min(place, len(left) - 1)].name)
        key = self._actions[ActionKey.PUT_BACK].shortcut().toString()
        self._say(f"{name} lies in the trash" + (f"; {key} puts it back" if key else ""), shown_ms=5000)

    def _bring_back(self, backup: Backup) -> None:
        def work() -> None:
            document = read_document(backup.path, SegmentsDocument, schema_version=SCHEMA_VERSION)
            text = f"Labels until {_when(backup.at)}"
            if not self._labels.editing.exchange(ordered(document.segments), text=text):
                self._say("These are the labels that are there")

        self.change(work)

    def _recording_menu(self, place: QPoint) -> None:
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for key in (ActionKey.CHANGE_PERSON, ActionKey.EARLIER_LABELS, ActionKey.PROPOSE, ActionKey.DISCARD_RECORDING):
            menu.addAction(self._actions[key])
        menu.popup(place)

    # Recovery

    def _tell_what_was_found(self, opened: OpenedLibrary) -> None:
        """One question after the other: two dialogs at once are one too many."""
        notes = [f"{one.name} was not finished. {one.text}" for one in opened.repaired]
        notes += [f"{one.file}: {one.problem}" for one in opened.problems]
        if not notes:
            self._offer_recovery(opened)
            return
        title = "What was found in the library"
        told = show_told(self._page, title=title, text="Please look at these:", lines=_some(notes))
        told.finished.connect(lambda _result: self._offer_recovery(opened))

    def _offer_recovery(self, opened: OpenedLibrary) -> None:
        library, found = opened.library, opened.recoveries
        if not found or library is not self._library.library:
            return
        told = Told(
            self._page,
            title="Labels that were not saved",
            text="Jointlight did not end well the last time. These labels can be brought back:",
            lines=_some([one.text for one in found]),
        )
        told.add_button("Bring them back", icon="check", is_first=True, does=lambda: self._recover(library, found))
        told.add_button("Forget them", icon="trash", does=lambda: self._forget(found))
        told.add_button("Later", icon="clock")
        told.open()

    def _recover(self, library: Library, found: tuple[Recovery, ...]) -> None:
        def work() -> None:
            self.suspend()
            try:
                for one in found:
                    self._library.put(recover(library, one))
            finally:
                self.resume()
            self._say(f"Brought back: the labels of {counted(len(found), 'recording')}")

        self.change(work)

    def _forget(self, found: tuple[Recovery, ...]) -> None:
        def work() -> None:
            for one in found:
                forget(one.entry.folder)

        self.change(work)

    # What comes from outside

    def _show_message(self, message: Message | None) -> None:
        self._message = message
        self._page.show_message(self._working or self._message)

    def _say(self, text: str, *, shown_ms: int = 2600) -> None:
        self.said.emit(text, shown_ms)

    def _say_long(self, text: str) -> None:
        self._say(text, shown_ms=5000)

    def _on_wanted(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._show_list()

    def _on_picked(self, entry: Entry) -> None:
        self._open(entry)

    def _on_opening(self) -> None:
        self._labels.open(None)
        problem = self._labels.autosave.finish()
        self._labels.autosave.forget()
        if problem:
            self._say(f"{problem} The labels are offered when this library is opened again.", shown_ms=8000)
        self._discarded.clear()
        self._suspended = None
        self._show_message(OPENING)

    def _on_opened(self, opened: OpenedLibrary) -> None:
        if opened.library.why_read_only:
            self._say(f"This library can only be read. {opened.library.why_read_only}", shown_ms=8000)
        if self._library.entries:
            self.open_recording(self._library.entries[0].name)
        self._tell_what_was_found(opened)

    def _on_library_failed(self, error: object) -> None:
        self._show_message(
            Message(
                kind=MessageKind.ERROR,
                title="The library cannot be opened",
                text=error_text(error),
                offers=(ActionKey.OPEN_LIBRARY,),
            )
        )

    def _on_library_refused(self, error: object) -> None:
        title = "This folder cannot be opened"
        show_told(self._page, title=title, text=f"{error_text(error)} The library before is open again.")


def _rows(library: Library | None, counts: Counts) -> list[ActionRow]:
    mirrors = {} if library is None else {one.name: one.in_mirror for one in library.document.actions}
    keys = min(9, len(mirrors))  # what only recordings have comes after these, and has none
    return [
        ActionRow(
            name=name,
            slot=place % COLOURS,
            digit=str(place + 1) if place < keys else "",
            count=count,
            persons=counts.persons_of_action.get(name, 0),
            in_mirror=mirrors.get(name, ""),
        )
        for place, (name, count) in enumerate(counts.by_action)
    ]


def _some(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    return lines if more <= 0 else [*lines[:MOST_LINES], f"… and {more} more"]


def _backup_text(backup: Backup) -> str:
    try:
        document = read_document(backup.path, SegmentsDocument, schema_version=SCHEMA_VERSION)
    except DataError:
        return f"{_when(backup.at)}: cannot be read"
    return f"Until {_when(backup.at)}: {counted(len(document.segments), 'segment')}"


def _when(at: datetime) -> str:
    return at.astimezone().strftime("%d %b, %H:%M:%S")
