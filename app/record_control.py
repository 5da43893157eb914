"""Recording in the window: a plan that runs by itself, free takes, and the last seconds kept after the fact."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QWidget

from app.actions import ActionKey
from app.bridges.tasks import Tasks
from app.library_control import LibraryControl
from app.live_control import LiveControl
from app.messages import error_text
from app.page_key import PageKey
from app.pages.record import RecordPage
from app.settings import SettingsStore
from app.sounds import Sound, Sounds
from app.widgets.ask import AskText
from core.errors import DataError, JointlightError, OutputError
from core.library.disk import DiskGuard, expected_bytes_s
from core.library.records import check_name
from core.live.held import HeldClip
from core.live.plan import BeginTake, DropTake, Ending, EndTake, Event, Finished, Phase, Plan, Tick
from core.live.preroll import PreRoll
from core.live.prompter import Prompter
from core.live.results import SessionState
from core.live.takes import Take, TakeRecorder

HELD_S, HELD_BYTES = 30.0, 192 * 2**20  # that can be looked at again
KEPT_S = 10.0  # of it, that the key B keeps
STEP_MS = 20  # as exact as a take's length is
LOOK_MS = 1000
SHOWN_TAKES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """What became of a take."""

    take: Take | None  # None: it was not wanted
    is_kept_later: bool = False  # from the pre-roll


class RecordControl(QObject):
    """For the GUI thread; nothing in it waits for the disk but `close`.

    Signals:
        recorded(Entry): a recording is in the library.
        dropped(str): the recording of that name is no more.
        running(bool): a plan runs, or does not any more.
        said(str): a sentence for the page that is shown.
    """

    recorded = pyqtSignal(object)
    dropped = pyqtSignal(str)
    running = pyqtSignal(bool)
    said = pyqtSignal(str)

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
        self._recorder: TakeRecorder | None = None
        self._preroll: PreRoll | None = None
        self._last_held: HeldClip | None = None  # what was seen before the page was left
        self._takes: list[Take] = []
        self._names: list[str] = []  # of the takes that are on disk, for the thread that writes them
        self._sounds = Sounds(self)
        self._tasks = Tasks("recording", self)
        self._tasks.done.connect(self._on_done)
        self._tasks.failed.connect(self._on_failed)
        self._timer, self._looking = QTimer(self), QTimer(self)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._step)
        self._looking.setInterval(LOOK_MS)
        self._looking.timeout.connect(self._look)
        page.changed.connect(self._remember)
        live.starting.connect(self._on_starting)

    @property
    def is_running(self) -> bool:
        """Whether a plan runs."""
        return self._prompter is not None

    def show_page(self, page: PageKey) -> None:
        """Pictures are seen on this page, or not: the last seconds are held while they are."""
        is_seen = page in (PageKey.LIVE, PageKey.RECORD)
        if not is_seen and self.is_running:
            self.stop()
        if is_seen and self._preroll is None:
            self._preroll, self._last_held = PreRoll(seconds=HELD_S, most_bytes=HELD_BYTES), None
            self._live.bridge.listeners.attach(self._preroll)
            self._looking.start()
        elif not is_seen:
            self._let_go_preroll()

    def toggle(self, page: PageKey) -> None:
        """The key R: begin a plan, or one free take on the live page; again: end it."""
        if self.is_running:
            self._end_or_stop()
        else:
            self._with_person(lambda: self._start(page))
        self._show()

    def stop(self) -> None:
        """End it all; a take under way is kept, without a label."""
        if self._prompter is not None:
            self._do(self._prompter.stop(time.monotonic()))

    def next_take(self) -> None:
        """Go on without waiting: end a free take, or leave out a rest or count-down's prompt."""
        prompter = self._prompter
        if prompter is None:
            return
        now_s = time.monotonic()
        is_taking = prompter.standing(now_s).phase is Phase.RECORDING
        self._do(prompter.end_take(now_s) if is_taking else prompter.skip(now_s))

    def again(self) -> None:
        """Repeat the take under way, or the last one."""
        if self._prompter is None:
            self.said.emit("Nothing is recorded now: R begins")
        else:
            self._do(self._prompter.again(time.monotonic()))

    def discard_last(self) -> None:
        """Put the last take into the trash."""
        if self._takes:
            self._drop_last()
        else:
            self.said.emit("There is no take to discard")

    def keep_last(self) -> None:
        """Make a recording of what was just seen."""
        self._with_person(self._keep)

    def held(self) -> HeldClip | None:
        """The last seconds, to be looked at."""
        return self._last_held if self._preroll is None else self._preroll.held()

    def close(self, timeout_s: float) -> None:
        """End what is recorded and wait so long for the disk; what takes longer still ends before the program."""
        self.stop()
        self._timer.stop()
        self._looking.stop()
        self._let_go_preroll()
        self._tasks.close(timeout_s)

    # Inside

    def _with_person(self, does: Callable[[], None]) -> None:
        """Do something once it is known who is recorded, and where to."""
        name = self._page.person.text().strip()
        library = self._library.library
        if library is None or library.why_read_only:
            self.said.emit(f"Nothing can be recorded. {self._library.why_read_only}")
            self._show()
            return
        if not _no_person(name):
            does()
            return

        def take(text: str) -> None:
            self._page.person.setText(text)
            does()
            self._show()

        window: QWidget = self._page.window() or self._page
        AskText(
            window,
            title="Who is recorded?",
            question="Who is recorded? A test on other persons needs to know it. It is asked once.",
            known=library.document.persons,
            check=_no_person,
            answered=take,
        ).open()

    def _start(self, page: PageKey) -> None:
        status = self._live.bridge.status()
        if status.state is not SessionState.RUNNING or not status.frames_in:
            self.said.emit("There is no picture to record yet")
            return
        library = self._library.library
        assert library is not None
        try:
            DiskGuard(library.folder).check_before()
        except OutputError as error:
            self.said.emit(str(error))
            return
        self._prompter = Prompter(self._plan(page))
        self.running.emit(True)
        self._timer.start()
        self._do(self._prompter.start(time.monotonic()))

    def _plan(self, page: PageKey) -> Plan:
        now, ticked = self._settings.now, self._page.ticked()
        if page is PageKey.LIVE or not ticked:
            seconds = None if page is PageKey.LIVE or not now.take_s else now.take_s
            countdown_s = 0.0 if page is PageKey.LIVE else now.countdown_s
            return Plan(seconds=seconds, countdown_s=countdown_s)
        return Plan(
            actions=tuple(ticked),
            takes=now.takes,
            seconds=now.take_s or None,
            countdown_s=now.countdown_s,
            rest_s=now.rest_s,
            in_turn=now.in_turn,
        )

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
        problem = self._recorder.status().problem if self._recorder is not None else ""
        state = self._live.bridge.status().state
        if self._recorder is not None and (problem or state is not SessionState.RUNNING):
            self.said.emit(f"{problem or 'The pictures stopped.'} What was recorded is kept.")
            self.stop()
            return
        self._do(self._prompter.advance(time.monotonic()))

    def _do(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Tick():
                    self._sounds.play(Sound.TICK)
                case BeginTake():
                    self._begin(event)
                case EndTake():
                    self._end(event)
                case DropTake():
                    self._drop_last()
                case Finished():
                    self._finish()
        self._show()

    def _begin(self, event: BeginTake) -> None:
        library, source = self._library.library, self._live.bridge.status().source
        if library is None:
            return
        recorder = TakeRecorder(library, person=self._page.person.text().strip(), persons=self._persons())
        try:
            recorder.begin(event.prompt.action, source=source, is_hands_free=bool(event.prompt.action))
        except JointlightError as error:
            self.said.emit(str(error))
            self.stop()
            return
        self._recorder = recorder
        self._live.bridge.listeners.attach(recorder)
        self._sounds.play(Sound.GO)

    def _end(self, event: EndTake) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        label = event.prompt.action if event.ending is Ending.WHOLE else ""
        is_wanted = event.ending is not Ending.DROPPED
        listeners, names = self._live.bridge.listeners, self._names

        def work() -> _Ended:
            try:
                if not is_wanted:
                    recorder.drop()
                    return _Ended(take=None)
                take = recorder.end(label=label)
                names.append(take.entry.name)
                return _Ended(take=take)
            finally:
                listeners.detach(recorder)

        self._tasks.add(work)

    def _finish(self) -> None:
        self._prompter = None
        self._timer.stop()
        self._sounds.play(Sound.DONE)
        self.running.emit(False)

    def _drop_last(self) -> None:
        """Throw the last take away, once it is on disk."""
        library, names = self._library.library, self._names
        if library is None:
            return

        def work() -> str | None:
            if not names:
                return None
            library.discard(names[-1])
            return names.pop()

        self._tasks.add(work)

    def _keep(self) -> None:
        library, preroll, status = self._library.library, self._preroll, self._live.bridge.status()
        if library is None or preroll is None:
            return
        person, persons, names = self._page.person.text().strip(), self._persons(), self._names

        def work() -> _Ended:
            take = preroll.keep(library, seconds=KEPT_S, person=person, source=status.source, persons=persons)
            names.append(take.entry.name)
            return _Ended(take=take, is_kept_later=True)

        self._tasks.add(work)
        self.said.emit("Keeping the last seconds …")

    def _persons(self) -> int:
        """How many persons the model looks at."""
        result = self._live.bridge.latest()
        return 1 if result is None else len(result.looked_at)

    def _let_go_preroll(self) -> None:
        self._looking.stop()
        preroll, self._preroll = self._preroll, None
        if preroll is not None:
            self._last_held = preroll.held()
            self._live.bridge.listeners.detach(preroll)
            self._tasks.add(preroll.close)  # after a `keep` that is under way

    # Showing

    def _show(self) -> None:
        standing = None if self._prompter is None else self._prompter.standing(time.monotonic())
        self._page.show_plan(standing, is_running=self.is_running)
        self._actions[ActionKey.RECORD].setChecked(self.is_running)

    def _show_takes(self) -> None:
        self._page.show_takes([take_text(take) for take in reversed(self._takes[-SHOWN_TAKES:])])

    def _look(self) -> None:
        held = self._preroll.status() if self._preroll is not None else None
        if held is not None:
            text = held.problem or f"The last {min(KEPT_S, held.seconds):.0f} s can be kept"
            self._page.held.setText(text if held.frames or held.problem else "")
        library, source = self._library.library, self._live.bridge.status().source
        if library is not None and source is not None:
            bytes_s = expected_bytes_s(width_px=source.width_px, height_px=source.height_px, rate_hz=source.rate_hz)
            state = DiskGuard(library.folder).state(bytes_s=bytes_s)
            self._page.disk.setText("" if state is None else state.text or f"Room for {_long(state.minutes)}")
        if self._recorder is not None and (missed := self._recorder.status().missed):
            self._page.held.setText(f"{missed} pictures are missing: the disk cannot follow")

    def _remember(self) -> None:
        page = self._page
        self._sounds.is_on = page.sound.isChecked()
        self._settings.remember(
            person=page.person.text().strip(),
            takes=page.takes.value(),
            take_s=page.seconds.value(),
            countdown_s=page.countdown.value(),
            rest_s=page.rest.value(),
            in_turn=page.in_turn.isChecked(),
            sound=page.sound.isChecked(),
        )

    def _on_starting(self) -> None:
        """Another source begins: what was recorded of the one before ends."""
        self.stop()
        if self._preroll is not None:
            self._preroll.clear()

    def _on_done(self, outcome: object) -> None:
        if isinstance(outcome, str):
            self._takes = [take for take in self._takes if take.entry.name != outcome]
            self._show_takes()
            self.dropped.emit(outcome)
        if not isinstance(outcome, _Ended) or outcome.take is None:
            return
        take = outcome.take
        self._takes.append(take)
        self._show_takes()
        self.recorded.emit(take.entry)
        if take.problem:
            self.said.emit(f"{take.problem} What was recorded is kept.")
        elif outcome.is_kept_later:
            self.said.emit(f"Kept: {take.entry.recording.duration_s:.1f} s")

    def _on_failed(self, error: object) -> None:
        self.said.emit(error_text(error))


def take_text(take: Take) -> str:
    """A take in one line."""
    recording = take.entry.recording
    parts = [recording.prompt or "free", recording.person, f"{recording.duration_s:.1f} s"]
    if take.missed:
        parts.append(f"{take.missed} pictures missing")
    if not take.entry.poses.exists():
        parts.append("nobody was found in it")
    return "  ·  ".join(parts)


def _long(minutes: float) -> str:
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"


def _no_person(text: str) -> str:
    try:
        check_name(text, what="a person")
    except DataError as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}"
    return ""
