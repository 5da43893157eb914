"""VideoFile: frames of a video at any rate, with the times that the file gives them."""

import contextlib
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import av
import av.error
import av.logging
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from core.errors import SourceError
from core.sources.source import Clock, Frame, Picture, SourceInfo

LARGEST_SIDE_PX, MOST_PIXELS = 8192, 4096 * 4096  # 50 MB a picture, and some of them wait in queues
MIN_STEP_S = 0.001  # MediaPipe counts in whole milliseconds
SEEK_BACK_S = 1.0  # a longer step back is a new stretch of time (joined files), not a repeated time stamp
USUAL_RATE_HZ = 30.0

Item: TypeAlias = tuple[float | None, Picture]  # presentation time in seconds (None where it is missing), picture

# Files that hold a film. FFmpeg would play a text too (as a terminal), and a playlist that calls itself .mp4 would make
# it open other files and connections.
FORMATS = (
    "3gp,amv,apng,asf,av1,avi,dv,flv,gif,gxf,h261,h263,h264,hevc,ivf,live_flv,m4v,matroska,mjpeg,mov,mp4,mpeg,mpegts,"
    "mpegvideo,mxf,nsv,nut,obu,ogg,rm,swf,vc1,vc1test,webm,wtv,yuv4mpegpipe"
)
OPEN_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}

av.logging.set_level(av.logging.PANIC)  # FFmpeg would write about damaged files to stderr


class MediaTimes:
    """Turns presentation times into strictly increasing ones from 0, whatever the file says.

    A missing time becomes the last one plus `interval_s`; a repeated one is nudged; after a jump back (joined files)
    or a `restart` (the film runs again) time goes on where it was.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._last_s = -interval_s
        self._offset_s: float | None = None

    def restart(self) -> None:
        """The next time belongs to a new run through the file."""
        self._offset_s = None

    def next(self, presented_s: float | None) -> float:
        """Time of the next frame in seconds, from its presentation time (None where it has none)."""
        expected_s = self._last_s + self._interval_s
        if presented_s is None:
            time_s = expected_s
        elif self._offset_s is None or presented_s - self._offset_s < self._last_s - SEEK_BACK_S:
            self._offset_s = presented_s - expected_s
            time_s = expected_s
        else:
            time_s = max(presented_s - self._offset_s, self._last_s + MIN_STEP_S)
        self._last_s = time_s
        return time_s


class VideoFile:
    """A FrameSource over a file. `open` and `read` belong to one thread, `close` to any.

    With `real_time` a frame is given out when its time has come, and at once when it is late: whoever wants only the
    newest drops the rest. Otherwise frames come as fast as they can be decoded. With `loop` it never ends.
    """

    def __init__(
        self,
        path: Path,
        *,
        real_time: bool,
        loop: bool = False,
        clock: Clock = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """`wait` sleeps for some seconds or until `close`; tests give one that moves their clock."""
        self._path = path
        self._real_time = real_time
        self._loop = loop
        self._clock = clock
        self._closing = threading.Event()
        self._wait = wait or self._closing.wait
        self._lock = threading.Lock()  # the container must not be closed while it decodes
        self._container: InputContainer | None = None
        self._pictures: Iterator[Item] = iter(())
        self._first: Item | None = None
        self._times = MediaTimes(1.0 / USUAL_RATE_HZ)
        self._started_s: float | None = None
        self._number = 0
        self._stream = 0

    def open(self) -> SourceInfo:
        """Open the file and decode its first picture. Raises SourceError that names the file and what is wrong."""
        try:
            with self._lock:
                return self._open()
        finally:
            self._stop_if_closing()

    def read(self) -> Frame | None:
        """The next frame, in real time when its time has come; None at the end or after `close`."""
        try:
            with self._lock:
                item = None if self._closing.is_set() else self._next_item()
                stream = self._stream
        finally:
            self._stop_if_closing()
        if item is None or self._closing.is_set():
            return None
        time_s = self._times.next(item[0])
        if self._real_time and not self._wait_until(time_s):
            return None
        frame = Frame(picture_bgr=item[1], time_s=time_s, arrived_s=self._clock(), number=self._number, stream=stream)
        self._number += 1
        return frame

    def close(self) -> None:
        """Release the file, or have the `open` or `read` under way in another thread do it; nobody is waited for.

        A waiting `read` returns None. Safe to call twice and from any thread.
        """
        self._closing.set()
        self._stop_if_closing()

    def _open(self) -> SourceInfo:
        stream = self._start()
        self._first = next(self._pictures, None)
        if self._first is None:
            self._stop()
            raise SourceError(f"'{self._path}' holds no picture that can be read: choose another video.")
        rate_hz = _rate_hz(stream)
        self._times = MediaTimes(1.0 / (rate_hz or USUAL_RATE_HZ))
        height_px, width_px = self._first[1].shape[:2]
        return SourceInfo(
            label=self._path.name,
            width_px=width_px,
            height_px=height_px,
            rate_hz=rate_hz,
            frame_count=None if self._loop else self._frame_count(stream, rate_hz),
            is_live=self._real_time,
            detail=stream.codec_context.name,
        )

    def _start(self) -> VideoStream:
        self._container, stream = open_video(self._path)
        self._pictures = _pictures(self._container, stream)
        return stream

    def _stop(self) -> None:
        self._pictures = iter(())
        if self._container is not None:
            self._container.close()
            self._container = None

    def _stop_if_closing(self) -> None:
        """Release the file unless it is in use; whoever uses it comes here afterwards."""
        if self._closing.is_set() and self._lock.acquire(blocking=False):
            try:
                self._stop()
            finally:
                self._lock.release()

    def _next_item(self) -> Item | None:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        item = next(self._pictures, None)
        if item is None and self._loop:
            self._stop()
            self._start()
            self._times.restart()
            self._stream += 1
            item = next(self._pictures, None)
        return item

    def _frame_count(self, stream: VideoStream, rate_hz: float) -> int | None:
        """A hint only: what the header says, or duration times rate."""
        if stream.frames:
            return stream.frames
        duration_us = self._container.duration if self._container else None
        return round(duration_us / av.time_base * rate_hz) if duration_us and rate_hz else None

    def _wait_until(self, time_s: float) -> bool:
        """Sleep until the frame is due; False when closed meanwhile."""
        if self._started_s is None:
            self._started_s = self._clock() - time_s
        early_s = self._started_s + time_s - self._clock()
        if early_s > 0:
            self._wait(early_s)
        return not self._closing.is_set()


def open_video(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a file and choose its film (not the cover picture of a song).

    Raises SourceError, one sentence that names the file, and then leaves nothing open.
    """
    _check_file(path)
    try:
        # Absolute, so that "a:b.mp4" is not taken for an address.
        container = av.open(str(path.absolute()), options=OPEN_OPTIONS)
    except (av.error.FFmpegError, OSError) as error:
        raise SourceError(f"'{path}' cannot be read as a video: it is damaged or of another kind.") from error
    films = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    problem = _problem(films[0]) if films else "holds no video: choose a file with a picture"
    if problem:
        container.close()
        raise SourceError(f"'{path}' {problem}.")
    # The header may say less than what comes; twice, since decoders count the edges that are cut off too.
    films[0].codec_context.options = {"max_pixels": str(2 * MOST_PIXELS)}
    return container, films[0]


def _check_file(path: Path) -> None:
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise SourceError(f"'{path}' is a folder: give one video file in it.")
        if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for somebody who writes to it
            raise SourceError(f"'{path}' is no ordinary file: give a video file, or 'camera:NAME' for a camera.")
        path.open("rb").close()
    except FileNotFoundError:
        raise SourceError(f"There is no file '{path}': check its name and folder.") from None
    except OSError as error:
        raise SourceError(f"'{path}' cannot be opened ({error.strerror}): check its name and rights.") from error
    if found.st_size == 0:
        raise SourceError(f"'{path}' is empty (0 bytes): choose another video.")


def _problem(stream: VideoStream) -> str:
    width_px, height_px = stream.codec_context.width, stream.codec_context.height
    if max(width_px, height_px) > LARGEST_SIDE_PX or width_px * height_px > MOST_PIXELS:
        return (
            f"has pictures of {width_px} x {height_px} pixels: at most {LARGEST_SIDE_PX} on a side and "
            f"{MOST_PIXELS / 1e6:.1f} million in all can be used"
        )
    return ""


def _pictures(container: InputContainer, stream: VideoStream) -> Iterator[Item]:
    """Presentation times and upright pictures, all of the size of the first, since joined films may change theirs."""
    reformatter = VideoReformatter()
    size_px: tuple[int, int] | None = None
    for frame in decoded(container, stream):
        size_px = size_px or (frame.width, frame.height)
        converted = reformatter.reformat(frame, width=size_px[0], height=size_px[1], format="bgr24")
        picture_bgr = np.asarray(converted.to_ndarray(), dtype=np.uint8)
        yield presented_s(frame, container, stream), upright(picture_bgr, rotation_deg=frame.rotation)


def presented_s(frame: VideoFrame, container: InputContainer, stream: VideoStream) -> float | None:
    """When a picture is shown, in seconds of its file; None where it does not say.

    AVI holds no such times, and those that FFmpeg guesses run to and fro where pictures are predicted from later ones;
    the times at which packets were read do not.
    """
    ticks = frame.dts if container.format.name == "avi" else frame.pts
    # Not frame.time: the last frames out of a decoder carry no time base of their own.
    return None if ticks is None or not stream.time_base else float(ticks * stream.time_base)


def decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """All frames that can be decoded; a damaged packet costs its own frames, a cut file its missing ones."""
    for packet in _packets(container, stream):
        try:
            frames = stream.codec_context.decode(packet)
        except av.error.FFmpegError:
            continue
        yield from frames


def _packets(
    container: InputContainer, stream: VideoStream
) -> "Iterator[Packet[VideoStream] | None]":  # quoted: generic in the stubs only
    """All packets up to the end or the cut, then None, which fetches the frames that the decoder still holds."""
    with contextlib.suppress(av.error.FFmpegError):
        yield from (packet for packet in container.demux(stream) if packet.size)
    yield None


def upright(picture_bgr: Picture, *, rotation_deg: int) -> Picture:
    """Turn a picture as its file asks (phones film sideways); only quarter turns are known, others stay."""
    quarters = round(rotation_deg / 90) % 4
    return picture_bgr if quarters == 0 else np.ascontiguousarray(np.rot90(picture_bgr, quarters))


def _rate_hz(stream: VideoStream) -> float:
    return float(stream.average_rate or stream.guessed_rate or 0.0)
