import os

import pytest

from core.processes import process_count, processor_count


def test_as_many_processes_as_there_is_work_and_room_for() -> None:
    assert 1 <= processor_count() <= (os.cpu_count() or 1)
    assert [process_count(wanted, pieces=10) for wanted in (1, 4, 99)] == [1, 4, 10]
    assert process_count(None, pieces=10_000) == min(processor_count(), 61)
    assert process_count(200, pieces=10_000) == 61, "Windows waits for no more"
    assert process_count(None, pieces=0) == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot keep a process to some processors")
def test_a_process_that_is_kept_to_one_processor_counts_one() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert processor_count() == 1
    finally:
        os.sched_setaffinity(0, allowed)
