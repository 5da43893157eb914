"""A home of its own for each test, the real main window on a backend of fakes, and a look at what is left behind."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bridges.options import LaunchOptions
from app.main_window import MainWindow
from app.page_key import PageKey
from app.record import record_control
from tests.app.fakes import FakeBackend
from tests.app.lecturing import Room
from tests.app.studio import Studio, new_library, save_studio_settings
from tests.fakes import FakeClock

BUSY_MACHINE_S = 20.0  # a network that is being loaded cannot be stopped; it must only end by itself


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is read from or written to the real home."""
    home = tmp_path / "home"
    monkeypatch.setenv("JOINTLIGHT_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_loudspeaker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is heard, and Qt's threads for sound are not started: they and Python wait for each other."""
    monkeypatch.setitem(sys.modules, "PyQt6.QtMultimedia", None)  # as an import that fails


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves threads or top-level widgets behind."""
    threads_before = set(threading.enumerate())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    started = [thread for thread in threading.enumerate() if thread not in threads_before]
    for thread in started:
        thread.join(BUSY_MACHINE_S)
    left = [thread.name for thread in started if thread.is_alive()]
    assert not left, f"threads left behind: {left}"
    shown = [widget for widget in qapp.topLevelWidgets() if widget.isVisible()]
    assert not shown, f"windows left behind: {shown}"


@pytest.fixture
def backend() -> FakeBackend:
    """Cameras, models and sessions that are told what to do."""
    return FakeBackend()


@pytest.fixture
def open_window(qtbot: QtBot, backend: FakeBackend) -> Iterator[Callable[..., MainWindow]]:
    """Opens the real window on the fakes; it is closed and deleted at the end of the test."""
    windows: list[MainWindow] = []

    def make(*, source: str | None = None, is_begun: bool = True) -> MainWindow:
        window = MainWindow(backend.functions(), LaunchOptions(source=source))
        windows.append(window)
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        if is_begun:
            window.begin()
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()


@pytest.fixture
def room(qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path) -> Room:
    """Clips and a model on disk for the lecture page; `enter` opens the window on it."""
    return Room(qtbot, open_window, tmp_path)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The clock of what is recorded."""
    found = FakeClock()
    monkeypatch.setattr(record_control, "time", SimpleNamespace(monotonic=found))
    return found


@pytest.fixture
def open_studio(
    qtbot: QtBot, backend: FakeBackend, open_window: Callable[..., MainWindow], clock: FakeClock, tmp_path: Path
) -> Callable[..., Studio]:
    """Opens the window on a library with three actions and nothing recorded; `changes` are settings."""

    def make(page: PageKey = PageKey.RECORD, *, library: Path | None = None, **changes: Any) -> Studio:
        folder = new_library(tmp_path / "library") if library is None else library
        save_studio_settings(folder, **changes)
        studio = Studio(qtbot, open_window(), backend, clock, folder)
        studio.wait_until(lambda: not studio.window.control.bridge.is_idle)
        studio.show(page)
        studio.frames(2)
        return studio

    return make
