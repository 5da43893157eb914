"""SeekableFilm: the picture of a film at any moment, for players. Times count from its first picture, as labels do.

A film can only be decoded forwards from a key picture. So pictures that were decoded on the way stay for a while, and
stepping or playing backwards decodes each stretch once. A rough answer is what can be had in a moment, from the key
picture on: what one scrubs over, until the pointer rests.
"""

import bisect
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from core.errors import SourceError
from core.sources.source import Clock, Picture, SourceInfo
from core.sources.video import USUAL_RATE_HZ, decoded, open_video, presented_s, upright

KEPT_BYTES: Final = 192 * 2**20
_FORWARD_S: Final = 1.0  # a moment that is so little ahead is reached sooner by decoding on than by looking for a key
_ALIKE_S: Final = 0.0005  # Matroska counts in milliseconds
_ROUGH_S: Final = 0.015  # so long a rough answer decodes on, so that it is there 30 times a second


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """A picture of a film."""

    picture_bgr: Picture
    time_s: float
    is_rough: bool = False  # somewhat before the moment that was asked for


class SeekableFilm:
    """For one thread. `open`, then any of the others, then `close`."""

    def __init__(self, path: Path, *, kept_bytes: int = KEPT_BYTES, clock: Clock = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._container: InputContainer | None = None
        self._frames: Iterator[VideoFrame] = iter(())
        self._reformatter = VideoReformatter()
        self._first_s = 0.0
        self._size_px = (0, 0)
        self._position_s: float | None = None  # of the picture that was decoded last
        self._sought_s = -1.0  # no key picture lies between where the decoder began and this
        self._has_ended = False
        self._kept = _Kept(kept_bytes)
        self._last: tuple[VideoFrame, Shot] | None = None

    def open(self) -> SourceInfo:
        """Open it. Raises SourceError that names the file and what is wrong."""
        self._container, stream = open_video(self._path)
        stream.thread_type = "SLICE"  # threads that each decode another picture would hold the first one back
        self._stream = stream
        try:
            self._frames = decoded(self._container, stream)
            first = next(self._frames, None)
            if first is None:
                raise SourceError(f"'{self._path}' holds no picture that can be decoded.")
            self._first_s = presented_s(first, self._container, stream) or 0.0
            self._size_px = (first.width, first.height)
            dated = self._take(first)
        except BaseException:
            self.close()
            raise
        picture = self._shot(dated).picture_bgr
        duration_s = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
        rate_hz = float(stream.average_rate or stream.guessed_rate or 0.0)
        return SourceInfo(
            label=self._path.name,
            width_px=picture.shape[1],
            height_px=picture.shape[0],
            rate_hz=rate_hz,
            frame_count=stream.frames or round(duration_s * rate_hz) or None,
            is_live=False,
            detail=stream.codec_context.name,
        )

    def close(self) -> None:
        """Release the file. Safe to call twice."""
        self._frames, self._last = iter(()), None
        self._kept.clear()
        container, self._container = self._container, None
        if container is not None:
            container.close()

    def at(self, time_s: float, *, is_rough: bool = False) -> Shot:
        """The picture that is shown at a time: the last one that begins before it, or the first of all.

        With `is_rough` what can be had in a moment: that picture, or one between it and the key picture before it. The
        same picture again is the same Shot.
        """
        time_s, until_s = max(0.0, time_s), self._clock() + _ROUGH_S if is_rough else math.inf
        found = self._kept.at(time_s)
        if found is not None:
            return self._shot(found)
        if not self._is_close_ahead(time_s):
            self._seek(time_s)
        return self._decode_to(time_s, until_s=until_s)

    def after(self, time_s: float) -> Shot:
        """The first picture that begins after a time; the last one of the film at its end."""
        now = self.at(time_s)
        following = self._kept.after(now.time_s)
        if following is None and not self._kept.is_last(now.time_s):
            if self._has_ended or self._position_s is None or abs(self._position_s - now.time_s) > _ALIKE_S:
                self._seek(now.time_s)
                while self._position_s is not None and self._position_s < now.time_s - _ALIKE_S:
                    if self._decode() is None:  # `_decode_to` would find the picture kept, and decode nothing
                        break
            following = self._decode()
        return now if following is None else self._shot(following)

    def before(self, time_s: float) -> Shot:
        """The picture before the one that is shown at a time; the first one of the film at its beginning."""
        return self.at(max(0.0, self.at(time_s).time_s - 2 * _ALIKE_S))

    # Decoding

    def _is_close_ahead(self, time_s: float) -> bool:
        """Whether decoding on is quicker than looking for a key picture."""
        if self._position_s is None or time_s < self._position_s - _ALIKE_S:
            return False
        return self._has_ended or time_s <= max(self._sought_s, self._position_s + _FORWARD_S)

    def _seek(self, time_s: float) -> None:
        """Go to the key picture before a time, and decode it; where the file's index is wrong, to an earlier one."""
        for back_s in (0.0, 2.0, 10.0, 60.0):
            self._jump(max(0.0, time_s - back_s))
            key = self._decode()
            if key is not None and key.time_s <= time_s + _ALIKE_S:
                self._sought_s = time_s
                return
            if back_s >= time_s:
                break
        self._jump(None)
        self._decode()

    def _jump(self, time_s: float | None) -> None:
        """Let the decoder begin anew at the key picture before a time; None: at the beginning of the file."""
        assert self._container is not None
        assert self._stream.time_base is not None
        try:
            if time_s is None:
                raise ValueError
            target = round((time_s + _ALIKE_S + self._first_s) / float(self._stream.time_base))
            self._container.seek(target, stream=self._stream, backward=True)
        except (av.error.FFmpegError, ValueError):  # a file that cannot be sought in is read from its beginning
            self._container.close()
            self._container, self._stream = open_video(self._path)
            self._stream.thread_type = "SLICE"
        self._frames = decoded(self._container, self._stream)
        self._position_s, self._sought_s, self._has_ended = None, -1.0, False
        self._kept.break_off()

    def _decode(self) -> "_Dated | None":
        frame = next(self._frames, None)
        if frame is None:
            self._has_ended = True
            self._kept.end()
            return None
        return self._take(frame)

    def _take(self, frame: VideoFrame) -> "_Dated":
        assert self._container is not None
        at_s = presented_s(frame, self._container, self._stream)
        if at_s is None:
            rate_hz = float(self._stream.average_rate or self._stream.guessed_rate or USUAL_RATE_HZ)
            at_s = self._first_s + (0.0 if self._position_s is None else self._position_s + 1 / rate_hz)
        self._position_s = max(0.0, at_s - self._first_s)
        dated = _Dated(self._position_s, frame)
        self._kept.add(dated)
        return dated

    def _decode_to(self, time_s: float, *, until_s: float) -> Shot:
        """Decode until the picture of a time is there, or it is late; at the end of the film the last one."""
        while (found := self._kept.at(time_s)) is None:
            is_late = self._clock() >= until_s
            if is_late or self._decode() is None:
                last = self._kept.last()
                if last is None:
                    raise SourceError(f"'{self._path}' cannot be read at {time_s:.1f} s.")
                return self._shot(last, is_rough=is_late)
        return self._shot(found)

    def _shot(self, dated: "_Dated", *, is_rough: bool = False) -> Shot:
        if self._last is not None and self._last[0] is dated.frame and self._last[1].is_rough == is_rough:
            return self._last[1]
        width_px, height_px = self._size_px
        converted = self._reformatter.reformat(dated.frame, width=width_px, height=height_px, format="bgr24")
        picture_bgr = np.asarray(converted.to_ndarray(), dtype=np.uint8)
        shot = Shot(
            picture_bgr=upright(picture_bgr, rotation_deg=dated.frame.rotation),
            time_s=dated.time_s,
            is_rough=is_rough,
        )
        self._last = (dated.frame, shot)
        return shot


class _Dated(NamedTuple):
    time_s: float
    frame: VideoFrame


class _Kept:
    """Decoded pictures in the order of their times, with what is known of the time until which each is shown."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._times: list[float] = []
        self._frames: dict[float, VideoFrame] = {}  # in the order in which they were asked for, the oldest first
        self._until: dict[float, float] = {}
        self._newest_s: float | None = None  # decoded last, in one stretch with the next one

    def add(self, dated: _Dated) -> None:
        (time_s, frame), before_s = dated, self._newest_s
        if before_s is not None and before_s in self._frames and time_s > before_s:
            self._until[before_s] = time_s
        if time_s not in self._frames:
            bisect.insort(self._times, time_s)
        self._newest_s = time_s
        self._touch(time_s, frame)
        size = sum(plane.buffer_size for plane in frame.planes)  # four times 8-bit 4:2:0 where a camera is a good one
        while len(self._times) > max(2, self._most_bytes // max(1, size)):
            # Only now it is known until when the one before is shown: it may be the one that is looked for.
            self._drop(next(one for one in self._frames if one not in (time_s, before_s)))

    def at(self, time_s: float) -> _Dated | None:
        """The picture of a time, where it is kept and it is known that none comes between."""
        place = bisect.bisect_right(self._times, time_s + _ALIKE_S) - 1
        if place < 0:
            return None
        found = self._times[place]
        if time_s + _ALIKE_S >= self._until.get(found, -1.0) and abs(found - time_s) > _ALIKE_S:
            return None
        return self._asked(found)

    def after(self, time_s: float) -> _Dated | None:
        """The picture that follows that of a time, where both are kept and it is known that none comes between."""
        until_s = self._until.get(time_s)
        return self._asked(until_s) if until_s in self._frames and until_s is not None else None

    def is_last(self, time_s: float) -> bool:
        """Whether no picture comes after that one."""
        return self._until.get(time_s) == math.inf

    def last(self) -> _Dated | None:
        """The picture that was decoded last."""
        return None if self._newest_s is None else self._asked(self._newest_s)

    def end(self) -> None:
        """The picture that was decoded last is the last of the film: it is shown for ever."""
        if self._newest_s is not None:
            self._until[self._newest_s] = math.inf

    def break_off(self) -> None:
        """The next picture does not follow the one before."""
        self._newest_s = None

    def clear(self) -> None:
        """Keep nothing any more."""
        for kept in (self._times, self._frames, self._until):
            kept.clear()
        self._newest_s = None

    def _asked(self, time_s: float) -> _Dated:
        return _Dated(time_s, self._touch(time_s, self._frames[time_s]))

    def _touch(self, time_s: float, frame: VideoFrame) -> VideoFrame:
        self._frames.pop(time_s, None)
        self._frames[time_s] = frame
        return frame

    def _drop(self, time_s: float) -> None:
        self._frames.pop(time_s)
        self._until.pop(time_s, None)
        self._times.remove(time_s)
