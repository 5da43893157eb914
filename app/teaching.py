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
from app.names_control import NamesControl
from app.page_key import PageKey
from app.pages.label import LabelPage
from app.pages.record import RecordPage
from app.pages.train import TrainPage
from app.record_control import RecordControl
from app.shelf import Counts
from app.shelf_control import ShelfControl
from app.train_control import TrainControl
from app.transfer_control import TransferControl
from core.library.library import Entry
from core.live.proposals import Proposal
from core.training.own_report import JudgedClip

if TYPE_CHECKING:
    from app.main_window import MainWindow

DIGITS_HINT = "Press a digit, or hold it while it plays"
SEEING = (PageKey.LIVE, PageKey.RECORD)  # pages on which pictures come in


class Teaching:
    """Makes the pages and their controls, and lets the window know what they do."""

    def __init__(self, window: "MainWindow", backend: Backend, *, device: str = "auto") -> None:
        self._window = window
        actions = window.actions_by_key
        self.label_page = LabelPage(actions)
        self.library = LibraryControl(window.settings, window)

        def propose(entry: Entry, report: Report) -> list[Proposal]:
            return backend.propose(entry, window.control.request.model, report)

        self.labels = LabelControl(self.label_page, self.library, window.settings, propose=propose, actions=actions)
        self.shelf = ShelfControl(self.label_page, self.library, self.labels, actions=actions)
        self.names = NamesControl(self.label_page, self.library, self.labels, self.shelf)
        self.transfer = TransferControl(
            window, self.library, window.settings, pose_model=backend.pose_model, save=self.labels.autosave.finish
        )
        self.record_page, self.train_page = RecordPage(actions), TrainPage(actions)
        self.record = RecordControl(self.record_page, self.library, window.control, window.settings, actions=actions)
        self.train = TrainControl(self.train_page, self.library, device=device)
        self.digits = HeldDigits(window)
        self.pages: dict[PageKey, QWidget] = {
            PageKey.RECORD: self.record_page,
            PageKey.LABEL: self.label_page,
            PageKey.TRAIN: self.train_page,
        }
        self._connect()

    def handlers(self) -> dict[ActionKey, Callable[[], object]]:
        """What the rows of the table do on these pages."""
        return {**self._of_recording(), **self._of_playing(), **self._of_labels(), **self._of_library()}

    def show_page(self, page: PageKey, *, before: PageKey) -> None:
        """One of the pages is shown, or none of them."""
        self.digits.is_on = page is PageKey.LABEL
        if before is PageKey.LABEL and page is not PageKey.LABEL:
            self.labels.player.pause()
            self.labels.autosave.save()
        if page is not PageKey.LIVE:
            self.library.ensure_open()
        live = self._window.control
        if page in SEEING:
            live.show_on(self.record_page if page is PageKey.RECORD else self._window.page)
        elif before in SEEING:
            live.suspend()
        self.record.show_page(page)

    def apply_settings(self) -> None:
        """As it was the last time."""
        now = self._window.settings.now
        self.labels.player.set_skeleton(now.skeleton)
        self.label_page.reaction.setValue(now.reaction_s)
        self.record_page.apply(now)
        self.record_page.stage.set_heat(now.heat)

    def set_mirrored(self, is_mirrored: bool) -> None:
        """Flip the pictures that come in."""
        self.record_page.stage.set_mirrored(is_mirrored)

    def set_heat(self, has_heat: bool) -> None:
        """Show attention on the joints."""
        self.record_page.stage.set_heat(has_heat)

    def say(self, page: PageKey, text: str, *, shown_ms: int) -> None:
        """A short note on one of the pages."""
        toasts = {PageKey.RECORD: self.record_page.toast, PageKey.TRAIN: self.train_page.toast}
        toasts.get(page, self.label_page.toast).say(text, shown_ms=shown_ms)

    def leave(self, page: PageKey) -> bool:
        """Esc; whether there was something to leave."""
        if page in SEEING and self.record.is_running:
            self.record.stop()
            return True
        return page is PageKey.LABEL and self.labels.leave()

    def cancel(self, page: PageKey) -> bool:
        """Stop what takes long on a page; whether something was under way."""
        if page is PageKey.LABEL and self.transfer.is_busy:
            self.transfer.cancel()
            return True
        if page is PageKey.TRAIN and self.train.is_running:
            self.train.stop()
            return True
        return False

    def close(self, left_s: Callable[[], float]) -> None:
        """Save, stop all threads and let the library go; `left_s` tells how long may still be waited in all."""
        self.train.ask_to_stop()
        for part in (self.record, self.labels, self.train, self.transfer, self.names, self.library):
            part.close(left_s())

    def _of_recording(self) -> dict[ActionKey, Callable[[], object]]:
        record, train = self.record, self.train
        return {
            ActionKey.RECORD: lambda: record.toggle(self._window.page_key),
            ActionKey.KEEP_LAST: record.keep_last,
            ActionKey.NEXT_TAKE: record.next_take,
            ActionKey.AGAIN_TAKE: record.again,
            ActionKey.DISCARD_TAKE: record.discard_last,
            ActionKey.TRAIN: train.train,
            ActionKey.STOP_TRAINING: train.stop,
            ActionKey.GO_LIVE: train.go_live,
        }

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
            ActionKey.LOOP: lambda: labels.looping.set_on(self._window.is_checked(ActionKey.LOOP)),
            ActionKey.SKELETON: self._on_skeleton,
            ActionKey.ZOOM_IN: lambda: page.timeline.zoom(0.5),
            ActionKey.ZOOM_OUT: lambda: page.timeline.zoom(2.0),
            ActionKey.ZOOM_FIT: page.timeline.fit,
        }

    def _of_labels(self) -> dict[ActionKey, Callable[[], object]]:
        labels, editing, player = self.labels, self.labels.editing, self.labels.player
        return {
            ActionKey.MARK_IN: labels.mark_in,
            ActionKey.MARK_OUT: labels.mark_out,
            ActionKey.COMMIT: labels.commit,
            ActionKey.DIGITS: lambda: self.say(PageKey.LABEL, DIGITS_HINT, shown_ms=3000),
            ActionKey.START_EARLIER: lambda: labels.nudge(start=-1),
            ActionKey.START_LATER: lambda: labels.nudge(start=1),
            ActionKey.END_EARLIER: lambda: labels.nudge(end=-1),
            ActionKey.END_LATER: lambda: labels.nudge(end=1),
            ActionKey.SPLIT: lambda: editing.split(player.time_s),
            ActionKey.MERGE: editing.merge,
            ActionKey.RELABEL: labels.relabel,
            ActionKey.REMOVE: lambda: editing.remove(player.time_s),
            ActionKey.SELECT_ALL: editing.choose_all,
            ActionKey.UNDO: editing.undo,
            ActionKey.REDO: editing.redo,
            ActionKey.PROPOSE: labels.propose,
            ActionKey.ACCEPT: lambda: labels.proposals.answer(accepts=True),
            ActionKey.REFUSE: lambda: labels.proposals.answer(accepts=False),
            ActionKey.EARLIER_LABELS: self.shelf.show_earlier_labels,
        }

    def _of_library(self) -> dict[ActionKey, Callable[[], object]]:
        shelf, names, transfer, page = self.shelf, self.names, self.transfer, self.label_page
        return {
            ActionKey.ADD_ACTION: names.ask_action,
            ActionKey.OPEN_LIBRARY: self._choose_library,
            ActionKey.IMPORT: transfer.ask_what_to_import,
            ActionKey.EXPORT: transfer.ask_what_to_export,
            ActionKey.CHECK_LIBRARY: transfer.check,
            ActionKey.SEARCH: page.begin_search,
            ActionKey.NEXT_RECORDING: lambda: page.recordings.step(1),
            ActionKey.PREVIOUS_RECORDING: lambda: page.recordings.step(-1),
            ActionKey.CHANGE_PERSON: names.ask_person,
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
        self.library.failed.connect(self._on_not_opened)
        live = self._window.control
        live.others.append(self.record_page)
        self.record_page.painted.connect(live.bridge.note_painted)
        self.record.recorded.connect(self.library.put)
        self.record.dropped.connect(self.library.forget)
        self.record.said.connect(lambda text: self._window.say(text, shown_ms=5000))
        self.shelf.counted.connect(self._on_counted)
        self.train.clip_picked.connect(self._on_clip)
        self.train.wanted_live.connect(self._on_wanted_live)
        self.train.trained.connect(live.look_for_offers)
        live.offered.connect(lambda models: self.train_page.show_starts([(one.key, one.title) for one in models]))

    def _on_counted(self, counts: Counts) -> None:
        library = self.library.library
        persons = () if library is None else library.document.persons
        self.record_page.show_actions([name for name, _ in counts.by_action], persons=persons)
        self.train.show_counts(counts)

    def _on_clip(self, clip: JudgedClip) -> None:
        self._window.show_page(PageKey.LABEL)
        if not self.shelf.open_recording(clip.recording, at_s=clip.start_s):
            self.say(PageKey.LABEL, f"{clip.recording} is not in this library any more", shown_ms=4000)

    def _on_wanted_live(self, model: str) -> None:
        self._window.show_page(PageKey.LIVE)
        self._window.control.start_model(model)

    def _on_working(self, text: str, fraction: float | None) -> None:
        self.shelf.show_working(preparing(text, fraction) if text else None)

    def _choose_library(self) -> None:
        if self.record.is_running or self.transfer.is_busy:
            what = "recording" if self.record.is_running else "work"
            self._window.say(f"End the {what} that is under way first", shown_ms=4000)
        else:
            self.shelf.choose_library()

    def _on_opened(self, opened: OpenedLibrary) -> None:
        folder = opened.library.folder
        name = f"{folder.name} (read only)" if opened.library.why_read_only else folder.name
        self._window.header.show_library(name, folder=str(folder))
        self.train.show_library()

    def _on_not_opened(self) -> None:
        folder = self.library.folder
        self._window.header.show_library(f"{folder.name} (not open)", folder=str(folder))

    def _on_skeleton(self) -> None:
        has_skeleton = self._window.is_checked(ActionKey.SKELETON)
        self.labels.player.set_skeleton(has_skeleton)
        self._window.settings.remember(skeleton=has_skeleton)
        self.say(PageKey.LABEL, "Skeleton on" if has_skeleton else "Skeleton off", shown_ms=1500)
