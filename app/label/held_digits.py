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
        self._is_on = False

    @property
    def is_on(self) -> bool:
        """Whether it listens."""
        return self._is_on

    @is_on.setter
    def is_on(self, is_on: bool) -> None:
        application = QApplication.instance()
        if is_on == self._is_on or application is None:
            return
        self._is_on = is_on
        if is_on:  # every event of the program comes by, so only while it is needed
            application.installEventFilter(self)
        else:
            application.removeEventFilter(self)
            self._let_go()

    @override
    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is None:
            return False
        if event.type() == QEvent.Type.WindowDeactivate and watched is self._window:
            self._let_go()
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        digit = event.key() - Qt.Key.Key_0
        if not 1 <= digit <= 9:
            return False
        if event.type() == QEvent.Type.KeyRelease and digit == self._down:
            if not event.isAutoRepeat():  # whatever else is held, and wherever the focus went meanwhile
                self._let_go()
            return True
        return event.type() == QEvent.Type.KeyPress and self._press(digit, watched, event)

    def _press(self, digit: int, watched: QWidget, event: QKeyEvent) -> bool:
        if event.modifiers() not in _NONE or watched.window() is not self._window:
            return False
        if is_typing(QApplication.focusWidget()):
            return False
        if not event.isAutoRepeat():
            self._let_go()  # another one takes its place
            self._down = digit
            self.pressed.emit(digit)
        return True

    def _let_go(self) -> None:
        digit, self._down = self._down, None
        if digit is not None:
            self.released.emit(digit)
