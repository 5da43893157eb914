"""The lecture page in the real window: clips, keys, links between its parts, questions and what cannot be shown."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QFileDialog, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.actions import ActionKey
from app.asking import NOBODY
from app.main_window import MainWindow
from app.page_key import PageKey
from app.programme import RangeChoice
from app.settings import SettingsStore
from app.widgets.attention_chart import AttentionChart
from app.widgets.chart_painter import ChartPlan
from app.widgets.chart_rows import frames_at, matrix_rows, mean_heat
from app.widgets.compare_panel import NO_ATTENTION
from app.widgets.legend import NO_GATE
from app.widgets.video_view import Span
from core.explain.explained import GATE_SENTENCE, explain_clip
from core.explain.heat import Palette
from core.explain.occlusion import occlude, rank_text
from core.model.sta_lstm import Variant
from tests.app.fakes import FakeBackend, make_prediction, make_result
from tests.app.hands import click, point_at
from tests.app.lecturing import ALT, CTRL, RATE_HZ, SEGMENTS, SHIFT, Room, drag, write_model
from tests.explaining import joined, moving, small_model, without

pytestmark = pytest.mark.gui


@pytest.fixture
def room(qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path) -> Room:
    return Room(qtbot, open_window, tmp_path)


def at(room: Room, time_s: float) -> int:
    """The frame of the grid at a time."""
    return int(frames_at(room.explained, np.array([time_s]))[0])


# --- clips ---


def test_before_a_clip_is_chosen_the_page_says_what_to_do(room: Room) -> None:
    page = room.enter().lecture.page
    assert page.message_panel.isVisible()
    assert page.chart.accessibleDescription() == "Choose a clip"
    assert not page.question.check.isEnabled()


def test_what_is_shown_is_what_the_network_computed(room: Room) -> None:
    room.enter()
    explained = room.show(room.names[0])
    own = explain_clip(small_model(), moving(45))
    np.testing.assert_allclose(explained.alpha, own.alpha, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(explained.logits, own.logits, rtol=1e-4, atol=1e-5)
    control, page = room.lecture.control, room.lecture.page
    for time_s in (0.1, 0.5, 1.2):
        control.player.seek(time_s)
        room.qtbot.waitUntil(partial(shown_near, room, time_s))
        result = page.video.result
        assert result is not None
        frame = at(room, result.frame.time_s)
        assert result.prediction is not None
        np.testing.assert_array_equal(result.prediction.alpha[-1], explained.alpha[frame])
        heats = {mark.joint: mark.heat for mark in page.video.marks()}
        for place, joint in enumerate(explained.joints):
            assert heats[joint] == pytest.approx(float(explained.heat[frame, place]), rel=1e-5)
        assert page.now.text.headline.casefold() == explained.actions[int(explained.probabilities[frame].argmax())]
    assert page.message_panel.message is None


def shown_near(room: Room, time_s: float) -> bool:
    result = room.lecture.page.video.result
    return result is not None and abs(result.frame.time_s - time_s) < 1.5 / RATE_HZ and result.prediction is not None


def test_a_clip_without_a_film_shows_its_joints(room: Room) -> None:
    room.enter().show(room.names[2])
    marks = room.lecture.page.video.marks()
    assert len([mark for mark in marks if mark.heat is not None]) == 21


def test_a_film_that_cannot_be_read_leaves_the_joints(room: Room) -> None:
    film = room.folder / "recordings" / room.names[0] / "film.mp4"
    film.write_bytes(b"no film")
    room.enter().show(room.names[0])
    room.qtbot.waitUntil(lambda: bool(room.lecture.page.video.marks()))
    assert room.lecture.page.message_panel.message is None


def test_the_list_is_searched(room: Room) -> None:
    page = room.enter().lecture.page
    assert len(page.recordings.rows.entries) == 3
    page.search.setText("clap")
    assert [entry.name for entry in page.recordings.rows.entries] == [room.names[2], room.names[0]], "by segments too"


# --- keys ---


def test_keys_play_step_and_seek(room: Room) -> None:
    room.enter().show(room.names[2])
    player = room.lecture.control.player
    room.key(Qt.Key.Key_Space)
    assert player.playback.is_playing
    room.key(Qt.Key.Key_Space)
    assert not player.playback.is_playing
    room.key(Qt.Key.Key_Home)
    assert player.time_s == 0
    room.key(Qt.Key.Key_Right)
    assert player.time_s == pytest.approx(1 / RATE_HZ, abs=1e-3)
    room.key(Qt.Key.Key_End)
    assert player.time_s == player.playback.duration_s
    room.key(Qt.Key.Key_Left)
    assert player.time_s < player.playback.duration_s
    room.key(Qt.Key.Key_Home)
    for _ in range(6):
        room.key(Qt.Key.Key_Comma)
    assert player.playback.speed == 0.1


def test_in_and_out_choose_a_stretch_whose_mean_is_on_the_body(room: Room) -> None:
    explained = room.enter().show(room.names[2])
    control, page = room.lecture.control, room.lecture.page
    control.player.seek(0.2)
    room.key(Qt.Key.Key_I)
    control.player.seek(0.6)
    room.key(Qt.Key.Key_O)
    assert control.stretch == pytest.approx((0.2, 0.6))
    mean = mean_heat(explained, 0.2, 0.6)
    assert mean is not None
    heats = {mark.joint: mark.heat for mark in page.video.marks()}
    for place, joint in enumerate(explained.joints):
        assert heats[joint] == pytest.approx(float(mean[place]), rel=1e-5)
    assert page.video.display.chip == "Mean of 0.20 to 0.60 s"
    room.key(Qt.Key.Key_P)
    assert control.player.playback.loop_s == pytest.approx((0.2, 0.6))
    room.key(Qt.Key.Key_P)
    assert control.player.playback.loop_s is None
    control.player.pause()
    room.key(Qt.Key.Key_Escape)
    assert control.stretch is None
    assert page.video.display.chip == ""


def test_brushing_the_chart_does_the_same(room: Room) -> None:
    explained = room.enter().show(room.names[2])
    chart, control = room.lecture.page.chart, room.lecture.control
    drag(chart, (chart.axis.to_px(0.3), 60), (chart.axis.to_px(0.8), 60), has_shift=True)
    assert control.stretch == pytest.approx((0.3, 0.8), abs=0.01)
    assert control.stretch is not None
    mean = mean_heat(explained, *control.stretch)
    result = room.lecture.page.video.result
    assert mean is not None
    assert result is not None
    assert result.prediction is not None
    np.testing.assert_allclose(result.prediction.alpha[-1] * 21, mean, rtol=1e-5)


def test_a_stretch_without_anybody_is_not_called_a_mean(room: Room) -> None:
    name = room.add(joined(moving(20), moving(20, seed=1), gap_s=3.0), has_film=False, duration_s=5.0)
    room.enter().show(name)
    room.lecture.control.set_stretch((2.0, 2.5))
    assert room.lecture.page.video.display.chip == ""
    room.lecture.control.player.seek(2.2)
    assert room.lecture.page.now.text.headline == "Nobody in view"


def test_colours_ranges_and_trails_go_round_and_the_legend_follows(room: Room) -> None:
    explained = room.enter().show(room.names[2])
    control, page = room.lecture.control, room.lecture.page
    seen = []
    for _ in range(3):
        room.key(Qt.Key.Key_C, SHIFT)
        seen.append(page.legend.scale.palette)
        assert page.chart.data is not None
        assert page.chart.data.scale.palette is page.video.display.scale.palette is seen[-1]
    assert set(seen) == set(Palette)
    room.key(Qt.Key.Key_R, SHIFT)
    assert str(control.view.range) == RangeChoice.CLIP
    assert page.legend.scale.high >= float(explained.heat.max())
    assert "range of this clip" in page.legend.text
    room.key(Qt.Key.Key_R, SHIFT)
    assert page.video.display.span is Span.FRAME
    page.video.grab()
    assert "range of this frame" in page.legend.text
    assert page.legend.scale == page.video.shown_scale()
    room.key(Qt.Key.Key_R, SHIFT)
    assert str(control.view.range) == RangeChoice.FIXED
    room.key(Qt.Key.Key_T, SHIFT)
    assert page.video.display.has_trails
    room.key(Qt.Key.Key_H)
    assert not page.video.display.has_heat
    assert page.legend.text == "heat is off"


def test_heat_is_off_where_it_was_off_the_last_time(room: Room) -> None:
    SettingsStore().remember(heat=False)
    room.enter().show(room.names[2])
    page = room.lecture.page
    assert not page.video.display.has_heat
    assert page.legend.text == "heat is off"


# --- segments ---


def test_a_segment_is_looked_at_alone(room: Room) -> None:
    room.enter().show(room.names[0])
    control, page = room.lecture.control, room.lecture.page
    assert page.segments.count() == 1 + len(SEGMENTS)
    assert page.segments.isVisible()
    page.segments.setCurrentRow(2)
    chosen = SEGMENTS[1]
    assert control.stretch == (chosen.start_s, chosen.end_s)
    assert page.chart.axis.start_s <= chosen.start_s < chosen.end_s <= page.chart.axis.end_s
    assert page.chart.axis.span_s < control.player.playback.duration_s
    assert control.player.time_s == pytest.approx(chosen.start_s)
    room.window.setFocus()
    room.key(Qt.Key.Key_P)
    assert control.player.playback.loop_s == (chosen.start_s, chosen.end_s)
    control.player.pause()
    room.key(Qt.Key.Key_Escape)
    assert control.segment == 0
    assert page.chart.axis.is_whole
    assert page.segments.currentRow() == 0


def test_the_edges_of_segments_are_gone_to(room: Room) -> None:
    room.enter().show(room.names[0])
    player = room.lecture.control.player
    room.window.setFocus()
    places = []
    for _ in range(5):
        room.key(Qt.Key.Key_Down)
        places.append(player.time_s)
    assert places == pytest.approx([0.2, 0.7, 0.9, 1.2, player.playback.duration_s])
    room.key(Qt.Key.Key_Up)
    assert player.time_s == pytest.approx(1.2)


def test_a_recording_without_segments_has_no_list_of_them(room: Room) -> None:
    room.enter().show(room.names[1])
    assert not room.lecture.page.segments.isVisible()


# --- links ---


def test_a_row_of_the_matrix_is_the_joint_on_the_body_and_back(room: Room) -> None:
    explained = room.enter().show(room.names[2])
    page = room.lecture.page
    plan = ChartPlan.of(page.chart.width(), page.chart.height(), rows=21, text_factor=1.0)
    row = matrix_rows(explained)[9]
    point_at(page.chart, page.chart.axis.to_px(0.5), plan.matrix[0] + 9.5 * plan.row_px)
    assert page.video.hovered is not None
    assert page.video.hovered.joint == row.joint
    mark = next(mark for mark in page.video.marks() if mark.heat is not None)
    pointed: list[object] = []
    page.video.pointed.connect(pointed.append)
    point_at(page.video, mark.x_px, mark.y_px)
    assert pointed
    page.tabs.setCurrentIndex(1)
    assert explained.joint_names()[explained.joints.index(mark.joint)] in page.gates.heading.text()


def test_the_gates_show_the_numbers_of_the_moment(room: Room) -> None:
    explained = room.enter().show(room.names[2])
    page, control = room.lecture.page, room.lecture.control
    page.tabs.setCurrentIndex(1)
    control.player.seek(0.5)
    texts = "\n".join(label.text() for labels in page.gates._steps for label in labels)
    frame = at(room, 0.5)
    assert f"β = {explained.beta[frame]:.4f}" in texts
    place = int(explained.alpha[frame].argmax())
    assert f"α = {explained.alpha[frame, place]:.4f}" in texts
    assert "softmax" in texts


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
