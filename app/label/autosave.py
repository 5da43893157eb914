"""Labels that save themselves: soon after the last edit, and never long after the first one."""

import time

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from app.bridges.tasks import Tasks
from core.library.labelling import Labelling, SaveState
from core.sources.source import Clock

SAVE_AFTER_S = 2.0  # without an edit
SAVE_WITHIN_S = 10.0  # of the first one, and again where it failed
LOOK_MS = 250


class AutoSave(QObject):
    """Looks after the Labelling that is edited, and after those before it until all of them is saved.

    For the GUI thread; only `finish` and `close` wait.

    Signals:
        looked(SaveState): how it stands, some times a second.
        saved(Entry): labels are in the library.
        failed(str): why they are not; they stay in memory and in the journal.
        dirty(bool): there are edits that are not saved, or none any more.
    """

    looked = pyqtSignal(object)
    saved = pyqtSignal(object)
    failed = pyqtSignal(str)
    dirty = pyqtSignal(bool)

    def __init__(self, parent: QObject | None = None, *, clock: Clock = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._now: Labelling | None = None
        self._before: list[Labelling] = []  # whose last edits are not saved yet, or nobody has heard of it
        self._edited_s = self._first_s = self._tried_s = 0.0  # the last edit, the first one that is not saved, a save
        self._saved_s: float | None = None
        self._was_dirty = False
        self.saver = Tasks("save-labels", self)  # they write to the library
        self.saver.done.connect(self._on_saved)
        self.saver.failed.connect(lambda error: self.failed.emit(str(error)))
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @property
    def state(self) -> SaveState:
        """Whether all is saved, of all recordings."""
        states = [one.state() for one in self._all()]
        problem = next((one.problem for one in states if one.problem), "")
        return SaveState(is_dirty=any(one.is_dirty for one in states), saved_s=self._saved_s, problem=problem)

    def labelling_of(self, recording: str) -> Labelling | None:
        """Labels of a recording that are not saved yet: whoever opens it again goes on with them."""
        return next((one for one in self._all() if one.entry.name == recording and one.state().is_dirty), None)

    def watch(self, labelling: Labelling | None) -> None:
        """Look after another one; what is left of the one before is saved."""
        before, self._now = self._now, labelling
        if before is not None and before is not labelling and before.state().is_dirty:
            self._before.append(before)
        self._before = [one for one in self._before if one is not labelling]
        self.save()
        self.look()

    def note_edit(self) -> None:
        """Something was edited."""
        self._edited_s = self._clock()
        self._first_s = self._first_s or self._edited_s
        self.look()

    def save(self) -> None:
        """Write what was edited, without waiting for it."""
        self._first_s, self._tried_s = 0.0, self._clock()
        for labelling in self._all():
            if labelling.state().is_dirty:
                self.saver.add(lambda labelling=labelling: _saved(labelling))  # type: ignore[misc]  # mypy 10240

    def look(self) -> None:
        """Save what is due, and tell how it stands."""
        now_s, state = self._clock(), self.state
        if self._first_s:
            is_due = now_s - self._edited_s >= SAVE_AFTER_S or now_s - self._first_s >= SAVE_WITHIN_S
        else:  # what could not be saved: a full disk may have room now
            is_due = now_s - self._tried_s >= SAVE_WITHIN_S
        if state.is_dirty and is_due and not self.saver.is_busy:
            self.save()
        self.looked.emit(state)
        if state.is_dirty != self._was_dirty:
            self._was_dirty = state.is_dirty
            self.dirty.emit(state.is_dirty)

    def finish(self) -> str:
        """Before files go elsewhere: save all, now. Returns why something could not be saved."""
        for labelling in self._all():
            if labelling in self._before or labelling.state().is_dirty:
                labelling.save()
                self._on_saved(labelling)
        return self.state.problem

    def forget(self) -> None:
        """The library goes: what could not be saved is in its journals."""
        self._now, self._before, self._first_s = None, [], 0.0
        self.look()

    def drop(self, recording: str) -> None:
        """A recording is no more: its labels cannot be saved."""
        self._before = [one for one in self._before if one.entry.name != recording]
        if self._now is not None and self._now.entry.name == recording:
            self._now = None
        self.look()

    def close(self, timeout_s: float) -> None:
        """Save what is left, and wait so long for it; the program ends after it in any case."""
        self._timer.stop()
        self.save()
        self.saver.close(timeout_s)

    def _all(self) -> list[Labelling]:
        return [*self._before, *([self._now] if self._now is not None else [])]

    def _on_saved(self, labelling: object) -> None:
        if not isinstance(labelling, Labelling) or labelling not in self._all():
            return
        state = labelling.state()
        if state.problem:
            self.failed.emit(state.problem)
        elif state.saved_s is not None:
            self._saved_s = self._clock()
            self._before = [one for one in self._before if one is not labelling or state.is_dirty]
            self.saved.emit(labelling.entry)
        self.look()


def _saved(labelling: Labelling) -> Labelling:
    labelling.save()
    return labelling


def saved_text(state: SaveState, now_s: float, *, why_read_only: str) -> str:
    """How labels stand, in a few words."""
    if state.problem:
        return "● Not saved"
    if state.is_dirty:
        return "● Saving soon"
    if state.saved_s is not None:
        age_s = max(0.0, now_s - state.saved_s)
        return f"Saved {age_s:.0f} s ago" if age_s < 90 else f"Saved {age_s / 60:.0f} min ago"
    return "Read only" if why_read_only else ""
