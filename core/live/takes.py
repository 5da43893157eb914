"""Takes: recordings that begin and end while a live session runs."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.library.disk import DiskGuard
from core.library.library import Entry, Library
from core.library.recorder import Recorder, RecorderStatus
from core.library.records import RecordingDocument
from core.live.results import LiveResult
from core.sources.source import Frame, SourceInfo

JOINTS_WITHIN_S: Final = 0.5  # the joints of the last frame are there so soon, or it was not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One that has ended."""

    entry: Entry
    missed: int  # frames that are not in the film
    problem: str  # why the film ends early; ""


class TakeRecorder:
    """Records takes of one person into a library: a `Listener` of a session.

    `begin` and `end` are for one thread, and `end` may wait for the disk; the rest may be called from any, at once.
    """

    def __init__(self, library: Library, *, person: str, persons: int = 1, guard: DiskGuard | None = None) -> None:
        """Prepare.

        Args:
            library: gets the takes.
            person: who is recorded.
            persons: how many the model looks at.
            guard: watches the disk; by default one of the library.
        """
        self._library, self._person, self._persons = library, person, persons
        self._guard = guard or DiskGuard(library.folder)
        self._lock = threading.Lock()
        self._recorder: Recorder | None = None
        self._is_taking = False  # frames are recorded; false already while the joints of the last one are waited for
        self._last_number = self._seen_number = -1  # of the last frame, and of the last one whose joints came
        self._has_all_joints = threading.Event()

    @property
    def is_recording(self) -> bool:
        """Whether a take is under way."""
        return self._recorder is not None

    def begin(self, prompt: str, *, source: SourceInfo | None, is_hands_free: bool = False) -> Entry:
        """Start a take of an action, "" for a free one.

        With `is_hands_free` all of it is that action: should the program be killed, it gets its label when the library
        is opened again. Raises OutputError where the library cannot be written or the disk is nearly full.
        """
        if self._recorder is not None:
            raise RuntimeError("begin() without end()")
        document = new_recording(
            person=self._person, prompt=prompt, source=source, persons=self._persons, is_hands_free=is_hands_free
        )
        recorder = Recorder(self._library, document, guard=self._guard)
        entry = recorder.begin()
        with self._lock:
            self._recorder, self._is_taking = recorder, True
            self._last_number = self._seen_number = -1
            self._has_all_joints.clear()
        return entry

    def frame(self, frame: Frame) -> None:
        """A frame of the session, recorded if a take is under way."""
        with self._lock:
            if self._recorder is not None and self._is_taking:
                self._recorder.frame(frame)
                self._last_number = frame.number

    def result(self, result: LiveResult) -> None:
        """What was found in a frame, kept beside the film if a take is under way."""
        number = result.frame.number
        with self._lock:
            recorder = self._recorder if number <= self._last_number else None  # later ones are not in the film
        if recorder is not None:
            recorder.poses(result.frame.time_s, result.pose, result.looked_at)
        with self._lock:
            self._seen_number = number
            if not self._is_taking and number >= self._last_number:
                self._has_all_joints.set()

    def failed(self, error: Exception) -> None:
        """This recorder broke and hears no more: the take ends early, and says why."""
        recorder = self._recorder
        if recorder is not None:
            recorder.give_up(f"The recording stopped ({type(error).__name__}: {error}).")

    def status(self) -> RecorderStatus:
        """How the take goes."""
        recorder = self._recorder
        return recorder.status() if recorder is not None else RecorderStatus()

    def stop(self) -> None:
        """The frame before this moment was the last of the take, however long `end` or `drop` are in coming."""
        with self._lock:
            self._is_taking = False

    def end(self, *, label: str = "") -> Take:
        """End the take; with a label it becomes one segment of that action.

        Waits for what is still to be written. Raises OutputError where the end cannot be written; then what was
        recorded is put in order when the library is opened the next time.
        """
        with self._lock:
            recorder, self._is_taking = self._recorder, False
            is_waiting = self._seen_number < self._last_number
        if recorder is None:
            raise RuntimeError("end() without begin()")
        if is_waiting:
            self._has_all_joints.wait(JOINTS_WITHIN_S)
        with self._lock:
            self._recorder = None
        entry = recorder.end(label=label)
        status = recorder.status()
        return Take(entry=entry, missed=status.missed, problem=status.problem)

    def drop(self) -> None:
        """End the take and put it into the library's trash: it is not wanted. Raises OutputError."""
        with self._lock:
            recorder, self._recorder, self._is_taking = self._recorder, None, False
        if recorder is None:
            raise RuntimeError("drop() without begin()")
        recorder.discard()


def new_recording(
    *,
    person: str,
    prompt: str,
    source: SourceInfo | None,
    persons: int,
    is_hands_free: bool = False,
    began_s: float | None = None,
) -> RecordingDocument:
    """What is known of a recording when it begins: now, or at a time of the monotonic clock that has gone by."""
    now = datetime.now().astimezone()
    began = now if began_s is None else now - timedelta(seconds=max(0.0, time.monotonic() - began_s))
    return RecordingDocument(
        person=person,
        prompt=prompt,
        is_hands_free=is_hands_free and bool(prompt),
        recorded_at=began.isoformat(timespec="seconds"),
        source=source.label if source is not None else "",
        rate_hz=min(source.rate_hz, 1000.0) if source is not None else 0.0,
        persons=persons,
    )
