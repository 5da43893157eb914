"""What was done to the labels of a recording, with a click to go back to any moment of it."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent
from PyQt6.QtWidgets import QListWidget, QListWidgetItem, QWidget
from typing_extensions import override

from app.style import blend_in
from app.theme import colours_for, sized
from core.library.history import History

BEGINNING = "As it was opened"


class EditList(QListWidget):
    """Signals:
    went(int): the user wishes so many of the edits to be done.
    """

    went = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        blend_in(self)
        self.setSpacing(2)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setFont(sized(self.font(), 0.92))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("History of edits")
        self.setToolTip("What was done; choose a line to go back to it, or forward again")
        self.itemActivated.connect(self._on_item)
        self.itemClicked.connect(self._on_item)

    def show_history(self, history: History | None) -> None:
        """Show the edits; what was undone is pale."""
        self.clear()
        if history is None:
            return
        muted = QColor(colours_for(self.palette()).muted)
        for place, text in enumerate([BEGINNING, *(edit.text for edit in history.edits)]):
            item = QListWidgetItem(text)
            item.setToolTip(text)
            if place > history.done:
                item.setForeground(muted)
            self.addItem(item)
        self.setCurrentRow(history.done)
        self.scrollToItem(self.currentItem())

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _on_item(self, item: QListWidgetItem) -> None:
        self.went.emit(self.row(item))
