"""The sheet of keys: all that can be done on a page, each with its key, which can be changed there."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeyEvent, QKeySequence, QPalette
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from app.action_table import ACTIONS, info_for
from app.actions import ActionInfo, ActionKey, Group, set_shortcut, shortcut_text
from app.page_key import PageKey
from app.theme import EDGE_PX, GAP_PX
from app.widgets.buttons import Button, ButtonLook
from app.widgets.sheets import KeyCap, Sheet, heading

if TYPE_CHECKING:
    from app.main_window import MainWindow

COLUMNS = 3
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class KeyField(KeyCap):
    """A key that becomes another one: click on it, or press Enter, then press the new key. Esc keeps the old one."""

    def __init__(self, sheet: "ShortcutSheet", info: ActionInfo, shortcut: str) -> None:
        super().__init__(shortcut_text(shortcut) or "–")
        self._sheet, self.info = sheet, info
        self._is_listening = False
        if not info.is_held:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip("Click, then press another key; Backspace leaves it without one")
        self.setAccessibleName(f"Key of {info.text}: {self.text()}")

    @override
    def mousePressEvent(self, event: object) -> None:
        if not self.info.is_held:
            self.setFocus()
            self._listen()

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        if not self._is_listening:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
                self._listen()
            else:
                super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self._hear(None)
        elif event.key() == Qt.Key.Key_Backspace and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._hear("")
        elif event.key() not in _MODIFIERS:
            self._hear(QKeySequence(event.keyCombination()).toString())

    def _listen(self) -> None:
        self._is_listening = True
        self.setText("press a key …")

    def _hear(self, shortcut: str | None) -> None:
        self._is_listening = False
        self._sheet.take(self, shortcut)


class ShortcutSheet(Sheet):
    """Changes keys at once and remembers them."""

    def __init__(self, window: "MainWindow", page: PageKey) -> None:
        super().__init__("Keys", opener="F1", parent=window)
        self._window, self._page = window, page
        self._problem = QLabel("Click on a key to change it.")
        self._problem.setWordWrap(True)
        self._fields: dict[ActionKey, KeyField] = {}
        self.body.addWidget(_scrolled(self._columns()), 1)
        row = QHBoxLayout()
        row.addWidget(self._problem, 1)
        back = Button(icon="undo", text="All as they were", look=ButtonLook.RAISED)
        back.setAccessibleName("All keys as they were at first")
        back.clicked.connect(self._reset)
        row.addWidget(back)
        self.body.addLayout(row)

    def take(self, field: KeyField, shortcut: str | None) -> None:
        """Another key for an action, unless something else on this page has it; None: it stays as it is."""
        actions, key = self._window.actions_by_key, field.info.key
        if shortcut is None:
            return self._show(key)
        other = holder(actions, shortcut, self._page, but=key)
        if other is not None:
            self._problem.setText(f"{shortcut_text(shortcut)} is the key of '{info_for(other).text}' already.")
            return self._show(key)
        set_shortcut(actions[key], field.info, shortcut)
        keys = {name: one for name, one in self._window.settings.now.keys.items() if name != key.value}
        if shortcut != field.info.shortcut:
            keys[key.value] = shortcut
        self._window.settings.remember(keys=keys)
        self._problem.setText(f"'{field.info.text}' has the key {shortcut_text(shortcut) or 'none'} now.")
        return self._show(key)

    def _reset(self) -> None:
        self._window.settings.remember(keys={})
        for info in ACTIONS:
            set_shortcut(self._window.actions_by_key[info.key], info, info.shortcut)
        for key in self._fields:
            self._show(key)
        self._problem.setText("All keys are as they were at first.")

    def _show(self, key: ActionKey) -> None:
        field = self._fields[key]
        shortcut = self._window.actions_by_key[key].shortcut().toString()
        shortcut = field.info.shortcut if field.info.is_held else shortcut
        field.setText(shortcut_text(shortcut) or "–")
        field.setAccessibleName(f"Key of {field.info.text}: {field.text()}")
        field.updateGeometry()

    def _columns(self) -> QWidget:
        infos = [info for info in ACTIONS if info.is_on(self._page)]
        groups = [(group, [info for info in infos if info.group is group]) for group in Group]
        columns: list[list[tuple[Group, list[ActionInfo]]]] = [[] for _ in range(COLUMNS)]
        for group, rows in groups:
            if rows:
                shortest = min(columns, key=lambda column: sum(len(rows) + 2 for _, rows in column))
                shortest.append((group, rows))
        content = QWidget()
        across = QHBoxLayout(content)
        across.setContentsMargins(0, 0, EDGE_PX, 0)
        across.setSpacing(3 * EDGE_PX)
        for column in columns:
            down = QVBoxLayout()
            down.setSpacing(GAP_PX)
            for group, rows in column:
                down.addWidget(heading(group.value))
                down.addLayout(self._rows(rows))
                down.addSpacing(GAP_PX)
            down.addStretch(1)
            across.addLayout(down)
        return content

    def _rows(self, infos: list[ActionInfo]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(EDGE_PX)
        grid.setVerticalSpacing(4)
        for row, info in enumerate(infos):
            text = QLabel(info.text.removesuffix("…"))
            text.setToolTip(info.help)
            text.setForegroundRole(QPalette.ColorRole.WindowText)
            own = self._window.actions_by_key[info.key].shortcut().toString()
            field = KeyField(self, info, info.shortcut if info.is_held else own)
            self._fields[info.key] = field
            grid.addWidget(field, row, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(text, row, 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, 96)  # all groups alike
        return grid


def holder(actions: Mapping[ActionKey, QAction], shortcut: str, page: PageKey, *, but: ActionKey) -> ActionKey | None:
    """Who has a key already, among those that can be done where `but` can."""
    wanted, pages = QKeySequence(shortcut).toString(), info_for(but).pages
    for info in ACTIONS:
        meets = not pages or not info.pages or bool(pages & info.pages)
        has_it = any(one.toString() == wanted for one in actions[info.key].shortcuts())
        if shortcut and info.key is not but and meets and has_it:
            return info.key
    return None


def shortcut_sheet(window: "MainWindow", page: PageKey) -> ShortcutSheet:
    """The keys of a page."""
    return ShortcutSheet(window, page)


def _scrolled(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumWidth(content.sizeHint().width() + 24)
    area.setMinimumHeight(min(560, content.sizeHint().height()))
    return area
