"""The line under the picture that says what else the person in front should know; hidden while there is nothing."""

from collections.abc import Sequence

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget
from typing_extensions import override

from app.icons import icon_pixmap
from app.theme import EDGE_PX, RADIUS_PX, colours_for

_ICON_PX = 20


class NoticeBar(QWidget):
    """Sentences beside a sign, on as many lines as they need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._text = QLabel(), QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(EDGE_PX, EDGE_PX // 2, EDGE_PX, EDGE_PX // 2)
        layout.setSpacing(EDGE_PX)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        self.setAccessibleName("Notice")
        self.hide()

    @property
    def text(self) -> str:
        """What is said now."""
        return self._text.text()

    def show_notices(self, notices: Sequence[str]) -> None:
        """Say these sentences, or nothing."""
        text = "\n".join(notices)
        if text != self._text.text():
            self._text.setText(text)
            self.setAccessibleDescription(text)
            self.setVisible(bool(text))

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        colours = colours_for(self.palette())
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(icon_pixmap("warning", colour=colours.warning, size_px=_ICON_PX, ratio=ratio))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.line))
        painter.setBrush(QColor(colours.card))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        painter.end()
