"""The only door to OpenCV: ``from core.opencv import cv2``. Import it before mediapipe, which imports cv2 too.

OpenCV reads some settings once, while it is imported, and on Linux its import changes the environment of the whole
process, which would make PyQt6 load the Qt 5 plugins and fonts of OpenCV's wheel. Both are dealt with here.
"""

import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

__all__ = ["cv2", "restore_environment"]

# What `import cv2` sets for itself. LD_LIBRARY_PATH has no use within the process and would reach our child processes.
CHANGED_BY_CV2 = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH")


def settings_before_import(platform: str) -> dict[str, str]:
    """Environment that OpenCV reads while it is imported; values that the user has set win over these."""
    # Sources check what they open and say it in our words, so OpenCV's and FFmpeg's own lines would only repeat it.
    settings = {"OPENCV_LOG_LEVEL": "SILENT", "OPENCV_FFMPEG_LOGLEVEL": "-8"}
    if platform == "win32":
        settings["OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS"] = "0"  # else a camera takes half a minute to open
    if platform == "linux":
        settings["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"] = "1"  # seconds; a hung camera must not block the end for ten
    return settings


def restore_environment(environment: MutableMapping[str, str], *, before: Mapping[str, str], cv2_folder: str) -> None:
    """Undo what the import did to the environment: the user's own values come back, those of OpenCV go.

    A value that already pointed into OpenCV's folder before is OpenCV's too (another library imported it first).
    """
    for name in CHANGED_BY_CV2:
        environment.pop(name, None)
        if name in before and cv2_folder not in before[name]:
            environment[name] = before[name]


for _name, _value in settings_before_import(sys.platform).items():
    os.environ.setdefault(_name, _value)
_before = dict(os.environ)

import cv2  # noqa: E402  # the settings above count only before this import

restore_environment(os.environ, before=_before, cv2_folder=str(Path(cv2.__file__).absolute().parent))
