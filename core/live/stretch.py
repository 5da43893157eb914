"""Stretch: frames and poses of the last seconds, bounded in seconds and bytes. No thread, no lock.

It is without a seam: a stream that begins anew, a time or a count of frames that goes back, nothing for a while, and
pictures of another size begin another stretch, and nothing of the one before is held any more.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.live.results import LiveResult
from core.opencv import cv2
from core.pose.pose import Pose
from core.sources.source import Frame, Picture

MOST_POSES: Final = 6000  # whatever the rate is
LONGEST_GAP_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldFrame:
    """A frame: its picture as JPEG, its times and which one it is."""

    jpeg: NDArray[np.uint8]  # (bytes,)
    shape: tuple[int, ...]  # of the picture
    time_s: float
    arrived_s: float
    number: int
    stream: int

    @classmethod
    def of(cls, frame: Frame, jpeg: NDArray[np.uint8]) -> "HeldFrame":
        """A frame whose picture has been encoded."""
        return cls(
            jpeg=jpeg, shape=frame.picture_bgr.shape, time_s=frame.time_s, arrived_s=frame.arrived_s,
            number=frame.number, stream=frame.stream,
        )  # fmt: skip

    def picture_bgr(self) -> Picture:
        """The picture, decoded."""
        return np.asarray(cv2.imdecode(self.jpeg, cv2.IMREAD_COLOR), dtype=np.uint8)

    def is_before(self, later: "HeldFrame") -> bool:
        """Whether the other one goes on in the same stretch."""
        goes_on = 0 < later.time_s - self.time_s <= LONGEST_GAP_S and later.number > self.number
        return goes_on and later.stream == self.stream and later.shape == self.shape


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldPose:
    """What was found in a frame; without the result, which would hold its picture."""

    pose: Pose
    looked_at: tuple[int | None, ...]
    time_s: float
    number: int
    stream: int

    @classmethod
    def of(cls, result: LiveResult) -> "HeldPose":
        """The persons of a result."""
        frame = result.frame
        return cls(
            pose=result.pose, looked_at=result.looked_at, time_s=frame.time_s, number=frame.number, stream=frame.stream
        )

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return self.pose.positions_m.nbytes + self.pose.positions_px.nbytes + self.pose.confidence.nbytes


class Stretch:
    """Frames and poses come in order, and poses after their frames or not at all."""

    def __init__(self, *, seconds: float, most_bytes: int) -> None:
        self.frames: deque[HeldFrame] = deque()
        self.poses: deque[HeldPose] = deque()
        self.bytes = 0
        self._seconds, self._most_bytes = seconds, most_bytes

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return self.frames[-1].time_s - self.frames[0].time_s if self.frames else 0.0

    @property
    def missed(self) -> int:
        """Frames between the first and the last that are not held."""
        return self.frames[-1].number - self.frames[0].number + 1 - len(self.frames) if self.frames else 0

    def add_frame(self, frame: HeldFrame) -> None:
        """The next frame, or the first one of another stretch."""
        if self.frames and not self.frames[-1].is_before(frame):
            self.bytes -= sum(held.jpeg.nbytes for held in self.frames)
            self.frames.clear()
        self.frames.append(frame)
        self.bytes += frame.jpeg.nbytes
        self._trim()

    def add_pose(self, pose: HeldPose) -> None:
        """What was found in one of the frames."""
        self.poses.append(pose)
        self.bytes += pose.bytes
        self._trim()

    def clear(self) -> None:
        """Hold nothing."""
        self.frames.clear()
        self.poses.clear()
        self.bytes = 0

    def _trim(self) -> None:
        while self.frames and (self.seconds > self._seconds or self.bytes > self._most_bytes):
            self.bytes -= self.frames.popleft().jpeg.nbytes
        while self.poses and (len(self.poses) > MOST_POSES or self._is_past(self.poses[0])):
            self.bytes -= self.poses.popleft().bytes

    def _is_past(self, pose: HeldPose) -> bool:
        """Whether a pose belongs to no frame that is held or to come."""
        newest = self.poses[-1]
        if pose.stream != newest.stream or pose.number > newest.number:
            return True  # of another stretch
        if newest.time_s - pose.time_s > self._seconds:
            return True
        return bool(self.frames) and (pose.stream, pose.number) < (self.frames[0].stream, self.frames[0].number)
