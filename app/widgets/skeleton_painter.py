"""Draws bones, joints and labels onto the picture, with geometry from overlay.py and colours from core.explain."""

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QRadialGradient

from app.theme import sized
from app.widgets.overlay import BoneLine, JointMark
from app.widgets.trails import TrailLine
from core.explain.heat import TIMES_UNIFORM, HeatScale, heat_colours_rgb, heat_radii

OUTLINE = QColor(0, 0, 0, 150)
BONE = QColor(244, 246, 250, 215)
OTHER_BONE = QColor(210, 214, 224, 110)  # of persons whom the network does not look at
PLAIN = QColor(244, 246, 250)
JOINT_PX = 4.2  # radius of a joint without heat, at a size unit of 1
LARGEST_PX = 12.5  # radius of a joint at the end of the heat scale, at a size unit of 1
UNSEEN_PX = 2.4  # radius of a joint that the network does not see
FAINTEST_GLOW = 0.3  # of the scale; below this a glow would cost time and not be seen
GLOW = 2.1  # how far the glow reaches, in radii


def paint_bones(painter: QPainter, bones: list[BoneLine], unit_px: float, *, is_looked_at: bool) -> None:
    """Bones with a dark edge, so that they show on any picture; guessed ones thin and dashed."""
    ink = BONE if is_looked_at else OTHER_BONE
    for is_sure in (False, True):
        lines = [QLineF(*bone.start_px, *bone.end_px) for bone in bones if bone.is_sure is is_sure]
        if lines:
            width = (2.6 if is_sure else 1.5) * unit_px
            style = Qt.PenStyle.SolidLine if is_sure else Qt.PenStyle.DotLine
            painter.setPen(QPen(OUTLINE, width + 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLines(*lines)
            painter.setPen(QPen(ink, width, style, Qt.PenCapStyle.RoundCap))
            painter.drawLines(*lines)


def paint_plain_joints(painter: QPainter, marks: list[JointMark], unit_px: float) -> None:
    """Joints without heat: white, hollow where guessed."""
    for mark in marks:
        _disc(painter, mark, radius_px=JOINT_PX * unit_px, colour=PLAIN)


def paint_trails(painter: QPainter, lines: list[TrailLine], unit_px: float) -> None:
    """Where joints have just been, paler the longer ago."""
    for line in lines:
        ink = QColor(PLAIN)
        ink.setAlphaF(0.75 * line.freshness)
        painter.setPen(QPen(ink, 2.2 * unit_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QLineF(*line.start_px, *line.end_px))


def paint_heat(painter: QPainter, marks: list[JointMark], unit_px: float, scale: HeatScale = TIMES_UNIFORM) -> None:
    """Joints in the colour and size of their attention; those that the network does not see small and grey."""
    heat = np.array([np.nan if mark.heat is None else mark.heat for mark in marks])
    colours_rgb, radii_px = heat_colours_rgb(heat, scale), heat_radii(heat, largest=LARGEST_PX * unit_px, scale=scale)
    shares = scale.fraction(heat)
    looks = zip(marks, colours_rgb.tolist(), radii_px.tolist(), shares.tolist(), strict=True)
    for mark, (red, green, blue), radius_px, share in looks:
        colour = QColor(red, green, blue)
        if mark.heat is None:
            radius_px = UNSEEN_PX * unit_px
        elif not mark.is_hollow and share >= FAINTEST_GLOW:
            colour.setAlphaF(0.7 * share)
            _glow(painter, QPointF(mark.x_px, mark.y_px), radius_px=GLOW * radius_px, colour=colour)
            colour.setAlphaF(1.0)
        _disc(painter, mark, radius_px=radius_px, colour=colour)


def paint_label(painter: QPainter, text: str, corner: QPointF, font: QFont, *, within: QRectF | None = None) -> None:
    """Text on a dark plate with its upper left corner there, pushed into `within` where it would stick out."""
    bold = sized(font, 1.0, QFont.Weight.DemiBold)
    metrics = QFontMetricsF(bold)
    plate = QRectF(corner.x(), corner.y(), metrics.horizontalAdvance(text) + 18, metrics.height() + 8)
    if within is not None:
        plate.moveLeft(max(within.left() + 6, min(plate.left(), within.right() - plate.width() - 6)))
        plate.moveTop(max(within.top() + 6, min(plate.top(), within.bottom() - plate.height() - 6)))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(16, 18, 23, 225))
    painter.drawRoundedRect(plate, 7, 7)
    painter.setFont(bold)
    painter.setPen(QColor(244, 246, 250))
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), text)


def _disc(painter: QPainter, mark: JointMark, *, radius_px: float, colour: QColor) -> None:
    centre = QPointF(mark.x_px, mark.y_px)
    if mark.is_hollow:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(OUTLINE, 3.4))
        painter.drawEllipse(centre, radius_px, radius_px)
        painter.setPen(QPen(colour, 1.8))
    else:
        painter.setPen(QPen(OUTLINE, 1.4))
        painter.setBrush(colour)
    painter.drawEllipse(centre, radius_px, radius_px)


def _glow(painter: QPainter, centre: QPointF, *, radius_px: float, colour: QColor) -> None:
    gradient = QRadialGradient(centre, radius_px)
    outer = QColor(colour)
    outer.setAlpha(0)
    gradient.setColorAt(0.3, colour)
    gradient.setColorAt(1.0, outer)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawEllipse(centre, radius_px, radius_px)
