"""History: labels with what was done to them, to be undone and done again."""

from core.library.edits import Edit, Labels, applied


class History:
    """The labels of one recording. Undo and redo are edits like any other for whoever saves them."""

    def __init__(self, labels: Labels = ()) -> None:
        self.labels = labels
        self._edits: list[Edit] = []
        self._done = 0  # so many of them are in the labels

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All that can be undone, then all that can be done again."""
        return tuple(self._edits)

    @property
    def done(self) -> int:
        """How many of the edits are in the labels."""
        return self._done

    def do(self, edit: Edit) -> None:
        """Change the labels; what had been undone before cannot be done again. Raises DataError as `applied`."""
        self.labels = applied(self.labels, edit)
        self._edits[self._done :] = [edit]
        self._done += 1

    def undo(self) -> Edit | None:
        """Take the last edit back; returns the change that this is, or None where there is nothing to undo."""
        if not self._done:
            return None
        change = self._edits[self._done - 1].inverse()
        self.labels = applied(self.labels, change)
        self._done -= 1
        return change

    def redo(self) -> Edit | None:
        """Do again what was undone last; returns the change, or None where there is nothing."""
        if self._done == len(self._edits):
            return None
        change = self._edits[self._done]
        self.labels = applied(self.labels, change)
        self._done += 1
        return change
