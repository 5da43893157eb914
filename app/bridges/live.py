"""LiveBridge: a session without Qt on one side, signals on the other."""

import threading
from typing import cast

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from app.bridges.backend import Backend, Request, Session
from app.bridges.background import Background, Report
from core.live.listeners import FrameListeners
from core.live.results import LiveResult, SessionState, SessionStatus
from core.sources.source import Frame

FALLBACK_MS = 33
IDLE = SessionStatus(state=SessionState.IDLE)


class LiveBridge(QObject):
    """Holds at most one session. All methods are for the GUI thread; none of them blocks but `close`.

    Signals:
        changed(): there may be a new result or a new state; ask `latest` and `status`.
        preparing(str, object): what is being fetched or loaded, and the fraction 0..1 or None.
        failed(object): the exception that kept a session from being prepared.
    """

    changed = pyqtSignal()
    preparing = pyqtSignal(str, object)
    failed = pyqtSignal(object)
    _woken = pyqtSignal()

    def __init__(self, backend: Backend, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self.listeners = FrameListeners()  # who hears every frame and result of whatever session runs
        self._session: Session | None = None
        self._is_preparing = False
        self._wake_pending = threading.Event()
        self._background = Background("prepare-session", self)
        self._background.progressed.connect(self.preparing)
        self._background.finished.connect(self._on_prepared)
        self._background.failed.connect(self._on_failed)
        queued = Qt.ConnectionType.QueuedConnection
        self._woken.connect(self._on_woken, queued)  # type: ignore[call-arg]  # PyQt6's stub lacks the type
        self._timer = QTimer(self)
        self._timer.setInterval(FALLBACK_MS)
        self._timer.timeout.connect(self.changed)

    @property
    def is_preparing(self) -> bool:
        """Whether a session is being made ready."""
        return self._is_preparing

    @property
    def is_idle(self) -> bool:
        """Whether there is no session."""
        return self._session is None

    def start(self, request: Request) -> None:
        """Stop what runs and start something else; `changed` tells when it is there."""
        backend, old, wake, listeners = self._backend, self._let_go(), self._wake, self.listeners

        def work(report: Report) -> Session:
            if old is not None:
                old.stop()
            report("Starting")
            return backend.prepare(request, report, wake, listeners)

        self._is_preparing = True
        self._background.run(work)
        self.preparing.emit("Starting", None)

    def stop(self) -> None:
        """Stop what runs or is being prepared."""
        old = self._let_go()
        self._background.cancel()
        if old is not None:
            self._background.run(lambda _report: old.stop())  # stopping may take a moment too
        self.changed.emit()

    def close(self, timeout_s: float) -> bool:
        """Stop what runs or is being prepared and wait so long for its end. False where it has not ended by then."""
        old = self._let_go()
        if old is not None:
            self._background.run(lambda _report: old.stop())  # has a patience of its own, which may be longer
        return self._background.close(timeout_s)

    def latest(self) -> LiveResult | None:
        """The newest result of the session, if any."""
        return self._session.latest() if self._session is not None else None

    def upcoming(self) -> Frame | None:
        """The frame whose result comes next, if any."""
        return self._session.upcoming() if self._session is not None else None

    def status(self) -> SessionStatus:
        """The session's counters; state IDLE where there is none."""
        return self._session.status() if self._session is not None else IDLE

    def note_painted(self, result: LiveResult) -> None:
        """Tell the session that a result is on the screen."""
        if self._session is not None:
            self._session.note_painted(result)

    def _let_go(self) -> Session | None:
        """The session, which from now on gives no results here."""
        session, self._session = self._session, None
        self._is_preparing = False
        self._timer.stop()
        return session

    def _wake(self) -> None:
        """Called from worker threads: at most one event lies in the queue, however fast they are."""
        if not self._wake_pending.is_set():
            self._wake_pending.set()
            try:
                self._woken.emit()
            except RuntimeError:  # the window has gone meanwhile; nobody is left to wake
                self._wake_pending.clear()

    def _on_woken(self) -> None:
        self._wake_pending.clear()
        if self._session is not None:  # the last wake of one that was let go says nothing about what is now
            self.changed.emit()

    def _on_prepared(self, session: object) -> None:
        if session is None:  # an old one was only stopped
            return
        self._is_preparing = False
        self._session = cast("Session", session)  # a signal carries any object; `work` above returned a Session
        self._session.start()
        self._timer.start()
        self.changed.emit()

    def _on_failed(self, error: object) -> None:
        self._is_preparing = False
        self.failed.emit(error)
