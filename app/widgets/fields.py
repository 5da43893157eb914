"""Fields for text in the look of this program; while somebody types, keys of the page are letters."""

from PyQt6.QtCore import QEvent, QObject, QRectF, Qt
from PyQt6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PyQt6.QtWidgets import QAbstractSpinBox, QComboBox, QDoubleSpinBox, QLineEdit, QTextEdit, QWidget
from typing_extensions import override

from app.theme import colours_for
from app.widgets.own_keys import ENTER, UP_DOWN, OwnKeys

_HEIGHT_PX = 32
_OWN_KEYS = (*ENTER, *UP_DOWN, Qt.Key.Key_Escape, Qt.Key.Key_Space)


class LettersPass(QObject):
    """Lets the keys of the page through a field for numbers, which would only swallow letters.

    It filters the field and the line of text in it.
    """

    def __init__(self, field: QAbstractSpinBox) -> None:
        super().__init__(field)
        field.installEventFilter(self)
        line = field.lineEdit()
        if line is not None:
            line.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        is_asked = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if isinstance(event, QKeyEvent) and is_asked and event.text().isalpha():
            event.ignore()
            return True
        return False


class TextField(QLineEdit):
    """One line of text. Esc empties it, or leaves it where it is empty; in a dialog it closes that."""

    def __init__(self, placeholder: str, *, name: str, is_dialogs: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_dialogs = is_dialogs
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name)
        self.setFrame(False)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(Qt.GlobalColor.transparent))  # see `paint_field`
        self.setPalette(palette)
        self.setTextMargins(10, 0, 8, 0)
        self.setMinimumHeight(_HEIGHT_PX)
        self.setClearButtonEnabled(True)
        self.setMaxLength(400)
        OwnKeys(self, _OWN_KEYS)

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape and not self._is_dialogs:
            if self.text():
                self.clear()
            else:
                self.clearFocus()
            return
        super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        paint_field(self)
        super().paintEvent(event)


class NumberField(QDoubleSpinBox):
    """A number. Enter takes it and leaves the field, so that keys are those of the page again; so does Esc."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        OwnKeys(self, _OWN_KEYS)

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (*ENTER, Qt.Key.Key_Escape):
            self.interpretText()
            self.clearFocus()
        else:
            super().keyPressEvent(event)


class Chooser(QComboBox):
    """One of a few; its arrow keys and Enter are its own while it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        OwnKeys(self)


def paint_field(widget: QWidget) -> None:
    """The ground of a field, with a ring while it has the focus."""
    colours = colours_for(widget.palette())
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(colours.raised))
    painter.setPen(QPen(QColor(colours.accent if widget.hasFocus() else colours.line), 1.4 if widget.hasFocus() else 1))
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(1, 1, -1, -1), 8, 8)
    painter.end()


def is_typing(widget: QWidget | None) -> bool:
    """Whether what is pressed now is text or a number for a field."""
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    return isinstance(widget, QLineEdit | QAbstractSpinBox | QTextEdit)
