"""What the label page does with recordings and actions as a whole: search, names, discard, recover."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PyQt6.QtCore import QObject, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QFileDialog, QMenu

from app.actions import ActionKey
from app.bridges.background import Background, Report
from app.label_control import COLOURS, LabelControl
from app.library_control import LibraryControl, OpenedLibrary
from app.messages import Message, MessageKind, error_text
from app.pages.label import LabelPage
from app.shelf import Counts, Wanted
from app.widgets.action_list import ActionRow
from app.widgets.ask import AskText, Told
from core.documents import read_document
from core.errors import DataError, JointlightError
from core.library.backups import Backup, backups_of
from core.library.changes import add_action, drop_action, rename_action, set_person
from core.library.edits import ordered
from core.library.journal import forget
from core.library.labelling import Recovery, recover
from core.library.library import SEGMENTS, Library
from core.library.records import SCHEMA_VERSION, SegmentsDocument, check_name

EMPTY = Message(
    kind=MessageKind.EMPTY,
    title="No recordings yet",
    text="Record takes of your own actions, or import films: in folders named by action they are labelled at once.",
    offers=(ActionKey.SHOW_RECORD, ActionKey.IMPORT, ActionKey.OPEN_LIBRARY),
)
OPENING = Message(kind=MessageKind.PROGRESS, title="Opening the library")


class ShelfControl(QObject):
    """For the GUI thread.

    Signals:
        counted(Counts): the library has other recordings or labels.
    """

    counted = pyqtSignal(object)

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
        self._work = Background("change-library", self)
        self._work.finished.connect(self._on_changed_names)
        self._work.failed.connect(self._on_failed)
        page.wanted.connect(self._on_wanted)
        page.recordings.picked.connect(labels.open)
        page.recordings.menu_asked.connect(self._recording_menu)
        page.actions_list.menu_asked.connect(self._action_menu)
        library.opening.connect(self._on_opening)
        library.opened.connect(self._on_opened)
        library.failed.connect(self._on_library_failed)
        library.changed.connect(self.refresh)
        labels.autosave.saved.connect(library.put)

    def refresh(self) -> None:
        """Show the recordings that are wanted, and count all."""
        entries = self._library.entries
        shown = [entry for entry in entries if self._wanted.has(entry, has_joints=entry.poses.exists())]
        current = self._labels.entry
        self._page.recordings.show_entries(shown, current="" if current is None else current.name)
        library = self._library.library
        counts = Counts.of(entries, () if library is None else library.actions)
        self._page.show_counts(counts, shown=len(shown), total=len(entries))
        self._labels.show_actions(_rows(library, counts))
        self._labels.refresh()
        if library is not None:
            self._page.show_message(EMPTY if not entries else None)
        self.counted.emit(counts)

    def open_recording(self, name: str, *, at_s: float = 0.0) -> bool:
        """Show a recording, whatever is searched for; False where there is none of that name."""
        entry = self._library.entry(name)
        if entry is None:
            return False
        if not self._page.recordings.pick(name):
            self._page.search.clear()
            self._page.filter.setCurrentIndex(0)
            self._page.recordings.pick(name)
        self._labels.open(entry, at_s=at_s)
        return True

    def close(self, timeout_s: float) -> None:
        """Wait so long for the thread."""
        self._work.close(timeout_s)

    # What the keys do

    def ask_action(self) -> None:
        """A new action for the library."""
        self._with_library(
            lambda library: AskText(
                self._page,
                title="New action",
                question="What is the action called?",
                known=library.actions,
                check=lambda text: _no_name(text, what="an action"),
                answered=lambda text: self._change(lambda: self._labels.choose_action(add_action(library, text))),
            ).open()
        )

    def ask_person(self) -> None:
        """Who is in this recording?"""
        entry = self._labels.entry
        if entry is None:
            return self._say("Choose a recording first")
        return self._with_library(
            lambda library: AskText(
                self._page,
                title="Change the person",
                question=f"Who is in {entry.name}?",
                text=entry.recording.person,
                known=library.document.persons,
                check=lambda text: _no_name(text, what="a person"),
                answered=lambda text: self._change(lambda: self._library.put(set_person(library, entry, text))),
            ).open()
        )

    def discard(self) -> None:
        """Put this recording into the trash."""
        entry = self._labels.entry
        if entry is None:
            return self._say("Choose a recording first")

        def work(library: Library) -> None:
            rows = self._page.recordings.rows.entries
            place = next((row for row, one in enumerate(rows) if one.name == entry.name), 0)
            self._labels.open(None)
            self._labels.autosave.finish()
            library.discard(entry.name)
            self._discarded.append(entry.name)
            self._library.forget(entry.name)
            left = self._page.recordings.rows.entries
            if left:
                self._page.recordings.pick(left[min(place, len(left) - 1)].name)
            key = self._actions[ActionKey.PUT_BACK].shortcut().toString()
            self._say(f"{entry.name} lies in the trash; {key} puts it back", shown_ms=5000)

        return self._with_library(lambda library: self._change(lambda: work(library)))

    def put_back(self) -> None:
        """Take the last discarded recording out of the trash."""
        if not self._discarded:
            return self._say("Nothing was discarded since the window was opened")

        def work(library: Library) -> None:
            entry = library.put_back(self._discarded[-1])
            self._discarded.pop()
            self._library.put(entry)
            self.open_recording(entry.name)
            self._say(f"{entry.name} is back")

        return self._with_library(lambda library: self._change(lambda: work(library)))

    def choose_library(self) -> None:
        """Another folder."""
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
            return self._say("There is no earlier version of these labels yet")
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for backup in found:
            action = menu.addAction(_backup_text(backup))
            if action is not None:
                action.triggered.connect(lambda _checked, one=backup: self._bring_back(one))
        return menu.popup(self._page.mapToGlobal(self._page.rect().center()))

    # Menus

    def _recording_menu(self, place: QPoint) -> None:
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for key in (ActionKey.CHANGE_PERSON, ActionKey.EARLIER_LABELS, ActionKey.PROPOSE, ActionKey.DISCARD_RECORDING):
            menu.addAction(self._actions[key])
        menu.popup(place)

    def _action_menu(self, name: str, place: QPoint) -> None:
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, does in (
            ("Rename…", lambda: self._ask_new_name(name)),
            (
                "Remove from the list",
                lambda: self._with_library(lambda it: self._change(lambda: drop_action(it, name))),
            ),
            ("Earlier key", lambda: self._move_action(name, -1)),
            ("Later key", lambda: self._move_action(name, 1)),
        ):
            action = menu.addAction(text)
            if action is not None:
                action.triggered.connect(lambda _checked, does=does: does())
        menu.popup(place)

    def _ask_new_name(self, name: str) -> None:
        self._with_library(
            lambda library: AskText(
                self._page,
                title="Rename an action",
                question=f"What shall '{name}' be called, in all recordings? The name of another action joins the two.",
                text=name,
                known=library.actions,
                check=lambda text: _no_name(text, what="an action"),
                answered=lambda text: self._rename(library, name, text),
            ).open()
        )

    def _rename(self, library: Library, old: str, new: str) -> None:
        """In a thread, since it may concern thousands of recordings; the one that is open is opened anew."""
        if new == old:
            return
        self._labels.open(None)
        self._labels.autosave.finish()

        def work(report: Report) -> str:
            report("Renaming")
            return f"'{new}' now, in {rename_action(library, old, new)} recordings"

        self._work.run(work)

    def _move_action(self, name: str, by: int) -> None:
        """Another place in the list, and so another key."""

        def work(library: Library) -> None:
            rows = list(library.document.actions)
            place = next(place for place, one in enumerate(rows) if one.name == name)
            rows.insert(min(max(0, place + by), len(rows) - 1), rows.pop(place))
            library.set_actions(tuple(rows))

        self._with_library(lambda library: self._change(lambda: work(library)))

    def _bring_back(self, backup: Backup) -> None:
        def work() -> None:
            document = read_document(backup.path, SegmentsDocument, schema_version=SCHEMA_VERSION)
            self._labels.bring_back(ordered(document.segments), f"Labels of {backup.at:%d %b, %H:%M}")

        self._change(work)

    # Recovery

    def _offer_recovery(self, library: Library, found: tuple[Recovery, ...]) -> None:
        told = Told(
            self._page,
            title="Labels that were not saved",
            text="Jointlight did not end well the last time. These labels can be brought back:",
            lines=[one.text for one in found],
        )
        told.add_button("Bring them back", icon="check", is_first=True, does=lambda: self._recover(library, found))
        told.add_button("Forget them", icon="trash", does=lambda: self._forget(found))
        told.add_button("Later", icon="clock")
        told.open()

    def _recover(self, library: Library, found: tuple[Recovery, ...]) -> None:
        def work() -> None:
            for one in found:
                self._library.put(recover(library, one))
            self._say(f"Brought back: the labels of {len(found)} recording(s)")
            self._reopen()

        self._change(work)

    def _forget(self, found: tuple[Recovery, ...]) -> None:
        def work() -> None:
            for one in found:
                forget(one.entry.folder)

        self._change(work)

    def _reopen(self) -> None:
        """The recording that is open, with what has come into its files."""
        entry = self._labels.entry
        if entry is not None:
            self._labels.open(self._library.entry(entry.name))

    # Inside

    def _with_library(self, does: Callable[[Library], object]) -> None:
        """Do something to a library that can be written; say why where it cannot."""
        library = self._library.library
        if library is None or library.why_read_only:
            self._say(self._library.why_read_only, shown_ms=5000)
        else:
            does(library)

    def _change(self, does: Callable[[], object]) -> None:
        """Change something; what keeps it from being done is said."""
        try:
            does()
        except JointlightError as error:
            self._say(str(error), shown_ms=6000)
        self.refresh()

    def _say(self, text: str, *, shown_ms: int = 2600) -> None:
        self._page.toast.say(text, shown_ms=shown_ms)

    def _on_wanted(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self.refresh()

    def _on_opening(self) -> None:
        self._labels.open(None)
        self._discarded.clear()
        self._page.show_message(OPENING)

    def _on_opened(self, opened: OpenedLibrary) -> None:
        self._page.show_message(None)
        notes = [f"{one.name} was not finished. {one.text}" for one in opened.repaired]
        notes += [f"{one.file}: {one.problem}" for one in opened.problems]
        if opened.library.why_read_only:
            self._say(f"This library can only be read. {opened.library.why_read_only}", shown_ms=8000)
        if notes:
            told = Told(self._page, title="What was found in the library", text="Please look at these:", lines=notes)
            told.add_button("Close", icon="check", is_first=True)
            told.open()
        if opened.recoveries:
            self._offer_recovery(opened.library, opened.recoveries)
        if opened.entries:
            self.open_recording(self._library.entries[0].name)

    def _on_library_failed(self, error: object) -> None:
        self._page.show_message(
            Message(
                kind=MessageKind.ERROR,
                title="The library cannot be opened",
                text=error_text(error),
                offers=(ActionKey.OPEN_LIBRARY,),
            )
        )

    def _on_changed_names(self, text: object) -> None:
        self._library.look_again()
        self._say(str(text), shown_ms=4000)

    def _on_failed(self, error: object) -> None:
        self._library.look_again()
        self._say(error_text(error), shown_ms=8000)


def _rows(library: Library | None, counts: Counts) -> list[ActionRow]:
    mirrors = {} if library is None else {one.name: one.in_mirror for one in library.document.actions}
    return [
        ActionRow(
            name=name,
            slot=place % COLOURS,
            digit=str(place + 1) if place < 9 else "",
            count=count,
            persons=counts.persons_of_action.get(name, 0),
            in_mirror=mirrors.get(name, ""),
        )
        for place, (name, count) in enumerate(counts.by_action)
    ]


def _no_name(text: str, *, what: str) -> str:
    """What is wrong with a name; "" for nothing."""
    try:
        check_name(text, what=what)
    except DataError as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}"
    return ""


def _backup_text(backup: Backup) -> str:
    try:
        document = read_document(backup.path, SegmentsDocument, schema_version=SCHEMA_VERSION)
    except DataError:
        return f"{_when(backup.at)}: cannot be read"
    return f"Until {_when(backup.at)}: {len(document.segments)} segments"


def _when(at: datetime) -> str:
    return at.astimezone().strftime("%d %b, %H:%M:%S")
