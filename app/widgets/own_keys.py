"""Keys that a widget keeps while it has the focus, though they are shortcuts of the page otherwise."""

from collections.abc import Sequence
from typing import Final

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QAbstractButton, QComboBox, QWidget
from typing_extensions import override

UP_DOWN: Final[tuple[Qt.Key, ...]] = (Qt.Key.Key_Up, Qt.Key.Key_Down)
ACROSS: Final[tuple[Qt.Key, ...]] = (Qt.Key.Key_Left, Qt.Key.Key_Right)
ENTER: Final[tuple[Qt.Key, ...]] = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class OwnKeys(QObject):
    """Belongs to the widget. With Ctrl, Shift or Alt a key stays the page's.

    Where Enter is among the keys it presses a box and opens a list of choices, since Space belongs to the window.
    """

    def __init__(self, widget: QWidget, keys: Sequence[Qt.Key] = (*UP_DOWN, *ENTER)) -> None:
        super().__init__(widget)
        self._keys = frozenset(keys)
        widget.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if not isinstance(event, QKeyEvent) or event.key() not in self._keys or not _is_plain(event):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and event.key() in ENTER:
            if isinstance(watched, QAbstractButton):
                watched.click()
                return True
            if isinstance(watched, QComboBox):
                watched.showPopup()
                return True
        return False


def _is_plain(event: QKeyEvent) -> bool:
    return event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
