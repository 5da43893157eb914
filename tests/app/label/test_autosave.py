"""Labels that save themselves, seen through the window: when, what is said, and what happens where it fails."""

import threading
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt

from app.actions import ActionKey
from app.label.autosave import SAVE_AFTER_S, SAVE_WITHIN_S, saved_text
from app.widgets.ask import Told
from core.errors import OutputError
from core.library.edits import Labels
from core.library.journal import JOURNAL
from core.library.labelling import SaveState, recoveries
from core.library.library import Entry, Library
from tests.app.label.conftest import Desk, OpenDesk

pytestmark = pytest.mark.gui
WAVE, CLAP = (1.0, 2.0, "wave"), (3.0, 4.5, "clap")


def wait(desk: Desk, seconds: float) -> None:
    """The clock goes on, and the timer looks."""
    desk.clock.now_s += seconds
    desk.labels_control.autosave.look()


def wait_saved(desk: Desk) -> None:
    desk.qtbot.waitUntil(lambda: not desk.labels_control.autosave.state.is_dirty)
    desk.qtbot.waitUntil(lambda: not desk.labels_control.autosave.saver.is_busy)


def remove_wave(desk: Desk) -> None:
    desk.click(1.5, "wave")
    desk.press(Qt.Key.Key_Delete)


def library_of(desk: Desk) -> Library:
    library = desk.window.teaching.library.library
    assert library is not None
    return library


def test_it_is_saved_two_seconds_after_the_last_edit(desk: Desk) -> None:
    remove_wave(desk)
    assert desk.window.isWindowModified()
    assert desk.page.saved.text() == "● Saving soon"
    assert (desk.entry.folder / JOURNAL).exists()
    wait(desk, SAVE_AFTER_S - 0.1)
    assert desk.saved() == [WAVE, CLAP]
    wait(desk, 0.2)
    wait_saved(desk)
    assert desk.saved() == [CLAP]
    assert not desk.window.isWindowModified()
    assert not (desk.entry.folder / JOURNAL).exists()
    wait(desk, 12.0)
    assert desk.page.saved.text() == "Saved 12 s ago"


def test_whoever_never_rests_is_saved_within_ten(desk: Desk) -> None:
    remove_wave(desk)
    for _ in range(6):
        desk.press(Qt.Key.Key_Z, has_ctrl=True)
        desk.press(Qt.Key.Key_Z, has_ctrl=True, has_shift=True)
        wait(desk, 1.7)
    wait_saved(desk)
    assert desk.saved() == [CLAP]


def test_the_counts_follow(desk: Desk) -> None:
    rows = {row.name: row.count for row in desk.page.actions_list._rows}
    assert rows == {"wave": 1, "clap": 1, "push": 0}
    remove_wave(desk)
    wait(desk, 2.5)
    wait_saved(desk)
    assert {row.name: row.count for row in desk.page.actions_list._rows} == {"wave": 0, "clap": 1, "push": 0}


def test_a_save_that_fails_keeps_the_mark_says_why_and_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Entry:
        raise OutputError("Cannot write: no space left on device.")

    remove_wave(desk)
    with monkeypatch.context() as patch:
        patch.setattr(library_of(desk), "label", full)
        wait(desk, 2.5)
        desk.qtbot.waitUntil(lambda: desk.page.saved.text() == "● Not saved")
        assert desk.said == "Not saved: Cannot write: no space left on device."
        assert "no space" in desk.page.saved.toolTip()
        assert desk.window.isWindowModified()
        assert (desk.entry.folder / JOURNAL).exists()
    wait(desk, SAVE_WITHIN_S + 0.1)
    wait_saved(desk)
    assert desk.saved() == [CLAP]
    assert desk.page.saved.text().startswith("Saved")


def test_another_recording_saves_the_one_before_at_once(desk: Desk, names: list[str]) -> None:
    remove_wave(desk)
    desk.open(names[1])
    wait_saved(desk)
    assert desk.saved(names[0]) == [CLAP]


def test_there_and_back_while_it_is_still_being_saved(
    desk: Desk, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is slow, and somebody who is not: nothing old is shown, and nothing is lost."""
    library, release = library_of(desk), threading.Event()
    label = library.label

    def slow(entry: Entry, labels: Labels) -> Entry:
        assert release.wait(20)
        return label(entry, labels)

    monkeypatch.setattr(library, "label", slow)
    remove_wave(desk)
    desk.open(names[1])
    desk.drag((0.5, "push"), 1.5)
    desk.open(names[2])
    desk.open(names[0])
    assert desk.spans == [CLAP]
    desk.press(Qt.Key.Key_Z, has_ctrl=True)  # its history is there too
    assert desk.spans == [WAVE, CLAP]
    desk.open(names[1])
    assert [one.action for one in desk.labels] == ["push"]
    release.set()
    wait_saved(desk)
    assert desk.saved(names[0]) == [WAVE, CLAP]
    assert [action for *_, action in desk.saved(names[1])] == ["push"]
    entry = desk.window.teaching.library.entry(names[1])
    assert entry is not None
    assert len(entry.segments) == 1  # the list knows it


def test_what_could_not_be_saved_before_is_not_forgotten(
    desk: Desk, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Entry:
        raise OutputError("Cannot write: no space left on device.")

    remove_wave(desk)
    with monkeypatch.context() as patch:
        patch.setattr(library_of(desk), "label", full)
        desk.open(names[1])
        desk.qtbot.waitUntil(lambda: desk.page.saved.text() == "● Not saved")
    assert desk.window.isWindowModified()
    wait(desk, SAVE_WITHIN_S + 0.1)
    wait_saved(desk)
    assert desk.saved(names[0]) == [CLAP]


def test_leaving_the_page_saves(desk: Desk) -> None:
    remove_wave(desk)
    desk.do(ActionKey.SHOW_TRAIN)
    wait_saved(desk)
    assert desk.saved() == [CLAP]


def test_closing_saves(desk: Desk, folder: Path, names: list[str]) -> None:
    remove_wave(desk)
    desk.window.close()
    assert [one.action for one in Library.for_reading(folder).entry(names[0]).segments] == ["clap"]


def test_another_library_is_opened_after_the_labels_are_saved(desk: Desk, names: list[str], tmp_path: Path) -> None:
    remove_wave(desk)
    desk.window.teaching.library.open(tmp_path / "other")
    desk.qtbot.waitUntil(lambda: desk.window.teaching.library.folder.name == "other")
    assert desk.saved(names[0]) == [CLAP]
    assert not (desk.folder / "recordings" / names[0] / JOURNAL).exists()


def test_what_cannot_be_saved_before_another_library_is_offered_later(
    desk: Desk, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Entry:
        raise OutputError("Cannot write: no space left on device.")

    remove_wave(desk)
    monkeypatch.setattr(library_of(desk), "label", full)
    desk.window.teaching.library.open(tmp_path / "other")
    assert desk.said.startswith("Cannot write: no space left on device. The labels are offered")
    desk.qtbot.waitUntil(lambda: desk.window.teaching.library.folder.name == "other")
    assert not desk.window.isWindowModified()
    desk.window.teaching.library.open(desk.folder)
    dialog = desk.dialog(Told)
    assert isinstance(dialog, Told)
    assert names[0] in dialog.lines.toPlainText()
    dialog.close()


def test_closing_does_not_wait_for_a_disk_that_hangs_and_nothing_is_lost(
    desk: Desk, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    library, release = library_of(desk), threading.Event()
    label = library.label

    def hangs(entry: Entry, labels: Labels) -> Entry:
        assert release.wait(20)
        return label(entry, labels)

    monkeypatch.setattr(library, "label", hangs)
    monkeypatch.setattr("app.live_control.LEAVE_S", 0.1)
    remove_wave(desk)
    desk.window.close()
    assert not desk.window.isVisible()
    release.set()
    desk.labels_control.autosave.saver.close(20)
    entry = Library.for_reading(desk.folder).entry(names[0])
    assert [one.action for one in entry.segments] == ["clap"], "the library was still its own"
    assert recoveries([entry]) == []


def test_backups_come_back_as_an_edit(open_desk: OpenDesk, folder: Path, names: list[str]) -> None:
    with Library.opened(folder) as library:
        from core.library.backups import keep_backup
        from core.library.library import SEGMENTS
        from tests.core.test_labelling import AT

        keep_backup(library.entry(names[0]).folder / SEGMENTS, now=AT)
    desk = open_desk()
    remove_wave(desk)
    desk.press(Qt.Key.Key_B, has_ctrl=True)
    (menu,) = [one for one in desk.page.findChildren(type(desk.window.header.main_menu)) if one.isVisible()]
    (action,) = menu.actions()
    assert action.text().endswith(": 2 segments")
    action.trigger()
    menu.close()
    assert desk.spans == [WAVE, CLAP]
    desk.press(Qt.Key.Key_Z, has_ctrl=True)
    assert desk.spans == [CLAP]


def test_without_backups_it_says_so(desk: Desk) -> None:
    desk.press(Qt.Key.Key_B, has_ctrl=True)
    assert "no earlier version" in desk.said


@pytest.mark.parametrize(
    ("state", "read_only", "text"),
    [
        (SaveState(), "", ""),
        (SaveState(), "why", "Read only"),
        (SaveState(is_dirty=True, saved_s=3.0), "", "● Saving soon"),
        (SaveState(is_dirty=True, problem="full"), "", "● Not saved"),
        (SaveState(saved_s=98.0), "", "Saved 2 s ago"),
        (SaveState(saved_s=101.0), "", "Saved 0 s ago"),
        (SaveState(saved_s=-800.0), "", "Saved 15 min ago"),
    ],
)
def test_how_it_stands_in_words(state: SaveState, read_only: str, text: str) -> None:
    assert saved_text(state, 100.0, why_read_only=read_only) == text
