"""The test report of a training: the matrix, the clips behind its cells, each action's F1, and what to do next."""

from collections.abc import Sequence

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.style import blend_in
from app.theme import GAP_PX, colours_for, sized
from app.widgets.bars import Bar, BarsView
from app.widgets.buttons import Button, ButtonLook
from app.widgets.card import Card
from app.widgets.confusion import ConfusionView
from app.widgets.notice_bar import NoticeBar
from app.widgets.time_axis import clock_text
from core.training.own_report import JudgedClip, OwnReport, cell, f1_of, worst_first

WORST_TEXT = "Clips, the worst first"
CURVE_TEXT = "Train with 'How much would more takes bring?' ticked to see whether it helps to record more."


class ReportView(QWidget):
    """Signals:
    clip_picked(JudgedClip): a clip shall be opened.
    """

    clip_picked = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: OwnReport | None = None
        self.headline = QLabel("")
        self.headline.setFont(sized(self.font(), 1.5, QFont.Weight.DemiBold))
        self.headline.setWordWrap(True)
        self.below = QLabel("")
        self.below.setWordWrap(True)
        self.below.setTextFormat(Qt.TextFormat.PlainText)
        self.below.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.notice = NoticeBar()  # what is to be known first, so that nobody overlooks it
        self._matrix_area = QScrollArea()
        self.matrix, self.f1, self.clips, self.advice = ConfusionView(), F1List(), QListWidget(), QPlainTextEdit()
        self._matrix_area.setWidgetResizable(True)
        self._matrix_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        blend_in(self._matrix_area)
        self._matrix_area.setWidget(self.matrix)
        self.matrix.setAutoFillBackground(False)  # which the line before has switched on
        blend_in(self.clips)
        self.clips.setSpacing(2)
        self.clips.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.clips.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clips.setAccessibleName("Clips of the test")
        self.clips.setToolTip("Enter or a double click opens the clip on the label page")
        self.advice.setReadOnly(True)
        blend_in(self.advice)
        self.advice.setAccessibleName("What to know and what to record next")
        self.advice.setTabChangesFocus(True)
        self.matrix.picked.connect(self._on_cell)
        self.matrix.chose_at.connect(self._show_cell)
        self.matrix.opened.connect(self._on_opened)
        self.clips.itemActivated.connect(self._on_clip)
        self._lay_out()

    @property
    def report(self) -> OwnReport | None:
        """What is shown."""
        return self._report

    def show_report(self, report: OwnReport) -> None:
        """Show another one."""
        self._report = report
        tested = sum(report.tested_clips.values())
        self.headline.setText(f"{report.accuracy:.0%} of {tested} test clips are rightly named".replace("%", " %"))
        self.below.setText(f"Test: {report.split}. Learnt in {report.seconds:.0f} s from {_learnt(report)}.")
        self.matrix.show_report(report)
        self.f1.show_f1(f1_of(report))
        self._show_clips(worst_first(report.clips), WORST_TEXT)
        self.notice.show_notices(report.warnings[:1])
        sentences = [*report.warnings[1:], *report.advice]
        if not report.learning_curve:
            sentences.append(CURVE_TEXT)
        self.advice.setPlainText("\n\n".join(sentences) or "Nothing to add.")

    def _show_clips(self, clips: Sequence[JudgedClip], title: str) -> None:
        self._clips_card.heading.setText(title)
        self._every.setVisible(title != WORST_TEXT)
        self.clips.clear()
        muted = QColor(colours_for(self.palette()).muted)
        for clip in clips:
            item = QListWidgetItem(clip_text(clip))
            item.setData(Qt.ItemDataRole.UserRole, clip)
            item.setToolTip(f"{clip.recording}, {clock_text(clip.start_s)} to {clock_text(clip.end_s)}")
            if clip.is_right:
                item.setForeground(muted)
            self.clips.addItem(item)

    def _lay_out(self) -> None:
        matrix, f1, advice = Card("What was taken for what"), Card("F1 of each action"), Card("What to do next")
        self._clips_card = Card(WORST_TEXT)
        self._every = Button(icon="undo", text="All clips", look=ButtonLook.FLAT)
        self._every.setObjectName("button_every_clip")
        self._every.setAccessibleName("Show all clips")
        self._every.clicked.connect(self._on_every)
        self._every.hide()
        self._clips_card.heading_row.addWidget(self._every)
        views = ((matrix, self._matrix_area), (f1, self.f1), (self._clips_card, self.clips), (advice, self.advice))
        for card, view in views:
            card.body.addWidget(view, 1)
        self.top = QHBoxLayout()  # a page may put a button there
        self.top.addWidget(self.headline, 1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GAP_PX)
        grid.addLayout(self.top, 0, 0, 1, 2)
        grid.addWidget(self.below, 1, 0, 1, 2)
        grid.addWidget(self.notice, 2, 0, 1, 2)
        grid.addWidget(matrix, 3, 0)
        grid.addWidget(f1, 3, 1)
        grid.addWidget(self._clips_card, 4, 0)
        grid.addWidget(advice, 4, 1)
        grid.setColumnStretch(0, 6)
        grid.setColumnStretch(1, 4)
        grid.setRowStretch(3, 6)
        grid.setRowStretch(4, 4)

    def _on_cell(self, action: str, said: str) -> None:
        if self._report is not None:
            clips = cell(self._report, action, said)
            self._show_clips(clips, f"{len(clips)} of '{action}' called '{said}'")

    def _show_cell(self, place: QPoint) -> None:
        self._matrix_area.ensureVisible(place.x(), place.y(), 30, 30)

    def _on_opened(self, action: str, said: str) -> None:
        clips = () if self._report is None else cell(self._report, action, said)
        if clips:
            self.clip_picked.emit(clips[0])

    def _on_every(self) -> None:
        if self._report is not None:
            self._show_clips(worst_first(self._report.clips), WORST_TEXT)

    def _on_clip(self, item: QListWidgetItem) -> None:
        clip = item.data(Qt.ItemDataRole.UserRole)
        if isinstance(clip, JudgedClip):
            self.clip_picked.emit(clip)


class F1List(QWidget):
    """A bar for each action, in a list that scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self._bars = BarsView(rows=1)
        self._bars.setAccessibleName("F1 of each action")
        self._bars.setToolTip("The harmonic mean of how many of an action were found, and how many found were right")
        area = QScrollArea()
        area.setWidgetResizable(True)
        blend_in(area)
        content = QWidget()
        down = QVBoxLayout(content)
        down.setContentsMargins(0, 0, GAP_PX, 0)
        down.addWidget(self._bars)
        down.addStretch(1)
        self._bars.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        area.setWidget(content)
        content.setAutoFillBackground(False)  # a scroll area switches it on
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    @property
    def bars(self) -> tuple[Bar, ...]:
        """What is shown."""
        return self._bars.bars

    def show_f1(self, f1: dict[str, float | None]) -> None:
        """Show the actions, the worst first; those that are not tested last."""
        tested = sorted(((value, name) for name, value in f1.items() if value is not None))
        bars = [Bar(action=name, probability=value, slot=2 if value >= 0.8 else 1) for value, name in tested]
        untested = [name for name, value in f1.items() if value is None]
        bars += [Bar(action=f"{name} (not tested)", probability=0.0, slot=None) for name in untested]
        self._bars.show_bars(tuple(bars), rows=len(bars))


def clip_text(clip: JudgedClip) -> str:
    """A clip in one line."""
    what = f"{clip.action}" if clip.is_right else f"{clip.action} → {clip.said}"
    return f"{what}   ·   {100 * clip.confidence:.0f} % sure   ·   {clip.person}   ·   {clock_text(clip.start_s)}"


def _learnt(report: OwnReport) -> str:
    clips = sum(report.trained_clips.values())
    persons = f"{len(report.persons)} person{'' if len(report.persons) == 1 else 's'}"
    return f"{clips} clips of {len(report.actions)} actions by {persons}"
