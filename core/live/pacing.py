"""Meters for the status bar: how often something happens, and how long each stage takes.

Times are given by the caller, so that both are deterministic. One thread feeds a meter, any thread may read it.
"""

from collections import deque
from collections.abc import Mapping
from threading import Lock

from core.live.results import Quantiles

DEFAULT_SPAN_S = 2.0
DEFAULT_CAPACITY = 300  # about ten seconds of frames


class RateMeter:
    """Events per second over the last `span_s` seconds."""

    def __init__(self, span_s: float = DEFAULT_SPAN_S) -> None:
        self._span_s = span_s
        self._times_s: deque[float] = deque()
        self._lock = Lock()

    def tick(self, now_s: float) -> None:
        """One event happened now. Times must not go back."""
        with self._lock:
            self._times_s.append(now_s)
            self._forget(now_s)

    def rate_hz(self, now_s: float) -> float:
        """Events per second; 0 before the second event, and falling to 0 when no more events come."""
        with self._lock:
            self._forget(now_s)
            if len(self._times_s) < 2 or self._times_s[-1] <= self._times_s[0]:
                return 0.0
            gaps = len(self._times_s) - 1
            busy_s = self._times_s[-1] - self._times_s[0]
            overdue_s = max(0.0, now_s - self._times_s[-1] - busy_s / gaps)
            return gaps / (busy_s + overdue_s)

    def _forget(self, now_s: float) -> None:
        while self._times_s and self._times_s[0] < now_s - self._span_s:
            self._times_s.popleft()


class LatencyMeter:
    """Quantiles, by stage, of the last `capacity` frames."""

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        self._capacity = capacity
        self._stages: dict[str, deque[float]] = {}
        self._lock = Lock()

    def add(self, stages_ms: Mapping[str, float]) -> None:
        """The times of one frame, milliseconds by the name of the stage."""
        with self._lock:
            for stage, value_ms in stages_ms.items():
                self._stages.setdefault(stage, deque(maxlen=self._capacity)).append(value_ms)

    def quantiles_ms(self) -> dict[str, Quantiles]:
        """Median, 95th and 99th percentile of each stage that was seen, interpolated between values."""
        with self._lock:
            stages = {stage: sorted(values) for stage, values in self._stages.items()}
        return {
            stage: Quantiles(*(_interpolated(values, share) for share in (0.5, 0.95, 0.99)))
            for stage, values in stages.items()
        }


def _interpolated(ordered: list[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
