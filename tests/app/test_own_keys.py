"""Keys of a widget that has the focus come before those of the page; all others stay the page's."""

from collections.abc import Callable

import pytest
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QListWidget, QTabBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.widgets.action_list import ActionList
from app.widgets.confusion import ConfusionView
from app.widgets.edit_list import EditList
from app.widgets.fields import Chooser, NumberField, TextField
from app.widgets.own_keys import ACROSS, OwnKeys
from app.widgets.recording_list import RecordingList
from tests.app.hands import press_keys

pytestmark = pytest.mark.gui
PAGES = ("Up", "Down", "Left", "Right", "Return", "Ctrl+Up", "Ctrl+Return", "Shift+Left", "Shift+Right", "R")


def tab_bar() -> QTabBar:
    """As that of the lecture page."""
    bar = QTabBar()
    bar.addTab("One")
    bar.addTab("Two")
    OwnKeys(bar, ACROSS)
    return bar


def rows() -> QListWidget:
    """As the programme of a lecture."""
    found = QListWidget()
    OwnKeys(found)
    return found


@pytest.mark.parametrize(
    ("make", "own"),
    [
        (rows, {"Up", "Down", "Return"}),
        (tab_bar, {"Left", "Right"}),
        (RecordingList, {"Up", "Down"}),
        (ActionList, {"Up", "Down"}),
        (EditList, {"Up", "Down", "Return"}),
        (ConfusionView, {"Up", "Down", "Left", "Right"}),
        (
            lambda: TextField("", name="Search"),
            {"Up", "Down", "Left", "Right", "Return", "Shift+Left", "Shift+Right", "R"},
        ),
        (NumberField, {"Up", "Down", "Left", "Right", "Return", "Shift+Left", "Shift+Right", "R"}),
        (Chooser, {"Up", "Down", "Return"}),
    ],
)
def test_a_widget_keeps_its_own_keys_and_no_others(qtbot: QtBot, make: Callable[[], QWidget], own: set[str]) -> None:
    page, widget, done = QWidget(), make(), list[str]()
    qtbot.addWidget(page)
    QVBoxLayout(page).addWidget(widget)
    for keys in PAGES:
        action = QAction(keys, page)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked, keys=keys: done.append(keys))
        page.addAction(action)
    with qtbot.waitActive(page):
        page.show()
    widget.setFocus()
    for keys in PAGES:
        press_keys(widget, keys)
    assert set(done) == set(PAGES) - own


def test_enter_opens_a_list_of_choices(qtbot: QtBot) -> None:
    chooser = Chooser()
    qtbot.addWidget(chooser)
    chooser.addItems(["one", "two"])
    with qtbot.waitActive(chooser):
        chooser.show()
    press_keys(chooser, "Return")
    view = chooser.view()
    assert view is not None
    assert view.isVisible()
    chooser.hidePopup()
