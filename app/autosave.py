"""Labels that save themselves: soon after the last edit, and never long after the first one."""

import time

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from app.bridges.background import Background, Report
from core.library.labelling import Labelling, SaveState

SAVE_AFTER_S = 2.0  # without an edit
SAVE_WITHIN_S = 10.0  # of the first one, and again where it failed
LOOK_MS = 250


class AutoSave(QObject):
    """Looks after one Labelling at a time. For the GUI thread; only `close` waits.

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

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labelling: Labelling | None = None
        self._edited_s = self._dirty_s = 0.0
        self._was_dirty = False
        self._saver = Background("save-labels", self)
        self._saver.finished.connect(self._on_saved)
        self._saver.failed.connect(lambda error: self.failed.emit(str(error)))
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @property
    def state(self) -> SaveState:
        """Whether all is saved."""
        return SaveState() if self._labelling is None else self._labelling.state()

    def watch(self, labelling: Labelling | None) -> None:
        """Look after another one; what is left of the one before is saved."""
        self.save()
        self._labelling = labelling
        self._edited_s = self._dirty_s = 0.0
        self.look()

    def note_edit(self) -> None:
        """Something was edited."""
        self._edited_s = time.monotonic()
        self._dirty_s = self._dirty_s or self._edited_s
        self.look()

    def save(self) -> None:
        """Write what was edited, without waiting for it."""
        labelling = self._labelling
        if labelling is None or not labelling.state().is_dirty:
            return
        self._edited_s, self._dirty_s = time.monotonic(), 0.0

        def work(_report: Report) -> Labelling:
            labelling.save()
            return labelling

        self._saver.run(work)

    def look(self) -> None:
        """Save what is due, and tell how it stands."""
        now_s, state = time.monotonic(), self.state
        rests_s = now_s - self._edited_s
        is_due = rests_s >= SAVE_AFTER_S or now_s - self._dirty_s >= SAVE_WITHIN_S
        may_try_again = bool(state.problem) and rests_s >= SAVE_WITHIN_S  # a disk that was full may have room now
        if state.is_dirty and not self._saver.is_busy and ((self._dirty_s and is_due) or may_try_again):
            self.save()
        self.looked.emit(state)
        if state.is_dirty != self._was_dirty:
            self._was_dirty = state.is_dirty
            self.dirty.emit(state.is_dirty)

    def finish(self) -> None:
        """Wait until all is saved: before its files go elsewhere."""
        self._saver.close(SAVE_WITHIN_S)
        if self._labelling is not None:
            self._labelling.save()

    def close(self, timeout_s: float) -> None:
        """Save what is left, now."""
        self._timer.stop()
        self._saver.close(timeout_s)
        if self._labelling is not None:
            self._labelling.save()

    def _on_saved(self, labelling: object) -> None:
        if not isinstance(labelling, Labelling):
            return
        if problem := labelling.state().problem:
            self.failed.emit(problem)
        else:
            self.saved.emit(labelling.entry)
        self.look()


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
