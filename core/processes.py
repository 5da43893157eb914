"""How many processes work is spread over."""

import os
from typing import Final

_MOST: Final = 61  # more than that Windows cannot wait for


def processor_count() -> int:
    """Processors that this process may use: fewer than there are where it was told so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def process_count(wanted: int | None, *, pieces: int) -> int:
    """Processes for so many pieces of work: as many as wanted, else one a processor; no idle ones, at least one."""
    return max(1, min(processor_count() if wanted is None else wanted, pieces, _MOST))
