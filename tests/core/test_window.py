"""The ring buffer against a naive deque."""

from collections import deque

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.live.window import SlidingWindow


@given(st.integers(1, 9), st.lists(st.one_of(st.floats(-1, 1, width=32), st.none()), max_size=60))
def test_a_window_is_what_a_deque_holds(frames: int, steps: list[float | None]) -> None:
    """None clears."""
    window = SlidingWindow(frames=frames, row_shape=(2,))
    naive: deque[float] = deque(maxlen=frames)
    for step in steps:
        if step is None:
            window.clear()
            naive.clear()
        else:
            window.push(np.full(2, step, dtype=np.float32))
            naive.append(step)
        view = window.view()
        assert len(window) == len(naive)
        assert view.flags.c_contiguous
        np.testing.assert_array_equal(view, np.array([[x, x] for x in naive], dtype=np.float32).reshape(-1, 2))
