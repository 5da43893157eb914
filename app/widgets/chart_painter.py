"""Draws an attention chart: what seldom changes into one layer, what moves on top of it."""

import itertools
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF
from PyQt6.QtWidgets import QWidget

from app.theme import Colours, colours_for, sized
from app.widgets.chart_data import ChartData
from app.widgets.chart_rows import MatrixRow
from app.widgets.history import round_up
from app.widgets.skeleton_painter import paint_label
from app.widgets.time_axis import TimeAxis, clock_text
from app.widgets.timed_view import RIGHT_PX
from core.explain.explained import Explained
from core.explain.heat import HeatScale, heat_colours_rgb, scale_of

LINES: Final = 4
TICKS_APART_PX: Final = 84.0
_GAP_PX: Final = 8.0
_LEFT_MIDDLE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT_MIDDLE = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPlan:
    """Where the parts of a chart lie, from above: names of actions, scores, beta, matrix, times."""

    gutter_px: float
    key_px: float
    scores: tuple[float, float]  # top, bottom
    beta: tuple[float, float]
    matrix: tuple[float, float]
    rows: int

    @classmethod
    def of(cls, width_px: int, height_px: int, *, rows: int, text_factor: float) -> Self:
        """For a widget of that size."""
        line = 18.0 * text_factor
        gutter = min(0.3 * width_px, 116.0 * text_factor)
        room = height_px - 2 * line - 3 * _GAP_PX
        scores = max(40.0, 0.27 * room)
        beta = max(2 * line - 8, 0.15 * room)  # two numbers stand beside it
        top = line + 2
        first, second = top + scores, top + scores + _GAP_PX + beta
        return cls(
            gutter_px=gutter,
            key_px=line,
            scores=(top, first),
            beta=(first + _GAP_PX, second),
            matrix=(second + _GAP_PX, height_px - line - 2),
            rows=rows,
        )

    @property
    def row_px(self) -> float:
        """Height of a row of the matrix."""
        return (self.matrix[1] - self.matrix[0]) / max(1, self.rows)

    def row_at(self, y_px: float) -> int | None:
        """The row of the matrix at a height."""
        if not self.matrix[0] <= y_px < self.matrix[1] or not self.rows:
            return None
        return min(self.rows - 1, int((y_px - self.matrix[0]) / self.row_px))


class ChartPainter:
    """Draws one state of a chart onto a widget's pixels."""

    def __init__(self, widget: QWidget, plan: ChartPlan, axis: TimeAxis, *, text_factor: float) -> None:
        self._widget, self._plan, self._axis = widget, plan, axis
        self._colours: Colours = colours_for(widget.palette())
        self._font = sized(widget.font(), 0.86 * text_factor)
        self._factor = text_factor

    def layer(self, data: ChartData, rows: list[MatrixRow], shown: list[int]) -> QPixmap:
        """Everything but what moves; `shown` are the actions that have a curve."""
        ratio = self._widget.devicePixelRatioF()
        layer = QPixmap(self._widget.size() * ratio)
        layer.setDevicePixelRatio(ratio)
        layer.fill(QColor(self._colours.card))
        painter = QPainter(layer)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        self._paint_times(painter)
        self._paint_scores(painter, data, shown)
        self._paint_beta(painter, data)
        self._paint_matrix(painter, data, rows)
        self._paint_names(painter, rows)
        self._paint_lacks(painter, data.explained)
        painter.end()
        return layer

    def paint_head(self, painter: QPainter, time_s: float) -> None:
        """The play head, where it can be seen."""
        x = self._axis.to_px(time_s)
        if self._axis.left_px - 1 <= x <= self._axis.left_px + self._axis.width_px + 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._colours.text), 1.6 * self._factor))
            painter.drawLine(QPointF(x, self._plan.scores[0]), QPointF(x, self._plan.matrix[1]))

    def paint_stretch(self, painter: QPainter, start_s: float, end_s: float) -> None:
        """A stretch that was chosen. The colours of the matrix stay what they are: they are numbers."""
        first, last = self._axis.left_px, self._axis.left_px + self._axis.width_px
        left, right = (min(max(first, self._axis.to_px(time_s)), last) for time_s in (start_s, end_s))
        if left >= right:
            return
        ground = QColor(self._colours.accent)
        ground.setAlpha(46)
        top, bottom = self._plan.scores[0], self._plan.matrix[1]
        painter.fillRect(QRectF(left, top, right - left, self._plan.beta[1] - top), ground)
        painter.setPen(QPen(QColor(self._colours.accent), 1.4))
        for x in (left, right):
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        painter.setPen(QPen(QColor(self._colours.accent), 3))
        painter.drawLine(QPointF(left, bottom + 2), QPointF(right, bottom + 2))

    def paint_focus(self, painter: QPainter) -> None:
        """A ring: keys go here."""
        painter.setPen(QPen(QColor(self._colours.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self._widget.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def paint_row(self, painter: QPainter, place: int) -> None:
        """A joint that is pointed out."""
        top = self._plan.matrix[0] + place * self._plan.row_px
        painter.setPen(QPen(QColor(self._colours.accent), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(2, top, self._axis.left_px + self._axis.width_px - 2, self._plan.row_px))

    def paint_words(self, painter: QPainter, words: str, place: QPointF) -> None:
        """The numbers under the pointer, beside it."""
        painter.setPen(QPen(QColor(self._colours.muted), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(place.x(), self._plan.scores[0]), QPointF(place.x(), self._plan.matrix[1]))
        corner = QPointF(place.x() + 14, place.y() - 34)
        paint_label(painter, words, corner, self._font, within=QRectF(self._widget.rect()))

    # Parts of the layer

    def _paint_times(self, painter: QPainter) -> None:
        has_parts = self._axis.span_s < 12
        bottom = self._plan.matrix[1]
        for tick_s in self._axis.ticks_s(apart_px=TICKS_APART_PX * self._factor):
            x = self._axis.to_px(tick_s)
            painter.setPen(QPen(QColor(self._colours.line), 1))
            painter.drawLine(QPointF(x, self._plan.scores[0]), QPointF(x, bottom + 4))
            text = clock_text(tick_s, has_parts=has_parts)
            painter.setPen(QColor(self._colours.muted))
            if x + 4 + painter.fontMetrics().horizontalAdvance(text) <= self._widget.width():
                painter.drawText(QRectF(x + 4, bottom + 1, 100 * self._factor, self._plan.key_px), _LEFT_MIDDLE, text)

    def _paint_scores(self, painter: QPainter, data: ChartData, shown: list[int]) -> None:
        top, bottom = self._plan.scores
        self._paint_gutter(painter, "Scores", top, bottom, high="100 %", low="0")
        self._paint_key(painter, data, shown)
        painter.save()
        painter.setClipRect(QRectF(self._axis.left_px, top - 2, self._axis.width_px, bottom - top + 4))
        for explained, style in self._both(data):
            chances = explained.probabilities  # worked out for all frames each time
            for slot, action in enumerate(shown):
                place = self._place_of(explained, data.explained.actions[action])
                if place is None:
                    continue
                painter.setPen(QPen(QColor(self._colours.series[slot]), 2.0 * self._factor, style))
                self._paint_line(painter, explained, chances[:, place], top, bottom, high=1.0)
        painter.restore()

    def _paint_beta(self, painter: QPainter, data: ChartData) -> None:
        top, bottom = self._plan.beta
        high = round_up(max(float(explained.beta.max(initial=0.0)) for explained, _ in self._both(data)))
        self._paint_gutter(painter, "Frames, β", top, bottom, high=f"{high:g}", low="0")
        painter.save()
        painter.setClipRect(QRectF(self._axis.left_px, top - 2, self._axis.width_px, bottom - top + 4))
        for explained, style in self._both(data):
            painter.setPen(QPen(QColor(self._colours.accent), 1.6 * self._factor, style))
            self._paint_line(painter, explained, explained.beta.astype(np.float64), top, bottom, high=high)
        painter.restore()

    def _paint_matrix(self, painter: QPainter, data: ChartData, rows: list[MatrixRow]) -> None:
        """One column of colours for each pixel, one row for each joint."""
        width = max(1, round(self._axis.width_px))
        times_s = self._axis.start_s + (np.arange(width) + 0.5) / width * self._axis.span_s
        frames = data.explained.frames_at(times_s)  # (W,)
        alpha = data.explained.alpha
        places = [row.place for row in rows]
        heat = alpha[np.maximum(frames, 0)][:, places] * np.float32(alpha.shape[1])  # (W, R)
        colours_rgb = _colours(heat, data.scale, is_of_each_frame=data.is_of_each_frame)  # (W, R, 3)
        raised = QColor(self._colours.raised)
        colours_rgb[frames < 0] = (raised.red(), raised.green(), raised.blue())
        picture = np.ascontiguousarray(colours_rgb.transpose(1, 0, 2))  # (R, W, 3)
        content = picture.tobytes()  # the image only borrows it
        image = QImage(content, width, len(rows), 3 * width, QImage.Format.Format_RGB888)
        top, bottom = self._plan.matrix
        painter.drawImage(QRectF(self._axis.left_px, top, self._axis.width_px, bottom - top), image)
        painter.setPen(QPen(QColor(self._colours.card), 2))
        for place, row in enumerate(rows):
            if row.is_first and place:
                y = top + place * self._plan.row_px
                painter.drawLine(QPointF(self._axis.left_px, y), QPointF(self._axis.left_px + self._axis.width_px, y))

    def _paint_lacks(self, painter: QPainter, explained: Explained) -> None:
        """What the network has no gate for, over what is the same everywhere because of that."""
        lacks = (
            (explained.weighs_frames, self._plan.beta, "No frame gate in this network: all frames weigh alike"),
            (explained.weighs_joints, self._plan.matrix, "No joint gate in this network: all joints weigh alike"),
        )
        for has_gate, (top, bottom), text in lacks:
            if not has_gate:
                height = painter.fontMetrics().height() + 8
                corner = QPointF(self._axis.left_px + 12, (top + bottom - height) / 2)
                paint_label(painter, text, corner, self._font)
                painter.setFont(self._font)

    def _paint_names(self, painter: QPainter, rows: list[MatrixRow]) -> None:
        """Names of joints where there is room for them, else of limbs, else of persons."""
        levels = [[(name, len(list(same))) for name, same in itertools.groupby(names)] for names in _names(rows)]
        most_lines = (self._plan.matrix[1] - self._plan.matrix[0]) / (0.82 * painter.fontMetrics().height())
        groups = next((level for level in levels if min(n for _, n in level) * most_lines >= len(rows)), levels[-1])
        painter.setPen(QColor(self._colours.text))
        top = self._plan.matrix[0]
        for name, count in groups:
            box = QRectF(4, top, self._plan.gutter_px - 12, count * self._plan.row_px)
            painter.drawText(box, _RIGHT_MIDDLE | Qt.TextFlag.TextDontClip, self._elided(painter, name))
            top += count * self._plan.row_px

    def _paint_gutter(self, painter: QPainter, name: str, top: float, bottom: float, *, high: str, low: str) -> None:
        painter.setPen(QColor(self._colours.text))
        box = QRectF(4, top, self._plan.gutter_px - 50 * self._factor, bottom - top)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), name)
        painter.setPen(QColor(self._colours.muted))
        line = self._plan.key_px
        for text, y in ((high, top - 3), (low, bottom - line + 3)):
            painter.drawText(
                QRectF(self._plan.gutter_px - 50 * self._factor, y, 44 * self._factor, line), _RIGHT_MIDDLE, text
            )
        painter.setPen(QPen(QColor(self._colours.line), 1))
        for y in (top, bottom):
            painter.drawLine(QPointF(self._axis.left_px, y), QPointF(self._axis.left_px + self._axis.width_px, y))

    def _paint_key(self, painter: QPainter, data: ChartData, shown: list[int]) -> None:
        """Names of the actions in their colours; whose lines are dashed."""
        x, middle = self._axis.left_px, self._plan.key_px / 2
        room_px = self._widget.width() - x - RIGHT_PX
        each_px = (room_px if data.other is None else 0.72 * room_px) / max(1, len(shown)) - 34 * self._factor
        for slot, action in enumerate(shown):
            name = data.explained.actions[action]
            name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, max(20, int(each_px)))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._colours.series[slot]))
            painter.drawEllipse(QPointF(x + 5, middle), 4 * self._factor, 4 * self._factor)
            painter.setPen(QColor(self._colours.text))
            width = painter.fontMetrics().horizontalAdvance(name) + 8
            painter.drawText(QRectF(x + 13 * self._factor, 0, width, self._plan.key_px), _LEFT_MIDDLE, name)
            x += width + 26 * self._factor
        if data.other is not None:
            painter.setPen(QColor(self._colours.muted))
            text = f"dashed: {data.other_name}"
            room = QRectF(x, 0, self._widget.width() - x - RIGHT_PX, self._plan.key_px)
            shown_text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(room.width())))
            painter.drawText(room, _RIGHT_MIDDLE, shown_text)

    def _paint_line(
        self,
        painter: QPainter,
        explained: Explained,
        values: NDArray[np.float64],
        top: float,
        bottom: float,
        *,
        high: float,
    ) -> None:
        """A line for each stretch without a gap."""
        times_s = explained.clip.times_s
        for part in explained.clip.stretches():
            inside = np.arange(part.start, part.stop)
            is_near = (times_s[inside] >= self._axis.start_s - 1) & (times_s[inside] <= self._axis.end_s + 1)
            chosen = inside[is_near]
            chosen = thinned(values, chosen, most=2 * max(1, int(self._axis.width_px)))
            if len(chosen) > self._axis.width_px:  # a wide line to and fro in each pixel takes ten times as long
                pen = painter.pen()
                pen.setWidthF(1.0)
                painter.setPen(pen)
            heights = bottom - np.clip(values[chosen] / high, 0, 1) * (bottom - top)
            points = [
                QPointF(self._axis.to_px(time_s), height)
                for time_s, height in zip(times_s[chosen].tolist(), heights.tolist(), strict=True)
            ]
            painter.drawPolyline(QPolygonF(points))

    def _both(self, data: ChartData) -> list[tuple[Explained, Qt.PenStyle]]:
        first = [(data.explained, Qt.PenStyle.SolidLine)]
        return first if data.other is None else [(data.other, Qt.PenStyle.DashLine), *first]

    @staticmethod
    def _place_of(explained: Explained, action: str) -> int | None:
        return explained.actions.index(action) if action in explained.actions else None

    def _elided(self, painter: QPainter, text: str) -> str:
        room = int(self._plan.gutter_px - 14)
        return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)


def _names(rows: list[MatrixRow]) -> tuple[list[str], list[str], list[str]]:
    """What each row can be called: joint, limb, or person; "joints" where there is only one person."""
    has_several = any(row.person for row in rows)
    persons = [f"person {row.person + 1}" if has_several else "joints" for row in rows]
    return [row.name for row in rows], [row.limb for row in rows], persons


def thinned(values: NDArray[np.float64], frames: NDArray[np.intp], *, most: int) -> NDArray[np.intp]:
    """At most about so many of the frames (N,), in order: of each few in a row the lowest and the highest value.

    So no peak of a long clip is lost between two pixels.
    """
    if len(frames) <= most:
        return frames
    step = -(-2 * len(frames) // most)
    whole = len(frames) // step * step
    blocks = frames[:whole].reshape(-1, step)  # (M, step)
    of = np.arange(len(blocks))
    ends = [blocks[of, values[blocks].argmin(axis=1)], blocks[of, values[blocks].argmax(axis=1)]]
    return np.unique(np.concatenate([*ends, frames[whole:], frames[:1], frames[-1:]]))


def _colours(heat: NDArray[np.float32], scale: HeatScale, *, is_of_each_frame: bool) -> NDArray[np.uint8]:
    """Colours (W, R, 3); with a range of each frame every column has one of its own."""
    if not is_of_each_frame:
        return heat_colours_rgb(heat, scale)
    ends = np.array([scale_of(column, of="this frame").high for column in heat], np.float32)  # (W,)
    return heat_colours_rgb(heat / ends[:, None] * scale.high, scale)
