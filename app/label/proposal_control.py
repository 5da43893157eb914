"""Proposals of a model for a recording: asked for in a thread, then gone through one by one."""

from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from app.bridges.background import Background, Report
from app.label.editing import Editing
from app.label.proposing import Proposing
from app.messages import error_text
from app.player.player_control import PlayerControl
from core.explain.proposals import Proposal
from core.library.edits import Labels
from core.library.library import Entry

NOTHING = "The model finds nothing new in this recording"


class ProposalControl(QObject):
    """For the GUI thread.

    Signals:
        changed(): another proposal is asked about, or none.
        told(str): how far the model is; "" where it has ended.
        said(str): a sentence for who gets no proposal.
    """

    changed = pyqtSignal()
    told = pyqtSignal(str)
    said = pyqtSignal(str)

    def __init__(
        self,
        propose: Callable[[Entry, Report], list[Proposal]],
        editing: Editing,
        player: PlayerControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._propose, self._editing, self._player = propose, editing, player
        self.now = Proposing()
        self._labels: Labels = ()
        self._work = Background("propose-labels", self)
        self._work.finished.connect(self._on_found)
        self._work.progressed.connect(self._on_progress)
        self._work.failed.connect(self._on_failed)

    @property
    def is_open(self) -> bool:
        """Whether there are proposals, or the model is looking for some."""
        return bool(self.now.left) or self._work.is_busy

    def ask(self, entry: Entry) -> None:
        """Let the model look at the recording that is open."""
        propose, self._labels, self.now = self._propose, self._editing.labels, Proposing()
        self._work.run(lambda report: propose(entry, report))
        self.changed.emit()
        self.told.emit("The model looks at this recording …")

    def answer(self, *, accepts: bool) -> None:
        """Take the proposal that is asked about, or drop it: on to the next one."""
        one = self.now.asked
        if one is not None and (not accepts or self._editing.mark(lambda: one.segment)):
            self.now = self.now.without_asked()
            self._show()

    def end(self) -> None:
        """No more proposals."""
        self._work.cancel()
        self.now = Proposing()
        self.told.emit("")
        self.changed.emit()

    def close(self, timeout_s: float) -> None:
        """Stop, and wait so long for the thread."""
        self._work.close(timeout_s)

    def _show(self) -> None:
        one = self.now.asked
        if one is not None:
            self._player.pause()
            self._player.seek(one.segment.start_s)
        self.changed.emit()

    def _on_progress(self, text: str, fraction: float | None) -> None:
        self.told.emit(f"{text} …" if fraction is None else f"{text}: {fraction:.0%}")

    def _on_found(self, found: object) -> None:
        proposals = [one for one in found if isinstance(one, Proposal)] if isinstance(found, list) else []
        self.now = Proposing.of(proposals, self._labels)
        self.told.emit("")
        if not self.now.left:
            self.said.emit(NOTHING)
        self._show()

    def _on_failed(self, error: object) -> None:
        self.told.emit("")
        self.said.emit(error_text(error))
