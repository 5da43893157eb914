"""Scores, frame attention and the joint-by-time matrix over one time axis. Numbers are those of `Explained`."""

from typing import Final

from PyQt6.QtCore import QEvent, QPointF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from app.theme import colours_for, sized
from app.widgets.chart_data import ChartData
from app.widgets.chart_painter import LINES, ChartPainter, ChartPlan
from app.widgets.chart_rows import MatrixRow, leaders, matrix_rows
from app.widgets.own_keys import UP_DOWN, OwnKeys
from app.widgets.time_axis import TimeAxis, clock_text
from app.widgets.timed_view import TimedView

_NUDGES_M: Final = {  # x is to the right hand of who faces the camera: to the left in the picture
    Qt.Key.Key_Left: (0.05, 0.0),
    Qt.Key.Key_Right: (-0.05, 0.0),
    Qt.Key.Key_Up: (0.0, 0.05),
    Qt.Key.Key_Down: (0.0, -0.05),
}


class AttentionChart(TimedView):
    """Drag to go through the clip; drag with Shift to choose a stretch; the wheel zooms.

    With the focus on it, the arrow keys up and down go through the joints; with Alt they move the joint.

    Signals:
        sought(float, bool): go to a time; whether the pointer rests there.
        brushed(object): a stretch was chosen, as (start_s, end_s), or None.
        pointed(object): another joint is under the pointer, as (person, Kinect-25 index), or None.
        nudged(object, object): that joint shall be moved by so many metres, (x, y) in Kinect axes.
    """

    sought = pyqtSignal(float, bool)
    brushed = pyqtSignal(object)
    pointed = pyqtSignal(object)
    nudged = pyqtSignal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: ChartData | None = None
        self._rows: list[MatrixRow] = []
        self._shown: list[int] = []
        self._hover: QPointF | None = None
        self._joint: tuple[int, int] | None = None
        self._stretch: tuple[float, float] | None = None
        self._brush_from_s: float | None = None
        self._is_scrubbing = False
        self._text_factor = 1.0
        self._text = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        OwnKeys(self)
        self.setAccessibleName("Scores, frame attention and joint attention over time")

    @property
    def data(self) -> ChartData | None:
        """What is shown."""
        return self._data

    def show_data(self, data: ChartData | None, *, duration_s: float) -> None:
        """Show another clip, or the same as somebody else sees it. The same again costs nothing."""
        is_other = data is None or self._data is None or self.axis.duration_s != TimeAxis.whole(duration_s).duration_s
        if not is_other and data is not None and data.is_like(self._data):
            return
        if data is not None and (self._data is None or data.explained is not self._data.explained):
            self._rows, self._shown = matrix_rows(data.explained), leaders(data.explained, LINES)
        self._data = data
        if is_other:
            self.axis = TimeAxis.whole(duration_s)
        self._fit()

    def show_text(self, text: str) -> None:
        """Why there are no curves, written where they would be."""
        if text != self._text:
            self._text = text
            self.update()
        if self._data is None:
            self.setAccessibleDescription(text)

    def show_time(self, time_s: float, *, follows: bool) -> None:
        """Where the player is."""
        self._time_s = time_s
        if follows and self._brush_from_s is None:
            self._follow()
        if self._data is not None:
            self.setAccessibleDescription(self.words_at(time_s, self._chosen_row()))
        self.update()

    def show_joint(self, joint: tuple[int, int] | None) -> None:
        """Point out a joint's row, as (person, Kinect-25 index)."""
        if joint != self._joint:
            self._joint = joint
            self.update()

    def show_stretch(self, stretch: tuple[float, float] | None) -> None:
        """Point out a stretch of time."""
        if stretch != self._stretch:
            self._stretch = stretch
            self.update()

    def show_range(self, start_s: float, end_s: float) -> None:
        """Look at a part of the time."""
        whole = TimeAxis.whole(self.axis.duration_s)
        self.axis = whole.zoomed((end_s - start_s) / whole.span_s, about_s=(start_s + end_s) / 2)
        self.axis = self.axis.moved(start_s - self.axis.start_s)
        self._fit()

    def set_text_factor(self, factor: float) -> None:
        """Larger text, for an audience."""
        if factor != self._text_factor:
            self._text_factor = factor
            self._fit()

    def words_at(self, time_s: float, row: MatrixRow | None = None) -> str:
        """The numbers of a moment in words; of one joint too, where a row is given."""
        if self._data is None:
            return ""
        explained = self._data.explained
        frame = explained.frame_at(time_s)
        if frame is None:
            return f"{clock_text(time_s)}: nobody was seen"
        chances = explained.probabilities_at(frame)
        best = int(chances.argmax())
        parts = [
            clock_text(time_s),
            f"{explained.actions[best]} {100 * chances[best]:.0f} %",
            f"β {explained.beta[frame]:.2f}",
        ]
        if row is not None:
            heat = explained.alpha[frame, row.place] * explained.alpha.shape[1]
            parts.append(f"{row.name} {heat:.2f} × uniform")
        return "   ".join(parts)

    # Qt events

    @override
    def sizeHint(self) -> QSize:
        return QSize(760, 360)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(320, 200)

    @override
    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None or event.button() != Qt.MouseButton.LeftButton or self._data is None:
            return
        time_s = self.axis.to_s(event.position().x())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._brush_from_s = time_s
        else:
            self._is_scrubbing = True
            self.sought.emit(time_s, False)

    @override
    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None or self._data is None:
            return
        self._hover = event.position()
        time_s = self.axis.to_s(event.position().x())
        if self._brush_from_s is not None:
            self._brush_to(time_s)
        elif self._is_scrubbing:
            self.sought.emit(time_s, False)
        row = self._row_at(event.position())
        self._point_at(None if row is None else (row.person, row.joint))
        self.update()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        time_s = self.axis.to_s(event.position().x())
        if self._brush_from_s is not None:
            self._brush_to(time_s)
            self._brush_from_s = None
        elif self._is_scrubbing:
            self._is_scrubbing = False
            self.sought.emit(time_s, True)

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or self._data is None:
            return
        step_m = _NUDGES_M.get(Qt.Key(event.key()))
        if step_m is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            if self._joint is not None:
                self.nudged.emit(self._joint, step_m)
        elif event.key() in UP_DOWN and self._rows:
            by = -1 if event.key() == Qt.Key.Key_Up else 1
            now = self._chosen_place()
            place = (0 if by > 0 else len(self._rows) - 1) if now is None else (now + by) % len(self._rows)
            self._point_at((self._rows[place].person, self._rows[place].joint))
            self.setAccessibleDescription(self.words_at(self._time_s, self._rows[place]))
            self.update()
        else:
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent | None) -> None:
        super().focusInEvent(event)
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        self.update()

    @override
    def leaveEvent(self, event: QEvent | None) -> None:
        self._hover = None
        self._point_at(None)
        self.update()
        super().leaveEvent(event)

    @override
    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if self._data is not None:
            super().wheelEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        plan = self._plan()
        if self._data is None:
            painter.setPen(QColor(colours_for(self.palette()).muted))
            painter.setFont(sized(self.font(), self._text_factor))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter) | Qt.TextFlag.TextWordWrap, self._text)
            painter.end()
            return
        drawn = ChartPainter(self, plan, self.axis, text_factor=self._text_factor)
        if self._layer is None:
            self._layer = drawn.layer(self._data, self._rows, self._shown)
        painter.drawPixmap(0, 0, self._layer)
        if self._stretch is not None:
            drawn.paint_stretch(painter, *self._stretch)
        place = self._chosen_place()
        if place is not None:
            drawn.paint_row(painter, place)
        drawn.paint_head(painter, self._time_s)
        if self._hover is not None:
            words = self.words_at(self.axis.to_s(self._hover.x()), self._row_at(self._hover))
            drawn.paint_words(painter, words, self._hover)
        if self.hasFocus():
            drawn.paint_focus(painter)
        painter.end()

    # Inside

    def _chosen_place(self) -> int | None:
        return next((n for n, row in enumerate(self._rows) if (row.person, row.joint) == self._joint), None)

    def _chosen_row(self) -> MatrixRow | None:
        place = self._chosen_place()
        return None if place is None else self._rows[place]

    def _plan(self) -> ChartPlan:
        return ChartPlan.of(self.width(), self.height(), rows=len(self._rows), text_factor=self._text_factor)

    def _row_at(self, place: QPointF) -> MatrixRow | None:
        number = self._plan().row_at(place.y())
        return self._rows[number] if number is not None else None

    def _point_at(self, joint: tuple[int, int] | None) -> None:
        if joint != self._joint:
            self._joint = joint
            self.pointed.emit(joint)

    def _brush_to(self, time_s: float) -> None:
        assert self._brush_from_s is not None
        start_s, end_s = sorted((self._brush_from_s, time_s))
        self._stretch = (start_s, end_s) if end_s - start_s > 0.02 else None
        self.brushed.emit(self._stretch)
        self.update()

    @override
    def _left_px(self) -> float:
        return self._plan().gutter_px
