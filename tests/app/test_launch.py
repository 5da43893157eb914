"""The window through the real command line, with the real session, and under a real X server."""

import logging
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from app.launch import logging_to_file, show_exceptions_in
from app.main_window import MainWindow
from app.messages import NO_CAMERA
from core.model.folder import ModelConfig, save_model
from core.model.sta_lstm import STALSTM, NetworkSpec
from core.paths import ROOT, log_dir
from core.skeleton.features import FeatureSpec
from main import cli

pytestmark = pytest.mark.gui
GIVE_UP_MS = 60_000


def run_until(arguments: list[str], is_done: Callable[[MainWindow], bool]) -> MainWindow:
    """Run the real command line; close its window once something is so. Fails if it never is."""
    seen: list[MainWindow] = []
    reached: list[bool] = []

    def look() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, MainWindow) and widget.isVisible():
                seen[:] = [widget]
                if is_done(widget):
                    reached.append(True)
                    widget.close()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    guard = QTimer()
    guard.setSingleShot(True)
    guard.timeout.connect(QApplication.closeAllWindows)
    guard.start(GIVE_UP_MS)
    with pytest.raises(SystemExit) as end:
        cli(arguments)
    timer.stop()
    guard.stop()
    assert end.value.code == 0
    assert reached, f"the window showed: {seen[0].page.message_panel.message if seen else 'nothing'}"
    return seen[0]


@pytest.fixture
def untrained_model(own_home: Path) -> Path:
    """A real model folder with random weights, found before the bundled one of that name."""
    features = FeatureSpec()
    actions = ("wave", "clap", "squat")
    network = NetworkSpec(joints=len(features.joints), channels=features.channels, classes=len(actions), hidden=8)
    config = ModelConfig(
        title="Untrained", layout="kinect25", features=features, network=network, window_frames=15, actions=actions
    )
    folder = own_home / "models" / "everyday"
    save_model(folder, network=STALSTM(network), config=config, metrics={}, card="For tests.")
    return folder


def test_without_a_camera_the_window_says_so(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.camera_devices.list_cameras", list)
    run_until([], lambda window: window.page.message_panel.message == NO_CAMERA)


def test_a_missing_video_is_a_message_and_no_crash(qapp: QApplication, untrained_model: Path, pose_model: Path) -> None:
    arguments = ["live", "--source", "nowhere/clip.mp4", "--pose-model", str(pose_model)]

    def has_said_it(window: MainWindow) -> bool:
        message = window.page.message_panel.message
        return message is not None and "clip.mp4" in message.text

    run_until(arguments, has_said_it)


def test_the_performer_is_seen_and_painted(qapp: QApplication, untrained_model: Path, pose_model: Path) -> None:
    """The whole way: rendered pixels, MediaPipe, network, paint; then nothing is left (see `nothing_left`)."""

    def shows_a_prediction(window: MainWindow) -> bool:
        result = window.page.video.result
        has_painted = window.control.bridge.status().rates_hz.get("paint", 0.0) > 0
        return result is not None and result.prediction is not None and has_painted

    arguments = ["live", "--source", "performer", "--pose-model", str(pose_model), "--device", "cpu"]
    window = run_until(arguments, shows_a_prediction)
    assert window.header.model_button.text() == "Untrained"
    assert window.control.bridge.is_idle


def test_a_bug_in_a_slot_is_shown_and_logged_and_does_not_end_the_program(
    open_window: Callable[..., MainWindow],
) -> None:
    window = open_window(is_begun=False)
    before = sys.excepthook
    with logging_to_file():
        restore = show_exceptions_in(window)
        sys.excepthook(KeyError, KeyError("nobody thought of this"), None)
        restore()
    assert sys.excepthook is before
    message = window.page.message_panel.message
    assert message is not None
    assert "nobody thought of this" in message.text
    assert "nobody thought of this" in (log_dir() / "window.log").read_text(encoding="utf-8")


def test_a_log_that_cannot_be_written_does_not_stop_the_window(own_home: Path) -> None:
    own_home.write_text("a file where the folder should be")
    handlers = list(logging.getLogger().handlers)
    with logging_to_file():
        logging.getLogger("test").error("lost")
    assert logging.getLogger().handlers == handlers


UNDER_X = """
import sys
from PyQt6.QtCore import QTimer
import app.launch
from PyQt6.QtWidgets import QApplication
application = QApplication([])
QTimer.singleShot(0, lambda: None)
def close():
    (window,) = [w for w in application.topLevelWidgets() if w.objectName() == "main_window"]
    if window.isVisible() and window.page.message_panel.isVisible():
        assert not window.grab().isNull()
        sys.stdout.write(application.platformName())
        window.close()
timer = QTimer()
timer.timeout.connect(close)
timer.start(50)
sys.exit(app.launch.launch(app.launch.LaunchOptions(source="nowhere.mp4")))
"""


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs xvfb-run (apt install xvfb)")
def test_opens_on_a_real_x_server_although_cv2_is_loaded_first(own_home: Path) -> None:
    """`import cv2` points Qt at its own Qt 5 plugins, with which PyQt6 dies on xcb; core.opencv undoes that."""
    script = "from core.opencv import cv2\n" + UNDER_X
    done = subprocess.run(
        ["xvfb-run", "-a", "env", "QT_QPA_PLATFORM=xcb", sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "xcb", "")
