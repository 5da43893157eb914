"""The keeper of takes by itself; what it does for a person is tested through the record page."""

import pytest
from pytestqt.qtbot import QtBot

from app.record.take_keeper import TakeKeeper
from core.live.listeners import FrameListeners

pytestmark = pytest.mark.gui


def test_forgetting_the_takes_of_another_library_keeps_nobody_waiting(qtbot: QtBot) -> None:
    keeper = TakeKeeper(FrameListeners())
    keeper.forget()
    assert not keeper.is_busy
    qtbot.wait(10)
    keeper.close(5.0)
