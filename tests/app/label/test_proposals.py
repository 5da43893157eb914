"""Proposals of the present model: asked for, taken and refused by key."""

import threading

import pytest
from PyQt6.QtCore import Qt

from app.actions import ActionKey
from app.bridges.background import Report
from app.label.proposing import Proposing
from core.errors import DataError
from core.explain.proposals import Proposal
from core.library.library import Entry
from tests.app.fakes import FakeBackend
from tests.app.label.conftest import Desk
from tests.app.label.recordings import segment

pytestmark = pytest.mark.gui
WAVE, CLAP = (1.0, 2.0, "wave"), (3.0, 4.5, "clap")
FOUND = [
    Proposal(segment=segment(0.2, 0.8, "push"), confidence=0.91),
    Proposal(segment=segment(1.1, 2.0, "wave"), confidence=0.8),  # as it is labelled
    Proposal(segment=segment(2.1, 2.9, "jump up"), confidence=0.55),  # no action of the library
    Proposal(segment=segment(5.0, 5.5, "push"), confidence=0.7),
]


def ask(desk: Desk, backend: FakeBackend) -> None:
    backend.proposals = FOUND
    desk.press(Qt.Key.Key_G)
    desk.qtbot.waitUntil(lambda: bool(desk.labels_control.proposals.now.left))


def is_enabled(desk: Desk, key: ActionKey) -> bool:
    return desk.window.actions_by_key[key].isEnabled()


def test_they_are_gone_through_one_by_one(desk: Desk, backend: FakeBackend) -> None:
    assert not is_enabled(desk, ActionKey.ACCEPT)
    desk.press(Qt.Key.Key_Space)
    ask(desk, backend)
    assert backend.asked_models == [desk.window.control.request.model]
    assert desk.page.notice_bar.text == (
        "Proposal 1 of 3: push, 0:00.20 to 0:00.80, 91% sure. Y takes it, X drops it, Esc ends."
    )
    assert desk.player.time_s == 0.2
    assert not desk.player.playback.is_playing
    assert [lane.action for lane in desk.timeline.track.lanes] == ["wave", "clap", "push", "jump up"]
    assert not desk.timeline.grab().isNull()
    desk.press(Qt.Key.Key_Y)
    assert (0.2, 0.8, "push") in desk.spans
    assert "Proposal 2 of 3: jump up" in desk.page.notice_bar.text
    assert desk.player.time_s == 2.1
    desk.press(Qt.Key.Key_X)
    assert len(desk.spans) == 3
    assert "Proposal 3 of 3" in desk.page.notice_bar.text
    desk.press(Qt.Key.Key_Y)
    assert desk.page.notice_bar.text == ""
    assert not is_enabled(desk, ActionKey.ACCEPT)
    assert desk.spans == [(0.2, 0.8, "push"), WAVE, CLAP, (5.0, 5.5, "push")]
    for _ in range(2):
        desk.press(Qt.Key.Key_Z, has_ctrl=True)
    assert desk.spans == [WAVE, CLAP]


def test_an_action_that_is_new_becomes_one_of_the_library(desk: Desk, backend: FakeBackend) -> None:
    ask(desk, backend)
    desk.press(Qt.Key.Key_X)
    desk.press(Qt.Key.Key_Y)
    desk.labels_control.autosave.finish()
    library = desk.window.teaching.library.library
    assert library is not None
    assert library.actions == ("wave", "clap", "push", "jump up")


def test_escape_ends_them_and_labels_stay(desk: Desk, backend: FakeBackend) -> None:
    ask(desk, backend)
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Escape)
    assert desk.labels_control.proposals.now == Proposing()
    assert desk.timeline.track.proposals == ()
    assert len(desk.spans) == 3


def test_another_recording_ends_them(desk: Desk, backend: FakeBackend, names: list[str]) -> None:
    ask(desk, backend)
    desk.open(names[1])
    assert desk.page.notice_bar.text == ""
    desk.press(Qt.Key.Key_Y)
    assert desk.spans == []


def test_nothing_new_is_said(desk: Desk, backend: FakeBackend) -> None:
    backend.proposals = [FOUND[1]]
    desk.press(Qt.Key.Key_G)
    desk.qtbot.waitUntil(lambda: "nothing new" in desk.said)
    assert desk.page.notice_bar.text == ""


def test_it_is_shown_how_far_the_model_is_and_escape_stops_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()

    def slow(_entry: Entry, report: Report) -> list[Proposal]:
        try:
            while True:
                report("The model looks at this recording", 0.25)
        finally:
            stopped.set()

    monkeypatch.setattr(desk.labels_control.proposals, "_propose", slow)
    desk.press(Qt.Key.Key_G)
    desk.qtbot.waitUntil(lambda: "25%" in desk.page.notice_bar.text)
    desk.drag((0.2, "push"), 0.8)  # it can be edited meanwhile
    assert "25%" in desk.page.notice_bar.text
    desk.press(Qt.Key.Key_Escape)
    assert desk.page.notice_bar.text == ""
    assert stopped.wait(20)


def test_a_model_that_cannot_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_entry: Entry, _report: Report) -> list[Proposal]:
        raise DataError("The recording shows 1 person(s), and the model 'pairs' looks at 2: choose another model.")

    monkeypatch.setattr(desk.labels_control.proposals, "_propose", fails)
    desk.press(Qt.Key.Key_G)
    desk.qtbot.waitUntil(lambda: "choose another model" in desk.said)
    assert desk.page.notice_bar.text == ""


def test_going_on_from_the_last_one() -> None:
    now = Proposing.of(FOUND, ())
    assert (now.total, now.place) == (4, 0)
    for _ in range(3):
        now = now.without_asked()
    assert now.asked == FOUND[3]
    now = now.without_asked()
    assert (now.asked, now.text(accept="Y", refuse="X")) == (None, "")
    assert now.without_asked() == now
