"""Proposals of a model for a recording: asked for in a thread, then gone through one by one."""

from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from app.bridges.background import Background, Report
from app.messages import error_text
from app.proposing import Proposing
from core.explain.proposals import Proposal
from core.library.edits import Labels
from core.library.library import Entry


class ProposalControl(QObject):
    """For the GUI thread.

    Signals:
        changed(): another proposal is asked about, or none.
        told(str): how far the model is; "" where it has ended.
        nothing(str): a sentence for who gets no proposal.
    """

    changed = pyqtSignal()
    told = pyqtSignal(str)
    nothing = pyqtSignal(str)

    def __init__(self, propose: Callable[[Entry, Report], list[Proposal]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._propose = propose
        self.now = Proposing()
        self._labels: Labels = ()
        self._work = Background("propose-labels", self)
        self._work.finished.connect(self._on_found)
        self._work.progressed.connect(lambda text, _fraction: self.told.emit(text))
        self._work.failed.connect(self._on_failed)

    @property
    def is_open(self) -> bool:
        """Whether there are proposals, or the model is looking for some."""
        return bool(self.now.left) or self._work.is_busy

    def ask(self, entry: Entry, labels: Labels) -> None:
        """Let the model look at a recording that has these labels."""
        propose, self._labels, self.now = self._propose, labels, Proposing()
        self.told.emit("The model looks at this recording …")
        self._work.run(lambda report: propose(entry, report))

    def drop_asked(self) -> None:
        """It was taken or refused: on to the next one."""
        self.now = self.now.without_asked()
        self.changed.emit()

    def end(self) -> None:
        """No more proposals."""
        self._work.cancel()
        self.now = Proposing()
        self.told.emit("")

    def close(self, timeout_s: float) -> None:
        """Stop, and wait so long for the thread."""
        self._work.close(timeout_s)

    def _on_found(self, found: object) -> None:
        proposals = [one for one in found if isinstance(one, Proposal)] if isinstance(found, list) else []
        self.now = Proposing.of(proposals, self._labels)
        self.told.emit("")
        if not self.now.left:
            self.nothing.emit("The model finds nothing new in this recording")
        self.changed.emit()

    def _on_failed(self, error: object) -> None:
        self.told.emit("")
        self.nothing.emit(error_text(error))
