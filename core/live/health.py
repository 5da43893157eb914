"""Whether the pictures of a camera say anything: a covered lens and a driver that hangs both look like a quiet room."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.sources.source import Frame

AFTER_S: Final = 2.0  # for so long it may be chance
_DARK: Final = 8.0  # mean level of 255; a dim room of the performer has 40
_STEP: Final = 16  # every so many pixels are looked at

BLACK: Final = "The picture is black. Is the lens covered, or the camera switched off by a key or a shutter?"
FROZEN: Final = "The camera sends the same picture again and again. Unplug it and plug it in again if that goes on."


class PictureWatch:
    """Looks at frames one after the other and says what is wrong with them. Used by one thread."""

    def __init__(self) -> None:
        self._stream = 0
        self._last: NDArray[np.uint8] | None = None
        self._fine_s: dict[str, float] = {}
        self._forget()

    def look(self, frame: Frame) -> str:
        """What is wrong for `AFTER_S` or longer; "" where nothing is. Sensors tremble: two pictures are never alike."""
        if frame.stream != self._stream:  # it was unplugged meanwhile
            self._stream = frame.stream
            self._forget()
        sample = frame.picture_bgr[::_STEP, ::_STEP].copy()
        is_black = float(sample.mean()) < _DARK
        is_same = self._last is not None and np.array_equal(sample, self._last)
        self._last = sample
        for text, is_wrong in ((BLACK, is_black), (FROZEN, is_same)):
            if not is_wrong or self._fine_s[text] == float("-inf"):
                self._fine_s[text] = frame.arrived_s
        return next((text for text, fine_s in self._fine_s.items() if frame.arrived_s - fine_s >= AFTER_S), "")

    def _forget(self) -> None:
        self._last = None
        self._fine_s = {BLACK: float("-inf"), FROZEN: float("-inf")}
