"""The user's hands: keys, clicks and the pointer, with types. (PyQt6's stubs take QTest's functions for methods.)"""

from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QKeySequence, QMouseEvent, QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QWidget


def press(widget: QWidget, key: Qt.Key, *, has_ctrl: bool = False, has_shift: bool = False) -> None:
    """Press and let go of a key."""
    QTest.keyClick(widget, key, _modifiers(has_ctrl, has_shift))  # type: ignore[call-overload]  # see above


def key_down(widget: QWidget, key: Qt.Key) -> None:
    """Press a key and hold it."""
    QTest.keyPress(widget, key)  # type: ignore[call-overload]  # see above


def key_up(widget: QWidget, key: Qt.Key, *, has_shift: bool = False) -> None:
    """Let go of a key."""
    QTest.keyRelease(widget, key, _modifiers(has_shift=has_shift))  # type: ignore[call-overload]  # see above


def type_text(widget: QWidget, text: str) -> None:
    """Type it; ASCII's letters only."""
    for letter in text:
        QTest.keyClick(widget, letter)  # type: ignore[call-overload]  # see above


def click(widget: QWidget | None) -> None:
    """Click into the middle of a widget that must be there and visible."""
    assert widget is not None
    assert widget.isVisible()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]  # see above


def click_at(widget: QWidget | None, place: QPoint) -> None:
    """Click somewhere in a widget that must be there."""
    assert widget is not None
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)  # type: ignore[call-overload]  # see above


def point_at(widget: QWidget, x: float, y: float) -> None:
    """Move the pointer there."""
    QTest.mouseMove(widget, QPoint(round(x), round(y)))  # type: ignore[call-overload]  # see above


def press_keys(widget: QWidget, keys: str) -> None:
    """Press a combination as the table of actions writes it: "Ctrl+Return"."""
    combination = QKeySequence(keys)[0]
    QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())  # type: ignore[call-overload]  # see above


def drag(widget: QWidget, start: QPointF, end: QPointF, *, has_ctrl: bool = False, lets_go: bool = True) -> None:
    """Press the button at a place, move to another in three steps, and let go; a click where both are the same."""
    _mouse(widget, QEvent.Type.MouseButtonPress, start, has_ctrl=has_ctrl)
    for share in (0.3, 0.7, 1.0) if start != end else ():
        _mouse(widget, QEvent.Type.MouseMove, start + (end - start) * share, has_ctrl=has_ctrl)
    if lets_go:
        _mouse(widget, QEvent.Type.MouseButtonRelease, end, has_ctrl=has_ctrl)


def wheel(widget: QWidget, place: QPointF, down: int, *, across: int = 0, has_ctrl: bool = False) -> None:
    """Turn the wheel, 120 for each notch, above zero away from the user."""
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(across, down),
        Qt.MouseButton.NoButton,
        _modifiers(has_ctrl),
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def _mouse(widget: QWidget, kind: QEvent.Type, place: QPointF, *, has_ctrl: bool) -> None:
    """At parts of a pixel too, as QTest cannot."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    event = QMouseEvent(
        kind,
        place,
        widget.mapToGlobal(place),
        none if kind is QEvent.Type.MouseMove else left,
        none if kind is QEvent.Type.MouseButtonRelease else left,
        _modifiers(has_ctrl),
    )
    QApplication.sendEvent(widget, event)


def _modifiers(has_ctrl: bool = False, has_shift: bool = False) -> Qt.KeyboardModifier:
    modifiers = Qt.KeyboardModifier.NoModifier
    if has_ctrl:
        modifiers |= Qt.KeyboardModifier.ControlModifier
    return modifiers | Qt.KeyboardModifier.ShiftModifier if has_shift else modifiers
