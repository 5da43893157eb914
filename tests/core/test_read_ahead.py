"""Reading ahead: the same frames, the same errors, no thread left."""

import threading
from collections.abc import Iterator

import pytest

from core.errors import SourceError
from core.sources.read_ahead import ReadAhead
from core.sources.source import Frame
from tests.fakes import FakeSource


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("frames", [0, 1, 50])
def test_all_frames_come_in_their_order(frames: int) -> None:
    ahead = ReadAhead(FakeSource(frames))
    assert ahead.open().label == "fake"
    assert [frame.number for frame in iter(ahead.read, None)] == list(range(frames))
    assert ahead.read() is None
    ahead.close()
    ahead.close()


def test_an_error_comes_in_its_turn() -> None:
    ahead = ReadAhead(FakeSource(9, error_at={3: SourceError("It broke.")}))
    ahead.open()
    for number in range(3):
        frame = ahead.read()
        assert frame is not None
        assert frame.number == number
    with pytest.raises(SourceError, match="It broke"):
        ahead.read()
    assert ahead.read() is None
    ahead.close()


def test_what_cannot_be_opened_says_so_and_starts_nothing() -> None:
    ahead = ReadAhead(FakeSource(9, open_error=SourceError("No such file.")))
    with pytest.raises(SourceError, match="No such file"):
        ahead.open()
    ahead.close()


def test_it_reads_ahead_but_not_without_bound() -> None:
    reached = threading.Event()

    class Watched(FakeSource):
        def read(self) -> Frame | None:
            frame = super().read()
            if frame is not None and frame.number == 4:
                reached.set()
            return frame

    source = Watched(1000)
    ahead = ReadAhead(source)
    ahead.open()
    assert reached.wait(5)
    assert source._next == 5, "four wait and one is in the thread's hand"
    ahead.close()
    assert source.closed
