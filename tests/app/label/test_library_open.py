"""Opening a library: none yet, damaged, newer, read-only, a second window, what a crash left, and another folder."""

import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.actions import ActionKey
from app.main_window import MainWindow
from app.messages import MessageKind
from app.page_key import PageKey
from app.settings import load_settings
from app.widgets.ask import Told
from app.widgets.buttons import Button
from core.library import edits
from core.library.backups import backups_of
from core.library.journal import JOURNAL
from core.library.labelling import Labelling
from core.library.library import LIBRARY, SEGMENTS, Library
from core.paths import own_library_dir
from tests.app.hands import click, press
from tests.app.label.conftest import Desk, OpenDesk
from tests.app.label.recordings import segment

pytestmark = pytest.mark.gui
WAVE, CLAP = (1.0, 2.0, "wave"), (3.0, 4.5, "clap")


def told(desk: Desk) -> Told:
    dialog = desk.dialog(Told)
    assert isinstance(dialog, Told)
    return dialog


def answer(desk: Desk, button: str) -> None:
    click(told(desk).findChild(Button, f"told_{button}"))


def wait_message(desk: Desk, kind: MessageKind) -> str:
    panel = desk.page.message_panel
    desk.qtbot.waitUntil(lambda: panel.message is not None and panel.message.kind is kind)
    return panel.accessibleName()


def open_other(desk: Desk, folder: Path) -> None:
    """As somebody who chooses it in the dialog."""
    desk.press(Qt.Key.Key_O, has_ctrl=True, has_shift=True)
    (dialog,) = desk.window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(folder))
    dialog.close()


def test_whoever_has_no_library_gets_one_and_is_told_what_to_do(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window(is_begun=False)
    window.show_page(PageKey.LABEL)
    panel = window.teaching.label_page.message_panel
    qtbot.waitUntil(lambda: panel.message is not None and panel.message.title == "No recordings yet")
    assert (own_library_dir() / LIBRARY).is_file()
    assert panel.findChild(Button, "button_import") is not None
    assert load_settings().library == ""  # it stays the user's own, wherever that lies
    click(panel.findChild(Button, "button_show_record"))
    assert window.page_key is PageKey.RECORD


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{ not json", "not valid JSON"),
        ('{"schema_version": 99, "actions": []}', "A newer one wrote it: update Jointlight"),
        ('{"schema_version": 1, "actions": [{"name": ""}], "persons": []}', "an action"),
        ('{"schema_version": 1, "actions": 5}', "actions"),
        ("[]", "schema_version is None"),
    ],
)
def test_a_library_that_cannot_be_read_is_named_and_not_touched(
    open_desk: OpenDesk, folder: Path, content: str, why: str
) -> None:
    (folder / LIBRARY).write_text(content)
    desk = open_desk(is_ready=False)
    text = wait_message(desk, MessageKind.ERROR)
    assert why in text
    assert LIBRARY in text
    assert desk.window.header.library_button.text() == "my library (not open)"
    assert (folder / LIBRARY).read_text() == content
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Delete):
        desk.press(key)
    desk.press(Qt.Key.Key_N, has_ctrl=True)
    assert desk.said == "No library is open."
    shutil.copy(folder / LIBRARY, folder / "damaged.txt")
    (folder / LIBRARY).write_text('{"schema_version": 1, "actions": [], "persons": []}')
    desk.do(ActionKey.SHOW_TRAIN)
    desk.do(ActionKey.SHOW_LABEL)  # it is tried again whenever a page needs it
    desk.qtbot.waitUntil(lambda: desk.page.message_panel.message is None)
    assert len(desk.page.recordings.rows.entries) == 3


def test_a_library_that_is_gone(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "gone", is_ready=False)
    assert "is no library" in wait_message(desk, MessageKind.ERROR)
    assert not (tmp_path / "gone").exists()


def test_recordings_that_cannot_be_read_are_told_and_the_others_are_there(
    open_desk: OpenDesk, folder: Path, names: list[str]
) -> None:
    (folder / "recordings" / names[0] / "recording.json").write_text("{")
    (folder / "recordings" / names[1] / SEGMENTS).write_text(
        json.dumps({"schema_version": 1, "segments": [{"start_s": 5, "end_s": 1, "action": "x"}]})
    )
    desk = open_desk()
    text = told(desk).lines.toPlainText()
    assert "recording.json is not valid JSON" in text
    assert "a segment goes from 5 s to 1 s" in text
    assert desk.entry.name == names[2]
    focused = told(desk).focusWidget()
    assert isinstance(focused, Button)  # so that Enter closes it
    press(focused, Qt.Key.Key_Return)
    assert len(desk.page.recordings.rows.entries) == 1


def test_paths_that_lead_out_of_the_library_are_refused(
    open_desk: OpenDesk, folder: Path, names: list[str], film: Path
) -> None:
    path = folder / "recordings" / names[0] / "recording.json"
    shutil.copy(film, folder.parent / "secret.mkv")
    path.write_text(path.read_text().replace('"video.mkv"', '"../../../secret.mkv"'))
    desk = open_desk()
    assert "no name of a file in this folder" in told(desk).lines.toPlainText()
    assert desk.entry.name == names[1]
    answer(desk, "close")


# Two windows


def test_a_second_window_on_the_same_library_can_only_look(open_desk: OpenDesk, names: list[str]) -> None:
    first, second = open_desk(), open_desk()
    assert "Another program has it open" in second.said
    assert second.page.saved.text() == "Read only"
    assert second.window.header.library_button.text() == "my library (read only)"
    assert second.spans == [WAVE, CLAP]
    second.drag((0.2, "push"), 0.8)
    second.press(Qt.Key.Key_Delete)
    second.press(Qt.Key.Key_Delete, has_ctrl=True)
    for key in (Qt.Key.Key_N, Qt.Key.Key_I):
        second.press(key, has_ctrl=True)
    second.press(Qt.Key.Key_P, has_ctrl=True, has_shift=True)
    second.press(Qt.Key.Key_G)
    assert "Another program has it open" in second.said
    assert second.spans == [WAVE, CLAP]
    assert not second.window.isWindowModified()
    assert not (second.entry.folder / JOURNAL).exists()
    first.drag((0.2, "push"), 0.8)
    first.labels_control.autosave.finish()
    second.open(names[1])
    second.open(names[0])
    assert len(second.spans) == 3  # it sees what the first one has saved
    second.press(Qt.Key.Key_Space)
    second.pass_time(1.0)
    second.wait_picture(30)


def test_once_the_first_is_closed_the_second_opens_it_for_writing(open_desk: OpenDesk, folder: Path) -> None:
    first, second = open_desk(), open_desk()
    first.window.close()
    open_other(second, folder)
    second.qtbot.waitUntil(lambda: not second.window.teaching.library.why_read_only)
    second.wait_open(second.entry.name)
    second.click(1.5, "wave")
    second.press(Qt.Key.Key_Delete)
    assert second.spans == [CLAP]


# What a crash left


def kill_while_labelling(folder: Path, name: str) -> None:
    """Another process marks and removes, and is gone before anything is saved."""
    code = f"""
        import os, signal
        from pathlib import Path
        from core.library import edits
        from core.library.labelling import Labelling
        from core.library.library import Library
        from core.skeleton.segment import Segment

        library = Library.opened(Path({str(folder)!r}))
        labelling = Labelling(library, library.entry({name!r}))
        labelling.do(edits.mark(labelling.labels, Segment(start_s=5.0, end_s=5.5, action="push")))
        labelling.do(edits.remove(labelling.labels[:1]))
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False, cwd=Path(__file__).parents[3])
    assert ended.returncode != 0


def test_what_a_killed_program_left_is_offered_and_brought_back(
    open_desk: OpenDesk, folder: Path, names: list[str]
) -> None:
    kill_while_labelling(folder, names[0])
    assert len(Library.for_reading(folder).entry(names[0]).segments) == 2
    desk = open_desk()
    assert desk.spans == [WAVE, CLAP]
    assert f"{names[0]}: 2 edits" in told(desk).lines.toPlainText()
    assert "1 new and 1 fewer segments" in told(desk).lines.toPlainText()
    press(told(desk), Qt.Key.Key_Tab)
    answer(desk, "bring")
    assert desk.spans == [CLAP, (5.0, 5.5, "push")]
    assert desk.saved() == desk.spans
    assert "1 recording" in desk.said
    assert not (desk.entry.folder / JOURNAL).exists()
    assert len(backups_of(desk.entry.folder / SEGMENTS)) == 1
    assert len(desk.page.recordings.rows.entries[0].segments) == 2


@pytest.mark.parametrize("button", ["forget", "later"])
def test_what_is_not_wanted_is_forgotten_and_later_is_later(
    open_desk: OpenDesk, folder: Path, names: list[str], button: str
) -> None:
    library = Library.opened(folder)
    Labelling(library, library.entry(names[0])).do(edits.mark((), segment(5.0, 5.5, "push")))
    library.close()
    desk = open_desk()
    answer(desk, button)
    assert desk.spans == [WAVE, CLAP]
    assert (desk.entry.folder / JOURNAL).exists() is (button == "later")
    if button == "later":  # who goes on without it does not lose it
        desk.click(1.5, "wave")
        desk.press(Qt.Key.Key_Delete)
        (kept,) = backups_of(desk.entry.folder / SEGMENTS)
        assert "push" in kept.path.read_text()


def test_one_question_after_the_other(open_desk: OpenDesk, folder: Path, names: list[str]) -> None:
    kill_while_labelling(folder, names[0])
    (folder / "recordings" / names[1] / "recording.json").write_text("{")
    desk = open_desk()
    assert "What was found" in told(desk).windowTitle()
    answer(desk, "close")
    desk.qtbot.waitUntil(lambda: "not saved" in told(desk).windowTitle())
    answer(desk, "bring")
    assert desk.spans == [CLAP, (5.0, 5.5, "push")]


# Another folder


def test_an_empty_folder_becomes_a_library(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    open_other(desk, tmp_path / "new")
    desk.qtbot.waitUntil(lambda: desk.window.teaching.library.folder.name == "new")
    assert (tmp_path / "new" / LIBRARY).is_file()
    assert load_settings().library == str(tmp_path / "new")
    assert desk.page.recordings.rows.entries == []
    assert desk.labels_control.entry is None
    assert desk.timeline.track.lanes == ()
    assert not desk.timeline.grab().isNull()
    with Library.opened(desk.folder) as before:  # the one before is free
        assert before.why_read_only == ""


def test_a_folder_that_is_no_library_leaves_the_one_before_open(desk: Desk, tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    open_other(desk, tmp_path / "photos")
    assert "holds other things than a library" in told(desk).words.text()
    answer(desk, "close")
    desk.wait_open(names[0])
    assert load_settings().library == str(desk.folder)
    desk.click(1.5, "wave")
    desk.press(Qt.Key.Key_Delete)
    assert desk.spans == [CLAP]
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


def test_the_library_is_free_once_the_window_is_closed(desk: Desk) -> None:
    desk.window.close()
    with Library.opened(desk.folder) as library:
        assert library.why_read_only == ""
