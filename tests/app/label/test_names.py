"""Names of actions and persons: new, renamed, joined, removed, moved to another key."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QMenu

from app.settings import load_settings
from app.widgets.ask import AskText
from core.errors import OutputError
from core.library.changes import rename_action
from core.library.library import Library
from tests.app.hands import press, type_text
from tests.app.label.conftest import Desk

pytestmark = pytest.mark.gui
WAVE, CLAP = (1.0, 2.0, "wave"), (3.0, 4.5, "clap")
LONG = "ein sehr langer Name für eine Bewegung 動作の名前 " * 4


def asked(desk: Desk) -> AskText:
    dialog = desk.dialog(AskText)
    assert isinstance(dialog, AskText)
    return dialog


def answer(desk: Desk, text: str) -> None:
    dialog = asked(desk)
    dialog.field.selectAll()
    dialog.field.insert(text)  # QTest types no letters but ASCII's
    press(dialog.field, Qt.Key.Key_Return)


def from_menu(desk: Desk, action: str, row: str) -> None:
    desk.page.actions_list.menu_asked.emit(action, QPoint(5, 5))
    (menu,) = [one for one in desk.page.findChildren(QMenu) if one.isVisible()]
    next(one for one in menu.actions() if one.text() == row).trigger()
    menu.close()


def library_of(desk: Desk) -> Library:
    library = desk.window.teaching.library.library
    assert library is not None
    return library


def is_done(desk: Desk) -> Callable[[], bool]:
    return lambda: not desk.window.teaching.names._tasks.is_busy and not desk.window.teaching.library._read.is_busy


def test_a_new_action_is_the_current_one(desk: Desk) -> None:
    desk.press(Qt.Key.Key_N, has_ctrl=True)
    answer(desk, "jump")
    assert library_of(desk).actions == ("wave", "clap", "push", "jump")
    assert desk.labels_control.current == "jump"
    item = desk.page.actions_list.currentItem()
    assert item is not None
    assert item.text() == "jump"
    desk.press(Qt.Key.Key_4)
    desk.drag((0.2, "jump"), 0.9)
    assert desk.spans[0][2] == "jump"


@pytest.mark.parametrize(
    "name", ["../../evil", "a/b", "C:\\x", "日本語の動作", "  spaces  ", "con", LONG.strip()[:200]]
)
def test_any_name_is_a_name_and_leads_nowhere(desk: Desk, name: str) -> None:
    desk.press(Qt.Key.Key_N, has_ctrl=True)
    asked(desk).field.setText(name)
    press(asked(desk).field, Qt.Key.Key_Return)
    assert name.strip() in library_of(desk).actions
    desk.drag((0.2, name.strip()), 0.9)
    desk.labels_control.autosave.finish()
    assert desk.saved()[0][2] == name.strip()
    assert not desk.timeline.grab().isNull()
    assert not desk.page.actions_list.grab().isNull()
    assert sorted(path.name for path in desk.folder.parent.iterdir()) == ["home", "my library"]


@pytest.mark.parametrize(("name", "why"), [("x" * 201, "1 to 200"), ("a\tb\x07", "cannot be seen"), ("", "")])
def test_what_is_no_name_is_said_and_not_taken(desk: Desk, name: str, why: str) -> None:
    desk.press(Qt.Key.Key_N, has_ctrl=True)
    dialog = asked(desk)
    dialog.field.setText(name)
    press(dialog.field, Qt.Key.Key_Return)
    assert why in dialog.problem.text()
    assert dialog.isVisible()
    press(dialog.field, Qt.Key.Key_Escape)
    assert library_of(desk).actions == ("wave", "clap", "push")


def test_escape_closes_the_question(desk: Desk) -> None:
    desk.press(Qt.Key.Key_N, has_ctrl=True)
    dialog = asked(desk)
    type_text(dialog.field, "jump")
    press(dialog.field, Qt.Key.Key_Escape)
    desk.qtbot.waitUntil(lambda: not [one for one in desk.window.findChildren(AskText) if one.isVisible()])
    assert library_of(desk).actions == ("wave", "clap", "push")


def test_another_person(desk: Desk, names: list[str]) -> None:
    desk.click(1.5, "wave")
    desk.press(Qt.Key.Key_Delete)
    desk.press(Qt.Key.Key_P, has_ctrl=True, has_shift=True)
    assert asked(desk).field.text() == "Ann"
    answer(desk, "Émile 太郎")
    assert desk.spans == [CLAP]  # what is edited goes on
    assert desk.entry.recording.person == "Émile 太郎"
    desk.labels_control.autosave.finish()
    entry = desk.window.teaching.library.entry(names[0])
    assert entry is not None
    assert (entry.recording.person, len(entry.segments)) == ("Émile 太郎", 1)
    assert library_of(desk).entry(names[0]) == entry
    assert "Émile 太郎" in library_of(desk).document.persons
    desk.press(Qt.Key.Key_Z, has_ctrl=True)
    assert desk.spans == [WAVE, CLAP]


def test_renaming_goes_through_all_recordings_and_opens_this_one_again(desk: Desk, names: list[str]) -> None:
    desk.drag((5.0, "wave"), 5.5)
    from_menu(desk, "wave", "Rename…")
    assert asked(desk).field.text() == "wave"
    answer(desk, "greet")
    assert desk.labels_control.entry is None
    assert desk.page.message_panel.message is not None
    desk.qtbot.waitUntil(is_done(desk))
    desk.wait_open(names[0])
    assert [action for *_, action in desk.spans] == ["greet", "clap", "greet"]
    assert library_of(desk).actions == ("greet", "clap", "push")
    assert desk.said == "'greet' now, in 1 recording"
    assert desk.page.message_panel.message is None


def test_nothing_is_edited_while_it_renames(desk: Desk, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def slow(library: Library, old: str, new: str) -> int:
        assert release.wait(20)
        return rename_action(library, old, new)

    monkeypatch.setattr("app.label.names_control.rename_action", slow)
    from_menu(desk, "clap", "Rename…")
    answer(desk, "applaud")
    desk.page.recordings.pick(names[1])
    assert desk.labels_control.entry is None
    from_menu(desk, "push", "Remove from the list")
    assert "under way" in desk.said
    release.set()
    desk.wait_open(names[1])  # what was chosen meanwhile
    desk.qtbot.waitUntil(is_done(desk))
    assert desk.saved(names[0]) == [WAVE, (3.0, 4.5, "applaud")]


def test_the_name_of_another_action_joins_the_two(desk: Desk, names: list[str]) -> None:
    from_menu(desk, "clap", "Rename…")
    answer(desk, "Wave")
    desk.qtbot.waitUntil(is_done(desk))
    desk.wait_open(names[0])
    assert [action for *_, action in desk.spans] == ["wave", "wave"]
    assert library_of(desk).actions == ("wave", "push")


def test_an_action_in_use_stays_and_another_goes(desk: Desk, names: list[str]) -> None:
    from_menu(desk, "wave", "Remove from the list")
    desk.qtbot.waitUntil(is_done(desk))
    desk.wait_open(names[0])
    assert "1 recording" in desk.said
    from_menu(desk, "push", "Remove from the list")
    desk.qtbot.waitUntil(is_done(desk))
    assert library_of(desk).actions == ("wave", "clap")


def test_a_rename_that_fails_is_said_and_the_recording_is_open_again(
    desk: Desk, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutputError("Cannot write: no space left on device.")

    monkeypatch.setattr(library_of(desk), "label", full)
    from_menu(desk, "wave", "Rename…")
    answer(desk, "greet")
    desk.wait_open(names[0])
    desk.qtbot.waitUntil(is_done(desk))
    assert "no space" in desk.said
    assert desk.spans == [WAVE, CLAP]


def test_a_library_without_actions_says_how_to_begin(desk: Desk, names: list[str]) -> None:
    library = library_of(desk)
    for name in names:
        library.label(library.entry(name), [])
    library.change(lambda document: replace(document, actions=()))
    desk.window.teaching.library.look_again()
    desk.qtbot.waitUntil(is_done(desk))
    desk.labels_control.open(desk.entry)
    assert desk.timeline.track.lanes == ()
    assert "Ctrl+N adds the first one" in desk.timeline.track.hint
    desk.press(Qt.Key.Key_I)
    desk.go(1.0)
    desk.press(Qt.Key.Key_Return)
    assert "Choose an action first" in desk.said
    desk.press(Qt.Key.Key_1)
    assert "no action 1" in desk.said


def test_another_key(desk: Desk) -> None:
    from_menu(desk, "push", "Earlier key")
    assert library_of(desk).actions == ("wave", "push", "clap")
    desk.press(Qt.Key.Key_2)
    assert desk.labels_control.current == "push"
    from_menu(desk, "wave", "Earlier key")
    from_menu(desk, "wave", "Later key")
    assert library_of(desk).actions == ("push", "wave", "clap")


def test_actions_are_chosen_with_the_arrows_of_their_list(desk: Desk) -> None:
    desk.page.actions_list.setFocus()
    press(desk.page.actions_list, Qt.Key.Key_Down)
    assert desk.labels_control.current == "clap"
    assert desk.player.time_s == 0.0


def test_the_reaction_time_is_a_field_of_its_own(desk: Desk) -> None:
    desk.page.reaction.setFocus()
    desk.page.reaction.selectAll()
    type_text(desk.page.reaction, "0.35")
    press(desk.page.reaction, Qt.Key.Key_Return)
    assert load_settings().reaction_s == 0.35
    assert not desk.page.reaction.hasFocus()
    assert desk.spans == [WAVE, CLAP]  # Enter marked nothing
    desk.page.reaction.setFocus()
    press(desk.page.reaction, Qt.Key.Key_Up)
    assert load_settings().reaction_s == 0.4
    assert desk.player.time_s == 0.0
