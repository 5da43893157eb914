"""Work that may take long, done in a thread of its own, with its outcome brought to the GUI thread."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol, cast

from PyQt6.QtCore import QObject, Qt, pyqtSignal

from core.errors import JointlightError

log = logging.getLogger(__name__)


class Cancelled(Exception):  # noqa: N818  # it is no error
    """Raised inside the work when nobody waits for it any more."""


class Report(Protocol):
    """How work says how far it is. Raises Cancelled where it shall stop."""

    def __call__(self, text: str, fraction: float | None = None) -> None:
        """`fraction` in 0..1, None where unknown."""
        ...


class Background(QObject):
    """Runs one piece of work at a time; a new one makes the one before it silent and cancels it.

    Used from the GUI thread. The work of a new call starts after the thread before it has ended, so that two pieces
    never hold the same camera.

    Signals:
        progressed(str, object): what is being done, and the fraction 0..1 or None.
        finished(object): what the work returned.
        failed(object): the exception that it raised.
    """

    progressed = pyqtSignal(str, object)
    finished = pyqtSignal(object)
    failed = pyqtSignal(object)
    _posted = pyqtSignal(int, str, object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._turn = 0
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        queued = Qt.ConnectionType.QueuedConnection
        self._posted.connect(self._on_posted, queued)  # type: ignore[call-arg]  # PyQt6's stub lacks the type

    @property
    def is_busy(self) -> bool:
        """Whether work is under way whose outcome is awaited."""
        return self._thread is not None and self._thread.is_alive() and not self._cancel.is_set()

    def run(self, work: Callable[[Report], object]) -> None:
        """Start work; returns at once."""
        self.cancel()
        before, self._turn, self._cancel = self._thread, self._turn + 1, threading.Event()
        arguments = (work, self._turn, self._cancel, before)
        self._thread = threading.Thread(target=self._work, args=arguments, name=self._name, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to stop; its outcome is not awaited any more."""
        self._cancel.set()

    def close(self, timeout_s: float) -> bool:
        """Cancel and wait, bounded. False if the thread is still busy (it is a daemon and ends with the program)."""
        self.cancel()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(
        self,
        work: Callable[[Report], object],
        turn: int,
        cancel: threading.Event,
        before: threading.Thread | None,
    ) -> None:
        last = (0.0, "")

        def report(text: str, fraction: float | None = None) -> None:
            nonlocal last
            if cancel.is_set():
                raise Cancelled
            now = time.monotonic()
            if text != last[1] or now - last[0] > 0.05:  # a download reports far more often than anyone can read
                last = (now, text)
                self._post(turn, "progressed", (text, fraction), cancel)

        if before is not None:
            before.join()
        try:
            result = work(report)
        except Cancelled:
            return
        except Exception as error:  # whatever it is, it belongs on the screen and not into an empty thread
            if isinstance(error, JointlightError):
                log.warning("%s: %s", self._name, error)
            else:
                log.error("%s failed", self._name, exc_info=error)  # the message on the screen points here
            self._post(turn, "failed", error, cancel)
        else:
            self._post(turn, "finished", result, cancel)

    def _post(self, turn: int, kind: str, payload: object, cancel: threading.Event) -> None:
        if not cancel.is_set():
            try:
                self._posted.emit(turn, kind, payload)
            except RuntimeError:  # the window has gone meanwhile
                log.debug("Nobody is left to hear from %s", self._name)

    def _on_posted(self, turn: int, kind: str, payload: object) -> None:
        if turn != self._turn or self._cancel.is_set():
            return
        if kind == "progressed":
            text, fraction = cast("tuple[str, float | None]", payload)  # a signal carries any object
            self.progressed.emit(text, fraction)
        else:
            self._thread = None
            (self.finished if kind == "finished" else self.failed).emit(payload)
