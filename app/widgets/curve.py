"""The running curve: scores of the leading actions, and below them the temporal attention, over the last seconds."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import colours_for, sized
from app.widgets.history import ColourSlots, ScoreHistory, round_up

LINES = 5
AXIS_PX = 44


class CurveKey(QWidget):
    """Coloured dots with the names of the lines, in one row."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[tuple[str, int]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setFont(sized(self.font(), 0.9))

    def show_entries(self, entries: list[tuple[str, int]]) -> None:
        """Names with their colour slots."""
        if entries != self._entries:
            self._entries = entries
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, self.fontMetrics().height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_for(self.palette())
        right, middle = float(self.width()), self.height() / 2
        for name, slot in reversed(self._entries):
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, 140)
            text_px = painter.fontMetrics().horizontalAdvance(shown) + 2
            if right - text_px - 14 < 0:
                break
            painter.setPen(QColor(colours.text))
            painter.drawText(
                QRectF(right - text_px, 0, text_px, self.height()), int(Qt.AlignmentFlag.AlignVCenter), shown
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.series[slot]))
            painter.drawEllipse(QRectF(right - text_px - 14, middle - 4, 8, 8))
            right -= text_px + 14 + 14
        painter.end()


class CurveView(QWidget):
    """Two plots over one time axis. The score axis is fixed at 0..100 %; beta's end is the next round number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = CurveKey()
        self._slots = ColourSlots(LINES)
        self._graphics = pg.GraphicsLayoutWidget()
        self._graphics.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._graphics.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._graphics.ci.setContentsMargins(0, 6, 18, 0)  # room for the labels at the ends of the axes
        self._graphics.ci.setSpacing(8)
        self._scores = self._plot(row=0, stretch=9)
        self._beta = self._plot(row=1, stretch=5)
        self._grid = [self._scores.addLine(y=share) for share in (0.5, 1.0)]
        self._lines: list[Any] = [self._scores.plot(antialias=True, connect="finite") for _ in range(LINES)]
        self._beta_line = self._beta.plot(antialias=True, fillLevel=0.0, connect="finite")
        self._finish_axes()
        self._colour()
        self.set_text_factor(1.0)
        self.show_history(ScoreHistory())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._graphics)
        self.setMinimumHeight(90)
        self.setAccessibleName("Scores and temporal attention of the last ten seconds")
        self.setToolTip("Above: scores of the leading actions. Below: beta, the weight the network gives to each frame")

    def show_history(self, history: ScoreHistory) -> dict[str, int]:
        """Draw the curves; returns the colour slot of each shown action."""
        ages = history.ages_s()
        slots = self._slots.assign(history.leaders(LINES))
        for slot, line in enumerate(self._lines):
            action = next((name for name, place in slots.items() if place == slot), None)
            line.setData(ages, history.scores(action)) if action is not None else line.setData([], [])
        beta = history.beta()
        self._beta_line.setData(ages, beta)
        top = round_up(float(np.max(beta, initial=0.0, where=np.isfinite(beta))))
        self._beta.setYRange(0.0, top, padding=0.04)
        self._beta.getAxis("left").setTicks([[(0.0, "0"), (top, f"β  {top:g}")]])
        self.key.show_entries([(name.replace("_", " "), slot) for name, slot in slots.items()])
        return slots

    @override
    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def set_text_factor(self, factor: float) -> None:
        """Larger text for larger windows."""
        self.key.setFont(sized(self.font(), 0.9 * factor))
        for plot in (self._scores, self._beta):
            for side in ("left", "bottom"):
                plot.getAxis(side).setTickFont(sized(self.font(), 0.85 * factor))
            plot.getAxis("left").setWidth(round(AXIS_PX * factor))

    def _plot(self, *, row: int, stretch: int) -> Any:
        plot = self._graphics.addPlot(row=row, col=0)
        self._graphics.ci.layout.setRowStretchFactor(row, stretch)
        plot.setMouseEnabled(x=False, y=False)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setXRange(-10.0, 0.0, padding=0.0)
        plot.getAxis("left").setWidth(AXIS_PX)
        return plot

    def _finish_axes(self) -> None:
        self._scores.setYRange(0.0, 1.0, padding=0.04)
        self._scores.getAxis("left").setTicks([[(0.0, "0"), (0.5, "50 %"), (1.0, "100 %")]])
        for plot in (self._scores, self._beta):
            for side in ("left", "bottom"):  # the end labels reach over the plot's edge and would be left out
                plot.getAxis(side).setStyle(hideOverlappingLabels=False, tickLength=0)
        self._scores.getAxis("bottom").setStyle(showValues=False)
        self._scores.getAxis("bottom").setHeight(4)
        ticks = [(float(age), "0" if age == 0 else f"−{-age} s") for age in (-8, -6, -4, -2, 0)]
        self._beta.getAxis("bottom").setTicks([ticks])

    def _colour(self) -> None:
        colours = colours_for(self.palette())
        for slot, line in enumerate(self._lines):
            line.setPen(pg.mkPen(colours.series[slot], width=2))
        self._graphics.setBackground(colours.card)
        fill = QColor(colours.accent)
        fill.setAlpha(70)
        self._beta_line.setPen(pg.mkPen(colours.accent, width=1.5))
        self._beta_line.setBrush(fill)
        for line in self._grid:
            line.setPen(pg.mkPen(colours.line))
        for plot in (self._scores, self._beta):
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(pg.mkPen(colours.line))
                axis.setTextPen(pg.mkPen(colours.muted))
