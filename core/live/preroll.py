"""PreRoll: the last seconds of a session, held so that they can be kept after the fact.

Frames are held as JPEG, which a thread of its own makes: nobody who hands in a frame waits. What is held is one
`Stretch` without a seam, bounded in seconds and in bytes.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import OutputError, SourceError
from core.library.backlog import Backlog
from core.library.disk import DiskGuard
from core.library.library import Library
from core.library.recorder import Recorder
from core.live.held import HeldClip
from core.live.results import LiveResult
from core.live.stretch import HeldFrame, HeldPose, Stretch
from core.live.takes import Take, new_recording
from core.opencv import cv2
from core.sources.source import Frame, SourceInfo

SECONDS: Final = 10.0
MOST_BYTES: Final = 128 * 2**20
QUALITY: Final = 92  # of 100; no difference can be seen after H.264
_MOST_WAITING: Final = 60  # frames; two seconds in which the encoder does not get to it
_WAITING_BYTES: Final = 96 * 2**20  # on top of `MOST_BYTES`, but only while the machine cannot keep up
_KEEPING_BYTES: Final = 16 * 2**20  # pictures that wait for the encoder
_LONGEST_PAUSE_S: Final = 0.05  # a film that is 10 s long takes 15 s more at most

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreRollStatus:
    """What could be kept now."""

    seconds: float = 0.0
    frames: int = 0
    bytes: int = 0
    missed: int = 0  # frames within it that are not held
    problem: str = ""  # why nothing more is held


class PreRoll:
    """A `Listener` of a session that holds its last seconds. `close` it; any thread may call any method."""

    def __init__(self, *, seconds: float = SECONDS, most_bytes: int = MOST_BYTES, quality: int = QUALITY) -> None:
        """Start to listen.

        Args:
            seconds: the most that is held.
            most_bytes: the same in memory, joints included; while `keep` runs, as much again.
            quality: of the JPEG pictures, to 100.
        """
        self._quality = quality
        self._waiting: Backlog[Frame] = Backlog(most_bytes=_WAITING_BYTES, most_items=_MOST_WAITING)
        self._lock = threading.Lock()
        self._stretch = Stretch(seconds=seconds, most_bytes=most_bytes)
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name="pre-roll")
        self._thread.start()

    def frame(self, frame: Frame) -> None:
        """A frame of the session; returns at once. One that finds the encoder busy is missing in what is held."""
        self._waiting.put(frame, size_bytes=frame.picture_bgr.nbytes)

    def result(self, result: LiveResult) -> None:
        """What was found in a frame; returns at once."""
        pose = HeldPose.of(result)
        with self._lock:
            if not self._problem:
                self._stretch.add_pose(pose)

    def failed(self, error: Exception) -> None:
        """It broke and hears no more."""
        self._give_up(error)

    def status(self) -> PreRollStatus:
        """What could be kept now."""
        with self._lock:
            held = self._stretch
            return PreRollStatus(
                seconds=held.seconds, frames=len(held.frames), bytes=held.bytes, missed=held.missed,
                problem=self._problem,
            )  # fmt: skip

    def clear(self) -> None:
        """Forget what is held."""
        with self._lock:
            self._stretch.clear()

    def held(self) -> HeldClip | None:
        """All that is held, to be looked at; None where nothing is."""
        with self._lock:
            frames, poses = tuple(self._stretch.frames), tuple(self._stretch.poses)
        return HeldClip(frames, poses) if frames else None

    def keep(
        self,
        library: Library,
        *,
        seconds: float = math.inf,
        person: str,
        source: SourceInfo | None,
        prompt: str = "",
        label: str = "",
        persons: int = 1,
        guard: DiskGuard | None = None,
        progress: Callable[[int, int], object] | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> Take:
        """Write what is held into a recording, as any other; takes some seconds in the thread that calls.

        It rests twice as long as it works, since the live view goes on.

        Args:
            library: gets it.
            seconds: the last so many of what is held.
            person: who is seen.
            source: where the pictures came from.
            prompt: the action that was asked for.
            label: the action that all of it becomes one segment of.
            persons: how many the model looks at.
            guard: watches the disk; by default one of the library.
            progress: told how many of how many frames are written. What it raises ends the work, and what was written
                lies in the library's trash.
            pause: rests for some seconds.

        Raises SourceError where nothing is held yet, and OutputError where the library cannot be written.
        """
        with self._lock:
            frames, poses = tuple(self._stretch.frames), tuple(self._stretch.poses)
        frames = tuple(one for one in frames if one.time_s >= frames[-1].time_s - seconds)
        if not frames:
            raise SourceError("There is nothing to keep yet: no picture has come.")
        document = new_recording(
            person=person, prompt=prompt, source=source, persons=persons, began_s=frames[0].arrived_s
        )
        recorder = Recorder(library, document, guard=guard, queue_bytes=_KEEPING_BYTES)
        recorder.begin()
        try:
            _write(recorder, frames, poses, progress=progress, pause=pause)
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
        held = HeldFrame.of(frame, np.asarray(jpeg, dtype=np.uint8).reshape(-1))  # (bytes,)
        with self._lock:
            if not self._problem:
                self._stretch.add_frame(held)

    def _give_up(self, error: Exception) -> None:
        self._waiting.abandon()
        with self._lock:
            self._problem = f"The last seconds are not held any more ({type(error).__name__}: {error})."
            self._stretch.clear()


def _write(
    recorder: Recorder,
    frames: Sequence[HeldFrame],
    poses: Sequence[HeldPose],
    *,
    progress: Callable[[int, int], object] | None,
    pause: Callable[[float], object],
) -> None:
    """Hand all that is held to a recorder, a third as fast as it writes."""
    found = {(pose.stream, pose.number, pose.time_s): pose for pose in poses}
    for done, held in enumerate(frames, start=1):
        began_s = time.perf_counter()
        if not recorder.frame(_shown(held), wait=True):
            return  # it says why
        pose = found.get((held.stream, held.number, held.time_s))
        if pose is not None:
            recorder.poses(held.time_s, pose.pose, pose.looked_at, wait=True)
        if progress is not None:
            progress(done, len(frames))
        pause(min(_LONGEST_PAUSE_S, 2 * (time.perf_counter() - began_s)))


def _shown(held: HeldFrame) -> Frame:
    return Frame(
        picture_bgr=held.picture_bgr(),
        time_s=held.time_s,
        arrived_s=held.arrived_s,
        number=held.number,
        stream=held.stream,
    )
