"""The whole way through the real window: record the performer, label with keys, train, go live, see the action named.

Nothing stands for anything here: MediaPipe finds the joints, films are written and read, a network learns.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.bridges.core_backend import core_backend
from app.bridges.options import LaunchOptions
from app.main_window import MainWindow
from app.page_key import PageKey
from app.settings import load_settings
from app.widgets.ask import AskText
from core.library.library import Library
from core.model.folder import load_model
from tests.app.hands import press, press_keys, type_text

pytestmark = pytest.mark.gui

ACTIONS = ("wave", "squat")
TAKES = 3
LONG_MS = 240_000  # a busy machine is no failure


class User:
    """Somebody who sits before the window and has a keyboard."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window, self.teaching = qtbot, window, window.teaching

    def wait(self, holds: Callable[[], object]) -> None:
        """Until something is seen."""
        self.qtbot.waitUntil(lambda: bool(holds()), timeout=LONG_MS)

    def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            press_keys(self.window, key)

    def go_to(self, key: str, page: PageKey) -> None:
        """To another page."""
        self.press(key)
        assert self.window.page_key is page

    def answer(self, text: str) -> None:
        """Type into the question that is asked, and press Enter."""
        (question,) = [one for one in self.window.findChildren(AskText) if one.isVisible()]
        question.field.clear()
        type_text(question.field, text)
        press(question.field, Qt.Key.Key_Return)
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)

    def entries(self) -> list[str]:
        """Names of the recordings that the label page lists."""
        return [entry.name for entry in self.teaching.library.entries]

    def has_recorded(self, count: int) -> bool:
        """So many recordings are on the disk, and nothing is under way."""
        return len(self.entries()) == count and not self.teaching.record.is_busy

    def is_open(self, name: str) -> bool:
        """A recording is open, with the joints of who was seen."""
        entry = self.teaching.labels.entry
        return entry is not None and entry.name == name and self.teaching.labels.player.joints is not None

    def sees(self, action: str) -> bool:
        """It is the answer, in large letters."""
        return self.window.page.now.text.headline.casefold() == action


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path, pose_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    """At a computer on which Jointlight was never started."""
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    options = LaunchOptions(source=f"performer:{ACTIONS[0]}", pose_model=pose_model)
    window = MainWindow(core_backend(options), options)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.begin()
    yield User(qtbot, window)
    window.close()
    window.deleteLater()


def watch(user: User, action: str) -> None:
    """Let the performer act this, and wait until the first person is seen."""
    user.window.control.start_source(f"performer:{action}")
    bridge = user.window.control.bridge
    user.wait(lambda: not bridge.is_idle and (now := bridge.latest()) is not None and now.pose.person_count)


def record_takes(user: User) -> None:
    """Takes of the usual length after the usual count-down, of nothing that was ticked: they have no label."""
    for _ in range(TAKES):
        wanted = len(user.entries()) + 1
        user.press("R")
        user.wait(partial(user.has_recorded, wanted))


def test_from_an_empty_library_to_a_network_that_knows_own_actions(user: User) -> None:
    # Record
    user.go_to("Alt+2", PageKey.RECORD)
    user.wait(lambda: user.teaching.library.library is not None)
    type_text(user.teaching.record_page.person, "Anna")
    press(user.teaching.record_page.person, Qt.Key.Key_Return)
    for action in ACTIONS:
        watch(user, action)
        record_takes(user)

    # Label: the newest is listed first and open
    user.go_to("Alt+3", PageKey.LABEL)
    for action in ACTIONS:
        user.press("Ctrl+N")
        user.answer(action)
    assert user.teaching.library.library is not None
    assert user.teaching.library.library.actions == ACTIONS
    newest_first = user.entries()
    labels = user.teaching.labels
    for place, name in enumerate(newest_first):
        assert user.teaching.shelf.open_recording(name)
        user.wait(partial(user.is_open, name))
        user.press("2" if place < TAKES else "1", "Home", "I", "End", "O", "Return")
        half_s = labels.player.playback.duration_s / 2
        labels.player.seek(half_s)
        user.press("S")  # two clips of it
    user.wait(lambda: not user.window.isWindowModified())
    folder = user.teaching.library.library.folder
    found, problems = Library.for_reading(folder).entries()
    assert problems == []
    assert sorted(segment.action for one in found for segment in one.segments) == ["squat"] * 6 + ["wave"] * 6
    assert {one.recording.person for one in found} == {"Anna"}
    assert min(one.recording.duration_s for one in found) > 2.5

    # Train
    user.go_to("Alt+4", PageKey.TRAIN)
    user.press("Ctrl+Return")
    user.wait(lambda: user.teaching.train.is_running)
    user.wait(lambda: not user.teaching.train.is_running)
    model = user.teaching.train.model
    assert model is not None, user.teaching.train_page.toast.text()
    assert set(ACTIONS) <= set(load_model(str(model), device="cpu").config.actions)

    # Go live, and see what is done
    user.press("Ctrl+G")
    assert user.window.page_key is PageKey.LIVE
    assert load_settings().model == str(model)
    for action in ACTIONS:
        watch(user, action)
        user.wait(partial(user.sees, action))
