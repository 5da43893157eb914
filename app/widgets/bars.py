"""Bars of the most probable actions."""

from dataclasses import dataclass

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import colours_for, sized

ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row: the action, its probability 0..1, and which line of the curve it is (None: it has none)."""

    action: str
    probability: float
    slot: int | None


class BarsView(QWidget):
    """Up to five rows: name, percentage, and a bar in the colour that the action has in the curve."""

    def __init__(self, parent: QWidget | None = None, *, rows: int = ROWS) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self._rows = rows
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("The five most probable actions")
        self.setToolTip(
            "What the network itself says: calibrated probabilities of the five leading actions, each in its colour of "
            "the curve. The answer also counts on people resting most of the time"
        )

    @property
    def bars(self) -> tuple[Bar, ...]:
        """What is shown now."""
        return self._bars

    def show_bars(self, bars: tuple[Bar, ...], *, rows: int | None = None) -> None:
        """Show other bars, and room for so many."""
        if rows is not None and rows != self._rows:
            self._rows = max(1, rows)
            self.updateGeometry()
        if bars != self._bars:
            self._bars = bars
            self.setAccessibleDescription(", ".join(f"{bar.action} {bar.probability:.0%}" for bar in bars))
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(14 * self.fontMetrics().height(), self._rows * self._row_px())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._rows * (self.fontMetrics().height() + self._thick_px() + 4))

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row_px = self.height() / self._rows
        for row in range(self._rows):
            bar = self._bars[row] if row < len(self._bars) else None
            self._paint_row(painter, bar, QRectF(0, row * row_px, self.width(), row_px), is_first=row == 0)
        painter.end()

    def _thick_px(self) -> int:
        return max(6, round(0.4 * self.fontMetrics().height()))

    def _row_px(self) -> int:
        return self.fontMetrics().height() + self._thick_px() + 12

    def _paint_row(self, painter: QPainter, bar: Bar | None, box: QRectF, *, is_first: bool) -> None:
        colours = colours_for(self.palette())
        text_px, thick_px = self.fontMetrics().height(), float(self._thick_px())
        top = box.top() + max(0.0, (box.height() - text_px - thick_px - 3) / 2)
        track = QRectF(box.left(), top + text_px + 3, box.width(), thick_px)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(track, thick_px / 2, thick_px / 2)
        if bar is None:
            return
        track.setWidth(max(thick_px, track.width() * bar.probability))
        painter.setBrush(QColor(colours.muted if bar.slot is None else colours.series[bar.slot]))
        painter.drawRoundedRect(track, thick_px / 2, thick_px / 2)
        painter.setPen(QColor(colours.text))
        painter.setFont(sized(self.font(), 1.0, QFont.Weight.DemiBold if is_first else QFont.Weight.Normal))
        number = f"{bar.probability * 100:.0f} %"
        number_px = painter.fontMetrics().horizontalAdvance("100 %") + 6
        line = QRectF(box.left(), top, box.width(), text_px)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), number)
        room_px = int(box.width() - number_px)
        name = painter.fontMetrics().elidedText(bar.action.replace("_", " "), Qt.TextElideMode.ElideRight, room_px)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), name)
