"""Opens the window: everything that must be right before the first widget, and what to say where it cannot open.

Nothing of Qt is imported before `launch` runs, so that a bare machine without it still gets a readable sentence.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from types import TracebackType
from typing import TYPE_CHECKING

from app.bridges.options import LaunchOptions
from core.doctor.qt import advice
from core.errors import OutputError, WindowError
from core.paths import log_dir

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QApplication

    from app.main_window import MainWindow

__all__ = ["LaunchOptions", "launch"]

LOG_BYTES = 1_000_000

log = logging.getLogger(__name__)


def launch(options: LaunchOptions) -> int:
    """Open the window and run until it is closed; returns the exit status. Prints nothing.

    Raises WindowError where Qt's libraries are missing, OutputError where a report was wanted and cannot be written.
    Where the libraries are there but no screen is, Qt itself ends the process; `core.doctor.qt.why_no_window` finds
    that out beforehand.
    """
    try:
        import core.opencv  # noqa: F401  # drops the Qt 5 paths that cv2 sets, before Qt reads them

        if sys.platform == "win32":
            import torch  # noqa: F401  # its libraries do not load after those of PyQt6
        from PyQt6.QtWidgets import QApplication

        from app.bridges.core_backend import core_backend
        from app.main_window import MainWindow
    except ImportError as error:
        raise WindowError(f"The window's libraries cannot be used ({error}). {advice(str(error))}") from error
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(["jointlight"])
    _set_up(application)
    with logging_to_file():
        window = MainWindow(core_backend(options), options)
        restore = show_exceptions_in(window)
        try:
            window.show()
            window.begin()
            status = application.exec()
        finally:
            restore()
            window.close()
            window.deleteLater()
    if window.report.problem:
        raise OutputError(window.report.problem)
    return status


@contextmanager
def logging_to_file() -> Iterator[None]:
    """What is logged meanwhile goes to a file, since nobody sees a window's terminal."""
    handler: logging.Handler
    try:
        log_dir().mkdir(parents=True, exist_ok=True)
        path = log_dir() / "window.log"
        handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True)
    except OSError:
        handler = logging.NullHandler()  # a full or read-only disk is no reason not to open
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


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
        window.control.say_error(error)

    def restore() -> None:
        sys.excepthook = before

    sys.excepthook = hook
    return restore


def _set_up(application: "QApplication") -> None:
    from app.icons import application_icon
    from app.style import RoomyFusion
    from app.theme import apply_font

    application.setApplicationName("jointlight")
    application.setApplicationDisplayName("Jointlight")
    application.setDesktopFileName("jointlight")
    application.setStyle(RoomyFusion())
    application.setWindowIcon(application_icon())
    apply_font(application)
