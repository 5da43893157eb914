"""The picture with the skeleton on it."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import RADIUS_PX, colours_for
from app.widgets.overlay import (
    JointMark,
    Placement,
    bone_lines,
    hottest_last,
    joint_marks,
    joint_title,
    mark_at,
    place,
    size_unit_px,
)
from app.widgets.skeleton_painter import paint_bones, paint_heat, paint_label, paint_plain_joints, paint_trails
from app.widgets.trails import Trails
from core.explain.heat import TIMES_UNIFORM, HeatScale, scale_of
from core.live.results import LiveResult
from core.opencv import cv2
from core.sources.source import Frame, Picture

LEAST_DRAG_PX = 4.0  # of the picture; less is a click


class Span(StrEnum):
    """Whose attention the range of the colours holds."""

    FIXED = "fixed"  # that of `Display.scale`
    WINDOW = "window"  # of all frames that the answer is about
    FRAME = "frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """How to show it; the network sees none of this."""

    is_mirrored: bool = True
    has_heat: bool = True
    is_dimmed: bool = False  # behind an error, so that nobody takes an old picture for a live one
    chip: str = ""  # a word in the corner: "Frozen"
    scale: HeatScale = TIMES_UNIFORM  # colours and range of the heat
    span: Span = Span.FIXED
    has_trails: bool = False  # where hands, feet and head have just been


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ready:
    """A picture as it is painted: scaled to its place, flipped where that is wished."""

    frame: Frame
    placement: Placement
    ratio: float  # of the screen's pixels to Qt's
    image: QImage


def picture_image(picture_bgr: Picture, *, size_px: tuple[int, int] | None = None, is_mirrored: bool = False) -> QImage:
    """A picture (height, width, 3) at the size of the screen, flipped where that is wished; of its own memory.

    Scaled here and not by the painter, which takes ten times as long for it.
    """
    picture = np.ascontiguousarray(picture_bgr)  # a cut-out or a flipped view becomes whole
    height, width = picture.shape[:2]
    if size_px is not None and size_px != (width, height):
        picture = _scaled(picture, size_px)
    if is_mirrored:
        picture = cv2.flip(picture, 1).astype(np.uint8, copy=False)
    height, width = picture.shape[:2]
    # The QImage only borrows the buffer; `picture` lives until convertToFormat has copied it.
    data = cast("bytes", picture.data)  # PyQt6's stub knows only bytes; any buffer in one piece works
    borrowed = QImage(data, width, height, picture.strides[0], QImage.Format.Format_BGR888)
    return borrowed.convertToFormat(QImage.Format.Format_RGB32)  # the quickest to paint


def _scaled(picture: Picture, size_px: tuple[int, int]) -> Picture:
    """A picture at another size. Means over whole pixels are quick, over parts of them twenty times as slow."""
    height, width = picture.shape[:2]
    whole = min(width // max(size_px[0], 1), height // max(size_px[1], 1))
    if whole > 1:
        picture = picture[: height // whole * whole, : width // whole * whole]
        picture = cv2.resize(picture, (width // whole, height // whole), interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )
    return cv2.resize(picture, size_px, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


class VideoView(QWidget):
    """Shows a LiveResult, letter-boxed and scaled smoothly. Repaints only for another result or another display.

    Signals:
        painted(LiveResult): a result has been painted for the first time.
        redisplayed(): it is shown differently now.
        dragged(int, int, object): a joint, by identity and Kinect-25 index, was dragged so many pixels of the picture.
        pointed(object): another joint is under the pointer, as (person, Kinect-25 index), or None.
    """

    painted = pyqtSignal(object)
    redisplayed = pyqtSignal()
    pointed = pyqtSignal(object)
    dragged = pyqtSignal(int, int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: LiveResult | None = None
        self._ready: _Ready | None = None  # the picture that is shown, as it is painted
        # Those that come, while their poses are found: the pose network may be one frame ahead of the results.
        self._prepared: deque[_Ready] = deque(maxlen=2)
        self._is_painted = False
        self._trails = Trails()
        self._display = Display()
        self._hovered: JointMark | None = None
        self._drag: tuple[JointMark, QPointF] | None = None
        self._pointer = QPointF()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Picture with skeleton")

    @property
    def result(self) -> LiveResult | None:
        """What is shown."""
        return self._result

    @property
    def display(self) -> Display:
        """How it is shown."""
        return self._display

    @property
    def hovered(self) -> JointMark | None:
        """The joint under the pointer."""
        return self._hovered

    def show_result(self, result: LiveResult | None) -> None:
        """Show a result, or an empty stage for None. The same one again costs nothing.

        It is painted at once: whatever else there is to draw comes after the picture.
        """
        if result is self._result:
            return
        self._result, self._is_painted = result, False
        self._trails.add(result if self._display.has_trails else None)
        self.repaint()

    def prepare(self, frame: Frame) -> None:
        """Scale the picture of a frame whose result is about to come."""
        placement = self._placement_of(frame.picture_bgr)
        if placement is not None and self.isVisible() and self._found(frame, placement) is None:
            self._prepared.append(self._made_ready(frame, placement))

    def set_display(self, display: Display) -> None:
        """Show it differently."""
        if display != self._display:
            self._display = display
            self.update()
            self.redisplayed.emit()

    def scale_of(self, result: LiveResult) -> HeatScale:
        """The range in which a result's heat is shown."""
        display = self._display
        if display.span is Span.FIXED or result.prediction is None:
            return display.scale
        alpha, of = result.prediction.alpha, "this window"
        if display.span is Span.FRAME:
            alpha, of = alpha[-1:], "this frame"
        return scale_of(alpha * alpha.shape[1], of=of, palette=display.scale.palette)

    def shown_scale(self) -> HeatScale:
        """The range in which what is shown now is coloured, for a legend beside it."""
        return self._display.scale if self._result is None else self.scale_of(self._result)

    def placement(self) -> Placement | None:
        """Where the picture lies now."""
        return None if self._result is None else self._placement_of(self._result.frame.picture_bgr)

    def _placement_of(self, picture_bgr: Picture) -> Placement | None:
        if self.width() < 1 or self.height() < 1:
            return None
        height, width = picture_bgr.shape[:2]
        picture = (float(width), float(height))
        view = (float(self.width()), float(self.height()))
        return place(picture=picture, view=view, is_mirrored=self._display.is_mirrored)

    def marks(self) -> list[JointMark]:
        """Joints of those whom the network looks at, as they lie on the screen now, the hottest last."""
        placement, result = self.placement(), self._result
        if placement is None or result is None:
            return []
        return hottest_last(
            [
                mark
                for person in _looked_at(result)
                for mark in joint_marks(result.pose, placement, person=person, heat=result.heat(person))
            ]
        )

    @override
    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(320, 200)

    def point_out(self, joint: tuple[int, int] | None) -> None:
        """Show the number of a joint, (identity, Kinect-25 index), as if the pointer were on it."""
        found = next((mark for mark in self.marks() if (self._identity(mark), mark.joint) == joint), None)
        if _key(found) != _key(self._hovered):
            self._hovered = found
            self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() == Qt.MouseButton.LeftButton and self._hovered is not None:
            self._drag = (self._hovered, event.position())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        placement, drag = self.placement(), self._drag
        self._drag = None
        if event is None or drag is None or placement is None:
            return
        mark, start = drag
        ends = np.array([[start.x(), start.y()], [event.position().x(), event.position().y()]])
        (x, y) = np.diff(placement.to_picture(ends), axis=0)[0].tolist()
        self.update()
        if abs(x) + abs(y) >= LEAST_DRAG_PX:
            self.dragged.emit(self._identity(mark), mark.joint, (x, y))

    @override
    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        if self._drag is not None:
            self._pointer = event.position()
            self.update()
        else:
            self._hover(mark_at(self.marks(), event.position().x(), event.position().y()))

    @override
    def leaveEvent(self, event: QEvent | None) -> None:
        self._hover(None)
        super().leaveEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(colours_for(self.palette()).window))
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()), RADIUS_PX, RADIUS_PX)
        painter.setClipPath(frame)
        painter.fillRect(self.rect(), QColor(colours_for(self.palette()).stage))
        placement = self.placement()
        if placement is not None and self._result is not None:
            self._paint_picture(painter, placement, self._result.frame)
            self._paint_persons(painter, placement, self._result)
            if self._drag is not None:
                painter.setPen(QPen(QColor(colours_for(self.palette()).accent), 2, Qt.PenStyle.DashLine))
                painter.drawLine(self._drag[1], self._pointer)
            if self._display.is_dimmed:
                painter.fillRect(self.rect(), QColor(10, 11, 14, 190))
            if self._display.chip:
                paint_label(painter, self._display.chip, QPointF(14, 14), self.font())
        painter.end()
        if self._result is not None and not self._is_painted:
            self._is_painted = True
            self.painted.emit(self._result)

    def _hover(self, mark: JointMark | None) -> None:
        if _key(mark) != _key(self._hovered):
            self._hovered = mark
            self.pointed.emit(None if mark is None else (self._identity(mark), mark.joint))
            self.update()

    def _identity(self, mark: JointMark) -> int:
        identities = () if self._result is None else self._result.pose.identities
        return identities[mark.person] if mark.person < len(identities) else mark.person

    def _paint_picture(self, painter: QPainter, placement: Placement, frame: Frame) -> None:
        """The picture, scaled once for each size that it is shown at."""
        self._ready = self._found(frame, placement) or self._made_ready(frame, placement)
        painter.drawImage(QPointF(round(placement.left_px), round(placement.top_px)), self._ready.image)

    def _made_ready(self, frame: Frame, placement: Placement) -> "_Ready":
        ratio = self.devicePixelRatioF()
        size_px = (max(1, round(ratio * placement.width_px)), max(1, round(ratio * placement.height_px)))
        image = picture_image(frame.picture_bgr, size_px=size_px, is_mirrored=placement.is_mirrored)
        image.setDevicePixelRatio(ratio)
        return _Ready(frame=frame, placement=placement, ratio=ratio, image=image)

    def _found(self, frame: Frame, placement: Placement) -> "_Ready | None":
        """This picture at this size, where it is ready."""
        ratio = self.devicePixelRatioF()
        for ready in (self._ready, *self._prepared):
            if ready and ready.frame is frame and ready.placement == placement and ready.ratio == ratio:
                return ready
        return None

    def _paint_persons(self, painter: QPainter, placement: Placement, result: LiveResult) -> None:
        unit_px = size_unit_px(placement)
        looked_at = _looked_at(result)
        for person in sorted(range(result.pose.person_count), key=lambda person: (person in looked_at, -person)):
            lines = bone_lines(result.pose, placement, person=person)
            paint_bones(painter, lines, unit_px, is_looked_at=person in looked_at)
        if self._display.has_trails:
            paint_trails(painter, self._trails.lines(placement), unit_px)
        marks = self.marks()
        if self._display.has_heat and result.prediction is not None:
            paint_heat(painter, marks, unit_px, self.scale_of(result))
        else:
            paint_plain_joints(painter, marks, unit_px)
        self._paint_hover(painter, marks)

    def _paint_hover(self, painter: QPainter, marks: list[JointMark]) -> None:
        mark = next((mark for mark in marks if self._hovered and _key(mark) == _key(self._hovered)), None)
        if mark is None:
            return
        text = joint_title(mark.name)
        if mark.heat is not None:
            text += f"   {mark.heat:.2f} × uniform"
        elif self._result is not None and self._result.prediction is not None:
            text += "   not seen by this network"
        if mark.is_hollow:
            text += "   (guessed)"
        paint_label(painter, text, QPointF(mark.x_px + 14, mark.y_px - 34), self.font(), within=QRectF(self.rect()))


def _looked_at(result: LiveResult) -> list[int]:
    """Persons of the pose whom the network looks at."""
    return [person for person in result.looked_at if person is not None and person < result.pose.person_count]


def _key(mark: JointMark | None) -> tuple[int, int] | None:
    """Which joint it is, wherever it lies."""
    return None if mark is None else (mark.person, mark.joint)
