"""Teaching: the pages that work on a library, joined with each other: record, label, train."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QWidget

from app.actions import ActionKey
from app.bridges.backend import Backend
from app.bridges.background import Report
from app.held_digits import HeldDigits
from app.label_control import LabelControl
from app.library_control import LibraryControl, OpenedLibrary
from app.messages import preparing
from app.page_key import PageKey
from app.pages.label import LabelPage
from app.shelf_control import ShelfControl
from app.transfer_control import TransferControl
from core.library.library import Entry
from core.live.proposals import Proposal

if TYPE_CHECKING:
    from app.main_window import MainWindow

LEAVE_S = 1.5


class Teaching:
    """Makes the pages and their controls, and lets the window know what they do."""

    def __init__(self, window: "MainWindow", backend: Backend) -> None:
        self._window = window
        actions = window.actions_by_key
        self.label_page = LabelPage(actions)
        self.library = LibraryControl(window.settings, window)

        def propose(entry: Entry, report: Report) -> list[Proposal]:
            return backend.propose(entry, window.control.request.model, report)

        self.labels = LabelControl(self.label_page, self.library, window.settings, propose=propose, actions=actions)
        self.shelf = ShelfControl(self.label_page, self.library, self.labels, actions=actions)
        self.transfer = TransferControl(window, self.library, window.settings, pose_model=backend.pose_model)
        self.digits = HeldDigits(window)
        self.pages: dict[PageKey, QWidget] = {PageKey.LABEL: self.label_page}
        self._connect()

    def handlers(self) -> dict[ActionKey, Callable[[], object]]:
        """What the rows of the table do on these pages."""
        return {**self._of_playing(), **self._of_labels(), **self._of_library()}

    def show_page(self, page: PageKey, *, before: PageKey) -> None:
        """One of the pages is shown, or none of them."""
        self.digits.is_on = page is PageKey.LABEL
        if before is PageKey.LABEL and page is not PageKey.LABEL:
            self.labels.player.pause()
            self.labels.autosave.save()
        if page is not PageKey.LIVE:
            self.library.ensure_open()

    def apply_settings(self) -> None:
        """As it was the last time."""
        now = self._window.settings.now
        self.labels.player.set_skeleton(now.skeleton)
        self.label_page.reaction.setValue(now.reaction_s)

    def say(self, page: PageKey, text: str, *, shown_ms: int) -> None:
        """A short note on one of the pages."""
        self.label_page.toast.say(text, shown_ms=shown_ms)

    def leave(self, page: PageKey) -> bool:
        """Esc; whether there was something to leave."""
        return page is PageKey.LABEL and self.labels.leave()

    def cancel(self, page: PageKey) -> bool:
        """Stop what takes long on a page; whether something was under way."""
        if page is PageKey.LABEL and self.transfer.is_busy:
            self.transfer.cancel()
            return True
        return False

    def close(self) -> None:
        """Save, stop all threads and let the library go."""
        self.transfer.close(LEAVE_S)
        self.shelf.close(LEAVE_S)
        self.labels.close(LEAVE_S)
        self.library.close(LEAVE_S)

    def _of_playing(self) -> dict[ActionKey, Callable[[], object]]:
        player, labels, page = self.labels.player, self.labels, self.label_page
        return {
            ActionKey.PLAY: player.toggle,
            ActionKey.PLAY_BACKWARD: player.backward,
            ActionKey.PAUSE: player.pause,
            ActionKey.PLAY_FORWARD: player.forward,
            ActionKey.FRAME_BACK: lambda: player.step(-1),
            ActionKey.FRAME_ON: lambda: player.step(1),
            ActionKey.SECOND_BACK: lambda: player.leap(-1.0),
            ActionKey.SECOND_ON: lambda: player.leap(1.0),
            ActionKey.TO_START: lambda: player.seek(0.0),
            ActionKey.TO_END: lambda: player.seek(player.playback.duration_s),
            ActionKey.EDGE_BACK: lambda: labels.go_to_edge(forward=False),
            ActionKey.EDGE_ON: lambda: labels.go_to_edge(forward=True),
            ActionKey.SLOWER: lambda: player.change_speed(-1),
            ActionKey.FASTER: lambda: player.change_speed(1),
            ActionKey.LOOP: lambda: labels.set_loop(self._window.is_checked(ActionKey.LOOP)),
            ActionKey.SKELETON: self._on_skeleton,
            ActionKey.ZOOM_IN: lambda: page.timeline.zoom(0.5),
            ActionKey.ZOOM_OUT: lambda: page.timeline.zoom(2.0),
            ActionKey.ZOOM_FIT: page.timeline.fit,
        }

    def _of_labels(self) -> dict[ActionKey, Callable[[], object]]:
        labels = self.labels
        return {
            ActionKey.MARK_IN: labels.mark_in,
            ActionKey.MARK_OUT: labels.mark_out,
            ActionKey.COMMIT: labels.commit,
            ActionKey.DIGITS: lambda: self.say(
                PageKey.LABEL, "Press a digit, or hold it while it plays", shown_ms=3000
            ),
            ActionKey.START_EARLIER: lambda: labels.nudge(start=-1),
            ActionKey.START_LATER: lambda: labels.nudge(start=1),
            ActionKey.END_EARLIER: lambda: labels.nudge(end=-1),
            ActionKey.END_LATER: lambda: labels.nudge(end=1),
            ActionKey.SPLIT: labels.split,
            ActionKey.MERGE: labels.merge,
            ActionKey.RELABEL: labels.relabel,
            ActionKey.REMOVE: labels.remove,
            ActionKey.SELECT_ALL: labels.select_all,
            ActionKey.UNDO: labels.undo,
            ActionKey.REDO: labels.redo,
            ActionKey.PROPOSE: labels.propose,
            ActionKey.ACCEPT: lambda: labels.answer(accepts=True),
            ActionKey.REFUSE: lambda: labels.answer(accepts=False),
            ActionKey.EARLIER_LABELS: self.shelf.show_earlier_labels,
        }

    def _of_library(self) -> dict[ActionKey, Callable[[], object]]:
        shelf, transfer, page = self.shelf, self.transfer, self.label_page
        return {
            ActionKey.ADD_ACTION: shelf.ask_action,
            ActionKey.OPEN_LIBRARY: shelf.choose_library,
            ActionKey.IMPORT: transfer.ask_what_to_import,
            ActionKey.EXPORT: transfer.ask_what_to_export,
            ActionKey.CHECK_LIBRARY: transfer.check,
            ActionKey.SEARCH: page.search.setFocus,
            ActionKey.NEXT_RECORDING: lambda: page.recordings.step(1),
            ActionKey.PREVIOUS_RECORDING: lambda: page.recordings.step(-1),
            ActionKey.CHANGE_PERSON: shelf.ask_person,
            ActionKey.DISCARD_RECORDING: shelf.discard,
            ActionKey.PUT_BACK: shelf.put_back,
        }

    def _connect(self) -> None:
        self.digits.pressed.connect(self.labels.choose_digit)
        self.digits.released.connect(self.labels.release_digit)
        self.label_page.reaction.valueChanged.connect(lambda value: self._window.settings.remember(reaction_s=value))
        self.labels.autosave.dirty.connect(self._window.setWindowModified)
        self.transfer.imported.connect(self.library.look_again)
        self.transfer.said.connect(lambda text: self.say(PageKey.LABEL, text, shown_ms=6000))
        self.transfer.working.connect(self._on_working)
        self.library.opened.connect(self._on_opened)

    def _on_working(self, text: str, fraction: float | None) -> None:
        if text:
            self.label_page.show_message(preparing(text, fraction))
        else:
            self.shelf.refresh()

    def _on_opened(self, opened: OpenedLibrary) -> None:
        folder = opened.library.folder
        name = f"{folder.name} (read only)" if opened.library.why_read_only else folder.name
        self._window.header.show_library(name, folder=str(folder))

    def _on_skeleton(self) -> None:
        has_skeleton = self._window.is_checked(ActionKey.SKELETON)
        self.labels.player.set_skeleton(has_skeleton)
        self._window.settings.remember(skeleton=has_skeleton)
        self.say(PageKey.LABEL, "Skeleton on" if has_skeleton else "Skeleton off", shown_ms=1500)
