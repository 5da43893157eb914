"""Names of actions and persons, as the label page changes them."""

from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QObject, QPoint, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMenu

from app.bridges.tasks import Tasks
from app.label.label_control import LabelControl
from app.label.shelf import counted
from app.label.shelf_control import ShelfControl
from app.library_control import LibraryControl
from app.messages import Message, MessageKind, error_text
from app.pages.label import LabelPage
from app.widgets.ask import AskText
from core.errors import DataError
from core.library.changes import add_action, drop_action, rename_action, set_person
from core.library.library import Library
from core.library.records import LibraryDocument, check_name


class NamesControl(QObject):
    """For the GUI thread. What concerns all recordings is done in a thread of its own, with none of them open."""

    def __init__(self, page: LabelPage, library: LibraryControl, labels: LabelControl, shelf: ShelfControl) -> None:
        super().__init__(page)
        self._page, self._library, self._labels, self._shelf = page, library, labels, shelf
        self._tasks = Tasks("change-names", self)
        self._tasks.done.connect(self._on_done)
        self._tasks.failed.connect(self._on_failed)
        page.actions_list.menu_asked.connect(self.show_menu)

    def close(self, timeout_s: float) -> None:
        """Wait so long for the thread."""
        self._tasks.close(timeout_s)

    def ask_action(self) -> None:
        """A new action for the library."""
        library = self._library.writable(self._say)
        if library is None:
            return
        AskText(
            self._page,
            title="New action",
            question="What is the action called?",
            known=library.actions,
            check=lambda text: _no_name(text, what="an action"),
            answered=lambda text: self._shelf.change(lambda: self._labels.choose_action(add_action(library, text))),
        ).open()

    def ask_person(self) -> None:
        """Who is in this recording?"""
        entry, library = self._labels.entry, self._library.writable(self._say)
        if library is None:
            return
        if entry is None:
            self._say("Choose a recording first")
            return
        name = entry.name
        AskText(
            self._page,
            title="Change the person",
            question=f"Who is in {name}?",
            text=entry.recording.person,
            known=library.document.persons,
            check=lambda text: _no_name(text, what="a person"),
            answered=lambda text: self._shelf.change(lambda: self._set_person(library, name, text)),
        ).open()

    def show_menu(self, action: str, place: QPoint) -> None:
        """What can be done to an action of the list."""
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, does in (
            ("Rename…", lambda: self._ask_new_name(action)),
            ("Remove from the list", lambda: self._drop(action)),
            ("Earlier key", lambda: self._move(action, -1)),
            ("Later key", lambda: self._move(action, 1)),
        ):
            row = menu.addAction(text)
            if row is not None:
                _connect(row, does)
        menu.popup(place)

    def _set_person(self, library: Library, name: str, person: str) -> None:
        entry = set_person(library, library.entry(name), person)
        self._labels.describe(entry)
        self._library.put(entry)

    def _ask_new_name(self, action: str) -> None:
        library = self._library.writable(self._say)
        if library is None:
            return
        AskText(
            self._page,
            title="Rename an action",
            question=f"What shall '{action}' be called, in all recordings? The name of another action joins the two.",
            text=action,
            known=library.actions,
            check=lambda text: _no_name(text, what="an action"),
            answered=lambda text: self._rename(library, action, text),
        ).open()

    def _rename(self, library: Library, old: str, new: str) -> None:
        def work() -> str:
            return f"'{new}' now, in {counted(rename_action(library, old, new), 'recording')}"

        if new != old:
            self._in_all_recordings("Renaming", work)

    def _drop(self, action: str) -> None:
        library = self._library.writable(self._say)
        if library is None:
            return

        def work() -> str:
            drop_action(library, action)
            return f"'{action}' is not in the list any more"

        self._in_all_recordings("Looking at every recording", work)

    def _move(self, action: str, by: int) -> None:
        """Another place in the list, and so another key."""
        library = self._library.writable(self._say)
        if library is None:
            return

        def moved(document: LibraryDocument) -> LibraryDocument:
            rows = list(document.actions)
            place = next((place for place, one in enumerate(rows) if one.name == action), None)
            if place is not None:  # a segment may have an action that is not in the list
                rows.insert(min(max(0, place + by), len(rows) - 1), rows.pop(place))
            return replace(document, actions=tuple(rows))

        self._shelf.change(lambda: library.change(moved))

    def _in_all_recordings(self, title: str, work: Callable[[], str]) -> None:
        if self._tasks.is_busy:
            self._say("Another change is under way")
            return

        def begin() -> None:
            self._shelf.suspend()
            self._shelf.show_working(Message(kind=MessageKind.PROGRESS, title=title))
            self._tasks.add(work)

        self._shelf.change(begin)

    def _end(self) -> None:
        self._shelf.show_working(None)
        self._shelf.resume()
        self._library.look_again()

    def _on_done(self, text: object) -> None:
        self._end()
        self._say(str(text))

    def _on_failed(self, error: object) -> None:
        self._end()
        self._say(error_text(error))

    def _say(self, text: str) -> None:
        self._page.toast.say(text, shown_ms=6000)


def _connect(row: QAction, does: Callable[[], object]) -> None:
    row.triggered.connect(lambda _checked: does())


def _no_name(text: str, *, what: str) -> str:
    """What is wrong with a name; "" for nothing."""
    try:
        check_name(text, what=what)
    except DataError as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}"
    return ""
