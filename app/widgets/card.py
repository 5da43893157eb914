"""Card: a quiet rounded area with a heading, which holds one thing."""

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPen
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import EDGE_PX, GAP_PX, RADIUS_PX, colours_for, sized


class QuietLabel(QLabel):
    """Second-rank text: smaller and muted, in both themes, and it never widens what holds it."""

    def __init__(self, text: str = "", *, factor: float = 0.9, weight: QFont.Weight = QFont.Weight.Normal) -> None:
        super().__init__(text)
        self.setFont(sized(self.font(), factor, weight))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)  # the palette's muted colour


class Card(QWidget):
    """Rounded area; put the content into `body`, and small things beside the heading into `heading_row`."""

    def __init__(self, heading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(EDGE_PX, EDGE_PX - 2, EDGE_PX, EDGE_PX)
        outer.setSpacing(GAP_PX - 2)
        self.heading_row = QHBoxLayout()
        self.heading_row.setSpacing(GAP_PX)
        self.heading = QuietLabel(heading, weight=QFont.Weight.DemiBold)
        self.heading_row.addWidget(self.heading, 1)
        outer.addLayout(self.heading_row)
        self.body = QVBoxLayout()
        self.body.setSpacing(GAP_PX - 2)
        outer.addLayout(self.body, 1)

    def set_text_factor(self, factor: float) -> None:
        """Larger text for larger windows."""
        self.heading.setFont(sized(self.font(), 0.9 * factor, QFont.Weight.DemiBold))

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        colours = colours_for(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.line), 1) if colours.card in ("#ffffff", "#000000") else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.card))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        painter.end()
