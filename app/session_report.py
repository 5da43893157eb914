"""What a session in the window was like, as a file: for the bench, and for whoever wonders why a machine is slow."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from app.live_control import LiveControl
from app.messages import error_text
from app.pages.live import LivePage
from core.documents import write_document
from core.errors import OutputError
from core.live.results import LiveResult
from core.live.session import ENDED

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1  # whether the session has ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The counters at the first picture; rates and processor time are measured from there."""

    wall_s: float
    process_s: float
    window_s: float
    frames_done: int

    @classmethod
    def now(cls, frames_done: int) -> "Start":
        """As they are."""
        return cls(
            wall_s=time.monotonic(), process_s=time.process_time(), window_s=time.thread_time(), frames_done=frames_done
        )


class SessionReport(QObject):
    """Counts painted pictures from the first one on. Writes `path` once: at the end of the source, or in `write`.

    Frames, drops and stages are those of the session, from its start.

    Signals:
        ended(): the source has ended, or the wanted seconds are over; the file is written.
    """

    ended = pyqtSignal()

    def __init__(self, control: LiveControl, page: LivePage, *, path: Path | None, seconds: float | None) -> None:
        super().__init__(page)
        self._control, self._path, self._seconds = control, path, seconds
        self._start: Start | None = None
        self._painted = 0
        self._last_painted_s = self._look_at_s = 0.0
        self._is_written = False
        self._error = ""
        self._rates_hz: dict[str, float] = {}  # the last ones while it ran: at the end they fall to 0
        self.problem = ""  # why the file could not be written
        page.painted.connect(self._on_painted)
        control.bridge.changed.connect(self._on_changed)
        control.bridge.failed.connect(self._on_failed)

    def write(self) -> None:
        """Write the file, once; what kept it from being written is logged and stays in `problem`."""
        if self._is_written or self._path is None:
            return
        self._is_written = True
        try:
            write_document(self._path, self._measured())
        except OutputError as error:
            self.problem = str(error)
            log.exception("the report could not be written")

    def _on_painted(self, result: LiveResult) -> None:
        if self._start is None:
            self._start = Start.now(self._control.bridge.status().frames_done)
            if self._seconds is not None:
                QTimer.singleShot(round(1000 * self._seconds), self._end)
        else:
            self._painted += 1
        self._last_painted_s = time.monotonic()

    def _on_changed(self) -> None:
        now_s = time.monotonic()
        if self._path is None or now_s < self._look_at_s:
            return
        self._look_at_s = now_s + LOOK_EVERY_S
        status = self._control.bridge.status()
        if status.state in ENDED:
            self._end()
        else:
            self._rates_hz = status.rates_hz

    def _on_failed(self, error: object) -> None:
        """Nobody who wants a report sits before the window to read a message."""
        self._error = error_text(error)
        if self._path is not None:
            self._end()

    def _end(self) -> None:
        self.write()
        self.ended.emit()

    def _measured(self) -> dict[str, Any]:
        status, start = self._control.bridge.status(), self._start or Start.now(0)
        now, took_s = Start.now(status.frames_done), self._last_painted_s - start.wall_s
        return {
            "source": status.source.label if status.source else "",
            "model": status.model_name,
            "device": status.device,
            "error": self._error or status.message,
            "seconds": max(took_s, 0.0),
            "frames_in": status.frames_in,
            "frames_done": status.frames_done,
            "drops": status.drops,
            "failures": status.failures,
            "painted": self._painted,
            "painted_hz": self._painted / took_s if took_s > 0 else 0.0,
            "done_hz": (now.frames_done - start.frames_done) / took_s if took_s > 0 else 0.0,
            "process_cores": (now.process_s - start.process_s) / max(now.wall_s - start.wall_s, 1e-9),
            "window_cores": (now.window_s - start.window_s) / max(now.wall_s - start.wall_s, 1e-9),
            "rates_hz": dict(self._rates_hz or status.rates_hz),
            "memory_mb": psutil.Process().memory_info().rss / 1e6,
            "stages": {stage: latency._asdict() for stage, latency in status.latency_ms.items()},
        }
