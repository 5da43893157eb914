"""A studio: the real window on a fake session, a clock that moves when told to, and a real library on disk."""

from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from app.actions import ActionKey
from app.main_window import MainWindow
from app.page_key import PageKey
from app.pages.record import RecordPage
from app.settings import Settings, save_settings
from app.teaching import Teaching
from core.library.growing import TIMES, read_times
from core.library.library import TRASH, Entry, Library
from tests.app.fakes import FakeBackend, FakeSession, make_result
from tests.app.hands import press_keys
from tests.fakes import FakeClock

RATE_HZ = 30.0


def new_library(folder: Path, *, actions: tuple[str, ...] = ("wave", "clap", "squat")) -> Path:
    """A library without recordings."""
    with Library.opened(folder, create=True) as library:
        library.learn(actions=actions)
    return folder


def save_studio_settings(library: Path | None, **changes: Any) -> None:
    """What the window finds: short takes by Anna into that library."""
    found = {"hint_seen": True, "person": "Anna", "takes": 2, "take_s": 2.0, "countdown_s": 3.0, "rest_s": 1.0}
    save_settings(Settings(library="" if library is None else str(library), **{**found, **changes}))


class Studio:
    """What a person in it does, and what is on the disk afterwards."""

    def __init__(self, qtbot: QtBot, window: MainWindow, backend: FakeBackend, clock: FakeClock, folder: Path) -> None:
        self.qtbot, self.window, self.backend, self.clock, self.folder = qtbot, window, backend, clock, folder
        self.number = 0

    @property
    def session(self) -> FakeSession:
        """The one that runs, or ran last."""
        return self.backend.sessions[-1]

    @property
    def teaching(self) -> Teaching:
        """The pages that work on the library."""
        return self.window.teaching

    @property
    def page(self) -> RecordPage:
        """The record page."""
        return self.window.teaching.record_page

    @property
    def toast(self) -> str:
        """What was said last on the page that is shown."""
        toasts = {
            PageKey.LIVE: self.window.page.toast,
            PageKey.RECORD: self.page.toast,
            PageKey.TRAIN: self.teaching.train_page.toast,
            PageKey.LABEL: self.teaching.label_page.toast,
        }
        return toasts[self.window.page_key].text()

    def wait_until(self, holds: Any) -> None:
        """Let the window work until something holds."""
        self.qtbot.waitUntil(holds, timeout=20_000)

    def show(self, page: PageKey) -> None:
        """Go to a page, with its library open and its session running."""
        self.window.show_page(page)
        if page is not PageKey.LIVE:
            self.wait_until(lambda: self.teaching.library.library is not None)
        if page in (PageKey.LIVE, PageKey.RECORD):
            self.wait_until(lambda: not self.window.control.bridge.is_idle)

    def press(self, keys: str) -> None:
        """Press keys on the window, whatever has the focus."""
        press_keys(self.window, keys)

    def do(self, key: ActionKey) -> None:
        """By the menu."""
        self.window.actions_by_key[key].trigger()

    def be_active(self) -> None:
        """A dialog has gone: the keyboard is the window's again, as a desktop sees to it."""
        self.window.activateWindow()
        self.wait_until(self.window.isActiveWindow)

    def frames(self, count: int, **changes: Any) -> None:
        """So many pictures come, at 30 Hz."""
        for _ in range(count):
            self.session.give(make_result(self.number, **changes))
            self.number += 1

    def after(self, seconds: float, prompt: str) -> None:
        """Time goes on, and the person is asked for something that begins with this; "": for nothing any more."""
        self.clock.now_s += seconds
        text = self.page.prompt
        self.wait_until(lambda: text.text.startswith(prompt) if prompt else not text.text)

    def ended(self) -> None:
        """Nothing is recorded any more, and all of it is on the disk."""
        self.wait_until(lambda: not self.teaching.record.is_busy)

    def entries(self) -> list[Entry]:
        """What is in the library, the oldest first."""
        found, problems = Library.for_reading(self.folder).entries()
        assert problems == []
        return sorted(found, key=lambda entry: read_times(entry.folder / TIMES).tolist())

    def trash(self) -> list[str]:
        """Names of what was discarded."""
        folder = self.folder / TRASH
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
