"""Where the time goes, what is wrong with camera and machine, and the report of a session."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.actions import ActionKey
from app.bridges.options import LaunchOptions
from app.main_window import MainWindow
from app.settings import load_settings
from app.widgets.timings import EXPLAINED, counts_text, timing_rows
from core.errors import PoseModelError
from core.live.results import STAGES, Quantiles, SessionState
from tests.app.fakes import RUNNING, FakeBackend, FakeSession, make_result

pytestmark = pytest.mark.gui
OpenWindow = Callable[..., MainWindow]


def running(qtbot: QtBot, window: MainWindow, backend: FakeBackend) -> FakeSession:
    qtbot.waitUntil(lambda: len(backend.sessions) == 1 and backend.sessions[-1].is_started)
    session = backend.sessions[-1]
    session.give(make_result(0))
    qtbot.waitUntil(lambda: session.painted == [0])
    return session


def test_every_stage_has_a_row_in_words() -> None:
    assert set(EXPLAINED) == set(STAGES)
    rows = timing_rows(RUNNING)
    assert [row[0] for row in rows] == [EXPLAINED[stage] for stage in STAGES]
    assert ("pose network", "25.1", "29.0", "33.0") in rows
    assert ("decision", "–", "–", "–") in rows


def test_the_counts_say_what_became_of_the_pictures() -> None:
    assert counts_text(RUNNING) == "90 pictures in, 88 looked at, 2 dropped"
    assert "1 of them broke a network" in counts_text(replace(RUNNING, failures=1))


def test_l_shows_the_times_and_they_are_remembered(qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow) -> None:
    window = open_window()
    running(qtbot, window, backend)
    assert not window.page.timings.isVisible()
    window.actions_by_key[ActionKey.TIMINGS].trigger()
    assert window.page.timings.isVisible()
    qtbot.waitUntil(lambda: "pose network 25.1 29.0 33.0" in window.page.timings.accessibleDescription())
    assert load_settings().timings
    inside = window.page.video.rect()
    assert inside.contains(window.page.timings.geometry())
    window.actions_by_key[ActionKey.TIMINGS].trigger()
    assert not window.page.timings.isVisible()
    assert not load_settings().timings


def test_new_numbers_come_by_themselves(qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow) -> None:
    window = open_window()
    session = running(qtbot, window, backend)
    window.actions_by_key[ActionKey.TIMINGS].trigger()
    session.become(SessionState.RUNNING, latency_ms={"pose": Quantiles(7.0, 8.0, 9.0)})
    qtbot.waitUntil(lambda: "pose network 7.0 8.0 9.0" in window.page.timings.accessibleDescription())


def test_notices_stand_under_the_picture_and_go(qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow) -> None:
    window = open_window()
    session = running(qtbot, window, backend)
    assert not window.page.notice_bar.isVisible()
    session.become(SessionState.RUNNING, notices=("The picture is black.", "This computer cannot keep up."))
    qtbot.waitUntil(window.page.notice_bar.isVisible)
    assert window.page.notice_bar.text == "The picture is black.\nThis computer cannot keep up."
    assert not window.page.video.display.is_dimmed, "the picture is live all the same"
    session.become(SessionState.RUNNING, notices=())
    qtbot.waitUntil(lambda: not window.page.notice_bar.isVisible())


def opened(qtbot: QtBot, backend: FakeBackend, options: LaunchOptions) -> MainWindow:
    window = MainWindow(backend.functions(), options)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.begin()
    return window


def test_a_report_is_written_when_the_source_ends(qtbot: QtBot, backend: FakeBackend, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    window = opened(qtbot, backend, LaunchOptions(source="performer", report=path))
    session = running(qtbot, window, backend)
    for number in range(1, 6):
        session.give(make_result(number))
        qtbot.waitUntil(lambda number=number: session.painted[-1] == number)  # type: ignore[misc]
    session.become(SessionState.FINISHED)
    qtbot.waitUntil(lambda: not window.isVisible())
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["painted"] == 5
    assert report["painted_hz"] > 0
    assert (report["frames_in"], report["frames_done"], report["drops"]) == (90, 88, 2)
    assert report["stages"]["pose"] == {"p50": 25.1, "p95": 29.0, "p99": 33.0}
    assert 0 <= report["window_cores"] <= 1.5
    assert report["memory_mb"] > 10
    assert report["rates_hz"]["camera"] == 30.0


def test_the_window_closes_after_so_many_seconds(qtbot: QtBot, backend: FakeBackend, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    window = opened(qtbot, backend, LaunchOptions(source="performer", report=path, seconds=0.2))
    running(qtbot, window, backend)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert path.exists()


def test_closing_writes_the_report_too(qtbot: QtBot, backend: FakeBackend, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    window = opened(qtbot, backend, LaunchOptions(source="performer", report=path))
    running(qtbot, window, backend)
    window.close()
    assert path.exists()
    assert window.report.problem == ""


@pytest.mark.parametrize("seconds", [None, 0.1])
def test_a_report_that_cannot_be_written_keeps_no_window_open_and_is_told(
    qtbot: QtBot, backend: FakeBackend, tmp_path: Path, seconds: float | None, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "gone" / "report.json"
    window = opened(qtbot, backend, LaunchOptions(source="performer", report=path, seconds=seconds))
    session = running(qtbot, window, backend)
    if seconds is None:
        session.become(SessionState.FINISHED)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert str(path) in window.report.problem
    assert "could not be written" in caplog.text


def test_a_report_says_why_nothing_came(qtbot: QtBot, backend: FakeBackend, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    backend.error = PoseModelError("There is no pose model.")
    window = opened(qtbot, backend, LaunchOptions(source="performer", report=path))
    qtbot.waitUntil(lambda: not window.isVisible())
    assert json.loads(path.read_text(encoding="utf-8"))["error"] == "There is no pose model."


def test_a_window_that_stalled_shows_the_newest_result_and_no_backlog(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow
) -> None:
    """Five seconds of results come while the window cannot do anything."""
    window = open_window()
    session = running(qtbot, window, backend)
    for number in range(1, 151):
        session.give(make_result(number))
    qtbot.waitUntil(lambda: session.painted[-1] == 150)
    assert session.painted == [0, 150]
    assert window.page.video.result is session.result
