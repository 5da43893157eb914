"""Draws a timeline: what seldom changes into one layer, what moves on top of it."""

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap, QPolygonF
from PyQt6.QtWidgets import QWidget

from app.theme import Colours, colours_for, ink_on, sized
from app.widgets.time_axis import TimeAxis, clock_text
from app.widgets.track import SMALLEST_PX, Lane, Track
from core.skeleton.energy import peaks
from core.skeleton.segment import Segment

GUTTER_PX = 128
RULER_PX, WAVE_PX = 22, 34
LANE_PX, LEAST_LANE_PX = 24.0, 15.0
TICKS_APART_PX = 82.0


def lane_height_px(height_px: float, lanes: int) -> float:
    """How high each lane is in a timeline of that height."""
    room = (height_px - RULER_PX - WAVE_PX) / max(1, lanes)
    return min(LANE_PX, max(LEAST_LANE_PX, room))


class TimelinePainter:
    """Draws one state of a timeline onto a widget's pixels."""

    def __init__(self, widget: QWidget, axis: TimeAxis, track: Track, *, first_lane: int) -> None:
        self._widget, self._axis, self._track, self._first = widget, axis, track, first_lane
        self._colours: Colours = colours_for(widget.palette())
        self._font = sized(widget.font(), 0.88)
        self._lane_px = lane_height_px(widget.height(), len(track.lanes))
        self._rows = {lane.action: place for place, lane in enumerate(track.lanes)}
        self._metrics = QFontMetricsF(self._font)

    def layer(self, times_s: NDArray[np.float64], energy: NDArray[np.float32]) -> QPixmap:
        """Everything but what moves."""
        ratio = self._widget.devicePixelRatioF()
        layer = QPixmap(self._widget.size() * ratio)
        layer.setDevicePixelRatio(ratio)
        layer.fill(QColor(self._colours.card))
        painter = QPainter(layer)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        self._paint_ruler(painter)
        self._paint_wave(painter, times_s, energy)
        for place, lane in enumerate(self._track.lanes[self._first :]):
            self._paint_lane(painter, place, lane)
        painter.setClipRect(self._times_rect())
        for one in sorted(self._track.labels, key=lambda one: -one.duration_s):  # short ones on top
            self._paint_segment(painter, one, is_chosen=one in self._track.chosen)
        for number, proposal in enumerate(self._track.proposals):
            self._paint_proposal(painter, proposal.segment, is_asked=number == self._track.proposal)
        if not self._track.lanes:
            self._paint_hint(painter)
        self._paint_marks(painter)
        self._paint_scroll_mark(painter)
        painter.end()
        return layer

    def paint_growing(self, painter: QPainter, one: Segment) -> None:
        """A segment that is being drawn or held."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        painter.setClipRect(self._times_rect())
        self._paint_segment(painter, one, is_chosen=True)
        painter.restore()

    def paint_head(self, painter: QPainter, time_s: float) -> None:
        """The play head, where it can be seen."""
        x = self._axis.to_px(time_s)
        if not self._axis.left_px - 1 <= x <= self._axis.left_px + self._axis.width_px + 1:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = QColor(self._colours.accent)
        painter.setPen(QPen(ink, 1.6))
        painter.drawLine(QPointF(x, 8), QPointF(x, self._widget.height()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawPolygon(
            QPolygonF([QPointF(x - 6, 2), QPointF(x + 6, 2), QPointF(x + 6, 8), QPointF(x, 14), QPointF(x - 6, 8)])
        )

    # Parts of the layer

    def _times_rect(self) -> QRectF:
        return QRectF(self._axis.left_px - 2, 0, self._axis.width_px + 4, self._widget.height())

    def _paint_ruler(self, painter: QPainter) -> None:
        has_parts = self._axis.span_s < 12
        for tick_s in self._axis.ticks_s(apart_px=TICKS_APART_PX):
            x = self._axis.to_px(tick_s)
            painter.setPen(QPen(QColor(self._colours.line), 1))
            painter.drawLine(QPointF(x, RULER_PX - 4), QPointF(x, self._widget.height()))
            painter.setPen(QColor(self._colours.muted))
            box = QRectF(x + 3, 1, TICKS_APART_PX - 4, RULER_PX - 4)
            text = clock_text(tick_s, has_parts=has_parts)
            if x + 3 + painter.fontMetrics().horizontalAdvance(text) > self._widget.width():
                continue
            painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)

    def _paint_wave(self, painter: QPainter, times_s: NDArray[np.float64], energy: NDArray[np.float32]) -> None:
        top, left, width = float(RULER_PX), self._axis.left_px, self._axis.width_px
        painter.setPen(QColor(self._colours.muted))
        box = QRectF(10, top, GUTTER_PX - 18, WAVE_PX)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), "Motion")
        if not len(energy):
            return
        count = max(2, min(int(width), 2 * len(energy)))
        count = max(2, min(count, round(self._axis.span_s / max(1e-3, _median_step_s(times_s)))))
        heights = peaks(times_s, energy, start_s=self._axis.start_s, end_s=self._axis.end_s, count=count)
        most = float(np.quantile(energy, 0.995)) or 1.0  # of the whole recording, so that zooming changes no height
        path = QPainterPath(QPointF(left, top + WAVE_PX))
        for place, value in enumerate(np.clip(heights / most, 0, 1).tolist()):
            path.lineTo(left + (place + 0.5) / count * width, top + WAVE_PX - 2 - value * (WAVE_PX - 6))
        path.lineTo(left + width, top + WAVE_PX)
        path.closeSubpath()
        fill = QColor(self._colours.accent)
        fill.setAlpha(90)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPath(path)

    def _paint_lane(self, painter: QPainter, place: int, lane: Lane) -> None:
        top = RULER_PX + WAVE_PX + place * self._lane_px
        is_current = lane.action == self._track.current
        painter.setPen(QPen(QColor(self._colours.line), 1))
        painter.drawLine(QPointF(0, top), QPointF(self._widget.width(), top))
        if is_current:
            ground = QColor(self._colours.accent)
            ground.setAlpha(28)
            painter.fillRect(QRectF(0, top + 1, self._widget.width(), self._lane_px - 1), ground)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.series[lane.slot]))
        painter.drawEllipse(QRectF(10, top + self._lane_px / 2 - 4, 8, 8))
        painter.setFont(sized(self._font, 1.0, QFont.Weight.DemiBold if is_current else QFont.Weight.Normal))
        painter.setPen(QColor(self._colours.muted))
        middle = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(23, top, 12, self._lane_px), middle, lane.digit)
        painter.setPen(QColor(self._colours.text))
        room = GUTTER_PX - 42
        name = painter.fontMetrics().elidedText(lane.action.replace("_", " "), Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(36, top, room + 4, self._lane_px), middle, name)
        painter.setFont(self._font)

    def _box(self, one: Segment) -> QRectF | None:
        """Where a segment lies; None where it cannot be seen."""
        lane = self._rows.get(one.action)
        if lane is None or lane < self._first or one.end_s < self._axis.start_s or one.start_s > self._axis.end_s:
            return None
        left, right = self._axis.to_px(one.start_s), self._axis.to_px(one.end_s)
        top = RULER_PX + WAVE_PX + (lane - self._first) * self._lane_px
        return QRectF(left, top + 2, max(SMALLEST_PX, right - left), self._lane_px - 3)

    def _colour(self, one: Segment) -> QColor:
        return QColor(self._colours.series[self._track.lanes[self._rows[one.action]].slot])

    def _paint_segment(self, painter: QPainter, one: Segment, *, is_chosen: bool) -> None:
        box = self._box(one)
        if box is None:
            return
        colour = self._colour(one)
        fill = QColor(colour)
        fill.setAlpha(235 if is_chosen else 150)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(self._colours.text) if is_chosen else colour, 1.8 if is_chosen else 1.0))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        text = f"{one.duration_s:.1f} s"
        seen = box.intersected(self._times_rect())
        if self._metrics.horizontalAdvance(text) + 8 < seen.width():
            painter.setPen(ink_on(fill, self._colours.card))
            painter.drawText(seen, int(Qt.AlignmentFlag.AlignCenter), text)

    def _paint_proposal(self, painter: QPainter, one: Segment, *, is_asked: bool) -> None:
        box = self._box(one)
        if box is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(self._colour(one), 2.4 if is_asked else 1.4, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 3, 3)
        if is_asked:
            painter.setPen(QColor(self._colours.text))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), "?")

    def _paint_marks(self, painter: QPainter) -> None:
        start_s, end_s = self._track.mark_in_s, self._track.mark_out_s
        for time_s, text in ((start_s, "In"), (end_s, "Out")):
            if time_s is None:
                continue
            x = self._axis.to_px(time_s)
            painter.setPen(QPen(QColor(self._colours.warning), 1.6, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, RULER_PX), QPointF(x, self._widget.height()))
            painter.setPen(QColor(self._colours.warning))
            side = QRectF(x + 3, RULER_PX, 40, 14) if text == "In" else QRectF(x - 43, RULER_PX, 40, 14)
            flag = Qt.AlignmentFlag.AlignLeft if text == "In" else Qt.AlignmentFlag.AlignRight
            painter.drawText(side, int(flag | Qt.AlignmentFlag.AlignVCenter), text)
        if start_s is not None and end_s is not None and end_s > start_s:
            between = QColor(self._colours.warning)
            between.setAlpha(30)
            left, right = self._axis.to_px(start_s), self._axis.to_px(end_s)
            painter.fillRect(QRectF(left, RULER_PX, right - left, self._widget.height()), between)

    def _paint_hint(self, painter: QPainter) -> None:
        painter.setPen(QColor(self._colours.muted))
        box = self._times_rect().adjusted(0, RULER_PX + WAVE_PX, 0, 0)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._track.hint)

    def _paint_scroll_mark(self, painter: QPainter) -> None:
        """Which of the lanes are seen, where that is not all of them."""
        count, top = len(self._track.lanes), float(RULER_PX + WAVE_PX)
        room = self._widget.height() - top
        if count * self._lane_px <= room + 1:
            return
        painter.setClipping(False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.line))
        length = room * room / (count * self._lane_px)
        start = top + min(room - length, room * self._first / count)
        painter.drawRoundedRect(QRectF(self._widget.width() - 6, start + 1, 5, length - 2), 2.5, 2.5)


def _median_step_s(times_s: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(times_s))) if len(times_s) > 1 else 1.0
