"""Small dialogs that ask for one thing. They never stop the program: the answer comes when it comes."""

from collections.abc import Callable, Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QCompleter, QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import EDGE_PX, GAP_PX
from app.widgets.buttons import Button, ButtonLook
from app.widgets.fields import TextField

WIDTH_PX = 440


class AskText(QDialog):
    """A question, a line of text, and what is wrong with it as long as something is."""

    def __init__(
        self,
        parent: QWidget,
        *,
        title: str,
        question: str,
        text: str = "",
        known: Sequence[str] = (),
        check: Callable[[str], str],
        answered: Callable[[str], None],
    ) -> None:
        """`check` says what is wrong with a text, "" for nothing; `answered` gets one that is right."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._check, self._answered = check, answered
        self.field = TextField("", name=question, is_dialogs=True)
        self.field.setText(text)
        self.field.selectAll()
        if known:
            completer = QCompleter(list(known), self)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            self.field.setCompleter(completer)
        self.problem = QLabel("")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self._fine = Button(icon="check", text="OK", look=ButtonLook.PRIMARY)
        self._fine.setObjectName("ask_ok")
        self._fine.setAccessibleName("OK")
        cancel = Button(icon="refuse", text="Cancel", look=ButtonLook.RAISED)
        cancel.setAccessibleName("Cancel")
        self._fine.clicked.connect(self.take)
        cancel.clicked.connect(self.reject)
        self.field.textChanged.connect(self._look)
        words = QLabel(question)
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setBuddy(self.field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * EDGE_PX, 2 * EDGE_PX, 2 * EDGE_PX, 2 * EDGE_PX)
        layout.setSpacing(EDGE_PX)
        for widget in (words, self.field, self.problem):
            layout.addWidget(widget)
        layout.addLayout(_row(cancel, self._fine))
        self.setMinimumWidth(WIDTH_PX)
        self._look()
        self.field.setFocus()

    def take(self) -> None:
        """Give the answer, if it is one."""
        text = self.field.text().strip()
        if not self._check(text):
            self.accept()
            self._answered(text)

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.take()
        else:
            super().keyPressEvent(event)

    def _look(self) -> None:
        problem = self._check(self.field.text().strip())
        self._fine.setEnabled(not problem)
        is_untouched = not self.field.isModified() and not self.field.text()
        self.problem.setText("" if is_untouched else problem)


class Told(QDialog):
    """A list of sentences, as much as there is, and buttons for what to do about it."""

    def __init__(self, parent: QWidget, *, title: str, text: str, lines: Sequence[str]) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.words = QLabel(text)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.lines = QPlainTextEdit("\n".join(lines))
        self.lines.setReadOnly(True)
        self.lines.setAccessibleName(title)
        self.lines.setTabChangesFocus(True)
        self.lines.setVisible(bool(lines))
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(GAP_PX)
        self._buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * EDGE_PX, 2 * EDGE_PX, 2 * EDGE_PX, 2 * EDGE_PX)
        layout.setSpacing(EDGE_PX)
        layout.addWidget(self.words)
        layout.addWidget(self.lines, 1)
        layout.addLayout(self._buttons)
        self.setMinimumSize(WIDTH_PX + 160, 180 if not lines else 320)

    def add_button(
        self, text: str, *, icon: str, does: Callable[[], None] | None = None, is_first: bool = False
    ) -> None:
        """One more thing to do; each closes the dialog."""
        button = Button(icon=icon, text=text, look=ButtonLook.PRIMARY if is_first else ButtonLook.RAISED)
        button.setAccessibleName(text)
        button.setObjectName(f"told_{text.split()[0].lower()}")

        def press() -> None:
            self.accept()
            if does is not None:
                does()

        button.clicked.connect(press)
        self._buttons.addWidget(button)
        if is_first:
            button.setFocus()  # Enter presses it


def show_told(parent: QWidget, *, title: str, text: str, lines: Sequence[str] = ()) -> Told:
    """Show something that can only be closed."""
    told = Told(parent, title=title, text=text, lines=lines)
    told.add_button("Close", icon="check", is_first=True)
    told.open()
    return told


def _row(*buttons: Button) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GAP_PX)
    row.addStretch(1)
    for button in buttons:
        row.addWidget(button)
    return row
