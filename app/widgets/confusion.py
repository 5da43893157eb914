"""The confusion matrix: what was done against what was said, each cell a door to the clips behind it."""

from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from app.theme import colours_for, sized
from core.training.own_report import OwnReport

_LEAST_CELL_PX, _MOST_CELL_PX = 16.0, 58.0
_MOST_NAME_PX = 150
LEGEND = "Rows: what was done. Columns: what was said."
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ConfusionView(QWidget):
    """Rows are the true actions, columns what was said. Arrow keys go from cell to cell, Enter opens one.

    Signals:
        picked(str, str): a cell, by the true action and the one that was said.
        opened(str, str): the clips behind a cell are wanted: a double click, or Enter.
    """

    picked = pyqtSignal(str, str)
    opened = pyqtSignal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: OwnReport | None = None
        self._cell: tuple[int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Confusion matrix")

    def show_report(self, report: OwnReport | None) -> None:
        """Show another one."""
        self._report, self._cell = report, None
        self.setAccessibleDescription("" if report is None else f"{len(report.actions)} actions")
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(420, 320)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(220, 160)

    @override
    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        cell = self._cell_at(event.position()) if event is not None else None
        if cell is not None:
            self._choose(cell)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        cell = self._cell_at(event.position()) if event is not None else None
        if cell is not None:
            self._open(cell)

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or self._report is None:
            return
        key = Qt.Key(event.key())
        last = len(self._report.actions) - 1
        if key in _STEPS:
            row, column = self._cell or (0, 0)
            down, right = _STEPS[key] if self._cell is not None else (0, 0)
            self._choose((min(max(0, row + down), last), min(max(0, column + right), last)))
        elif key in _ENTER and self._cell is not None:
            self._open(self._cell)
        else:
            super().keyPressEvent(event)

    @override
    def event(self, event: QEvent | None) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in _STEPS:
            event.accept()
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if cell is None else self._text_of(cell), self)
            return True
        return super().event(event)

    @override
    def focusInEvent(self, event: QFocusEvent | None) -> None:
        self.update()
        super().focusInEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        report = self._report
        if report is None or not report.actions:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_for(self.palette())
        painter.setFont(sized(self.font(), 0.88))
        area, cell_px = self._area()
        middle = Qt.AlignmentFlag.AlignVCenter
        for place, name in enumerate(report.actions):
            text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(area.left()) - 8)
            painter.setPen(QColor(colours.text))
            row = QRectF(0, area.top() + place * cell_px, area.left() - 8, cell_px)
            painter.drawText(row, int(Qt.AlignmentFlag.AlignRight | middle), text)
            self._paint_column_name(painter, name, area.left() + (place + 0.5) * cell_px, area.top() - 6)
        for row_number, counts in enumerate(report.confusion):
            total = max(1, sum(counts))
            for column, count in enumerate(counts):
                box = QRectF(
                    area.left() + column * cell_px, area.top() + row_number * cell_px, cell_px, cell_px
                ).adjusted(1, 1, -1, -1)
                self._paint_cell(painter, box, count, count / total, is_right=row_number == column)
        if self._cell is not None:
            row_number, column = self._cell
            box = QRectF(area.left() + column * cell_px, area.top() + row_number * cell_px, cell_px, cell_px)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.text), 2.4 if self.hasFocus() else 1.6))
            painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(colours.muted))
        below = QRectF(6, area.bottom() + 4, self.width() - 8, 20)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | middle), LEGEND)
        painter.end()

    def _paint_cell(self, painter: QPainter, box: QRectF, count: int, share: float, *, is_right: bool) -> None:
        colours = colours_for(self.palette())
        ground = QColor(colours.raised)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 3, 3)
        if not count:
            return
        fill = QColor(colours.series[2] if is_right else colours.series[1])
        fill.setAlphaF(0.25 + 0.75 * share)
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 3, 3)
        if box.width() >= 18:
            painter.setPen(QColor("#101218") if fill.alphaF() > 0.45 else QColor(colours.text))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(count))

    def _paint_column_name(self, painter: QPainter, name: str, x: float, y: float) -> None:
        """Slanted, so that long names have room."""
        painter.save()
        painter.translate(x, y)
        painter.rotate(-40)
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, 110)
        painter.drawText(QPointF(0, 0), text)
        painter.restore()

    def _area(self) -> tuple[QRectF, float]:
        """Where the cells lie, and how large each is."""
        assert self._report is not None
        metrics = self.fontMetrics()
        names = [min(_MOST_NAME_PX, metrics.horizontalAdvance(name)) for name in self._report.actions]
        left, top = max(names) + 12.0, 34.0 + min(74.0, 0.64 * max(names))
        count = len(self._report.actions)
        room = min((self.width() - left - 60) / count, (self.height() - top - 26) / count)
        cell_px = min(_MOST_CELL_PX, max(_LEAST_CELL_PX, room))
        return QRectF(left, top, cell_px * count, cell_px * count), cell_px

    def _cell_at(self, place: QPointF) -> tuple[int, int] | None:
        if self._report is None or not self._report.actions:
            return None
        area, cell_px = self._area()
        if not area.contains(place):
            return None
        last = len(self._report.actions) - 1
        row = int((place.y() - area.top()) / cell_px)
        return min(row, last), min(int((place.x() - area.left()) / cell_px), last)

    def _text_of(self, cell: tuple[int, int]) -> str:
        assert self._report is not None
        actions, count = self._report.actions, self._report.confusion[cell[0]][cell[1]]
        return f"{count} of '{actions[cell[0]]}' were called '{actions[cell[1]]}'"

    def _open(self, cell: tuple[int, int]) -> None:
        assert self._report is not None
        self.opened.emit(self._report.actions[cell[0]], self._report.actions[cell[1]])

    def _choose(self, cell: tuple[int, int]) -> None:
        assert self._report is not None
        self._cell = cell
        self.setAccessibleDescription(self._text_of(cell))
        self.picked.emit(self._report.actions[cell[0]], self._report.actions[cell[1]])
        self.update()
