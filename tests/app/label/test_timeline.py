"""The timeline under the pointer: what is clicked, dragged, zoomed and scrolled."""

import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QHelpEvent
from PyQt6.QtWidgets import QApplication, QToolTip

from app.widgets.time_axis import TimeAxis
from app.widgets.timeline_painter import GUTTER_PX, LEAST_LANE_PX, RULER_PX, WAVE_PX
from core.library.library import Library
from tests.app.hands import drag, press, wheel
from tests.app.label.conftest import Desk
from tests.app.label.recordings import segment

pytestmark = pytest.mark.gui
WAVE, CLAP = (1.0, 2.0, "wave"), (3.0, 4.5, "clap")


def test_a_click_on_a_segment_chooses_it_and_its_action_and_goes_there(desk: Desk) -> None:
    desk.click(3.6, "clap")
    assert desk.chosen == [(3.0, 4.5)]
    assert desk.labels_control.current == "clap"
    assert desk.player.time_s == pytest.approx(3.6, abs=0.01)
    desk.click(5.5, "clap")
    assert desk.chosen == []
    assert desk.player.time_s == pytest.approx(5.5, abs=0.01)


def test_ctrl_click_chooses_several_and_none_of_them_moves(desk: Desk) -> None:
    desk.click(1.5, "wave")
    desk.drag((3.5, "clap"), 3.9, has_ctrl=True)  # a hand that trembles
    assert desk.chosen == [(1.0, 2.0), (3.0, 4.5)]
    assert desk.player.time_s == pytest.approx(1.5, abs=0.01)
    assert desk.spans == [WAVE, CLAP]
    desk.click(1.5, "wave", has_ctrl=True)
    assert desk.chosen == [(3.0, 4.5)]


def test_a_click_on_one_of_several_chooses_it_alone(desk: Desk) -> None:
    desk.press(Qt.Key.Key_A, has_ctrl=True)
    desk.click(1.5, "wave")
    assert desk.chosen == [(1.0, 2.0)]


@pytest.mark.parametrize(
    ("grip_s", "to_s", "expected"),
    [(1.0, 0.5, (0.5, 2.0)), (2.0, 2.4, (1.0, 2.4)), (1.5, 2.0, (1.5, 2.5)), (1.5, -3.0, (0.0, 1.0))],
)
def test_edges_and_whole_segments_are_dragged(
    desk: Desk, grip_s: float, to_s: float, expected: tuple[float, float]
) -> None:
    desk.drag((grip_s, "wave"), to_s)
    assert desk.chosen == [pytest.approx(expected, abs=0.02)]
    assert len(desk.labels) == 2
    desk.press(Qt.Key.Key_Z, has_ctrl=True)
    assert desk.spans == [WAVE, CLAP]


def test_the_picture_at_an_edge_that_is_dragged_is_seen(desk: Desk) -> None:
    drag(desk.timeline, desk.at(2.0, "wave"), desk.at(2.515, "wave"), lets_go=False)
    desk.wait_picture(75)
    assert desk.player.time_s == pytest.approx(2.515, abs=0.02)
    desk.press(Qt.Key.Key_Escape)
    assert desk.spans == [WAVE, CLAP]


def test_an_edge_does_not_pass_the_other(desk: Desk) -> None:
    desk.drag((1.0, "wave"), 3.0)
    assert "at least" in desk.said
    assert desk.spans == [WAVE, CLAP]


def test_a_stretch_that_is_drawn_is_marked(desk: Desk) -> None:
    desk.drag((0.5, "push"), 2.5)
    assert desk.chosen == [pytest.approx((0.5, 2.5), abs=0.02)]
    assert desk.labels_control.current == "push"
    desk.drag((5.5, "push"), 4.9)  # from right to left
    assert desk.chosen == [pytest.approx((4.9, 5.5), abs=0.02)]


def test_escape_lets_go_of_what_is_dragged(desk: Desk) -> None:
    drag(desk.timeline, desk.at(1.5, "wave"), desk.at(4.0, "wave"), lets_go=False)
    assert desk.timeline._shaped is not None
    desk.press(Qt.Key.Key_Escape)
    assert desk.timeline._shaped is None
    drag(desk.timeline, desk.at(4.0, "wave"), desk.at(4.0, "wave"))
    assert desk.spans == [WAVE, CLAP]


def test_a_segment_that_is_removed_while_it_is_dragged_is_let_go(desk: Desk) -> None:
    drag(desk.timeline, desk.at(1.5, "wave"), desk.at(2.0, "wave"), lets_go=False)
    desk.press(Qt.Key.Key_Delete)
    assert desk.timeline._shaped is None
    assert desk.spans == [CLAP]


def test_the_ruler_scrubs(desk: Desk) -> None:
    y = 10.0
    to_px = desk.timeline.axis.to_px
    drag(desk.timeline, QPointF(to_px(1.0), y), QPointF(to_px(4.0), y))
    assert desk.player.time_s == pytest.approx(4.0, abs=0.01)
    desk.wait_picture(120)
    assert desk.chosen == []


def test_the_name_of_a_lane_chooses_its_action(desk: Desk) -> None:
    place = QPointF(40, desk.at(1.0, "push").y())
    drag(desk.timeline, place, place)
    assert desk.labels_control.current == "push"
    assert desk.timeline.track.current == "push"


def test_zoom_by_key_and_wheel(desk: Desk) -> None:
    desk.go(2.0)
    desk.press(Qt.Key.Key_Plus)
    assert desk.timeline.axis.span_s == pytest.approx(3.0)
    assert desk.timeline.axis.start_s <= 2.0 <= desk.timeline.axis.end_s
    desk.press(Qt.Key.Key_Minus)
    assert desk.timeline.axis.is_whole
    place = QPointF(desk.timeline.axis.to_px(4.0), 10)
    wheel(desk.timeline, place, 120)
    assert desk.timeline.axis.span_s == pytest.approx(4.8)
    assert desk.timeline.axis.to_px(4.0) == pytest.approx(place.x())
    start_s = desk.timeline.axis.start_s
    wheel(desk.timeline, place, 0, across=-120)
    assert desk.timeline.axis.start_s > start_s
    desk.press(Qt.Key.Key_0)
    assert desk.timeline.axis.is_whole
    wheel(desk.timeline, place, -120)  # there is no more than all
    assert desk.timeline.axis.is_whole


def test_the_page_turns_while_it_plays(desk: Desk) -> None:
    for _ in range(3):
        desk.press(Qt.Key.Key_Plus)
    assert desk.timeline.axis.end_s < 1.0
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(2.0)
    assert desk.timeline.axis.start_s < 2.0 < desk.timeline.axis.end_s


def test_wherever_one_goes_the_play_head_is_seen(desk: Desk) -> None:
    for _ in range(3):
        desk.press(Qt.Key.Key_Plus)
    for key in (Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_Down):
        desk.press(key)
        assert desk.timeline.axis.start_s <= desk.player.time_s <= desk.timeline.axis.end_s


def test_more_lanes_than_there_is_room_for_are_scrolled(desk: Desk, names: list[str]) -> None:
    library = desk.window.teaching.library.library
    assert library is not None
    many = [f"action {number:02d}" for number in range(30)]
    desk.open(names[1])
    for number, action in enumerate(many):
        desk.labels_control.editing.mark(lambda n=number, action=action: segment(n / 10, n / 10 + 1, action))  # type: ignore[misc]
    library.learn(actions=many)
    desk.labels_control.refresh()
    assert len(desk.timeline.track.lanes) == 31  # the current one as well
    place = QPointF(desk.timeline.axis.to_px(5.0), desk.timeline.height() - 5)
    before = desk.timeline._first_lane
    for _ in range(40):
        wheel(desk.timeline, place, -120)
    last = desk.timeline._first_lane
    assert before == 0 < last
    on_first = QPointF(place.x(), RULER_PX + WAVE_PX + 2)
    for turned, lanes in ((0, 0), (60, 0), (60, 1), (-120, 0)):  # fine wheels send parts of a notch
        wheel(desk.timeline, on_first, turned)
        assert desk.timeline._first_lane == last - lanes
    shown = (desk.timeline.height() - desk.at(0, desk.timeline.track.lanes[0].action).y()) / LEAST_LANE_PX
    assert last + shown >= 29
    wheel(desk.timeline, place, 120, has_ctrl=True)
    assert desk.timeline._first_lane == last
    assert not desk.timeline.axis.is_whole
    assert not desk.timeline.grab().isNull()


def test_the_hover_help_names_a_segment(desk: Desk) -> None:
    place = desk.at(1.5, "wave").toPoint()
    event = QHelpEvent(QHelpEvent.Type.ToolTip, place, desk.timeline.mapToGlobal(place))
    QApplication.sendEvent(desk.timeline, event)
    assert QToolTip.text() == "wave: 0:01.00 to 0:02.00 (1.00 s)"
    QToolTip.hideText()


def test_nothing_can_be_drawn_where_the_library_is_read_only(desk: Desk, open_window: object) -> None:
    library = desk.window.teaching.library.library
    assert isinstance(library, Library)
    library.close()
    library.why_read_only = "It lies on a disk that cannot be written."
    desk.labels_control.open(desk.entry)
    desk.drag((0.5, "push"), 0.9)
    desk.drag((1.0, "wave"), 0.5)
    assert "cannot be written" in desk.said
    assert desk.spans == [WAVE, CLAP]
    assert desk.page.saved.text() == "Read only"


def test_it_is_drawn_alike_whatever_its_size(desk: Desk) -> None:
    for width, height in ((900, 600), (1920, 1080)):
        desk.window.resize(width, height)
        desk.qtbot.wait(1)
        axis = desk.timeline.axis
        assert (axis.left_px, axis.to_px(6.0)) == (GUTTER_PX, desk.timeline.width() - 14)
        assert not desk.timeline.grab().isNull()


def test_nothing_is_drawn_where_there_is_nothing(desk: Desk) -> None:
    desk.labels_control.open(None)
    assert desk.timeline.axis == TimeAxis.whole(0.0).over(left_px=GUTTER_PX, width_px=desk.timeline.axis.width_px)
    assert desk.timeline.track.lanes == ()
    press(desk.window, Qt.Key.Key_Plus)
    drag(desk.timeline, QPointF(300, 100), QPointF(400, 100))
    assert not desk.timeline.grab().isNull()
