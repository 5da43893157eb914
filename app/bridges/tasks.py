"""Tasks: pieces of work that are done one after the other in a thread, each with its outcome, none of them lost."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PyQt6.QtCore import QObject, Qt, pyqtSignal

from core.errors import JointlightError

log = logging.getLogger(__name__)


class Tasks(QObject):
    """Unlike `Background` a new task takes the place of none. For the GUI thread.

    Signals:
        done(object): what a task returned.
        failed(object): the exception that it raised.
    """

    done = pyqtSignal(object)
    failed = pyqtSignal(object)
    _posted = pyqtSignal(bool, object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._waiting = 0
        queued = Qt.ConnectionType.QueuedConnection
        self._posted.connect(self._on_posted, queued)  # type: ignore[call-arg]  # PyQt6's stub lacks the type

    @property
    def is_busy(self) -> bool:
        """Whether the outcome of a task is still to come."""
        return self._waiting > 0

    def add(self, work: Callable[[], object]) -> None:
        """Do this after all that was added before; returns at once."""
        self._waiting += 1
        self._pool.submit(self._work, work)

    def close(self) -> None:
        """Wait for all that was added; their outcomes are not told any more."""
        self._pool.shutdown(wait=True)

    def _work(self, work: Callable[[], object]) -> None:
        try:
            outcome, is_well = work(), True
        except Exception as error:  # whatever it is, it belongs on the screen and not into an empty thread
            if not isinstance(error, JointlightError):
                log.exception("a task failed")
            outcome, is_well = error, False
        try:
            self._posted.emit(is_well, outcome)
        except RuntimeError:
            log.debug("Nobody is left to hear of a task")

    def _on_posted(self, is_well: bool, outcome: object) -> None:
        self._waiting -= 1
        (self.done if is_well else self.failed).emit(outcome)
