"""Memory of a training: what is freed is kept for the next step."""

import ctypes
from typing import Final

_M_TRIM_THRESHOLD: Final = -1  # numbers of glibc's malloc.h
_M_MMAP_MAX: Final = -4


def keep_freed_memory() -> bool:
    """Let this process keep large blocks that it frees. Returns whether the C library can do that (glibc can).

    Without it each step asks the system for tens of megabytes, which come page by page and go back after the step:
    at a batch of 256 windows that is nearly half of the time. The price is that the process never gives memory back,
    so it is for processes that train, not for a window that stays open.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # macOS and Windows have other allocators
        return False
    return bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, -1))
