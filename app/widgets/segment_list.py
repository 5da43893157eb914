"""The segments of a recording, of which one can be looked at alone."""

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QWidget

from app.style import blend_in
from app.widgets.own_keys import OwnKeys
from app.widgets.time_axis import clock_text
from core.skeleton.segment import Segment

MOST_ROWS = 5  # that are seen at once


class SegmentList(QListWidget):
    """Signals:
    picked(int): a segment, counted from 1; 0: the whole recording.
    """

    picked = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        blend_in(self)
        self.setAccessibleName("Segments of this recording")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSpacing(1)
        self._is_filling = False
        OwnKeys(self)
        self.currentRowChanged.connect(self._on_row)
        self.itemClicked.connect(lambda item: self._on_row(self.row(item)))
        self.hide()

    def show_segments(self, segments: Sequence[Segment]) -> None:
        """Show others; none: the list is not there."""
        self._is_filling = True
        self.clear()
        texts = ["The whole recording", *(f"{number}.  {segment_line(one)}" for number, one in enumerate(segments, 1))]
        for text in texts:
            item = QListWidgetItem(text)
            item.setToolTip(text)
            self.addItem(item)
        self.setCurrentRow(0)
        self._is_filling = False
        row_px = max(22, self.sizeHintForRow(0) + 2)
        self.setFixedHeight(row_px * min(MOST_ROWS, len(texts)) + 6)
        self.setVisible(bool(segments))

    def show_choice(self, number: int) -> None:
        """Which one is looked at, without asking for it."""
        self._is_filling = True
        self.setCurrentRow(number)
        self._is_filling = False

    def _on_row(self, row: int) -> None:
        if not self._is_filling and row >= 0:
            self.picked.emit(row)


def segment_line(segment: Segment) -> str:
    """A segment in a line."""
    start_s, end_s = segment.start_s, segment.end_s
    if end_s < 100:
        return f"{segment.action}  {start_s:.1f} – {end_s:.1f} s"
    return f"{segment.action}  {clock_text(start_s, has_parts=False)} – {clock_text(end_s, has_parts=False)}"
