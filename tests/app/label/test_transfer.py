"""Import, export and check through the window: files, folders, drops, duplicates, and somebody who stops it."""

import csv
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QFileDialog, QMenu

from app.actions import ActionKey
from app.label.transfer_control import BUSY, FORMS, STOPPED, TransferControl
from app.widgets.ask import AskText, Told
from app.widgets.buttons import Button
from core.datasets.into_library import ImportReport
from core.datasets.library_export import Form
from core.errors import OutputError
from core.library.library import Library
from core.skeleton.sequence import SkeletonSequence
from tests.app.hands import click, press
from tests.app.label.conftest import Desk
from tests.app.label.recordings import waving, write_film

pytestmark = pytest.mark.gui


def transfer_of(desk: Desk) -> TransferControl:
    return desk.window.teaching.transfer


def wait_done(desk: Desk) -> None:
    desk.qtbot.waitUntil(lambda: transfer_of(desk)._work._thread is None, timeout=60_000)
    desk.qtbot.waitUntil(lambda: desk.window.teaching.library._read._thread is None)
    assert desk.page.message_panel.message is None


def dialog_of(desk: Desk) -> Told:
    dialog = desk.dialog(Told)
    assert isinstance(dialog, Told)
    return dialog


def told(desk: Desk) -> str:
    """What the dialog lists, which is closed."""
    dialog = dialog_of(desk)
    text = dialog.lines.toPlainText()
    click(dialog.findChild(Button, "told_close"))
    return text


def chosen(desk: Desk, row: str, *names: Path) -> None:
    """A row of the menu, and what is chosen in its dialog."""
    (menu,) = [one for one in desk.window.findChildren(QMenu) if one.isVisible()]
    next(one for one in menu.actions() if one.text() == row).trigger()
    menu.close()
    (dialog,) = [one for one in desk.window.findChildren(QFileDialog) if one.isVisible()]
    if len(names) == 1:
        dialog.fileSelected.emit(str(names[0]))
    dialog.filesSelected.emit([str(name) for name in names])
    dialog.close()


def answer(desk: Desk, person: str) -> None:
    dialog = desk.dialog(AskText)
    assert isinstance(dialog, AskText)
    dialog.field.setText(person)
    press(dialog.field, Qt.Key.Key_Return)


def sequences(folder: Path) -> Path:
    """Three clips: two of one action by two persons, one of another; two of them are the same."""
    for name, seconds in (("jump/ANNA_1.npz", 2.0), ("jump/bob_1.npz", 3.0), ("walk/bob_2.npz", 3.0)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        waving(seconds).save(folder / name)
    return folder


def test_a_folder_of_actions_is_labelled_at_once(desk: Desk, tmp_path: Path) -> None:
    sequences(tmp_path / "clips")
    desk.press(Qt.Key.Key_I, has_ctrl=True)
    chosen(desk, "A folder, or a data set…", tmp_path / "clips")
    answer(desk, "me")
    wait_done(desk)
    assert "bob_2.npz is in the library already" in told(desk)
    entries = [one for one in desk.page.recordings.rows.entries if one.recording.source.endswith(".npz")]
    assert {(one.recording.person, one.segments[0].action) for one in entries} == {("ANNA", "jump"), ("Bob", "jump")}
    assert [row.name for row in desk.page.actions_list._rows] == ["wave", "clap", "push", "jump"]
    assert desk.page._library_card.heading.text() == "Recordings  5"
    desk.open(next(one.name for one in entries if one.recording.person == "ANNA"))
    assert [action for *_, action in desk.spans] == ["jump"]
    assert desk.page.video.result is not None
    assert desk.page.video.result.pose.person_count == 1


def test_the_same_again_is_refused_by_name(desk: Desk, tmp_path: Path) -> None:
    waving(1.0).save(tmp_path / "one.npz")
    for expected in ("1 recording imported, 0 left out.", ""):
        transfer_of(desk).begin_import([tmp_path / "one.npz"], "me")
        wait_done(desk)
        if expected:
            assert desk.said == expected
    assert "one.npz is in the library already" in told(desk)
    assert len(desk.page.recordings.rows.entries) == 4


def test_files_that_are_dropped_ask_who_is_in_them(desk: Desk, tmp_path: Path) -> None:
    waving(1.0).save(tmp_path / "é & co.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK nothing")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("é & co.npz", "broken.npz")])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(
        desk.window, QDragEnterEvent(QPoint(500, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    )
    drop = QDropEvent(QPointF(500, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(desk.window, drop)
    answer(desk, "Zoë")
    wait_done(desk)
    assert "broken.npz" in told(desk)
    (entry,) = [one for one in desk.page.recordings.rows.entries if one.recording.source == "é & co.npz"]
    assert entry.recording.person == "Zoë"
    assert "Zoë" in Library.for_reading(desk.folder).document.persons


def test_a_person_needs_a_name(desk: Desk, tmp_path: Path) -> None:
    transfer_of(desk).ask_person([tmp_path / "one.npz"])
    dialog = desk.dialog(AskText)
    assert isinstance(dialog, AskText)
    dialog.field.setText("x" * 300)
    press(dialog.field, Qt.Key.Key_Return)
    assert "1 to 200" in dialog.problem.text()
    press(dialog.field, Qt.Key.Key_Escape)
    assert not transfer_of(desk).is_busy


def test_nothing_to_import_is_said(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    transfer_of(desk).begin_import([tmp_path / "empty"], "me")
    dialog = dialog_of(desk)
    wait_done(desk)
    assert "nothing to import" in dialog.words.text()
    click(dialog.findChild(Button, "told_close"))


def test_a_library_is_not_imported_into_itself(desk: Desk) -> None:
    transfer_of(desk).begin_import([desk.folder / "recordings"], "me")
    dialog = dialog_of(desk)
    wait_done(desk)
    click(dialog.findChild(Button, "told_close"))
    assert len(desk.page.recordings.rows.entries) == 3


def test_a_video_without_a_person(
    desk: Desk, tmp_path: Path, pose_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer_of(desk), "_pose_model", lambda _report: pose_model)
    film = write_film(tmp_path / "ANNA_nobody.mkv", seconds=0.5)
    transfer_of(desk).begin_import([film], "me")
    wait_done(desk)
    assert "ANNA_nobody.mkv" in told(desk)
    (entry,) = [one for one in desk.page.recordings.rows.entries if one.recording.source == "ANNA_nobody.mkv"]
    assert entry.recording.person == "ANNA"
    desk.open(entry.name)
    assert desk.page.notice_bar.text.startswith("Nobody was found")
    desk.wait_picture(0)


# Stopping


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], threading.Event]:
    """Makes the import wait before it takes in one of the clips; returns what lets it go on."""

    def make(at: int) -> threading.Event:
        from core.datasets import into_library

        finish, seen, release = into_library._finish_joints, [0], threading.Event()

        def wait(library: Library, find: object, entry: object) -> object:
            seen[0] += 1
            assert seen[0] != at or release.wait(20)
            return finish(library, find, entry)  # type: ignore[arg-type]

        monkeypatch.setattr(into_library, "_finish_joints", wait)
        return release

    return make


def test_an_import_is_stopped_and_goes_on_later(
    desk: Desk, tmp_path: Path, slow: Callable[[int], threading.Event]
) -> None:
    sequences(tmp_path / "clips")
    release = slow(1)
    transfer_of(desk).begin_import([tmp_path / "clips"], "me")
    desk.qtbot.waitUntil(lambda: desk.page.message_panel.accessibleName().startswith("Copying"))
    desk.drag((0.2, "push"), 0.8)  # labelling goes on, and saving does not hide how far it is
    desk.labels_control.autosave.finish()
    assert desk.page.message_panel.message is not None
    transfer_of(desk).begin_import([tmp_path / "clips"], "me")
    assert desk.said == BUSY
    desk.press(Qt.Key.Key_Period, has_ctrl=True)
    assert desk.page.message_panel.accessibleName().startswith("Stopping")
    release.set()
    wait_done(desk)
    assert desk.said == STOPPED
    assert len(desk.page.recordings.rows.entries) == 4  # what was under way is whole
    assert Library.for_reading(desk.folder).entries()[1] == []
    transfer_of(desk).begin_import([tmp_path / "clips"], "me")
    wait_done(desk)
    assert len(desk.page.recordings.rows.entries) == 5
    told(desk)


def test_closing_stops_an_import(desk: Desk, tmp_path: Path, slow: Callable[[int], threading.Event]) -> None:
    sequences(tmp_path / "clips")
    release = slow(2)
    transfer_of(desk).begin_import([tmp_path / "clips"], "me")
    desk.qtbot.waitUntil(lambda: len(Library.for_reading(desk.folder).names()) == 5)
    release.set()
    desk.window.close()
    library = Library.opened(desk.folder)
    library.close()
    assert library.why_read_only == "It has been closed."  # it could be opened for writing


def test_a_disk_that_fills_up_keeps_what_is_there(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sequences(tmp_path / "clips")
    saves = SkeletonSequence.save

    def full(sequence: SkeletonSequence, path: Path) -> None:
        if len(sequence) > 80:
            raise OutputError(f"Cannot write {path}: no space left on device.")
        saves(sequence, path)

    monkeypatch.setattr(SkeletonSequence, "save", full)
    transfer_of(desk).begin_import([tmp_path / "clips"], "me")
    dialog = dialog_of(desk)
    wait_done(desk)
    assert "no space left" in dialog.words.text()
    click(dialog.findChild(Button, "told_close"))
    done = [one for one in desk.page.recordings.rows.entries if one.recording.source == "ANNA_1.npz"]
    assert len(done) == 1


# Out of it


@pytest.mark.parametrize("form", [Form.CSV, Form.NPZ, Form.SKELETON])
def test_export(desk: Desk, tmp_path: Path, form: Form) -> None:
    target = tmp_path / {Form.CSV: "out.csv", Form.NPZ: "out.npz", Form.SKELETON: "out"}[form]
    desk.press(Qt.Key.Key_E, has_ctrl=True)
    chosen(desk, FORMS[form], target)
    wait_done(desk)
    what = "segments" if form is Form.CSV else "clips"
    assert desk.said == f"2 {what} written."
    assert target.exists()
    if form is Form.CSV:
        rows = list(csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines()))
        assert {row["action"] for row in rows} == {"wave", "clap"}


def test_edits_that_are_not_saved_yet_are_exported_too(desk: Desk, tmp_path: Path) -> None:
    desk.drag((0.2, "push"), 0.8)
    transfer_of(desk).begin_export(Form.CSV, tmp_path / "out.csv")
    wait_done(desk)
    assert "push" in (tmp_path / "out.csv").read_text()


def test_nothing_is_exported_into_the_library(desk: Desk) -> None:
    transfer_of(desk).begin_export(Form.CSV, desk.folder / "recordings" / "out.csv")
    dialog = dialog_of(desk)
    wait_done(desk)
    assert "belongs to the library" in dialog.words.text()
    click(dialog.findChild(Button, "told_close"))
    assert not (desk.folder / "recordings" / "out.csv").exists()


def test_check_names_what_does_not_fit(desk: Desk, names: list[str]) -> None:
    desk.do(ActionKey.CHECK_LIBRARY)
    wait_done(desk)
    assert desk.said == "All recordings are in order"
    (desk.folder / "recordings" / names[1] / "video.mkv").unlink()
    desk.do(ActionKey.CHECK_LIBRARY)
    wait_done(desk)
    assert f"recordings/{names[1]}" in told(desk)


def test_a_report_without_lines_is_a_note(desk: Desk) -> None:
    transfer_of(desk)._on_finished(ImportReport(imported=("a", "b")))
    assert desk.said == "2 recordings imported, 0 left out."
