"""Recording in the window: a plan that runs by itself, free takes, and the last seconds kept after the fact."""

import time
from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from PyQt6.QtGui import QAction

from app.actions import ActionKey, shortcut_text
from app.library_control import LibraryControl
from app.live_control import LiveControl
from app.messages import error_text
from app.page_key import PageKey
from app.pages.record import RecordPage
from app.record.held_seconds import HeldSeconds
from app.record.recording_needs import RecordingNeeds
from app.record.take_keeper import Kept, TakeKeeper, take_text
from app.settings import SettingsStore
from app.sounds import Sound, Sounds
from core.errors import JointlightError
from core.library.disk import DiskGuard
from core.library.library import Library
from core.live.plan import BeginTake, DropTake, Ending, EndTake, Event, Finished, Phase, Plan, Tick
from core.live.prompter import Prompter
from core.live.results import SessionState, SessionStatus

STEP_MS = 20  # as exact as a take's length is
CHECK_S = 0.1
SILENT_S = 1.0  # a camera that sends nothing for so long has ended its take
SHOWN_TAKES = 200
SEEING = (PageKey.LIVE, PageKey.RECORD)  # pages on which pictures come in
AT_ONCE = Plan(seconds=None, countdown_s=0.0)  # one free take, as on the live page
KEPT_TEXT = "What was recorded is kept."
NOT_THERE = "The take is not in the library: nothing was discarded"


class RecordControl(QObject):
    """For the GUI thread.

    Signals:
        recorded(Entry): a recording is in the library.
        dropping(str): the recording of that name goes next: its files are wanted.
        dropped(str): it is no more.
        stood(object): the Standing of the plan that runs; None: none does.
        said(str): a sentence for the page that is shown.
        picked(str): the recording of that name is wanted.
    """

    recorded = pyqtSignal(object)
    dropping = pyqtSignal(str)
    dropped = pyqtSignal(str)
    stood = pyqtSignal(object)
    said = pyqtSignal(str)
    picked = pyqtSignal(str)

    def __init__(
        self,
        page: RecordPage,
        library: LibraryControl,
        live: LiveControl,
        settings: SettingsStore,
        *,
        actions: dict[ActionKey, QAction],
    ) -> None:
        super().__init__(page)
        self._page, self._library, self._live, self._settings = page, library, live, settings
        self._actions = actions
        self._prompter: Prompter | None = None
        self._over: Prompter | None = None  # a plan that has come to its end, whose last take can be repeated
        self._number = 0  # of the take under way, or the last one
        self._whole: int | None = None  # of the last one of the plan that ended as a whole one
        self._takes: list[Kept] = []
        self._check_due_s = 0.0
        self._has_told_missing = False
        self._keeper, self._sounds = TakeKeeper(live.bridge.listeners, self), Sounds(self)
        self._needs, self.held = RecordingNeeds(page, library), HeldSeconds(page, live, self._keeper)
        library.writers.append(self._keeper.tasks)
        self._timer = QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._connect()

    @property
    def is_running(self) -> bool:
        """Whether a plan runs."""
        return self._prompter is not None

    @property
    def is_busy(self) -> bool:
        """Whether a plan runs, or a take still comes onto the disk."""
        return self.is_running or self._keeper.is_busy

    def show_page(self, page: PageKey) -> None:
        """Pictures are seen on this page, or not: the last seconds are held while they are."""
        is_seen = page in SEEING
        if not is_seen:
            self._break_off("The recording has ended.")
            self._over = None
        self.held.hold(is_seen=is_seen)
        if page is PageKey.RECORD and self._settings.now.sound:
            self._sounds.load()  # so that the first tick does not come late

    def toggle(self, page: PageKey) -> None:
        """The key R: begin a plan, or one free take on the live page; again: end it."""
        if self.is_running:
            self._end_or_stop()
        else:
            self._needs.then(lambda library: self._start(library, page))
        self._show()

    def stop(self) -> None:
        """End it all; a take under way is kept, without a label."""
        if self._prompter is not None:
            self._do(self._prompter.stop(time.monotonic()))

    def next_take(self) -> None:
        """Go on without waiting: end the take under way, or the rest or count-down before one."""
        if self._prompter is None:
            self.said.emit(f"Nothing is recorded now: {self._key(ActionKey.RECORD)} begins")
        else:
            self._do(self._prompter.go_on(time.monotonic()))

    def again(self) -> None:
        """Repeat the take under way, or the last one of the plan."""
        if self._prompter is not None:
            self._do(self._prompter.again(time.monotonic()))
        elif self._over is not None:
            self._needs.then(self._again_after_the_end)
        else:
            self.said.emit(f"Nothing is recorded now: {self._key(ActionKey.RECORD)} begins")

    def discard_last(self) -> None:
        """Put the last take into the trash."""
        library = self._library.library
        if library is None or not self._takes:
            self.said.emit("There is no take to discard")
        else:
            self.dropping.emit(self._takes[-1].take.entry.name)
            self._keeper.drop(library)

    def keep_last(self) -> None:
        """Make a recording of what was just seen."""
        self._needs.then(self._keep)

    def close(self, timeout_s: float) -> None:
        """End what is recorded and wait so long for the disk; what takes longer still ends before the program."""
        self.stop()
        self._timer.stop()
        self.held.hold(is_seen=False)
        self._keeper.close(timeout_s)

    # Inside

    def _connect(self) -> None:
        self._timer.timeout.connect(self._step)
        self._needs.missing.connect(self.said)
        self._needs.met.connect(self._show)
        self._keeper.kept.connect(self._on_kept)
        self._keeper.dropped.connect(self._on_dropped)
        self._keeper.missing.connect(lambda: self.said.emit(NOT_THERE))
        self._keeper.failed.connect(self._on_failed)
        self._page.changed.connect(self._remember)
        self._page.take_picked.connect(lambda row: self.picked.emit(self._shown_takes()[row].take.entry.name))
        self._live.starting.connect(self._on_starting)
        self._library.opened.connect(self._on_opened)
        self._library.changed.connect(self._on_library_changed)

    def _why_not(self, library: Library) -> str:
        """Why nothing can be recorded just now."""
        if self._live.bridge.latest() is None or not _has_pictures(self._live.bridge.status()):
            return "There is no picture to record yet"
        try:
            DiskGuard(library.folder).check_before()
        except JointlightError as error:
            return str(error)
        return ""

    def _start(self, library: Library, page: PageKey) -> None:
        why_not = self._why_not(library)
        if why_not or self.is_running:
            self.said.emit(why_not)
            return
        self._remember()  # a name that was typed just now, too
        plan = AT_ONCE if page is PageKey.LIVE else self._page.plan()
        self._whole = None
        self._run(Prompter(plan), lambda prompter: prompter.start(time.monotonic()))

    def _again_after_the_end(self, library: Library) -> None:
        why_not, over = self._why_not(library), self._over
        if why_not or over is None:
            self.said.emit(why_not)
        else:
            self._run(over, lambda prompter: prompter.again(time.monotonic()))

    def _run(self, prompter: Prompter, begin: Callable[[Prompter], list[Event]]) -> None:
        events = begin(prompter)
        if not events:
            self.said.emit("There is no take to repeat")
            return
        self._prompter, self._over, self._check_due_s = prompter, None, 0.0
        self._timer.start()
        self._do(events)

    def _end_or_stop(self) -> None:
        """A take of free length ends as a whole one; anything else is stopped."""
        prompter = self._prompter
        assert prompter is not None
        now_s = time.monotonic()
        standing = prompter.standing(now_s)
        is_free = standing.phase is Phase.RECORDING and standing.total_s is None
        self._do(prompter.end_take(now_s) if is_free else prompter.stop(now_s))

    def _step(self) -> None:
        if self._prompter is None:
            return
        now_s = time.monotonic()
        if now_s >= self._check_due_s:
            self._check_due_s = now_s + CHECK_S
            if self._keeper.missed and not self._has_told_missing:
                self._has_told_missing = True
                self.said.emit("The disk cannot follow: pictures are missing in this take")
            if self._keeper.problem:
                self._break_off(self._keeper.problem)
            elif not _has_pictures(self._live.bridge.status()):
                self._break_off("The recording has ended, since no pictures come any more.")
        if self._prompter is not None:
            self._do(self._prompter.advance(now_s))

    def _break_off(self, why: str) -> None:
        """End what runs, for a reason that is told."""
        if self.is_running:
            self.said.emit(f"{why} {KEPT_TEXT}" if self._keeper.is_taking else why)
            self.stop()

    def _do(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Tick():
                    self._play(Sound.TICK)
                case BeginTake():
                    self._begin(event)
                case EndTake():
                    self._end(event)
                case DropTake():
                    self._drop_whole()
                case Finished():
                    self._finish()
        self._show()

    def _begin(self, event: BeginTake) -> None:
        library = self._library.library
        if library is None:
            self.stop()
            return
        try:
            number = self._keeper.begin(
                library,
                event.prompt.action,
                person=self._needs.person,
                persons=self._persons(),
                source=self._live.bridge.status().source,
            )
        except JointlightError as error:
            self.said.emit(str(error))
            self.stop()
            return
        self._number, self._has_told_missing = number, False
        self._play(Sound.GO)

    def _end(self, event: EndTake) -> None:
        is_whole = event.ending is Ending.WHOLE
        if is_whole:
            self._whole = self._number
        label = event.prompt.action if is_whole else ""
        self._keeper.end(label=label, is_wanted=event.ending is not Ending.DROPPED)

    def _finish(self) -> None:
        prompter, self._prompter = self._prompter, None
        self._timer.stop()
        self._play(Sound.DONE)
        if prompter is not None and prompter.is_complete:
            self._over = prompter
            if prompter.plan.total > 1:
                again = self._key(ActionKey.AGAIN_TAKE)
                self.said.emit(f"That was all: {prompter.plan.total} takes. {again} repeats the last one.")

    def _drop_whole(self) -> None:
        """The last whole take of the plan is not wanted; what was recorded besides stays."""
        library, number = self._library.library, self._whole
        if library is not None and number is not None:
            for name in (kept.take.entry.name for kept in self._takes if kept.number == number):
                self.dropping.emit(name)
            self._keeper.drop(library, number)

    def _keep(self, library: Library) -> None:
        if self.held.frames:
            self.held.keep(library, person=self._needs.person, persons=self._persons())
            self.said.emit("Keeping the last seconds …")
        else:
            self.said.emit("There is nothing to keep yet: no picture has come")

    def _persons(self) -> int:
        """How many persons the model looks at."""
        result = self._live.bridge.latest()
        return 1 if result is None else len(result.looked_at)

    def _key(self, key: ActionKey) -> str:
        return shortcut_text(self._actions[key].shortcut().toString())

    def _play(self, sound: Sound) -> None:
        if self._settings.now.sound:
            self._sounds.play(sound)

    # Showing

    def _show(self) -> None:
        standing = None if self._prompter is None else self._prompter.standing(time.monotonic())
        self._page.show_plan(standing, is_running=self.is_running)
        self._actions[ActionKey.RECORD].setChecked(self.is_running)
        self.stood.emit(standing)

    def _show_takes(self) -> None:
        self._page.show_takes([take_text(kept.take) for kept in self._shown_takes()])

    def _shown_takes(self) -> list[Kept]:
        """The newest first."""
        return self._takes[: -SHOWN_TAKES - 1 : -1]

    def _remember(self) -> None:
        self._settings.remember(**self._page.settings())

    # What comes from outside

    def _on_starting(self) -> None:
        """Another source or model begins: what was recorded of the one before ends."""
        self._break_off("The recording has ended, since another source or model begins.")
        self._over = None
        self.held.clear()

    def _on_opened(self) -> None:
        """A library is open: the takes of the one before are not its own."""
        self._keeper.forget()
        self._over, self._takes = None, []
        self._show_takes()
        self.held.show_library(self._library.library)

    def _on_library_changed(self) -> None:
        """A take may have been discarded on another page."""
        there = [kept for kept in self._takes if self._library.entry(kept.take.entry.name) is not None]
        if len(there) < len(self._takes):
            self._takes = there
            self._show_takes()

    def _on_kept(self, kept: Kept) -> None:
        take = kept.take
        self.recorded.emit(take.entry)
        self._takes.append(kept)
        self._show_takes()
        if take.problem:
            self.said.emit(f"{take.problem} {KEPT_TEXT}")
        elif not take.entry.poses.exists():
            self.said.emit("Nobody was found in this take: nothing can be learnt from it")
        elif kept.is_from_before:
            self.said.emit(f"Kept: {take.entry.recording.duration_s:.1f} s")

    def _on_dropped(self, name: str) -> None:
        self._takes = [kept for kept in self._takes if kept.take.entry.name != name]
        self._show_takes()
        self.dropped.emit(name)
        self.said.emit(f"{name} lies in the trash of the library")

    def _on_failed(self, error: object) -> None:
        """A take could not be ended well: the next one would hardly be better."""
        self.stop()
        self.said.emit(error_text(error))


def _has_pictures(status: SessionStatus) -> bool:
    """Whether pictures come now."""
    is_silent = status.source is not None and status.source.is_live and status.silence_s > SILENT_S
    return status.state is SessionState.RUNNING and not is_silent
