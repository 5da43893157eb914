"""Looping: a segment that is played again and again, also once it is edited, or another one is chosen."""

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QAction

from app.label.editing import Editing
from app.player.player_control import PlayerControl
from core.skeleton.segment import Segment


class Looping(QObject):
    """For the GUI thread.

    Signals:
        said(str): why nothing is looped.
    """

    said = pyqtSignal(str)

    def __init__(self, editing: Editing, player: PlayerControl, switch: QAction, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editing, self._player, self._switch = editing, player, switch
        self._looped: list[Segment] = []
        editing.changed.connect(self._on_changed)

    def set_on(self, is_on: bool) -> None:
        """Play the chosen segments again and again, or the one at this moment."""
        around = self._editing.at_hand(self._player.time_s)
        if not is_on or not around:
            self.end()
            if is_on:
                self.said.emit("Choose a segment to loop, or move into one")
            return
        self._loop(around)
        self._editing.choose(around)
        if not self._player.playback.is_playing:
            self._player.toggle()

    def follow(self) -> None:
        """Somebody chose other segments: where a loop is on, it goes with them."""
        if not self._looped:
            return
        if self._editing.chosen:
            self._loop(self._editing.chosen)
        else:
            self.end()

    def end(self) -> None:
        """No loop any more."""
        self._looped = []
        self._switch.setChecked(False)
        if self._player.playback.loop_s is not None:
            self._player.loop(None)

    def end_outside(self, time_s: float) -> None:
        """Somebody goes to a time: out of the loop, and it ends."""
        loop_s = self._player.playback.loop_s
        if loop_s is not None and not loop_s[0] <= time_s <= loop_s[1]:
            self.end()

    def _loop(self, segments: list[Segment]) -> None:
        self._looped = segments
        self._player.loop((min(one.start_s for one in segments), max(one.end_s for one in segments)))

    def _on_changed(self) -> None:
        """An edit of a segment that is looped moves the loop; others do not."""
        if self._looped and not all(one in self._editing.labels for one in self._looped):
            self.follow()
