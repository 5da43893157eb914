"""The models that were trained on a library: looked up whenever there may be others."""

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from app.bridges.backend import Choice
from app.bridges.background import Background


class OwnModels(QObject):
    """For the GUI thread.

    Signals:
        found(tuple): the models of the folder that was looked into last, as Choices.
    """

    found = pyqtSignal(object)

    def __init__(self, models_in: Callable[[Path], tuple[Choice, ...]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models_in = models_in
        self._work = Background("look-for-models", self)
        self._work.finished.connect(self.found)

    def look(self, folder: Path) -> None:
        """Look into a folder of models; one that is not there holds none."""
        self._work.run(lambda _report: self._models_in(folder))

    def close(self, timeout_s: float) -> None:
        """Wait so long for the thread."""
        self._work.close(timeout_s)
