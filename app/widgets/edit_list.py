"""What was done to the labels of a recording, with a click to go back to any moment of it."""

from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent
from PyQt6.QtWidgets import QListWidget, QListWidgetItem, QWidget
from typing_extensions import override

from app.style import blend_in
from app.theme import colours_for, sized
from app.widgets.own_keys import OwnKeys
from core.library.history import History

BEGINNING = "As it was opened"


class EditList(QListWidget):
    """Signals:
    went(int): the user wishes so many of the edits to be done.
    """

    went = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._shown: tuple[tuple[str, ...], int] = ((), 0)
        super().__init__(parent)
        blend_in(self)
        self.setSpacing(2)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setFont(sized(self.font(), 0.92))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        OwnKeys(self)
        self.setAccessibleName("History of edits")
        self.setToolTip("What was done; choose a line to go back to it, or forward again")
        self.itemActivated.connect(self._on_item)
        self.itemClicked.connect(self._on_item)

    def show_history(self, history: History | None) -> None:
        """Show the edits; what was undone is pale."""
        texts = () if history is None else (BEGINNING, *(edit.text for edit in history.edits))
        done = 0 if history is None else history.done
        if (texts, done) != self._shown:
            self._shown = (texts, done)
            self._fill()

    def _fill(self) -> None:
        texts, done = self._shown
        same = 0
        while same < min(len(texts), self.count()) and self._text(same) == texts[same]:
            same += 1
        while self.count() > same:
            self.takeItem(self.count() - 1)
        for text in texts[same:]:
            new = QListWidgetItem(text)
            new.setToolTip(text)
            self.addItem(new)
        colours = colours_for(self.palette())
        for place in range(self.count()):
            if (item := self.item(place)) is not None:
                item.setForeground(QColor(colours.muted if place > done else colours.text))
        self.setCurrentRow(done if texts else -1)
        self.scrollToItem(self.currentItem())

    def _text(self, place: int) -> str:
        item = self.item(place)
        return "" if item is None else item.text()

    @override
    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._fill()

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _on_item(self, item: QListWidgetItem) -> None:
        self.went.emit(self.row(item))
