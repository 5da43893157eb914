"""The whole path in the real window: record, label with keys, train, go live, and see one's own action named.

Nothing is faked but the person in front, who is the performer: MediaPipe, the recorder, the training and the network
are the real ones, and all of it runs as users run it, without a screen.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bridges.core_backend import core_backend
from app.bridges.options import LaunchOptions
from app.main_window import MainWindow
from app.page_key import PageKey
from app.settings import Settings, save_settings
from app.widgets.ask import AskText
from core.library.library import Entry, Library
from core.training.own_report import read_report
from tests.app.hands import click, press, press_keys, type_text

pytestmark = pytest.mark.gui
SLOW_MS = 120_000  # a busy machine is no failure
TAKES = 3


class Pupil:
    """Somebody who sits before the window, and the library that they fill."""

    def __init__(self, qtbot: QtBot, window: MainWindow, library: Path) -> None:
        self.qtbot, self.window, self.library = qtbot, window, library
        self.record_page, self.train_page = window.teaching.record_page, window.teaching.train_page

    def wait_until(self, holds: Callable[[], object]) -> None:
        """Let the window work until something holds."""
        self.qtbot.waitUntil(lambda: bool(holds()), timeout=SLOW_MS)

    def press(self, keys: str) -> None:
        """Press keys on the window."""
        press_keys(self.window, keys)

    def see(self, source: str) -> None:
        """Let the performer do something else, and wait for its picture."""
        self.window.header.source_chosen.emit(f"performer:{source}")
        bridge = self.window.control.bridge
        self.wait_until(lambda: (result := bridge.latest()) is not None and result.pose.person_count == 1)

    def add_action(self, name: str) -> None:
        """Ctrl+N, the name, Enter."""
        self.press("Ctrl+N")
        question = self.window.findChildren(AskText)[-1]
        type_text(question.field, name)
        press(question.field, Qt.Key.Key_Return)
        self.window.activateWindow()
        self.wait_until(self.window.isActiveWindow)

    def record(self, action: str) -> None:
        """All takes of an action, hands-free."""
        self.record_page.tick([action])
        before = len(self.entries())
        self.press("R")
        assert self.window.teaching.record.is_running
        self.wait_until(lambda: not self.window.teaching.record.is_busy)
        assert len(self.entries()) == before + TAKES

    def entries(self) -> list[Entry]:
        """What is in the library."""
        found, problems = Library.for_reading(self.library).entries()
        assert problems == []
        return found


@pytest.fixture
def pupil(qtbot: QtBot, pose_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pupil]:
    """The real window, with the performer in front of it and an empty library."""
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(sys.modules, "PyQt6.QtMultimedia", None)  # nothing is heard
    save_settings(Settings(hint_seen=True, takes=TAKES, take_s=2.0, countdown_s=0.5, rest_s=0.2))
    options = LaunchOptions(source="performer:wave", pose_model=pose_model, device="cpu")
    window = MainWindow(core_backend(options), options)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.begin()
    yield Pupil(qtbot, window, tmp_path / "home" / "library")
    window.close()
    window.deleteLater()


@pytest.mark.timeout(600)
def test_own_actions_are_recorded_labelled_learnt_and_named_live(pupil: Pupil) -> None:
    window, page = pupil.window, pupil.record_page

    # Recorded, hands-free: who it is has been typed in once
    pupil.press("Alt+2")
    pupil.wait_until(lambda: window.teaching.library.library is not None)
    page.person.setFocus()
    type_text(page.person, "Anna")
    for action in ("wave", "clap"):
        pupil.add_action(action)
    pupil.see("wave")
    pupil.record("wave")
    pupil.see("clap")
    pupil.record("clap")
    takes = pupil.entries()
    assert [(one.recording.person, [part.action for part in one.segments]) for one in takes] == (
        [("Anna", ["wave"])] * TAKES + [("Anna", ["clap"])] * TAKES
    )
    assert all(one.recording.frames > 20 and one.poses.exists() for one in takes)

    # What was just seen is kept after the fact, and labelled by hand
    pupil.wait_until(lambda: window.teaching.record.held.frames > 60)
    pupil.press("B")
    pupil.wait_until(lambda: len(pupil.entries()) == 2 * TAKES + 1 and not window.teaching.record.is_busy)
    (kept,) = (one.name for one in pupil.entries() if not one.recording.prompt)
    label_by_hand(pupil, kept)

    # Learnt, from the shipped model
    pupil.press("Alt+4")
    pupil.wait_until(lambda: pupil.train_page.start.currentData() == "everyday")
    pupil.press("Ctrl+Return")
    assert window.teaching.train.is_running
    pupil.wait_until(lambda: not window.teaching.train.is_running)
    report = read_report(pupil.library / "models" / "own-actions")
    assert report is not None
    assert report.actions == ("wave", "clap")
    assert report.warnings[0].startswith("All clips are of one person")
    assert report.accuracy >= 0.75, "two actions that have nothing in common"
    look_behind_a_cell(pupil)

    # Named, live
    pupil.press("Alt+4")
    click(pupil.train_page.live)
    assert window.page_key is PageKey.LIVE
    assert window.header.model_button.text() == "own-actions"
    for action in ("clap", "wave"):
        pupil.see(action)
        wanted = (action.capitalize(), f"The performer acts: {action}")
        pupil.wait_until(lambda wanted=wanted: (window.page.now.text.headline, window.page.now.text.below) == wanted)  # type: ignore[misc]


def label_by_hand(pupil: Pupil, name: str) -> None:
    """From In to Out with keys, and then as long as a digit is held while it plays."""
    pupil.press("Alt+3")
    labels = pupil.window.teaching.labels
    for _ in range(2 * TAKES):
        pupil.wait_until(lambda: labels.entry is not None)
        if labels.entry is not None and labels.entry.name != name:
            pupil.press("PgDown")
    assert labels.entry is not None
    assert labels.entry.name == name
    pupil.wait_until(lambda: labels.player.playback.duration_s > 1.5)
    for keys in ("Home", "I", "Shift+Right", "O", "2", "Return"):
        pupil.press(keys)
    assert [(one.action, one.start_s) for one in labels.editing.labels] == [("clap", 0.0)]
    pupil.press("Space")
    pupil.wait_until(lambda: labels.player.time_s > 1.5)
    QTest.keyPress(pupil.window, Qt.Key.Key_2)  # type: ignore[call-overload]  # PyQt6's stub
    pupil.wait_until(lambda: not labels.player.playback.is_playing or labels.player.time_s > 3.0)
    QTest.keyRelease(pupil.window, Qt.Key.Key_2)  # type: ignore[call-overload]  # PyQt6's stub
    pupil.press("K")
    assert [one.action for one in labels.editing.labels] == ["clap", "clap"]
    pupil.wait_until(lambda: [len(one.segments) for one in pupil.entries() if one.name == name] == [2])


def look_behind_a_cell(pupil: Pupil) -> None:
    """A click on a cell of the matrix shows the clips behind it, and a double click opens one."""
    view, labels = pupil.train_page.report, pupil.window.teaching.labels
    assert view.report is not None
    count = view.report.confusion[0][0]
    assert count > 0
    place = view.matrix.centre_of(0, 0).toPoint()
    QTest.mouseClick(view.matrix, Qt.MouseButton.LeftButton, pos=place)  # type: ignore[call-overload]  # PyQt6's stub
    assert view.clips.count() == count
    QTest.mouseDClick(view.matrix, Qt.MouseButton.LeftButton, pos=place)  # type: ignore[call-overload]  # PyQt6's stub
    assert pupil.window.page_key is PageKey.LABEL
    pupil.wait_until(lambda: labels.entry is not None and [one.action for one in labels.editing.labels] == ["wave"])
    assert QApplication.focusWidget() is pupil.window.teaching.label_page
