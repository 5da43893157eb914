"""Every key of the label page that edits, as somebody presses it in the real window."""

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QKeySequence, QShortcutEvent
from PyQt6.QtWidgets import QApplication

from app.actions import ActionKey
from tests.app.hands import key_down, key_up
from tests.app.label.conftest import Desk

pytestmark = pytest.mark.gui
WAVE, CLAP = (1.0, 2.0, "wave"), (3.0, 4.5, "clap")
PICTURE_S = 1 / 30


def test_the_newest_recording_is_open_with_its_labels(desk: Desk, names: list[str]) -> None:
    assert desk.entry.name == names[0]
    assert desk.spans == [WAVE, CLAP]
    assert [lane.action for lane in desk.timeline.track.lanes] == ["wave", "clap", "push"]
    assert desk.labels_control.current == "wave"
    item = desk.page.actions_list.currentItem()
    assert item is not None
    assert item.text() == "wave"


def test_in_out_and_enter_mark_a_segment(desk: Desk) -> None:
    desk.press(Qt.Key.Key_3)
    desk.go(4.6)
    desk.press(Qt.Key.Key_I)
    desk.go(5.5)
    desk.press(Qt.Key.Key_O)
    assert (desk.timeline.track.mark_in_s, desk.timeline.track.mark_out_s) == (4.6, 5.5)
    desk.press(Qt.Key.Key_Return)
    assert desk.spans == [WAVE, CLAP, (4.6, 5.5, "push")]
    assert desk.chosen == [(4.6, 5.5)]
    assert desk.timeline.track.mark_in_s is None


def test_enter_of_the_number_pad_does_it_too_and_one_mark_is_enough(desk: Desk) -> None:
    desk.go(5.0)
    desk.press(Qt.Key.Key_O)
    desk.go(4.7)
    desk.press(Qt.Key.Key_Enter)
    assert desk.spans[-1] == (4.7, 5.0, "wave")


def test_enter_without_a_mark_says_what_is_missing(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Return)
    assert "I and O" in desk.said
    assert desk.spans == [WAVE, CLAP]


def test_an_out_before_the_in_forgets_the_in(desk: Desk) -> None:
    desk.go(3.0)
    desk.press(Qt.Key.Key_I)
    desk.go(2.5)
    desk.press(Qt.Key.Key_O)
    assert (desk.timeline.track.mark_in_s, desk.timeline.track.mark_out_s) == (None, 2.5)


def test_digits_choose_the_action(desk: Desk) -> None:
    desk.press(Qt.Key.Key_2)
    assert desk.labels_control.current == "clap"
    item = desk.page.actions_list.currentItem()
    assert item is not None
    assert item.text() == "clap"
    desk.press(Qt.Key.Key_7)
    assert "no action 7" in desk.said
    assert "Ctrl+N" in desk.said
    assert desk.labels_control.current == "clap"
    assert desk.spans == [WAVE, CLAP]


@pytest.mark.parametrize(
    ("key", "has_shift", "expected"),
    [
        (Qt.Key.Key_BracketLeft, False, (1.0 - PICTURE_S, 2.0)),
        (Qt.Key.Key_BracketRight, False, (1.0 + PICTURE_S, 2.0)),
        (Qt.Key.Key_BraceLeft, False, (1.0, 2.0 - PICTURE_S)),
        (Qt.Key.Key_BraceRight, False, (1.0, 2.0 + PICTURE_S)),
        (Qt.Key.Key_BracketLeft, True, (1.0, 2.0 - PICTURE_S)),
        (Qt.Key.Key_BracketRight, True, (1.0, 2.0 + PICTURE_S)),
    ],
)
def test_brackets_nudge_by_a_picture(desk: Desk, key: Qt.Key, has_shift: bool, expected: tuple[float, float]) -> None:
    desk.click(1.5, "wave")
    desk.press(key, has_shift=has_shift)
    one = desk.labels[0]
    assert (one.start_s, one.end_s) == pytest.approx(expected)
    assert desk.player.time_s == (one.start_s if one.start_s != 1.0 else one.end_s)  # the edge is seen


@pytest.mark.parametrize("key", ["{", "Shift+["])
def test_two_keys_of_an_action_that_are_one_on_a_keyboard(desk: Desk, key: str) -> None:
    """A desktop calls Shift+[ both, and Qt calls that ambiguous."""
    desk.click(1.5, "wave")
    action = desk.window.actions_by_key[ActionKey.END_EARLIER]
    QApplication.sendEvent(action, QShortcutEvent(QKeySequence(key), 0, True))
    assert desk.labels[0].end_s == pytest.approx(2.0 - PICTURE_S)


def test_a_nudge_without_a_choice_takes_the_segment_at_this_moment(desk: Desk) -> None:
    desk.go(3.5)
    desk.press(Qt.Key.Key_BracketLeft)
    assert desk.labels[1].start_s == pytest.approx(3.0 - PICTURE_S)
    assert len(desk.chosen) == 1
    desk.press(Qt.Key.Key_Escape)
    desk.go(2.5)
    desk.press(Qt.Key.Key_BracketLeft)
    assert desk.said.startswith("Choose a segment first")


def test_split_and_merge(desk: Desk) -> None:
    desk.go(1.5)
    desk.press(Qt.Key.Key_S)
    assert desk.spans[:2] == [(1.0, 1.5, "wave"), (1.5, 2.0, "wave")]
    assert desk.chosen == [(1.0, 1.5), (1.5, 2.0)]
    desk.press(Qt.Key.Key_M)
    assert desk.spans == [WAVE, CLAP]
    desk.press(Qt.Key.Key_A, has_ctrl=True)
    desk.press(Qt.Key.Key_M)
    assert "one action" in desk.said
    desk.go(2.5)
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_S)
    assert "move into one" in desk.said
    assert desk.spans == [WAVE, CLAP]


def test_remove_and_call_otherwise(desk: Desk) -> None:
    desk.click(3.5, "clap")
    desk.press(Qt.Key.Key_3)
    desk.press(Qt.Key.Key_C)
    assert desk.spans == [WAVE, (3.0, 4.5, "push")]
    desk.press(Qt.Key.Key_Delete)
    assert desk.spans == [WAVE]
    assert desk.chosen == []
    desk.go(5.5)
    desk.press(Qt.Key.Key_Delete)
    assert desk.said.startswith("Choose a segment first")


def test_escape_leaves_one_thing_after_the_other(desk: Desk) -> None:
    desk.press(Qt.Key.Key_A, has_ctrl=True)
    desk.press(Qt.Key.Key_I)
    desk.press(Qt.Key.Key_Escape)
    assert desk.timeline.track.mark_in_s is None
    assert len(desk.chosen) == 2
    desk.press(Qt.Key.Key_Escape)
    assert desk.chosen == []
    desk.press(Qt.Key.Key_F11)
    desk.qtbot.waitUntil(desk.window.isFullScreen)
    desk.press(Qt.Key.Key_Escape)
    desk.qtbot.waitUntil(lambda: not desk.window.isFullScreen())


# Held digits


def test_a_digit_that_is_held_while_it_plays_marks_so_long_earlier_by_the_reaction_time(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(2.2)
    key_down(desk.window, Qt.Key.Key_3)
    desk.pass_time(0.6)
    assert desk.timeline._held is not None  # it grows
    assert desk.timeline._held.end_s == pytest.approx(2.8)
    key_up(desk.window, Qt.Key.Key_3)
    assert desk.spans == [WAVE, (2.0, 2.6, "push"), CLAP]
    assert desk.timeline._held is None
    assert desk.player.playback.is_playing


def test_the_reaction_time_goes_with_the_speed(desk: Desk) -> None:
    for _ in range(2):
        desk.press(Qt.Key.Key_Comma)
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(10.0)
    assert desk.player.time_s == pytest.approx(2.5)
    key_down(desk.window, Qt.Key.Key_1)
    desk.pass_time(2.0)
    key_up(desk.window, Qt.Key.Key_1)
    assert (2.45, 2.95, "wave") in desk.spans


def test_backwards_it_is_later(desk: Desk) -> None:
    desk.go(6.0)
    desk.press(Qt.Key.Key_J)
    desk.pass_time(0.4)
    key_down(desk.window, Qt.Key.Key_3)
    desk.pass_time(0.6)
    key_up(desk.window, Qt.Key.Key_3)
    assert desk.spans[-1] == (5.2, 5.8, "push")


def test_a_tap_while_it_plays_only_chooses(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(1.0)
    key_down(desk.window, Qt.Key.Key_2)
    desk.pass_time(0.1)
    key_up(desk.window, Qt.Key.Key_2)
    assert desk.spans == [WAVE, CLAP]
    assert desk.labels_control.current == "clap"


def test_held_to_the_end_it_marks_all_that_is_left(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(5.2)
    key_down(desk.window, Qt.Key.Key_1)
    desk.pass_time(3.0)
    assert not desk.player.playback.is_playing
    key_up(desk.window, Qt.Key.Key_1)
    assert desk.spans[-1] == (5.0, 6.0, "wave")


def test_another_digit_takes_the_place_of_one_that_is_held(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(0.2)
    key_down(desk.window, Qt.Key.Key_1)
    desk.pass_time(0.5)
    key_down(desk.window, Qt.Key.Key_3)
    desk.pass_time(0.5)
    key_up(desk.window, Qt.Key.Key_1)
    key_up(desk.window, Qt.Key.Key_3)
    assert (0.0, 0.5, "wave") in desk.spans
    assert (0.5, 1.0, "push") in desk.spans


@pytest.mark.parametrize("how", ["shift", "another page", "another program", "search field", "another recording"])
def test_whatever_happens_meanwhile_a_key_does_not_hang(desk: Desk, names: list[str], how: str) -> None:
    desk.press(Qt.Key.Key_Space)
    desk.pass_time(4.6)
    key_down(desk.window, Qt.Key.Key_1)
    desk.pass_time(0.5)
    if how == "another page":
        desk.do(ActionKey.SHOW_TRAIN)
        desk.do(ActionKey.SHOW_LABEL)
    elif how == "another program":
        QApplication.sendEvent(desk.window, QEvent(QEvent.Type.WindowDeactivate))
        key_up(desk.window, Qt.Key.Key_1)
    elif how == "search field":
        desk.page.search.setFocus()
        key_up(desk.page.search, Qt.Key.Key_1)
        desk.page.search.clearFocus()
    elif how == "another recording":
        desk.open(names[1])
        key_up(desk.window, Qt.Key.Key_1)
        assert desk.spans == []
        desk.open(names[0])
    else:
        key_up(desk.window, Qt.Key.Key_1, has_shift=True)
    marked = [] if how == "another recording" else [(4.4, 4.9, "wave")]
    assert desk.spans == [WAVE, CLAP, *marked]
    desk.press(Qt.Key.Key_2)
    assert desk.labels_control.current == "clap"


def test_digits_are_letters_in_a_field(desk: Desk) -> None:
    desk.press(Qt.Key.Key_F, has_ctrl=True)
    assert desk.page.search.hasFocus()
    for key in (Qt.Key.Key_2, Qt.Key.Key_I, Qt.Key.Key_Space, Qt.Key.Key_S, Qt.Key.Key_Return):
        key_down(desk.page.search, key)
        key_up(desk.page.search, key)
    assert desk.page.search.text() == "2i s"
    assert desk.labels_control.current == "wave"
    assert not desk.player.playback.is_playing
    assert desk.spans == [WAVE, CLAP]
