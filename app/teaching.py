"""Teaching: the pages that work on a library, joined with each other: record, label, train."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QWidget

from app.actions import ActionKey, shortcut_text
from app.bridges.backend import Backend, Choice
from app.bridges.background import Report
from app.label.held_digits import HeldDigits
from app.label.label_control import LabelControl
from app.label.names_control import NamesControl
from app.label.shelf import Counts
from app.label.shelf_control import ShelfControl
from app.label.transfer_control import CHANGING, TransferControl
from app.lecture.lecture import Lecture
from app.library_control import LibraryControl, OpenedLibrary
from app.messages import preparing
from app.page_key import PageKey
from app.pages.label import LabelPage
from app.pages.lecture import LecturePage
from app.pages.record import RecordPage
from app.pages.train import TrainPage
from app.player.player_control import PlayerControl
from app.record.record_control import SEEING, RecordControl
from app.train.model_transfer import ModelTransfer
from app.train.own_models import OwnModels
from app.train.train_control import MODELS, TrainControl
from app.widgets.attention_chart import AttentionChart
from app.widgets.timeline import TimelineView
from core.explain.proposals import Proposal
from core.library.library import Entry
from core.training.own_report import JudgedClip

if TYPE_CHECKING:
    from app.main_window import MainWindow

DIGITS_HINT = "Press a digit, or hold it while it plays"


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
        self.names = NamesControl(
            self.label_page, self.library, self.labels, self.shelf, is_transferring=lambda: self.transfer.is_busy
        )
        self.transfer = TransferControl(
            window,
            self.library,
            window.settings,
            pose_model=backend.pose_model,
            save=self.labels.autosave.finish,
            is_changing=lambda: self.names.is_busy,
        )
        self.record_page, self.train_page = RecordPage(actions), TrainPage(actions)
        self.record = RecordControl(self.record_page, self.library, window.control, window.settings, actions=actions)
        self.train = TrainControl(self.train_page, self.library, device=device)
        self.lecture_page = LecturePage(actions)
        self.lecture = Lecture(window, self.lecture_page, self.library, held=self.record.held.clip, device=device)
        self.models, self.own_models = ModelTransfer(window), OwnModels(backend.models_in, window)
        self.digits = HeldDigits(window)
        self._folder: Path | None = None  # of the library that was open last
        self.pages: dict[PageKey, QWidget] = {
            PageKey.RECORD: self.record_page,
            PageKey.LABEL: self.label_page,
            PageKey.TRAIN: self.train_page,
            PageKey.LECTURE: self.lecture_page,
        }
        self._connect()

    def handlers(self) -> dict[ActionKey, Callable[[], object]]:
        """What the rows of the table do on these pages."""
        return {
            **self._of_recording(),
            **self._of_playing(),
            **self._of_labels(),
            **self._of_library(),
            **self.lecture.handlers(),
            ActionKey.SHOW_CLIP: self._show_clip,
        }

    def show_page(self, page: PageKey, *, before: PageKey) -> None:
        """One of the pages is shown, or none of them."""
        self.digits.is_on = page is PageKey.LABEL
        if before is PageKey.LABEL and page is not PageKey.LABEL:
            self.labels.player.pause()
            self.labels.autosave.save()
        if before is PageKey.LECTURE:
            self.lecture.control.player.pause()
        if page is not PageKey.LIVE:
            self.library.ensure_open()
        live = self._window.control
        self.record.show_page(page)  # before the session ends: the last take still gets its joints
        if page in SEEING:
            live.show_on(self.record_page if page is PageKey.RECORD else self._window.page)
        elif before in SEEING:
            live.suspend()
        if self.lecture.presenting is not None:
            self.lecture.presenting.show_page(page)
        if page is PageKey.LABEL and self.labels.entry is None and self.library.entries:
            self.shelf.open_recording(self.library.entries[0].name)  # whoever has recorded wants to see it

    def apply_settings(self) -> None:
        """As it was the last time."""
        now = self._window.settings.now
        self.labels.player.set_skeleton(now.skeleton)
        self.label_page.reaction.setValue(now.reaction_s)
        self.record_page.apply(now)
        self.record_page.stage.set_heat(now.heat)
        self.lecture.control.set_display(has_heat=now.heat)

    def set_mirrored(self, is_mirrored: bool) -> None:
        """Flip the pictures that come in."""
        self.record_page.stage.set_mirrored(is_mirrored)

    def set_heat(self, has_heat: bool) -> None:
        """Show attention on the joints."""
        self.record_page.stage.set_heat(has_heat)
        self.lecture.control.set_display(has_heat=has_heat)

    def say(self, page: PageKey, text: str, *, shown_ms: int) -> None:
        """A short note on one of the pages."""
        toasts = {
            PageKey.RECORD: self.record_page.toast,
            PageKey.TRAIN: self.train_page.toast,
            PageKey.LECTURE: self.lecture_page.toast,
        }
        toasts.get(page, self.label_page.toast).say(text, shown_ms=shown_ms)

    def leave(self, page: PageKey) -> bool:
        """Esc; whether there was something to leave."""
        if page in SEEING and self.record.is_running:
            self.record.stop()
            return True
        if self.lecture.leave():
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
        return page is PageKey.LECTURE and self.lecture.cancel()

    def close(self, left_s: Callable[[], float]) -> None:
        """Save, stop all threads and let the library go; `left_s` tells how long may still be waited in all."""
        self.train.ask_to_stop()
        parts = (self.record, self.labels, self.train, self.lecture, self.transfer, self.models, self.own_models)
        for part in (*parts, self.names, self.library):  # the library last, since the others still write to it
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
            ActionKey.SAVE_MODEL: lambda: self.models.ask_where_to(train.model),
            ActionKey.OPEN_MODEL: self.models.ask_what,
        }

    def _player(self) -> PlayerControl:
        """That of the page that is shown."""
        return self.lecture.control.player if self._is_lecture() else self.labels.player

    def _is_lecture(self) -> bool:
        return self._window.page_key is PageKey.LECTURE

    def _of_playing(self) -> dict[ActionKey, Callable[[], object]]:
        player = self._player
        return {
            ActionKey.PLAY: lambda: player().toggle(),
            ActionKey.PLAY_BACKWARD: lambda: player().backward(),
            ActionKey.PAUSE: lambda: player().pause(),
            ActionKey.PLAY_FORWARD: lambda: player().forward(),
            ActionKey.FRAME_BACK: lambda: self._step(-1),
            ActionKey.FRAME_ON: lambda: self._step(1),
            ActionKey.SECOND_BACK: lambda: player().leap(-1.0),
            ActionKey.SECOND_ON: lambda: player().leap(1.0),
            ActionKey.TO_START: lambda: player().seek(0.0),
            ActionKey.TO_END: lambda: player().seek(player().playback.duration_s),
            ActionKey.EDGE_BACK: lambda: self._go_to_edge(forward=False),
            ActionKey.EDGE_ON: lambda: self._go_to_edge(forward=True),
            ActionKey.SLOWER: lambda: player().change_speed(-1),
            ActionKey.FASTER: lambda: player().change_speed(1),
            ActionKey.LOOP: self._loop,
            ActionKey.SKELETON: self._on_skeleton,
            ActionKey.ZOOM_IN: lambda: self._axis().zoom(0.5),
            ActionKey.ZOOM_OUT: lambda: self._axis().zoom(2.0),
            ActionKey.ZOOM_FIT: lambda: self._axis().fit(),
            ActionKey.SEARCH: lambda: (self.lecture_page if self._is_lecture() else self.label_page).begin_search(),
            ActionKey.MARK_IN: lambda: self._mark(is_in=True),
            ActionKey.MARK_OUT: lambda: self._mark(is_in=False),
        }

    def _axis(self) -> AttentionChart | TimelineView:
        return self.lecture_page.chart if self._is_lecture() else self.label_page.timeline

    def _step(self, by: int) -> None:
        """One picture; before an audience, one step of the programme."""
        if not (self._is_lecture() and self.lecture.present_step(by)):
            self._player().step(by)

    def _go_to_edge(self, *, forward: bool) -> None:
        if self._is_lecture():
            if not self.lecture.present_step(1 if forward else -1):
                self.lecture.control.go_to_edge(forward=forward)
        else:
            self.labels.go_to_edge(forward=forward)

    def _loop(self) -> None:
        is_on = self._window.is_checked(ActionKey.LOOP)
        if self._is_lecture():
            self.lecture.control.set_loop(is_on)
        else:
            self.labels.looping.set_on(is_on)

    def _mark(self, *, is_in: bool) -> None:
        if self._is_lecture():
            self.lecture.control.mark(is_in=is_in)
        elif is_in:
            self.labels.mark_in()
        else:
            self.labels.mark_out()

    def _show_clip(self) -> None:
        entry = self.labels.entry
        if entry is not None:
            self.lecture.show_recording(entry.name)

    def _of_labels(self) -> dict[ActionKey, Callable[[], object]]:
        labels, editing, player = self.labels, self.labels.editing, self.labels.player
        return {
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
            ActionKey.OPEN_LIBRARY: shelf.choose_library,
            ActionKey.IMPORT: transfer.ask_what_to_import,
            ActionKey.EXPORT: transfer.ask_what_to_export,
            ActionKey.CHECK_LIBRARY: transfer.check,
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
        for part in (self.transfer, self.names, self.models):  # their keys work on other pages, too
            part.said.connect(lambda text: self._window.say(text, shown_ms=6000))
        self.shelf.said.connect(lambda text, shown_ms: self._window.say(text, shown_ms=shown_ms))
        self.names.added.connect(self.record_page.await_action)
        self.names.renaming.connect(self.record_page.rename_action)
        self.transfer.working.connect(self._on_working)
        self.library.why_stay = self._why_stay
        self.library.stayed.connect(lambda why: self._window.say(why, shown_ms=4000))
        self.library.opened.connect(self._on_opened)
        self.library.failed.connect(self._on_not_opened)
        live = self._window.control
        live.others.append(self.record_page)
        self.record_page.painted.connect(live.bridge.note_painted)
        self.record.recorded.connect(self.library.put)
        self.record.dropping.connect(self.shelf.let_go)
        self.record.dropped.connect(self.shelf.note_discarded)
        self.record.dropped.connect(self.library.forget)
        self.record.stood.connect(self._window.page.recording.show_standing)
        self.record.picked.connect(self._on_take)
        self.record.said.connect(lambda text: self._window.say(text, shown_ms=5000))
        self.shelf.counted.connect(self._on_counted)
        self.train.clip_picked.connect(self._on_clip)
        self.train.wanted_live.connect(self._on_wanted_live)
        self.train.trained.connect(self._on_trained)
        self.own_models.found.connect(live.show_own_models)
        self.models.came.connect(self._on_model_came)
        live.offered.connect(self._on_models)
        live.model_started.connect(self.lecture.control.model_changed)

    def _on_models(self, models: tuple[Choice, ...]) -> None:
        choices = [(one.key, one.title) for one in models]
        self.train_page.show_starts(choices)
        self.lecture_page.compare.show_models(choices)

    def _why_stay(self) -> str:
        """Why this library cannot be left for another one: something still comes into it."""
        if self.record.is_running:
            return f"End the recording first: {self._key(ActionKey.RECORD)}"
        if self.record.is_busy:
            return "A recording is still being written: try again in a moment"
        if self.transfer.is_busy:
            return f"End the work that is under way first: {self._key(ActionKey.CANCEL)}"
        return CHANGING if self.names.is_busy else ""

    def _on_counted(self, counts: Counts) -> None:
        library = self.library.library
        if library is not None and library.folder != self._folder:
            self._folder = library.folder
            self.record_page.forget_actions()
            self.train.stop()
        persons = () if library is None else library.document.persons
        self.record_page.show_actions([name for name, _ in counts.by_action], persons=persons)
        self.train.show_counts(counts)

    def _on_take(self, name: str) -> None:
        self._window.show_page(PageKey.LABEL)
        self.shelf.open_recording(name)

    def _on_clip(self, clip: JudgedClip) -> None:
        self._window.show_page(PageKey.LABEL)
        if not self.shelf.open_recording(clip.recording, at_s=clip.start_s):
            self.say(PageKey.LABEL, f"{clip.recording} is not in this library any more", shown_ms=4000)

    def _on_trained(self, text: str) -> None:
        self._window.control.look_for_offers()
        self._look_for_own_models()
        if self._window.page_key is not PageKey.TRAIN:
            self._window.say(f"The training is done: {text}", shown_ms=6000)

    def _look_for_own_models(self) -> None:
        self.own_models.look(self.library.folder / MODELS)

    def _on_model_came(self, name: str) -> None:
        """Use it at once where a model is used; elsewhere it is offered."""
        self._window.control.look_for_offers()
        if self._window.page_key is PageKey.LIVE:
            self._window.control.start_model(name)

    def _on_wanted_live(self, model: str) -> None:
        self._window.control.start_model(model)  # first, so that the old one is not started once more
        self._window.show_page(PageKey.LIVE)

    def _on_working(self, text: str, fraction: float | None) -> None:
        self.shelf.show_working(preparing(text, fraction) if text else None)

    def _on_opened(self, opened: OpenedLibrary) -> None:
        folder = opened.library.folder
        name = f"{folder.name} (read only)" if opened.library.why_read_only else folder.name
        self._window.header.show_library(name, folder=str(folder))
        self._look_for_own_models()
        self.train.show_library()

    def _key(self, key: ActionKey) -> str:
        return shortcut_text(self._window.actions_by_key[key].shortcut().toString())

    def _on_not_opened(self) -> None:
        folder = self.library.folder
        self._window.header.show_library(f"{folder.name} (not open)", folder=str(folder))

    def _on_skeleton(self) -> None:
        has_skeleton = self._window.is_checked(ActionKey.SKELETON)
        self.labels.player.set_skeleton(has_skeleton)
        self._window.settings.remember(skeleton=has_skeleton)
        self.say(PageKey.LABEL, "Skeleton on" if has_skeleton else "Skeleton off", shown_ms=1500)
