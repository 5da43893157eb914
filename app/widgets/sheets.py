"""Sheets of text over the window."""

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PyQt6.QtWidgets import QDialog, QLabel, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import EDGE_PX, colours_for, sized
from app.widgets.buttons import Button, ButtonLook

ABOUT_ATTENTION = (
    "The network that names the action weighs the joints of the body anew in every frame, and the frames of the last "
    "seconds against each other. The glow shows the first, the lower curve (β) the second.",
    "The unit is “times uniform”: 1.0 is what each joint would get if all got the same. Colour and size grow together, "
    "linearly, and the scale never changes by itself. Hollow joints are rather guessed than seen; small grey joints "
    "are not used by this network.",
    "Attention is a gate of this network, not a proof of cause: a joint that glows was let through, which does not say "
    "that the answer would be another one without it.",
    "Everything is computed on this computer. No picture leaves it.",
)


class KeyCap(QLabel):
    """A key drawn like a key."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setFont(sized(self.font(), 0.95, QFont.Weight.DemiBold))
        self.setContentsMargins(9, 3, 9, 4)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        colours = colours_for(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.line))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()
        super().paintEvent(event)


class Sheet(QDialog):
    """A dialog with a title and a close button; Esc, Enter and the key that opened it close it."""

    def __init__(self, title: str, *, opener: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._opener = opener
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.body = QVBoxLayout()
        self.body.setSpacing(EDGE_PX)
        close = Button(icon="check", text="Close", look=ButtonLook.PRIMARY)
        close.setAccessibleName("Close")
        close.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * EDGE_PX, 2 * EDGE_PX, 2 * EDGE_PX, 2 * EDGE_PX)
        layout.setSpacing(2 * EDGE_PX)
        layout.addLayout(self.body, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and (
            event.keyCombination() == QKeySequence(self._opener)[0]
            or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self.accept()
        else:
            super().keyPressEvent(event)


def about_sheet(parent: QWidget) -> Sheet:
    """What attention shows, and what it does not prove."""
    sheet = Sheet("What the glow means", opener="Shift+F1", parent=parent)
    sheet.body.addWidget(heading("What the glow means"))
    for paragraph in ABOUT_ATTENTION:
        label = QLabel(paragraph)
        label.setWordWrap(True)
        label.setMinimumWidth(480)
        label.setTextFormat(Qt.TextFormat.PlainText)
        sheet.body.addWidget(label)
    return sheet


def heading(text: str) -> QLabel:
    """A heading on a sheet."""
    label = QLabel(text)
    label.setFont(sized(label.font(), 1.25, QFont.Weight.DemiBold))
    return label
