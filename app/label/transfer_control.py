"""What goes into a library and out of it: import, export, and the check of all that is there, each in a thread."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QMenu, QWidget

from app.bridges.background import Background, Report
from app.label.shelf import counted
from app.library_control import LibraryControl
from app.messages import error_text
from app.settings import SettingsStore
from app.widgets.ask import AskText, show_told
from core.datasets.import_finds import find_all
from core.datasets.into_library import ImportReport, import_all
from core.datasets.library_export import Form
from core.errors import JointlightError
from core.explain.exporting import Exported, export_library
from core.library.check import problems_of
from core.library.library import Library, Problem
from core.library.records import why_no_name

FILMS = "Films and joints (*.mp4 *.mkv *.avi *.mov *.webm *.m4v *.mpg *.mpeg *.wmv *.npz *.skeleton);;All files (*)"

FORMS = {
    Form.MP4: "Videos with joints and labels…",
    Form.NPZ: "Clips for training elsewhere (NPZ)…",
    Form.SKELETON: "Clips as NTU's .skeleton files…",
    Form.CSV: "Segments as a table (CSV)…",
}


STOPPED = "Stopped. What was finished is there; the same import goes on with the rest."
BUSY = "Something is being imported, exported or checked already: wait for it, or stop it"
CHANGING = "A change in all recordings is under way: wait for it"


class _Stopped(JointlightError):  # noqa: N818  # it is no error
    """Raised inside the work when the user has stopped it."""


class TransferControl(QObject):
    """One piece of work at a time. For the GUI thread.

    Signals:
        working(str, object): what is being done, and the fraction 0..1 or None; "" once it has ended.
        imported(): the library has other recordings.
        said(str): a sentence about what came of it.
    """

    working = pyqtSignal(str, object)
    imported = pyqtSignal()
    said = pyqtSignal(str)

    def __init__(
        self,
        window: QWidget,
        library: LibraryControl,
        settings: SettingsStore,
        *,
        pose_model: Callable[[Report], Path],
        save: Callable[[], str],
        is_changing: Callable[[], bool],
    ) -> None:
        """`save` writes labels that are being edited, and says why it cannot.

        `is_changing` says whether all recordings are being changed otherwise.
        """
        super().__init__(window)
        self._save, self._is_changing = save, is_changing
        self._window, self._library, self._settings, self._pose_model = window, library, settings, pose_model
        self._stopping = threading.Event()
        self._work = Background("transfer", self)
        self._work.progressed.connect(self._on_progress)
        self._work.finished.connect(self._on_finished)
        self._work.failed.connect(self._on_failed)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._work.is_busy

    def cancel(self) -> None:
        """Stop; what was finished stays. It ends once what is under way has been put in order."""
        if self._work.is_busy:
            self._stopping.set()
            self.working.emit("Stopping", None)

    def close(self, timeout_s: float) -> None:
        """Stop, and wait so long for the thread."""
        self._work.close(timeout_s)

    # Import

    def ask_what_to_import(self) -> None:
        """Files, or a folder?"""
        if not self._can_begin(writes=True):
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        files, folder = menu.addAction("Films and joints…"), menu.addAction("A folder, or a data set…")
        if files is not None and folder is not None:
            files.triggered.connect(lambda: self._choose(QFileDialog.FileMode.ExistingFiles))
            folder.triggered.connect(lambda: self._choose(QFileDialog.FileMode.Directory))
        menu.popup(self._window.mapToGlobal(self._window.rect().center()))

    def ask_person(self, sources: list[Path]) -> None:
        """Who is in films that do not say it? Then import."""
        if not sources or not self._can_begin(writes=True):
            return
        library = self._library.library
        AskText(
            self._window,
            title="Import",
            question="Who is in films whose names do not say it? (ANNA_*.mp4 and data sets do.)",
            text=self._settings.now.person or "somebody",
            known=library.document.persons if library is not None else (),
            check=lambda text: why_no_name(text, what="a person"),
            answered=lambda person: self.begin_import(sources, person),
        ).open()

    def begin_import(self, sources: list[Path], person: str) -> None:
        """Take films and data sets into the library."""
        library = self._library.library
        if library is None or not self._can_begin(writes=True):
            return
        pose_model = self._pose_model

        self._run("Looking at what there is", lambda tell: import_sources(library, sources, person, pose_model, tell))

    def _choose(self, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self._window, "Import", "", FILMS if mode is not QFileDialog.FileMode.Directory else "")
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.ask_person([Path(name) for name in names]))
        dialog.open()

    # Export

    def ask_what_to_export(self) -> None:
        """In which form?"""
        if self._library.library is None:
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for form, text in FORMS.items():
            action = menu.addAction(text)
            if action is not None:
                action.triggered.connect(lambda _checked, form=form: self._choose_target(form))
        menu.popup(self._window.mapToGlobal(self._window.rect().center()))

    def begin_export(self, form: Form, target: Path) -> None:
        """Write the library in a form that other programs read."""
        library = self._library.library
        if library is None or not self._can_begin() or not self._is_saved():
            return

        def work(tell: Report) -> Exported:
            return export_library(
                library, target, form, progress=lambda done, total: tell("Writing", done / max(1, total))
            )

        self._run("Writing", work)

    def _choose_target(self, form: Form) -> None:
        suffix = {Form.CSV: "CSV (*.csv)", Form.NPZ: "NumPy (*.npz)"}.get(form, "")
        dialog = QFileDialog(self._window, "Export", "", suffix)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if suffix:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix(form.value)
        else:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda name: self.begin_export(form, Path(name)))
        dialog.open()

    # Check

    def check(self) -> None:
        """Look for everything that does not fit."""
        library = self._library.library
        if library is not None and self._can_begin() and self._is_saved():
            self._run("Looking at every recording", lambda tell: _problems(library, tell))

    # What came of it

    def _can_begin(self, *, writes: bool = False) -> bool:
        """Says so where it cannot."""
        if self._work.is_busy:
            self.said.emit(BUSY)
        elif self._is_changing():
            self.said.emit(CHANGING)
        elif writes and self._library.why_read_only:
            self.said.emit(f"Nothing can be imported. {self._library.why_read_only}")
        else:
            return True
        return False

    def _is_saved(self) -> bool:
        """What is read from the library includes the last edit; says so where it does not."""
        problem = self._save()
        if problem:
            self.said.emit(f"The newest labels are not saved. {problem}")
        return not problem

    def _run(self, title: str, work: Callable[[Report], object]) -> None:
        self._stopping = stopping = threading.Event()

        def stoppable(report: Report) -> object:
            def tell(text: str, fraction: float | None = None) -> None:
                if stopping.is_set():
                    raise _Stopped(STOPPED)
                report(text, fraction)

            return work(tell)

        self._work.run(stoppable)
        self.working.emit(title, None)

    def _on_progress(self, text: str, fraction: float | None) -> None:
        if not self._stopping.is_set():
            self.working.emit(text, fraction)

    def _on_finished(self, outcome: object) -> None:
        self.working.emit("", None)
        if isinstance(outcome, ImportReport):
            self.imported.emit()
            self._tell_import(outcome)
        elif isinstance(outcome, Exported):
            self._tell(f"{outcome.count} {outcome.what} written.", outcome.notes, title="Export")
        elif isinstance(outcome, list):
            self._tell_problems(outcome)

    def _on_failed(self, error: object) -> None:
        self.working.emit("", None)
        self.imported.emit()  # what was finished before is there
        if isinstance(error, _Stopped):
            self.said.emit(STOPPED)
            return
        show_told(self._window, title="This did not work", text=error_text(error))

    def _tell_import(self, report: ImportReport) -> None:
        left_out = len(report.refused) + len(report.already)
        text = f"{counted(len(report.imported), 'recording')} imported, {left_out} left out."
        self._tell(text, (*report.refused, *report.already, *report.notes), title="Import")

    def _tell_problems(self, problems: list[Problem]) -> None:
        if not problems:
            self.said.emit("All recordings are in order")
            return
        lines = [f"{one.file}: {one.field + ': ' if one.field else ''}{one.problem}" for one in problems]
        self._tell(f"{counted(len(problems), 'problem')}:", lines, title="Check")

    def _tell(self, text: str, lines: Sequence[str], *, title: str) -> None:
        """What came of it: a note, or a list where there is more to be said."""
        if not lines:
            self.said.emit(text)
            return
        show_told(self._window, title=title, text=text, lines=lines)


def import_sources(
    library: Library, sources: list[Path], person: str, pose_model: Callable[[Report], Path], tell: Report
) -> ImportReport:
    """Find everything in the sources and take it in. Raises JointlightError, and what `tell` raises."""
    finds = []
    for source in sources:
        tell(f"Reading {source.name}")
        finds += find_all(
            source,
            person=person,
            progress=lambda done, total: tell("Reading", done / total if total else None),
        )
    films = sum(find.sample is None for find in finds)
    model = pose_model(tell) if films else Path()
    return import_all(
        library,
        finds,
        pose_model=model,
        copied=lambda done, total: tell("Copying", done / max(1, total)),
        progress=lambda done, total: tell(
            f"Looking for persons in {counted(films, 'film')}", done / total if total else None
        ),
    )


def _problems(library: Library, tell: Report) -> list[Problem]:
    found = []
    for problem in problems_of(library):
        found.append(problem)
        tell(f"{counted(len(found), 'problem')} so far", None)
    return found
