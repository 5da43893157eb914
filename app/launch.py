"""Opens the window: everything that must be right before the first widget, and what to say where it cannot open.

Nothing of Qt is imported before `launch` runs, so that the command line can ask `why_no_window` on a bare machine.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from app.bridges.options import LaunchOptions
from core.errors import JointlightError

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QApplication

    from app.main_window import MainWindow

__all__ = ["LaunchOptions", "WindowError", "launch", "why_no_window"]

PROBE = "from PyQt6.QtWidgets import QApplication; QApplication([])"
PROBE_WITHIN_S = 20.0
APT_LINE = (
    "sudo apt install libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 "
    "libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libdbus-1-3 libfontconfig1"
)
WITHOUT_WINDOW = "`jointlight demo --headless` and `jointlight live --headless` work without a window."

log = logging.getLogger(__name__)


class WindowError(JointlightError):
    """The window cannot be opened on this machine."""


def why_no_window(environment: Mapping[str, str] | None = None) -> str:
    """ "" where the window can open, else one plain sentence why not and what to do.

    Qt ends the whole process where its platform plugin cannot start, so that this is tried in a process of its own.
    """
    environment = os.environ if environment is None else environment
    if not _has_display(environment, sys.platform):
        return f"There is no screen to open a window on (DISPLAY and WAYLAND_DISPLAY are not set). {WITHOUT_WINDOW}"
    if sys.platform != "linux":
        return ""  # Qt's wheels bring everything along there
    try:
        probe = subprocess.run(
            [sys.executable, "-c", PROBE], env=_without_cv2(environment), capture_output=True, timeout=PROBE_WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"Qt does not answer on this machine ({error}). {WITHOUT_WINDOW}"
    if probe.returncode == 0:
        return ""
    reason = next(iter(probe.stderr.decode(errors="replace").strip().splitlines()[-1:]), "no reason given")
    return f"Qt cannot open a window here: {reason} On Debian or Ubuntu try `{APT_LINE}`. {WITHOUT_WINDOW}"


def launch(options: LaunchOptions) -> int:
    """Open the window and run until it is closed; returns the exit status. Prints nothing.

    Raises WindowError where Qt is not there. Call `why_no_window` first: Qt ends the process where it cannot start.
    """
    import core.opencv  # noqa: F401  # drops the Qt 5 paths that cv2 sets, before Qt reads them

    if sys.platform == "win32":
        import torch  # noqa: F401  # its libraries do not load after those of PyQt6
    try:
        from PyQt6.QtWidgets import QApplication

        from app.bridges.core_backend import core_backend
        from app.main_window import MainWindow
    except ImportError as error:
        raise WindowError(
            f"The window's libraries are missing ({error}). On Debian or Ubuntu try `{APT_LINE}`."
        ) from error
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(["jointlight"])
    _set_up(application)
    window = MainWindow(core_backend(options), options)
    restore = show_exceptions_in(window)
    try:
        window.show()
        window.begin()
        return application.exec()
    finally:
        restore()
        window.close()
        window.deleteLater()


def show_exceptions_in(window: "MainWindow") -> Callable[[], None]:
    """From now on an exception that nobody caught is logged and shown instead of ending the program.

    Returns what undoes this.
    """
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        log.error("Nobody caught this", exc_info=(kind, error, trace))
        window.say_unexpected(error)

    def restore() -> None:
        sys.excepthook = before

    sys.excepthook = hook
    return restore


def _set_up(application: "QApplication") -> None:
    from app.icons import application_icon
    from app.theme import apply_font

    application.setApplicationName("jointlight")
    application.setApplicationDisplayName("Jointlight")
    application.setDesktopFileName("jointlight")
    application.setStyle("Fusion")
    application.setWindowIcon(application_icon())
    apply_font(application)


def _has_display(environment: Mapping[str, str], platform: str) -> bool:
    if platform != "linux" or environment.get("QT_QPA_PLATFORM"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def _without_cv2(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if not (name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR") and "cv2" in value)
    }
