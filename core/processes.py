"""How many processes work is spread over, and how many threads a small product gets."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from threadpoolctl import threadpool_limits

_MOST: Final = 61  # more than that Windows cannot wait for


def processor_count() -> int:
    """Processors that this process may use: fewer than there are where it was told so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def process_count(wanted: int | None, *, pieces: int) -> int:
    """Processes for so many pieces of work: as many as wanted, else one a processor; no idle ones, at least one."""
    return max(1, min(processor_count() if wanted is None else wanted, pieces, _MOST))


class _OneThread:
    """The first holder sets the limit, and the last one lifts it, in whatever order they come and go.

    Each with a limit of its own would give back what it found: one that began later but ends later too would then leave
    one thread for good.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._limits: threadpool_limits | None = None

    def hold(self) -> None:
        with self._lock:
            if self._limits is None:
                self._limits = threadpool_limits(limits=1, user_api="blas")
            self._holders += 1

    def let_go(self) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders and self._limits is not None:
                self._limits.restore_original_limits()
                self._limits = None


_ONE_THREAD: Final = _OneThread()


@contextmanager
def one_thread() -> Iterator[None]:
    """NumPy's products take one thread meanwhile, in the whole process; several threads may hold it at once.

    For a step of a network more threads cost more than they bring, and the pose network needs the cores.
    """
    _ONE_THREAD.hold()
    try:
        yield
    finally:
        _ONE_THREAD.let_go()
