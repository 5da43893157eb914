"""The last seconds, clips of all kinds and networks of all kinds on the lecture page, and who uses a keyboard."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QFileDialog, QLineEdit, QMenu, QWidget

from app.actions import ActionKey
from app.lecture.asking import NOBODY
from app.page_key import PageKey
from app.widgets.attention_chart import AttentionChart
from app.widgets.chart_rows import matrix_rows
from app.widgets.legend import NO_GATE
from app.widgets.video_view import Span
from core.model.sta_lstm import Variant
from tests.app.fakes import FakeBackend, make_prediction, make_result
from tests.app.hands import click
from tests.app.lecturing import CTRL, SHIFT, Room, write_model
from tests.explaining import joined, moving, small_model, without

pytestmark = pytest.mark.gui


# --- the last seconds ---


def test_the_last_seconds_of_the_live_view_are_looked_at(room: Room, backend: FakeBackend) -> None:
    window = room.enter().window
    window.show_page(PageKey.LIVE)
    window.control.start_source("performer")
    room.qtbot.waitUntil(lambda: len(backend.sessions) == 1 and backend.sessions[0].is_started)
    picture = np.full((48, 64, 3), 90, np.uint8)
    for number in range(40):
        result = make_result(number, picture=picture)
        offset = np.sin(number / 5) * 0.1
        positions_m = np.random.default_rng(1).normal(size=(1, 25, 3)) * 0.3 + np.array([offset, 0, 3])
        pose = replace(result.pose, positions_m=positions_m.astype(np.float32))
        backend.sessions[0].give(replace(result, pose=pose, looked_at=(0,)))

    def is_held() -> bool:
        held = window.teaching.record.held.clip()
        return held is not None and held.duration_s > 1.2

    room.qtbot.waitUntil(is_held, timeout=20_000)
    window.setFocus()
    room.key(Qt.Key.Key_V)
    assert window.page_key is PageKey.LECTURE
    room.wait_for_answer()
    control = room.lecture.control
    assert control.player.playback.duration_s == pytest.approx(39 / 30, abs=0.05)
    control.player.seek(0.6)
    result_ = room.lecture.page.video.result
    assert result_ is not None
    assert abs(int(result_.frame.picture_bgr.mean()) - 90) < 4
    room.key(Qt.Key.Key_Right)
    assert control.player.time_s > 0.6


def test_without_last_seconds_it_says_so(room: Room) -> None:
    room.enter()
    click(room.lecture.page.live)
    assert "live page" in room.lecture.page.toast.text()


def test_live_ranges_are_named_for_what_they_are(room: Room) -> None:
    window = room.enter().window
    window.show_page(PageKey.LIVE)
    alpha = make_prediction().alpha.copy()
    alpha[0, 3] = 0.8
    result = make_result(1, prediction=replace(make_prediction(), alpha=alpha))
    window.page.show_result(result)
    window.setFocus()
    room.key(Qt.Key.Key_R, SHIFT)
    assert window.page.video.display.span is Span.WINDOW
    assert window.page.legend.scale.high >= 0.8 * 20, "the highest of all frames of the window"
    assert "range of this window" in window.page.legend.text
    room.key(Qt.Key.Key_R, SHIFT)
    assert window.page.legend.scale.high == 10.0, "that of the newest one: 6 times uniform"
    assert "range of this frame" in window.page.legend.text
    uniform = np.full_like(alpha, 1 / 20)
    window.page.set_frozen(False)
    window.page.reset()
    window.page.show_result(make_result(2, prediction=replace(make_prediction(), alpha=uniform)))
    assert window.page.legend.text == NO_GATE


# --- what cannot be shown ---


def test_a_clip_without_joints_is_explained_in_place(room: Room) -> None:
    name = room.add(None)
    room.enter()
    room.lecture.show_recording(name)
    page = room.lecture.page
    room.qtbot.waitUntil(
        lambda: page.message_panel.message is not None and page.message_panel.message.text == NOBODY, timeout=20_000
    )
    assert page.chart.accessibleDescription() == "Nobody is in this clip"
    room.key(Qt.Key.Key_Q)
    assert "Choose a clip" in page.toast.text()


def test_a_clip_in_which_nobody_is_ever_seen_is_explained_in_place(room: Room) -> None:
    name = room.add(without(moving(30), slice(None)))
    room.enter()
    room.lecture.show_recording(name)
    page = room.lecture.page
    room.qtbot.waitUntil(
        lambda: page.message_panel.message is not None and "Nobody" in page.message_panel.message.text, timeout=20_000
    )
    assert page.chart.accessibleDescription()


def test_damaged_joints_are_explained_in_place(room: Room) -> None:
    poses = next((room.folder / "recordings" / room.names[1]).glob("*.npz"))
    poses.write_bytes(b"no joints")
    room.enter()
    room.lecture.show_recording(room.names[1])
    page = room.lecture.page
    room.qtbot.waitUntil(lambda: "cannot be read" in page.chart.accessibleDescription(), timeout=20_000)
    assert page.message_panel.isVisible()


@pytest.mark.parametrize("frames", [1, 2])
def test_a_clip_of_very_few_frames_works(room: Room, frames: int) -> None:
    name = room.add(moving(frames), has_film=False)
    explained = room.enter().show(name)
    assert len(explained) >= 1
    room.lecture.page.chart.grab()
    room.key(Qt.Key.Key_Q)
    room.qtbot.waitUntil(lambda: room.lecture.page.question.table.rowCount() == 21, timeout=20_000)
    room.key(Qt.Key.Key_Right)
    room.key(Qt.Key.Key_Space)
    room.key(Qt.Key.Key_Space)


def test_gaps_are_gaps_everywhere(room: Room) -> None:
    name = room.add(joined(moving(30), moving(30, seed=1), gap_s=3.0), has_film=False, duration_s=5.0)
    room.enter().show(name)
    control, page = room.lecture.control, room.lecture.page
    control.player.seek(2.4)
    assert page.now.text.headline == "Nobody in view"
    assert page.video.marks() == []
    assert "nobody" in page.chart.accessibleDescription()
    page.chart.grab()
    page.tabs.setCurrentIndex(1)
    assert page.gates.note.text() == ""
    control.player.seek(4.2)
    assert len(page.video.marks()) == 25


@pytest.mark.parametrize("variant", [Variant.LSTM, Variant.TA, Variant.SA])
def test_a_network_without_gates_is_explained_in_place(room: Room, tmp_path: Path, variant: Variant) -> None:
    plain = write_model(tmp_path / "plain", small_model(variant))
    room.enter().window.control.start_model(str(plain))
    explained = room.show(room.names[2])
    page = room.lecture.page
    assert (page.legend.text == NO_GATE) is not explained.weighs_joints
    room.key(Qt.Key.Key_Q)
    room.qtbot.waitUntil(lambda: page.question.table.rowCount() == 21, timeout=20_000)
    if not explained.weighs_joints:
        item = page.question.table.item(0, 1)
        assert item is not None
        assert item.text() == "–"
        assert "not defined" in page.question.ranks.text()
    page.tabs.setCurrentIndex(1)
    texts = "\n".join(label.text() for labels in page.gates._steps for label in labels)
    assert ("joints weigh alike" in texts) is not explained.weighs_joints
    assert ("frames weigh alike" in texts) is not explained.weighs_frames
    page.chart.grab()


def test_a_network_for_two_looks_at_two_and_one_for_one_at_the_first(room: Room, tmp_path: Path) -> None:
    pair = write_model(tmp_path / "pair", small_model(persons=2))
    name = room.add(moving(40, persons=2), has_film=False)
    room.enter()
    explained = room.show(name)
    assert explained.persons == 1
    assert "1 of the persons" in room.lecture.page.toast.text()
    room.window.control.start_model(str(pair))
    room.qtbot.waitUntil(
        lambda: room.lecture.control.explained is not None and room.lecture.control.explained.persons == 2,
        timeout=20_000,
    )
    page = room.lecture.page
    room.lecture.control.player.seek(0.5)
    assert {mark.person for mark in page.video.marks()} == {0, 1}
    assert len([mark for mark in page.video.marks() if mark.heat is not None]) == 42
    row = matrix_rows(room.explained)[-1]
    page.chart.pointed.emit((row.person, row.joint))
    assert page.video.hovered is not None
    assert (page.video.hovered.person, page.video.hovered.joint) == (1, row.joint)
    page.chart.grab()
    room.show(room.names[2])
    assert room.explained.persons == 2, "one person before a network for two: the other one is not there"


def test_a_long_clip_is_looked_at_with_progress_and_can_be_stopped(room: Room) -> None:
    name = room.add(moving(3 * 60 * 30), has_film=False)
    room.enter()
    page = room.lecture.page
    room.lecture.show_recording(name)
    room.qtbot.waitUntil(
        lambda: page.message_panel.message is not None and bool(page.message_panel.message.fraction), timeout=20_000
    )
    room.window.actions_by_key[ActionKey.CANCEL].trigger()
    assert page.message_panel.message is not None
    assert page.message_panel.message.title == "Stopped"
    assert page.chart.accessibleDescription() == "Stopped"
    room.show(room.names[2])
    assert page.message_panel.message is None


# --- who uses a keyboard or a screen reader ---


def test_every_control_has_a_name_and_is_reached_with_the_tab_key(room: Room) -> None:
    room.enter().show(room.names[0])
    page = room.lecture.page
    controls: list[QWidget] = []
    for kind in (QAbstractButton, QComboBox, QLineEdit, QAbstractItemView, AttentionChart):
        controls += page.findChildren(kind)
    named = [one for one in controls if one.focusPolicy() & Qt.FocusPolicy.TabFocus and not inside(one, QComboBox)]
    assert len(named) > 25
    assert [one for one in named if not (one.accessibleName() or one.property("text"))] == []
    reached: set[QWidget] = set()
    for tab in range(page.tabs.count()):
        page.tabs.setCurrentIndex(tab)
        one = page.live
        for _ in range(200):
            reached.add(one)
            following = one.nextInFocusChain()
            assert following is not None
            one = following  # type: ignore[assignment]  # any widget
    assert set(named) <= reached
    chain, one = [], page.live
    for _ in range(200):
        chain.append(one)
        one = one.nextInFocusChain()  # type: ignore[assignment]  # it goes round
    wanted = [page.live, page.search, page.recordings, page.segments, page.chart, page.question.check]
    places = [chain.index(one) for one in wanted]  # type: ignore[arg-type]  # widgets of many kinds
    assert places == sorted(places)


def inside(widget: QWidget, kind: type[QWidget]) -> bool:
    """Whether it belongs to a widget of that kind."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, kind):
            return True
        parent = parent.parentWidget()
    return False


def test_lists_keep_the_arrow_keys_while_they_have_the_focus(room: Room) -> None:
    room.enter().show(room.names[0])
    page, control = room.lecture.page, room.lecture.control
    page.segments.setFocus()
    room.key(Qt.Key.Key_Down)
    assert control.segment == 1
    bar = page.tabs.tabBar()
    assert bar is not None
    bar.setFocus()
    room.key(Qt.Key.Key_Right)
    assert page.tabs.currentIndex() == 1


# --- take home ---


@pytest.mark.parametrize("ending", [".png", ".svg", ".html", ".csv", ".mp4", ".gif"])
def test_a_clip_is_taken_home(room: Room, tmp_path: Path, ending: str) -> None:
    room.enter().show(room.names[0])
    room.key(Qt.Key.Key_E, CTRL)
    menu = next(menu for menu in room.window.findChildren(QMenu) if menu.isVisible())
    forms = [action for action in menu.actions() if ending.strip(".").upper() in action.text()]
    assert len(forms) == 1
    forms[0].trigger()
    menu.close()
    (dialog,) = room.window.findChildren(QFileDialog)
    file = tmp_path / f"clip{ending}"
    dialog.fileSelected.emit(str(file))
    dialog.close()
    room.qtbot.waitUntil(lambda: "Written" in room.lecture.page.toast.text() and file.exists(), timeout=60_000)
    assert file.stat().st_size > 200


def test_taking_home_says_what_is_wrong_and_needs_a_clip(room: Room, tmp_path: Path) -> None:
    room.enter()
    room.key(Qt.Key.Key_E, CTRL)
    assert "Choose a clip" in room.lecture.page.toast.text()
    room.lecture.take_home(tmp_path / "clip.png")
    assert not (tmp_path / "clip.png").exists()
    room.show(room.names[2])
    room.lecture.take_home(tmp_path / "clip.txt")
    room.qtbot.waitUntil(lambda: "must end in" in room.lecture.page.toast.text(), timeout=20_000)
