"""The table of actions: every row can be reached, has a key of its own, and does something."""

from collections import Counter
from collections.abc import Callable

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QDialog, QLabel, QMenu
from pytestqt.qtbot import QtBot

from app.action_table import ACTIONS, info_for
from app.actions import ActionKey, shortcut_text
from app.icons import ICONS, icon_pixmap
from app.main_window import MainWindow
from app.page_key import PageKey
from app.settings import load_settings
from app.widgets.palette import CommandPalette
from app.widgets.shortcut_sheet import KeyField, ShortcutSheet, shortcut_sheet
from tests.app.hands import press


def test_each_key_of_the_enum_has_one_row() -> None:
    assert Counter(info.key for info in ACTIONS) == Counter(ActionKey)


@pytest.mark.parametrize("page", PageKey)
def test_on_each_page_an_action_has_a_shortcut_of_its_own(page: PageKey) -> None:
    infos = [info for info in ACTIONS if info.is_on(page)]
    keys = [key for info in infos for key in (info.shortcut, info.also) if key]
    shortcuts = Counter(QKeySequence(key).toString() if key != "1…9" else key for key in keys)
    assert all(info.shortcut for info in infos)
    assert "" not in shortcuts
    assert set(shortcuts.values()) == {1}


@pytest.mark.parametrize("info", ACTIONS, ids=lambda info: info.key)
def test_each_action_has_help_and_an_icon_that_can_be_drawn(info: object) -> None:
    row = next(found for found in ACTIONS if found is info)
    assert len(row.help) > 10
    assert (ICONS / f"{row.icon}.svg").is_file()
    image = icon_pixmap(row.icon, colour="#ff0000", size_px=24).toImage()
    assert any(image.pixelColor(x, y).alpha() > 128 for x in range(24) for y in range(24))


def shown_in(menu: QMenu) -> set[QAction]:
    """All actions of a menu and the menus in it."""
    found: set[QAction] = set()
    for action in menu.actions():
        inner = action.menu()
        found |= shown_in(inner) if inner is not None else {action}
    return found


@pytest.mark.parametrize("page", PageKey)
def test_each_action_is_in_the_menu_of_its_pages_and_works_from_the_window(
    open_window: Callable[..., MainWindow], page: PageKey
) -> None:
    window = open_window(is_begun=False)
    window.show_page(page)
    in_menu = shown_in(window.header.main_menu)
    for info in ACTIONS:
        action = window.actions_by_key[info.key]
        assert (action in in_menu) is info.is_on(page)
        assert action.isVisible() is info.is_on(page)
    assert set(window.actions_by_key.values()) <= set(window.actions())


@pytest.mark.parametrize("page", PageKey)
@pytest.mark.parametrize("key", [key for key in ActionKey if key is not ActionKey.QUIT])
def test_each_action_can_be_triggered_at_any_time(
    qtbot: QtBot, open_window: Callable[..., MainWindow], key: ActionKey, page: PageKey
) -> None:
    if not info_for(key).is_on(page):
        return
    window = open_window(is_begun=False)
    window.show_page(page)
    window.actions_by_key[key].trigger()
    qtbot.wait(1)
    for widget in (*window.findChildren(QDialog), *window.findChildren(QMenu)):
        widget.close()


def test_the_sheet_of_keys_lists_every_action_of_a_page(open_window: Callable[..., MainWindow]) -> None:
    window = open_window(is_begun=False)
    for page in PageKey:
        window.show_page(page)
        window.actions_by_key[ActionKey.SHORTCUTS].trigger()
        sheet = window.findChildren(ShortcutSheet)[-1]
        infos = [info for info in ACTIONS if info.is_on(page)]
        assert {field.text() for field in sheet.findChildren(KeyField)} == {
            shortcut_text(info.shortcut) for info in infos
        }
        texts = {label.text() for label in sheet.findChildren(QLabel)}
        assert {info.text.removesuffix("…") for info in infos} <= texts
        sheet.close()


def test_a_key_can_be_changed_and_is_remembered(open_window: Callable[..., MainWindow]) -> None:
    window = open_window(is_begun=False)
    sheet = shortcut_sheet(window, PageKey.LIVE)
    field = next(field for field in sheet.findChildren(KeyField) if field.info.key is ActionKey.HEAT)
    sheet.take(field, "W")
    assert window.actions_by_key[ActionKey.HEAT].shortcut().toString() == "W"
    assert "W" in window.actions_by_key[ActionKey.HEAT].toolTip()
    assert load_settings().keys == {"heat": "W"}
    sheet.take(field, "M")  # that of another action
    assert window.actions_by_key[ActionKey.HEAT].shortcut().toString() == "W"
    sheet.take(field, "H")
    assert load_settings().keys == {}
    sheet.close()
    other = open_window(is_begun=False)
    assert other.actions_by_key[ActionKey.HEAT].shortcut().toString() == "H"


def test_the_palette_finds_by_words_and_does_it(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    window = open_window(is_begun=False)
    window.actions_by_key[ActionKey.PALETTE].trigger()
    (palette,) = window.findChildren(CommandPalette)
    palette.field.setText("page xyz")
    assert palette.rows.count() == 0
    palette.field.setText("label")
    assert palette.rows.count() >= 1
    press(palette.field, Qt.Key.Key_Return)
    assert window.page_key is PageKey.LABEL


@pytest.mark.parametrize("text", ["", "label"])
def test_esc_closes_the_palette(open_window: Callable[..., MainWindow], text: str) -> None:
    window = open_window(is_begun=False)
    window.actions_by_key[ActionKey.PALETTE].trigger()
    (palette,) = window.findChildren(CommandPalette)
    palette.field.setText(text)
    press(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_toggles_show_a_check_mark(open_window: Callable[..., MainWindow]) -> None:
    actions: dict[ActionKey, QAction] = open_window(is_begun=False).actions_by_key
    assert {key for key, action in actions.items() if action.isCheckable()} == {
        info.key for info in ACTIONS if info.is_toggle
    }
    assert info_for(ActionKey.HEAT).is_toggle
