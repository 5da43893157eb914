"""Training in the window: begun, followed, stopped, gone on with; then its report, and the way to the live page."""

import threading
from contextlib import closing
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, pyqtSignal

from app.actions import ActionKey
from app.bridges.background import Background, Cancelled, Report
from app.label.shelf import Counts
from app.library_control import LibraryControl
from app.messages import Message, MessageKind, error_text
from app.pages.train import LearntAction, TrainPage
from core.errors import DataError, JointlightError
from core.library.names import as_part
from core.library.records import check_name, with_mirror
from core.paths import DEFAULT_MODEL, own_models_dir
from core.training.events import EpochDone
from core.training.own_actions import OwnActions, OwnTraining
from core.training.own_events import OwnEvent, OwnProgress, OwnResult, RoundStarted
from core.training.own_report import OwnReport, read_report

MODELS = "models"  # folder of a library
LEAST_ACTIONS = 2


class TrainControl(QObject):
    """For the GUI thread; the training runs in a thread of its own.

    Signals:
        clip_picked(JudgedClip): a clip of the report shall be opened.
        wanted_live(str): a model folder shall be used live.
        trained(str): a model has been trained, and this is how well it does.
    """

    clip_picked = pyqtSignal(object)
    wanted_live = pyqtSignal(str)
    trained = pyqtSignal(str)
    _told = pyqtSignal(int, object)

    def __init__(self, page: TrainPage, library: LibraryControl, *, device: str = "auto") -> None:
        super().__init__(page)
        self._page, self._library, self._device = page, library, device
        self.epochs: int | None = None  # of each stage; None: as the recipe says
        self._is_running = False
        self._turn = 0
        self._round = ""
        self._rows: list[LearntAction] = []
        self._model: Path | None = None
        self._stopping = threading.Event()
        self._work = Background("train", self)
        self._work.finished.connect(self._on_finished)
        self._work.failed.connect(self._on_failed)
        self._work.progressed.connect(self._page.show_progress)
        queued = Qt.ConnectionType.QueuedConnection
        self._told.connect(self._on_told, queued)  # type: ignore[call-arg]  # PyQt6's stub lacks the type
        page.mirrored.connect(self._on_mirrored)
        page.name.textChanged.connect(self._show_place)
        library.opened.connect(self._show_place)
        page.report.clip_picked.connect(self.clip_picked)
        page.show_running(False)

    @property
    def is_running(self) -> bool:
        """Whether a training runs."""
        return self._is_running

    @property
    def model(self) -> Path | None:
        """The model folder whose report is shown."""
        return self._model

    def show_counts(self, counts: Counts) -> None:
        """The library has other clips."""
        library = self._library.library
        mirrors = {} if library is None else {one.name: one.in_mirror for one in library.document.actions}
        self._rows = rows = [
            LearntAction(
                name=name, clips=count, persons=counts.persons_of_action.get(name, 0), in_mirror=mirrors.get(name, "")
            )
            for name, count in counts.by_action
        ]
        self._page.show_actions(rows, can_write=not self._library.why_read_only)
        if not self._is_running and self._model is None:
            self._page.show_message(_before(rows))

    def show_library(self) -> None:
        """Another library is open: its last report, if it has one."""
        if self._is_running:  # it is the same one, opened anew
            return
        self._model = None
        for model in _newest_first(self._library.folder / MODELS):
            try:
                report = read_report(model)
            except (DataError, OSError):
                continue  # damaged: the next one may be well
            if report is not None:
                self._show_report(model, report)
                return

    def train(self) -> None:
        """Begin, or go on where it was stopped."""
        library, name = self._library.library, self._page.name.text().strip()
        if self._is_running:
            return
        if library is None:
            self._say(self._library.why_read_only)
            return
        try:
            check_name(name, what="a model")
        except DataError as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}")
            return
        start = self._page.start.currentData()
        wish = OwnActions(
            library=library.folder,
            out=self._place(name),
            start=DEFAULT_MODEL if start is None else start,
            title=name,
            epochs=self.epochs,
            learning_curve=self._page.learning_curve.isChecked(),
            device=self._device,
        )
        self._turn += 1
        self._stopping = threading.Event()
        turn, stopping, told = self._turn, self._stopping, self._told

        def work(report: Report) -> OwnResult:
            training = OwnTraining(wish)
            with closing(training.events(reading=lambda done, total: report("Reading clips", done / total))) as events:
                for event in events:
                    if isinstance(event, OwnResult):
                        return event
                    if stopping.is_set():
                        raise Cancelled
                    told.emit(turn, event)
            raise AssertionError("a training ends with its result")

        self._set_running(True)
        self._page.curves.clear()
        self._page.show_progress("Reading clips", None)
        self._work.run(work)

    def stop(self) -> None:
        """Stop after this epoch; the same training goes on when it is begun again."""
        if self._is_running:
            self._stopping.set()
            self._turn += 1
            self._set_running(False)
            self._say("Stopped. What was learnt so far is kept: Train goes on from there.", shown_ms=5000)
            if self._model is not None:
                self._page.show_report()
            else:
                self._page.show_message(_before(self._rows))

    def go_live(self) -> None:
        """Use the model of the report."""
        if self._model is None:
            self._say("Train a model first")
        else:
            self.wanted_live.emit(str(self._model))

    def ask_to_stop(self) -> None:
        """Let a training end after this epoch, without a word."""
        self._stopping.set()

    def close(self, timeout_s: float) -> None:
        """Stop, and wait so long for the thread; what was learnt so far is kept."""
        self.ask_to_stop()
        self._work.close(timeout_s)

    def _set_running(self, is_running: bool) -> None:
        self._is_running = is_running
        self._page.show_running(is_running)

    def _place(self, name: str) -> Path:
        """The folder of a model of that name: in its library, or among the user's own where that cannot be written."""
        library = self._library
        models = own_models_dir() if library.why_read_only else library.folder / MODELS
        return models / as_part(name)

    def _show_place(self) -> None:
        """Say where the model goes, if that is anything else than a new folder of the library."""
        name, is_elsewhere = self._page.name.text().strip(), bool(self._library.why_read_only)
        if not name or self._library.library is None:
            self._page.show_note("")
        elif self._place(name).exists():
            self._page.show_note("There is a model of that name: the new one takes its place")
        else:
            self._page.show_note("It goes to your own models: this library can only be read" if is_elsewhere else "")

    def _on_told(self, turn: int, event: OwnEvent) -> None:
        if turn != self._turn or not self._is_running:
            return
        match event:
            case RoundStarted():
                self._page.curves.clear()
                self._round = "" if event.of == 1 else f"Round {event.number} of {event.of}, {event.takes} takes each. "
                if event.resumed_epoch:
                    self._round += f"Going on after epoch {event.resumed_epoch}. "
            case EpochDone():
                self._page.curves.add(event)
            case OwnProgress():
                left = "" if event.left_s is None else f", about {_long(event.left_s)} left"
                self._page.show_progress(f"{self._round}{event.share:.0%} done{left}".replace("%", " %"), event.share)

    def _on_finished(self, result: object) -> None:
        if isinstance(result, OwnResult):  # also where it was stopped when it was as good as done
            self._set_running(False)
            self._show_report(result.folder, result.report)
            self._show_place()
            self.trained.emit(self._page.report.headline.text())

    def _on_failed(self, error: object) -> None:
        if not self._is_running:
            return
        self._set_running(False)
        self._page.show_message(
            Message(
                kind=MessageKind.ERROR,
                title="Nothing was learnt",
                text=error_text(error),
                offers=(ActionKey.SHOW_LABEL, ActionKey.SHOW_RECORD),
            )
        )

    def _show_report(self, folder: Path, report: OwnReport) -> None:
        self._model = folder
        self._page.report.show_report(report)
        self._page.show_report()

    def _on_mirrored(self, action: str, becomes: str) -> None:
        library = self._library.library
        if library is None:
            return
        try:
            library.change(lambda document: with_mirror(document, action, becomes))
        except JointlightError as error:
            self._say(str(error), shown_ms=6000)
            self._page.show_mirrors()
        self._library.changed.emit()

    def _say(self, text: str, *, shown_ms: int = 3000) -> None:
        self._page.toast.say(text, shown_ms=shown_ms)


def _newest_first(folder: Path) -> list[Path]:
    """What lies in a folder; nothing where there is none."""
    try:
        return sorted(folder.iterdir(), key=lambda place: place.stat().st_mtime, reverse=True)
    except OSError:
        return []


def _before(rows: list[LearntAction]) -> Message:
    """What to do before there is a report."""
    learnt = [row for row in rows if row.clips]
    if len(learnt) < LEAST_ACTIONS:
        return Message(
            kind=MessageKind.EMPTY,
            title="Not enough to learn from yet",
            text="Two actions with some takes of each are the least; five takes or more of each, by two persons or "
            "more, are better. Record them, or label what was recorded.",
            offers=(ActionKey.SHOW_RECORD, ActionKey.SHOW_LABEL),
        )
    clips = sum(row.clips for row in learnt)
    return Message(
        kind=MessageKind.ENDED,
        title=f"Ready to learn {len(learnt)} actions",
        text=f"From {clips} clips, on this computer. Fifty clips take less than a minute on two processor cores.",
        offers=(ActionKey.TRAIN,),
    )


def _long(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
