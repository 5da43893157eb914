"""The environment of the process is the same after OpenCV was imported as it was before."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.opencv import restore_environment, settings_before_import

ROOT = Path(__file__).resolve().parents[2]
CV2 = "/site/cv2"
NAMES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH")


def environment_after(code: str, **extra: str) -> dict[str, str]:
    """The environment that a fresh Python has after running the code."""
    environment = {name: value for name, value in os.environ.items() if name not in NAMES} | extra
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, os; print(json.dumps(dict(os.environ)))"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "code", ["import core.opencv", "import cv2; import core.opencv", "import core.opencv; import mediapipe; import cv2"]
)
def test_no_trace_of_opencv_is_left(code: str) -> None:
    found = environment_after(code)
    assert not [name for name in NAMES if name in found]


def test_values_of_the_user_survive() -> None:
    own = dict.fromkeys(NAMES, "/my/own") | {"OPENCV_LOG_LEVEL": "ERROR"}
    found = environment_after("import core.opencv", **own)
    assert {name: found[name] for name in own} == own


def test_missing_camera_and_broken_video_write_nothing_to_the_terminal(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video" * 100)
    environment_after(
        f"from core.opencv import cv2; assert not cv2.VideoCapture({str(broken)!r}).isOpened();"
        "assert not cv2.VideoCapture(63).isOpened()"
    )


def test_value_of_opencv_goes_also_when_it_was_there_before() -> None:
    environment = {"QT_QPA_FONTDIR": f"{CV2}/qt/fonts", "OTHER": "kept"}
    restore_environment(environment, before=dict(environment), cv2_folder=CV2)
    assert environment == {"OTHER": "kept"}


def test_hardware_transforms_are_off_on_windows_only() -> None:
    name = "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS"
    assert settings_before_import("win32")[name] == "0"
    assert name not in settings_before_import("linux")
