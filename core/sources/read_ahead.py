"""ReadAhead: a source that is read in a thread of its own, so that decoding overlaps with the work on its frames."""

import queue
import threading
from typing import Final

from core.sources.source import Frame, FrameSource, SourceInfo

_AHEAD: Final = 4  # frames; more would only fill memory
_POLL_S: Final = 0.1


class ReadAhead:
    """A FrameSource around another one that loses nothing; not for live sources, whose frames would grow old.

    `open`, `read` and `close` as of any source. What the other source raises comes out of `read` in its turn.
    """

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self._items: queue.Queue[Frame | Exception | None] = queue.Queue(_AHEAD)
        self._closing = threading.Event()
        self._ended = False
        self._thread: threading.Thread | None = None

    def open(self) -> SourceInfo:
        """Open the source and begin to read."""
        info = self._source.open()
        self._thread = threading.Thread(target=self._read_on, name="read ahead")
        self._thread.start()
        return info

    def read(self) -> Frame | None:
        """The next frame; None at the end or after `close`."""
        while not self._ended and not self._closing.is_set():
            try:
                item = self._items.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            self._ended = not isinstance(item, Frame)
            if isinstance(item, Exception):
                raise item
            return item
        return None

    def close(self) -> None:
        """End the thread and release the source. Safe to call twice."""
        self._closing.set()
        self._source.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _read_on(self) -> None:
        while not self._closing.is_set():
            try:
                item: Frame | Exception | None = self._source.read()
            except Exception as error:  # whatever it is, it belongs to whoever reads
                item = error
            self._put(item)
            if not isinstance(item, Frame):
                break

    def _put(self, item: Frame | Exception | None) -> None:
        while not self._closing.is_set():
            try:
                self._items.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return
