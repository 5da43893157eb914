"""The record page: who does what, how often and how long, beside the picture. It is told what to show."""

from collections.abc import Mapping, Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QCompleter,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.actions import ActionKey, shortcut_text
from app.messages import Message
from app.settings import Settings
from app.style import blend_in, blend_in_number
from app.theme import EDGE_PX, GAP_PX
from app.widgets.buttons import Button, ButtonLook
from app.widgets.card import Card, QuietLabel
from app.widgets.fields import LettersPass, TextField
from app.widgets.message_panel import MessagePanel
from app.widgets.prompt_view import PromptView
from app.widgets.stage import Stage
from app.widgets.transport import icon_button
from app.widgets.video_view import VideoView
from core.live.plan import MOST_TAKES, Plan, Standing
from core.live.results import LiveResult, SessionStatus
from core.sources.source import Frame

NUMBERS = ("Takes of each", "Length of a take", "Count-down", "Rest")
FREE_TEXT = "until stopped"


class RecordPage(QWidget):
    """Signals:
    painted(LiveResult): a result has come onto the screen.
    changed(): somebody has set something.
    take_picked(int): the take of that row is wanted.
    """

    painted = pyqtSignal(object)
    changed = pyqtSignal()
    take_picked = pyqtSignal(int)

    def __init__(self, actions: Mapping[ActionKey, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.video = VideoView()
        self.stage = Stage(self.video, MessagePanel(actions, self.video))
        self.toast = self.stage.toast
        self.prompt = PromptView(self.video)
        self.person = TextField("Who is recorded?", name="Person")
        self.actions_list, self.takes_list = QListWidget(), QListWidget()
        self.takes, self.seconds = QSpinBox(), QDoubleSpinBox()
        self.countdown, self.rest = QDoubleSpinBox(), QDoubleSpinBox()
        self.in_turn, self.sound = QCheckBox("Actions in turn"), QCheckBox("Sound")
        self.disk, self.held, self.hint = QuietLabel(), QuietLabel(), QuietLabel()
        self.start = Button.for_action(actions[ActionKey.RECORD], icon="record", look=ButtonLook.PRIMARY)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._is_filling = self._is_running = False
        self._awaited: set[str] = set()  # actions that are ticked once they are shown
        self._persons: tuple[str, ...] = ()  # who is offered
        self._set_up()
        self._lay_out()

    # What the live session shows

    def reset(self, *, is_camera: bool = True) -> None:
        """Forget the picture, for another source."""
        self.stage.reset(is_camera=is_camera)

    def show_result(self, result: LiveResult | None) -> None:
        """Show a result with its skeleton."""
        self.stage.show_result(result)

    def prepare(self, upcoming: Frame | None) -> None:
        """Get a picture ready."""
        self.stage.prepare(upcoming)

    def show_status(self, status: SessionStatus) -> None:
        """Say what is wrong, if anything is."""
        self.stage.show_status(status)

    def set_notice(self, notice: Message | None) -> None:
        """A message before whatever the session says."""
        self.stage.set_notice(notice)

    # What is recorded

    def show_plan(self, standing: Standing | None, *, is_running: bool) -> None:
        """Where the plan stands; what was set cannot be changed meanwhile."""
        self.prompt.show_standing(standing)
        if is_running == self._is_running:
            return
        self._is_running = is_running
        self.start.setText("Stop" if is_running else "Record")
        self.start.set_icon_name("stop" if is_running else "record")
        for widget in (self.person, self.actions_list, *self._numbers, self.in_turn):
            widget.setEnabled(not is_running)

    def show_actions(self, names: Sequence[str], *, persons: Sequence[str]) -> None:
        """The actions of the library; those that are ticked stay ticked."""
        self._is_filling = True
        ticked = {*self.ticked(), *self._awaited}
        self._awaited -= set(names)
        self.actions_list.clear()
        for name in names:
            item = QListWidgetItem(name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name in ticked else Qt.CheckState.Unchecked)
            self.actions_list.addItem(item)
        self._offer(tuple(persons))
        self._is_filling = False
        self._show_hint()

    def forget_actions(self) -> None:
        """Another library is open: none of its actions is ticked at first."""
        self.actions_list.clear()
        self._awaited.clear()

    def await_action(self, name: str) -> None:
        """An action is new: whoever adds it wants to record it. It is ticked when actions are shown the next time."""
        self._awaited.add(name)

    def rename_action(self, old: str, new: str) -> None:
        """An action gets another name: it stays ticked, or not."""
        if old in self.ticked():
            self.await_action(new)

    def plan(self) -> Plan:
        """What is wished for: takes of each action that is ticked, or one free take."""
        ticked = self.ticked()
        return Plan(
            actions=tuple(ticked) or ("",),
            takes=self.takes.value() if ticked else 1,
            seconds=self.seconds.value() or None,
            countdown_s=self.countdown.value(),
            rest_s=self.rest.value(),
            in_turn=self.in_turn.isChecked(),
        )

    def ticked(self) -> list[str]:
        """The actions that are to be recorded."""
        rows = [self._item(row) for row in range(self.actions_list.count())]
        return [item.text() for item in rows if item.checkState() == Qt.CheckState.Checked]

    def tick(self, names: Sequence[str]) -> None:
        """Record these actions."""
        for row in range(self.actions_list.count()):
            item = self._item(row)
            item.setCheckState(Qt.CheckState.Checked if item.text() in names else Qt.CheckState.Unchecked)

    def show_takes(self, lines: Sequence[str]) -> None:
        """What was recorded since the window was opened, the newest first."""
        self.takes_list.clear()
        self.takes_list.addItems(list(lines))

    def apply(self, settings: Settings) -> None:
        """As it was the last time."""
        self._is_filling = True
        self.person.setText(settings.person)
        self.takes.setValue(settings.takes)
        self.seconds.setValue(settings.take_s)
        self.countdown.setValue(settings.countdown_s)
        self.rest.setValue(settings.rest_s)
        self.in_turn.setChecked(settings.in_turn)
        self.sound.setChecked(settings.sound)
        self._is_filling = False
        self._show_hint()

    def settings(self) -> dict[str, object]:
        """What was set, by the names of the settings."""
        return {
            "person": self.person.text().strip(),
            "takes": self.takes.value(),
            "take_s": self.seconds.value(),
            "countdown_s": self.countdown.value(),
            "rest_s": self.rest.value(),
            "in_turn": self.in_turn.isChecked(),
            "sound": self.sound.isChecked(),
        }

    def set_person(self, name: str) -> None:
        """Say who is recorded, as if it had been typed."""
        self.person.setText(name)
        self._tell()

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._side.setFixedWidth(min(460, max(290, round(self.width() * 0.27))))
        layout = self.layout()
        if layout is not None:
            layout.activate()

    @property
    def _numbers(self) -> tuple[QSpinBox | QDoubleSpinBox, ...]:
        return (self.takes, self.seconds, self.countdown, self.rest)

    def _offer(self, persons: tuple[str, ...]) -> None:
        """Offer these persons while a name is typed. The field deletes what offered others."""
        if persons != self._persons:
            self._persons = persons
            completer = QCompleter(list(persons), self.person)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            self.person.setCompleter(completer)

    def _item(self, row: int) -> QListWidgetItem:
        item = self.actions_list.item(row)
        assert item is not None
        return item

    def _set_up(self) -> None:
        self.stage.painted.connect(self.painted)
        self.start.setMinimumHeight(46)
        self.start.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for listed, name in ((self.actions_list, "Actions to record"), (self.takes_list, "Takes of this session")):
            listed.setAccessibleName(name)
            blend_in(listed)
            listed.setSpacing(2)
            listed.setTextElideMode(Qt.TextElideMode.ElideRight)
            listed.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.takes_list.setToolTip("Enter or a double click opens the take on the label page")
        self.takes_list.itemActivated.connect(lambda item: self.take_picked.emit(self.takes_list.row(item)))
        self.takes.setRange(1, MOST_TAKES)
        for number, most in ((self.seconds, 3600.0), (self.countdown, 60.0), (self.rest, 600.0)):
            number.setRange(0.0, most)
            number.setDecimals(1)
            number.setSingleStep(0.5)
            number.setSuffix(" s")
        self.seconds.setSpecialValueText(FREE_TEXT)
        for field, name in zip(self._numbers, NUMBERS, strict=True):
            field.setAccessibleName(name)
            blend_in_number(field)
            LettersPass(field)
            field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            field.valueChanged.connect(self._tell)
        self.in_turn.setToolTip("One take of each action, then the next of each; else all takes of an action in a row")
        self.in_turn.toggled.connect(self._tell)
        self.sound.toggled.connect(self._tell)
        self.person.editingFinished.connect(self._tell)
        self.person.returnPressed.connect(self.setFocus)  # the next key is one of the page again
        self.actions_list.itemChanged.connect(self._show_hint)

    def _lay_out(self) -> None:
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(GAP_PX)
        what = Card("What is recorded")
        what.heading_row.addWidget(icon_button(self._actions[ActionKey.ADD_ACTION], ActionKey.ADD_ACTION))
        what.body.addWidget(self.person)
        what.body.addWidget(self.actions_list, 1)
        what.body.addWidget(self.hint)
        what.body.addLayout(self._form())
        what.body.addWidget(self.start)
        done = Card("Recorded")
        for key in (ActionKey.AGAIN_TAKE, ActionKey.DISCARD_TAKE, ActionKey.KEEP_LAST):
            done.heading_row.addWidget(icon_button(self._actions[key], key))
        done.body.addWidget(self.takes_list, 1)
        done.body.addWidget(self.held)
        done.body.addWidget(self.disk)
        side.addWidget(what, 7)
        side.addWidget(done, 3)
        grid = QGridLayout(self)
        grid.setContentsMargins(EDGE_PX, GAP_PX, EDGE_PX, GAP_PX)
        grid.setSpacing(GAP_PX)
        grid.addWidget(self.stage, 0, 0)
        grid.addWidget(self._side, 0, 1)
        grid.setColumnStretch(0, 1)

    def _form(self) -> QGridLayout:
        form = QGridLayout()
        form.setHorizontalSpacing(GAP_PX)
        form.setVerticalSpacing(2)
        for place, number in enumerate(self._numbers):
            label = QuietLabel(number.accessibleName())
            label.setBuddy(number)
            form.addWidget(label, 2 * (place // 2), place % 2)
            form.addWidget(number, 2 * (place // 2) + 1, place % 2)
        ticks = QHBoxLayout()
        ticks.addWidget(self.in_turn)
        ticks.addSpacing(EDGE_PX)
        ticks.addWidget(self.sound)
        ticks.addStretch(1)
        form.addLayout(ticks, 4, 0, 1, 2)
        return form

    def _tell(self) -> None:
        if not self._is_filling:
            self._show_hint()
            self.changed.emit()

    def _show_hint(self) -> None:
        """What the key R begins."""
        if self._is_filling:
            return
        if not self.actions_list.count():
            add = shortcut_text(self._actions[ActionKey.ADD_ACTION].shortcut().toString())
            self.hint.setText(f"No actions yet: {add} adds one. Without any, one free recording.")
        else:
            self.hint.setText(plan_text(self.plan()) if self.ticked() else "Nothing ticked: one free recording")


def plan_text(plan: Plan) -> str:
    """How much a plan is."""
    takes = f"{plan.total} take{'' if plan.total == 1 else 's'}"
    if plan.lasts_s is None:
        return takes
    return f"{takes}, about {f'{plan.lasts_s:.0f} s' if plan.lasts_s < 90 else f'{plan.lasts_s / 60:.0f} min'}"
