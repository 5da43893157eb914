"""How many processes work is spread over, and how many threads a small product gets."""

import os
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


@contextmanager
def one_thread() -> Iterator[None]:
    """NumPy's products take one thread meanwhile, in the whole process.

    For a step of a network more threads cost more than they bring, and the pose network needs the cores.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield
