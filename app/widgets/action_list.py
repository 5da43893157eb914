"""The actions of a library: their keys, colours and counts, and which is the current one."""

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QModelIndex, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QContextMenuEvent, QFont, QKeyEvent, QPainter
from PyQt6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from app.label.shelf import counted
from app.style import blend_in
from app.theme import colours_for, sized
from app.widgets.own_keys import UP_DOWN, OwnKeys

ROW_PX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """One action as it is listed."""

    name: str
    slot: int  # of the colours
    digit: str = ""
    count: int = 0
    persons: int = 0
    in_mirror: str = ""  # what it becomes in a mirror; "": it is never mirrored

    @property
    def detail(self) -> str:
        """All about it, for the hover help."""
        mirror = (
            f"in a mirror: {'the same' if self.in_mirror == self.name else self.in_mirror}" if self.in_mirror else ""
        )
        parts = [
            f"{counted(self.count, 'segment')} by {counted(self.persons, 'person')}",
            mirror,
            f"key {self.digit}" if self.digit else "",
            "right click: rename, remove, another key",
        ]
        return f"{self.name}\n" + "\n".join(part for part in parts if part)


class _Rows(QStyledItemDelegate):
    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(80, ROW_PX)

    @override
    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        if painter is None or not isinstance(row, ActionRow):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_for(option.palette)
        box = QRectF(option.rect).adjusted(1, 1, -1, -1)
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_current or option.state & QStyle.StateFlag.State_MouseOver:
            ground = QColor(colours.accent if is_current else colours.raised)
            ground.setAlpha(56 if is_current else 255)
            painter.setBrush(ground)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box, 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.series[row.slot]))
        painter.drawEllipse(QRectF(box.left() + 8, box.center().y() - 4.5, 9, 9))
        left = box.left() + 25
        if row.digit:
            chip = QRectF(left, box.center().y() - 9, 18, 18)
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(chip, 4, 4)
            painter.setPen(QColor(colours.text))
            painter.setFont(sized(option.font, 0.85, QFont.Weight.DemiBold))
            painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), row.digit)
        left += 25
        painter.setFont(sized(option.font, 0.9))
        painter.setPen(QColor(colours.muted))
        count = str(row.count)
        count_px = painter.fontMetrics().horizontalAdvance(count) + 8
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box.adjusted(0, 0, -8, 0), int(Qt.AlignmentFlag.AlignRight | middle), count)
        painter.setFont(sized(option.font, 1.0, QFont.Weight.DemiBold if is_current else QFont.Weight.Normal))
        painter.setPen(QColor(colours.text))
        room = QRectF(left, box.top(), box.right() - left - count_px - 6, box.height())
        name = painter.fontMetrics().elidedText(
            row.name.replace("_", " "), Qt.TextElideMode.ElideRight, int(room.width())
        )
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | middle), name)
        painter.restore()


class ActionList(QListWidget):
    """Signals:
    picked(str): the user chose another action.
    menu_asked(str, QPoint): a menu for an action is wished there, in screen coordinates.
    """

    picked = pyqtSignal(str)
    menu_asked = pyqtSignal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(_Rows(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        blend_in(self)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the arrow keys to the page
        OwnKeys(self, UP_DOWN)  # without Enter, which marks a segment
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Actions of the library")
        self.currentItemChanged.connect(self._on_current)
        self._rows: tuple[ActionRow, ...] = ()
        self._is_filling = False

    def show_rows(self, rows: Sequence[ActionRow], *, current: str) -> None:
        """Show others, or the same with other counts."""
        self._is_filling = True
        if tuple(rows) != self._rows:
            self._rows = tuple(rows)
            self.clear()
            for row in rows:
                item = QListWidgetItem(row.name)
                item.setData(Qt.ItemDataRole.UserRole, row)
                item.setToolTip(row.detail)
                self.addItem(item)
        place = next((place for place, row in enumerate(rows) if row.name == current), -1)
        self.setCurrentRow(place)
        self._is_filling = False

    def choose(self, name: str) -> None:
        """Make an action the current one, without saying so."""
        self._is_filling = True
        self.setCurrentRow(next((place for place, row in enumerate(self._rows) if row.name == name), -1))
        self._is_filling = False

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        if event is None:
            return
        item = self.itemAt(event.pos())
        if item is not None:
            self.menu_asked.emit(item.text(), event.globalPos())

    def _on_current(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None and not self._is_filling:
            self.picked.emit(item.text())
