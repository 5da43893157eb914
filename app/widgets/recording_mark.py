"""A small sign in the corner of a picture that something is recorded, for pages where that is not the main thing."""

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from app.theme import EDGE_PX, sized
from app.widgets.follows_parent import FollowsParent
from app.widgets.prompt_view import INK, PLATE, RED
from core.live.plan import Phase, Standing

_MARGIN_PX = 14
_WIDEST = 0.6  # of the picture


class RecordingMark(QWidget):
    """Lies in the upper right corner of its parent and lets the mouse through; hidden while nothing is recorded."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text, self._is_red = "", False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("What is recorded")
        FollowsParent(self, self._fit)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; "" while it is hidden."""
        return self._text

    def show_standing(self, standing: Standing | None) -> None:
        """Show where a plan stands; None: nothing is recorded."""
        text = "" if standing is None else standing.text
        is_red = standing is not None and standing.phase is Phase.RECORDING
        if (text, is_red) == (self._text, self._is_red):
            return
        self._text, self._is_red = text, is_red
        self.setAccessibleDescription(text)
        self._fit()
        self.setVisible(standing is not None and standing.is_asking)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PLATE)
        painter.drawRoundedRect(QRectF(self.rect()), 9, 9)
        radius = 0.17 * self.height()
        dot = QRectF(EDGE_PX, self.height() / 2 - radius, 2 * radius, 2 * radius)
        painter.setBrush(RED if self._is_red else INK)
        painter.drawEllipse(dot)
        painter.setFont(self._font())
        painter.setPen(INK)
        room = QRectF(self.rect()).adjusted(dot.right() + 8, 0, -EDGE_PX, 0)
        text = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        painter.end()

    def _font(self) -> QFont:
        return sized(self.font(), 1.15, QFont.Weight.DemiBold)

    def _fit(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        metrics = QFontMetrics(self._font())
        height = metrics.height() + 14
        wanted = QSize(round(2 * EDGE_PX + 0.34 * height + 10 + metrics.horizontalAdvance(self._text)), height)
        self.resize(min(wanted.width(), round(_WIDEST * parent.width())), wanted.height())
        self.move(parent.width() - self.width() - _MARGIN_PX, _MARGIN_PX)
