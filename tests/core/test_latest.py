"""Latest and Handoff: who gets which item, across threads and without a sleep."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from core.live.latest import Handoff, Latest

JOIN_S = 10.0


def run_in_thread(work: Callable[[], object]) -> Thread:
    thread = Thread(target=work, daemon=True)
    thread.start()
    return thread


def joined(thread: Thread) -> bool:
    thread.join(JOIN_S)
    return not thread.is_alive()


def test_newest_wins_and_drops_are_counted() -> None:
    box: Latest[str] = Latest()
    for item in ("a", "b", "c"):
        assert box.put(item)
    assert (box.take(0), box.drops, box.sequence) == ("c", 2, 3)


def test_an_item_is_taken_once_but_can_be_peeked_again() -> None:
    box: Latest[str] = Latest()
    assert box.peek() is None
    box.put("a")
    assert box.take(0) == "a"
    assert box.take(0) is None
    assert box.peek() == "a"


def test_an_equal_item_put_again_is_a_new_item() -> None:
    box: Latest[str] = Latest()
    box.put("a")
    box.take(0)
    box.put("a")
    assert (box.take(0), box.drops) == ("a", 0)


@pytest.mark.parametrize("make", [Latest, Handoff])
def test_close_wakes_who_waits_for_an_item(make: type[Latest[int]] | type[Handoff[int]]) -> None:
    box = make()
    got: list[int | None] = []
    waiter = run_in_thread(lambda: got.append(box.take()))
    box.close()
    assert joined(waiter)
    assert got == [None]


@pytest.mark.parametrize("make", [Latest, Handoff])
def test_what_was_put_before_the_close_can_be_taken_after_it(make: type[Latest[int]] | type[Handoff[int]]) -> None:
    box = make()
    box.put(7)
    box.close()
    box.close()
    assert not box.put(8)
    assert not box.finished
    assert (box.take(), box.take(), box.finished) == (7, None, True)


def test_each_item_is_either_taken_or_dropped() -> None:
    box: Latest[int] = Latest()
    count = 2000
    start = Barrier(2)

    def produce() -> None:
        start.wait()
        for number in range(count):
            box.put(number)
        box.close()

    producer = run_in_thread(produce)
    start.wait()
    taken: list[int] = []
    while not box.finished:
        item = box.take(JOIN_S)
        if item is not None:
            taken.append(item)
    assert joined(producer)
    assert taken == sorted(set(taken))
    assert taken[-1] == count - 1
    assert len(taken) + box.drops == count


def test_handoff_delivers_everything_in_order_through_a_small_queue() -> None:
    box: Handoff[int] = Handoff(capacity=2)
    count = 2000

    def produce() -> None:
        for number in range(count):
            assert box.put(number)
        box.close()

    producer = run_in_thread(produce)
    taken = list(iter(lambda: box.take(JOIN_S), None))
    assert joined(producer)
    assert taken == list(range(count))
    assert (box.drops, box.finished) == (0, True)


def test_handoff_is_never_ahead_by_more_than_its_capacity() -> None:
    box: Handoff[int] = Handoff(capacity=3)
    producer = run_in_thread(lambda: [box.put(number) for number in range(100)])
    ahead = []
    for taken in range(100):
        assert box.take(JOIN_S) == taken
        ahead.append(box.sequence - (taken + 1))
    assert joined(producer)
    assert max(ahead) <= 3


def test_close_frees_a_put_that_waits_for_room() -> None:
    box: Handoff[int] = Handoff(capacity=1)
    box.put(0)
    accepted: list[bool] = []
    producer = run_in_thread(lambda: accepted.append(box.put(1)))
    box.close()
    assert joined(producer)
    assert accepted == [False]
    assert (box.take(), box.take()) == (0, None)


def test_a_queue_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        Handoff[int](capacity=0)
