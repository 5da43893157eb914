"""The timeline: time, motion energy and a lane for each action. It shows a Track and says what the pointer did."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPointF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PyQt6.QtWidgets import QToolTip, QWidget
from typing_extensions import override

from app.widgets.time_axis import TimeAxis, clock_text
from app.widgets.timed_view import NOTCH, TimedView
from app.widgets.timeline_painter import (
    GUTTER_PX,
    RULER_PX,
    WAVE_PX,
    TimelinePainter,
    lane_height_px,
)
from app.widgets.track import Part, Touch, Track, touched
from core.library.edits import moved_within
from core.skeleton.segment import Segment

DRAG_PX = 4.0  # a shorter way of the pointer is a click


class Choice(StrEnum):
    """What a click on segments means for those that are chosen already."""

    ONLY = "only"
    TOGGLE = "toggle"


class _Drag(StrEnum):
    SCRUB = "scrub"
    NEW = "new"
    PART = "part"


@dataclass(slots=True, kw_only=True)
class _Grip:
    """What the pointer holds."""

    kind: _Drag
    from_px: QPointF
    from_s: float
    touch: Touch | None = None
    action: str = ""
    has_moved: bool = False


class TimelineView(TimedView):
    """Signals: the pointer's wishes, for whoever knows the labels.

    sought(float, bool): go to a time; whether the pointer rests there or still moves.
    chosen(object, str): segments were touched, and what that means (see `Choice`).
    marked(str, float, float): a stretch was drawn on the lane of an action.
    shaping(float): an edge is dragged, and is here now.
    reshaped(Segment, float, float): a segment was dragged to another start and end.
    action_chosen(str): the name of a lane was clicked.
    """

    sought = pyqtSignal(float, bool)
    chosen = pyqtSignal(object, str)
    marked = pyqtSignal(str, float, float)
    shaping = pyqtSignal(float)
    reshaped = pyqtSignal(object, float, float)
    action_chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._track = Track()
        self._times_s: NDArray[np.float64] = np.zeros(0)
        self._energy: NDArray[np.float32] = np.zeros(0, np.float32)
        self._first_lane = 0
        self._wheeled = 0  # since the last lane that was passed, in Qt's eighths of a degree
        self._grip: _Grip | None = None
        self._shaped: Segment | None = None  # as the pointer draws it
        self._held: Segment | None = None  # that grows while a key is held
        self._is_open = False
        self.setAccessibleName("Timeline")
        self.setAccessibleDescription("Motion energy and the segments of each action over time")

    @property
    def track(self) -> Track:
        """What is shown."""
        return self._track

    def show_recording(self, duration_s: float | None) -> None:
        """Another recording, all of it; None: nothing."""
        self._is_open = duration_s is not None
        self.axis = TimeAxis.whole(duration_s or 0.0)
        self._times_s, self._energy = np.zeros(0), np.zeros(0, np.float32)
        self._time_s, self._first_lane, self._grip, self._shaped = 0.0, 0, None, None
        self._fit()

    def show_held(self, segment: Segment | None) -> None:
        """What grows while a key is held."""
        if segment != self._held:
            self._held = segment
            self.update()

    def let_go(self) -> bool:
        """Forget what the pointer drags; whether there was something."""
        is_dragged = self._shaped is not None
        self._grip = self._shaped = None
        if is_dragged:
            self.update()
        return is_dragged

    def show_energy(self, times_s: NDArray[np.float64], energy: NDArray[np.float32]) -> None:
        """How much moves in it, (T,) at times (T,)."""
        self._times_s, self._energy = times_s, energy
        self._redraw()

    def show_track(self, track: Track) -> None:
        """Other segments, marks or choices."""
        if track != self._track:
            before, self._track = self._track, track
            touch = self._grip.touch if self._grip is not None else None
            if touch is not None and touch.segment not in track.labels:
                self._grip, self._shaped = None, None
            self._first_lane = min(self._first_lane, self._most_first_lane())
            if track.current != before.current:
                self._scroll_to(track.current)
            self._redraw()

    def show_time(self, time_s: float) -> None:
        """Where the player is; the page turns with it, but for a pointer that holds something."""
        self._time_s = time_s
        if self._grip is None:
            self._follow()
        self.update()

    # Qt events

    @override
    def sizeHint(self) -> QSize:
        return QSize(600, RULER_PX + WAVE_PX + 6 * 22)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(260, RULER_PX + WAVE_PX + 3 * 16)

    @override
    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None or event.button() != Qt.MouseButton.LeftButton or not self._is_open:
            return
        place = event.position()
        lane = self._lane_at(place.y())
        if place.x() < GUTTER_PX:
            if lane is not None:
                self.action_chosen.emit(self._track.lanes[lane].action)
            return
        time_s = self.axis.to_s(place.x())
        if lane is None:
            self._grip = _Grip(kind=_Drag.SCRUB, from_px=place, from_s=time_s)
            self.sought.emit(time_s, False)
            return
        touch = self._touch(place)
        if touch is None:
            action = self._track.lanes[lane].action
            self._grip = _Grip(kind=_Drag.NEW, from_px=place, from_s=time_s, action=action)
            return
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            self.chosen.emit((touch.segment,), Choice.TOGGLE)
            return
        if touch.segment not in self._track.chosen:
            self.chosen.emit((touch.segment,), Choice.ONLY)
        self._grip = _Grip(kind=_Drag.PART, from_px=place, from_s=time_s, touch=touch)

    @override
    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        place, grip = event.position(), self._grip
        if grip is None:
            touch = self._touch(place)
            on_edge = touch is not None and touch.part is not Part.BODY
            self.setCursor(Qt.CursorShape.SizeHorCursor if on_edge else Qt.CursorShape.ArrowCursor)
            return
        time_s = self.axis.to_s(place.x())
        grip.has_moved = grip.has_moved or abs(place.x() - grip.from_px.x()) >= DRAG_PX
        if grip.kind is _Drag.SCRUB:
            self.sought.emit(time_s, False)
        elif grip.has_moved:
            self._shaped = shaped = self._shape(grip, time_s)
            self.update()
            if grip.touch is not None and grip.touch.part is not Part.BODY:
                self.shaping.emit(shaped.start_s if grip.touch.part is Part.START else shaped.end_s)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is None or self._grip is None:
            return
        grip, shaped = self._grip, self._shaped
        self._grip, self._shaped = None, None
        self.update()
        if grip.kind is _Drag.SCRUB:
            self.sought.emit(self.axis.to_s(event.position().x()), True)
        elif shaped is not None and grip.touch is not None:
            self.reshaped.emit(grip.touch.segment, shaped.start_s, shaped.end_s)
        elif shaped is not None:
            self.marked.emit(shaped.action, shaped.start_s, shaped.end_s)
        elif not grip.has_moved:
            clicked = () if grip.touch is None else (grip.touch.segment,)
            if frozenset(clicked) != self._track.chosen:  # one of several that were chosen
                self.chosen.emit(clicked, Choice.ONLY)
            self.sought.emit(grip.from_s, True)

    @override
    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is None:
            return
        is_of_time = event.angleDelta().x() or event.modifiers() & (
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        )
        on_lanes = self._lane_at(event.position().y()) is not None
        if is_of_time or not on_lanes or not self._most_first_lane():
            super().wheelEvent(event)
            return
        self._wheeled += event.angleDelta().y()
        lanes = int(self._wheeled / NOTCH)
        self._wheeled -= lanes * NOTCH
        self._first_lane = min(max(0, self._first_lane - lanes), self._most_first_lane())
        event.accept()
        self._redraw()

    @override
    def event(self, event: QEvent | None) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            touch = self._touch(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if touch is None else segment_in_words(touch.segment), self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        if not self._is_open:
            return
        painter = QPainter(self)
        drawn = TimelinePainter(self, self.axis, self._track, first_lane=self._first_lane)
        if self._layer is None:
            self._layer = drawn.layer(self._times_s, self._energy)
        painter.drawPixmap(0, 0, self._layer)
        for shape in (self._shaped, self._held):
            if shape is not None:
                drawn.paint_growing(painter, shape)
        drawn.paint_head(painter, self._time_s)
        painter.end()

    # Geometry

    @override
    def _left_px(self) -> float:
        return GUTTER_PX

    def _lane_at(self, y_px: float) -> int | None:
        top = RULER_PX + WAVE_PX
        if y_px < top or not self._track.lanes:
            return None
        lane = self._first_lane + int((y_px - top) / lane_height_px(self.height(), len(self._track.lanes)))
        return lane if lane < len(self._track.lanes) else None

    def _most_first_lane(self) -> int:
        count = len(self._track.lanes)
        shown = int((self.height() - RULER_PX - WAVE_PX) / lane_height_px(self.height(), count)) if count else 0
        return max(0, count - shown)

    def _scroll_to(self, action: str) -> None:
        """Let the lane of an action be seen."""
        lane = next((place for place, lane in enumerate(self._track.lanes) if lane.action == action), None)
        if lane is not None:
            shown = len(self._track.lanes) - self._most_first_lane()
            self._first_lane = min(max(self._first_lane, lane - shown + 1), lane)

    def _touch(self, place: QPointF) -> Touch | None:
        lane = self._lane_at(place.y())
        if lane is None or place.x() < GUTTER_PX:
            return None
        action = self._track.lanes[lane].action
        on_lane = (one for one in self._track.labels if one.action == action)
        return touched(on_lane, self.axis, place.x(), chosen=self._track.chosen)

    def _shape(self, grip: _Grip, time_s: float) -> Segment:
        """The segment that is drawn or dragged, as it would become."""
        if grip.touch is None:
            return Segment(start_s=min(grip.from_s, time_s), end_s=max(grip.from_s, time_s), action=grip.action)
        one, by_s = grip.touch.segment, time_s - grip.from_s
        if grip.touch.part is Part.START:
            return replace(one, start_s=min(max(0.0, one.start_s + by_s), one.end_s - 0.01))
        if grip.touch.part is Part.END:
            return replace(one, end_s=max(min(self.axis.duration_s, one.end_s + by_s), one.start_s + 0.01))
        return moved_within(one, by_s, duration_s=self.axis.duration_s)


def segment_in_words(one: Segment) -> str:
    """A segment in words."""
    return f"{one.action}: {clock_text(one.start_s)} to {clock_text(one.end_s)} ({one.duration_s:.2f} s)"
