"""What a recording needs before it begins: a library that can be written, and somebody who is recorded."""

from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QWidget

from app.library_control import LibraryControl
from app.messages import error_text
from app.pages.record import RecordPage
from app.widgets.ask import AskText
from core.library.library import LIBRARY, Library
from core.library.records import why_no_name

Does = Callable[[Library], None]


class RecordingNeeds(QObject):
    """Opens the library and asks for the person where that is needed, and then does what was wished for.

    Signals:
        missing(str): why it is not done.
        met(): it was done later than it was wished for.
    """

    missing = pyqtSignal(str)
    met = pyqtSignal()

    def __init__(self, page: RecordPage, library: LibraryControl) -> None:
        super().__init__(page)
        self._page, self._library = page, library
        self._waiting: Does | None = None
        library.opened.connect(self._on_opened)
        library.failed.connect(self._on_failed)
        library.stayed.connect(self._on_stayed)

    @property
    def person(self) -> str:
        """Who is recorded, as it was typed."""
        return self._page.person.text().strip()

    def then(self, does: Does) -> None:
        """Do something once it is known where to, and who is recorded."""
        self._with_library(lambda library: self._with_person(library, does))

    def _with_library(self, does: Does) -> None:
        library = self._library.library
        if library is not None and not library.why_read_only:
            does(library)
            return
        self._waiting = does
        if library is None:
            self._library.ensure_open()
        elif (library.folder / LIBRARY).is_file():
            self._library.open(library.folder)  # the other program may have let it go meanwhile
        else:
            self._on_opened()

    def _with_person(self, library: Library, does: Does) -> None:
        if not why_no_name(self.person, what="a person"):
            does(library)
            return

        def take(text: str) -> None:
            self._page.set_person(text)
            self._with_library(does)
            self.met.emit()

        window: QWidget = self._page.window() or self._page
        AskText(
            window,
            title="Who is recorded?",
            question="Who is recorded? A test on other persons needs to know it. It is asked once.",
            known=library.document.persons,
            check=lambda text: why_no_name(text, what="a person"),
            answered=take,
        ).open()

    def _on_opened(self) -> None:
        does, self._waiting = self._waiting, None
        library = self._library.library
        if does is None:
            return
        if library is None or library.why_read_only:
            self.missing.emit(f"Nothing can be recorded. {self._library.why_read_only}")
        else:
            does(library)
        self.met.emit()

    def _on_stayed(self, _why: str) -> None:
        """Nothing is opened now, and nothing that was wished for begins by itself later."""
        self._waiting = None

    def _on_failed(self, error: object) -> None:
        does, self._waiting = self._waiting, None
        if does is not None:
            self.missing.emit(f"Nothing can be recorded. {error_text(error)}")
