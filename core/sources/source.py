"""Frame and FrameSource: the seam between where pictures come from and what is done with them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]  # (height, width, 3)
Clock: TypeAlias = Callable[[], float]  # seconds, monotonic


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """What a performer's frame really shows: the joints it was drawn from and the action being acted."""

    positions_m: NDArray[np.float32]  # (P, 25, 3) Kinect-25 in the axes of the camera (mapping.py), metres
    positions_px: NDArray[np.float32]  # (P, 25, 2)
    action: str  # "" where nothing is acted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """A picture with its time.

    Windows are resampled by `time_s`: the capture time on the monotonic clock for a camera, the media time for a
    video file. `arrived_s` is always on the monotonic clock; latency is counted from it.
    """

    picture_bgr: Picture
    time_s: float
    arrived_s: float
    number: int  # counts the frames that the source delivered, from 0
    stream: int = 0  # grows by one where the picture has nothing to do with the one before: a loop's seam, a replug
    truth: Truth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """What a source really delivers, read back after it was opened."""

    label: str  # for people: "Logitech C920", "clip.mp4", "Performer"
    width_px: int
    height_px: int
    rate_hz: float  # 0 where unknown
    frame_count: int | None  # a hint only; None where there is no end
    is_live: bool  # time goes on without us, so the newest frame wins
    detail: str = ""  # pixel format or codec
    is_camera: bool = False  # a device, which can be covered, hang or be unplugged


class FrameSource(Protocol):
    """Lifecycle: `open` once, `read` from one thread until it returns None, `close` (safe to call twice).

    `open` raises SourceError and leaves nothing open when it fails, so that it can be tried again. `read` blocks
    for the next frame; None is the end of the source. A camera that is gone raises SourceLostError from `read`; reading
    again tries to reconnect. `close` may be called from another thread and makes a blocked `read` return soon.
    """

    def open(self) -> SourceInfo:
        """Open it and say what it really delivers."""
        ...

    def read(self) -> Frame | None:
        """Wait for the next frame; None at the end."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...
