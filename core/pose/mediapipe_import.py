"""Imports MediaPipe when it is first needed: it takes a second, and `jointlight --help` has no use for it."""

import importlib
import sys
import threading
from typing import Any

import core.opencv  # noqa: F401  # before mediapipe, which imports cv2 as well

_one_at_a_time = threading.Lock()


def load_mediapipe() -> Any:
    """The mediapipe package (untyped, hence Any).

    Its audio part would import sounddevice, which searches for the PortAudio library with a compiler and opens the
    sound system. A picture needs none of it, so for the length of this import sounddevice counts as not installed.
    """
    with _one_at_a_time:
        if "mediapipe" not in sys.modules and "sounddevice" not in sys.modules:
            sys.modules["sounddevice"] = None  # type: ignore[assignment]  # documented way to block an import
            try:
                return importlib.import_module("mediapipe")
            finally:
                del sys.modules["sounddevice"]
        return importlib.import_module("mediapipe")
