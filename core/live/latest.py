"""Hand-over between two threads: `Latest` (newest wins, drops counted) and its lossless twin `Handoff`.

Both have the same methods, so that a session chooses one by what its source is: a live source must not grow old in
a queue, a file must not lose a frame. One condition and a sequence number guard each of them, so that an item that was
taken already is never announced twice.
"""

from collections import deque
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """One slot. `put` never blocks; an item that nobody took before the next one came counts as a drop.

    Any thread may call any method. After `close` nothing more goes in; an item not taken yet can still be taken.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._item: T | None = None
        self._sequence = 0
        self._taken = 0
        self._drops = 0
        self._closed = False

    @property
    def sequence(self) -> int:
        """How many items were put so far; whoever only peeks repaints when it changed."""
        with self._changed:
            return self._sequence

    @property
    def drops(self) -> int:
        """How many items were overwritten before anyone took them."""
        with self._changed:
            return self._drops

    @property
    def finished(self) -> bool:
        """True when it is closed and nothing is left to take."""
        with self._changed:
            return self._closed and self._taken == self._sequence

    def put(self, item: T) -> bool:
        """Replace the item and wake who waits for it. False when closed: the item was not accepted."""
        with self._changed:
            if self._closed:
                return False
            self._drops += self._taken != self._sequence
            self._item = item
            self._sequence += 1
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float | None = None) -> T | None:
        """Wait for an item that was not taken yet; None after the timeout, or at once when `finished`."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._taken != self._sequence, timeout_s)
            if self._taken == self._sequence:
                return None
            self._taken = self._sequence
            return self._item

    def peek(self) -> T | None:
        """The newest item, taken or not, without waiting; None before the first."""
        with self._changed:
            return self._item

    def close(self) -> None:
        """Accept nothing more and wake everyone who waits. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Handoff(Generic[T]):
    """A bounded queue with the methods of `Latest` that loses nothing: `put` waits while it is full.

    `close` from either side ends both: a waiting `put` returns False, `take` gives what is left and then None.
    """

    def __init__(self, capacity: int = 4) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self._changed = Condition()
        self._capacity = capacity
        self._items: deque[T] = deque()
        self._newest: T | None = None
        self._sequence = 0
        self._closed = False

    @property
    def sequence(self) -> int:
        """How many items were put so far."""
        with self._changed:
            return self._sequence

    @property
    def drops(self) -> int:
        """Always 0: nothing is lost here."""
        return 0

    @property
    def finished(self) -> bool:
        """True when it is closed and nothing is left to take."""
        with self._changed:
            return self._closed and not self._items

    def put(self, item: T) -> bool:
        """Wait for room and add the item. False when closed, before or while waiting: it was not accepted."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if self._closed:
                return False
            self._items.append(item)
            self._newest = item
            self._sequence += 1
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float | None = None) -> T | None:
        """Wait for the oldest item; None after the timeout, or at once when `finished`."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._items), timeout_s)
            if not self._items:
                return None
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def peek(self) -> T | None:
        """The newest item, taken or not, without waiting; None before the first."""
        with self._changed:
            return self._newest

    def close(self) -> None:
        """Accept nothing more and wake everyone who waits. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
