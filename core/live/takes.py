"""Takes: recordings that begin and end while a live session runs."""

import threading
from dataclasses import dataclass
from datetime import datetime

from core.library.library import Entry, Library
from core.library.recorder import Recorder, RecorderStatus
from core.library.records import RecordingDocument
from core.live.results import LiveResult
from core.sources.source import Frame, SourceInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One that has ended."""

    entry: Entry
    missed: int  # frames that are not in the film
    problem: str  # why the film ends early; ""


class TakeRecorder:
    """Records takes of one person into a library. `frame` is for the session's tap, the rest for one other thread."""

    def __init__(self, library: Library, *, person: str, persons: int = 1) -> None:
        self._library, self._person, self._persons = library, person, persons
        self._lock = threading.Lock()
        self._recorder: Recorder | None = None

    @property
    def is_recording(self) -> bool:
        """Whether a take is under way."""
        return self._recorder is not None

    def begin(self, prompt: str, *, source: SourceInfo | None) -> Entry:
        """Start a take of an action, "" for a free one. Raises OutputError where the library cannot be written."""
        recorder = Recorder(
            self._library,
            RecordingDocument(
                person=self._person,
                prompt=prompt,
                recorded_at=datetime.now().astimezone().isoformat(timespec="seconds"),
                source=source.label if source is not None else "",
                rate_hz=min(source.rate_hz, 1000.0) if source is not None else 0.0,
                persons=self._persons,
            ),
        )
        entry = recorder.begin()
        with self._lock:
            self._recorder = recorder
        return entry

    def frame(self, frame: Frame) -> None:
        """A frame of the session, recorded if a take is under way."""
        with self._lock:
            if self._recorder is not None:
                self._recorder.frame(frame)

    def note(self, result: LiveResult) -> None:
        """What was found in a frame, kept beside the film if a take is under way."""
        if self._recorder is not None:
            self._recorder.poses(result.frame.time_s, result.pose, result.looked_at)

    def status(self) -> RecorderStatus:
        """How the take goes."""
        return self._recorder.status() if self._recorder is not None else RecorderStatus()

    def end(self, *, label: str = "") -> Take:
        """End the take; with a label it becomes one segment of that action. Raises OutputError."""
        with self._lock:
            recorder, self._recorder = self._recorder, None
        if recorder is None:
            raise RuntimeError("end() without begin()")
        entry = recorder.end(label=label)
        status = recorder.status()
        return Take(entry=entry, missed=status.missed, problem=status.problem)
