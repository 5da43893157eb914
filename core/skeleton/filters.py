"""One-Euro filter: smooths what stands still and lets through what moves.

Casiez et al., "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in Interactive Systems", CHI 2012.
Each number of an array has a cut-off of its own, so a resting foot is calm while a hand punches.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class OneEuroSpec:
    """The three constants of the filter. Raises ValueError unless both cut-offs are above 0 and beta is not below."""

    min_cutoff_hz: float  # of what does not move; lower is calmer
    beta: float  # how much the cut-off grows with speed; higher lags less
    derivative_cutoff_hz: float

    def __post_init__(self) -> None:
        if not (self.min_cutoff_hz > 0 and self.derivative_cutoff_hz > 0 and self.beta >= 0):
            raise ValueError(f"A One-Euro filter cannot have these constants: {self}.")


# What MediaPipe smooths the joints of a single person with (its pose landmark graph). Metres, and pixels against the
# size of the body.
WORLD_SMOOTHING: Final = OneEuroSpec(min_cutoff_hz=0.1, beta=40.0, derivative_cutoff_hz=1.0)
IMAGE_SMOOTHING: Final = OneEuroSpec(min_cutoff_hz=0.05, beta=80.0, derivative_cutoff_hz=1.0)


class OneEuroFilter:
    """Filters one stream of arrays of one shape, at any rate. Used by one thread.

    The derivative is that of the raw values, as MediaPipe takes it (the paper's first listing takes the filtered one).
    """

    def __init__(self, spec: OneEuroSpec) -> None:
        self._spec = spec
        self.reset()

    def reset(self) -> None:
        """Forget the stream; the next values pass unchanged."""
        self._time_s = 0.0
        self._raw: Values | None = None
        self._speed: Values | None = None
        self._smooth: Values | None = None

    def push(self, time_s: float, values: Values, *, scale: float = 1.0) -> Values:
        """The filtered values, of the shape of `values`.

        `scale` turns the derivative into the unit that beta is meant for: 1 / (size of the body) for pixels. Values of
        a time that is not later than the last one change nothing.
        """
        if self._smooth is None or self._raw is None or self._speed is None:
            self._time_s, self._raw, self._smooth = time_s, values, values
            self._speed = np.zeros_like(values)
            return values
        period_s = time_s - self._time_s
        if period_s <= 0:
            return self._smooth
        speed = (values - self._raw) * np.float32(scale / period_s)
        self._speed = self._speed + _alpha(self._spec.derivative_cutoff_hz, period_s) * (speed - self._speed)
        cutoff_hz = self._spec.min_cutoff_hz + self._spec.beta * np.abs(self._speed)
        self._smooth = (self._smooth + _alpha(cutoff_hz, period_s) * (values - self._smooth)).astype(values.dtype)
        self._time_s, self._raw = time_s, values
        return self._smooth


def _alpha(cutoff_hz: float | NDArray[np.floating], period_s: float) -> Values:
    """Share of the new value: ``1 / (1 + tau / period)`` with ``tau = 1 / (2 pi cutoff)``."""
    return np.asarray(1 / (1 + 1 / (2 * np.pi * np.asarray(cutoff_hz) * period_s)), dtype=np.float32)
