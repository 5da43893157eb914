"""A model as one file: out of the window as a ZIP or ONNX file, and into it from a ZIP file."""

from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QWidget

from app.bridges.background import Background
from app.messages import error_text
from app.widgets.ask import AskText
from core.documents import check_target
from core.library.names import as_part
from core.paths import own_models_dir

ZIP, ONNX = ".zip", ".onnx"
FILTERS = {"For another Jointlight (*.zip)": ZIP, "For other programs, as ONNX (*.onnx)": ONNX}
ANY_MODEL = "Models of Jointlight (*.zip);;All files (*)"
LONGEST_NAME = 100  # bytes
BUSY = "A model is being written or read already: wait for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a ZIP file holds, and the names that are taken."""

    file: Path
    name: str
    taken: frozenset[str]  # in lower case


@dataclass(frozen=True, slots=True, kw_only=True)
class _Came:
    """A model that has come in."""

    name: str
    actions: int


class ModelTransfer(QObject):
    """One piece of work at a time. For the GUI thread.

    Signals:
        said(str): what is done, or what came of it.
        came(str): the model of that name can be chosen now.
    """

    said = pyqtSignal(str)
    came = pyqtSignal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._work = Background("transfer-model", self)
        self._work.finished.connect(self._on_finished)
        self._work.failed.connect(lambda error: self.said.emit(error_text(error)))

    def ask_where_to(self, model: Path | None) -> None:
        """Choose a file, and write a model to it."""
        if model is None:
            self.said.emit("There is no model to save yet: train one first")
            return
        dialog = QFileDialog(self._window, "Save the model as", str(Path.home() / f"{model.name}{ZIP}"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(FILTERS))
        dialog.setDefaultSuffix(ZIP)
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(FILTERS.get(chosen, ZIP)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.save(model, Path(name)))
        dialog.open()

    def save(self, model: Path, file: Path) -> None:
        """Write a model to a .zip or .onnx file."""
        if self._can_begin("Writing the model …"):
            self._work.run(lambda _report: _written(model, file))

    def ask_what(self) -> None:
        """Choose a file with a model, and take it in."""
        dialog = QFileDialog(self._window, "Open a model", "", ANY_MODEL)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.open(Path(name)))
        dialog.open()

    def open(self, file: Path) -> None:
        """Take a model out of a ZIP file, into the user's own models."""
        if self._can_begin("Reading the model …"):
            self._work.run(lambda _report: _look_into(file))

    def close(self, timeout_s: float) -> None:
        """Wait so long for the thread."""
        self._work.close(timeout_s)

    def _can_begin(self, what: str) -> bool:
        """Says what is done, or why it is not: nobody would hear of what came of the work before."""
        self.said.emit(BUSY if self._work.is_busy else what)
        return not self._work.is_busy

    def _take_in(self, file: Path, name: str) -> None:
        if self._can_begin("Reading the model …"):
            self._work.run(lambda _report: _taken_in(file, name))

    def _ask_name(self, found: _Found) -> None:
        AskText(
            self._window,
            title="Open a model",
            question=f"There is a model '{found.name}' already. What shall this one be called?",
            text=free_name(found.name, found.taken),
            check=lambda text: why_no_model_name(text, found.taken),
            answered=lambda text: self._take_in(found.file, text),
        ).open()

    def _on_finished(self, outcome: object) -> None:
        if isinstance(outcome, str):
            self.said.emit(outcome)
        elif isinstance(outcome, _Came):
            self.said.emit(f"The model '{outcome.name}' can be chosen now. It knows {outcome.actions} actions.")
            self.came.emit(outcome.name)
        elif isinstance(outcome, _Found) and outcome.name.casefold() in outcome.taken:
            self._ask_name(outcome)
        elif isinstance(outcome, _Found):
            self._take_in(outcome.file, outcome.name)


def free_name(name: str, taken: frozenset[str]) -> str:
    """The name with the first number that is free."""
    return next(found for number in range(2, 10**6) if (found := f"{name}-{number}").casefold() not in taken)


def why_no_model_name(text: str, taken: frozenset[str]) -> str:
    """Why a model cannot be called so; "" where it can."""
    if not text:
        return "A model needs a name."
    if text.casefold() in taken:
        return f"There is a model '{text}' already."
    plain = as_part(text, most_bytes=LONGEST_NAME)
    return "" if plain == text else f"This cannot be the name of a folder on every system; '{plain}' could."


def _written(model: Path, file: Path) -> str:
    from core.model.archive import write_archive
    from core.model.onnx_export import export_onnx

    check_target(file)
    beside = None
    if file.suffix.lower() == ONNX:
        beside = export_onnx(model, file).refiner
    else:
        write_archive(model, file)
    more = "" if beside is None else f", and what refines its joints in {beside.name}"
    return f"{model.name} is in {file.name}, {file.stat().st_size / 1e6:.1f} MB{more}"


def _look_into(file: Path) -> _Found:
    from core.model.archive import archived_name
    from core.model.folder import list_models

    name = archived_name(file)
    return _Found(file=file, name=name, taken=frozenset(entry.name.casefold() for entry in list_models()))


def _taken_in(file: Path, name: str) -> _Came:
    from core.model.archive import read_archive
    from core.model.folder import read_config

    folder = read_archive(file, own_models_dir() / name)
    return _Came(name=name, actions=len(read_config(folder).actions))
