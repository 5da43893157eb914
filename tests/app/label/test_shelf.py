"""The list of recordings: search, filter, counts, discard and put back."""

from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QContextMenuEvent
from PyQt6.QtWidgets import QApplication, QMenu

from app.actions import ActionKey
from app.label.shelf import Counts, Shown, Wanted, detail_of, title_of
from core.documents import write_document
from core.errors import OutputError
from core.library.library import LIBRARY, Library
from tests.app.hands import drag, press, type_text
from tests.app.label.conftest import Desk, OpenDesk
from tests.app.label.recordings import add_recording, segment, waving

pytestmark = pytest.mark.gui


def shown(desk: Desk) -> list[str]:
    return [entry.name for entry in desk.page.recordings.rows.entries]


def heading(desk: Desk) -> str:
    return desk.page._library_card.heading.text()


def test_it_lists_the_newest_first_and_counts(desk: Desk, names: list[str]) -> None:
    assert shown(desk) == names
    assert heading(desk) == "Recordings  3"
    assert desk.page.persons.text() == "2 persons"
    assert "Bob: 2 recordings, 0 segments" in desk.page.persons.toolTip()
    assert "Ann: 1 recording, 2 segments" in desk.page.persons.toolTip()
    assert [(row.name, row.digit, row.count, row.persons) for row in desk.page.actions_list._rows] == [
        ("wave", "1", 1, 1),
        ("clap", "2", 1, 1),
        ("push", "3", 0, 0),
    ]


def test_only_actions_of_the_library_have_a_key(open_desk: OpenDesk, folder: Path) -> None:
    document = Library.for_reading(folder).document
    write_document(folder / LIBRARY, replace(document, actions=document.actions[:1]))
    desk = open_desk()
    assert [(row.name, row.digit) for row in desk.page.actions_list._rows] == [("wave", "1"), ("clap", "")]
    desk.press(Qt.Key.Key_2)
    assert "There is no action 2" in desk.said


def test_search_by_typing_and_escape_shows_all_again(desk: Desk, names: list[str]) -> None:
    desk.press(Qt.Key.Key_F, has_ctrl=True)
    type_text(desk.page.search, "BOB")
    assert shown(desk) == names[1:]
    assert heading(desk) == "Recordings  2 of 3"
    desk.page.search.selectAll()
    type_text(desk.page.search, "action:clap person:ann")
    assert shown(desk) == names[:1]
    type_text(desk.page.search, "x")
    assert shown(desk) == []
    assert desk.entry.name == names[0]  # what is open stays open
    press(desk.page.search, Qt.Key.Key_Escape)
    assert shown(desk) == names
    assert desk.page.recordings.currentIndex().row() == 0
    press(desk.page.search, Qt.Key.Key_Escape)
    assert not desk.page.search.hasFocus()


def test_enter_in_the_search_goes_to_the_list_and_its_arrows_choose(desk: Desk, names: list[str]) -> None:
    desk.press(Qt.Key.Key_F, has_ctrl=True)
    press(desk.page.search, Qt.Key.Key_Return)
    assert desk.page.recordings.hasFocus()
    press(desk.page.recordings, Qt.Key.Key_Down)
    desk.wait_open(names[1])
    press(desk.page.recordings, Qt.Key.Key_I)  # letters are keys of the page
    assert desk.timeline.track.mark_in_s == 0.0


@pytest.mark.parametrize(
    ("which", "expected"),
    [(Shown.ALL, [0, 1, 2]), (Shown.LABELLED, [0]), (Shown.UNLABELLED, [1, 2]), (Shown.NOBODY, [1])],
)
def test_filter(desk: Desk, names: list[str], which: Shown, expected: list[int]) -> None:
    (desk.folder / "recordings" / names[1] / "poses.npz").unlink()
    desk.page.filter.setFocus()
    for _ in range(list(Shown).index(which)):
        press(desk.page.filter, Qt.Key.Key_Down)
    assert desk.page.filter.currentText() == which.value
    assert shown(desk) == [names[place] for place in expected]
    assert desk.player.time_s == 0.0  # the arrows were not those of the player


def test_a_click_leaves_the_arrow_keys_to_the_player(desk: Desk, names: list[str]) -> None:
    rows = desk.page.recordings
    viewport = rows.viewport()
    assert viewport is not None
    for widget, row in ((viewport, 1), (viewport, 0)):
        place = QPointF(rows.visualRect(rows.rows.index(row)).center())
        drag(widget, place, place)
    desk.wait_open(names[0])
    desk.press(Qt.Key.Key_Down)
    assert desk.player.time_s == 1.0
    assert desk.entry.name == names[0]


def test_page_up_and_down(desk: Desk, names: list[str]) -> None:
    desk.press(Qt.Key.Key_PageDown)
    desk.wait_open(names[1])
    for _ in range(3):
        desk.press(Qt.Key.Key_PageDown)
    desk.wait_open(names[2])
    desk.press(Qt.Key.Key_PageUp)
    desk.wait_open(names[1])


def test_labels_that_are_saved_do_not_scroll_the_list(open_desk: OpenDesk, folder: Path, film: Path) -> None:
    with Library.opened(folder) as library:
        for minute in range(3, 59):
            add_recording(library, film=None, minute=minute)
    desk = open_desk()
    bar = desk.page.recordings.verticalScrollBar()
    assert bar is not None
    bar.setValue(900)
    desk.drag((0.5, "push"), 1.5)
    desk.labels_control.autosave.finish()
    assert bar.value() == 900
    entry = desk.page.recordings.rows.entries[0]
    assert len(entry.segments) == 1
    desk.page.search.setText("ann")  # others are shown, and the current one stays where it is seen
    assert desk.page.recordings.currentIndex().row() == 0


def test_a_recording_that_comes_does_not_move_what_is_looked_at(open_desk: OpenDesk, folder: Path, film: Path) -> None:
    with Library.opened(folder) as library:
        for minute in range(3, 40):
            add_recording(library, film=None, minute=minute)
    desk = open_desk()
    rows = desk.page.recordings
    desk.open(rows.rows.entries[20].name)
    before = rows.visualRect(rows.currentIndex()).top()
    library_now = desk.window.teaching.library.library
    assert library_now is not None
    desk.window.teaching.library.put(add_recording(library_now, film=None, minute=50))
    assert rows.currentIndex().row() == 21
    assert rows.visualRect(rows.currentIndex()).top() == before


# Discard


def test_discard_and_put_back(desk: Desk, names: list[str]) -> None:
    desk.click(1.5, "wave")
    desk.press(Qt.Key.Key_Delete)
    desk.press(Qt.Key.Key_Delete, has_ctrl=True)
    assert shown(desk) == names[1:]
    desk.wait_open(names[1])
    assert "trash" in desk.said
    assert (desk.folder / "trash" / names[0] / "video.mkv").is_file()
    desk.press(Qt.Key.Key_Delete, has_ctrl=True, has_shift=True)
    desk.wait_open(names[0])
    assert shown(desk) == names
    assert desk.spans == [(3.0, 4.5, "clap")]  # with what was edited just before
    desk.press(Qt.Key.Key_Delete, has_ctrl=True, has_shift=True)
    assert "Nothing was discarded" in desk.said


def test_all_can_be_discarded(desk: Desk, names: list[str]) -> None:
    for _ in names:
        desk.press(Qt.Key.Key_Delete, has_ctrl=True)
    assert shown(desk) == []
    assert desk.labels_control.entry is None
    message = desk.page.message_panel.message
    assert message is not None
    assert message.title == "No recordings yet"
    desk.press(Qt.Key.Key_Delete, has_ctrl=True)
    assert desk.said == "Choose a recording first"
    desk.press(Qt.Key.Key_Delete, has_ctrl=True, has_shift=True)
    desk.wait_open(names[2])
    assert desk.page.message_panel.message is None


def test_a_recording_that_cannot_be_moved_stays_open(
    desk: Desk, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = desk.window.teaching.library.library
    assert library is not None

    def held(_name: str) -> Path:
        raise OutputError("Cannot move it: another program holds it.")

    monkeypatch.setattr(library, "discard", held)
    desk.press(Qt.Key.Key_Delete, has_ctrl=True)
    desk.wait_open(names[0])
    assert "another program" in desk.said
    assert shown(desk) == names


def test_a_recording_whose_labels_cannot_be_saved_is_not_discarded(
    desk: Desk, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = desk.window.teaching.library.library
    assert library is not None

    def full(*_: object) -> None:
        raise OutputError("Cannot write: no space left on device.")

    desk.click(1.5, "wave")
    desk.press(Qt.Key.Key_Delete)
    with monkeypatch.context() as patch:
        patch.setattr(library, "label", full)
        desk.press(Qt.Key.Key_Delete, has_ctrl=True)
        desk.wait_open(names[0])
        assert "no space" in desk.said
    assert desk.spans == [(3.0, 4.5, "clap")]
    assert shown(desk) == names


def test_the_menu_of_a_recording(desk: Desk) -> None:
    place = QPoint(60, 20)
    viewport = desk.page.recordings.viewport()
    assert viewport is not None
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, viewport.mapToGlobal(place))
    QApplication.sendEvent(viewport, event)
    (menu,) = [one for one in desk.page.findChildren(QMenu) if one.isVisible()]
    texts = [action.text() for action in menu.actions()]
    menu.close()
    assert texts == ["Change the person…", "Earlier labels…", "Propose", "Discard the recording"]


def test_a_recording_that_vanished_is_said(desk: Desk, names: list[str]) -> None:
    (desk.folder / "recordings" / names[1] / "recording.json").unlink()
    assert desk.page.recordings.pick(names[1])
    assert "recording.json" in desk.said
    assert desk.labels_control.entry is None
    desk.open(names[0])


def test_what_another_program_has_labelled_meanwhile_is_not_overwritten(desk: Desk, names: list[str]) -> None:
    library = desk.window.teaching.library.library
    assert library is not None
    library.label(library.entry(names[1]), [segment(1.0, 2.0, "push")])
    desk.open(names[1])
    assert desk.spans == [(1.0, 2.0, "push")]
    assert desk.page.recordings.rows.entries[1].segments  # the list shows it


def test_a_clip_of_the_report_is_shown_whatever_is_searched_for(desk: Desk, names: list[str]) -> None:
    desk.page.search.setText("nothing of the kind")
    assert desk.window.teaching.shelf.open_recording(names[0], at_s=3.2)
    assert desk.page.search.text() == ""
    assert desk.chosen == [(3.0, 4.5)]
    assert desk.player.time_s == 3.2
    assert not desk.window.teaching.shelf.open_recording("gone")


# Pure


def test_words_of_a_search(folder: Path, names: list[str]) -> None:
    entry = Library.for_reading(folder).entry(names[0])
    for text, is_found in {
        "": True, "ANN": True, "wave clap": True, "wave bob": False, "person:an": True, "person:wave": False,
        "action:ann": False, "action:": True, "2026-03-02": True, "test": True, "a:b": False, "  ": True,
    }.items():  # fmt: skip
        assert Wanted(text=text).has(entry, has_joints=True) is is_found, text


def test_titles_and_details(folder: Path, names: list[str], film: Path) -> None:
    with Library.opened(folder) as library:
        entries = [library.entry(name) for name in names]
        assert [title_of(entry) for entry in entries] == ["wave, clap", "No label yet", "No label yet"]
        assert detail_of(entries[0]) == "Ann  ·  6.0 s  ·  2 segments  ·  2026-03-02 10:02"
        many = tuple(segment(number, number + 0.5, f"a{number}") for number in range(4))
        entry = add_recording(library, film=film, minute=9, joints=waving(), segments=many)
        assert title_of(entry) == "a0, a1 and 2 more"
        assert title_of(add_recording(library, film=None, minute=10, prompt="clap")) == "clap"


def test_counts_of_nothing() -> None:
    assert Counts.of([], ["wave"]).by_action == (("wave", 0),)


def test_actions_are_offered_in_the_menu(desk: Desk) -> None:
    assert desk.window.actions_by_key[ActionKey.DISCARD_RECORDING].isVisible()
