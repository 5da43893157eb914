"""The confusion matrix: what was done against what was said, each cell a door to the clips behind it."""

from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from app.theme import colours_for, ink_on, sized
from app.widgets.own_keys import ENTER, OwnKeys
from core.training.own_report import OwnReport

_LEAST_CELL_PX, _MOST_CELL_PX = 18.0, 58.0
_SLANTED_CELL_PX = 24.0  # with less, columns have numbers instead of names, which take less room
_MOST_NAME_PX = 150.0
_BESIDE_PX, _BELOW_PX, _NUMBER_PX = 60.0, 26.0, 24.0
LEGEND = "Rows: what was done. Columns: what was said."
NUMBERED = "Rows: what was done. Columns: what was said, by the numbers of the rows."
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the cells lie, in pixels."""

    left: float
    top: float
    cell: float
    count: int
    is_numbered: bool  # columns have numbers instead of names

    def box(self, row: int, column: int) -> QRectF:
        """A cell."""
        return QRectF(self.left + column * self.cell, self.top + row * self.cell, self.cell, self.cell)

    @property
    def area(self) -> QRectF:
        """All of them."""
        return QRectF(self.left, self.top, self.cell * self.count, self.cell * self.count)


def places_for(*, width_px: float, height_px: float, name_px: float, count: int) -> Places:
    """Cells as large as there is room for, beside names of so many pixels; slanted above the columns where they fit."""
    name_px = min(_MOST_NAME_PX, name_px)
    slanted_px = 34.0 + 0.5 * name_px
    for top, is_numbered in ((slanted_px, False), (_NUMBER_PX, True)):
        left = name_px + 12.0 + _NUMBER_PX * is_numbered
        room = min((width_px - left - _BESIDE_PX) / count, (height_px - top - _BELOW_PX) / count)
        if room >= _SLANTED_CELL_PX:
            break
    cell = min(_MOST_CELL_PX, max(_LEAST_CELL_PX, room))
    return Places(left=left, top=top, cell=cell, count=count, is_numbered=is_numbered)


class ConfusionView(QWidget):
    """Rows are the true actions, columns what was said. Arrow keys go from cell to cell, Enter opens one.

    Signals:
        picked(str, str): a cell, by the true action and the one that was said.
        chose_at(QPoint): where it lies.
        opened(str, str): the clips behind a cell are wanted: a double click, or Enter.
    """

    picked = pyqtSignal(str, str)
    chose_at = pyqtSignal(QPoint)
    opened = pyqtSignal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: OwnReport | None = None
        self._cell: tuple[int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        OwnKeys(self, tuple(_STEPS))
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Confusion matrix")

    def show_report(self, report: OwnReport | None) -> None:
        """Show another one."""
        self._report, self._cell = report, None
        self.setAccessibleDescription("" if report is None else f"{len(report.actions)} actions")
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(420, 320)

    @override
    def minimumSizeHint(self) -> QSize:
        if self._report is None or not self._report.actions:
            return QSize(220, 160)
        count, left = len(self._report.actions), self._name_px() + _NUMBER_PX + 12.0
        side = count * _LEAST_CELL_PX
        return QSize(round(left + side + _BESIDE_PX), round(_NUMBER_PX + side + _BELOW_PX))

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
        elif key in ENTER and self._cell is not None:
            self._open(self._cell)
        else:
            super().keyPressEvent(event)

    @override
    def event(self, event: QEvent | None) -> bool:
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
        places = self._places()
        middle = Qt.AlignmentFlag.AlignVCenter
        for place, name in enumerate(report.actions):
            painter.setPen(QColor(colours.text))
            self._paint_names(painter, places, place, name)
        for row, counts in enumerate(report.confusion):
            total = max(1, sum(counts))
            for column, count in enumerate(counts):
                box = places.box(row, column).adjusted(1, 1, -1, -1)
                self._paint_cell(painter, box, count, count / total, is_right=row == column)
        if self._cell is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.text), 2.4 if self.hasFocus() else 1.6))
            painter.drawRoundedRect(places.box(*self._cell), 4, 4)
        painter.setPen(QColor(colours.muted))
        below = QRectF(6, places.area.bottom() + 4, self.width() - 8, 20)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | middle), NUMBERED if places.is_numbered else LEGEND)
        painter.end()

    def _paint_cell(self, painter: QPainter, box: QRectF, count: int, share: float, *, is_right: bool) -> None:
        colours = colours_for(self.palette())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(box, 3, 3)
        if not count:
            return
        fill = QColor(colours.series[2] if is_right else colours.series[1])
        fill.setAlphaF(0.25 + 0.75 * share)
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 3, 3)
        if box.width() >= 15:
            painter.setPen(ink_on(fill, colours.raised))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(count))

    def _paint_names(self, painter: QPainter, places: Places, place: int, name: str) -> None:
        """Of a row and its column: slanted there, so that long names have room, or a number."""
        metrics, right = painter.fontMetrics(), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QRectF(0, places.box(place, 0).top(), places.left - 8, places.cell)
        number = f"{place + 1}"
        if places.is_numbered:
            painter.drawText(row, right, number)
            row.setRight(row.right() - _NUMBER_PX)
            above = QRectF(places.box(0, place).left(), 0, places.cell, places.top - 4)
            painter.drawText(above, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom), number)
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(row.width()))
        painter.drawText(row, right, text)
        if not places.is_numbered:
            painter.save()
            painter.translate(places.box(0, place).center().x(), places.top - 6)
            painter.rotate(-40)
            painter.drawText(QPointF(0, 0), metrics.elidedText(name, Qt.TextElideMode.ElideRight, 110))
            painter.restore()

    def _name_px(self) -> float:
        assert self._report is not None
        metrics = self.fontMetrics()
        return min(_MOST_NAME_PX, max(metrics.horizontalAdvance(name) for name in self._report.actions))

    def _places(self) -> Places:
        assert self._report is not None
        return places_for(
            width_px=self.width(), height_px=self.height(), name_px=self._name_px(), count=len(self._report.actions)
        )

    def centre_of(self, row: int, column: int) -> QPointF:
        """Where a cell lies. There must be a report."""
        return self._places().box(row, column).center()

    def _cell_at(self, place: QPointF) -> tuple[int, int] | None:
        if self._report is None or not self._report.actions:
            return None
        places = self._places()
        if not places.area.contains(place):
            return None
        row, column = int((place.y() - places.top) / places.cell), int((place.x() - places.left) / places.cell)
        return min(row, places.count - 1), min(column, places.count - 1)

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
        self.chose_at.emit(self.centre_of(*cell).toPoint())
        self.update()
