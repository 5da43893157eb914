"""PreRoll: the last seconds of a session, held so that they can be kept after the fact.

Frames are held as JPEG, which a thread of its own makes: bounded in seconds and in bytes, and nobody who hands in a
frame waits. What is held is one stretch without a seam: a stream that begins anew, a time that goes back or pictures of
another size begin another one.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import OutputError, SourceError
from core.library.backlog import Backlog
from core.library.disk import DiskGuard
from core.library.library import Library
from core.library.recorder import Recorder
from core.live.results import LiveResult
from core.live.takes import Take, new_recording
from core.opencv import cv2
from core.pose.pose import Pose
from core.sources.source import Frame, SourceInfo

SECONDS: Final = 10.0
MOST_BYTES: Final = 128 * 2**20
QUALITY: Final = 92  # of 100; no difference can be seen after H.264
_MOST_WAITING: Final = 8  # frames; more would be memory that `MOST_BYTES` does not count
_WAITING_BYTES: Final = 64 * 2**20
_MOST_POSES: Final = 6000  # whatever the rate is
_KEEPING_BYTES: Final = 32 * 2**20  # pictures that wait for the encoder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreRollStatus:
    """What could be kept now."""

    seconds: float = 0.0
    frames: int = 0
    bytes: int = 0
    missed: int = 0  # frames within it that are not held
    problem: str = ""  # why nothing more is held


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Held:
    """A frame: its picture as JPEG, its times and which one it is."""

    jpeg: NDArray[np.uint8]
    shape: tuple[int, ...]  # of the picture
    time_s: float
    arrived_s: float
    number: int
    stream: int

    def goes_on(self, frame: Frame) -> bool:
        """Whether a frame is of the same stretch."""
        is_later = frame.time_s > self.time_s and frame.number > self.number
        return is_later and frame.stream == self.stream and frame.picture_bgr.shape == self.shape


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _HeldPose:
    """What was found in a frame."""

    pose: Pose
    looked_at: tuple[int | None, ...]
    time_s: float
    number: int
    stream: int

    @property
    def bytes(self) -> int:
        return self.pose.positions_m.nbytes + self.pose.positions_px.nbytes + self.pose.confidence.nbytes


class PreRoll:
    """A `Listener` of a session that holds its last seconds. `close` it; any thread may call any method."""

    def __init__(self, *, seconds: float = SECONDS, most_bytes: int = MOST_BYTES, quality: int = QUALITY) -> None:
        """Start to listen.

        Args:
            seconds: the most that is held.
            most_bytes: the same in memory, joints included; while `keep` runs, as much again.
            quality: of the JPEG pictures, to 100.
        """
        self._seconds, self._most_bytes, self._quality = seconds, most_bytes, quality
        self._waiting: Backlog[Frame] = Backlog(most_bytes=_WAITING_BYTES, most_items=_MOST_WAITING)
        self._lock = threading.Lock()
        self._frames: deque[_Held] = deque()
        self._poses: deque[_HeldPose] = deque()
        self._bytes = 0
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="pre-roll")
        self._thread.start()

    def frame(self, frame: Frame) -> None:
        """A frame of the session; returns at once. One that finds the encoder busy is missing in what is held."""
        self._waiting.put(frame, size_bytes=frame.picture_bgr.nbytes)

    def result(self, result: LiveResult) -> None:
        """What was found in a frame; returns at once."""
        frame = result.frame
        held = _HeldPose(
            pose=result.pose, looked_at=result.looked_at, time_s=frame.time_s, number=frame.number, stream=frame.stream
        )
        with self._lock:
            if not self._problem:
                self._poses.append(held)
                self._bytes += held.bytes
                self._trim()

    def failed(self, error: Exception) -> None:
        """It broke and hears no more."""
        self._give_up(error)

    def status(self) -> PreRollStatus:
        """What could be kept now."""
        with self._lock:
            frames, bytes_, problem = self._frames, self._bytes, self._problem
            if not frames:
                return PreRollStatus(bytes=bytes_, problem=problem)
            first, last = frames[0], frames[-1]
            return PreRollStatus(
                seconds=last.time_s - first.time_s, frames=len(frames), bytes=bytes_, problem=problem,
                missed=last.number - first.number + 1 - len(frames),
            )  # fmt: skip

    def clear(self) -> None:
        """Forget what is held."""
        with self._lock:
            self._forget()

    def keep(
        self,
        library: Library,
        *,
        person: str,
        source: SourceInfo | None,
        prompt: str = "",
        label: str = "",
        persons: int = 1,
        guard: DiskGuard | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Take:
        """Write what is held into a recording, as any other; takes some seconds in the thread that calls.

        Args:
            library: gets it.
            person: who is seen.
            source: where the pictures came from.
            prompt: the action that was asked for.
            label: the action that all of it becomes one segment of.
            persons: how many the model looks at.
            guard: watches the disk; by default one of the library.
            progress: told how many of how many frames are written. What it raises ends the work, and what was written
                lies in the library's trash.

        Raises SourceError where nothing is held yet, and OutputError where the library cannot be written.
        """
        with self._lock:
            frames, poses = tuple(self._frames), tuple(self._poses)
        if not frames:
            raise SourceError("There is nothing to keep yet: no picture has come.")
        document = new_recording(
            person=person, prompt=prompt, source=source, persons=persons, began_s=frames[0].arrived_s
        )
        recorder = Recorder(library, document, guard=guard, queue_bytes=_KEEPING_BYTES)
        recorder.begin()
        try:
            _write(recorder, frames, poses, progress)
        except BaseException:  # Ctrl+C as well
            recorder.discard()
            raise
        entry = recorder.end(label=label)
        delivered = frames[-1].number - frames[0].number + 1
        return Take(entry=entry, missed=delivered - entry.recording.frames, problem=recorder.status().problem)

    def close(self) -> None:
        """End the thread and forget what is held. Safe to call twice."""
        self._waiting.abandon()
        self._thread.join()
        self.clear()

    # The thread

    def _run(self) -> None:
        try:
            while (frame := self._waiting.take()) is not None:
                self._hold(frame)
        except Exception as error:  # out of memory, a picture that no JPEG can hold
            log.exception("the pre-roll failed")
            self._give_up(error)

    def _hold(self, frame: Frame) -> None:
        is_done, jpeg = cv2.imencode(".jpg", frame.picture_bgr, [cv2.IMWRITE_JPEG_QUALITY, self._quality])
        if not is_done:
            raise OutputError("a picture cannot be held as JPEG")
        held = _Held(
            jpeg=np.asarray(jpeg, dtype=np.uint8).reshape(-1),  # (bytes,)
            shape=frame.picture_bgr.shape,
            time_s=frame.time_s,
            arrived_s=frame.arrived_s,
            number=frame.number,
            stream=frame.stream,
        )
        with self._lock:
            if self._frames and not self._frames[-1].goes_on(frame):
                self._forget_frames()
            self._frames.append(held)
            self._bytes += held.jpeg.nbytes
            self._trim()

    # Under the lock

    def _trim(self) -> None:
        """Let go what is too old or too much, and poses of frames that are not held any more."""
        frames, poses = self._frames, self._poses
        while frames and (frames[-1].time_s - frames[0].time_s > self._seconds or self._bytes > self._most_bytes):
            self._bytes -= frames.popleft().jpeg.nbytes
        while poses and (len(poses) > _MOST_POSES or self._is_past(poses[0])):
            self._bytes -= poses.popleft().bytes

    def _is_past(self, pose: _HeldPose) -> bool:
        """Whether a pose belongs to no frame that is held or to come."""
        newest = self._poses[-1]
        if pose.stream != newest.stream or pose.number > newest.number:
            return True  # of another stretch
        if newest.time_s - pose.time_s > self._seconds:
            return True
        return bool(self._frames) and (pose.stream, pose.number) < (self._frames[0].stream, self._frames[0].number)

    def _forget_frames(self) -> None:
        self._bytes -= sum(held.jpeg.nbytes for held in self._frames)
        self._frames.clear()

    def _forget(self) -> None:
        self._frames.clear()
        self._poses.clear()
        self._bytes = 0

    def _give_up(self, error: Exception) -> None:
        self._waiting.abandon()
        with self._lock:
            self._problem = f"The last seconds are not held any more ({type(error).__name__}: {error})."
            self._forget()


def _write(
    recorder: Recorder,
    frames: Sequence[_Held],
    poses: Sequence[_HeldPose],
    progress: Callable[[int, int], object] | None,
) -> None:
    """Hand all that is held to a recorder, no faster than it writes."""
    found = {(pose.stream, pose.number, pose.time_s): pose for pose in poses}
    for done, held in enumerate(frames, start=1):
        if not recorder.frame(_shown(held), wait=True):
            return  # it says why
        pose = found.get((held.stream, held.number, held.time_s))
        if pose is not None:
            recorder.poses(held.time_s, pose.pose, pose.looked_at)
        if progress is not None:
            progress(done, len(frames))


def _shown(held: _Held) -> Frame:
    picture_bgr = np.asarray(cv2.imdecode(held.jpeg, cv2.IMREAD_COLOR), dtype=np.uint8)
    return Frame(
        picture_bgr=picture_bgr,
        time_s=held.time_s,
        arrived_s=held.arrived_s,
        number=held.number,
        stream=held.stream,
    )
