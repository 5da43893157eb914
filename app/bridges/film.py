"""FilmBridge: a film that is sought in by a thread of its own, newest wish first, and its pictures for the window."""

import logging
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, pyqtSignal

from core.errors import JointlightError
from core.sources.seeking import SeekableFilm, Shot
from core.sources.source import SourceInfo

log = logging.getLogger(__name__)

REFINE_S = 0.08  # a pointer that rests so long wants the very picture


class Seek(StrEnum):
    """Which picture is wanted."""

    AT = "at"
    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    path: Path
    seek: Seek
    time_s: float
    is_rough: bool
    turn: int  # of the film: what comes of an earlier one is nobody's any more


class FilmBridge(QObject):
    """For the GUI thread; none of its methods waits but `close`.

    Signals:
        shown(): `latest` is another picture.
        opened(SourceInfo): what the film delivers.
        failed(object): the exception that kept a picture from being there.
    """

    shown = pyqtSignal()
    opened = pyqtSignal(object)
    failed = pyqtSignal(object)
    _posted = pyqtSignal(int, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._turn = 0
        self._shot: Shot | None = None
        self._condition = threading.Condition()
        self._wish: _Wish | None = None
        self._is_closing = False
        self._wake_pending = threading.Event()
        self._thread: threading.Thread | None = None
        queued = Qt.ConnectionType.QueuedConnection
        self._posted.connect(self._on_posted, queued)  # type: ignore[call-arg]  # PyQt6's stub lacks the type

    def open(self, path: Path | None) -> None:
        """Another film, or none."""
        self._turn += 1
        self._path, self._shot = path, None
        with self._condition:
            self._wish = None
        if path is not None:
            self.want(0.0)

    def want(self, time_s: float, *, seek: Seek = Seek.AT, is_rough: bool = False) -> None:
        """Wish for a picture; what was wished before and is not there yet is forgotten."""
        if self._path is None or self._is_closing:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="film reader", daemon=True)
            self._thread.start()
        with self._condition:
            self._wish = _Wish(path=self._path, seek=seek, time_s=time_s, is_rough=is_rough, turn=self._turn)
            self._condition.notify()

    def latest(self) -> Shot | None:
        """The picture that came last."""
        return self._shot

    def close(self, timeout_s: float) -> bool:
        """Let the film go and wait so long for the thread's end; False where it has not ended by then."""
        with self._condition:
            self._is_closing = True
            self._condition.notify()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # The thread

    def _run(self) -> None:
        film: SeekableFilm | None = None
        turn = -1
        rough: _Wish | None = None
        while (wish := self._next(rough)) is not None:
            rough = None
            try:
                if film is None or wish.turn != turn:
                    if film is not None:
                        film.close()
                    film, turn = None, wish.turn
                    new = SeekableFilm(wish.path)
                    self._post(wish.turn, "opened", new.open())
                    film = new
                shot = _shot(film, wish)
            except JointlightError as error:
                self._post(wish.turn, "failed", error)
            except Exception as error:  # whatever it is, it belongs on the screen and not into an empty thread
                log.exception("a film could not be read")
                self._post(wish.turn, "failed", error)
            else:
                if shot.is_rough:
                    rough = _Wish(path=wish.path, seek=Seek.AT, time_s=wish.time_s, is_rough=False, turn=wish.turn)
                self._post(wish.turn, "shown", shot)
        if film is not None:
            film.close()

    def _next(self, rough: _Wish | None) -> _Wish | None:
        """The newest wish; after a rough one and a moment of rest the exact picture of it. None: the end."""
        with self._condition:
            while self._wish is None and not self._is_closing:
                if not self._condition.wait(REFINE_S if rough is not None else None) and rough is not None:
                    return rough
            wish, self._wish = self._wish, None
            return None if self._is_closing else wish

    def _post(self, turn: int, kind: str, payload: object) -> None:
        if kind == "shown":  # pictures never queue up: the newest one lies there, and at most one wake is under way
            with self._condition:
                self._coming = (turn, payload)
            if self._wake_pending.is_set():
                return
            self._wake_pending.set()
            payload = None
        try:
            self._posted.emit(turn, kind, payload)
        except RuntimeError:  # the window has gone meanwhile
            self._wake_pending.clear()

    def _on_posted(self, turn: int, kind: str, payload: object) -> None:
        if kind == "shown":
            self._wake_pending.clear()
            with self._condition:
                turn, payload = self._coming
        if turn != self._turn:
            return
        if kind == "opened" and isinstance(payload, SourceInfo):
            self.opened.emit(payload)
        elif kind == "failed":
            self.failed.emit(payload)
        elif isinstance(payload, Shot) and payload is not self._shot:
            self._shot = payload
            self.shown.emit()


def _shot(film: SeekableFilm, wish: _Wish) -> Shot:
    match wish.seek:
        case Seek.AT:
            return film.at(wish.time_s, is_rough=wish.is_rough)
        case Seek.AFTER:
            return film.after(wish.time_s)
        case Seek.BEFORE:
            return film.before(wish.time_s)
