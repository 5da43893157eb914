"""How a training goes: loss and accuracy, epoch after epoch."""

from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import colours_for, sized
from core.training.events import EpochDone


class TrainingCurves(QWidget):
    """Two plots over one axis of epochs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._epochs: list[int] = []
        self._loss: list[float] = []
        self._accuracy: list[float] = []
        self._graphics = pg.GraphicsLayoutWidget()
        self._graphics.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._accuracy_plot, self._loss_plot = self._plot(0, "Right, %"), self._plot(1, "Loss")
        self._accuracy_plot.setYRange(0, 100, padding=0.03)
        self._loss_plot.setLabel("bottom", "Epoch")
        self._loss_plot.setXLink(self._accuracy_plot)
        self._accuracy_line: Any = self._accuracy_plot.plot(antialias=True)
        self._loss_line: Any = self._loss_plot.plot(antialias=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._graphics)
        self.setAccessibleName("Accuracy and loss of the training")
        self._colour()

    def clear(self) -> None:
        """Begin another training, or another round."""
        for values in (self._epochs, self._loss, self._accuracy):
            values.clear()
        self._draw()

    def add(self, event: EpochDone) -> None:
        """One epoch more."""
        self._epochs.append(event.epoch)
        self._loss.append(event.loss)
        self._accuracy.append(100 * event.accuracy)
        self.setAccessibleDescription(f"Epoch {event.epoch}: {event.accuracy:.0%} right, loss {event.loss:.2f}")
        self._draw()

    @override
    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _draw(self) -> None:
        self._accuracy_line.setData(self._epochs, self._accuracy)
        self._loss_line.setData(self._epochs, self._loss)
        if self._loss:
            self._loss_plot.setYRange(0.0, max(self._loss), padding=0.05)

    def _plot(self, row: int, title: str) -> Any:
        plot = self._graphics.addPlot(row=row, col=0)
        plot.setMouseEnabled(x=False, y=False)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setLabel("left", title)
        plot.getAxis("left").setWidth(58)
        plot.getAxis("left").enableAutoSIPrefix(False)  # else a loss of 0.5 is 500 thousandths
        plot.showGrid(x=False, y=True, alpha=0.25)
        return plot

    def _colour(self) -> None:
        colours = colours_for(self.palette())
        self._graphics.setBackground(colours.card)
        self._accuracy_line.setPen(pg.mkPen(colours.series[2], width=2))
        self._loss_line.setPen(pg.mkPen(colours.series[0], width=2))
        for plot in (self._accuracy_plot, self._loss_plot):
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(pg.mkPen(colours.line))
                axis.setTextPen(pg.mkPen(colours.muted))
                axis.setTickFont(sized(self.font(), 0.85))
                axis.label.setDefaultTextColor(pg.mkColor(colours.muted))
