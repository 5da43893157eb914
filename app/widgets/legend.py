"""The legend of the heat: colours and sizes with their numbers."""

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import colours_for, sized
from app.widgets.skeleton_painter import LARGEST_PX
from core.explain.heat import TIMES_UNIFORM, HeatScale, heat_colours_rgb, heat_gradient_rgb, heat_radii

NO_GATE = "no joint gate in this network: all joints weigh alike"
STEPS = 24
UNIFORM = 1.0
BAND_PX = 8.0


class LegendView(QWidget):
    """A band of colours from 0 to the end of the scale, dots of the sizes above it, numbers below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._joint_count = 0
        self._is_active = self._is_gated = True
        self._scale = TIMES_UNIFORM
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend of the attention heat")
        self.setToolTip(
            "Times uniform: 1.0 is what each joint would get if all got the same. The scale is linear.\n"
            "Hollow: rather guessed than seen. Small and grey: not used by this network.\n"
            "Attention is a gate of this network, not a proof of cause."
        )

    def set_joint_count(self, joint_count: int) -> None:
        """How many joints share the attention."""
        if joint_count != self._joint_count:
            self._joint_count = joint_count
            self.update()

    def set_scale(self, scale: HeatScale) -> None:
        """Other colours, or another range."""
        if scale != self._scale:
            self._scale = scale
            self.update()

    @property
    def scale(self) -> HeatScale:
        """Colours and range that it shows."""
        return self._scale

    @property
    def text(self) -> str:
        """The line below the numbers, in full."""
        return self._text(has_share=True)

    def _text(self, *, has_share: bool) -> str:
        if not self._is_active:
            return "heat is off"
        if not self._is_gated:
            return NO_GATE
        share = f" (1 = 1/{self._joint_count})" if self._joint_count and has_share else ""
        return f"{self._scale.unit}{share}" + (f", {self._scale.note}" if self._scale.note else "")

    def set_gated(self, is_gated: bool) -> None:
        """Whether the network has a joint gate; without one there is nothing to see, and it says so."""
        if is_gated != self._is_gated:
            self._is_gated = is_gated
            self.update()

    def set_active(self, is_active: bool) -> None:
        """Pale while the heat is off."""
        self._is_active = is_active
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, round(2 * LARGEST_PX + BAND_PX + 2.2 * self.fontMetrics().height() + 10))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self._is_active else 0.35)
        painter.setFont(sized(self.font(), 0.88))
        band = QRectF(LARGEST_PX + 1, 2 * LARGEST_PX + 6, self.width() - 2 * LARGEST_PX - 2, BAND_PX)
        self._paint_band(painter, band)
        self._paint_ticks(painter, band)
        self._paint_unit(painter, band)
        painter.end()

    def _paint_band(self, painter: QPainter, band: QRectF) -> None:
        gradient = QLinearGradient(band.left(), 0, band.right(), 0)
        for step, (red, green, blue) in enumerate(heat_gradient_rgb(STEPS, self._scale.palette).tolist()):
            gradient.setColorAt(step / (STEPS - 1), QColor(red, green, blue))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(band, BAND_PX / 2, BAND_PX / 2)

    def _paint_ticks(self, painter: QPainter, band: QRectF) -> None:
        """At each number of the scale: a joint as it looks there, and the number."""
        colours, scale = colours_for(self.palette()), self._scale
        values = np.array(scale.ticks)
        looks = zip(
            scale.ticks,
            scale.fraction(values).tolist(),
            heat_colours_rgb(values, scale).tolist(),
            heat_radii(values, largest=LARGEST_PX, scale=scale).tolist(),
            strict=True,
        )
        for tick, fraction, (red, green, blue), radius_px in looks:
            x = band.left() + band.width() * fraction
            painter.setPen(QPen(QColor(0, 0, 0, 120), 1.2))
            painter.setBrush(QColor(red, green, blue))
            painter.drawEllipse(QPointF(x, LARGEST_PX + 1), radius_px, radius_px)
            painter.setPen(QColor(colours.text if tick == UNIFORM else colours.muted))
            text = scale.label(tick)
            half_px = painter.fontMetrics().horizontalAdvance(text) / 2 + 1
            middle = min(max(x, half_px), self.width() - half_px)  # the last one must not stick out
            box = QRectF(middle - half_px, band.bottom() + 2, 2 * half_px, painter.fontMetrics().height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip), text)

    def _paint_unit(self, painter: QPainter, band: QRectF) -> None:
        line_px = painter.fontMetrics().height()
        text = self.text
        self.setAccessibleDescription(text)
        if painter.fontMetrics().horizontalAdvance(text) > self.width():
            text = self._text(has_share=False)
        painter.setPen(QColor(colours_for(self.palette()).muted))
        box = QRectF(0, band.bottom() + 3 + line_px, self.width(), line_px)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), shown)
