"""What is recognised now, in letters that can be read from the back of a room."""

from dataclasses import dataclass

from PyQt6.QtCore import QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from app.theme import colours_for, sized
from core.live.results import LiveResult

LARGEST_FACTOR = 5.0
QUIET_FACTOR = 2.0
TWO_LINES_FACTOR = 2.2  # a name that would get smaller than this is written on two lines
SMALLEST_FACTOR = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class NowText:
    """What to write: the headline, whether it is only a quiet one, the confidence (None: no bar), a line below."""

    headline: str
    is_quiet: bool
    confidence: float | None = None
    below: str = ""


NOTHING_YET = NowText(headline="Nothing yet", is_quiet=True)
NO_PICTURE = NowText(headline="No live picture", is_quiet=True)


def capitalised(name: str) -> str:
    """An action's name as a headline: only its first letter is changed."""
    return name[:1].upper() + name[1:].replace("_", " ")


def now_text(result: LiveResult | None) -> NowText:
    """What to write about a result."""
    if result is None:
        return NOTHING_YET
    truth = result.frame.truth  # "" where nothing is acted, or nobody knows what a recording shows
    acted = f"The performer acts: {truth.action}" if truth is not None and truth.action else ""
    if result.pose.person_count == 0:
        return NowText(
            headline="Nobody in view", is_quiet=True, below=acted or "Step back until your body is in the picture"
        )
    if result.prediction is None:
        return NowText(headline="Watching", is_quiet=True, below=acted)
    if result.decision.action is None:
        return NowText(headline="No action", is_quiet=True, below=acted)
    return NowText(
        headline=capitalised(result.decision.action),
        is_quiet=False,
        confidence=result.decision.confidence,
        below=acted,
    )


class NowView(QWidget):
    """Paints a NowText; the headline shrinks to fit its width and is elided where even that is not enough.

    Signals:
        changed(): something else is written now.
    """

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = now_text(None)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Recognised action")
        self.setToolTip("The action after smoothing, with its calibrated confidence")

    @property
    def text(self) -> NowText:
        """What is written now."""
        return self._text

    def show_text(self, text: NowText) -> None:
        """Write something else."""
        if text != self._text:
            self._text = text
            self.setAccessibleDescription(text.headline)
            self.update()
            self.changed.emit()

    @override
    def sizeHint(self) -> QSize:
        line_px = self.fontMetrics().height()
        return QSize(14 * line_px, 6 * line_px)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, 5 * self.fontMetrics().height())

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_for(self.palette())
        small_px = self.fontMetrics().height()
        headline_px = max(small_px, self.height() - 3 * small_px)
        largest, weight = (
            (QUIET_FACTOR, QFont.Weight.Medium) if self._text.is_quiet else (LARGEST_FACTOR, QFont.Weight.Bold)
        )
        room = QSize(self.width(), headline_px)
        font, lines = fitting_font(self._text.headline, sized(self.font(), 1.0, weight), room, largest=largest)
        painter.setFont(font)
        painter.setPen(QColor(colours.muted if self._text.is_quiet else colours.text))
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(0, 0, self.width(), headline_px), left, "\n".join(lines))
        if self._text.confidence is not None:
            self._paint_confidence(painter, QRectF(0, headline_px, self.width(), small_px * 1.6))
        painter.setFont(sized(self.font(), 0.9))
        painter.setPen(QColor(colours.muted))
        below = painter.fontMetrics().elidedText(self._text.below, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRect(0, self.height() - small_px, self.width(), small_px), left, below)
        painter.end()

    def _paint_confidence(self, painter: QPainter, box: QRectF) -> None:
        colours, confidence = colours_for(self.palette()), self._text.confidence or 0.0
        painter.setFont(sized(self.font(), 1.25, QFont.Weight.DemiBold))
        number_px = painter.fontMetrics().horizontalAdvance("100 %") + 10
        painter.setPen(QColor(colours.text))
        painter.drawText(
            box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), f"{confidence:.0%}".replace("%", " %")
        )
        track = QRectF(number_px, box.center().y() - 4, max(0.0, box.width() - number_px), 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(track, 4, 4)
        track.setWidth(track.width() * min(1.0, max(0.0, confidence)))
        painter.setBrush(QColor(colours.accent))
        painter.drawRoundedRect(track, 4, 4)


def fitting_font(text: str, font: QFont, room: QSize, *, largest: float) -> tuple[QFont, list[str]]:
    """The largest copy of a font in which the text fits the room, and its lines: one, or two, or one elided."""
    factor = largest
    while factor > SMALLEST_FACTOR:
        candidate = sized(font, factor, QFont.Weight(font.weight()))
        metrics = QFontMetrics(candidate)
        lines = [text] if factor > TWO_LINES_FACTOR else two_lines(text, metrics, room.width())
        fits_across = all(metrics.horizontalAdvance(line) <= room.width() for line in lines)
        if fits_across and len(lines) * metrics.height() <= room.height():
            return candidate, lines
        factor *= 0.94
    smallest = sized(font, SMALLEST_FACTOR, QFont.Weight(font.weight()))
    return smallest, [QFontMetrics(smallest).elidedText(text, Qt.TextElideMode.ElideRight, room.width())]


def two_lines(text: str, metrics: QFontMetrics, width_px: int) -> list[str]:
    """The text on one line if it fits, else broken at the space that leaves the lines most alike."""
    breaks = [place for place, letter in enumerate(text) if letter == " "]
    if metrics.horizontalAdvance(text) <= width_px or not breaks:
        return [text]
    place = min(breaks, key=lambda at: abs(at - len(text) / 2))
    return [text[:place], text[place + 1 :]]
