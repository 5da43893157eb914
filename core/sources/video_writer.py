"""VideoWriter: H.264 with the true time of each frame, and nothing half-written at the target."""

import os
import uuid
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
import av.logging
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream

from core.errors import OutputError
from core.opencv import cv2
from core.sources.source import Picture

FORMATS = {".mp4": "mp4", ".mkv": "matroska", ".mov": "mov"}
MUXER_OPTIONS = {"mp4": {"movflags": "+faststart"}, "mov": {"movflags": "+faststart"}, "matroska": {}}
CODEC = "libx264"
PIXEL_FORMAT = "yuv420p"  # the one that every player knows
CODEC_OPTIONS = {"preset": "veryfast", "crf": "20"}
# What a kill leaves readable but for less than a second: a cluster a second, each packet written at once, no frame held
# back by the encoder, and a picture to begin with every thirty.
LIVE_MUXER_OPTIONS = {"cluster_time_limit": "1000", "flush_packets": "1"}
LIVE_CODEC_OPTIONS = {"preset": "ultrafast", "crf": "21", "tune": "zerolatency", "g": "30"}
TICKS_PER_S = 90_000  # the usual clock of video, exact for all common rates
SMALLEST_STEP_TICKS = TICKS_PER_S // 1000  # Matroska counts in milliseconds
USUAL_RATE_HZ = 30.0
LONGEST_NAME = 255  # bytes, on every usual file system

av.logging.set_level(av.logging.PANIC)  # x264 would write its statistics to stderr


class VideoWriter:
    """Writes to a hidden file beside the target and replaces the target at `close`; `abort` leaves nothing.

    With `survives` it writes the target itself, which must be Matroska and new, so that whatever happens what was
    recorded is there; then `abort` leaves it. As a context manager it closes, or aborts when an exception passes. For
    one thread.
    """

    def __init__(
        self, path: Path, *, size_px: tuple[int, int], rate_hz: float = USUAL_RATE_HZ, survives: bool = False
    ) -> None:
        """Open it.

        Args:
            path: Ends in .mp4, .mkv or .mov; its folder must exist.
            size_px: Width and height; an odd one loses a row or column, as H.264 cannot hold it.
            rate_hz: The nominal rate that players show (0 = unknown); the frames' own times count.
            survives: A kill leaves what was recorded until then.

        Raises:
            OutputError: The file cannot be written there, or has another ending.
        """
        self._path = path
        self._size_px = (max(2, size_px[0] // 2 * 2), max(2, size_px[1] // 2 * 2))
        self._survives = survives
        self._part = path if survives else path.with_name(f".part-{uuid.uuid4().hex[:8]}{path.suffix}")
        self._first_s: float | None = None
        self._last_ticks = 0
        self._container: OutputContainer | None = None
        format_name = check_video_target(path)
        options = LIVE_MUXER_OPTIONS if survives else MUXER_OPTIONS[format_name]
        if survives and (format_name != "matroska" or path.exists()):
            raise OutputError(f"'{path}' must be a new file that ends in .mkv.")
        try:
            self._container = av.open(str(self._part.absolute()), "w", format=format_name, options=options)
            self._stream = self._make_stream(self._container, rate_hz or USUAL_RATE_HZ)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            self.abort()
            raise self._error(error) from error

    def write(self, picture_bgr: Picture, time_s: float) -> None:
        """Add a frame, shown from `time_s` on; times count from the first frame and must increase.

        A picture of another size is fitted. Raises OutputError, after an `abort`, when the disk refuses it.
        """
        if self._container is None:
            raise OutputError(f"'{self._path}' is closed already.")
        # OpenCV converts several times faster than FFmpeg: 12 ms of 55 at 1080p.
        planes = np.asarray(cv2.cvtColor(self._fitted(picture_bgr), cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format=PIXEL_FORMAT)
        frame.pts, frame.time_base = self._ticks(time_s), Fraction(1, TICKS_PER_S)
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise self._error(error) from error

    def close(self) -> None:
        """Finish the file and put it in place. Safe to call twice. Raises OutputError if it fails or no frame came."""
        if self._container is None:
            return
        if self._first_s is None:
            self.abort()
            raise OutputError(f"'{self._path}' was not written: no frame came.")
        try:
            for packet in self._stream.encode(None):
                self._container.mux(packet)
            self._container.close()
            self._container = None
            _flush_to_disk(self._part)
            if not self._survives:
                self._part.replace(self._path)
        except (av.error.FFmpegError, OSError) as error:
            self.abort()
            raise self._error(error) from error

    def abort(self) -> None:
        """Give up: what was written is deleted unless it `survives`, an older file of that name stays.

        Safe to call at any time.
        """
        container, self._container = self._container, None
        try:
            if container is not None:
                container.close()
        except (av.error.FFmpegError, OSError):
            pass  # it is deleted anyway
        finally:
            if not self._survives:
                self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _make_stream(self, container: OutputContainer, rate_hz: float) -> VideoStream:
        stream = container.add_stream(
            CODEC,
            rate=Fraction(rate_hz).limit_denominator(1001),
            options=dict(LIVE_CODEC_OPTIONS if self._survives else CODEC_OPTIONS),
        )
        assert isinstance(stream, VideoStream)  # libx264 makes nothing else
        stream.width, stream.height = self._size_px
        stream.pix_fmt = PIXEL_FORMAT
        stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        container.start_encoding()
        return stream

    def _fitted(self, picture_bgr: Picture) -> Picture:
        width_px, height_px = self._size_px
        spare = (picture_bgr.shape[1] - width_px, picture_bgr.shape[0] - height_px)
        if all(value in (0, 1) for value in spare):
            return np.ascontiguousarray(picture_bgr[:height_px, :width_px])
        return np.asarray(cv2.resize(picture_bgr, self._size_px, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def _ticks(self, time_s: float) -> int:
        """Time since the first frame, always later than the last frame."""
        if self._first_s is None:
            self._first_s = time_s
            return 0
        ticks = round((time_s - self._first_s) * TICKS_PER_S)
        self._last_ticks = max(ticks, self._last_ticks + SMALLEST_STEP_TICKS)
        return self._last_ticks

    def _error(self, error: Exception) -> OutputError:
        reason = getattr(error, "strerror", None) or str(error)
        return OutputError(f"'{self._path}' cannot be written ({reason}): choose another place or make room.")


def check_video_target(path: Path) -> str:
    """The container format for a path. Raises OutputError where no video can be written: ask before a long run."""
    name = FORMATS.get(path.suffix.lower())
    if len(os.fsencode(path.name)) > LONGEST_NAME:
        raise OutputError(f"The name '{path.name[:40]}...' is too long for a file.")
    if path.is_dir():
        raise OutputError(f"'{path}' is a folder: give the name of a video file in it.")
    if name is None:
        raise OutputError(f"'{path}' must end in {', '.join(FORMATS)}.")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"'{path}' cannot be written: the folder '{path.parent}' does not exist.")
    return name


def _flush_to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
