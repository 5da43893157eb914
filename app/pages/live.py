"""The live page: picture, message, action, bars, legend and curve. It is given results; it knows no session."""

import math
import time
from collections.abc import Mapping

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.actions import ActionKey
from app.messages import Message
from app.theme import EDGE_PX, GAP_PX, sized
from app.widgets.bars import ROWS, Bar, BarsView
from app.widgets.card import Card
from app.widgets.curve import CurveView
from app.widgets.history import Moment, ScoreHistory
from app.widgets.legend import LegendView
from app.widgets.message_panel import MessagePanel
from app.widgets.now import NO_PICTURE, NowView, now_text
from app.widgets.recording_mark import RecordingMark
from app.widgets.stage import Stage
from app.widgets.timings import TimingsView
from app.widgets.video_view import VideoView
from core.live.results import LiveResult, SessionStatus
from core.sources.source import Frame

NUMBERS_EVERY_S = 0.125  # nobody reads figures and curves faster; the picture itself is never held back
NARROWEST_SIDE_PX, WIDEST_SIDE_PX = 250, 460


class LivePage(QWidget):
    """Everything about the newest result.

    Signals:
        painted(LiveResult): a result has come onto the screen.
    """

    painted = pyqtSignal(object)

    def __init__(self, actions: Mapping[ActionKey, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.video = VideoView()
        self.message_panel = MessagePanel(actions, self.video)
        self.stage = Stage(self.video, self.message_panel)
        self.toast, self.notice_bar = self.stage.toast, self.stage.notice_bar
        self.timings = TimingsView(self.video)
        self.recording = RecordingMark(self.video)
        self.now, self.bars, self.legend, self.curve = NowView(), BarsView(), LegendView(), CurveView()
        self._history = ScoreHistory()
        self._slots: dict[str, int] = {}
        self._text_factor = 1.0
        self._numbers_shown_s = 0.0
        self._are_numbers_due = False
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.stage.painted.connect(self.painted)
        self.stage.dimmed.connect(lambda: self._show_numbers(self.video.result))
        self._lay_out()

    def reset(self, *, is_camera: bool = True) -> None:
        """Forget the picture and the curve, for another source or model."""
        self._history.clear()
        self.stage.reset(is_camera=is_camera)
        self._show_numbers(None)
        self._draw_curve()

    def show_result(self, result: LiveResult | None) -> None:
        """Show a result unless its number is the one that was shown last, or the picture is frozen."""
        if self.stage.show_result(result) and result is not None:
            self._remember(result)
            if not self.stage.is_frozen and now_text(result).headline != self.now.text.headline:
                self._show_numbers(result)
        is_time = time.monotonic() >= self._numbers_shown_s + NUMBERS_EVERY_S
        if self._are_numbers_due and not self.stage.is_frozen and is_time:
            self._draw_curve()
            self._show_numbers(self.stage.newest)

    def prepare(self, upcoming: Frame | None) -> None:
        """Get a picture ready while its pose is found, so that it is painted the sooner."""
        self.stage.prepare(upcoming)

    def show_status(self, status: SessionStatus) -> None:
        """Say what is wrong, if anything is."""
        self.stage.show_status(status)

    def show_timings(self, status: SessionStatus) -> None:
        """Where the time goes, if that is wanted."""
        self.timings.show_status(status)

    def set_timings(self, are_shown: bool) -> None:
        """Show the times over the picture."""
        self.timings.setVisible(are_shown)
        if are_shown and self.stage.status is not None:
            self.timings.show_status(self.stage.status)

    def set_notice(self, notice: Message | None) -> None:
        """A message that stands before whatever the session says; None lifts it."""
        self.stage.set_notice(notice)

    def set_mirrored(self, is_mirrored: bool) -> None:
        """Flip the picture, not the text."""
        self.stage.set_mirrored(is_mirrored)

    def set_heat(self, has_heat: bool) -> None:
        """Show attention on the joints, with its legend."""
        self.stage.set_heat(has_heat)
        self.legend.set_active(has_heat)

    def set_frozen(self, is_frozen: bool) -> None:
        """Hold what is shown; the newest result comes back with the end of it."""
        self.stage.set_frozen(is_frozen)
        if not is_frozen and self.stage.newest is not None:
            self._show_numbers(self.stage.newest)

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._side.setFixedWidth(min(WIDEST_SIDE_PX, max(NARROWEST_SIDE_PX, round(self.width() * 0.26))))
        self._curve_card.setFixedHeight(min(340, max(150, round(self.height() * 0.31))))
        self._scale_text(min(1.6, max(1.0, self.height() / 640)))
        layout = self.layout()
        if layout is not None:
            layout.activate()

    def _lay_out(self) -> None:
        self._curve_card = Card("Last 10 seconds")
        self._curve_card.heading_row.addWidget(self.curve.key, 4)
        self._curve_card.body.addWidget(self.curve)
        self._side = QWidget()
        self._side.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(GAP_PX)
        self._cards = [self._curve_card]
        for heading, view, stretch in self._side_cards():
            card = Card(heading)
            card.body.addWidget(view)
            side.addWidget(card, stretch)
            self._cards.append(card)
        grid = QGridLayout(self)
        grid.setContentsMargins(EDGE_PX, GAP_PX, EDGE_PX, GAP_PX)
        grid.setSpacing(GAP_PX)
        grid.addWidget(self.stage, 0, 0)
        grid.addWidget(self._curve_card, 1, 0)
        grid.addWidget(self._side, 0, 1, 2, 1)
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(0, 1)

    def _side_cards(self) -> tuple[tuple[str, QWidget, int], ...]:
        return (("Action", self.now, 5), ("Top five", self.bars, 7), ("Attention of the joints", self.legend, 0))

    def _scale_text(self, factor: float) -> None:
        """Larger text for larger windows: what fills a wall is read from further away."""
        factor = round(factor * 10) / 10
        if factor != self._text_factor:
            self._text_factor = factor
            for view in (self.now, self.bars, self.legend):
                view.setFont(sized(self.font(), factor))
            for card in self._cards:
                card.set_text_factor(factor)
            self.curve.set_text_factor(factor)

    def _remember(self, result: LiveResult) -> None:
        prediction = result.prediction
        moment = Moment(
            time_s=result.frame.arrived_s,
            probabilities=None if prediction is None else prediction.probabilities,
            beta=math.nan if prediction is None else float(prediction.beta[-1]),
        )
        self._history.add(moment, () if prediction is None else prediction.actions)
        self._are_numbers_due = True

    def _show_numbers(self, result: LiveResult | None) -> None:
        is_current = not self.stage.is_dimmed  # an old answer must not look like a live one
        self.now.show_text(now_text(result) if is_current else NO_PICTURE)
        prediction = result.prediction if result is not None and is_current else None
        top = [] if prediction is None else prediction.top(ROWS)
        bars = (Bar(action=name, probability=value, slot=self._slots.get(name)) for name, value in top)
        self.bars.show_bars(tuple(bars))
        if result is not None and result.prediction is not None:
            self.legend.set_joint_count(result.prediction.persons * len(result.prediction.joints))
            self.legend.set_gated(result.prediction.weighs_joints)
        self.legend.set_scale(self.video.shown_scale())

    def _draw_curve(self) -> None:
        self._numbers_shown_s, self._are_numbers_due = time.monotonic(), False
        self._slots = self.curve.show_history(self._history)
