"""Closing the window ends what it runs, within two seconds, whatever is stuck."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytestqt.qtbot import QtBot

from app import live_control
from app.bridges.backend import Backend, Offers, Request
from app.bridges.background import Report
from app.bridges.options import LaunchOptions
from app.main_window import MainWindow
from core.live.listeners import FrameListeners
from core.live.results import SessionState
from core.live.session import LiveSession
from core.pose.estimator import MediaPipeEstimator
from core.sources.choose import open_choice
from tests.app.fakes import FakeBackend, FakeSession
from tests.fakes import FakeClock, tiny_model

pytestmark = pytest.mark.gui
CLOSED_WITHIN_S = 2.0  # what the issue asks for; the only test that looks at the clock on the wall


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Callable[[Backend], MainWindow]]:
    """Opens a window with the performer; it is closed and deleted at the end of the test."""
    windows: list[MainWindow] = []

    def show(backend: Backend) -> MainWindow:
        window = MainWindow(backend, LaunchOptions(source="performer"))
        windows.append(window)
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        window.begin()
        return window

    yield show
    for window in windows:
        window.close()
        window.deleteLater()


def test_closing_ends_the_real_session_in_two_seconds_and_leaves_no_thread(
    qtbot: QtBot, shown: Callable[[Backend], MainWindow], pose_model: Path
) -> None:
    """Performer, MediaPipe, network and paint as users run them, closed in the middle of it."""
    sessions: list[LiveSession] = []

    def prepare(request: Request, report: Report, wake: Callable[[], None], listeners: FrameListeners) -> LiveSession:
        report("Loading")
        session = LiveSession(
            source=open_choice(request.source, real_time=True, loop=True),
            make_estimator=lambda: MediaPipeEstimator(pose_model),
            model=tiny_model(),
            tap=listeners.frame,
            on_result=listeners.result,
            on_wake=wake,
        )
        sessions.append(session)
        return session

    before = set(threading.enumerate())
    window = shown(FakeBackend().functions(look=Offers, prepare=prepare))
    qtbot.waitUntil(lambda: window.page.video.result is not None, timeout=60_000)
    qtbot.waitUntil(lambda: sessions[0].status().rates_hz["paint"] > 0, timeout=60_000)
    running = [thread.name for thread in threading.enumerate() if thread not in before]
    assert {"frame reader", "pose", "model"} <= set(running)
    began_s = time.monotonic()
    window.close()
    took_s = time.monotonic() - began_s
    assert [thread.name for thread in threading.enumerate() if thread not in before] == []
    assert sessions[0].status().state is SessionState.STOPPED
    assert sessions[0].error is None
    assert took_s < CLOSED_WITHIN_S


class StuckSession(FakeSession):
    """Its driver answers to nothing: `stop` waits as long as a LiveSession would and longer."""

    def __init__(
        self, request: Request, wake: Callable[[], None], listeners: FrameListeners, *, release: threading.Event
    ) -> None:
        super().__init__(request, wake, listeners)
        self.release = release
        self.waited_in_gui_s = 0.0

    def stop(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self.waited_in_gui_s += 2.0
            self._stopping.set()
        else:
            self.release.wait(60)
            super().stop()


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Lets go of all that is stuck, at the end of the test at the latest."""
    event = threading.Event()
    yield event
    event.set()


def test_however_much_is_stuck_closing_asks_for_two_seconds_at_most(
    qtbot: QtBot,
    shown: Callable[[Backend], MainWindow],
    release: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sessions: list[StuckSession] = []
    looking = threading.Event()

    def prepare(request: Request, report: Report, wake: Callable[[], None], listeners: FrameListeners) -> StuckSession:
        report("Starting")
        sessions.append(StuckSession(request, wake, listeners, release=release))
        return sessions[-1]

    def look() -> Offers:
        looking.set()
        release.wait(60)
        return Offers()

    window = shown(FakeBackend().functions(look=look, prepare=prepare))
    qtbot.waitUntil(lambda: bool(sessions) and sessions[0].is_started and looking.is_set())
    clock, waits_s = FakeClock(), list[float]()
    join = threading.Thread.join

    def asked(thread: threading.Thread, timeout: float | None = None) -> None:
        if threading.current_thread() is not threading.main_thread():
            join(thread, timeout)
            return
        assert timeout is not None, "a wait without an end"
        waits_s.append(timeout)
        clock.now_s += timeout

    with monkeypatch.context() as patch:
        patch.setattr(live_control, "time", SimpleNamespace(monotonic=clock))
        patch.setattr(threading.Thread, "join", asked)
        window.close()
        window.close()  # as `launch` does once more at its end
    assert waits_s
    assert sum(waits_s) + sessions[0].waited_in_gui_s <= CLOSED_WITHIN_S
