"""Recorder: frames to a film and poses beside it, in a thread of its own, so that nobody who hands it a frame waits.

What cannot be written in time is never lost silently: frames wait in a queue that is bounded in seconds' worth of
bytes, and one that finds it full is counted.
"""

import logging
import queue
import threading
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import JointlightError, OutputError
from core.library.growing import POSES_PART, TIMES, GrowingFile, pose_record
from core.library.library import Entry, Library
from core.library.records import RecordingDocument, State
from core.library.repair import joints_of
from core.pose.pose import Pose
from core.skeleton.segment import Segment
from core.sources.source import Frame
from core.sources.video_writer import VideoWriter

FILM: Final = "video.mkv"
QUEUE_BYTES: Final = 256 * 2**20
_MOST_FRAMES: Final = 600
_END: Final = object()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderStatus:
    """How it goes, for whoever shows it."""

    frames: int = 0  # in the film
    waiting: int = 0
    missed: int = 0  # that found the queue full
    duration_s: float = 0.0
    problem: str = ""  # why nothing more is written


class Recorder:
    """One recording. `frame` and `poses` may be called from any threads, `begin` and `end` from one.

    A disk that refuses more ends the film there: `status().problem` says so, and what was written stays.
    """

    def __init__(self, library: Library, recording: RecordingDocument) -> None:
        """Nothing is made before `begin`; `recording` says who is recorded, for what and by which camera."""
        self._library = library
        self._recording = replace(recording, video=FILM)
        self._entry: Entry | None = None
        self._queue: queue.Queue[Any] = queue.Queue(_MOST_FRAMES)
        self._waiting_bytes = 0
        self._lock = threading.Lock()
        self._status = RecorderStatus()
        self._first_s: float | None = None
        self._has_ended = False
        self._thread = threading.Thread(target=self._run, name="recorder")
        self._poses: GrowingFile | None = None

    def begin(self) -> Entry:
        """Make the folder and start. Raises OutputError where the library cannot be written."""
        self._entry = self._library.begin(self._recording)
        self._poses = GrowingFile(self._entry.folder / POSES_PART)
        self._thread.start()
        return self._entry

    def frame(self, frame: Frame) -> bool:
        """Record a frame; returns at once. False where it was missed, since the disk cannot follow."""
        size = frame.picture_bgr.nbytes
        with self._lock:
            if self._status.problem or self._waiting_bytes + size > QUEUE_BYTES:
                self._status = replace(self._status, missed=self._status.missed + 1)
                return False
            self._waiting_bytes += size
        try:
            self._queue.put_nowait(frame)
        except queue.Full:
            with self._lock:
                self._waiting_bytes -= size
                self._status = replace(self._status, missed=self._status.missed + 1)
            return False
        return True

    def poses(self, time_s: float, pose: Pose, looked_at: tuple[int | None, ...]) -> None:
        """Record the persons of a frame, Kinect-25, on the places of the network."""
        if self._poses is None or self.status().problem:
            return
        try:
            self._poses.append(pose_record(time_s, pose, looked_at))
        except OutputError as error:
            self._fail(error)

    def status(self) -> RecorderStatus:
        """How it goes."""
        with self._lock:
            return replace(self._status, waiting=self._queue.qsize())

    def end(self, *, label: str = "") -> Entry:
        """Write what waits, close the film and put the joints in order; returns the finished recording.

        With a label all of it becomes one segment of that action.

        Raises OutputError where its files cannot be closed; what was recorded stays, and is put in order when the
        library is opened the next time.
        """
        if self._entry is None or self._poses is None:
            raise RuntimeError("end() without begin()")
        self._queue.put(_END)
        self._thread.join()
        self._poses.close()
        status = self.status()
        joints_of(self._entry.folder, persons=self._recording.persons)
        done = replace(self._recording, frames=status.frames, duration_s=status.duration_s, state=State.DONE)
        is_labelled = bool(label) and done.duration_s > 0
        segments = (Segment(start_s=0.0, end_s=done.duration_s, action=label),) if is_labelled else ()
        return self._library.finish(self._entry, done, segments=segments)

    # The thread

    def _run(self) -> None:
        assert self._entry is not None
        try:
            self._write_film(self._entry)
        except JointlightError as error:
            self._fail(error)
        except Exception as error:  # whatever it is, it must be told, and frames must not pile up
            log.exception("the recorder failed")
            self._fail(OutputError(f"The recording stopped ({type(error).__name__}: {error})."))
        while not self._has_ended:  # after a failure: whoever hands in frames must not wait
            self._next()

    def _write_film(self, entry: Entry) -> None:
        first = self._next()
        if first is None:
            return
        height_px, width_px = first.picture_bgr.shape[:2]
        self._recording = replace(self._recording, width_px=width_px, height_px=height_px)
        rate_hz = self._recording.rate_hz or 30.0
        with (
            GrowingFile(entry.folder / TIMES) as times,
            VideoWriter(entry.folder / FILM, size_px=(width_px, height_px), rate_hz=rate_hz, survives=True) as film,
        ):
            frame: Frame | None = first
            while frame is not None:
                film.write(frame.picture_bgr, frame.time_s)
                times.append(_as_time(frame.time_s))
                self._count(frame)
                frame = self._next()

    def _next(self) -> Frame | None:
        """The next frame; None at the end."""
        item = self._queue.get()
        if item is _END:
            self._has_ended = True
            return None
        frame: Frame = item
        with self._lock:
            self._waiting_bytes -= frame.picture_bgr.nbytes
        return frame

    def _count(self, frame: Frame) -> None:
        self._first_s = frame.time_s if self._first_s is None else self._first_s
        with self._lock:
            self._status = replace(
                self._status, frames=self._status.frames + 1, duration_s=max(0.0, frame.time_s - self._first_s)
            )

    def _fail(self, error: JointlightError) -> None:
        with self._lock:
            if not self._status.problem:
                self._status = replace(self._status, problem=str(error))


def _as_time(time_s: float) -> NDArray[np.float64]:
    return np.array(time_s, dtype="<f8")
