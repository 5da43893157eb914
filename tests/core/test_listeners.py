"""Those who hear a session: taken up and let go while it runs; one that breaks is told, and nothing else stops."""

import logging
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from core.live.listeners import FrameListeners
from core.live.results import LiveResult, SessionState
from core.live.session import LiveSession
from core.sources.source import Frame
from tests.fakes import FakeEstimator, FakeSource, tiny_model


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


class Heard:
    """Writes down what it hears, and breaks where it is told to."""

    def __init__(self, *, breaks_at: int | None = None, breaks_when_told: bool = False) -> None:
        self.frames: list[int] = []
        self.results: list[int] = []
        self.errors: list[Exception] = []
        self.threads: set[str] = set()
        self._breaks_at, self._breaks_when_told = breaks_at, breaks_when_told

    def frame(self, frame: Frame) -> None:
        self.threads.add(threading.current_thread().name)
        if frame.number == self._breaks_at:
            raise ValueError("broken listener")
        self.frames.append(frame.number)

    def result(self, result: LiveResult) -> None:
        self.results.append(result.frame.number)

    def failed(self, error: Exception) -> None:
        self.errors.append(error)
        if self._breaks_when_told:
            raise RuntimeError("and again")


def frame(number: int) -> Frame:
    return Frame(picture_bgr=np.zeros((2, 2, 3), np.uint8), time_s=number / 30, arrived_s=0.0, number=number)


def run(count: int, listeners: FrameListeners) -> LiveSession:
    live = LiveSession(
        source=FakeSource(count), make_estimator=FakeEstimator, model=tiny_model(), every_frame=True,
        every_result=False, tap=listeners.frame, on_result=listeners.result,
    )  # fmt: skip
    live.start()
    for thread in live._threads:
        thread.join(30)
    live.stop()
    return live


def test_each_frame_and_each_result_is_heard_though_nobody_takes_results() -> None:
    listeners, heard = FrameListeners(), Heard()
    listeners.attach(heard)
    live = run(60, listeners)
    assert live.status().state is SessionState.FINISHED
    assert heard.frames == heard.results == list(range(60))
    assert heard.threads == {"frame reader"}


def test_taken_up_once_and_let_go() -> None:
    listeners, heard = FrameListeners(), Heard()
    listeners.frame(frame(0))
    listeners.attach(heard)
    listeners.attach(heard)
    listeners.frame(frame(1))
    listeners.detach(heard)
    listeners.detach(heard)
    listeners.frame(frame(2))
    assert heard.frames == [1]


@pytest.mark.parametrize("breaks_when_told", [False, True])
def test_one_that_breaks_is_told_and_the_rest_goes_on(breaks_when_told: bool, caplog: pytest.LogCaptureFixture) -> None:
    listeners = FrameListeners()
    broken, well = Heard(breaks_at=20, breaks_when_told=breaks_when_told), Heard()
    listeners.attach(broken)
    listeners.attach(well)
    with caplog.at_level(logging.ERROR):
        live = run(60, listeners)
    assert live.status().state is SessionState.FINISHED
    assert broken.frames == list(range(20))
    assert [str(error) for error in broken.errors] == ["broken listener"]
    assert well.frames == well.results == list(range(60))
    assert "listener" in caplog.text


@pytest.mark.parametrize("what", ["tap", "on_result"])
def test_what_a_bare_listener_raises_ends_the_session_and_is_told(what: str) -> None:
    def broken(_heard: object) -> None:
        raise ValueError("broken listener")

    live = LiveSession(
        source=FakeSource(60), make_estimator=FakeEstimator, model=tiny_model(), every_frame=True,
        tap=broken if what == "tap" else None, on_result=broken if what == "on_result" else None,
    )  # fmt: skip
    live.start()
    with pytest.raises(ValueError, match="broken listener"):
        list(live.results())
    live.stop()
    assert live.status().state is SessionState.FAILED
    assert "broken listener" in live.status().message


def test_many_threads_take_up_and_let_go_while_frames_come() -> None:
    listeners, always = FrameListeners(), Heard()
    listeners.attach(always)
    is_over = threading.Event()

    def come_and_go() -> None:
        while not is_over.is_set():
            guest = Heard()
            listeners.attach(guest)
            listeners.detach(guest)
            assert guest.errors == []

    guests = [threading.Thread(target=come_and_go) for _ in range(3)]
    for guest in guests:
        guest.start()
    for number in range(2000):
        listeners.frame(frame(number))
    is_over.set()
    for guest in guests:
        guest.join(10)
    assert always.frames == list(range(2000))
    assert listeners._listeners == (always,), "those who left are gone"
