"""The real window on a backend of fakes: what users do, and what they see."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.actions import ActionKey
from app.main_window import MainWindow
from app.messages import NO_CAMERA, MessageKind
from app.settings import Settings, load_settings, save_settings
from app.theme import ThemeChoice, is_dark
from app.widgets.buttons import Button
from core.errors import PoseModelError, SourceError
from core.live.results import SessionState
from tests.app.fakes import RUNNING, FakeBackend, FakeSession, figure_pose, make_prediction, make_result
from tests.app.hands import click, press

pytestmark = pytest.mark.gui
OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def started(qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow) -> tuple[MainWindow, FakeSession]:
    """A window on the first camera whose session has given one result."""
    window = open_window()
    session = running_session(qtbot, window, backend)
    session.give(make_result(0))
    qtbot.waitUntil(lambda: window.page.video.result is session.result)
    return window, session


def running_session(qtbot: QtBot, window: MainWindow, backend: FakeBackend, *, count: int = 1) -> FakeSession:
    qtbot.waitUntil(lambda: len(backend.sessions) == count and backend.sessions[-1].is_started)
    assert not window.control.bridge.is_idle
    return backend.sessions[-1]


def wait_painted(qtbot: QtBot, session: FakeSession, number: int) -> None:
    qtbot.waitUntil(lambda: session.painted[-1:] == [number])


def message_title(window: MainWindow) -> str:
    message = window.page.message_panel.message
    return "" if message is None else message.title


# Starting


def test_starts_on_the_first_camera(started: tuple[MainWindow, FakeSession]) -> None:
    window, session = started
    assert session.request.source == "camera:desk"
    assert window.header.source_button.text() == "Desk camera"
    assert window.windowTitle() == "Desk camera – Jointlight[*]"
    assert not window.page.message_panel.isVisible()


def test_without_a_camera_it_offers_the_performer(qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow) -> None:
    backend.offers = replace(backend.offers, cameras=())
    window = open_window()
    qtbot.waitUntil(lambda: window.page.message_panel.message == NO_CAMERA)
    assert backend.sessions == []
    click(window.page.message_panel.findChild(Button, "button_use_performer"))
    assert running_session(qtbot, window, backend).request.source == "performer"


def test_asking_for_a_camera_that_is_not_there_keeps_what_runs(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow
) -> None:
    backend.offers = replace(backend.offers, cameras=())
    window = open_window(source="performer")
    session = running_session(qtbot, window, backend)
    session.give(make_result(0))
    press(window, Qt.Key.Key_1, has_ctrl=True)
    qtbot.waitUntil(lambda: window.page.toast.text() == "No camera found")
    assert not session.is_stopped
    qtbot.waitUntil(lambda: window.page.message_panel.message is None)


def test_a_file_that_is_called_camera_is_a_file(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "camera").touch()
    monkeypatch.chdir(tmp_path)
    window = open_window(source="camera")
    assert running_session(qtbot, window, backend).request.source == "camera"
    assert not window.page.video.display.is_mirrored


def test_nonsense_opens_the_window_and_is_shown_there(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow
) -> None:
    backend.error = SourceError("'kamera' is no source.")
    window = open_window(source="kamera")
    qtbot.waitUntil(lambda: message_title(window) == "This could not start")


def test_a_bug_beside_a_running_picture_is_a_note(started: tuple[MainWindow, FakeSession]) -> None:
    window, _ = started
    window.control.say_error(KeyError("oops"))
    assert "oops" in window.page.toast.text()
    assert window.page.message_panel.message is None


def test_a_camera_that_is_plugged_in_later_is_found(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow
) -> None:
    cameras = backend.offers.cameras
    backend.offers = replace(backend.offers, cameras=())
    window = open_window()
    qtbot.waitUntil(lambda: window.page.message_panel.message == NO_CAMERA)
    backend.offers = replace(backend.offers, cameras=cameras)
    press(window, Qt.Key.Key_R, has_ctrl=True)
    assert running_session(qtbot, window, backend).request.source == "camera:desk"


def test_the_asked_for_source_wins_and_is_not_remembered(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow
) -> None:
    save_settings(Settings(source="camera:wall"))
    window = open_window(source="performer")
    assert running_session(qtbot, window, backend).request.source == "performer"
    assert load_settings().source == "camera:wall"


@pytest.mark.parametrize("source", [None, "camera"])
def test_the_first_camera_is_looked_for_anew_at_each_start(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow, source: str | None
) -> None:
    assert running_session(qtbot, open_window(source=source), backend).request.source == "camera:desk"
    assert load_settings().source == ""


def test_going_back_to_the_first_camera_is_remembered(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow
) -> None:
    save_settings(Settings(source="performer"))
    window = open_window()
    running_session(qtbot, window, backend)
    press(window, Qt.Key.Key_1, has_ctrl=True)
    assert running_session(qtbot, window, backend, count=2).request.source == "camera:desk"
    assert load_settings().source == ""


def test_the_last_source_comes_back(qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow) -> None:
    save_settings(Settings(source="camera:wall", model="mine"))
    session = running_session(qtbot, open_window(), backend)
    assert (session.request.source, session.request.model) == ("camera:wall", "mine")


def test_fetching_shows_progress_and_can_be_stopped(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow
) -> None:
    backend.hold = threading.Event()
    window = open_window(source="performer")
    qtbot.waitUntil(lambda: message_title(window) == "Fetching the pose model")
    message = window.page.message_panel.message
    assert message is not None
    assert message.kind is MessageKind.PROGRESS
    assert message.fraction in (0.25, 0.5)
    click(window.page.message_panel.findChild(Button, "button_cancel"))
    qtbot.waitUntil(lambda: message_title(window) == "Stopped")
    assert backend.sessions == []


def test_a_failed_start_says_why_and_can_be_tried_again(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow
) -> None:
    backend.error = PoseModelError("The pose model file is missing.")
    window = open_window(source="performer")
    qtbot.waitUntil(lambda: message_title(window) == "This could not start")
    message = window.page.message_panel.message
    assert message is not None
    assert message.text == "The pose model file is missing."
    backend.error = None
    click(window.page.message_panel.findChild(Button, "button_try_again"))
    assert running_session(qtbot, window, backend).request.source == "performer"


def test_a_bug_while_starting_points_to_the_log(qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow) -> None:
    backend.error = ZeroDivisionError("oops")
    window = open_window(source="performer")
    qtbot.waitUntil(lambda: message_title(window) == "This could not start")
    message = window.page.message_panel.message
    assert message is not None
    assert "ZeroDivisionError" in message.text
    assert "log" in message.text


# While it runs


def test_only_a_new_number_is_painted(qtbot: QtBot, started: tuple[MainWindow, FakeSession]) -> None:
    window, session = started
    qtbot.waitUntil(lambda: session.painted == [0])
    for number in (0, 0, 1, 1, 2):
        session.give(make_result(number))
        wait_painted(qtbot, session, number)
        window.control.bridge.changed.emit()
    assert session.painted == [0, 1, 2]


def test_the_answer_is_shown(qtbot: QtBot, started: tuple[MainWindow, FakeSession]) -> None:
    window, session = started
    assert window.page.now.text.headline == "Wave"
    assert window.page.now.text.confidence == pytest.approx(0.8)
    qtbot.waitUntil(lambda: [bar.action for bar in window.page.bars.bars[:2]] == ["wave", "clap"])
    session.give(make_result(1, action=None))
    qtbot.waitUntil(lambda: window.page.now.text.headline == "No action")
    assert window.page.now.text.is_quiet
    session.give(replace(make_result(2, pose=figure_pose(64, 48, persons=0)), prediction=None))
    qtbot.waitUntil(lambda: window.page.now.text.headline == "Nobody in view")


def test_the_performer_says_what_it_acts(qtbot: QtBot, started: tuple[MainWindow, FakeSession]) -> None:
    window, session = started
    session.give(make_result(1, action="clap", truth="clap"))
    qtbot.waitUntil(lambda: window.page.now.text.below == "The performer acts: clap")


def test_bars_have_the_colours_of_their_lines(qtbot: QtBot, started: tuple[MainWindow, FakeSession]) -> None:
    window, session = started
    for number in range(1, 40):
        session.give(make_result(number, prediction=make_prediction({"squat": 0.7, "push": 0.2})))
        wait_painted(qtbot, session, number)
    qtbot.waitUntil(lambda: [bar.action for bar in window.page.bars.bars[:2]] == ["squat", "push"])
    slots = [bar.slot for bar in window.page.bars.bars[:2]]
    assert None not in slots
    assert len(set(slots)) == 2


def test_the_status_strip_shows_rates_latency_drops_and_device(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession]
) -> None:
    window, _ = started
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: window.strip.rates.text() == "camera 30  pose 29  model 29  paint 29 Hz")
    assert window.strip.latency.text() == "latency 36 ms"
    assert window.strip.drops.text() == "drops 2"
    assert window.strip.device.text() == "cpu"
    assert window.strip.source.text() == "Desk camera  ·  640 × 480  ·  30 Hz"
    assert "end to end: 36.0 ms" in window.strip.latency.toolTip()


def test_a_stale_picture_becomes_an_error_and_goes_away_again(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession]
) -> None:
    window, session = started
    session.become(SessionState.RUNNING, frame_age_s=3.2, silence_s=3.2)
    qtbot.waitUntil(lambda: message_title(window) == "The camera sends no picture for 3 s")
    assert window.page.video.display.is_dimmed
    assert window.page.now.text.headline == "No live picture"
    session.become(SessionState.RUNNING)
    session.give(make_result(1))
    qtbot.waitUntil(lambda: not window.page.message_panel.isVisible())
    assert not window.page.video.display.is_dimmed
    assert window.page.now.text.headline == "Wave"


@pytest.mark.parametrize("state", [SessionState.LOST, SessionState.FAILED])
def test_lost_and_failed_say_what_to_do(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession], backend: FakeBackend, state: SessionState
) -> None:
    window, session = started
    session.become(state, "The camera is gone: plug it in again.")
    qtbot.waitUntil(lambda: window.page.message_panel.isVisible())
    message = window.page.message_panel.message
    assert message is not None
    assert message.text == "The camera is gone: plug it in again."
    offered = {button.objectName() for button in window.page.message_panel.findChildren(Button) if button.isVisible()}
    assert offered == {"button_try_again", "button_use_performer", "button_open_video"}
    press(window, Qt.Key.Key_T, has_ctrl=True)
    again = running_session(qtbot, window, backend, count=2)
    assert again.request == session.request
    assert session.is_stopped


# Choosing


def test_another_source_stops_the_one_before(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession], backend: FakeBackend
) -> None:
    window, first = started
    entry = next(action for action in window.header.source_menu.actions() if action.text() == "Wall camera")
    entry.trigger()
    second = running_session(qtbot, window, backend, count=2)
    assert first.is_stopped
    assert second.request.source == "camera:wall"
    assert window.page.video.result is None  # nothing of the old source is shown for the new one
    assert load_settings().source == "camera:wall"


def test_another_model_keeps_the_source(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession], backend: FakeBackend
) -> None:
    window, _ = started
    entry = next(action for action in window.header.model_menu.actions() if action.text() == "My own")
    entry.trigger()
    session = running_session(qtbot, window, backend, count=2)
    assert (session.request.source, session.request.model) == ("camera:desk", "mine")
    assert window.header.model_button.text() == "My own"
    assert load_settings().model == "mine"


def test_changing_one_s_mind_quickly_runs_only_the_last_choice(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession], backend: FakeBackend
) -> None:
    window, _ = started
    for source in ("performer", "camera:wall", "performer:wave"):
        window.control.start_source(source)
    qtbot.waitUntil(lambda: not window.control.bridge.is_idle)
    assert [session.request.source for session in backend.sessions if session.is_started][1:] == ["performer:wave"]


def test_open_a_video_with_the_dialog(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession], backend: FakeBackend, tmp_path: Path
) -> None:
    window, _ = started
    press(window, Qt.Key.Key_O, has_ctrl=True)
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "clip.mp4"))
    dialog.close()
    assert running_session(qtbot, window, backend, count=2).request.source == str(tmp_path / "clip.mp4")


def test_drop_a_video_onto_the_window(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession], backend: FakeBackend, tmp_path: Path
) -> None:
    window, _ = started
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "clip & co.mp4"))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, buttons, keys))
    assert running_session(qtbot, window, backend, count=2).request.source == str(tmp_path / "clip & co.mp4")
    assert window.header.source_button.text() in (
        "clip & co.mp4",
        "Desk camera",
    )  # the second: as the fake calls itself


@pytest.mark.parametrize("urls", [[], ["https://example.org/a.mp4"], ["file:///a.mp4", "file:///b.mp4"]])
def test_what_is_not_one_local_file_is_not_taken(started: tuple[MainWindow, FakeSession], urls: list[str]) -> None:
    window, _ = started
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    enter = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    enter.ignore()
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()


# Looking


def test_mirror_and_heat_by_keyboard_are_remembered(qtbot: QtBot, started: tuple[MainWindow, FakeSession]) -> None:
    window, _ = started
    assert window.page.video.display.is_mirrored  # a camera is a mirror at first
    assert window.page.video.display.has_heat
    press(window, Qt.Key.Key_M)
    press(window, Qt.Key.Key_H)
    assert not window.page.video.display.is_mirrored
    assert not window.page.video.display.has_heat
    assert (load_settings().mirror_camera, load_settings().heat) == (False, False)
    press(window, Qt.Key.Key_M)
    assert window.page.video.display.is_mirrored
    assert load_settings().mirror_camera


def test_a_recorded_picture_is_not_mirrored_unless_asked(
    qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow
) -> None:
    window = open_window(source="performer")
    running_session(qtbot, window, backend)
    assert not window.page.video.display.is_mirrored
    press(window, Qt.Key.Key_M)
    assert window.page.video.display.is_mirrored
    assert (load_settings().mirror_camera, load_settings().mirror_recorded) == (True, True)


def test_freeze_holds_the_picture_and_the_newest_comes_back(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession]
) -> None:
    window, session = started
    held = window.page.video.result
    press(window, Qt.Key.Key_Space)
    assert window.page.video.display.chip == "Frozen"
    session.give(make_result(1, action="clap"))
    window.control.bridge.changed.emit()
    assert window.page.video.result is held
    assert window.page.now.text.headline == "Wave"
    press(window, Qt.Key.Key_Space)
    assert window.page.video.result is session.result
    assert window.page.now.text.headline == "Clap"
    assert window.page.video.display.chip == ""


def test_full_screen_hides_the_rest_and_escape_brings_it_back(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession]
) -> None:
    window, _ = started
    press(window, Qt.Key.Key_F11)
    qtbot.waitUntil(window.isFullScreen)
    assert not window.header.isVisible()
    assert not window.strip.isVisible()
    press(window, Qt.Key.Key_H)  # keys work although their buttons are gone
    assert not window.page.video.display.has_heat
    press(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert window.header.isVisible()
    assert not window.actions_by_key[ActionKey.FULL_SCREEN].isChecked()


def test_the_theme_goes_round_and_is_remembered(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession], qapp: QApplication
) -> None:
    window, _ = started
    seen = []
    for _ in range(4):
        press(window, Qt.Key.Key_T)
        seen.append((load_settings().theme, is_dark(qapp.palette())))
    assert seen[:2] == [(ThemeChoice.LIGHT, False), (ThemeChoice.DARK, True)]
    assert seen[2] == (ThemeChoice.CONTRAST, True)
    assert seen[3][0] is ThemeChoice.SYSTEM


def test_enter_presses_a_focused_button_since_space_freezes(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession]
) -> None:
    window, _ = started
    button = window.header.findChild(Button, "button_heat")
    assert button is not None
    button.setFocus()
    press(button, Qt.Key.Key_Return)
    assert not window.page.video.display.has_heat
    press(button, Qt.Key.Key_Space)
    assert window.page.video.display.chip == "Frozen"
    assert not window.page.video.display.has_heat


@pytest.mark.parametrize("size", [(900, 600), (1280, 720), (1920, 1080)])
def test_long_names_do_not_widen_the_window(
    qtbot: QtBot, started: tuple[MainWindow, FakeSession], size: tuple[int, int]
) -> None:
    window, session = started
    assert RUNNING.source is not None
    session.now = replace(RUNNING, source=replace(RUNNING.source, label="A camera with a very long name " * 8))
    session.give(make_result(1, action="an action with a name that is far too long for any window " * 3))
    window.resize(*size)
    qtbot.waitUntil(lambda: window.windowTitle().startswith("A camera"))
    qtbot.waitUntil(lambda: window.page.now.text.headline.startswith("An action"))
    assert (window.width(), window.height()) == size
    assert not window.grab().isNull()


def test_controls_have_names_for_screen_readers(started: tuple[MainWindow, FakeSession]) -> None:
    window, _ = started
    nameless = [button.objectName() for button in window.findChildren(Button) if not button.accessibleName()]
    without_help = [button.objectName() for button in window.header.findChildren(Button) if not button.toolTip()]
    assert (nameless, without_help) == ([], [])


# Closing


def test_closing_stops_the_session_and_leaves_no_thread(started: tuple[MainWindow, FakeSession]) -> None:
    window, session = started
    window.close()
    assert session.is_stopped
    assert [thread for thread in threading.enumerate() if thread is not threading.main_thread()] == []


def test_closing_while_something_is_fetched(qtbot: QtBot, backend: FakeBackend, open_window: OpenWindow) -> None:
    backend.hold = threading.Event()
    window = open_window(source="performer")
    qtbot.waitUntil(lambda: message_title(window) == "Fetching the pose model")
    window.close()
    assert [thread for thread in threading.enumerate() if thread is not threading.main_thread()] == []


def test_size_and_place_come_back(qtbot: QtBot, open_window: OpenWindow) -> None:
    first = open_window(is_begun=False)
    first.resize(900, 650)  # what fits the screen of the offscreen platform
    first.close()
    assert open_window(is_begun=False).size() == first.size()


def test_damaged_geometry_does_not_stop_the_start(open_window: OpenWindow) -> None:
    save_settings(Settings(geometry="bm90IGdlb21ldHJ5"))
    assert open_window(is_begun=False).isVisible()
    save_settings(Settings(geometry="ü#"))
    assert open_window(is_begun=False).isVisible()


def test_the_hint_for_newcomers_shows_once(qtbot: QtBot, open_window: OpenWindow) -> None:
    assert open_window().page.toast.isVisible()
    assert not open_window().page.toast.isVisible()
