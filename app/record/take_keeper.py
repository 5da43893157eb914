"""Takes on their way into the library: one is under way at most, and those before it end in a thread, in order."""

import math
from dataclasses import dataclass

from PyQt6.QtCore import QObject, pyqtSignal

from app.bridges.tasks import Tasks
from core.errors import SourceError
from core.library.library import Library
from core.live.listeners import FrameListeners
from core.live.preroll import PreRoll
from core.live.takes import Take, TakeRecorder
from core.sources.source import SourceInfo

NO_PICTURE = "No picture came while it was recorded, so there is nothing to keep."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A take that is in the library."""

    number: int
    take: Take
    is_from_before: bool = False  # of the last seconds, after the fact


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dropped:
    """A take that has gone into the trash; "": it was not there."""

    name: str


class TakeKeeper(QObject):
    """For the GUI thread. Only `begin` writes to the disk there, a few small files: a take must not begin late.

    Takes are numbered, since one may be unwanted before it has come onto the disk.

    Signals:
        kept(Kept): a take is in the library.
        dropped(str): the take of that name lies in the trash.
        missing(): the take that shall go is not in the library.
        failed(object): the exception that kept a take from ending well, or from going.
    """

    kept = pyqtSignal(object)
    dropped = pyqtSignal(str)
    missing = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(self, listeners: FrameListeners, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listeners = listeners
        self._recorder: TakeRecorder | None = None
        self._library: Library | None = None  # of the take under way
        self._taking = 0  # its number
        self._number = 0  # the last that was given: last seconds that are kept during a take get one, too
        self._names: dict[int, str] = {}  # of takes that are in the library, as they came, for the thread alone
        self.tasks = Tasks("recording", self)  # they write to the library
        self.tasks.done.connect(self._on_done)
        self.tasks.failed.connect(self.failed)

    @property
    def is_taking(self) -> bool:
        """Whether a take is under way."""
        return self._recorder is not None

    @property
    def is_busy(self) -> bool:
        """Whether a take is under way, or still comes onto the disk."""
        return self.is_taking or self.tasks.is_busy

    @property
    def problem(self) -> str:
        """Why nothing more of the take under way is written."""
        return "" if self._recorder is None else self._recorder.status().problem

    @property
    def missed(self) -> int:
        """Pictures that the take under way lacks."""
        return 0 if self._recorder is None else self._recorder.status().missed

    def begin(self, library: Library, action: str, *, person: str, persons: int, source: SourceInfo | None) -> int:
        """Begin a take of an action, "" for a free one; returns its number. Raises OutputError."""
        recorder = TakeRecorder(library, person=person, persons=persons)
        recorder.begin(action, source=source, is_hands_free=bool(action))
        self._recorder, self._library = recorder, library
        self._number += 1
        self._taking = self._number
        self._listeners.attach(recorder)
        return self._taking

    def end(self, *, label: str = "", is_wanted: bool = True) -> None:
        """End the take under way, if there is one; with a label all of it is that action."""
        recorder, self._recorder, library = self._recorder, None, self._library
        if recorder is None or library is None:
            return
        number, listeners = self._taking, self._listeners
        recorder.stop()  # now: the thread may be at the take before

        def work() -> Kept | None:
            try:
                if not is_wanted:
                    recorder.drop()
                    return None
                take = recorder.end(label=label)
            finally:
                listeners.detach(recorder)
            if not take.entry.recording.frames:
                library.discard(take.entry.name)
                raise SourceError(f"{take.problem} {NO_PICTURE}".strip())
            self._names[number] = take.entry.name
            return Kept(number=number, take=take)

        self.tasks.add(work)

    def keep(
        self,
        preroll: PreRoll,
        library: Library,
        *,
        person: str,
        persons: int,
        source: SourceInfo | None,
        seconds: float = math.inf,
    ) -> None:
        """Make a take of the last seconds, so many at most."""
        self._number += 1
        number = self._number

        def work() -> Kept:
            take = preroll.keep(library, seconds=seconds, person=person, source=source, persons=persons)
            self._names[number] = take.entry.name
            return Kept(number=number, take=take, is_from_before=True)

        self.tasks.add(work)

    def drop(self, library: Library, number: int | None = None) -> None:
        """Put a take into the trash once it is on the disk: that one, or the one that came last."""

        def work() -> _Dropped:
            known = [one for one in self._names if (library.recordings / self._names[one]).is_dir()]
            wanted = number if number is not None or not known else known[-1]
            if wanted is None or wanted not in known:
                return _Dropped(name="")
            library.discard(self._names[wanted])
            return _Dropped(name=self._names.pop(wanted))

        self.tasks.add(work)

    def let_go(self, preroll: PreRoll) -> None:
        """Hear no more for the last seconds, after all that is still to be kept of them."""
        self._listeners.detach(preroll)
        self.tasks.add(preroll.close)

    def forget(self) -> None:
        """Another library is open: the takes so far are not its own."""
        if self.tasks.is_busy:
            self.tasks.add(self._names.clear)
        else:  # the thread waits, and nothing is busy for the sake of forgetting
            self._names.clear()

    def close(self, timeout_s: float) -> None:
        """Wait so long for the disk; what takes longer still ends before the program does."""
        self.tasks.close(timeout_s)

    def _on_done(self, outcome: object) -> None:
        if isinstance(outcome, Kept):
            self.kept.emit(outcome)
        elif isinstance(outcome, _Dropped) and outcome.name:
            self.dropped.emit(outcome.name)
        elif isinstance(outcome, _Dropped):
            self.missing.emit()


def take_text(take: Take) -> str:
    """A take in one line."""
    recording = take.entry.recording
    parts = [recording.prompt or "free", recording.person, f"{recording.duration_s:.1f} s"]
    if recording.prompt and not take.entry.segments:
        parts.append("not labelled")
    if take.missed:
        parts.append(f"{take.missed} pictures missing")
    if not take.entry.poses.exists():
        parts.append("nobody was found in it")
    return "  ·  ".join(parts)
