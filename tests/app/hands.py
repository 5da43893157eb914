"""The user's hands: keys, clicks and the pointer, with types. (PyQt6's stubs take QTest's functions for methods.)"""

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QWidget


def press(widget: QWidget, key: Qt.Key, *, has_ctrl: bool = False) -> None:
    """Press and let go of a key."""
    modifier = Qt.KeyboardModifier.ControlModifier if has_ctrl else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(widget, key, modifier)  # type: ignore[call-overload]  # see above


def click(widget: QWidget | None) -> None:
    """Click into the middle of a widget that must be there and visible."""
    assert widget is not None
    assert widget.isVisible()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]  # see above


def point_at(widget: QWidget, x: float, y: float) -> None:
    """Move the pointer there."""
    QTest.mouseMove(widget, QPoint(round(x), round(y)))  # type: ignore[call-overload]  # see above


def press_keys(widget: QWidget, keys: str) -> None:
    """Press a combination as the table of actions writes it: "Ctrl+Return"."""
    combination = QKeySequence(keys)[0]
    QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())  # type: ignore[call-overload]  # see above


def type_text(widget: QWidget, text: str) -> None:
    """Type a text into what has the focus."""
    QTest.keyClicks(widget, text)  # type: ignore[call-arg,arg-type]  # see above
