"""A short note that goes away by itself."""

from PyQt6.QtCore import QRectF, Qt, QTimer
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PyQt6.QtWidgets import QLabel, QWidget
from typing_extensions import override

from app.theme import EDGE_PX, GAP_PX
from app.widgets.follows_parent import FollowsParent

SHOWN_MS = 2200
INK, GROUND = "#f2f4f8", "#e6191c24"  # on the picture, so the same in both themes


class Toast(QLabel):
    """Shows a text near the lower edge of its parent for a while; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setContentsMargins(EDGE_PX + 4, GAP_PX, EDGE_PX + 4, GAP_PX)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(INK))
        self.setPalette(palette)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        FollowsParent(self, self._follow)
        self.hide()

    def say(self, text: str, *, shown_ms: int = SHOWN_MS) -> None:
        """Show a text, in place of the one before."""
        self.setText(text)
        self.fit()
        self.show()
        self.raise_()
        self._timer.start(shown_ms)

    def fit(self) -> None:
        """Lie above the lower edge of the parent."""
        parent = self.parentWidget()
        if parent is None:
            return
        room_px = parent.width() - 2 * EDGE_PX
        wanted_px = self.fontMetrics().horizontalAdvance(self.text()) + 2 * EDGE_PX + 16
        width = min(room_px, wanted_px)
        self.setFixedWidth(width)
        self.resize(width, self.heightForWidth(width))
        self.move((parent.width() - width) // 2, parent.height() - self.height() - 2 * EDGE_PX)

    def _follow(self) -> None:
        if self.isVisible():  # else it is laid out when it has something to say
            self.fit()

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(GROUND))
        painter.drawRoundedRect(QRectF(self.rect()), 9, 9)
        painter.end()
        super().paintEvent(event)
