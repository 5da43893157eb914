"""The window: the last frames of a stream as one contiguous array."""

import numpy as np
from numpy.typing import NDArray


class SlidingWindow:
    """Mirrored ring buffer: each row is written twice, so that any window is a contiguous view without a copy.

    A view is valid until the next `push`. Used by one thread.
    """

    def __init__(self, *, frames: int, row_shape: tuple[int, ...]) -> None:
        self._frames = frames
        self._rows = np.zeros((2 * frames, *row_shape), dtype=np.float32)
        self._next = 0  # where the next row goes, in the first half
        self._filled = 0

    def __len__(self) -> int:
        return self._filled

    def push(self, row: NDArray[np.float32]) -> None:
        """Add a row; the oldest one falls out once the window is full."""
        self._rows[self._next] = row
        self._rows[self._next + self._frames] = row
        self._next = (self._next + 1) % self._frames
        self._filled = min(self._filled + 1, self._frames)

    def view(self) -> NDArray[np.float32]:
        """The rows so far, oldest first: (n, ...) with n up to `frames`."""
        end = self._next + self._frames
        return self._rows[end - self._filled : end]

    def clear(self) -> None:
        """Forget everything."""
        self._filled = 0
