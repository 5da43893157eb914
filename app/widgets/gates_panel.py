"""Inside the gates: one frame step by step, each with its equation and its actual numbers."""

import html
import re

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFont
from PyQt6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from app.style import blend_in
from app.theme import EDGE_PX, sized
from app.widgets.card import QuietLabel
from app.widgets.own_keys import OwnKeys
from app.widgets.time_axis import clock_text
from core.explain.explained import Explained
from core.explain.gate_steps import GateSteps, channel_names

SHOWN = 3  # actions of a list of scores
_INDEX = re.compile(r"([_^])(?:\(([^)]*)\)|([^\W_]+(?:,\w)?))")  # a group in brackets, or a word as "t,k"
_TAGS = {"_": "sub", "^": "sup"}
NO_CLIP = "Open a clip, and go to the frame that you want to take apart."


class GatesPanel(QWidget):
    """A list of steps that scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading, self.note = QLabel(NO_CLIP), QuietLabel("")
        self.heading.setWordWrap(True)
        self.note.setWordWrap(True)
        self._steps: list[tuple[QLabel, ...]] = []
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(0, 0, EDGE_PX // 2, 0)
        self._column.setSpacing(2)
        self._column.addStretch(1)
        area = self.area = QScrollArea()
        area.setAccessibleName("The steps of this frame")
        OwnKeys(area)
        area.setWidget(self._content)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        blend_in(area)
        self._content.setAutoFillBackground(False)  # a scroll area switches it on
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.heading)
        layout.addWidget(area, 1)
        layout.addWidget(self.note)

    def show_steps(self, steps: GateSteps | None, explained: Explained | None, place: int) -> None:
        """The steps of one frame, for the joint at a place among the K."""
        if steps is None or explained is None:
            self.heading.setText(NO_CLIP)
            self.note.setText("")
            self._fill([])
            return
        time_s = float(explained.clip.times_s[steps.frame])
        self.heading.setText(f"{clock_text(time_s)}, {explained.joint_names()[place]}")
        self.note.setText(steps.note)
        numbers = step_numbers(steps, explained, place)
        self._fill(
            [
                (
                    equation.name,
                    formula_html(equation.formula),
                    f"{equation.text}\n{numbers.get(equation.name, '')}".strip(),
                )
                for equation in steps.equations()
            ]
        )

    def _fill(self, rows: list[tuple[str, str, str]]) -> None:
        while len(self._steps) < len(rows):
            labels: tuple[QLabel, ...] = (QLabel(), QLabel(), QuietLabel())
            labels[0].setFont(sized(self.font(), 1.0, QFont.Weight.DemiBold))
            labels[1].setFont(sized(self.font(), 0.95))
            for label in labels:
                label.setWordWrap(True)
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                self._column.insertWidget(self._column.count() - 1, label)
            labels[1].setTextFormat(Qt.TextFormat.RichText)
            self._steps.append(labels)
        for number, labels in enumerate(self._steps):
            for label, text in zip(labels, rows[number] if number < len(rows) else ("", "", ""), strict=True):
                label.setText(text)
                label.setVisible(bool(text))


def formula_html(formula: str) -> str:
    """A formula as it is set in print: what stands after "_" low, and after "^" high."""
    return _INDEX.sub(
        lambda found: f"<{(tag := _TAGS[found[1]])}>{found[2] or found[3]}</{tag}>", html.escape(formula, quote=False)
    )


def step_numbers(steps: GateSteps, explained: Explained, place: int) -> dict[str, str]:
    """The actual numbers of each step, by its name."""
    names = channel_names(explained.config.features)
    inputs = ", ".join(f"{name} {value:+.3f}" for name, value in zip(names, steps.x[place].tolist(), strict=False))
    gated = ", ".join(f"{value:+.3f}" for value in steps.gated[place].tolist())
    joints = len(steps.alpha)
    numbers = {
        "input": inputs,
        "joint attention": f"α = {steps.alpha[place]:.4f} = {steps.alpha[place] * joints:.2f} × uniform (K = {joints})",
        "gated input": gated,
        "main LSTM": f"|h_t| = {float(np.linalg.norm(steps.hidden[-1])):.3f} of {steps.hidden.shape[1]} units",
        "frame scores": _scores(steps.z, explained.actions, digits=2),
        "frame attention": f"β = {steps.beta:.4f}",
        "frame gate": f"β = {steps.beta:g}",
        "temporal sum": f"this frame is {100 * steps.share:.1f} % of all weights; "
        f"o: {_scores(steps.answer, explained.actions, digits=2)}",
        "answer": _scores(100 * steps.probabilities, explained.actions, digits=1, unit=" %"),
    }
    if steps.scores is not None:
        low, high = float(steps.scores.min()), float(steps.scores.max())
        numbers["joint scores"] = f"s = {steps.scores[place]:+.3f}, of {low:+.2f} to {high:+.2f}"
    if steps.before_relu is not None:
        numbers["frame attention"] += f" = ReLU({steps.before_relu:+.4f})"
    return numbers


def _scores(values: NDArray[np.floating], actions: tuple[str, ...], *, digits: int, unit: str = "") -> str:
    order = np.argsort(-values)[:SHOWN]
    return ", ".join(f"{actions[place]} {values[place]:.{digits}f}{unit}" for place in order.tolist())
