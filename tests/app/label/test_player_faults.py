"""Films and joints that are missing or damaged: what there is is shown, and the rest is said."""

import shutil

import pytest
from PyQt6.QtCore import Qt

from core.sources.video_writer import VideoWriter
from tests.app.label.conftest import Desk
from tests.app.label.recordings import numbered

pytestmark = pytest.mark.gui


def test_a_missing_film_is_said_once_and_its_joints_are_shown(desk: Desk, names: list[str]) -> None:
    (desk.folder / "recordings" / names[1] / "video.mkv").unlink()
    failed: list[object] = []
    desk.player.failed.connect(failed.append)
    desk.open(names[1])
    desk.qtbot.waitUntil(lambda: "video.mkv" in desk.page.notice_bar.text)
    desk.press(Qt.Key.Key_Space)
    for _ in range(20):
        desk.pass_time(0.1)
        desk.qtbot.wait(1)
    assert len(failed) == 1
    result = desk.page.video.result
    assert result is not None
    assert result.pose.person_count == 1
    assert result.frame.time_s == pytest.approx(2.0)
    desk.drag((0.5, "wave"), 1.5)
    assert len(desk.labels) == 1  # it can be labelled all the same
    desk.open(names[0])
    assert desk.page.notice_bar.text == ""


def test_a_film_that_is_none(desk: Desk, names: list[str]) -> None:
    (desk.folder / "recordings" / names[1] / "video.mkv").write_bytes(b"nothing of the kind" * 99)
    desk.open_broken(names[1])
    assert "cannot be read" in desk.page.notice_bar.text


def test_a_recording_without_anybody_says_so(desk: Desk, names: list[str]) -> None:
    (desk.folder / "recordings" / names[1] / "poses.npz").unlink()
    desk.open(names[1])
    assert desk.page.notice_bar.text.startswith("Nobody was found")
    assert desk.picture == 0
    desk.press(Qt.Key.Key_Right)
    desk.wait_picture(1)
    desk.drag((0.5, "wave"), 1.5)
    assert len(desk.labels) == 1


def test_neither_film_nor_joints(desk: Desk, names: list[str]) -> None:
    shutil.rmtree(desk.folder / "recordings" / names[1] / "backups", ignore_errors=True)
    for file in ("video.mkv", "poses.npz"):
        (desk.folder / "recordings" / names[1] / file).unlink()
    desk.open_broken(names[1])
    assert "Nobody was found" in desk.page.notice_bar.text
    assert "video.mkv" in desk.page.notice_bar.text
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(1.0)
    assert desk.page.video.result is not None


def test_damaged_joints_are_named(desk: Desk, names: list[str]) -> None:
    (desk.folder / "recordings" / names[1] / "poses.npz").write_bytes(b"PK\3\4 and nothing else")
    desk.open(names[1])
    assert "poses.npz" in desk.page.notice_bar.text
    assert desk.picture == 0


def test_a_film_that_ends_early_stays_at_its_last_picture(desk: Desk, names: list[str]) -> None:
    target = desk.folder / "recordings" / names[1] / "video.mkv"
    target.unlink()
    with VideoWriter(target, size_px=(128, 48), survives=True) as writer:
        for number in range(60):
            writer.write(numbered(number), number / 30)
    desk.open(names[1])
    desk.press(Qt.Key.Key_End)
    desk.wait_picture(59)
    assert desk.player.time_s == 6.0


def test_another_recording_shows_nothing_of_the_one_before(desk: Desk, names: list[str]) -> None:
    desk.go(5.0)
    desk.wait_picture(150)
    seen: list[int] = []
    desk.page.video.painted.connect(lambda _result: seen.append(desk.picture))
    desk.open(names[1])
    desk.wait_picture(0)
    assert 150 not in seen


def test_nothing_is_open(desk: Desk) -> None:
    desk.labels_control.open(None)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_L, Qt.Key.Key_End, Qt.Key.Key_Down, Qt.Key.Key_P):
        desk.press(key)
    desk.press(Qt.Key.Key_I)
    desk.press(Qt.Key.Key_Return)
    assert desk.said == "Choose a recording first"
    assert desk.page.video.result is None
