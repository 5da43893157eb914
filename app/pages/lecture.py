"""The lecture page: a clip with its attention, everything on one time axis, and questions to the network."""

import itertools
from collections.abc import Mapping

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QTabWidget, QVBoxLayout, QWidget
from typing_extensions import override

from app.actions import ActionKey
from app.messages import Message
from app.theme import EDGE_PX, GAP_PX
from app.widgets.attention_chart import AttentionChart
from app.widgets.buttons import Button, ButtonLook
from app.widgets.card import Card
from app.widgets.compare_panel import ComparePanel
from app.widgets.fields import TextField
from app.widgets.gates_panel import GatesPanel
from app.widgets.legend import LegendView
from app.widgets.message_panel import MessagePanel
from app.widgets.now import NowView
from app.widgets.own_keys import ACROSS, OwnKeys
from app.widgets.programme_panel import ProgrammePanel
from app.widgets.question_panel import QuestionPanel
from app.widgets.recording_list import RecordingList
from app.widgets.segment_list import SegmentList
from app.widgets.toast import Toast
from app.widgets.transport import Transport, icon_button
from app.widgets.video_view import Display, VideoView

VIEW_KEYS = (ActionKey.HEAT, ActionKey.COLOURS, ActionKey.RANGE, ActionKey.TRAILS, ActionKey.PRESENT)


class LecturePage(QWidget):
    """Lays the parts out; who fills them is the control."""

    def __init__(self, actions: Mapping[ActionKey, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.video, self.second = VideoView(), VideoView()
        for view in (self.video, self.second):
            view.set_display(Display(is_mirrored=False))
        self.video.setAccessibleName("The clip with the attention of the joints")
        self.second.setAccessibleName("What it is compared with")
        self.second.hide()
        self.message_panel = MessagePanel(actions, self.video)
        self.toast = Toast(self.video)
        self.recordings, self.segments = RecordingList(), SegmentList()
        self.search = TextField("Search", name="Search recordings")
        self.live = Button(icon="live", text="The last seconds", look=ButtonLook.RAISED)
        self.live.setAccessibleName("The last seconds of the live view")
        self.live.setToolTip("What the live view has just seen, with attention")
        self.chart = AttentionChart()
        self.transport = Transport(actions)
        self.now, self.legend = NowView(), LegendView()
        self.question, self.gates = QuestionPanel(), GatesPanel()
        self.compare, self.programme = ComparePanel(), ProgrammePanel(actions)
        self.tabs = QTabWidget()
        self.tab_bar = self.tabs.tabBar()  # kept: what filters its keys would go with PyQt's handle of it
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._lay_out()

    def begin_search(self) -> None:
        """Let the user type what is searched for."""
        self.search.setFocus()
        self.search.selectAll()

    def show_message(self, message: Message | None) -> None:
        """Say something over the picture, or nothing."""
        self.message_panel.show_message(message)

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._list.setFixedWidth(min(320, max(180, round(self.width() * 0.16))))
        self._side.setFixedWidth(min(480, max(300, round(self.width() * 0.27))))
        self._chart_card.setFixedHeight(min(560, max(240, round(self.height() * 0.46))))
        layout = self.layout()
        if layout is not None:
            layout.activate()

    def _lay_out(self) -> None:
        self._list = Card("Clips")
        for widget in (self.live, self.search, self.recordings, self.segments):
            self._list.body.addWidget(widget)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(GAP_PX)
        now = Card("Answer")
        now.body.addWidget(self.now)
        now.setFixedHeight(112)
        legend = Card("Attention of the joints")
        legend.body.addWidget(self.legend)
        self.tabs.setDocumentMode(True)
        if self.tab_bar is not None:
            self.tab_bar.setAccessibleName("Questions, gates, comparison and programme")
            OwnKeys(self.tab_bar, ACROSS)
        self.tabs.setUsesScrollButtons(False)
        for panel, title in (
            (self.question, "Question"),
            (self.gates, "Gates"),
            (self.compare, "Compare"),
            (self.programme, "Programme"),
        ):
            page = QWidget()
            inner = QVBoxLayout(page)
            inner.setContentsMargins(0, GAP_PX, 0, 0)
            inner.addWidget(panel)
            self.tabs.addTab(page, title)
        tabs = Card("")
        tabs.heading.hide()
        tabs.body.addWidget(self.tabs, 1)
        side.addWidget(now)
        side.addWidget(tabs, 1)
        side.addWidget(legend)
        videos = QHBoxLayout()
        videos.setSpacing(GAP_PX)
        videos.addWidget(self.video, 1)
        videos.addWidget(self.second, 1)
        self._chart_card = Card("")
        self._chart_card.heading.hide()
        self._chart_card.body.addWidget(self.chart)
        for key in VIEW_KEYS:
            self.transport.row.addWidget(icon_button(self._actions[key], key))
        grid = QGridLayout(self)
        grid.setContentsMargins(EDGE_PX, GAP_PX, EDGE_PX, GAP_PX)
        grid.setSpacing(GAP_PX)
        grid.addWidget(self._list, 0, 0, 3, 1)
        grid.addLayout(videos, 0, 1)
        grid.addWidget(self.transport, 1, 1)
        grid.addWidget(self._chart_card, 2, 1)
        grid.addWidget(self._side, 0, 2, 3, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(0, 1)
        self._order()

    def _order(self) -> None:
        """The Tab key goes from the left to the right, and from above down."""
        order: list[QWidget] = [self.live, self.search, self.recordings, self.segments]
        order += self.transport.findChildren(Button)
        order += [self.chart, *([] if self.tab_bar is None else [self.tab_bar])]
        order += [self.question.check, self.question.table, *self.question.limbs.values(), self.gates.area]
        order += [self.compare.models, self.compare.clip]
        order += [*self.programme.findChildren(Button), self.programme.steps]
        for first, then in itertools.pairwise(order):
            QWidget.setTabOrder(first, then)
