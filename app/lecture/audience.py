"""The audience's window: picture, answer and curves in large letters, without a control of its own."""

from collections.abc import Callable

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QFont, QGuiApplication, QKeyEvent, QResizeEvent
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.theme import EDGE_PX, GAP_PX, sized
from app.widgets.attention_chart import AttentionChart
from app.widgets.card import Card
from app.widgets.chart_data import ChartData
from app.widgets.legend import LegendView
from app.widgets.now import NowText, NowView
from app.widgets.video_view import Display, VideoView
from core.live.results import LiveResult

LEAST_PT = 20.0  # of a text at 1080p
SMALLEST_SHARE = 0.84  # of the base size that a part of the window writes in: numbers of axes, headings
DESIGNED_FOR_PX = 1080
CHART_PART = 42  # of a hundred parts of the height, beside the picture
KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_F5),
)


class AudienceWindow(QWidget):
    """Signals:
    closed(): nobody sees it any more.
    """

    closed = pyqtSignal()

    def __init__(self, *, on_key: Callable[[QKeyEvent], None]) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._on_key = on_key
        self.setWindowTitle("Jointlight – audience")
        self.setObjectName("audience_window")
        self._caption, self.title = "", QLabel("")
        self.title.setAccessibleName("What is shown")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.video, self.second = VideoView(), VideoView()
        self.second.hide()
        self.now, self.legend, self.chart = NowView(), LegendView(), AttentionChart()
        self._cards = [Card("Answer"), Card("Attention of the joints"), Card("")]
        self.chart.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # all keys are the window's
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._lay_out()

    def open_on_second_screen(self, beside: QWidget) -> None:
        """Full screen on a screen where the operator's window is not, if there is one; else as a window."""
        screens, own = QGuiApplication.screens(), beside.screen()
        other = next((screen for screen in screens if screen is not own), None)
        if other is not None:
            self.setGeometry(other.geometry())
            self.showFullScreen()
        else:
            self.resize(1280, 720)
            self.show()

    def show_title(self, text: str) -> None:
        """What is shown, in a line."""
        self._caption = text
        self.title.setVisible(bool(text))
        self.title.setAccessibleDescription(text)
        self._fit_title()

    def _fit_title(self) -> None:
        room = self.width() - 4 * EDGE_PX
        self.title.setText(self.title.fontMetrics().elidedText(self._caption, Qt.TextElideMode.ElideMiddle, room))

    def show_result(self, result: LiveResult | None) -> None:
        """The picture that the operator sees."""
        self.video.show_result(result)
        self.legend.set_scale(self.video.shown_scale())

    def show_second(self, result: LiveResult | None) -> None:
        """What it is compared with; None: nothing."""
        self.second.setVisible(result is not None)
        self.second.show_result(result)

    def show_now(self, text: NowText) -> None:
        """The answer."""
        self.now.show_text(text)

    def show_display(self, display: Display, second: Display | None = None) -> None:
        """How pictures are shown."""
        self.video.set_display(display)
        self.second.set_display(second or display)
        self.legend.set_scale(self.video.shown_scale())
        self.legend.set_active(display.has_heat)

    def make_room(self, *, for_chart: bool) -> None:
        """Whether a part of the window is the chart's, also while a clip is looked at and there is none yet."""
        self._grid.setRowStretch(2, CHART_PART if for_chart else 0)

    def show_chart(self, data: ChartData | None, *, duration_s: float) -> None:
        """The curves of a clip; None: there are none, as live."""
        self._cards[2].setVisible(data is not None)
        self.chart.show_data(data, duration_s=duration_s)
        if data is not None:
            self.legend.set_joint_count(data.explained.alpha.shape[1])
            self.legend.set_gated(data.explained.weighs_joints)

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in KEYS:
            self._on_key(event)
        else:
            super().keyPressEvent(event)

    @override
    def closeEvent(self, event: QCloseEvent | None) -> None:
        super().closeEvent(event)
        self.closed.emit()

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        points = max(9.0, LEAST_PT / SMALLEST_SHARE * self.height() / DESIGNED_FOR_PX)
        base = self.font().pointSizeF() if self.font().pointSizeF() > 0 else 10.0
        factor = points / base
        self.title.setFont(sized(self.font(), 1.3 * factor, QFont.Weight.DemiBold))
        self._fit_title()
        for view in (self.now, self.legend, self.video, self.second):
            view.setFont(sized(self.font(), factor))
        for card in self._cards:
            card.set_text_factor(factor)
        self.chart.set_text_factor(factor)

    def _lay_out(self) -> None:
        for card, view in zip(self._cards, (self.now, self.legend, self.chart), strict=True):
            card.body.addWidget(view)
            card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._cards[2].heading.hide()
        self._cards[2].hide()  # until there are curves
        side_view = QWidget()
        side = QVBoxLayout(side_view)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(GAP_PX)
        side.addWidget(self._cards[0], 1)
        side.addWidget(self._cards[1])
        videos = QHBoxLayout()
        videos.addWidget(self.video, 1)
        videos.addWidget(self.second, 1)
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(2 * EDGE_PX, EDGE_PX, 2 * EDGE_PX, 2 * EDGE_PX)
        grid.setSpacing(EDGE_PX)
        grid.addWidget(self.title, 0, 0, 1, 2)
        grid.addLayout(videos, 1, 0)
        grid.addWidget(side_view, 1, 1)
        grid.addWidget(self._cards[2], 2, 0, 1, 2)
        grid.setRowStretch(1, 100 - CHART_PART)
        for column, stretch in ((0, 70), (1, 30)):
            grid.setColumnStretch(column, stretch)
