"""The live page: picture, message, action, bars, legend and curve. It is given results; it knows no session."""

import math
import time
from collections.abc import Mapping
from dataclasses import replace

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.actions import ActionKey
from app.messages import Message, MessageKind, message_for
from app.theme import EDGE_PX, GAP_PX, sized
from app.widgets.bars import ROWS, Bar, BarsView
from app.widgets.card import Card
from app.widgets.curve import CurveView
from app.widgets.history import Moment, ScoreHistory
from app.widgets.legend import LegendView
from app.widgets.message_panel import MessagePanel
from app.widgets.notice_bar import NoticeBar
from app.widgets.now import NO_PICTURE, NowView, now_text
from app.widgets.timings import TimingsView
from app.widgets.toast import Toast
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
        self.toast = Toast(self.video)
        self.timings = TimingsView(self.video)
        self.notice_bar = NoticeBar()
        self.now, self.bars, self.legend, self.curve = NowView(), BarsView(), LegendView(), CurveView()
        self._history = ScoreHistory()
        self._slots: dict[str, int] = {}
        self._newest: LiveResult | None = None
        self._notice: Message | None = None
        self._status: SessionStatus | None = None
        self._is_frozen, self._is_camera = False, True
        self._text_factor = 1.0
        self._numbers_shown_s = 0.0
        self._are_numbers_due = False
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.video.painted.connect(self.painted)
        self._lay_out()

    def reset(self, *, is_camera: bool = True) -> None:
        """Forget the picture and the curve, for another source or model."""
        self._is_camera = is_camera
        self._newest, self._status = None, None
        self.notice_bar.show_notices(())
        self._history.clear()
        self.set_frozen(False)
        self.video.show_result(None)
        self._show_numbers(None)
        self._draw_curve()
        self._refresh_message()

    def show_result(self, result: LiveResult | None) -> None:
        """Show a result unless its number is the one that was shown last, or the picture is frozen."""
        is_new = result is not None and (self._newest is None or result.frame.number != self._newest.frame.number)
        if result is not None and is_new:
            self._newest = result
            self._remember(result)
            if not self._is_frozen:
                self.video.show_result(result)
                if now_text(result).headline != self.now.text.headline:
                    self._show_numbers(result)
                if self.message_panel.message is not None:
                    self._refresh_message()
        if (
            self._are_numbers_due
            and not self._is_frozen
            and time.monotonic() >= self._numbers_shown_s + NUMBERS_EVERY_S
        ):
            self._draw_curve()
            self._show_numbers(self._newest)

    def prepare(self, upcoming: Frame | None) -> None:
        """Get a picture ready while its pose is found, so that it is painted the sooner."""
        if upcoming is not None and not self._is_frozen:
            self.video.prepare(upcoming)

    def show_status(self, status: SessionStatus) -> None:
        """Say what is wrong, if anything is."""
        self._status = status
        self.notice_bar.show_notices(status.notices)
        self._refresh_message()

    def show_timings(self, status: SessionStatus) -> None:
        """Where the time goes, if that is wanted."""
        self.timings.show_status(status)

    def set_timings(self, are_shown: bool) -> None:
        """Show the times over the picture."""
        self.timings.setVisible(are_shown)
        if are_shown and self._status is not None:
            self.timings.show_status(self._status)

    def set_notice(self, notice: Message | None) -> None:
        """A message that stands before whatever the session says; None lifts it."""
        self._notice = notice
        self._refresh_message()

    def set_mirrored(self, is_mirrored: bool) -> None:
        """Flip the picture, not the text."""
        self.video.set_display(replace(self.video.display, is_mirrored=is_mirrored))

    def set_heat(self, has_heat: bool) -> None:
        """Show attention on the joints, with its legend."""
        self.video.set_display(replace(self.video.display, has_heat=has_heat))
        self.legend.set_active(has_heat)

    def set_frozen(self, is_frozen: bool) -> None:
        """Hold what is shown; the newest result comes back with the end of it."""
        if is_frozen == self._is_frozen:
            return
        self._is_frozen = is_frozen
        self.video.set_display(replace(self.video.display, chip="Frozen" if is_frozen else ""))
        if not is_frozen and self._newest is not None:
            self.video.show_result(self._newest)
            self._show_numbers(self._newest)
        self._refresh_message()

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._side.setFixedWidth(min(WIDEST_SIDE_PX, max(NARROWEST_SIDE_PX, round(self.width() * 0.26))))
        self._curve_card.setFixedHeight(min(340, max(150, round(self.height() * 0.31))))
        self._scale_text(min(1.6, max(1.0, self.height() / 640)))
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.message_panel.fit()
        self.toast.fit()

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
        grid.addWidget(self.video, 0, 0)
        grid.addWidget(self.notice_bar, 1, 0)
        grid.addWidget(self._curve_card, 2, 0)
        grid.addWidget(self._side, 0, 1, 3, 1)
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
        is_current = not self.video.display.is_dimmed  # an old answer must not look like a live one
        self.now.show_text(now_text(result) if is_current else NO_PICTURE)
        prediction = result.prediction if result is not None and is_current else None
        top = [] if prediction is None else prediction.top(ROWS)
        bars = (Bar(action=name, probability=value, slot=self._slots.get(name)) for name, value in top)
        self.bars.show_bars(tuple(bars))
        if result is not None and result.prediction is not None:
            self.legend.set_joint_count(result.prediction.persons * len(result.prediction.joints))

    def _draw_curve(self) -> None:
        self._numbers_shown_s, self._are_numbers_due = time.monotonic(), False
        self._slots = self.curve.show_history(self._history)

    def _refresh_message(self) -> None:
        message = self._notice
        if message is None and self._status is not None:
            has_picture = self.video.result is not None
            message = message_for(self._status, has_picture=has_picture, is_camera=self._is_camera)
        is_dimmed = message is not None and message.kind in (MessageKind.ERROR, MessageKind.ENDED)
        if is_dimmed != self.video.display.is_dimmed:
            self.video.set_display(replace(self.video.display, is_dimmed=is_dimmed))
            self._show_numbers(self.video.result)
        self.message_panel.show_message(message)
