"""The library that the window works on: opened once, shared by the pages, its recordings kept as a list in memory."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from PyQt6.QtCore import QObject, pyqtSignal

from app.bridges.background import Background, Report
from app.bridges.tasks import Tasks
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
            entries, problems = library.entries()
            repaired = () if library.why_read_only else tuple(repair_all(library, entries))
            if repaired:
                entries, problems = library.entries()
            found = () if library.why_read_only else tuple(recoveries(entries))
        except BaseException:
            library.close()
            raise
        return cls(
            library=library, entries=tuple(entries), problems=tuple(problems), repaired=repaired, recoveries=found
        )


class LibraryControl(QObject):
    """Holds at most one library. For the GUI thread.

    Signals:
        opening(): another library is about to be opened; the one before is still there, and closed next.
        opened(OpenedLibrary): it is there.
        failed(object): why it could not be opened.
        refused(object): why not, where the one before is opened again.
        stayed(str): why the one that is open cannot be left for another one now.
        changed(): its recordings, actions or persons are others.
    """

    opening = pyqtSignal()
    opened = pyqtSignal(object)
    failed = pyqtSignal(object)
    refused = pyqtSignal(object)
    stayed = pyqtSignal(str)
    changed = pyqtSignal()

    def __init__(self, settings: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._library: Library | None = None
        self._entries: dict[str, Entry] = {}
        self._is_opening = self._is_wished = False
        self._before: Path | None = None  # to go back to
        self._since: dict[str, Entry | None] = {}  # what came and went while all is read anew
        self.why_stay: Callable[[], str] = lambda: ""  # what keeps it from being left; "": nothing does
        self.writers: list[Tasks] = []  # they write to it, and may still do so when the window has gone
        self._work, self._read = Background("open-library", self), Background("read-library", self)
        self._work.finished.connect(self._on_opened)
        self._work.failed.connect(self._on_failed)
        self._read.finished.connect(self._on_read)

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

    def writable(self, say: Callable[[str], object]) -> Library | None:
        """The library, to change something in it; None where nothing can be changed, and why is said."""
        if self._library is not None and not self._library.why_read_only:
            return self._library
        say(self.why_read_only)
        return None

    def entry(self, name: str) -> Entry | None:
        """A recording by its name."""
        return self._entries.get(name)

    def ensure_open(self) -> None:
        """Open the library of last time, where none is open; the user's own is made where there is none."""
        if self._library is None and not self._is_opening:
            self._open(self.folder, create=not self._settings.now.library)

    def can_leave(self) -> bool:
        """Whether another one can be opened now; where it cannot, why is said."""
        why = self.why_stay()
        if why:
            self.stayed.emit(why)
        return not why

    def open(self, folder: Path) -> None:
        """Open another one, if this one can be left; an empty folder becomes a library.

        Where that fails the one before comes back.
        """
        if not self.can_leave():
            return
        self._before = self._library.folder if self._library is not None else None
        self._open(folder, create=True, is_wished=True)

    def look_again(self) -> None:
        """Read all recordings anew, as after an import; `changed` follows."""
        library = self._library
        if library is not None:
            self._since = {}
            self._read.run(lambda _report: (library, library.entries()[0]))

    def put(self, entry: Entry) -> None:
        """A recording is new, or other than it was."""
        self._entries[entry.name] = self._since[entry.name] = entry
        self.changed.emit()

    def forget(self, name: str) -> None:
        """A recording is no more."""
        self._since[name] = None
        if self._entries.pop(name, None) is not None:
            self.changed.emit()

    def close(self, timeout_s: float) -> None:
        """Let the library go, so that another window can write to it: once its writers, closed before, have ended."""
        started_s = time.monotonic()
        self._work.close(timeout_s)
        self._read.close(max(0.0, timeout_s - (time.monotonic() - started_s)))
        late, library = [one for one in self.writers if not one.is_over], self._library
        if late and library is not None:
            self._library = None
            threading.Thread(target=_let_go_after, args=(library, late), name="let-library-go").start()
        self._let_go()

    def _open(self, folder: Path, *, create: bool, is_wished: bool = False) -> None:
        self.opening.emit()
        self._let_go()
        self._is_opening, self._is_wished = True, is_wished

        def work(report: Report) -> OpenedLibrary:
            report("Opening the library")
            opened = OpenedLibrary.at(folder, create=create)
            try:
                report("Opening the library")
            except BaseException:  # nobody waits for it any more
                opened.library.close()
                raise
            return opened

        self._work.run(work)

    def _let_go(self) -> None:
        library, self._library, self._entries = self._library, None, {}
        self._is_opening = False
        self._read.cancel()
        if library is not None:
            library.close()

    def _on_opened(self, opened: object) -> None:
        assert isinstance(opened, OpenedLibrary)
        self._is_opening, self._before = False, None
        self._library = opened.library
        if self._is_wished:
            self._settings.remember(library=str(opened.library.folder))
        self._entries = {entry.name: entry for entry in opened.entries}
        self.changed.emit()
        self.opened.emit(opened)

    def _on_failed(self, error: object) -> None:
        self._is_opening = False
        if not isinstance(error, JointlightError):
            log.error("the library could not be opened: %s", error)
        before, self._before = self._before, None
        if before is None:
            self.failed.emit(error)
        else:
            self._open(before, create=False)
            self.refused.emit(error)

    def _on_read(self, found: object) -> None:
        library, entries = cast("tuple[Library, list[Entry]]", found)  # a signal carries any object
        if library is self._library:
            self._entries = {entry.name: entry for entry in entries}
            for name, entry in self._since.items():
                if entry is None:
                    self._entries.pop(name, None)
                else:
                    self._entries[name] = entry
            self.changed.emit()


def _let_go_after(library: Library, writers: list[Tasks]) -> None:
    for one in writers:
        one.wait()
    library.close()
