"""Playing: every key of the player, and the picture that is seen after it."""

import pytest
from PyQt6.QtCore import Qt

from app.actions import ActionKey
from app.settings import load_settings
from tests.app.label.conftest import Desk

pytestmark = pytest.mark.gui


def is_on(desk: Desk, key: ActionKey) -> bool:
    return desk.window.is_checked(key)


def test_space_plays_and_pauses_and_the_picture_follows(desk: Desk) -> None:
    desk.wait_picture(0)
    desk.press(Qt.Key.Key_Space)
    assert is_on(desk, ActionKey.PLAY)
    desk.pass_time(1.02)
    desk.wait_picture(30)
    assert desk.page.transport.time.text() == "0:01.02 / 0:06.00"
    desk.press(Qt.Key.Key_Space)
    assert not is_on(desk, ActionKey.PLAY)
    desk.pass_time(1.0)
    assert desk.player.time_s == pytest.approx(1.02)


def test_it_stops_at_the_end_and_begins_again_from_there(desk: Desk) -> None:
    desk.press(Qt.Key.Key_End)
    desk.wait_picture(179)
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(0.5)
    desk.wait_picture(15)
    desk.pass_time(9.0)
    assert not is_on(desk, ActionKey.PLAY)
    assert desk.player.time_s == 6.0


def test_j_k_l(desk: Desk) -> None:
    speeds = []
    for key in (Qt.Key.Key_L, Qt.Key.Key_L, Qt.Key.Key_L, Qt.Key.Key_L, Qt.Key.Key_K, Qt.Key.Key_L, Qt.Key.Key_J):
        desk.press(key)
        speeds.append((desk.player.playback.speed, is_on(desk, ActionKey.PLAY)))
    assert speeds == [
        (1.0, True), (2.0, True), (4.0, True), (4.0, True), (4.0, False), (1.0, True), (-1.0, True),
    ]  # fmt: skip
    desk.go(3.0)
    desk.press(Qt.Key.Key_J)
    desk.press(Qt.Key.Key_J)
    assert desk.page.transport.speed.text() == "−2×"
    desk.pass_time(1.0)
    assert desk.player.time_s == pytest.approx(1.0)
    desk.pass_time(1.0)
    assert (desk.player.time_s, is_on(desk, ActionKey.PLAY)) == (0.0, False)


def test_speeds_from_a_tenth_to_four_times_stay_from_one_recording_to_the_next(desk: Desk, names: list[str]) -> None:
    seen = []
    for _ in range(4):
        desk.press(Qt.Key.Key_Comma)
        seen.append(desk.page.transport.speed.text())
    for _ in range(6):
        desk.press(Qt.Key.Key_Period)
        seen.append(desk.page.transport.speed.text())
    assert seen == ["0.5×", "0.25×", "0.1×", "0.1×", "0.25×", "0.5×", "", "2×", "4×", "4×"]
    desk.press(Qt.Key.Key_Comma)
    desk.open(names[1])
    assert desk.page.transport.speed.text() == "2×"
    assert desk.player.time_s == 0.0


def test_pictures_and_seconds(desk: Desk) -> None:
    desk.go(1.01)
    desk.wait_picture(30)
    desk.press(Qt.Key.Key_Right)
    desk.wait_picture(31)
    assert desk.player.time_s == pytest.approx(31 / 30, abs=0.001)
    desk.press(Qt.Key.Key_Left)
    desk.wait_picture(30)
    desk.press(Qt.Key.Key_Left)
    desk.wait_picture(29)
    desk.press(Qt.Key.Key_Right, has_shift=True)
    desk.wait_picture(59)
    desk.press(Qt.Key.Key_Left, has_shift=True)
    desk.press(Qt.Key.Key_Left, has_shift=True)
    desk.wait_picture(0)
    desk.press(Qt.Key.Key_Left)
    desk.wait_picture(0)


def test_one_picture_back_is_another_one_also_from_the_middle(desk: Desk) -> None:
    desk.go(1.02)
    desk.wait_picture(30)
    desk.press(Qt.Key.Key_Left)
    desk.wait_picture(29)


def test_no_step_is_lost_however_quickly_the_key_comes(desk: Desk) -> None:
    desk.go(2.0)
    for _ in range(7):
        desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Left)
    desk.wait_picture(66)
    desk.qtbot.waitUntil(lambda: desk.player.time_s == pytest.approx(66 / 30, abs=0.001))


def test_a_step_right_after_a_jump_ends_where_its_picture_is(desk: Desk) -> None:
    for time_s, number in ((4.0, 121), (0.5, 16), (5.0, 151)):
        desk.player.seek(time_s + 0.01)
        desk.press(Qt.Key.Key_Right)
        desk.wait_picture(number)
        desk.qtbot.waitUntil(lambda number=number: desk.player.time_s == pytest.approx(number / 30, abs=0.001))  # type: ignore[misc]


def test_a_step_pauses(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(1.01)
    desk.press(Qt.Key.Key_Right)
    desk.wait_picture(31)
    assert not is_on(desk, ActionKey.PLAY)


def test_edges_of_segments(desk: Desk) -> None:
    seen = []
    for _ in range(5):
        desk.press(Qt.Key.Key_Down)
        seen.append(desk.player.time_s)
    assert seen == [1.0, 2.0, 3.0, 4.5, 4.5]
    assert "ahead" in desk.said
    assert desk.chosen == [(3.0, 4.5)]
    desk.press(Qt.Key.Key_Up)
    assert desk.player.time_s == 3.0
    desk.press(Qt.Key.Key_Home)
    desk.press(Qt.Key.Key_Up)
    assert "behind" in desk.said


# Loops


def test_a_loop_stays_in_its_segment_and_follows_it(desk: Desk) -> None:
    desk.click(1.5, "wave")
    desk.press(Qt.Key.Key_P)
    assert is_on(desk, ActionKey.LOOP)
    assert is_on(desk, ActionKey.PLAY)
    for _ in range(9):
        desk.pass_time(0.3)
        assert 1.0 <= desk.player.time_s <= 2.0
    desk.press(Qt.Key.Key_BraceRight)
    assert desk.player.playback.loop_s == pytest.approx((1.0, 2.0 + 1 / 30))
    desk.click(3.5, "clap")
    assert desk.player.playback.loop_s == (3.0, 4.5)
    desk.drag((4.7, "push"), 5.5)  # what is marked meanwhile is not looped
    assert desk.player.playback.loop_s == (3.0, 4.5)
    desk.press(Qt.Key.Key_P)
    assert desk.player.playback.loop_s is None
    assert not is_on(desk, ActionKey.LOOP)


def test_a_loop_ends_with_its_segment_or_when_one_goes_elsewhere(desk: Desk) -> None:
    desk.go(1.5)
    desk.press(Qt.Key.Key_P)
    assert desk.chosen == [(1.0, 2.0)]
    desk.press(Qt.Key.Key_Delete)
    assert not is_on(desk, ActionKey.LOOP)
    desk.click(3.5, "clap")
    desk.press(Qt.Key.Key_P)
    desk.click(5.5, "push")
    assert (is_on(desk, ActionKey.LOOP), desk.player.playback.loop_s) == (False, None)
    assert desk.player.time_s == pytest.approx(5.5, abs=0.01)


def test_there_is_nothing_to_loop(desk: Desk) -> None:
    desk.go(2.5)
    desk.press(Qt.Key.Key_P)
    assert not is_on(desk, ActionKey.LOOP)
    assert desk.said.startswith("Choose a segment to loop")


def test_another_recording_is_not_looped(desk: Desk, names: list[str]) -> None:
    desk.go(1.5)
    desk.press(Qt.Key.Key_P)
    desk.open(names[1])
    assert not is_on(desk, ActionKey.LOOP)
    assert desk.player.playback.loop_s is None
    assert not is_on(desk, ActionKey.PLAY)


# What is shown


def test_the_skeleton_can_be_left_out_and_that_is_remembered(desk: Desk) -> None:
    result = desk.page.video.result
    assert result is not None
    assert result.pose.person_count == 1
    desk.press(Qt.Key.Key_H)
    result = desk.page.video.result
    assert result is not None
    assert result.pose.person_count == 0
    assert load_settings().skeleton is False


def test_the_wave_of_motion_is_shown(desk: Desk) -> None:
    assert len(desk.timeline._energy) == 180
    assert desk.timeline._energy.max() > 0


def test_scrubbing_ends_at_the_very_picture(desk: Desk) -> None:
    for number in range(0, 170, 7):
        desk.player.seek(number / 30 + 0.01, is_final=False)
    desk.wait_picture(168)  # after a moment of rest


def test_the_same_picture_is_painted_once(desk: Desk) -> None:
    desk.go(1.0)
    desk.wait_picture(30)
    painted: list[object] = []
    desk.page.video.painted.connect(painted.append)
    for thousandth in range(1, 30):
        desk.player.seek(1.0 + thousandth / 1000)
        desk.qtbot.wait(1)
    assert painted == []
    desk.player.seek(1.04)
    desk.wait_picture(31)
    assert len(painted) == 1


def test_joints_only(desk: Desk, names: list[str]) -> None:
    desk.open(names[2])
    result = desk.page.video.result
    assert result is not None
    assert result.pose.person_count == 1
    assert result.frame.picture_bgr.max() < 40  # a dark stage
    desk.press(Qt.Key.Key_Right)
    assert desk.player.time_s == pytest.approx(1 / 30)
    desk.press(Qt.Key.Key_Left)
    desk.press(Qt.Key.Key_Left)
    assert desk.player.time_s == 0.0
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(1.0)
    assert desk.page.video.result is not None
    assert desk.page.video.result.frame.time_s == pytest.approx(1.0)
    assert desk.page.notice_bar.text == ""
