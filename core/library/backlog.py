"""Backlog: what waits for a thread that writes, bounded in bytes and in number; whoever hands it in need not wait."""

from collections import deque
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


class Backlog(Generic[T]):
    """Any thread may put, one takes. What finds it full is refused, and the caller counts it."""

    def __init__(self, *, most_bytes: int, most_items: int) -> None:
        self._most_bytes, self._most_items = most_bytes, most_items
        self._changed = Condition()
        self._items: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._is_closed = False

    def __len__(self) -> int:
        with self._changed:
            return len(self._items)

    def put(self, item: T, *, size_bytes: int, wait: bool = False) -> bool:
        """Hand in an item. False where it is full (unless told to wait for room) or closed: it was not accepted.

        One that is larger than the whole backlog is accepted when nothing else waits.
        """
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._is_closed or self._has_room(size_bytes))
            if self._is_closed or not self._has_room(size_bytes):
                return False
            self._items.append((item, size_bytes))
            self._bytes += size_bytes
            self._changed.notify_all()
            return True

    def take(self) -> T | None:
        """Wait for the oldest item; None once it is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or bool(self._items))
            if not self._items:
                return None
            item, size_bytes = self._items.popleft()
            self._bytes -= size_bytes
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Accept nothing more; what waits can still be taken. Safe to call twice."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def abandon(self) -> list[T]:
        """Close it, and return what waits: nobody will take it any more."""
        with self._changed:
            left = [item for item, _ in self._items]
            self._items.clear()
            self._bytes = 0
            self._is_closed = True
            self._changed.notify_all()
            return left

    def _has_room(self, size_bytes: int) -> bool:
        if not self._items:
            return True
        return len(self._items) < self._most_items and self._bytes + size_bytes <= self._most_bytes
