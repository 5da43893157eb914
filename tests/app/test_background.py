"""Work in a thread of its own: its outcome arrives once, in the GUI thread, unless nobody waits for it any more."""

import threading
from collections.abc import Callable, Iterator

import pytest
from PyQt6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from app.bridges.backend import Request
from app.bridges.background import Background, Report
from app.bridges.live import LiveBridge
from core.errors import SourceError
from tests.app.fakes import FakeBackend, make_result


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[Background]:
    made = Background("test-work")
    yield made
    assert made.close(5.0)


def test_the_outcome_arrives_in_the_gui_thread(qtbot: QtBot, background: Background) -> None:
    arrived: list[tuple[object, threading.Thread]] = []
    background.finished.connect(lambda result: arrived.append((result, threading.current_thread())))
    worker: list[threading.Thread] = []

    def work(_report: Report) -> int:
        worker.append(threading.current_thread())
        return 42

    background.run(work)
    qtbot.waitUntil(lambda: bool(arrived))
    assert arrived == [(42, threading.main_thread())]
    assert worker[0] is not threading.main_thread()


def test_an_exception_arrives_as_it_is(qtbot: QtBot, background: Background) -> None:
    error = OSError("no such device")

    def work(_report: Report) -> None:
        raise error

    with qtbot.waitSignal(background.failed) as failed:
        background.run(work)
    assert failed.args == [error]


def test_a_bug_is_in_the_log_with_its_place_and_what_users_can_mend_in_one_line(
    qtbot: QtBot, background: Background, caplog: pytest.LogCaptureFixture
) -> None:
    """At the level that is logged unless somebody asks for more; the message on the screen points to the log."""

    def buggy(_report: Report) -> None:
        raise KeyError("nobody thought of this")

    def unlucky(_report: Report) -> None:
        raise SourceError("Plug it in.")

    for work in (buggy, unlucky):
        with qtbot.waitSignal(background.failed):
            background.run(work)
    bug, mishap = caplog.records
    assert "in buggy" in caplog.text
    assert (bug.levelname, mishap.levelname) == ("ERROR", "WARNING")
    assert (mishap.getMessage(), mishap.exc_info) == ("test-work: Plug it in.", None)


def test_only_the_last_of_several_is_heard_and_two_never_overlap(qtbot: QtBot, background: Background) -> None:
    results: list[object] = []
    running: list[int] = []
    most_at_once: list[int] = []
    background.finished.connect(results.append)

    def piece(number: int) -> Callable[[Report], int]:
        def work(report: Report) -> int:
            running.append(number)
            most_at_once.append(len(running))
            try:
                for _ in range(100):
                    report("counting")
                return number
            finally:
                running.remove(number)

        return work

    for number in range(5):
        background.run(piece(number))
    qtbot.waitUntil(lambda: bool(results))
    assert results == [4]
    assert set(most_at_once) == {1}


def test_cancelled_work_stops_at_its_next_report_and_is_silent(qtbot: QtBot, background: Background) -> None:
    started, go_on, stopped = threading.Event(), threading.Event(), threading.Event()
    heard: list[object] = []
    for signal in (background.finished, background.failed):
        signal.connect(heard.append)

    def work(report: Report) -> None:
        started.set()
        go_on.wait(5.0)
        try:
            report("one more step")
        finally:
            stopped.set()

    background.run(work)
    assert started.wait(5.0)
    background.cancel()
    go_on.set()
    assert stopped.wait(5.0)
    assert background.close(5.0)
    QCoreApplication.processEvents()
    assert heard == []


def test_however_often_a_session_wakes_the_window_looks_once(qtbot: QtBot) -> None:
    backend = FakeBackend()
    bridge = LiveBridge(backend.functions())
    bridge.start(Request(source="performer"))
    qtbot.waitUntil(lambda: not bridge.is_idle)
    looks: list[int] = []
    bridge._timer.stop()  # the fallback would look as well
    QCoreApplication.processEvents()
    bridge.changed.connect(lambda: looks.append(1))
    session = backend.sessions[0]

    def wake_often() -> None:
        for number in range(1000):
            session.give(make_result(number))

    worker = threading.Thread(target=wake_often)
    worker.start()
    worker.join()
    QCoreApplication.processEvents()
    assert looks == [1]
    session.give(make_result(1000))
    QCoreApplication.processEvents()
    assert looks == [1, 1]
    assert bridge.close(5.0)
