"""The list of recordings: thousands of rows, each drawn when it is seen."""

from collections.abc import Sequence
from typing import Any

from PyQt6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QContextMenuEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from app.label.shelf import detail_of, title_of
from app.style import blend_in
from app.theme import colours_for, sized
from app.widgets.own_keys import UP_DOWN, OwnKeys
from core.library.library import Entry

ROW_PX = 50
Index = QModelIndex | QPersistentModelIndex


class RecordingModel(QAbstractListModel):
    """Entries in the order in which they are shown."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] = []

    @property
    def entries(self) -> Sequence[Entry]:
        """What is shown."""
        return self._entries

    def has(self, entries: Sequence[Entry]) -> bool:
        """Whether these are the recordings that are shown, maybe with other labels."""
        shown = self._entries
        return len(entries) == len(shown) and all(
            old is new or old.name == new.name for old, new in zip(shown, entries, strict=True)
        )

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show others."""
        self.beginResetModel()
        self._entries = list(entries)
        self.endResetModel()

    def update(self, entries: Sequence[Entry]) -> None:
        """The same recordings with other labels."""
        before, self._entries = self._entries, list(entries)
        for row, (old, new) in enumerate(zip(before, entries, strict=True)):
            if old is not new:
                self.dataChanged.emit(self.index(row), self.index(row))

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # as Qt declares it
        return 0 if parent.isValid() else len(self._entries)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return title_of(entry)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return f"{entry.name}\n{detail_of(entry)}"
        return entry if role == Qt.ItemDataRole.UserRole else None


class _Rows(QStyledItemDelegate):
    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(100, ROW_PX)

    @override
    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        entry = index.data(Qt.ItemDataRole.UserRole)
        if painter is None or not isinstance(entry, Entry):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_for(option.palette)
        box = QRectF(option.rect).adjusted(2, 1, -2, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            ground = QColor(colours.accent)
            ground.setAlpha(52)
            painter.setBrush(ground)
            has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
            painter.setPen(QColor(colours.accent) if has_focus else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box, 7, 7)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.raised))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box, 7, 7)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.series[2] if entry.segments else colours.line))
        painter.drawEllipse(QRectF(box.left() + 9, box.center().y() - 4, 8, 8))
        inner = box.adjusted(26, 5, -8, -5)
        middle = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for text, part, font, ink in (
            (title_of(entry), 0.0, sized(option.font, 1.0, QFont.Weight.DemiBold), colours.text),
            (detail_of(entry), 0.5, sized(option.font, 0.85), colours.muted),
        ):
            painter.setFont(font)
            painter.setPen(QColor(ink))
            line = QRectF(inner.left(), inner.top() + part * inner.height(), inner.width(), inner.height() / 2)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(line.width()))
            painter.drawText(line, middle, shown)
        painter.restore()


class RecordingList(QListView):
    """Signals:
    picked(Entry): another recording is the current one.
    clicked_again(Entry): the recording that was the current one already was clicked.
    menu_asked(QPoint): a menu for the current recording is wished there, in screen coordinates.
    """

    picked = pyqtSignal(object)
    clicked_again = pyqtSignal(object)
    menu_asked = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RecordingModel()
        self.setModel(self.rows)
        self.setItemDelegate(_Rows(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        blend_in(self)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the arrow keys to the page
        OwnKeys(self, UP_DOWN)  # without Enter, which marks a segment
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Recordings")
        selection = self.selectionModel()
        assert selection is not None
        selection.currentChanged.connect(self._on_current)
        self.clicked.connect(self._on_clicked)
        self._is_filling = False
        self._was_current = False  # the row that was pressed last
        self._why_empty = ""

    def show_why_empty(self, text: str) -> None:
        """What to say where no recording is shown."""
        self._why_empty = text

    def show_entries(self, entries: Sequence[Entry], *, current: str) -> None:
        """Show others; the one of that name is the current one, without being picked, and stays where it is seen."""
        if self.rows.has(entries):
            self.rows.update(entries)
            if self._name() != current:
                self.show_current(current)
            return
        top_px = self.visualRect(self.currentIndex()).top() if self.currentIndex().isValid() else None
        self.rows.show_entries(entries)
        self.show_current(current)
        bar = self.verticalScrollBar()
        if top_px is not None and bar is not None and self.currentIndex().isValid():
            view = self.viewport()
            is_seen = view is not None and -ROW_PX < top_px < view.height()
            if is_seen:
                bar.setValue(bar.value() + self.visualRect(self.currentIndex()).top() - top_px)

    def show_current(self, name: str) -> bool:
        """Make a recording the current one without picking it; False where it is not shown."""
        row = self._row(name)
        self._is_filling = True
        selection = self.selectionModel()
        if row >= 0:
            self.setCurrentIndex(self.rows.index(row))
        elif selection is not None:
            selection.clear()
        self._is_filling = False
        return row >= 0

    def pick(self, name: str) -> bool:
        """Make a recording the current one; False where it is not shown."""
        row = self._row(name)
        if row >= 0:
            self.setCurrentIndex(self.rows.index(row))
        return row >= 0

    def step(self, by: int) -> None:
        """Go on to the next recording, or back."""
        row = min(max(0, self.currentIndex().row() + by), len(self.rows.entries) - 1)
        if row >= 0:
            self.setCurrentIndex(self.rows.index(row))

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """What is below it may grow: the current recording stays in sight."""
        super().resizeEvent(event)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        viewport = self.viewport()
        if viewport is not None and self._why_empty and not self.rows.entries:
            painter = QPainter(viewport)
            painter.setPen(QColor(colours_for(self.palette()).muted))
            words = Qt.TextFlag.TextWordWrap
            box = viewport.rect().adjusted(8, 24, -8, 0)
            painter.drawText(
                box, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | words), self._why_empty
            )
            painter.end()

    @override
    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        before = self.currentIndex().row()
        super().mousePressEvent(event)
        self._was_current = self.currentIndex().row() == before

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.text().strip():  # no search by letters: they are keys of the page
            event.ignore()
        else:
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        if event is not None and self.currentIndex().isValid():
            self.menu_asked.emit(event.globalPos())

    def _name(self) -> str:
        entry = self.currentIndex().data(Qt.ItemDataRole.UserRole)
        return entry.name if isinstance(entry, Entry) else ""

    def _row(self, name: str) -> int:
        return next((row for row, entry in enumerate(self.rows.entries) if entry.name == name), -1)

    def _on_current(self, current: QModelIndex, _before: QModelIndex) -> None:
        entry = current.data(Qt.ItemDataRole.UserRole)
        if isinstance(entry, Entry) and not self._is_filling:
            self.picked.emit(entry)

    def _on_clicked(self, index: QModelIndex) -> None:
        entry = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(entry, Entry) and self._was_current:
            self.clicked_again.emit(entry)
