"""The lecture page in the real window: clips, keys, segments, and the links between its parts."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PyQt6.QtCore import Qt

from app.lecture.programme import RangeChoice
from app.settings import SettingsStore
from app.widgets.chart_painter import ChartPlan
from app.widgets.chart_rows import matrix_rows, mean_heat
from app.widgets.video_view import Span
from core.explain.explained import explain_clip
from core.explain.heat import Palette
from core.skeleton.segment import Segment
from tests.app.hands import click_at, point_at
from tests.app.lecturing import RATE_HZ, SEGMENTS, SHIFT, Room, drag
from tests.explaining import joined, moving, small_model

pytestmark = pytest.mark.gui


def at(room: Room, time_s: float) -> int:
    """The frame of the grid at a time."""
    frame = room.explained.frame_at(time_s)
    assert frame is not None
    return frame


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


def test_the_lists_current_row_is_what_is_shown_whoever_opened_it(room: Room) -> None:
    room.enter().show(room.names[0])
    control, page = room.lecture.control, room.lecture.page
    entry = room.lecture._library.entry(room.names[1])
    assert entry is not None
    control.open_then(entry, lambda: None)
    assert room.current == room.names[1]
    room.wait_for_answer()
    assert page.recordings.pick(room.names[0])
    assert control.title == room.names[0]
    control.open_clip(None, "")
    assert room.current == ""


def test_what_was_stopped_is_opened_again_with_a_click_or_by_a_step(room: Room) -> None:
    room.enter().show(room.names[0])
    control, page = room.lecture.control, room.lecture.page
    entry = control.player.entry
    assert entry is not None
    row = page.recordings.visualRect(page.recordings.currentIndex()).center()
    left = [1]
    click_on_it = partial(click_at, page.recordings.viewport(), row)
    for again in (click_on_it, partial(control.open_then, entry, left.clear)):
        control.model_changed()
        assert control.cancel()
        assert control.explained is None
        again()
        room.wait_for_answer()
    assert left == [], "what the step was to show followed"
    explained = control.explained
    click_on_it()
    assert control.explained is explained, "what is shown stays"


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


def test_a_mean_is_named_on_the_picture_that_shows_one(room: Room) -> None:
    room.enter().show(room.names[0])
    control, page = room.lecture.control, room.lecture.page
    control.set_stretch((1.1, 1.4))
    page.compare.clip.click()
    assert page.recordings.pick(room.names[2])
    room.wait_for_comparison("")
    assert page.video.display.chip == "Mean of 1.10 to 1.40 s"
    assert page.second.display.chip == "", "the other clip has ended by then"
    control.set_stretch((0.1, 0.4))
    assert page.second.display.chip == page.video.display.chip != ""


def test_what_is_labelled_meanwhile_is_seen(room: Room) -> None:
    room.enter().show(room.names[0])
    control, page = room.lecture.control, room.lecture.page
    library, entry = room.lecture._library, control.player.entry
    assert entry is not None
    control.look_at_segment(2)
    library.put(replace(entry, recording=replace(entry.recording, prompt="point")))
    assert control.segment == 2, "the segments are the same"
    assert control.caption() == "point"
    library.put(replace(entry, segments=(Segment(start_s=0.3, end_s=0.5, action="point"),)))
    assert control.segment == 0
    assert control.stretch is None
    assert page.segments.count() == 2
    control.player.seek(0.0)
    control.go_to_edge(forward=True)
    assert control.player.time_s == pytest.approx(0.3)
    page.segments.setCurrentRow(1)
    assert control.stretch == (0.3, 0.5)


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
