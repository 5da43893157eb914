"""Where the time of a picture goes, over the picture: each stage with its median and what hardly ever is exceeded."""

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from app.theme import sized
from core.live.results import STAGES, SessionStatus

HEADINGS = ("milliseconds", "50 %", "95 %", "99 %")
EXPLAINED = {
    "capture wait": "waiting for the camera",
    "wait": "waiting for a stage",
    "pose": "pose network",
    "map": "who is who, joints",
    "features": "features",
    "model": "action network",
    "decision": "decision",
    "paint": "to the screen",
    "end to end": "from arrival to the screen",
    "all but pose": "… without the pose network",
}
_PLATE, _INK, _FAINT = QColor(16, 18, 23, 225), QColor(244, 246, 250), QColor(176, 184, 200)
_MARGIN_PX, _INSET_PX = 14, 12


def timing_rows(status: SessionStatus) -> list[tuple[str, ...]]:
    """Rows of the table: a name and three numbers; dashes for a stage that has not been measured yet."""
    rows = []
    for stage in STAGES:
        latency = status.latency_ms.get(stage)
        numbers = ("–",) * 3 if latency is None else tuple(f"{value:.1f}" for value in latency)
        rows.append((EXPLAINED[stage], *numbers))
    return rows


def counts_text(status: SessionStatus) -> str:
    """What became of the pictures."""
    lost = f", {status.failures} of them broke a network" if status.failures else ""
    return f"{status.frames_in} pictures in, {status.frames_done} looked at, {status.drops} dropped{lost}"


class TimingsView(QWidget):
    """A table on a dark plate in the upper left corner of its parent. Lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, ...]] = []
        self._counts = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Times of each stage")
        self.setFont(sized(self.font(), 0.92))
        self.hide()

    def show_status(self, status: SessionStatus) -> None:
        """Show the numbers of a snapshot."""
        if self.isHidden():
            return
        self._rows, self._counts = timing_rows(status), counts_text(status)
        self.setAccessibleDescription("; ".join(" ".join(row) for row in self._rows) + "; " + self._counts)
        self._fit()
        self.update()

    def _widths(self) -> list[float]:
        metrics = QFontMetricsF(self.font())
        table = [HEADINGS, *self._rows]
        return [max(metrics.horizontalAdvance(row[column]) for row in table) + 18 for column in range(len(HEADINGS))]

    def _fit(self) -> None:
        line_px = QFontMetricsF(self.font()).height() + 3
        counts_px = QFontMetricsF(self.font()).horizontalAdvance(self._counts)
        width = max(sum(self._widths()), counts_px) + 2 * _INSET_PX
        height = (len(self._rows) + 2) * line_px + 2 * _INSET_PX + 4
        self.setGeometry(_MARGIN_PX, _MARGIN_PX, round(width), round(height))

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_PLATE)
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        line_px, widths = QFontMetricsF(self.font()).height() + 3, self._widths()
        top = float(_INSET_PX)
        for number, row in enumerate([HEADINGS, *self._rows]):
            painter.setPen(_INK if number in (0, len(self._rows) - 1) else _FAINT)
            left = float(_INSET_PX)
            for column, (text, width) in enumerate(zip(row, widths, strict=True)):
                side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                flags = int(side | Qt.AlignmentFlag.AlignVCenter)
                painter.drawText(QRectF(left, top, width, line_px), flags, text)
                left += width
            top += line_px
        painter.setPen(_FAINT)
        box = QRectF(_INSET_PX, top + 4, self.width() - 2 * _INSET_PX, line_px)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), self._counts)
        painter.end()
