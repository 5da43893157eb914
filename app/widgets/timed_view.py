"""What charts over time have in common: the part of the time that they show, the wheel, and a layer that is kept."""

from typing import Final

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QPixmap, QResizeEvent, QWheelEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.widgets.time_axis import TimeAxis

RIGHT_PX: Final = 14
NOTCH: Final = 120  # of a wheel, in the eighths of a degree that Qt counts; fine wheels and touch pads send parts of it
_WHEEL_FACTOR: Final = 0.8  # of the time is shown after a notch
_WHEEL_SHARE: Final = 0.15  # of what is shown goes by with a notch


class TimedView(QWidget):
    """The wheel zooms about the pointer, and with Shift moves through the time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = TimeAxis.whole(0.0)
        self._time_s = 0.0  # where the player is
        self._layer: QPixmap | None = None  # what seldom changes, as it was drawn
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def zoom(self, factor: float) -> None:
        """Show a `factor` of the time, about the play head where it can be seen."""
        is_seen = self.axis.start_s <= self._time_s <= self.axis.end_s
        about_s = self._time_s if is_seen else (self.axis.start_s + self.axis.end_s) / 2
        self._show_axis(self.axis.zoomed(factor, about_s=about_s))

    def fit(self) -> None:
        """Show all of the time."""
        self.axis = TimeAxis.whole(self.axis.duration_s)
        self._fit()

    # Qt events

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._redraw()

    @override
    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is None:
            return
        down, across = event.angleDelta().y(), event.angleDelta().x()
        if across or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._show_axis(self.axis.moved(-(across or down) / NOTCH * _WHEEL_SHARE * self.axis.span_s))
        else:
            about_s = self.axis.to_s(event.position().x())
            self._show_axis(self.axis.zoomed(_WHEEL_FACTOR ** (down / NOTCH), about_s=about_s))
        event.accept()

    # For whoever draws

    def _left_px(self) -> float:
        """Where the time begins: beside it stand names."""
        raise NotImplementedError  # abc.ABC and a QWidget cannot both be the base of a class

    def _follow(self) -> None:
        """Turn the page where the player is not seen."""
        self._show_axis(self.axis.followed(self._time_s))

    def _fit(self) -> None:
        left_px = self._left_px()
        self.axis = self.axis.over(left_px=left_px, width_px=self.width() - left_px - RIGHT_PX)
        self._redraw()

    def _show_axis(self, axis: TimeAxis) -> None:
        if axis != self.axis:
            self.axis = axis
            self._redraw()

    def _redraw(self) -> None:
        self._layer = None
        self.update()
