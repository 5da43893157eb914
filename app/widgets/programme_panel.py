"""The programme of a lecture: its steps, in order, and what can be done with them."""

from collections.abc import Mapping

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QFont
from PyQt6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.actions import ActionKey
from app.lecture.programme import Programme, Step
from app.style import blend_in
from app.theme import GAP_PX
from app.widgets.card import QuietLabel
from app.widgets.own_keys import OwnKeys
from app.widgets.time_axis import clock_text
from app.widgets.transport import icon_button

HOW = "Page down and page up step through it; while the audience sees it, so do the arrow keys."
KEYS = (
    *(ActionKey.ADD_STEP, ActionKey.DROP_STEP, ActionKey.STEP_EARLIER, ActionKey.STEP_LATER),
    *(ActionKey.OPEN_PROGRAMME, ActionKey.SAVE_PROGRAMME),
)


class ProgrammePanel(QWidget):
    """Signals:
    picked(int): a step shall be shown.
    """

    picked = pyqtSignal(int)

    def __init__(self, actions: Mapping[ActionKey, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps = QListWidget()
        blend_in(self.steps)
        self.steps.setSpacing(2)
        self.steps.setAccessibleName("Steps of the programme")
        OwnKeys(self.steps)
        self.steps.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.steps.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row = QHBoxLayout()
        row.setSpacing(0)
        for key in KEYS:
            row.addWidget(icon_button(actions[key], key))
        row.addStretch(1)
        how = QuietLabel(HOW)
        how.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_PX)
        layout.addLayout(row)
        layout.addWidget(self.steps, 1)
        layout.addWidget(how)
        self.steps.itemActivated.connect(lambda item: self.picked.emit(self.steps.row(item)))
        self.steps.itemClicked.connect(lambda item: self.picked.emit(self.steps.row(item)))

    @property
    def row(self) -> int:
        """The step that is chosen in the list; -1: none."""
        return self.steps.currentRow()

    def show_programme(self, programme: Programme, *, row: int | None = None) -> None:
        """Show the steps; the one that the audience sees is bold, and chosen where no other row is given."""
        self.steps.clear()
        for number, step in enumerate(programme.steps):
            item = QListWidgetItem(f"{number + 1}.  {step_text(step)}")
            item.setToolTip(f"{step_text(step)}\n{step.clip}")
            if number == programme.place:
                font = item.font()
                font.setWeight(QFont.Weight.Bold)
                item.setFont(font)
            self.steps.addItem(item)
        self.steps.setCurrentRow(min(programme.place if row is None else row, len(programme.steps) - 1))


def step_text(step: Step) -> str:
    """A step in one line."""
    title = step.title or step.clip.rpartition("#")[2]
    parts = [title, clock_text(step.time_s)]
    if step.compares_with:
        parts.append(f"against {step.compares_with}")
    if step.stretch_s is not None:
        parts.append("mean of a stretch")
    return "  ·  ".join(parts)
