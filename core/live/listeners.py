"""Listeners: who hears each frame and each result of a session, taken up and let go while it runs."""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from core.live.results import LiveResult
from core.sources.source import Frame

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Hears a session: `frame` in its reader thread, `result` in its model thread. All must return at once."""

    def frame(self, frame: Frame) -> object:
        """A frame that the source delivered."""
        ...

    def result(self, result: LiveResult) -> object:
        """What was found in one of them; not each frame has a result."""
        ...

    def failed(self, error: Exception) -> object:
        """What one of the other two raised; nothing more is heard."""
        ...


class FrameListeners:
    """Stands between a session, made before anybody records, and those who come later: its `tap` and `on_result`.

    Any thread may call any method, and none of them waits for a listener. One that raises is let go and told why; the
    session and the other listeners go on. A call that was under way while a listener was detached may still reach it.
    """

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()  # never changed, only replaced: reading it needs no lock

    def attach(self, listener: Listener) -> None:
        """Let it hear from the next frame on. One that is there already is not heard twice."""
        with self._changing:
            if not any(one is listener for one in self._listeners):
                self._listeners = (*self._listeners, listener)

    def detach(self, listener: Listener) -> None:
        """Let it go; nothing happens where it is not there."""
        with self._changing:
            self._listeners = tuple(one for one in self._listeners if one is not listener)

    def frame(self, frame: Frame) -> None:
        """For the session's `tap`."""
        for listener in self._listeners:
            self._tell(listener, listener.frame, frame)

    def result(self, result: LiveResult) -> None:
        """For the session's `on_result`."""
        for listener in self._listeners:
            self._tell(listener, listener.result, result)

    def _tell(self, listener: Listener, hear: Callable[..., object], what: Frame | LiveResult) -> None:
        try:
            hear(what)
        except Exception as error:  # a live view goes on without its recording
            log.exception("a listener of the live session failed and hears no more")
            self.detach(listener)
            try:
                listener.failed(error)
            except Exception:
                log.exception("and could not even be told")
