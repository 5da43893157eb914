"""Undo, redo and the history that is shown: nothing changes without being said."""

import pytest
from PyQt6.QtCore import Qt

from app.actions import ActionKey
from app.theme import DARK, LIGHT, ThemeChoice
from app.widgets.edit_list import BEGINNING
from tests.app.hands import press
from tests.app.label.conftest import Desk

pytestmark = pytest.mark.gui
WAVE, CLAP = (1.0, 2.0, "wave"), (3.0, 4.5, "clap")


def shown(desk: Desk) -> list[str]:
    items = [desk.page.edits.item(row) for row in range(desk.page.edits.count())]
    return [item.text() for item in items if item is not None]


def is_enabled(desk: Desk, key: ActionKey) -> bool:
    return desk.window.actions_by_key[key].isEnabled()


def edit_three_times(desk: Desk) -> None:
    desk.click(1.5, "wave")
    desk.press(Qt.Key.Key_Delete)
    desk.go(3.7)
    desk.press(Qt.Key.Key_S)
    desk.press(Qt.Key.Key_Delete)
    assert desk.spans == []


def test_undo_and_redo_by_key_say_what_they_did(desk: Desk) -> None:
    edit_three_times(desk)
    before_s = desk.player.time_s
    desk.press(Qt.Key.Key_Z, has_ctrl=True)
    assert desk.said == "Undone: Remove 2 segments"
    assert desk.spans == [(3.0, 3.7, "clap"), (3.7, 4.5, "clap")]
    assert desk.chosen == [(3.0, 3.7), (3.7, 4.5)]  # what came back is seen
    desk.press(Qt.Key.Key_Z, has_ctrl=True)
    desk.press(Qt.Key.Key_Z, has_ctrl=True)
    assert desk.spans == [WAVE, CLAP]
    assert not is_enabled(desk, ActionKey.UNDO)
    desk.press(Qt.Key.Key_Z, has_ctrl=True, has_shift=True)
    assert desk.said == "Done again: Remove wave, 1.00 to 2.00 s"
    assert desk.spans == [CLAP]
    assert desk.player.time_s == before_s  # neither the moment nor the recording is another one


def test_the_history_is_shown_and_a_click_goes_to_any_moment(desk: Desk) -> None:
    assert shown(desk) == [BEGINNING]
    edit_three_times(desk)
    assert shown(desk) == [
        BEGINNING,
        "Remove wave, 1.00 to 2.00 s",
        "Split clap, 3.00 to 4.50 s",
        "Remove 2 segments",
    ]
    assert desk.page.edits.currentRow() == 3
    edits = desk.page.edits
    edits.itemClicked.emit(edits.item(1))
    assert desk.spans == [CLAP]
    assert desk.said == "2 edits undone"
    assert edits.currentRow() == 1
    pale, plain = edits.item(2), edits.item(1)
    assert pale is not None
    assert plain is not None
    assert pale.foreground() != plain.foreground()
    edits.itemClicked.emit(edits.item(3))
    assert desk.spans == []
    edits.itemClicked.emit(edits.item(0))
    assert desk.spans == [WAVE, CLAP]


def test_the_history_by_keyboard(desk: Desk) -> None:
    edit_three_times(desk)
    desk.page.edits.setFocus(Qt.FocusReason.TabFocusReason)
    before_s = desk.player.time_s
    press(desk.page.edits, Qt.Key.Key_Up)
    press(desk.page.edits, Qt.Key.Key_Return)
    assert desk.spans == [(3.0, 3.7, "clap"), (3.7, 4.5, "clap")]
    assert desk.player.time_s == before_s


def test_a_new_edit_forgets_what_was_undone(desk: Desk) -> None:
    edit_three_times(desk)
    for _ in range(2):
        desk.press(Qt.Key.Key_Z, has_ctrl=True)
    desk.press(Qt.Key.Key_A, has_ctrl=True)
    desk.press(Qt.Key.Key_Delete)
    assert shown(desk)[1:] == ["Remove wave, 1.00 to 2.00 s", "Remove clap, 3.00 to 4.50 s"]
    assert not is_enabled(desk, ActionKey.REDO)


def test_another_recording_has_a_history_of_its_own(desk: Desk, names: list[str]) -> None:
    edit_three_times(desk)
    desk.open(names[1])
    assert shown(desk) == [BEGINNING]
    assert not is_enabled(desk, ActionKey.UNDO)
    desk.press(Qt.Key.Key_Z, has_ctrl=True)
    assert desk.spans == []


def test_another_theme_recolours_it(desk: Desk) -> None:
    edit_three_times(desk)
    desk.press(Qt.Key.Key_Z, has_ctrl=True)
    undone = desk.page.edits.item(3)
    assert undone is not None
    for theme, colours in ((ThemeChoice.DARK, DARK), (ThemeChoice.LIGHT, LIGHT)):
        desk.window.apply_theme(theme)
        desk.qtbot.waitUntil(lambda muted=colours.muted: undone.foreground().color().name() == muted)  # type: ignore[misc]
    desk.window.apply_theme(ThemeChoice.SYSTEM)


def test_what_was_undone_is_saved_too(desk: Desk) -> None:
    edit_three_times(desk)
    desk.labels_control.autosave.finish()
    assert desk.saved() == []
    desk.press(Qt.Key.Key_Z, has_ctrl=True)
    assert desk.window.isWindowModified()
    desk.labels_control.autosave.finish()
    assert desk.saved() == [(3.0, 3.7, "clap"), (3.7, 4.5, "clap")]
    assert not desk.window.isWindowModified()
