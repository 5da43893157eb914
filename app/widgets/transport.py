"""The row below a player: its buttons, where it is, and how fast it plays."""

from collections.abc import Mapping, Sequence

from PyQt6.QtGui import QAction, QFont, QFontDatabase
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.action_table import info_for
from app.actions import ActionKey
from app.theme import GAP_PX, sized
from app.widgets.buttons import Button
from app.widgets.time_axis import clock_text

BUTTONS = (
    *(ActionKey.TO_START, ActionKey.SECOND_BACK, ActionKey.FRAME_BACK, ActionKey.PLAY, ActionKey.FRAME_ON),
    *(ActionKey.SECOND_ON, ActionKey.TO_END, ActionKey.LOOP),
)


class Transport(QWidget):
    """Buttons of the table of actions on the left, time and speed beside them; `row` takes more."""

    def __init__(
        self,
        actions: Mapping[ActionKey, QAction],
        *,
        keys: Sequence[ActionKey] = BUTTONS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(2)
        self._buttons = {key: icon_button(actions[key], key) for key in keys}
        for button in self._buttons.values():
            self.row.addWidget(button)
        self.row.addSpacing(GAP_PX)
        self.time = QLabel("")
        self.time.setFont(_digits(self.font(), QFont.Weight.DemiBold))
        self.time.setAccessibleName("Time")
        self.speed = QLabel("")
        self.speed.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.speed.setAccessibleName("Speed")
        self.row.addWidget(self.time)
        self.row.addSpacing(GAP_PX)
        self.row.addWidget(self.speed)
        self.row.addStretch(1)

    def show_playing(self, is_playing: bool) -> None:
        """The button that plays pauses while it does."""
        if ActionKey.PLAY in self._buttons:
            self._buttons[ActionKey.PLAY].set_icon_name("freeze" if is_playing else "play")

    def show_place(self, time_s: float, duration_s: float, *, speed: float) -> None:
        """Where it is, of how much, and the speed unless it is the usual one."""
        self.time.setText(f"{clock_text(time_s)} / {clock_text(duration_s)}")
        sign = "−" if speed < 0 else ""
        self.speed.setText("" if speed == 1 else f"{sign}{abs(speed):g}×")


def icon_button(action: QAction, key: ActionKey) -> Button:
    """A small button of an action without words."""
    button = Button.for_action(action, icon=info_for(key).icon)
    button.set_shows_text(False)
    return button


def _digits(font: QFont, weight: QFont.Weight) -> QFont:
    """Digits of one width, so that a running clock does not tremble."""
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    fixed.setPointSizeF(font.pointSizeF() if font.pointSizeF() > 0 else 10.0)
    fixed.setStyleHint(QFont.StyleHint.Monospace)
    return sized(fixed, 1.0, weight)
