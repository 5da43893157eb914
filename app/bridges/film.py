"""FilmBridge: a film that is sought in by a thread of its own, newest wish first, and its pictures for the window."""

import logging
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, pyqtSignal

from core.errors import JointlightError
from core.sources.seeking import SeekableFilm, Shot

log = logging.getLogger(__name__)

REFINE_S = 0.08  # a pointer that rests so long wants the very picture


class Seek(StrEnum):
    """Which picture is wanted."""

    AT = "at"
    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    path: Path | None  # None: let the film go
    seek: Seek = Seek.AT
    time_s: float = 0.0
    is_rough: bool = False
    turn: int  # of the film: what comes of an earlier one is nobody's any more
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answer:
    wish: _Wish
    shot: Shot


class FilmBridge(QObject):
    """For the GUI thread; none of its methods waits but those that take a `timeout_s`.

    Signals:
        shown(): `latest` answers another wish, maybe with the same picture.
        failed(object): the exception that kept a picture from being there. A film that cannot be opened fails once.
    """

    shown = pyqtSignal()
    failed = pyqtSignal(object)
    _failed = pyqtSignal(int, object)
    _woken = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._turn = self._number = 0
        self._answer: _Answer | None = None
        self._condition = threading.Condition()  # for all that both threads touch
        self._wish: _Wish | None = None
        self._coming: _Answer | None = None
        self._holds_film = self._is_closing = self._is_woken = False
        self._thread: threading.Thread | None = None
        queued = Qt.ConnectionType.QueuedConnection
        self._failed.connect(self._on_failed, queued)  # type: ignore[call-arg]  # PyQt6's stub lacks the type
        self._woken.connect(self._on_woken, queued)  # type: ignore[call-arg]  # see above

    def open(self, path: Path | None) -> None:
        """Another film; None: none, and the file is let go."""
        self._turn += 1
        self._path, self._answer = path, None
        if path is not None:
            self.want(0.0)
        elif self._thread is not None:
            self._put(_Wish(path=None, turn=self._turn))

    def want(self, time_s: float, *, seek: Seek = Seek.AT, is_rough: bool = False) -> int:
        """Wish for a picture; what was wished before and is not there yet is forgotten. Returns the wish's number."""
        self._number += 1
        if self._path is not None and not self._is_closing:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="film reader", daemon=True)
                self._thread.start()
            wish = _Wish(
                path=self._path, seek=seek, time_s=time_s, is_rough=is_rough, turn=self._turn, number=self._number
            )
            self._put(wish)
        return self._number

    def latest(self) -> Shot | None:
        """The picture that came last."""
        return None if self._answer is None else self._answer.shot

    @property
    def answered(self) -> int:
        """The number of the wish that it answers."""
        return 0 if self._answer is None else self._answer.wish.number

    def wait_until_free(self, timeout_s: float) -> bool:
        """After `open(None)`: wait until the file is let go, so that it can be moved; False where it is not by then."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._holds_film and self._wish is None, timeout_s)

    def close(self, timeout_s: float) -> bool:
        """Let the film go and wait so long for the thread's end; False where it has not ended by then."""
        with self._condition:
            self._is_closing = True
            self._condition.notify_all()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # The thread

    def _put(self, wish: _Wish) -> None:
        with self._condition:
            self._wish = wish
            self._condition.notify_all()

    def _run(self) -> None:
        film: SeekableFilm | None = None
        turn = broken = -1
        rough: _Wish | None = None
        while (wish := self._next(rough)) is not None:
            rough = None
            if wish.turn != turn and film is not None:
                self._let_go(film)
                film = None
            turn = wish.turn
            if wish.path is None or turn == broken:
                continue
            try:
                film = film if film is not None else self._opened(wish.path)
                shot = _shot(film, wish)
            except Exception as error:  # whatever it is, it belongs on the screen and not into an empty thread
                if not isinstance(error, JointlightError):
                    log.exception("a film could not be read")
                broken = turn if film is None else broken
                with suppress(RuntimeError):  # the window has gone meanwhile
                    self._failed.emit(turn, error)
            else:
                rough = replace(wish, is_rough=False) if shot.is_rough else None
                self._post(_Answer(wish=wish, shot=shot))
        if film is not None:
            self._let_go(film)

    def _next(self, rough: _Wish | None) -> _Wish | None:
        """The newest wish; after a rough one and a moment of rest the exact picture of it. None: the end."""
        with self._condition:
            while self._wish is None and not self._is_closing:
                if not self._condition.wait(REFINE_S if rough is not None else None) and rough is not None:
                    return rough
            wish, self._wish = self._wish, None
            return None if self._is_closing else wish

    def _opened(self, path: Path) -> SeekableFilm:
        self._hold(True)
        film = SeekableFilm(path)
        try:
            film.open()
        except BaseException:
            self._hold(False)
            raise
        return film

    def _let_go(self, film: SeekableFilm) -> None:
        film.close()
        self._hold(False)

    def _hold(self, holds: bool) -> None:
        with self._condition:
            self._holds_film = holds
            self._condition.notify_all()

    def _post(self, answer: _Answer) -> None:
        """Pictures never queue up: the newest one lies there, and at most one wake is under way."""
        with self._condition:
            self._coming = answer
            is_woken, self._is_woken = self._is_woken, True
        if not is_woken:
            with suppress(RuntimeError):  # the window has gone meanwhile
                self._woken.emit()

    # Back in the GUI thread

    def _on_woken(self) -> None:
        with self._condition:
            answer, self._is_woken = self._coming, False
        if answer is None or answer.wish.turn != self._turn:
            return
        self._answer = answer
        self.shown.emit()

    def _on_failed(self, turn: int, error: object) -> None:
        if turn == self._turn:
            self.failed.emit(error)


def _shot(film: SeekableFilm, wish: _Wish) -> Shot:
    match wish.seek:
        case Seek.AT:
            return film.at(wish.time_s, is_rough=wish.is_rough)
        case Seek.AFTER:
            return film.after(wish.time_s)
        case Seek.BEFORE:
            return film.before(wish.time_s)
