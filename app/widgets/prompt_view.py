"""What the person in front of the camera is to do, large over the picture: readable from three metres away."""

import math

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from app.theme import sized
from app.widgets.follows_parent import FollowsParent
from app.widgets.now import fitting_font
from core.live.plan import Phase, Standing

RED, INK, PLATE = QColor("#ff4d4f"), QColor("#f4f6fa"), QColor(16, 18, 23, 215)
GLASS = QColor(16, 18, 23, 120)  # whoever counts down must see whether they stand well
BAND = 0.17  # share of the height
_LARGEST = 5.0  # of the usual text
_STEPS = 20  # of the line that fills; with each picture it is painted anew in any case


class PromptView(QWidget):
    """Lies over the whole of its parent and lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._standing: Standing | None = None
        self._seen: tuple[object, ...] = ()
        self._fitted: tuple[object, QFont, list[str]] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("What to do now")
        FollowsParent(self, self._fit)
        self.hide()

    @property
    def text(self) -> str:
        """What it says, in one line."""
        return "" if self._standing is None else self._standing.text

    def show_standing(self, standing: Standing | None) -> None:
        """Show where the plan stands; None: nothing is asked for."""
        self._standing = standing
        seen = _seen(standing)
        if seen == self._seen:
            return
        self._seen = seen
        self.setAccessibleDescription(self.text)
        self._fit()
        self.setVisible(standing is not None and standing.is_asking)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        standing = self._standing
        if standing is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        band = QRectF(0, 0, self.width(), max(54.0, BAND * self.height()))
        painter.fillRect(band, PLATE)
        if standing.phase is Phase.RECORDING:
            painter.setPen(QPen(RED, 8))
            painter.drawRect(self.rect().toRectF().adjusted(4, 4, -4, -4))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(RED)
            radius = 0.16 * band.height()
            painter.drawEllipse(QRectF(24, band.center().y() - radius, 2 * radius, 2 * radius))
            self._paint_share(painter, standing, band)
        if standing.phase is Phase.COUNTDOWN:
            self._paint_number(painter, math.ceil(standing.left_s or 0.0))
        beside = 40 + 0.2 * band.height() if standing.phase is Phase.RECORDING else 20.0  # on both sides of the text
        self._paint_line(painter, standing.text, band.adjusted(beside, 4, -beside, -8))
        painter.end()

    def _fit(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())

    def _paint_line(self, painter: QPainter, text: str, room: QRectF) -> None:
        wanted = (text, room.size().toSize(), self.font().key())
        if self._fitted is None or self._fitted[0] != wanted:  # looked for once, and not with every picture
            base = sized(self.font(), 1.0, QFont.Weight.DemiBold)
            self._fitted = (wanted, *fitting_font(text, base, room.size().toSize(), largest=_LARGEST))
        _, font, lines = self._fitted
        painter.setFont(font)
        painter.setPen(INK)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), "\n".join(lines))

    def _paint_share(self, painter: QPainter, standing: Standing, band: QRectF) -> None:
        painter.setBrush(RED)
        painter.drawRect(QRectF(0, band.bottom() - 8, standing.share * self.width(), 8))

    def _paint_number(self, painter: QPainter, number: int) -> None:
        size = 0.42 * min(self.width(), self.height())
        circle = QRectF(0, 0, size, size)
        circle.moveCenter(self.rect().toRectF().center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(GLASS)
        painter.drawEllipse(circle)
        font = sized(self.font(), 1.0, QFont.Weight.Bold)
        font.setPixelSize(max(20, round(0.62 * size)))
        painter.setFont(font)
        painter.setPen(INK)
        painter.drawText(circle, int(Qt.AlignmentFlag.AlignCenter), str(number))


def _seen(standing: Standing | None) -> tuple[object, ...]:
    """What can be seen of it: while that is the same, nothing is painted."""
    if standing is None:
        return ()
    number = math.ceil(standing.left_s or 0.0)
    return standing.phase, standing.text, number, round(_STEPS * standing.share)
