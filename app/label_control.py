"""What the label page does: from keys and pointer to edits of the labels, which are saved by themselves."""

import time
from collections.abc import Callable

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction

from app.action_table import info_for
from app.actions import ActionKey, shortcut_text
from app.autosave import AutoSave, saved_text
from app.bridges.background import Report
from app.library_control import LibraryControl
from app.marks import Marks
from app.messages import error_text
from app.pages.label import LabelPage
from app.player_control import Joints, PlayerControl
from app.proposal_control import ProposalControl
from app.settings import SettingsStore
from app.widgets.action_list import ActionRow
from app.widgets.timeline import Choice
from app.widgets.track import Track, at_time, lanes_for, next_edge_s
from core.errors import DataError
from core.explain.proposals import Proposal
from core.library import edits
from core.library.edits import Edit, Labels
from core.library.labelling import Labelling, SaveState
from core.library.library import Entry
from core.skeleton.segment import Segment

COLOURS = 5


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
        self.autosave, self.proposals = AutoSave(self), ProposalControl(propose, self)
        self.player = PlayerControl(page.video, page.transport, self)
        self._labelling: Labelling | None = None
        self._labels: Labels = ()  # of a recording that cannot be edited
        self._current = ""
        self._chosen: frozenset[Segment] = frozenset()
        self._marks = Marks()
        self._connect()

    @property
    def entry(self) -> Entry | None:
        """The recording."""
        return self.player.entry

    @property
    def labels(self) -> Labels:
        """Its labels, as edited."""
        return self._labels if self._labelling is None else self._labelling.labels

    @property
    def chosen(self) -> list[Segment]:
        """The chosen segments, the first one first."""
        return [one for one in self.labels if one in self._chosen]

    @property
    def current(self) -> str:
        """The action that is marked next."""
        return self._current

    def open(self, entry: Entry | None, *, at_s: float = 0.0) -> None:
        """Label another recording; what was edited before is saved."""
        self.proposals.end()
        self._labelling, self._labels = None, () if entry is None else edits.ordered(entry.segments)
        library = self._library.library
        if entry is not None and library is not None and not library.why_read_only:
            self._labelling = Labelling(library, entry)
        self.autosave.watch(self._labelling)
        self._chosen, self._marks = frozenset(), Marks()
        self._uncheck_loop()
        self.player.open(entry)
        duration_s = 0.0 if entry is None else entry.recording.duration_s
        self._page.timeline.show_recording(duration_s)
        if at_s:
            self.player.seek(at_s)
            self._chosen = frozenset(at_time(self.labels, at_s)[:1])
        self.refresh()

    def refresh(self) -> None:
        """Show labels, actions and history as they are."""
        library = self._library.library
        names = () if library is None else library.actions
        if self._current not in names:
            self._current = names[0] if names else ""
        used = {one.action for one in self.labels} | {one.segment.action for one in self.proposals.now.left}
        lanes = () if self.entry is None else lanes_for(names, used, current=self._current, colours=COLOURS)
        asked = self.proposals.now.place if self.proposals.now.left else None
        self._page.timeline.show_track(
            Track(
                lanes=lanes,
                labels=self.labels,
                chosen=self._chosen,
                proposals=self.proposals.now.left,
                proposal=asked,
                current=self._current,
                mark_in_s=self._marks.in_s,
                mark_out_s=self._marks.out_s,
                held=self._held(),
            )
        )
        self._page.edits.show_history(None if self._labelling is None else self._labelling.history)
        if not self.proposals.is_open or self.proposals.now.left:
            self._show_question()
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
            self._say(f"There is no action {digit} in this library: add one with {self._key(ActionKey.ADD_ACTION)}.")
            return
        self.choose_action(library.actions[digit - 1])
        if self.player.playback.is_playing and self._labelling is not None:
            self._marks = self._marks.holding(self._current, time_s=self.player.time_s, clock_s=time.monotonic())
            self.refresh()

    def release_digit(self, _digit: int) -> None:
        """It comes up: what was held is marked, earlier by the reaction time."""
        late_s = self._settings.now.reaction_s * self.player.playback.speed
        held = self._marks.held(
            time_s=self.player.time_s,
            clock_s=time.monotonic(),
            late_s=late_s,
            duration_s=self.player.playback.duration_s,
        )
        self._marks = self._marks.let_go()
        if held is not None:
            self._do(lambda: edits.mark(self.labels, held))
        self.refresh()

    def choose_action(self, name: str) -> None:
        """Mark this action next."""
        if name != self._current:
            self._current = name
            self.refresh()
        self._page.actions_list.choose(name)

    def mark_in(self) -> None:
        """The next segment begins here."""
        self._marks = self._marks.marked_in(self.player.time_s)
        self.refresh()

    def mark_out(self) -> None:
        """The next segment ends here."""
        self._marks = self._marks.marked_out(self.player.time_s)
        self.refresh()

    def commit(self) -> None:
        """Make a segment from In to Out."""
        if self._do(lambda: edits.mark(self.labels, self._marks.segment(self._current, now_s=self.player.time_s))):
            self._marks = Marks()
            self.refresh()

    def nudge(self, *, start: int = 0, end: int = 0) -> None:
        """Move edges of the chosen segments by so many pictures."""
        step_s, duration_s = self.player.step_s, self.player.playback.duration_s
        chosen = self._need_chosen()
        if chosen:
            self._do(
                lambda: edits.move_edges(
                    chosen, start_by_s=start * step_s, end_by_s=end * step_s, duration_s=duration_s
                )
            )

    def split(self) -> None:
        """Cut the segments at this moment in two: the chosen ones, or all that reach over it."""
        now_s = self.player.time_s
        self._do(lambda: edits.split(self.chosen or at_time(self.labels, now_s), at_s=now_s))

    def merge(self) -> None:
        """Join the chosen segments."""
        self._do(lambda: edits.merge(self.chosen))

    def relabel(self) -> None:
        """Give the chosen segments the current action."""
        chosen = self._need_chosen()
        if chosen and self._current:
            self._do(lambda: edits.relabel(chosen, self._current))

    def remove(self) -> None:
        """Take the chosen segments away."""
        chosen = self._need_chosen()
        if chosen:
            self._do(lambda: edits.remove(chosen))

    def select_all(self) -> None:
        """Choose all segments."""
        self._chosen = frozenset(self.labels)
        self.refresh()

    def undo(self) -> None:
        """Take the last edit back, and say which."""
        if self._labelling is not None:
            self._travelled(self._labelling.undo(), "Undone", "There is nothing to undo")

    def redo(self) -> None:
        """Do it again, and say what."""
        if self._labelling is not None:
            self._travelled(self._labelling.redo(), "Done again", "There is nothing to do again")

    def go_to_edit(self, done: int) -> None:
        """Undo or do again until so many edits are done."""
        labelling = self._labelling
        if labelling is None or not 0 <= done <= len(labelling.history.edits):
            return
        while labelling.history.done > done:
            labelling.undo()
        while labelling.history.done < done:
            labelling.redo()
        self._after_edit(())

    def bring_back(self, labels: Labels, text: str) -> None:
        """Exchange all labels, as an edit."""
        self._do(lambda: edits.exchange(self.labels, labels, text=text))

    def go_to_edge(self, *, forward: bool) -> None:
        """Go to the next start or end of a segment."""
        edge_s = next_edge_s(self.labels, self.player.time_s, forward=forward)
        if edge_s is None:
            self._say("No edge of a segment lies " + ("ahead" if forward else "behind"))
            return
        self.player.pause()
        self.player.seek(edge_s)
        around = [one for one in self.labels if edge_s in (one.start_s, one.end_s)]
        if around:
            self._chosen = frozenset(around[:1])
            self.refresh()

    def set_loop(self, is_on: bool) -> None:
        """Play the chosen segment again and again, or the one at this moment."""
        if not is_on:
            self.player.loop(None)
            return
        around = self.chosen or at_time(self.labels, self.player.time_s)[:1]
        if not around:
            self._uncheck_loop()
            self._say("Choose a segment to loop, or move into one")
            return
        self.player.loop((min(one.start_s for one in around), max(one.end_s for one in around)))
        if not self.player.playback.is_playing:
            self.player.toggle()

    def leave(self) -> bool:
        """Esc: end proposals, marks and choices, one after the other; False where there was nothing to leave."""
        if self.proposals.is_open:
            self.proposals.end()
        elif self._marks != Marks():
            self._marks = Marks()
        elif self._chosen:
            self._chosen = frozenset()
        else:
            return False
        self.refresh()
        return True

    def propose(self) -> None:
        """Let the model look at the recording."""
        if self.entry is None or self._labelling is None:
            self._say(self._library.why_read_only or "Choose a recording first")
            return
        self.proposals.ask(self.entry, self.labels)

    def answer(self, *, accepts: bool) -> None:
        """Take the proposal that is shown, or drop it."""
        one = self.proposals.now.asked
        if one is None:
            self._say(f"There is no proposal: {self._key(ActionKey.PROPOSE)} asks the model for some")
        elif not accepts or self._do(lambda: edits.mark(self.labels, one.segment)):
            self.proposals.drop_asked()

    def _on_proposals(self) -> None:
        one = self.proposals.now.asked
        if one is not None:
            self.player.pause()
            self.player.seek(one.segment.start_s)
        self.refresh()

    def _show_question(self, told: str = "") -> None:
        question = self.proposals.now.text(accept=self._key(ActionKey.ACCEPT), refuse=self._key(ActionKey.REFUSE))
        self._page.notice_bar.show_notices([text for text in (told or question,) if text])

    # Inside

    def _connect(self) -> None:
        page, player = self._page, self.player
        player.moved.connect(self._on_moved)
        player.loaded.connect(self._on_loaded)
        player.playing.connect(self._on_playing)
        player.failed.connect(lambda error: self._say(error_text(error), shown_ms=8000))
        page.timeline.sought.connect(lambda time_s, is_final: player.seek(time_s, is_final=is_final))
        page.timeline.chosen.connect(self._on_chosen)
        page.timeline.marked.connect(self._on_marked)
        page.timeline.reshaped.connect(self._on_reshaped)
        page.timeline.action_chosen.connect(self.choose_action)
        page.actions_list.picked.connect(self.choose_action)
        page.edits.went.connect(self.go_to_edit)
        self.autosave.looked.connect(self._on_looked)
        self.autosave.failed.connect(lambda problem: self._say(f"Not saved: {problem}", shown_ms=8000))
        self.proposals.changed.connect(self._on_proposals)
        self.proposals.told.connect(self._show_question)
        self.proposals.nothing.connect(lambda text: self._say(text, shown_ms=5000))

    def _do(self, make: Callable[[], Edit | None]) -> bool:
        """Make an edit and do it; what keeps it from being done is said. Whether it was done."""
        labelling = self._labelling
        if labelling is None:
            self._say(self._library.why_read_only or "Choose a recording first", shown_ms=5000)
            return False
        try:
            edit = make()
            if edit is not None:
                labelling.do(edit)
        except DataError as error:
            self._say(str(error), shown_ms=4000)
            return False
        if edit is not None:
            self._after_edit(edit.added)
        return edit is not None

    def _after_edit(self, added: Labels) -> None:
        self._chosen = frozenset(one for one in (added or self._chosen) if one in self.labels)
        self._keep_loop()
        self.refresh()
        self.autosave.note_edit()

    def _travelled(self, edit: Edit | None, done: str, nothing: str) -> None:
        self._say(nothing if edit is None else f"{done}: {edit.text}")
        if edit is not None:
            self._after_edit(edit.added)

    def _keep_loop(self) -> None:
        """A loop follows the segment that it plays, and ends with it."""
        if self.player.playback.loop_s is None:
            return
        if self.chosen:
            self.player.loop((min(one.start_s for one in self.chosen), max(one.end_s for one in self.chosen)))
        else:
            self._uncheck_loop()

    def _uncheck_loop(self) -> None:
        self._actions[ActionKey.LOOP].setChecked(False)
        if self.player.playback.loop_s is not None:
            self.player.loop(None)

    def _need_chosen(self) -> list[Segment]:
        """The chosen segments, or the one at this moment; says so where there is none."""
        found = self.chosen or at_time(self.labels, self.player.time_s)[:1]
        if not found:
            self._say("Choose a segment first: click on one, or move into it")
        elif not self._chosen:
            self._chosen = frozenset(found)
        return found

    def _held(self) -> Segment | None:
        hold = self._marks.hold
        if hold is None:
            return None
        ends = sorted((hold.from_s, self.player.time_s))
        return Segment(start_s=ends[0], end_s=ends[1], action=hold.action) if ends[1] > ends[0] else None

    def _enable(self) -> None:
        """What can be done now; a key that does nothing says why, so only buttons for the moment are pale."""
        has_proposal = self.proposals.now.asked is not None
        self._actions[ActionKey.ACCEPT].setEnabled(has_proposal)
        self._actions[ActionKey.REFUSE].setEnabled(has_proposal)
        history = None if self._labelling is None else self._labelling.history
        self._actions[ActionKey.UNDO].setEnabled(history is not None and history.done > 0)
        self._actions[ActionKey.REDO].setEnabled(history is not None and history.done < len(history.edits))

    def _key(self, key: ActionKey) -> str:
        own = self._actions[key].shortcut().toString()
        return shortcut_text(own or info_for(key).shortcut)

    def _say(self, text: str, *, shown_ms: int = 2600) -> None:
        self._page.toast.say(text, shown_ms=shown_ms)

    # What comes from outside

    def _on_moved(self, time_s: float) -> None:
        self._page.timeline.show_time(time_s, follows=self.player.playback.is_playing)
        if self._marks.hold is not None:
            self.refresh()

    def _on_loaded(self, joints: Joints | None) -> None:
        timeline, entry = self._page.timeline, self.entry
        if entry is None:
            return
        if joints is not None:
            timeline.show_energy(joints.sequence.times_s, joints.energy)
        else:
            self._say("Nobody was found in this recording, so nothing can be learnt from it", shown_ms=5000)

    def _on_playing(self, is_playing: bool) -> None:
        self._actions[ActionKey.PLAY].setChecked(is_playing)
        self._page.transport.show_playing(is_playing)

    def _on_chosen(self, segments: tuple[Segment, ...], how: str) -> None:
        touched = frozenset(segments)
        self._chosen = self._chosen ^ touched if how == Choice.TOGGLE else touched
        if len(touched) == 1:
            self._current = next(iter(touched)).action
            self._page.actions_list.choose(self._current)
        self.refresh()

    def _on_marked(self, action: str, start_s: float, end_s: float) -> None:
        self.choose_action(action)
        self._do(lambda: edits.mark(self.labels, Segment(start_s=start_s, end_s=end_s, action=action)))

    def _on_reshaped(self, segment: Segment, start_s: float, end_s: float) -> None:
        duration_s = self.player.playback.duration_s
        by = (start_s - segment.start_s, end_s - segment.end_s)
        self._do(lambda: edits.move_edges([segment], start_by_s=by[0], end_by_s=by[1], duration_s=duration_s))

    def _on_looked(self, state: SaveState) -> None:
        self._page.saved.setText(saved_text(state, time.monotonic(), why_read_only=self._library.why_read_only))
        self._page.saved.setToolTip(state.problem)
