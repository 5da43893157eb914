"""What lies over a picture goes with its size, without whoever lays the page out having to say so."""

import pytest
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.lecture.lecture_messages import nobody_seen
from app.widgets.message_panel import MessagePanel
from app.widgets.prompt_view import PromptView
from app.widgets.recording_mark import RecordingMark
from app.widgets.toast import Toast
from core.live.plan import Phase, Prompt, Standing

pytestmark = pytest.mark.gui
NOW = Standing(phase=Phase.RECORDING, prompt=Prompt(action="wave", take=1, takes=2, place=0, total=2), total_s=3.0)


def test_all_that_lies_over_a_picture_goes_with_its_size(qtbot: QtBot) -> None:
    picture = QWidget()
    qtbot.addWidget(picture)
    picture.resize(900, 700)
    panel, toast = MessagePanel({}, picture), Toast(picture)
    prompt, mark = PromptView(picture), RecordingMark(picture)
    with qtbot.waitExposed(picture):
        picture.show()
    panel.show_message(nobody_seen())
    toast.say("Saved")
    prompt.show_standing(NOW)
    mark.show_standing(NOW)
    for width, height in ((500, 400), (1200, 800)):
        picture.resize(width, height)
        for one in (panel, toast):
            assert abs(one.geometry().center().x() - width / 2) <= 1
        assert abs(panel.geometry().center().y() - height / 2) <= 1
        assert height - 60 < toast.geometry().bottom() < height
        assert prompt.geometry() == picture.rect()
        assert width - 20 < mark.geometry().right() < width


def test_a_note_that_is_not_seen_waits_until_it_has_something_to_say(qtbot: QtBot) -> None:
    picture = QWidget()
    qtbot.addWidget(picture)
    toast = Toast(picture)
    with qtbot.waitExposed(picture):
        picture.show()
    before = toast.geometry()
    picture.resize(700, 500)
    assert toast.geometry() == before
    toast.say("Saved")
    assert abs(toast.geometry().center().x() - 350) <= 1
