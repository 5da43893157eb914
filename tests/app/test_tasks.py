"""Tasks: each is done, in order, whatever happens to the window meanwhile."""

import logging
import threading

import pytest
from PyQt6 import sip
from PyQt6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.bridges.tasks import Tasks
from core.errors import OutputError


def test_tasks_are_done_one_after_the_other_each_with_its_outcome(qtbot: QtBot) -> None:
    tasks, outcomes, threads = Tasks("test"), list[object](), set[str]()
    tasks.done.connect(outcomes.append)

    def work(number: int) -> int:
        threads.add(threading.current_thread().name)
        return number

    for number in range(20):
        tasks.add(lambda number=number: work(number))  # type: ignore[misc]
    assert tasks.is_busy
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert outcomes == list(range(20))
    assert threads == {"test"}
    assert tasks.close(5.0)


def test_what_fails_is_told_and_the_next_is_done(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    tasks, errors, outcomes = Tasks("test"), list[object](), list[object]()
    tasks.failed.connect(errors.append)
    tasks.done.connect(outcomes.append)
    ours, bug = OutputError("The disk is full."), ZeroDivisionError("oops")

    def fail(error: Exception) -> None:
        raise error

    with caplog.at_level(logging.ERROR):
        tasks.add(lambda: fail(ours))
        tasks.add(lambda: fail(bug))
        tasks.add(lambda: "well")
        qtbot.waitUntil(lambda: not tasks.is_busy)
    assert (errors, outcomes) == ([ours, bug], ["well"])
    assert [record.exc_info is not None for record in caplog.records] == [True], "a bug goes to the log, an error not"
    tasks.close(5.0)


def test_closing_waits_for_what_was_added_but_no_longer_than_it_may(qtbot: QtBot) -> None:
    tasks, gate, done = Tasks("test"), threading.Event(), list[str]()
    tasks.add(lambda: gate.wait(60))
    tasks.add(lambda: done.append("saved"))
    assert not tasks.close(0.01)
    assert done == []
    gate.set()
    assert tasks.close(20.0)
    assert done == ["saved"]


def test_what_was_added_is_done_although_its_window_has_gone(qtbot: QtBot) -> None:
    window, gate, done = QObject(), threading.Event(), list[str]()
    tasks = Tasks("test", window)
    tasks.add(lambda: gate.wait(60))
    tasks.add(lambda: done.append("saved"))
    assert not tasks.close(0.01)
    thread = next(thread for thread in threading.enumerate() if thread.name == "test")
    assert not thread.daemon, "the program ends after it"
    sip.delete(window)
    gate.set()
    thread.join(20)
    assert done == ["saved"]


def test_without_a_task_there_is_no_thread() -> None:
    tasks = Tasks("test")
    assert not tasks.is_busy
    assert tasks.close(0.0)
