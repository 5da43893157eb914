"""The label page: recordings, a player, a timeline, the actions. It is told what to show and knows no library."""

from collections.abc import Mapping

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QResizeEvent
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.actions import ActionKey
from app.label.shelf import Counts, Shown, Wanted, counted
from app.messages import Message
from app.style import blend_in_number
from app.theme import EDGE_PX, GAP_PX
from app.widgets.action_list import ActionList
from app.widgets.card import Card, QuietLabel
from app.widgets.edit_list import EditList
from app.widgets.fields import Chooser, NumberField, TextField
from app.widgets.message_panel import MessagePanel
from app.widgets.notice_bar import NoticeBar
from app.widgets.recording_list import RecordingList
from app.widgets.timeline import TimelineView
from app.widgets.toast import Toast
from app.widgets.transport import Transport, icon_button
from app.widgets.video_view import Display, VideoView

MOST_PERSONS = 40  # in a hover help
NOTHING_FOUND = "No recording is like this.\nAn empty search shows all."
EDITING = (
    (ActionKey.MARK_IN, ActionKey.MARK_OUT, ActionKey.COMMIT),
    (ActionKey.SPLIT, ActionKey.MERGE, ActionKey.RELABEL, ActionKey.REMOVE),
    (ActionKey.UNDO, ActionKey.REDO),
    (ActionKey.PROPOSE, ActionKey.ACCEPT, ActionKey.REFUSE),
)


class LabelPage(QWidget):
    """Signals:
    wanted(Wanted): another search or filter.
    """

    wanted = pyqtSignal(object)

    def __init__(self, actions: Mapping[ActionKey, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.video = VideoView()
        self.video.setAccessibleName("Film of the recording")
        self.video.set_display(Display(is_mirrored=False, has_heat=False))
        self.message_panel = MessagePanel(actions, self.video)
        self.toast = Toast(self.video)
        self.notice_bar = NoticeBar()
        self.recordings, self.actions_list, self.edits = RecordingList(), ActionList(), EditList()
        self.timeline, self.transport = TimelineView(), Transport(actions)
        self.search = TextField("Search: name, person:anna, action:wave", name="Search recordings")
        self.filter = Chooser()
        self.reaction = NumberField()
        self.persons, self.saved = QuietLabel(), QuietLabel()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._set_up()
        self._lay_out()

    def begin_search(self) -> None:
        """Let the user type what is searched for."""
        self.search.setFocus()
        self.search.selectAll()

    def show_message(self, message: Message | None) -> None:
        """Say something over the picture, or nothing."""
        self.message_panel.show_message(message)

    def show_how_many(self, shown: int, total: int) -> None:
        """How many recordings are in the list."""
        self._library_card.heading.setText(
            f"Recordings  {total}" if shown == total else f"Recordings  {shown} of {total}"
        )
        self.recordings.show_why_empty(NOTHING_FOUND if total else "")

    def show_counts(self, counts: Counts) -> None:
        """How much there is of each person."""
        lines = [
            f"{name}: {counted(recordings, 'recording')}, {counted(segments, 'segment')}"
            for name, recordings, segments in counts.by_person
        ]
        self.persons.setText(counted(len(lines), "person") if lines else "")
        self.persons.setToolTip("\n".join(lines[:MOST_PERSONS]))

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._library_card.setFixedWidth(min(380, max(230, round(self.width() * 0.2))))
        self._side.setFixedWidth(min(340, max(200, round(self.width() * 0.18))))
        self._timeline_card.setFixedHeight(min(420, max(196, round(self.height() * 0.38))))
        layout = self.layout()
        if layout is not None:
            layout.activate()

    def _set_up(self) -> None:
        for shown in Shown:
            self.filter.addItem(shown.value, shown)
        self.filter.setAccessibleName("Which recordings are shown")
        self.filter.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.search.textChanged.connect(self._tell_wanted)
        self.search.returnPressed.connect(self.recordings.setFocus)
        self.filter.currentIndexChanged.connect(self._tell_wanted)
        blend_in_number(self.reaction)
        self.reaction.setRange(0.0, 2.0)
        self.reaction.setSingleStep(0.05)
        self.reaction.setSuffix(" s")
        self.reaction.setAccessibleName("Reaction time")
        self.reaction.setToolTip(
            "How long after an action began you press its key; held keys count from so much earlier"
        )
        self.reaction.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def _lay_out(self) -> None:
        self._library_card = Card("Recordings")
        self._library_card.heading.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._library_card.heading_row.setStretch(0, 0)
        self._library_card.heading_row.addWidget(self.persons, 1)
        self.persons.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for widget in (self.search, self.filter, self.recordings):
            self._library_card.body.addWidget(widget)
        self._timeline_card = Card("")
        self._timeline_card.heading.hide()
        row = QHBoxLayout()
        row.setSpacing(2)
        for group in EDITING:
            for key in group:
                row.addWidget(icon_button(self._actions[key], key))
            row.addSpacing(GAP_PX)
        row.addStretch(1)
        row.addWidget(self.saved)
        self.saved.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._timeline_card.body.addLayout(row)
        self._timeline_card.body.addWidget(self.timeline, 1)
        for key in (ActionKey.ZOOM_OUT, ActionKey.ZOOM_FIT, ActionKey.ZOOM_IN, ActionKey.SKELETON):
            self.transport.row.addWidget(icon_button(self._actions[key], key))
        grid = QGridLayout(self)
        grid.setContentsMargins(EDGE_PX, GAP_PX, EDGE_PX, GAP_PX)
        grid.setSpacing(GAP_PX)
        grid.addWidget(self._library_card, 0, 0, 4, 1)
        grid.addWidget(self.video, 0, 1)
        grid.addWidget(self.notice_bar, 1, 1)
        grid.addWidget(self.transport, 2, 1)
        grid.addWidget(self._timeline_card, 3, 1, 1, 2)
        grid.addWidget(self._side_cards(), 0, 2, 3, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(0, 1)

    def _side_cards(self) -> QWidget:
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(GAP_PX)
        actions = Card("Actions")
        actions.heading_row.addWidget(icon_button(self._actions[ActionKey.ADD_ACTION], ActionKey.ADD_ACTION))
        actions.body.addWidget(self.actions_list, 1)
        reaction = QHBoxLayout()
        label = QLabel("Reaction time")
        label.setBuddy(self.reaction)
        reaction.addWidget(label, 1)
        reaction.addWidget(self.reaction)
        actions.body.addLayout(reaction)
        history = Card("History")
        history.body.addWidget(self.edits)
        side.addWidget(actions, 5)
        side.addWidget(history, 3)
        return self._side

    def _tell_wanted(self) -> None:
        shown = self.filter.currentData()
        self.wanted.emit(Wanted(text=self.search.text(), shown=shown if isinstance(shown, Shown) else Shown.ALL))
