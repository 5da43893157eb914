import os

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from core.processes import one_thread, process_count, processor_count


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


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_one_thread_is_given_back_when_the_last_of_overlapping_holders_has_gone() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        first, second = one_thread(), one_thread()
        first.__enter__()
        second.__enter__()
        assert blas_threads() == {1}
        first.__exit__(None, None, None)
        assert blas_threads() == {1}, "the second one still holds it"
        second.__exit__(None, None, None)
        assert blas_threads() == {2}
