"""Comparing: the same clip by another model or without attention, or another clip by the same model."""

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from app.theme import GAP_PX
from app.widgets.buttons import Button, ButtonLook
from app.widgets.card import QuietLabel
from app.widgets.own_keys import OwnKeys

NO_ATTENTION = "no attention"
HOW = (
    "What it is compared with stands on the right, its curves are dashed, and both run on one time axis. "
    "Without attention the same weights answer while all joints and frames weigh alike."
)


class ComparePanel(QWidget):
    """Signals:
    model_wanted(str): the same clip by another model, `NO_ATTENTION`, or "" for nothing.
    clip_wanted(): another clip by the same model: the one that is chosen in the list next.
    """

    model_wanted = pyqtSignal(str)
    clip_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.models = QComboBox()
        self.models.setAccessibleName("Compare with a model")
        self.models.setToolTip("What another network says of the same clip, or this one without its gates")
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        OwnKeys(self.models)
        self.show_models(())
        self.clip = Button(icon="film", text="Compare with another clip", look=ButtonLook.RAISED)
        self.clip.setAccessibleName("Compare with another clip")
        self.clip.setCheckable(True)
        self.clip.setToolTip("Then choose the other clip in the list")
        self.result = QLabel("")
        self.result.setWordWrap(True)
        self.result.setTextFormat(Qt.TextFormat.PlainText)
        how = QuietLabel(HOW)
        how.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_PX)
        for widget in (
            QuietLabel("The same clip"),
            self.models,
            QuietLabel("Another clip"),
            self.clip,
            self.result,
            how,
        ):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.models.activated.connect(lambda _place: self.model_wanted.emit(self.models.currentData()))
        self.clip.clicked.connect(self.clip_wanted)

    def show_models(self, choices: Sequence[tuple[str, str]]) -> None:
        """What there is to compare with: keys with titles."""
        now = self.models.currentData()
        self.models.clear()
        for key, title in (("", "Nothing"), (NO_ATTENTION, "The same network without attention"), *choices):
            self.models.addItem(title, key)
        self.models.setCurrentIndex(max(0, self.models.findData(now)))

    def show_choice(self, key: str, text: str) -> None:
        """What it is compared with, and what came of it."""
        self.models.setCurrentIndex(max(0, self.models.findData(key)))
        self.result.setText(text)
