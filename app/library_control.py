"""The library that the window works on: opened once, shared by the pages, its recordings kept as a list in memory."""

import logging
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from app.bridges.background import Background, Report
from app.settings import SettingsStore
from core.errors import JointlightError
from core.library.labelling import Recovery, recoveries
from core.library.library import Entry, Library, Problem
from core.library.repair import Repaired, repair_all
from core.paths import own_library_dir

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenedLibrary:
    """A library with all that was found when it was opened."""

    library: Library
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]  # recordings that cannot be read
    repaired: tuple[Repaired, ...]
    recoveries: tuple[Recovery, ...]  # labels that were not saved

    @classmethod
    def at(cls, folder: Path, *, create: bool) -> "OpenedLibrary":
        """Open a folder: put in order what a crash left, and look for what it would bring back.

        Raises JointlightError where it is no library and cannot become one.
        """
        library = Library.opened(folder, create=create)
        try:
            repaired = () if library.why_read_only else tuple(repair_all(library))
            found = () if library.why_read_only else tuple(recoveries(library))
            entries, problems = library.entries()
        except BaseException:
            library.close()
            raise
        return cls(
            library=library, entries=tuple(entries), problems=tuple(problems), repaired=repaired, recoveries=found
        )


class LibraryControl(QObject):
    """Holds at most one library. For the GUI thread.

    Signals:
        opening(): a library is being opened; what was there before is closed.
        opened(OpenedLibrary): it is there.
        failed(object): why it could not be opened.
        changed(): its recordings, actions or persons are others.
    """

    opening = pyqtSignal()
    opened = pyqtSignal(object)
    failed = pyqtSignal(object)
    changed = pyqtSignal()

    def __init__(self, settings: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._library: Library | None = None
        self._entries: dict[str, Entry] = {}
        self._is_opening = False
        self._work = Background("open-library", self)
        self._work.finished.connect(self._on_opened)
        self._work.failed.connect(self._on_failed)

    @property
    def library(self) -> Library | None:
        """What is open."""
        return self._library

    @property
    def entries(self) -> list[Entry]:
        """Its recordings, the newest first."""
        return sorted(self._entries.values(), key=lambda entry: entry.name, reverse=True)

    @property
    def folder(self) -> Path:
        """Where it is, or would be."""
        if self._library is not None:
            return self._library.folder
        return Path(self._settings.now.library) if self._settings.now.library else own_library_dir()

    @property
    def why_read_only(self) -> str:
        """Why nothing can be changed; "" where it can."""
        return "No library is open." if self._library is None else self._library.why_read_only

    def entry(self, name: str) -> Entry | None:
        """A recording by its name."""
        return self._entries.get(name)

    def ensure_open(self) -> None:
        """Open the library of last time, where none is open; the user's own is made where there is none."""
        if self._library is None and not self._is_opening:
            self._open(self.folder, create=not self._settings.now.library)

    def open(self, folder: Path) -> None:
        """Open another one; an empty folder becomes a library."""
        self._settings.remember(library=str(folder))
        self._open(folder, create=True)

    def look_again(self) -> None:
        """Read all recordings anew, as after an import."""
        if self._library is not None:
            self.set_entries(self._library.entries()[0])

    def set_entries(self, entries: list[Entry] | tuple[Entry, ...]) -> None:
        """Know these recordings."""
        self._entries = {entry.name: entry for entry in entries}
        self.changed.emit()

    def put(self, entry: Entry) -> None:
        """A recording is new, or other than it was."""
        self._entries[entry.name] = entry
        self.changed.emit()

    def forget(self, name: str) -> None:
        """A recording is no more."""
        if self._entries.pop(name, None) is not None:
            self.changed.emit()

    def close(self, timeout_s: float) -> None:
        """Let the library go, so that another window can write to it."""
        self._work.close(timeout_s)
        self._let_go()

    def _open(self, folder: Path, *, create: bool) -> None:
        self._let_go()
        self._is_opening = True
        self.opening.emit()

        def work(report: Report) -> OpenedLibrary:
            report("Opening the library")
            return OpenedLibrary.at(folder, create=create)

        self._work.run(work)

    def _let_go(self) -> None:
        library, self._library, self._entries = self._library, None, {}
        self._is_opening = False
        if library is not None:
            library.close()

    def _on_opened(self, opened: object) -> None:
        assert isinstance(opened, OpenedLibrary)
        self._is_opening = False
        self._library = opened.library
        self._entries = {entry.name: entry for entry in opened.entries}
        self.opened.emit(opened)
        self.changed.emit()

    def _on_failed(self, error: object) -> None:
        self._is_opening = False
        if not isinstance(error, JointlightError):
            log.error("the library could not be opened: %s", error)
        self.failed.emit(error)
