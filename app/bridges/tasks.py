"""Tasks: pieces of work that are done one after the other in a thread, each with its outcome, none of them lost."""

import logging
import queue
import threading
from collections.abc import Callable

from PyQt6.QtCore import QObject, Qt, pyqtSignal

from core.errors import JointlightError

log = logging.getLogger(__name__)


class Tasks(QObject):
    """Unlike `Background` a new task takes the place of none. For the GUI thread.

    What was added is done even where the window is closed meanwhile: the program ends after it.

    Signals:
        done(object): what a task returned.
        failed(object): the exception that it raised.
    """

    done = pyqtSignal(object)
    failed = pyqtSignal(object)
    _posted = pyqtSignal(bool, object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._queue: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._waiting = 0
        queued = Qt.ConnectionType.QueuedConnection
        self._posted.connect(self._on_posted, queued)  # type: ignore[call-arg]  # PyQt6's stub lacks the type

    @property
    def is_busy(self) -> bool:
        """Whether the outcome of a task is still to come."""
        return self._waiting > 0

    @property
    def is_over(self) -> bool:
        """Whether its thread has ended, or was never needed."""
        return self._thread is None or not self._thread.is_alive()

    def add(self, work: Callable[[], object]) -> None:
        """Do this after all that was added before; returns at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name)
            self._thread.start()
        self._waiting += 1
        self._queue.put(work)

    def close(self, timeout_s: float) -> bool:
        """No more tasks; wait so long for those that were added. False where some are still under way."""
        if self._thread is None:
            return True
        self._queue.put(None)
        self._thread.join(timeout_s)
        return self.is_over

    def wait(self) -> None:
        """Wait for what was added before `close`, however long it takes: for another thread than the GUI's."""
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            self._work(work)

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
