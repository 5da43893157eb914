"""Editing: the labels of one recording, which of them are chosen, and everything that can be done to them."""

from collections.abc import Callable, Iterable

from PyQt6.QtCore import QObject, pyqtSignal

from app.widgets.track import at_time
from core.errors import DataError
from core.library import edits
from core.library.edits import Edit, Labels
from core.library.history import History
from core.library.labelling import Labelling
from core.skeleton.segment import Segment

CHOOSE_FIRST = "Choose a segment first: click on one, or move into it"


class Editing(QObject):
    """For the GUI thread. It knows no player: whoever calls says which moment it is.

    Signals:
        changed(): other labels, or others of them are chosen.
        edited(): the labels are others, and that is to be saved.
        said(str): why something was not done, or what was undone.
    """

    changed = pyqtSignal()
    edited = pyqtSignal()
    said = pyqtSignal(str)

    def __init__(self, why_not: Callable[[], str], parent: QObject | None = None) -> None:
        """`why_not` says why nothing can be edited now, "" where no recording is open."""
        super().__init__(parent)
        self._why_not = why_not
        self._labelling: Labelling | None = None
        self._fixed: Labels = ()  # of a recording that cannot be edited
        self._chosen: frozenset[Segment] = frozenset()

    @property
    def labelling(self) -> Labelling | None:
        """What is edited; None for a recording that can only be looked at, or none."""
        return self._labelling

    @property
    def labels(self) -> Labels:
        """All segments."""
        return self._fixed if self._labelling is None else self._labelling.labels

    @property
    def history(self) -> History | None:
        """What was done to them."""
        return None if self._labelling is None else self._labelling.history

    @property
    def chosen(self) -> list[Segment]:
        """The chosen segments, the first one first."""
        return [one for one in self.labels if one in self._chosen]

    def open(self, labelling: Labelling | None, *, labels: Labels = ()) -> None:
        """Other labels; `labels` where they can only be looked at."""
        self._labelling, self._fixed, self._chosen = labelling, labels, frozenset()
        self.changed.emit()

    # Choosing

    def choose(self, segments: Iterable[Segment]) -> None:
        """Choose these and no others."""
        self._chosen = frozenset(segments)
        self.changed.emit()

    def toggle(self, segments: Iterable[Segment]) -> None:
        """Choose those of these that are not chosen, and not the others of them."""
        self.choose(self._chosen ^ frozenset(segments))

    def choose_all(self) -> None:
        """Choose all of them."""
        self.choose(self.labels)

    def at_hand(self, now_s: float) -> list[Segment]:
        """The chosen segments, or the shortest one at this moment."""
        return self.chosen or at_time(self.labels, now_s)[:1]

    # Edits: each says what keeps it from being done; those that tell return whether it was done

    def do(self, make: Callable[[], Edit | None]) -> bool:
        """Make an edit, which may raise DataError, and do it."""
        if self._labelling is None:
            self.said.emit(self._why_not() or "Choose a recording first")
            return False
        try:
            edit = make()
            if edit is not None:
                self._labelling.do(edit)
        except DataError as error:
            self.said.emit(str(error))
            return False
        if edit is not None:
            self._after(edit)
        return edit is not None

    def mark(self, make: Callable[[], Segment]) -> bool:
        """Label a stretch of time."""
        return self.do(lambda: edits.mark(self.labels, make()))

    def move(self, segments: list[Segment], *, start_by_s: float, end_by_s: float, duration_s: float) -> bool:
        """Move edges."""
        return self.do(
            lambda: edits.move_edges(segments, start_by_s=start_by_s, end_by_s=end_by_s, duration_s=duration_s)
        )

    def nudge(self, now_s: float, *, start_by_s: float, end_by_s: float, duration_s: float) -> bool:
        """Move edges of the segments at hand."""
        at_hand = self._needed(now_s)
        return bool(at_hand) and self.move(at_hand, start_by_s=start_by_s, end_by_s=end_by_s, duration_s=duration_s)

    def split(self, now_s: float) -> None:
        """Cut the segments at this moment in two: the chosen ones, or all that reach over it."""
        self.do(lambda: edits.split(self.chosen or at_time(self.labels, now_s), at_s=now_s))

    def merge(self) -> None:
        """Join the chosen segments."""
        self.do(lambda: edits.merge(self.chosen))

    def relabel(self, now_s: float, action: str) -> None:
        """Give the segments at hand another action."""
        if action and (at_hand := self._needed(now_s)):
            self.do(lambda: edits.relabel(at_hand, action))

    def remove(self, now_s: float) -> None:
        """Take the segments at hand away."""
        if at_hand := self._needed(now_s):
            self.do(lambda: edits.remove(at_hand))

    def exchange(self, labels: Labels, *, text: str) -> bool:
        """Other labels in place of all, as one edit."""
        return self.do(lambda: edits.exchange(self.labels, labels, text=text))

    # Undo and redo

    def undo(self) -> None:
        """Take the last edit back, and say which."""
        if self._labelling is not None:
            self._travelled(self._labelling.undo(), "Undone", "There is nothing to undo")

    def redo(self) -> None:
        """Do it again, and say what."""
        if self._labelling is not None:
            self._travelled(self._labelling.redo(), "Done again", "There is nothing to do again")

    def go_to(self, done: int) -> None:
        """Undo or do again until so many edits are done."""
        labelling = self._labelling
        if labelling is None or not 0 <= done <= len(labelling.history.edits):
            return
        before = labelling.history.done
        while labelling.history.done > done:
            labelling.undo()
        while labelling.history.done < done:
            labelling.redo()
        count = abs(before - done)
        if count:
            what = "1 edit" if count == 1 else f"{count} edits"
            self.said.emit(f"{what} undone" if done < before else f"{what} done again")
            self._after(None)

    def _travelled(self, edit: Edit | None, done: str, nothing: str) -> None:
        self.said.emit(nothing if edit is None else f"{done}: {edit.text}")
        if edit is not None:
            self._after(edit)

    def _after(self, edit: Edit | None) -> None:
        """What has come is chosen; else what is left of those that were."""
        come = edit.added if edit is not None else ()
        self._chosen = frozenset(one for one in (come or self._chosen) if one in self.labels)
        self.edited.emit()
        self.changed.emit()

    def _needed(self, now_s: float) -> list[Segment]:
        """The segments at hand; says so where there are none."""
        if self._labelling is None:
            self.said.emit(self._why_not() or "Choose a recording first")
            return []
        found = self.at_hand(now_s)
        if not found:
            self.said.emit(CHOOSE_FIRST)
        return found
