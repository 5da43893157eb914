"""The train page: what is learnt from, how it goes, and what came of it. It is told what to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QKeyEvent, QResizeEvent, QWheelEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.actions import ActionKey
from app.messages import Message
from app.style import blend_in
from app.theme import EDGE_PX, GAP_PX
from app.widgets.buttons import Button, ButtonLook
from app.widgets.card import Card, QuietLabel
from app.widgets.fields import TextField
from app.widgets.message_panel import MessagePanel, ProgressLine
from app.widgets.report_view import ReportView
from app.widgets.toast import Toast
from app.widgets.training_curves import TrainingCurves
from core.paths import DEFAULT_MODEL

NOTHING = ""  # the start that is none
NEVER, SAME = "never", "the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntAction:
    """A row of the table: an action, how much there is of it, and what it is in a mirror."""

    name: str
    clips: int
    persons: int
    in_mirror: str = ""


class _MirrorBox(QComboBox):
    """Sets nothing by accident, since one choice may undo that of another row: the wheel scrolls the table, and arrow
    keys open the list instead of trying one entry after the other.
    """

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.showPopup()
        else:
            super().keyPressEvent(event)

    @override
    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            event.ignore()


class TrainPage(QWidget):
    """Signals:
    mirrored(str, str): an action shall be something else in a mirror: itself, another one, "" for never.
    """

    mirrored = pyqtSignal(str, str)

    def __init__(self, actions: Mapping[ActionKey, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.table = QTableWidget(0, 4)
        self.start, self.name = QComboBox(), TextField("Name of the model", name="Name of the model")
        self.learning_curve = QCheckBox("How much would more takes bring?")
        self.go = Button.for_action(actions[ActionKey.TRAIN], icon="play", look=ButtonLook.PRIMARY)
        self.stop = Button.for_action(actions[ActionKey.STOP_TRAINING], icon="stop", look=ButtonLook.RAISED)
        self.live = Button.for_action(actions[ActionKey.GO_LIVE], icon="live", look=ButtonLook.PRIMARY)
        self.save = Button.for_action(actions[ActionKey.SAVE_MODEL], icon="export", look=ButtonLook.RAISED)
        self.curves, self.report = TrainingCurves(), ReportView()
        self.progress, self.told = ProgressLine(), QLabel("")
        self.hint, self.note = QuietLabel(""), QuietLabel("")
        self._stack = QStackedWidget()
        self._empty = QWidget()
        self.message_panel = MessagePanel(actions, self._empty)
        self.toast = Toast(self)
        self._rows: tuple[LearntAction, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._set_up()
        self._lay_out()

    def show_actions(self, rows: Sequence[LearntAction], *, can_write: bool) -> None:
        """What there is to learn from."""
        names = [row.name for row in rows]
        if names != [row.name for row in self._rows]:
            self._fill(names)
        self._rows = tuple(rows)
        for place, row in enumerate(rows):
            for column, text in enumerate((row.name, str(row.clips), str(row.persons))):
                item = self.table.item(place, column)
                if item is not None:
                    item.setText(text)
            self.mirror_box(place).setEnabled(can_write)
        self.show_mirrors()
        clips = sum(row.clips for row in rows)
        learnt = sum(row.clips > 0 for row in rows)
        self.hint.setText(f"{clips} clips of {learnt} actions")

    def show_mirrors(self) -> None:
        """What each action is in a mirror, as the library has it."""
        for place, row in enumerate(self._rows):
            box = self.mirror_box(place)
            box.setCurrentIndex(max(0, box.findData(row.in_mirror)))

    def mirror_box(self, place: int) -> QComboBox:
        """The field of a row in which it is said."""
        box = self.table.cellWidget(place, 3)
        assert isinstance(box, QComboBox)
        return box

    def show_starts(self, choices: Sequence[tuple[str, str]]) -> None:
        """What can be started from: keys with titles."""
        now = self.start.currentData()
        self.start.clear()
        for key, title in (*choices, (NOTHING, "From nothing")):
            self.start.addItem(title, key)
        places = [self.start.findData(key) for key in (now, DEFAULT_MODEL) if key is not None]
        self.start.setCurrentIndex(next((place for place in places if place >= 0), 0))

    def show_note(self, text: str) -> None:
        """What is to be known about the name."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def show_message(self, message: Message | None) -> None:
        """Say something where nothing has been learnt yet."""
        self._stack.setCurrentWidget(self._empty)
        self.message_panel.show_message(message)

    def show_running(self, is_running: bool) -> None:
        """A training runs, or not; what was set cannot be changed meanwhile."""
        self.go.setVisible(not is_running)
        self.stop.setVisible(is_running)
        for widget in (self.start, self.name, self.learning_curve, self.table):
            widget.setEnabled(not is_running)
        if is_running:
            self._stack.setCurrentWidget(self._running)

    def show_progress(self, text: str, fraction: float | None) -> None:
        """How far it is."""
        self.told.setText(text)
        self.progress.show_fraction(fraction)

    def show_report(self) -> None:
        """What came of it."""
        self._stack.setCurrentWidget(self._done)

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._side.setFixedWidth(min(480, max(330, round(self.width() * 0.3))))
        layout = self.layout()
        if layout is not None:
            layout.activate()

    def _set_up(self) -> None:
        self.table.setHorizontalHeaderLabels(["Action", "Clips", "Persons", "In a mirror"])
        self.table.setAccessibleName("Actions that are learnt")
        heading = self.table.horizontalHeaderItem(0)
        if heading is not None:
            heading.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        blend_in(self.table)
        self.table.setShowGrid(False)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header, rows = self.table.horizontalHeader(), self.table.verticalHeader()
        if header is not None and rows is not None:
            rows.hide()
            rows.setDefaultSectionSize(34)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            for column in (1, 2, 3):
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.start.setAccessibleName("Start from")
        self.start.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.name.setText("own-actions")
        self.name.returnPressed.connect(self.setFocus)  # the next key is one of the page again
        self.learning_curve.setToolTip("Also trains on fewer takes and compares: takes about twice as long")
        self.note.setWordWrap(True)
        self.note.hide()
        self.told.setAccessibleName("How far it is")
        for button in (self.go, self.stop):
            button.setMinimumHeight(44)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _lay_out(self) -> None:
        what = Card("What is learnt")
        what.heading_row.addWidget(self.hint, 1)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        what.body.addWidget(self.table, 1)
        form = QFormLayout()
        form.setHorizontalSpacing(EDGE_PX)
        form.addRow("Start from", self.start)
        form.addRow("Call it", self.name)
        what.body.addLayout(form)
        what.body.addWidget(self.note)
        what.body.addWidget(self.learning_curve)
        what.body.addWidget(self.go)
        what.body.addWidget(self.stop)
        self._side = what
        self._running, self._done = Card("Training"), QWidget()
        self._running.body.addWidget(self.curves, 1)
        self._running.body.addWidget(self.told)
        self._running.body.addWidget(self.progress)
        done = QVBoxLayout(self._done)
        done.setContentsMargins(0, 0, 0, 0)
        done.addWidget(self.report, 1)
        self.report.top.addWidget(self.save)
        self.report.top.addWidget(self.live)
        for page in (self._empty, self._running, self._done):
            self._stack.addWidget(page)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(EDGE_PX, GAP_PX, EDGE_PX, GAP_PX)
        layout.setSpacing(GAP_PX)
        layout.addWidget(self._side)
        layout.addWidget(self._stack, 1)

    def _fill(self, names: Sequence[str]) -> None:
        """Rows for other actions."""
        self.table.setRowCount(len(names))
        for place, name in enumerate(names):
            for column in range(3):
                item = QTableWidgetItem()
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                item.setToolTip(name)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(place, column, item)
            self.table.setCellWidget(place, 3, self._new_mirror_box(name, names))

    def _new_mirror_box(self, name: str, names: Sequence[str]) -> QComboBox:
        box = _MirrorBox()
        box.setAccessibleName(f"'{name}' in a mirror")
        box.setToolTip("Clips are also learnt from as a mirror shows them, where the action is something there")
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for key, title in [("", NEVER), (name, SAME), *((other, f"'{other}'") for other in names if other != name)]:
            box.addItem(title, key)
        box.setMaximumWidth(130)
        box.activated.connect(lambda _place, box=box: self.mirrored.emit(name, box.currentData()))
        return box
