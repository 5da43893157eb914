"""The keys 1 to 9 as they go down and come up: what no shortcut tells."""

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QApplication, QWidget
from typing_extensions import override

from app.widgets.fields import is_typing

_NONE = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class HeldDigits(QObject):
    """Listens while it is on and the window is the active one, and nobody types into a field.

    Signals:
        pressed(int): a digit went down.
        released(int): it came up, or the window lost the keyboard.
    """

    pressed = pyqtSignal(int)
    released = pyqtSignal(int)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._down: int | None = None
        self.is_on = False
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if not self.is_on or event is None:
            return False
        if event.type() == QEvent.Type.WindowDeactivate and watched is self._window:
            self._let_go()
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget) or event.modifiers() not in _NONE:
            return False
        digit = event.key() - Qt.Key.Key_0
        if not 1 <= digit <= 9 or watched.window() is not self._window or is_typing(QApplication.focusWidget()):
            return False
        if event.type() == QEvent.Type.KeyPress:
            if not event.isAutoRepeat() and self._down is None:
                self._down = digit
                self.pressed.emit(digit)
            return True
        if event.type() == QEvent.Type.KeyRelease:
            if not event.isAutoRepeat() and self._down == digit:
                self._let_go()
            return True
        return False

    def _let_go(self) -> None:
        digit, self._down = self._down, None
        if digit is not None:
            self.released.emit(digit)
