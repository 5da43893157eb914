"""The command palette: type what you want to do."""

from collections.abc import Mapping, Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeyEvent
from PyQt6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QVBoxLayout, QWidget
from typing_extensions import override

from app.action_table import ACTIONS
from app.actions import ActionInfo, ActionKey
from app.icons import icon
from app.style import blend_in
from app.theme import EDGE_PX, GAP_PX, colours_for
from app.widgets.fields import TextField

WIDTH_PX, HEIGHT_PX = 520, 400


def found(infos: Sequence[ActionInfo], text: str) -> list[ActionInfo]:
    """Rows that hold all words of a text, those first whose name begins with it, then those whose name holds it."""
    words = text.casefold().split()
    rows = [info for info in infos if all(word in f"{info.text} {info.group}".casefold() for word in words)]
    whole = " ".join(words)

    def rank(info: ActionInfo) -> int:
        name = info.text.casefold()
        return 0 if name.startswith(whole) else 1 if whole in name else 2

    return sorted(rows, key=rank)


class CommandPalette(QDialog):
    """What can be done on this page and everywhere; Enter does the one that is chosen."""

    def __init__(self, parent: QWidget, actions: Mapping[ActionKey, QAction]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find a command")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = actions
        self._infos = [info for info in ACTIONS if actions[info.key].isVisible() and not info.is_held]
        self.field, self.rows = TextField("What do you want to do?", name="Command", is_dialogs=True), QListWidget()
        self.rows.setAccessibleName("Commands")
        blend_in(self.rows)
        self.rows.setSpacing(2)
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(EDGE_PX, EDGE_PX, EDGE_PX, EDGE_PX)
        layout.setSpacing(GAP_PX)
        layout.addWidget(self.field)
        layout.addWidget(self.rows, 1)
        self.resize(WIDTH_PX, HEIGHT_PX)
        self.field.textChanged.connect(self._fill)
        self.rows.itemClicked.connect(self._do)
        self._fill("")
        self.field.setFocus()

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self.rows.setCurrentRow(min(max(0, self.rows.currentRow() + step), self.rows.count() - 1))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = self.rows.currentItem()
            if item is not None:
                self._do(item)
        else:
            super().keyPressEvent(event)

    def _fill(self, text: str) -> None:
        self.rows.clear()
        ink = colours_for(self.palette()).text
        for info in found(self._infos, text):
            key = self._actions[info.key].shortcut().toString()
            item = QListWidgetItem(icon(info.icon, colour=ink), f"{info.text.removesuffix('…')}   {key}")
            item.setToolTip(info.help)
            item.setData(Qt.ItemDataRole.UserRole, info.key)
            if not self._actions[info.key].isEnabled():
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.rows.addItem(item)
        self.rows.setCurrentRow(0)

    def _do(self, item: QListWidgetItem) -> None:
        key = item.data(Qt.ItemDataRole.UserRole)
        self.accept()
        self._actions[ActionKey(key)].trigger()
