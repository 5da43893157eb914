"""Recorder: frames to a film and poses beside it, in a thread of its own, so that nobody who hands it a frame waits.

What cannot be written in time is never lost silently: frames wait in a backlog that is bounded in bytes, and one that
finds it full is counted.
"""

import logging
import threading
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from core.errors import JointlightError, OutputError
from core.library.backlog import Backlog
from core.library.disk import DiskGuard, Reserve
from core.library.growing import MOST_BYTES, POSES_PART, RESERVE, TIMES, GrowingFile, pose_record
from core.library.library import Entry, Library
from core.library.records import LONGEST_S, RecordingDocument, State
from core.library.repair import as_written, joints_of, whole_of
from core.pose.pose import Pose
from core.sources.source import Frame
from core.sources.video_writer import VideoWriter

FILM: Final = "video.mkv"
QUEUE_BYTES: Final = 256 * 2**20
_MOST_WAITING: Final = 2000  # frames, and poses between them
_DISK_EVERY: Final = 15  # frames
_TOO_LONG: Final = "The recording ended because it cannot be longer than this: begin another one."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderStatus:
    """How it goes, for whoever shows it."""

    frames: int = 0  # in the film
    waiting: int = 0
    missed: int = 0  # that could not be written
    duration_s: float = 0.0
    film_bytes: int = 0  # written so far
    problem: str = ""  # why nothing more is written

    @property
    def bytes_s(self) -> float | None:
        """What a second of this recording takes; None before that can be said."""
        return self.film_bytes / self.duration_s if self.film_bytes and self.duration_s >= 2 else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """The persons of a frame."""

    time_s: float
    pose: Pose
    looked_at: tuple[int | None, ...]


_Item: TypeAlias = Frame | _Seen


class Recorder:
    """One recording. `frame`, `poses` and `give_up` may be called from any threads, `begin` and `end` from one.

    A disk that refuses more ends the film there, and so does one that is nearly full: `status().problem` says so, and
    what was written stays.
    """

    def __init__(
        self,
        library: Library,
        recording: RecordingDocument,
        *,
        guard: DiskGuard | None = None,
        queue_bytes: int = QUEUE_BYTES,
    ) -> None:
        """Nothing is made before `begin`.

        Args:
            library: gets the recording.
            recording: says who is recorded, for what and by which camera.
            guard: watches the disk of the library; by default a new one does.
            queue_bytes: how much may wait to be written.
        """
        self._library = library
        self._recording = replace(recording, video=FILM)
        self._guard = guard or DiskGuard(library.folder)
        self._entry: Entry | None = None
        self._backlog: Backlog[_Item] = Backlog(most_bytes=queue_bytes, most_items=_MOST_WAITING)
        self._lock = threading.Lock()
        self._status = RecorderStatus()
        self._first_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="recorder")
        self._reserve: Reserve | None = None

    def begin(self) -> Entry:
        """Make the folder and start. Raises OutputError where the library cannot be written or the disk is too full."""
        self._guard.check_before()
        self._entry = self._library.begin(self._recording)
        try:
            self._reserve = Reserve(self._entry.folder / RESERVE)
        except OutputError:
            self._library.discard(self._entry.name)
            raise
        self._thread.start()
        return self._entry

    def frame(self, frame: Frame, *, wait: bool = False) -> bool:
        """Record a frame; returns at once, unless told to wait for room. False where it was missed."""
        with self._lock:
            self._first_s = frame.time_s if self._first_s is None else self._first_s
        is_accepted = self._backlog.put(frame, size_bytes=frame.picture_bgr.nbytes, wait=wait)
        if not is_accepted:
            self._count_missed(1)
        return is_accepted

    def poses(self, time_s: float, pose: Pose, looked_at: tuple[int | None, ...], *, wait: bool = False) -> None:
        """Record the persons of a frame, Kinect-25, on the places of the network; returns at once, unless told to wait.

        What belongs to a frame before the first one of this recording is left out.
        """
        if self._first_s is None or time_s < self._first_s:
            return
        # It takes nothing of the room for frames: their number bounds it.
        self._backlog.put(_Seen(time_s=time_s, pose=pose, looked_at=looked_at), size_bytes=0, wait=wait)

    def status(self) -> RecorderStatus:
        """How it goes."""
        with self._lock:
            return replace(self._status, waiting=len(self._backlog))

    def give_up(self, problem: str) -> None:
        """Write nothing more, for a reason that the user is told; what was recorded stays, and `end` finishes it."""
        with self._lock:
            if not self._status.problem:
                self._status = replace(self._status, problem=problem)
        self._count_missed(sum(isinstance(item, Frame) for item in self._backlog.abandon()))

    def end(self, *, label: str = "") -> Entry:
        """Write what waits, close the film and put the joints in order; returns the finished recording.

        With a label all of it becomes one segment of that action.

        Raises OutputError where its files cannot be closed; what was recorded stays, and is put in order when the
        library is opened the next time.
        """
        if self._entry is None or self._reserve is None:
            raise RuntimeError("end() without begin()")
        self._backlog.close()
        self._thread.join()
        self._reserve.release()
        status = self.status()
        done = replace(
            self._recording, frames=status.frames, duration_s=status.duration_s, state=State.DONE,
            video=FILM if status.frames else "",
        )  # fmt: skip
        if status.problem:  # what was handed to a disk that then refused more may not have arrived
            done = as_written(self._entry, done)
        else:
            joints_of(self._entry.folder, persons=self._recording.persons)
        return self._library.finish(self._entry, done, segments=whole_of(done, label))

    def discard(self) -> None:
        """End it and put what was written into the library's trash: it is not wanted. Raises OutputError."""
        if self._entry is None or self._reserve is None:
            raise RuntimeError("discard() without begin()")
        self._backlog.abandon()
        self._thread.join()
        self._reserve.release()
        self._library.discard(self._entry.name)

    # The thread

    def _run(self) -> None:
        assert self._entry is not None
        try:
            with ExitStack() as files:
                self._write(self._entry.folder, files)
        except JointlightError as error:
            self.give_up(str(error))
        except Exception as error:  # whatever it is, it must be told, and frames must not pile up
            log.exception("the recorder failed")
            self.give_up(f"The recording stopped ({type(error).__name__}: {error}).")

    def _write(self, folder: Path, files: ExitStack) -> None:
        poses = files.enter_context(GrowingFile(folder / POSES_PART))
        times: GrowingFile | None = None
        film: VideoWriter | None = None
        while (item := self._backlog.take()) is not None:
            if isinstance(item, _Seen):
                poses.append(pose_record(item.time_s, item.pose, item.looked_at))
                self._check_size(poses)
                continue
            if film is None or times is None:
                times = files.enter_context(GrowingFile(folder / TIMES))
                film = files.enter_context(self._film(folder, item))
            duration_s = self._lasts_s(item)
            film.write(item.picture_bgr, item.time_s)
            times.append(np.array(item.time_s, dtype="<f8"))
            self._count(duration_s)
            if self._status.frames % _DISK_EVERY == 0:
                self._look_after_disk(folder / FILM)

    def _film(self, folder: Path, first: Frame) -> VideoWriter:
        height_px, width_px = first.picture_bgr.shape[:2]
        self._recording = replace(self._recording, width_px=width_px, height_px=height_px)
        rate_hz = self._recording.rate_hz or 30.0
        return VideoWriter(folder / FILM, size_px=(width_px, height_px), rate_hz=rate_hz, survives=True)

    def _look_after_disk(self, film: Path) -> None:
        """Raises OutputError where the disk is nearly full."""
        self._guard.check_while()
        film_bytes = film.stat().st_size
        with self._lock:
            self._status = replace(self._status, film_bytes=film_bytes)

    def _check_size(self, poses: GrowingFile) -> None:
        if poses.size_bytes > MOST_BYTES // 2:  # more could not be read again
            raise OutputError(_TOO_LONG)

    def _lasts_s(self, frame: Frame) -> float:
        """How long the recording is with this frame. Raises OutputError where it would be too long."""
        duration_s = max(self._status.duration_s, frame.time_s - (self._first_s or 0.0))
        if duration_s > LONGEST_S:  # so does a computer that slept for a day
            raise OutputError(_TOO_LONG)
        return duration_s

    def _count(self, duration_s: float) -> None:
        with self._lock:
            self._status = replace(self._status, frames=self._status.frames + 1, duration_s=duration_s)

    def _count_missed(self, count: int) -> None:
        with self._lock:
            self._status = replace(self._status, missed=self._status.missed + count)
