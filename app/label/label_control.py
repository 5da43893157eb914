"""What the label page does: from keys and pointer to edits of the labels, which are saved by themselves."""

import time
from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction

from app.action_table import info_for
from app.actions import ActionKey, shortcut_text
from app.bridges.background import Report
from app.label.autosave import AutoSave, saved_text
from app.label.editing import Editing
from app.label.looping import Looping
from app.label.marks import Marks
from app.label.proposal_control import ProposalControl
from app.library_control import LibraryControl
from app.messages import error_text
from app.pages.label import LabelPage
from app.player.player_control import Joints, PlayerControl
from app.settings import SettingsStore
from app.widgets.action_list import ActionRow
from app.widgets.timeline import Choice
from app.widgets.track import Track, at_time, lanes_for, next_edge_s
from core.errors import DataError
from core.explain.proposals import Proposal
from core.library.edits import ordered
from core.library.labelling import Labelling, SaveState
from core.library.library import Entry
from core.skeleton.segment import Segment

COLOURS = 5
NOBODY = "Nobody was found in this recording, so nothing can be learnt from it."


class LabelControl(QObject):
    """Holds the recording that is labelled. For the GUI thread."""

    def __init__(
        self,
        page: LabelPage,
        library: LibraryControl,
        settings: SettingsStore,
        *,
        propose: Callable[[Entry, Report], list[Proposal]],
        actions: dict[ActionKey, QAction],
    ) -> None:
        super().__init__(page)
        self._page, self._library, self._settings = page, library, settings
        self._actions = actions
        self.editing = Editing(lambda: library.why_read_only, self)
        self.player, self.autosave = PlayerControl(page.video, page.transport, self), AutoSave(self)
        library.writers.append(self.autosave.saver)
        self.looping = Looping(self.editing, self.player, actions[ActionKey.LOOP], self)
        self.proposals = ProposalControl(propose, self.editing, self.player, self)
        self._current = ""
        self._marks = Marks()
        self._problems: list[str] = []  # what of this recording cannot be shown
        self._connect()
        self.refresh()

    @property
    def entry(self) -> Entry | None:
        """The recording, as it is saved."""
        return self.player.entry if self.editing.labelling is None else self.editing.labelling.entry

    @property
    def current(self) -> str:
        """The action that is marked next."""
        return self._current

    def open(self, entry: Entry | None, *, at_s: float = 0.0) -> None:
        """Label another recording; what was edited before is saved. It is read anew: nothing old is written back."""
        library, labelling = self._library.library, None
        if entry is not None and library is not None:
            labelling = self.autosave.labelling_of(entry.name)
            try:
                entry = library.entry(entry.name) if labelling is None else labelling.entry
            except DataError as error:
                self._say(str(error), shown_ms=8000)
                entry = None
        if entry is not None and library is not None and labelling is None and not library.why_read_only:
            labelling = Labelling(library, entry)
        self._begin(entry, labelling)
        if entry is not None and at_s:
            self.player.seek(at_s)
            self.editing.choose(at_time(self.editing.labels, at_s)[:1])
        if entry is not None and entry != self._library.entry(entry.name):
            self._library.put(entry)

    def _begin(self, entry: Entry | None, labelling: Labelling | None) -> None:
        self.proposals.end()
        self.looping.end()
        self._marks, self._problems = Marks(), []
        self._page.timeline.let_go()
        self._page.timeline.show_held(None)
        self.autosave.watch(labelling)
        self.player.open(entry)
        self._page.timeline.show_recording(None if entry is None else entry.recording.duration_s)
        self.editing.open(labelling, labels=() if entry is None else ordered(entry.segments))

    def describe(self, entry: Entry) -> None:
        """Something else is known of a recording; where it is the one that is open, that goes on."""
        if self.entry is not None and self.entry.name == entry.name:
            if self.editing.labelling is not None:
                self.editing.labelling.describe(entry.recording)
            self.player.describe(replace(self.entry, recording=entry.recording))

    def refresh(self) -> None:
        """Show labels, actions and history as they are."""
        library = self._library.library
        names = () if library is None else library.actions
        if self._current not in names:
            self._current = names[0] if names else ""
        proposing = self.proposals.now
        labels, chosen = self.editing.labels, self.editing.chosen
        used = {one.action for one in labels} | {one.segment.action for one in proposing.left}
        lanes = () if self.entry is None else lanes_for(names, used, current=self._current, colours=COLOURS)
        self._page.timeline.show_track(
            Track(
                lanes=lanes,
                labels=labels,
                chosen=frozenset(chosen),
                proposals=proposing.left,
                proposal=proposing.place if proposing.left else None,
                current=self._current,
                mark_in_s=self._marks.in_s,
                mark_out_s=self._marks.out_s,
                hint=f"This library has no action yet: {self._key(ActionKey.ADD_ACTION)} adds the first one",
            )
        )
        self._page.edits.show_history(self.editing.history)
        if not self.proposals.is_open or proposing.left:
            self._show_notices()
        self._enable()

    def show_actions(self, rows: list[ActionRow]) -> None:
        """The actions of the library with their counts."""
        self._page.actions_list.show_rows(rows, current=self._current)

    def close(self, timeout_s: float) -> None:
        """Save what is left, now, and stop all threads."""
        until_s = time.monotonic() + timeout_s
        for part in (self.autosave, self.proposals, self.player):
            part.close(max(0.0, until_s - time.monotonic()))

    # What the keys do

    def choose_digit(self, digit: int) -> None:
        """A digit goes down: it chooses an action, and while it plays begins to mark it."""
        library = self._library.library
        if library is None or digit > len(library.actions):
            self._say(f"There is no action {digit} in this library: add one with {self._key(ActionKey.ADD_ACTION)}")
            return
        self.choose_action(library.actions[digit - 1])
        if not self.player.playback.is_playing:
            return
        if self.editing.labelling is None:
            self._say(self._library.why_read_only)
        else:
            self._marks = self._marks.holding(self._current, time_s=self.player.time_s, clock_s=time.monotonic())

    def release_digit(self, _digit: int) -> None:
        """It comes up: what was held is marked, earlier by the reaction time."""
        playback = self.player.playback
        held = self._marks.held(
            time_s=self.player.time_s,
            clock_s=time.monotonic(),
            late_s=self._settings.now.reaction_s * playback.speed,
            duration_s=playback.duration_s,
        )
        self._marks = self._marks.let_go()
        self._page.timeline.show_held(None)
        if held is not None:
            self.editing.mark(lambda: held)

    def choose_action(self, name: str) -> None:
        """Mark this action next."""
        if name != self._current:
            self._current = name
            self.refresh()
        self._page.actions_list.choose(name)

    def mark_in(self) -> None:
        """The next segment begins here."""
        self._mark(self._marks.marked_in(self.player.time_s))

    def mark_out(self) -> None:
        """The next segment ends here."""
        self._mark(self._marks.marked_out(self.player.time_s))

    def commit(self) -> None:
        """Make a segment from In to Out."""
        if self.editing.mark(lambda: self._marks.segment(self._current, now_s=self.player.time_s)):
            self._mark(Marks())

    def nudge(self, *, start: int = 0, end: int = 0) -> None:
        """Move edges of the segments at hand by so many pictures; of a single one the edge is seen then."""
        step_s, duration_s = self.player.step_s, self.player.playback.duration_s
        by = (start * step_s, end * step_s)
        is_done = self.editing.nudge(self.player.time_s, start_by_s=by[0], end_by_s=by[1], duration_s=duration_s)
        chosen = self.editing.chosen
        if is_done and len(chosen) == 1:
            self._see_edge(chosen[0].start_s if start else chosen[0].end_s)

    def relabel(self) -> None:
        """Give the segments at hand the current action."""
        self.editing.relabel(self.player.time_s, self._current)

    def go_to_edge(self, *, forward: bool) -> None:
        """Go to the next start or end of a segment."""
        edge_s = next_edge_s(self.editing.labels, self.player.time_s, forward=forward)
        if edge_s is None:
            self._say("No edge of a segment lies " + ("ahead" if forward else "behind"))
            return
        self.player.pause()
        self.player.seek(edge_s)
        around = [one for one in self.editing.labels if edge_s in (one.start_s, one.end_s)]
        if not any(one in self.editing.chosen for one in around):
            self.editing.choose(around[:1])
            self.looping.follow()

    def leave(self) -> bool:
        """Esc: end proposals, marks and choices, one after the other; False where there was nothing to leave."""
        if self._page.timeline.let_go():
            return True
        if self.proposals.is_open:
            self.proposals.end()
        elif self._marks != Marks():
            self._mark(Marks())
        elif self.editing.chosen:
            self.editing.choose(())
        else:
            return False
        return True

    def propose(self) -> None:
        """Let the model look at the recording."""
        if self.entry is None or self.editing.labelling is None:
            self._say(self._library.why_read_only or "Choose a recording first")
        else:
            self.proposals.ask(self.entry)

    # Inside

    def _connect(self) -> None:
        page, player, editing = self._page, self.player, self.editing
        player.moved.connect(self._on_moved)
        player.loaded.connect(self._on_loaded)
        player.playing.connect(self._on_playing)
        player.failed.connect(lambda error: self._note_problem(error_text(error)))
        page.timeline.sought.connect(self._on_sought)
        page.timeline.chosen.connect(self._on_chosen)
        page.timeline.marked.connect(self._on_marked)
        page.timeline.shaping.connect(self._see_edge)
        page.timeline.reshaped.connect(self._on_reshaped)
        page.timeline.action_chosen.connect(self.choose_action)
        page.actions_list.picked.connect(self.choose_action)
        page.edits.went.connect(editing.go_to)
        editing.changed.connect(self.refresh)
        editing.edited.connect(self.autosave.note_edit)
        editing.said.connect(lambda text: self._say(text, shown_ms=4000))
        self.autosave.looked.connect(self._on_looked)
        self.autosave.failed.connect(lambda problem: self._say(f"Not saved: {problem}", shown_ms=8000))
        self.looping.said.connect(self._say)
        self.proposals.changed.connect(self.refresh)
        self.proposals.told.connect(self._show_notices)
        self.proposals.said.connect(lambda text: self._say(text, shown_ms=5000))

    def _mark(self, marks: Marks) -> None:
        self._marks = marks
        self.refresh()

    def _enable(self) -> None:
        """What can be done now; a key that does nothing says why, so only buttons for the moment are pale."""
        has_proposal, history = self.proposals.now.asked is not None, self.editing.history
        for key, is_on in (
            (ActionKey.ACCEPT, has_proposal),
            (ActionKey.REFUSE, has_proposal),
            (ActionKey.UNDO, history is not None and history.done > 0),
            (ActionKey.REDO, history is not None and history.done < len(history.edits)),
        ):
            self._actions[key].setEnabled(is_on)

    def _key(self, key: ActionKey) -> str:
        own = self._actions[key].shortcut().toString()
        return shortcut_text(own or info_for(key).shortcut)

    def _say(self, text: str, *, shown_ms: int = 2600) -> None:
        self._page.toast.say(text, shown_ms=shown_ms)

    def _note_problem(self, text: str) -> None:
        self._problems.append(text)
        self._show_notices()

    def _show_notices(self, told: str = "") -> None:
        """What is wrong with the recording, and what the model says or asks."""
        question = self.proposals.now.text(accept=self._key(ActionKey.ACCEPT), refuse=self._key(ActionKey.REFUSE))
        self._page.notice_bar.show_notices([text for text in (*self._problems, told or question) if text])

    # What comes from outside

    def _on_moved(self, time_s: float) -> None:
        self._page.timeline.show_time(time_s)
        hold = self._marks.hold
        if hold is not None:
            ends = sorted((hold.from_s, time_s))
            self._page.timeline.show_held(Segment(start_s=ends[0], end_s=ends[1], action=hold.action))

    def _on_loaded(self, joints: Joints | None) -> None:
        timeline, duration_s = self._page.timeline, self.player.playback.duration_s
        if joints is None:
            self._note_problem(NOBODY)
            return
        if self.entry is not None and duration_s > self.entry.recording.duration_s:
            timeline.show_recording(duration_s)
        timeline.show_energy(joints.sequence.times_s, joints.energy)

    def _on_playing(self, is_playing: bool) -> None:
        self._actions[ActionKey.PLAY].setChecked(is_playing)
        self._page.transport.show_playing(is_playing)

    def _on_sought(self, time_s: float, is_final: bool) -> None:
        self.looping.end_outside(time_s)
        self.player.seek(time_s, is_final=is_final)

    def _see_edge(self, time_s: float) -> None:
        """The picture at an edge that is moved, unless it plays."""
        if not self.player.playback.is_playing:
            self.player.seek(time_s, is_final=False)

    def _on_chosen(self, segments: tuple[Segment, ...], how: str) -> None:
        if len(segments) == 1:
            self._current = segments[0].action
            self._page.actions_list.choose(self._current)
        (self.editing.toggle if how == Choice.TOGGLE else self.editing.choose)(segments)
        self.looping.follow()

    def _on_marked(self, action: str, start_s: float, end_s: float) -> None:
        self.choose_action(action)
        end_s = min(end_s, self.player.playback.duration_s)
        self.editing.mark(lambda: Segment(start_s=start_s, end_s=end_s, action=action))

    def _on_reshaped(self, segment: Segment, start_s: float, end_s: float) -> None:
        by = (start_s - segment.start_s, end_s - segment.end_s)
        duration_s = self.player.playback.duration_s
        self.editing.move([segment], start_by_s=by[0], end_by_s=by[1], duration_s=duration_s)

    def _on_looked(self, state: SaveState) -> None:
        why = "" if self._library.library is None else self._library.why_read_only
        self._page.saved.setText(saved_text(state, time.monotonic(), why_read_only=why))
        self._page.saved.setToolTip(state.problem)
