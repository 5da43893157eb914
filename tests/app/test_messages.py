"""What the window says in each state."""

from dataclasses import replace

import pytest

from app.actions import ActionKey
from app.messages import NO_CAMERA, MessageKind, age_text, message_for
from core.live.results import SessionState
from tests.app.fakes import RUNNING


def test_a_running_session_with_a_fresh_picture_says_nothing() -> None:
    assert message_for(replace(RUNNING, frame_age_s=0.49, silence_s=0.49), has_picture=True) is None


def test_an_old_live_picture_is_an_error() -> None:
    message = message_for(replace(RUNNING, silence_s=3.4), has_picture=True)
    assert message is not None
    assert message.kind is MessageKind.ERROR
    assert message.title == "The camera sends no picture for 3 s"


def test_an_old_picture_of_a_file_that_waits_for_us_is_none() -> None:
    assert RUNNING.source is not None
    status = replace(RUNNING, frame_age_s=3.4, silence_s=3.4, source=replace(RUNNING.source, is_live=False))
    assert message_for(status, has_picture=True) is None


@pytest.mark.parametrize(
    ("rate_hz", "age_s", "is_late"),
    [
        (30.0, 0.51, True),
        (5.0, 0.49, False),
        (1.0, 2.4, False),  # between any two frames of a slow video all is well
        (1.0, 2.6, True),
        (0.2, 12.0, False),
        (0.0, 0.51, True),  # unknown
    ],
)
def test_a_slow_video_is_late_when_it_missed_a_frame(rate_hz: float, age_s: float, is_late: bool) -> None:
    assert RUNNING.source is not None
    status = replace(RUNNING, silence_s=age_s, source=replace(RUNNING.source, rate_hz=rate_hz))
    assert (message_for(status, has_picture=True, is_camera=False) is not None) is is_late


def test_a_picture_that_is_old_while_new_ones_come_is_not_the_cameras_fault() -> None:
    message = message_for(replace(RUNNING, frame_age_s=2.2, silence_s=0.03), has_picture=True)
    assert message is not None
    assert message.title == "The picture is 2 s old"
    assert "cable" not in message.text


def test_few_pictures_that_are_known_of_are_no_error() -> None:
    """The notice under the picture says it already."""
    slow = replace(RUNNING, frame_age_s=0.55, silence_s=0.03, rates_hz={"pose": 3.75})
    assert message_for(slow, has_picture=True) is not None
    assert message_for(replace(slow, notices=("This computer cannot keep up.",)), has_picture=True) is None


def test_only_a_camera_has_a_cable() -> None:
    message = message_for(replace(RUNNING, silence_s=3.4), has_picture=True, is_camera=False)
    assert message is not None
    assert "cable" not in message.text


@pytest.mark.parametrize("state", [SessionState.LOST, SessionState.FAILED])
def test_errors_repeat_what_core_says_and_offer_ways_out(state: SessionState) -> None:
    message = message_for(replace(RUNNING, state=state, message="Plug it in again."), has_picture=True)
    assert message is not None
    assert message.kind is MessageKind.ERROR
    assert message.text == "Plug it in again."
    assert message.offers == (ActionKey.TRY_AGAIN, ActionKey.USE_PERFORMER, ActionKey.OPEN_VIDEO)


@pytest.mark.parametrize("state", list(SessionState))
def test_every_state_without_a_picture_says_something(state: SessionState) -> None:
    message = message_for(replace(RUNNING, state=state), has_picture=False)
    assert message is not None
    assert message.title


def test_without_a_camera_the_performer_comes_first() -> None:
    assert NO_CAMERA.offers[:2] == (ActionKey.USE_PERFORMER, ActionKey.OPEN_VIDEO)


@pytest.mark.parametrize(
    ("age_s", "text"), [(0.6, "half a second"), (1.0, "1 s"), (59.9, "59 s"), (60.0, "1 min"), (150.0, "2 min")]
)
def test_ages_in_words(age_s: float, text: str) -> None:
    assert age_text(age_s) == text
