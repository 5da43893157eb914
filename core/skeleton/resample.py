"""Poses at any times to poses at a constant rate, for clips (all at once) and for live streams (frame by frame).

Both interpolate linearly between the two frames around a grid time, so both give the same numbers.
"""

import math

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

Values = NDArray[np.float32]
Times = NDArray[np.float64]

MAX_GRID_FRAMES = 1_000_000  # 18 hours at 15 Hz: more means that the times are wrong
_EARLY = 1e-6  # of a period: rounding must not skip a grid time that a frame falls on


def resample_clip(times_s: Times, values: Values, *, rate_hz: float) -> Values:
    """Values (T, ...) at times (T,) to values (T', ...) at ``times_s[0] + n / rate_hz``.

    Raises DataError for a clip whose times span absurdly long.
    """
    frames = (times_s[-1] - times_s[0]) * rate_hz + _EARLY
    if not frames < MAX_GRID_FRAMES:  # may be infinite
        raise DataError(f"A clip of {times_s[-1] - times_s[0]:.3g} s is too long: are its times in seconds?")
    count = math.floor(frames) + 1
    grid_s = times_s[0] + np.arange(count) / rate_hz
    after = np.clip(np.searchsorted(times_s, grid_s), 1, max(len(times_s) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(times_s) - 1)
    return _blend(values[before], values[after], times_s[before], times_s[after], grid_s)


def _blend(first: Values, second: Values, t_first: Times, t_second: Times, t: Times) -> Values:
    span = np.maximum(t_second - t_first, 1e-9)
    share = np.clip((t - t_first) / span, 0, 1).astype(np.float32)
    share = share.reshape(share.shape + (1,) * (first.ndim - share.ndim))
    return first + (second - first) * share


class StreamResampler:
    """Takes frames as they come and gives the grid frames that have become certain. Used by one thread.

    The grid starts at the first frame. A gap longer than `max_gap_s`, or a time that goes back, starts a new grid: then
    `push` returns `restarted` as true and whoever keeps a window must empty it.
    """

    def __init__(self, *, rate_hz: float, max_gap_s: float = 0.5) -> None:
        self._period_s = 1 / rate_hz
        self._max_gap_s = max_gap_s
        self.reset()

    def reset(self) -> None:
        """Forget the stream; the next frame starts a new grid."""
        self._start_s = 0.0
        self._done = 0  # grid frames given since the start
        self._last: tuple[float, Values] | None = None

    def push(self, time_s: float, values: Values) -> tuple[list[Values], bool]:
        """Take the values of a frame; returns the new grid frames, oldest first, and whether a new grid began.

        A frame at the very time of the one before it is ignored.
        """
        last = self._last
        if last is None or time_s < last[0] or time_s - last[0] > self._max_gap_s:
            self._start_s, self._done, self._last = time_s, 1, (time_s, values)
            return [values], True
        if time_s == last[0]:
            return [], False
        due = math.floor((time_s - self._start_s) / self._period_s + _EARLY) + 1
        grid_s = (self._start_s + np.arange(self._done, due) * self._period_s).astype(np.float64)
        self._done, self._last = due, (time_s, values)
        before_s, before = last
        between = _blend(before[None], values[None], np.array([before_s]), np.array([time_s]), grid_s)
        return list(between), False
