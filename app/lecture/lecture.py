"""The lecture: its page joined with the library, the live view, the programme, the audience and what is taken home."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QFileDialog, QMenu

from app.actions import ActionKey
from app.bridges.background import Background, Report
from app.label.shelf import Wanted
from app.lecture.lecture_control import LectureControl
from app.lecture.presenting import Presenting
from app.lecture.programme import SUFFIX, Programme, RangeChoice, load_programme, save_programme
from app.lecture.programme_view import show_step, step_now
from app.library_control import LibraryControl, OpenedLibrary
from app.messages import error_text
from app.page_key import PageKey
from app.pages.lecture import LecturePage
from core.errors import JointlightError
from core.explain.film import projected
from core.explain.occlusion import occlude
from core.explain.take_home import TakeHome, check_file, is_moving, write_clip
from core.library.library import LIBRARY, Entry
from core.live.held import HeldClip
from core.paths import DEFAULT_MODEL, is_file

if TYPE_CHECKING:
    from app.main_window import MainWindow

FORMS = {
    ".png": "A figure for a paper (PNG)…",
    ".svg": "A figure for a paper (SVG)…",
    ".html": "A page that replays it in any browser (HTML)…",
    ".mp4": "A video (MP4)…",
    ".gif": "A short moving picture (GIF)…",
    ".csv": "All numbers as a table (CSV)…",
}


class Lecture(QObject):
    """For the GUI thread."""

    def __init__(
        self,
        window: "MainWindow",
        page: LecturePage,
        library: LibraryControl,
        *,
        held: Callable[[], HeldClip | None],
        device: str,
    ) -> None:
        super().__init__(window)
        self._window, self.page, self._library, self._held = window, page, library, held
        self.control = LectureControl(
            page,
            library,
            actions=window.actions_by_key,
            model=lambda: window.control.request.model,
            device=device,
        )
        self.programme = Programme()
        self.presenting: Presenting | None = None  # made once the window has its pages
        self._wanted = Wanted()
        self._awaited: Path | None = None  # the library of a step, while it is opened
        self._write = Background("take-home", self)
        self._write.finished.connect(lambda text: self._say(str(text), shown_ms=6000))
        self._write.failed.connect(lambda error: self._say(error_text(error), shown_ms=8000))
        self._write.progressed.connect(lambda text, fraction: self._say(_progress_text(text, fraction)))
        page.recordings.picked.connect(self.control.open_entry)
        page.recordings.clicked_again.connect(self._on_clicked_again)
        page.search.textChanged.connect(self._on_search)
        page.live.clicked.connect(self.replay_live)
        page.programme.picked.connect(self.show_step)
        library.changed.connect(self.refresh)
        library.opened.connect(self._on_library)
        library.failed.connect(self._on_library_failed)
        library.opening.connect(lambda: self.control.open_clip(None, ""))

    def begin(self) -> None:
        """The window has its pages now."""
        self.presenting = Presenting(self._window, self.control, on_key=self._on_audience_key)

    def handlers(self) -> dict[ActionKey, Callable[[], object]]:
        """What the rows of the table do on this page; those of players are shared with the label page."""
        return {
            ActionKey.REPLAY_LIVE: self.replay_live,
            ActionKey.CHECK: self.control.asking.check,
            ActionKey.TAKE_HOME: self.ask_what_to_take_home,
            ActionKey.PRESENT: self.present,
            ActionKey.ADD_STEP: self.add_step,
            ActionKey.DROP_STEP: self.drop_step,
            ActionKey.STEP_EARLIER: lambda: self.move_step(-1),
            ActionKey.STEP_LATER: lambda: self.move_step(1),
            ActionKey.NEXT_STEP: lambda: self.show_step(self.programme.place + 1),
            ActionKey.PREVIOUS_STEP: lambda: self.show_step(self.programme.place - 1),
            ActionKey.OPEN_PROGRAMME: self.ask_programme,
            ActionKey.SAVE_PROGRAMME: self.ask_where_to_save,
            ActionKey.COLOURS: self.next_colours,
            ActionKey.RANGE: self.next_range,
            ActionKey.TRAILS: self.set_trails,
        }

    def refresh(self) -> None:
        """The library has other recordings, or knows something else of them."""
        entries = [entry for entry in self._library.entries if self._wanted.has(entry, has_joints=True)]
        current = self.control.player.entry
        known = None if current is None else self._library.entry(current.name)
        if known is not None and known is not current:
            self.control.describe(known)
        self.page.recordings.show_entries(entries, current="" if current is None else current.name)

    def show_recording(self, name: str) -> None:
        """Go to a recording."""
        self._window.show_page(PageKey.LECTURE)
        entry = self._library.entry(name)
        if entry is not None and not self.control.is_open(entry):
            self.control.open_entry(entry)

    def replay_live(self) -> None:
        """Freeze what the live view has just seen, and look at it."""
        held = self._held()
        self._window.show_page(PageKey.LECTURE)
        self.control.open_held(held)

    def leave(self) -> bool:
        """Esc: the audience, then what the page has to leave."""
        if self.presenting is not None and self.presenting.is_open:
            self.presenting.close()
            return True
        return self._window.page_key is PageKey.LECTURE and self.control.leave()

    def cancel(self) -> bool:
        """Stop what is written, or the network; whether there was anything."""
        if self._write.is_busy:
            self._write.cancel()
            self._say("Stopped")
            return True
        return self.control.cancel()

    def close(self, timeout_s: float) -> None:
        """Stop all threads, and send the audience home."""
        until_s = time.monotonic() + timeout_s
        if self.presenting is not None:
            self.presenting.close()
        self._write.cancel()
        self.control.close(timeout_s)
        self._write.close(max(0.0, until_s - time.monotonic()))

    # View, on live pages too

    def next_colours(self) -> None:
        """Goes round."""
        self.control.set_view(palette=self.control.view.next_palette())
        self._share_view()
        self._window.say(f"Colours: {self.control.view.palette}")

    def next_range(self) -> None:
        """Goes round."""
        self.control.set_view(range_=self.control.view.next_range())
        self._share_view()
        name = self.control.view.range
        is_window = name is RangeChoice.CLIP and self._window.page_key is not PageKey.LECTURE
        self._window.say(f"Range: {'of this window' if is_window else name}")

    def set_trails(self) -> None:
        """Show where hands, feet and head have just been."""
        self.control.set_display(has_trails=self._window.is_checked(ActionKey.TRAILS))
        self._share_view()

    def _share_view(self) -> None:
        """Live pages show heat as the lecture does; their clip is what the window of the network holds."""
        live, record = self._window.page, self._window.teaching.record_page
        for view in (live.video, record.video):
            view.set_display(self.control.view.of_live(view.display))
        live.legend.set_scale(live.video.shown_scale())
        if self.presenting is not None:
            self.presenting.show_page(self._window.page_key)

    # Presentation and programme

    def present(self) -> None:
        """F5."""
        if self.presenting is not None:
            self.presenting.toggle()

    def add_step(self) -> None:
        """One more step of the programme, as the view is now."""
        library = self._library.library
        model = self._window.control.request.model or DEFAULT_MODEL
        folder = None if library is None else library.folder
        step = step_now(self.control, self.page, library=folder, model=model)
        if step is None:
            self._say("Only clips of a library can be in a programme: keep the last seconds first (B)")
        else:
            self._set(self.programme.with_step(step))

    def drop_step(self) -> None:
        """Take the chosen step out of the programme."""
        row = self.page.programme.row
        self._set(self.programme.without(row), row=row)

    def move_step(self, by: int) -> None:
        """Move the chosen step up or down."""
        row = self.page.programme.row
        moved = self.programme.with_moved(row, by)
        self._set(moved, row=row if moved is self.programme else row + by)

    def show_step(self, place: int) -> None:
        """Show a step of the programme."""
        if not self.programme.steps:
            self._say("The programme is empty: add views to it")
            return
        self._set(self.programme.went(place))
        step = self.programme.step
        if step is None:
            return
        choice = step.choice
        if self._window.page_key is not PageKey.LECTURE:
            self._window.show_page(PageKey.LECTURE)
        library = self._library.library
        if library is None or choice.path.absolute() != library.folder.absolute():
            self._open_for_step(choice.path)
            return
        entry = self._library.entry(choice.recording)
        if entry is None:
            self._say(f"{choice.recording} is not in this library any more", shown_ms=5000)
            return
        if step.model and step.model != (self._window.control.request.model or DEFAULT_MODEL):
            self._window.control.start_model(step.model)
        show_step(self.control, self._window.actions_by_key, step, entry, int(choice.segment or 0))
        self._share_view()

    def present_step(self, by: int) -> bool:
        """The arrow keys, before an audience: the next step of the programme; False where there is neither."""
        has_audience = self.presenting is not None and self.presenting.is_open
        if has_audience and self.programme.steps:
            self.show_step(self.programme.place + by)
            return True
        return False

    def _open_for_step(self, folder: Path) -> None:
        """The library of a step; one that is not there is not made, whatever a file says."""
        if not is_file(folder / LIBRARY):
            self._say(f"There is no library at {folder}", shown_ms=5000)
            return
        self._awaited = folder.absolute()
        self._library.open(folder)

    def ask_programme(self) -> None:
        """Which file?"""
        dialog = QFileDialog(self._window, "Open a programme", "", f"Programmes (*{SUFFIX} *.json)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.open_programme(Path(name)))
        dialog.open()

    def open_programme(self, path: Path) -> None:
        """Read the steps of a lecture."""
        try:
            self._set(load_programme(path))
        except JointlightError as error:
            self._say(str(error), shown_ms=8000)
        else:
            self._say(f"{len(self.programme.steps)} steps: page down begins")

    def ask_where_to_save(self) -> None:
        """Under which name?"""
        dialog = QFileDialog(self._window, "Save the programme", "", f"Programmes (*{SUFFIX})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.lstrip("."))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.save_programme(Path(name)))
        dialog.open()

    def save_programme(self, path: Path) -> None:
        """Write the steps of this lecture."""
        try:
            save_programme(path, self.programme)
        except JointlightError as error:
            self._say(str(error), shown_ms=8000)
        else:
            self._say(f"Written to {path.name}")

    # Take home

    def ask_what_to_take_home(self) -> None:
        """In which form?"""
        if self.control.explained is None:
            self._say("Choose a clip first")
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for ending, text in FORMS.items():
            action = menu.addAction(text)
            if action is not None:
                action.triggered.connect(lambda _checked, ending=ending: self._choose_target(ending))
        menu.popup(self._window.mapToGlobal(self._window.rect().center()))

    def take_home(self, file: Path) -> None:
        """Write the clip as a file of the kind that its ending says."""
        explained, clip = self.control.explained, self.control.player.clip
        joints, wish = self.control.player.joints, self._take_home()
        if explained is None or clip is None or joints is None:
            return
        model = self.control.used_model

        def work(report: Report) -> str:
            check_file(file)
            report("Asking the network")
            found = occlude(self.control.explainer.model(model), explained)
            film = projected(clip.film, joints.sequence) if is_moving(file) and clip.film is not None else None
            note = write_clip(
                file, explained, wish, occlusion=found, film=film,
                progress=lambda done, total: report("Writing", done / total if total else None),
            )  # fmt: skip
            return f"Written: {file.name}. {note}".strip()

        self._write.run(work)

    def _take_home(self) -> TakeHome:
        return TakeHome(clip=self.control.title, scale=self.control.scale())

    def _choose_target(self, ending: str) -> None:
        dialog = QFileDialog(self._window, "Take home", "", f"*{ending}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending.lstrip("."))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.take_home(Path(name)))
        dialog.open()

    # Inside

    def _set(self, programme: Programme, *, row: int | None = None) -> None:
        self.programme = programme
        self.page.programme.show_programme(programme, row=row)

    def _say(self, text: str, *, shown_ms: int = 3000) -> None:
        self._window.say(text, shown_ms=shown_ms)

    def _on_clicked_again(self, entry: Entry) -> None:
        """It is shown, unless the network was stopped; or it is wanted as the other clip, beside itself."""
        if self.control.asking.is_picking or not self.control.is_open(entry):
            self.control.open_entry(entry)

    def _on_search(self, text: str) -> None:
        self._wanted = Wanted(text=text)
        self.refresh()

    def _on_library(self, opened: OpenedLibrary) -> None:
        awaited, self._awaited = self._awaited, None
        if self.programme.step is not None and awaited == opened.library.folder.absolute():
            self.show_step(self.programme.place)

    def _on_library_failed(self, error: object) -> None:
        if self._awaited is not None:
            self._awaited = None
            self._say(error_text(error), shown_ms=8000)

    def _on_audience_key(self, event: QKeyEvent) -> None:
        """Keys that the audience's window got: a clicker, or the operator's hands on the wrong window."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Escape, Qt.Key.Key_F5):
            self.leave()
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown):
            self.show_step(self.programme.place + 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp):
            self.show_step(self.programme.place - 1)
        elif self._window.page_key is PageKey.LECTURE:
            self.control.player.toggle()
        else:
            self._window.actions_by_key[ActionKey.FREEZE].trigger()


def _progress_text(text: str, fraction: float | None) -> str:
    return f"{text} …" if fraction is None else f"{text}: {100 * fraction:.0f} %"
