"""The table of actions: every row can be reached, has a key of its own, and does something."""

from collections import Counter
from collections.abc import Callable

import pytest
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QDialog, QLabel
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS, ActionKey, info_for
from app.icons import ICONS, icon_pixmap
from app.main_window import MainWindow
from app.widgets.sheets import KeyCap


def test_each_key_of_the_enum_has_one_row() -> None:
    assert Counter(info.key for info in ACTIONS) == Counter(ActionKey)


def test_each_action_has_a_shortcut_of_its_own() -> None:
    shortcuts = Counter(QKeySequence(info.shortcut).toString() for info in ACTIONS)
    assert "" not in shortcuts
    assert set(shortcuts.values()) == {1}


@pytest.mark.parametrize("info", ACTIONS, ids=lambda info: info.key)
def test_each_action_has_help_and_an_icon_that_can_be_drawn(info: object) -> None:
    row = next(found for found in ACTIONS if found is info)
    assert len(row.help) > 10
    assert (ICONS / f"{row.icon}.svg").is_file()
    image = icon_pixmap(row.icon, colour="#ff0000", size_px=24).toImage()
    assert any(image.pixelColor(x, y).alpha() > 128 for x in range(24) for y in range(24))


def test_each_action_is_in_the_menu_and_works_from_the_window(open_window: Callable[..., MainWindow]) -> None:
    window = open_window(is_begun=False)
    in_menu = set(window.header.main_menu.actions())
    assert {action for action in window.actions_by_key.values() if action not in in_menu} == set()
    assert set(window.actions_by_key.values()) <= set(window.actions())


@pytest.mark.parametrize("key", [key for key in ActionKey if key is not ActionKey.QUIT])
def test_each_action_can_be_triggered_at_any_time(
    qtbot: QtBot, open_window: Callable[..., MainWindow], key: ActionKey
) -> None:
    window = open_window(is_begun=False)
    window.actions_by_key[key].trigger()
    qtbot.wait(1)
    for dialog in window.findChildren(QDialog):
        dialog.close()
    for menu in (window.header.source_menu, window.header.model_menu):
        menu.close()


def test_the_sheet_of_keys_lists_every_action(open_window: Callable[..., MainWindow]) -> None:
    window = open_window(is_begun=False)
    window.actions_by_key[ActionKey.SHORTCUTS].trigger()
    (sheet,) = window.findChildren(QDialog)
    keys = {cap.text() for cap in sheet.findChildren(KeyCap)}
    texts = {label.text() for label in sheet.findChildren(QLabel)}
    assert keys == {QKeySequence(info.shortcut).toString(QKeySequence.SequenceFormat.NativeText) for info in ACTIONS}
    assert {info.text.removesuffix("…") for info in ACTIONS} <= texts
    sheet.close()


def test_toggles_show_a_check_mark(open_window: Callable[..., MainWindow]) -> None:
    actions: dict[ActionKey, QAction] = open_window(is_begun=False).actions_by_key
    assert {key for key, action in actions.items() if action.isCheckable()} == {
        info.key for info in ACTIONS if info.is_toggle
    }
    assert info_for(ActionKey.HEAT).is_toggle
