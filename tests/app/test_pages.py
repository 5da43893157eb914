"""Going from page to page: what runs, what is shown, where the keyboard is."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.actions import ActionKey
from app.main_window import MainWindow
from app.messages import NO_CAMERA
from app.page_key import PageKey
from app.widgets.buttons import Button
from core.errors import SourceError
from core.live.results import SessionState
from tests.app.fakes import FakeBackend, make_result
from tests.app.hands import click, press
from tests.app.studio import Studio

pytestmark = pytest.mark.gui
OpenStudio = Callable[..., Studio]
KEYS = {
    PageKey.LIVE: "Alt+1",
    PageKey.RECORD: "Alt+2",
    PageKey.LABEL: "Alt+3",
    PageKey.TRAIN: "Alt+4",
    PageKey.LECTURE: "Alt+5",
}
SEEING = (PageKey.LIVE, PageKey.RECORD)
MODELLED = (PageKey.LIVE, PageKey.LABEL, PageKey.LECTURE)


@pytest.mark.parametrize("page", PageKey)
def test_keys_and_tabs_lead_to_a_page_which_gets_the_keyboard(open_studio: OpenStudio, page: PageKey) -> None:
    studio = open_studio(PageKey.LIVE)
    window = studio.window
    shown = {PageKey.LIVE: window.page, **studio.teaching.pages}
    ways: tuple[Callable[[], None], ...] = (
        lambda: studio.press(KEYS[page]),
        lambda: click(window.header.tabs[page]),
    )
    for way in ways:
        studio.press("Alt+1")
        way()
        assert window.page_key is page
        assert [key for key, widget in shown.items() if widget.isVisible()] == [page]
        assert QApplication.focusWidget() is shown[page]
        assert [key for key, tab in window.header.tabs.items() if tab.isChecked()] == [page]
        assert window.strip.isVisible() is (page in SEEING)
        assert window.header.source_button.isVisible() is (page in SEEING)
        assert window.header.model_button.isVisible() is (page in MODELLED)
        assert window.header.library_button.isVisible() is (page is not PageKey.LIVE)


def test_the_menu_offers_what_can_be_done_on_the_page(open_studio: OpenStudio) -> None:
    studio = open_studio(PageKey.RECORD)
    actions = studio.window.actions_by_key
    assert actions[ActionKey.KEEP_LAST] in studio.window.header.main_menu.actions()
    studio.press("Alt+4")
    assert actions[ActionKey.KEEP_LAST] not in studio.window.header.main_menu.actions()
    assert actions[ActionKey.TRAIN] in studio.window.header.main_menu.actions()


def test_one_session_runs_on_between_the_pages_that_show_it(open_studio: OpenStudio, backend: FakeBackend) -> None:
    studio = open_studio(PageKey.LIVE)
    studio.press("Alt+2")
    assert studio.page.video.result is studio.session.result, "the picture is there at once"
    studio.frames(1)
    studio.wait_until(lambda: studio.page.video.result is studio.session.result)
    assert studio.window.page.video.result is not studio.session.result, "only what is seen is painted"
    studio.wait_until(lambda: studio.session.painted[-1:] == [studio.number - 1])
    studio.press("Alt+1")
    assert studio.window.page.video.result is studio.session.result
    assert len(backend.sessions) == 1


@pytest.mark.parametrize("page", [PageKey.LABEL, PageKey.TRAIN])
@pytest.mark.parametrize("back", SEEING)
def test_camera_and_networks_are_released_on_other_pages_and_come_back(
    open_studio: OpenStudio, backend: FakeBackend, page: PageKey, back: PageKey
) -> None:
    studio = open_studio(PageKey.RECORD)
    first = studio.session
    studio.press(KEYS[page])
    studio.wait_until(lambda: first.is_stopped)
    assert len(backend.sessions) == 1
    studio.press(KEYS[back])
    studio.wait_until(lambda: len(backend.sessions) == 2 and studio.session.is_started)
    assert studio.session.request == first.request
    studio.number = 0
    studio.frames(1)
    shown = studio.page if back is PageKey.RECORD else studio.window.page
    studio.wait_until(lambda: shown.video.result is studio.session.result)


def test_going_back_and_forth_quickly_leaves_one_session(open_studio: OpenStudio, backend: FakeBackend) -> None:
    studio = open_studio(PageKey.LIVE)
    for keys in ("Alt+3", "Alt+1", "Alt+4", "Alt+2", "Alt+3", "Alt+2"):
        studio.press(keys)
    studio.wait_until(lambda: not studio.window.control.bridge.is_idle)
    assert [session.is_stopped for session in backend.sessions if session.is_started][-1] is False
    assert sum(session.is_started and not session.is_stopped for session in backend.sessions) == 1


def test_what_was_stopped_stays_stopped(open_studio: OpenStudio, backend: FakeBackend) -> None:
    studio = open_studio(PageKey.LIVE)
    studio.press("Ctrl+.")
    studio.press("Alt+3")
    studio.press("Alt+2")
    message = studio.page.stage.message_panel.message
    assert message is not None
    assert message.title == "Stopped"
    assert len(backend.sessions) == 1


def test_an_error_is_said_on_whichever_page_shows_the_pictures(open_studio: OpenStudio, backend: FakeBackend) -> None:
    studio = open_studio(PageKey.RECORD)
    backend.error = SourceError("The camera is used by another program.")
    studio.press("Ctrl+T")
    panel = studio.page.stage.message_panel
    studio.wait_until(lambda: panel.isVisible() and panel.message is not None and panel.message.text != "")
    assert panel.message is not None
    assert panel.message.text == "The camera is used by another program."
    studio.press("Alt+1")
    assert studio.window.page.message_panel.message == panel.message
    backend.error = None
    click(studio.window.page.message_panel.findChild(Button, "button_try_again"))
    studio.wait_until(lambda: len(backend.sessions) == 2)


def test_a_lost_camera_is_said_on_the_record_page(open_studio: OpenStudio) -> None:
    studio = open_studio(PageKey.RECORD)
    studio.session.become(SessionState.LOST, "It was unplugged.")
    panel = studio.page.stage.message_panel
    studio.wait_until(lambda: panel.message is not None and panel.message.title == "The camera is gone")
    assert panel.isVisible()
    assert studio.page.video.display.is_dimmed


def test_without_a_camera_the_record_page_offers_the_performer(
    qtbot: QtBot, open_window: Callable[..., MainWindow], backend: FakeBackend
) -> None:
    backend.offers = replace(backend.offers, cameras=())
    window = open_window()
    window.show_page(PageKey.RECORD)
    panel = window.teaching.record_page.stage.message_panel
    qtbot.waitUntil(lambda: panel.message == NO_CAMERA)
    click(panel.findChild(Button, "button_use_performer"))
    qtbot.waitUntil(lambda: bool(backend.sessions) and backend.sessions[0].is_started)
    backend.sessions[0].give(make_result(0))
    qtbot.waitUntil(lambda: window.teaching.record_page.video.result is backend.sessions[0].result)
    assert panel.message is None


def test_another_model_that_is_chosen_elsewhere_is_used_when_pictures_are_seen_again(
    open_studio: OpenStudio, backend: FakeBackend
) -> None:
    studio = open_studio(PageKey.LABEL)
    entry = next(action for action in studio.window.header.model_menu.actions() if action.text() == "My own")
    entry.trigger()
    assert len(backend.sessions) == 1
    studio.press("Alt+1")
    studio.wait_until(lambda: len(backend.sessions) == 2)
    assert studio.session.request.model == "mine"


def test_full_screen_has_no_header_on_any_page(open_studio: OpenStudio) -> None:
    studio = open_studio(PageKey.RECORD)
    press(studio.window, Qt.Key.Key_F11)
    studio.wait_until(studio.window.isFullScreen)
    for page, keys in KEYS.items():
        studio.press(keys)
        assert studio.window.page_key is page
        assert not studio.window.header.isVisible()
        assert not studio.window.strip.isVisible()
    studio.press("Alt+2")
    studio.press("Escape")
    studio.wait_until(lambda: not studio.window.isFullScreen())
    assert studio.window.strip.isVisible()


def test_mirror_and_heat_are_the_same_on_both_pages(open_studio: OpenStudio) -> None:
    studio = open_studio(PageKey.RECORD)
    assert studio.page.video.display.is_mirrored
    studio.press("M")
    studio.press("H")
    for video in (studio.page.video, studio.window.page.video):
        assert not video.display.is_mirrored
        assert not video.display.has_heat


@pytest.mark.parametrize("size", [(900, 600), (1280, 720), (1920, 1080)])
def test_long_names_do_not_widen_the_window(open_studio: OpenStudio, size: tuple[int, int]) -> None:
    studio = open_studio(PageKey.RECORD)
    library = studio.teaching.library.library
    assert library is not None
    library.learn(actions=["an action with a name that is far too long for any list and" * 3])
    studio.teaching.library.changed.emit()
    studio.page.set_person("A person with a very long name" * 5)
    studio.page.tick([studio.page.actions_list.item(3).text()])  # type: ignore[union-attr]
    studio.press("R")
    for page in (PageKey.RECORD, PageKey.TRAIN):
        studio.window.show_page(page)
        studio.window.resize(*size)
        assert (studio.window.width(), studio.window.height()) == size
        assert not studio.window.grab().isNull()


@pytest.mark.parametrize("page", [PageKey.RECORD, PageKey.TRAIN])
def test_controls_have_names_for_screen_readers(open_studio: OpenStudio, page: PageKey) -> None:
    studio = open_studio(page)
    shown = studio.teaching.pages[page]
    assert [button.objectName() for button in shown.findChildren(Button) if not button.accessibleName()] == []
