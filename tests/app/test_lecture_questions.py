"""What can be asked of a network on the lecture page: occlusion, what if, and comparisons."""

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from app.widgets.chart_rows import matrix_rows
from app.widgets.compare_panel import NO_ATTENTION
from core.explain.explained import GATE_SENTENCE, explain_clip
from core.explain.occlusion import occlude, rank_text
from tests.app.hands import click, point_at
from tests.app.lecturing import ALT, Room, drag, write_model
from tests.explaining import moving, small_model

pytestmark = pytest.mark.gui


def at(room: Room, time_s: float) -> int:
    """The frame of the grid at a time."""
    frame = room.explained.frame_at(time_s)
    assert frame is not None
    return frame


# --- questions ---


def test_the_occlusion_check_stands_beside_attention_with_its_rank_correlation(room: Room) -> None:
    explained = room.enter().show(room.names[2])
    page = room.lecture.page
    assert page.question.sentence.text() == GATE_SENTENCE
    room.key(Qt.Key.Key_Q)
    room.qtbot.waitUntil(lambda: page.question.table.rowCount() == 21, timeout=20_000)
    found = occlude(small_model(), explained)
    assert f"joints {rank_text(found.joints_rank)}" in page.question.ranks.text()
    assert page.question.check.isEnabled()
    item = page.question.table.item(0, 0)
    change = page.question.table.item(0, 2)
    assert item is not None
    assert change is not None
    place = int(np.argmin(found.joints.probability))
    assert item.text() == explained.joint_names()[place]
    assert float(change.text()) == pytest.approx(100 * found.joints.probability[place], abs=0.06)
    page.question.table.setCurrentCell(1, 0)
    assert page.video.hovered is not None


def test_the_check_and_a_comparison_do_not_stop_each_other(room: Room) -> None:
    room.enter().show(room.names[2])
    page, asking = room.lecture.page, room.lecture.control.asking
    asking.check()
    asking.compare_with(NO_ATTENTION)
    room.wait_for_comparison(NO_ATTENTION)
    room.qtbot.waitUntil(lambda: page.question.table.rowCount() == 21, timeout=20_000)
    assert "Asking" not in page.question.ranks.text()


def test_a_limb_is_silenced_and_heard_again(room: Room) -> None:
    room.enter().show(room.names[2])
    page, asking = room.lecture.page, room.lecture.control.asking
    box = page.question.limbs["right arm"]
    box.setFocus()
    room.key(Qt.Key.Key_Return)
    assert box.isChecked()
    changed = room.wait_for_comparison()
    assert not changed.clip.seen[:, 0, 8:12].any()
    assert page.second.isVisible()
    assert "without right arm" in page.question.answer.text().casefold()
    assert page.chart.data is not None
    assert page.chart.data.other is changed
    room.key(Qt.Key.Key_Return)
    assert asking.comparison is None
    assert not page.second.isVisible()
    assert page.question.answer.text() == ""


def test_dragging_a_joint_moves_it_for_the_network(room: Room) -> None:
    explained = room.enter().show(room.names[2])
    control, page = room.lecture.control, room.lecture.page
    control.player.seek(0.5)
    mark = next(mark for mark in page.video.marks() if mark.joint == 11)
    point_at(page.video, mark.x_px, mark.y_px)
    hovered = page.video.hovered
    assert hovered is not None
    drag(page.video, (mark.x_px, mark.y_px), (mark.x_px + 60, mark.y_px - 20))
    changed = room.wait_for_comparison()
    moved = changed.clip.positions_m - explained.clip.positions_m
    frame = at(room, 0.5)
    assert moved[frame, 0, hovered.joint, 0] < 0, "to the right in the picture is away from the right hand's side"
    assert moved[frame, 0, hovered.joint, 1] > 0
    assert np.abs(moved[0]).max() < np.abs(moved[frame]).max()
    room.key(Qt.Key.Key_Escape)
    assert control.asking.comparison is None


def test_a_joint_is_moved_with_keys_too(room: Room) -> None:
    explained = room.enter().show(room.names[2])
    page, asking = room.lecture.page, room.lecture.control.asking
    room.lecture.control.player.seek(0.5)
    page.chart.setFocus()
    room.key(Qt.Key.Key_Down)
    for _ in range(2):
        room.key(Qt.Key.Key_Up, ALT)
    room.qtbot.waitUntil(lambda: asking.comparison is not None and "10 cm" in asking.comparison.name, timeout=20_000)
    changed = room.wait_for_comparison()
    row, frame = matrix_rows(explained)[0], at(room, 0.5)
    offset_m = changed.clip.positions_m[frame, 0, row.joint] - explained.clip.positions_m[frame, 0, row.joint]
    np.testing.assert_allclose(offset_m, [0, 0.1, 0], atol=1e-5)


def test_after_all_is_as_it_was_keys_move_a_joint_from_its_own_place_again(room: Room) -> None:
    room.enter().show(room.names[2])
    page, asking = room.lecture.page, room.lecture.control.asking
    room.lecture.control.player.seek(0.5)
    page.chart.nudged.emit((0, 3), (0.0, 0.05))
    assert "5 cm" in compared(room)
    assert asking.leave()
    page.chart.nudged.emit((0, 3), (0.0, 0.05))
    assert "5 cm" in compared(room), "not 10: it was put back"


def compared(room: Room) -> str:
    """What the clip is compared with."""
    room.wait_for_comparison()
    comparison = room.lecture.control.asking.comparison
    assert comparison is not None
    return comparison.name


# --- comparing ---


def test_with_and_without_attention_stand_side_by_side(room: Room) -> None:
    explained = room.enter().show(room.names[2])
    page = room.lecture.page
    page.tabs.setCurrentIndex(2)
    models = page.compare.models
    models.setCurrentIndex(models.findData(NO_ATTENTION))
    models.activated.emit(models.currentIndex())
    changed = room.wait_for_comparison(NO_ATTENTION)
    np.testing.assert_allclose(changed.heat, 1.0, rtol=1e-5)
    np.testing.assert_array_equal(changed.clip.positions_m, explained.clip.positions_m)
    room.lecture.control.player.seek(0.4)
    assert page.second.result is not None
    assert page.video.result is not None
    assert page.second.result.frame.time_s == page.video.result.frame.time_s
    assert page.second.result.prediction is not None
    assert not page.second.result.prediction.weighs_joints
    assert "without attention" in page.compare.result.text()


def test_two_models_are_compared(room: Room, tmp_path: Path) -> None:
    other = write_model(tmp_path / "second", small_model(window_frames=20, kept=0.9))
    explained = room.enter().show(room.names[2])
    room.lecture.page.compare.show_models([(str(other), "Second")])
    room.lecture.control.asking.compare_with(str(other))
    changed = room.wait_for_comparison(str(other))
    assert changed.config.network.kept != explained.config.network.kept
    room.lecture.control.asking.compare_with("")
    assert room.lecture.control.asking.comparison is None


def test_a_model_that_knows_other_actions_is_compared_and_says_its_own_answer(room: Room, tmp_path: Path) -> None:
    other = write_model(tmp_path / "Own MODEL", small_model(actions=("jump", "kick", "no action")))
    explained = room.enter().show(room.names[2])
    page = room.lecture.page
    room.lecture.control.asking.compare_with(str(other))
    changed = room.wait_for_comparison(str(other))
    text = page.compare.result.text()
    assert f"does not know '{explained.actions[explained.best]}'" in text
    assert f"'{changed.actions[changed.best]}'" in text
    assert "Own MODEL" in text, "a name stays as it is written"
    assert page.second.isVisible()


def test_another_clip_is_chosen_in_the_list_and_a_silenced_limb_is_of_the_first_again(room: Room) -> None:
    room.enter().show(room.names[0])
    page, control = room.lecture.page, room.lecture.control
    page.tabs.setCurrentIndex(2)
    click(page.compare.clip)
    assert page.recordings.pick(room.names[1])
    changed = room.wait_for_comparison("")
    assert control.player.entry is not None
    assert control.player.entry.name == room.names[0], "the first clip stays"
    assert control.second.entry is not None
    assert control.second.entry.name == room.names[1]
    room.qtbot.waitUntil(lambda: room.current == room.names[0])
    assert page.recordings.pick(room.names[1]), "and the other one can be opened alone"
    room.wait_for_answer()
    assert control.title == room.names[1]
    assert page.recordings.pick(room.names[0])
    room.wait_for_answer()
    click(page.compare.clip)
    assert page.recordings.pick(room.names[1])
    changed = room.wait_for_comparison("")
    np.testing.assert_allclose(
        changed.alpha, explain_clip(small_model(), moving(45, seed=3)).alpha, rtol=1e-4, atol=1e-6
    )
    page.question.limbs["left leg"].setChecked(True)
    room.qtbot.waitUntil(lambda: "left leg" in control.caption(), timeout=20_000)
    assert control.second.entry is not None
    assert control.second.entry.name == room.names[0]


def test_esc_ends_the_choice_of_another_clip(room: Room) -> None:
    room.enter().show(room.names[0])
    page = room.lecture.page
    page.tabs.setCurrentIndex(2)
    click(page.compare.clip)
    room.key(Qt.Key.Key_Escape)
    assert not page.compare.clip.isChecked()
    assert page.recordings.pick(room.names[1])
    room.qtbot.waitUntil(lambda: room.lecture.control.title == room.names[1])


def test_a_model_that_is_not_there_is_said_and_nothing_breaks(room: Room) -> None:
    room.enter().show(room.names[2])
    control, page = room.lecture.control, room.lecture.page
    page.tabs.setCurrentIndex(1)
    control.asking.compare_with("no such model")
    room.qtbot.waitUntil(lambda: "no such model" in page.toast.text(), timeout=20_000)
    assert control.asking.comparison is None
    room.window.control.start_model("no such model either")
    room.qtbot.waitUntil(lambda: page.message_panel.message is not None and control.explained is None, timeout=20_000)
    room.qtbot.waitUntil(lambda: "cannot look" in page.chart.accessibleDescription(), timeout=20_000)
    control.player.seek(0.3)
    room.window.control.start_model(str(room.models[0]))
    room.wait_for_answer()
    assert page.message_panel.message is None
