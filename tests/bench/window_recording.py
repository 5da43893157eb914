"""What recording costs the live view in the window: `python tests/bench/window_recording.py [--json] [--seconds 3]`.

The real window (offscreen, 1280x800) on its record page, one session for each source. Pictures painted a second are
measured in turn without anything else, with the last seconds held, and with a take recorded as well, which the key R
begins and ends; the value is the median over the rounds of the ratio of the rates. Sources: the performer (640x480,
30 Hz), a 1080p film at 30 Hz, and one at 60 Hz, which is more than the pose network can look at. Every film is read
again, and each picture that came while it was recorded must be in it.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import core.opencv  # noqa: F401  # before Qt, see there

# isort: split
from PyQt6.QtCore import QCoreApplication, QEventLoop, QTimer
from PyQt6.QtWidgets import QApplication

from app.bridges.backend import Offers, Request, Session
from app.bridges.background import Report
from app.bridges.core_backend import core_backend
from app.bridges.options import LaunchOptions
from app.main_window import MainWindow
from app.page_key import PageKey
from app.settings import Settings, save_settings
from core.bench.report import Row, machine_facts
from core.library.growing import TIMES, read_times
from core.library.library import Entry, Library
from core.live.listeners import FrameListeners
from core.live.results import LiveResult
from core.live.session import LiveSession
from core.model.folder import load_model
from core.paths import DEFAULT_MODEL
from core.pose.bundle import pose_model_path
from core.pose.choice import estimator_makers
from core.sources.choose import open_choice
from core.sources.source import Frame
from tests.bench.films import readable_frames, sources
from tests.bench.finish import finish
from tests.bench.recording import AT_LEAST, Pressing

WARM_S = 3.0


class Arrivals:
    """A listener that remembers when each picture came."""

    def __init__(self) -> None:
        self.times_s: list[float] = []

    def frame(self, frame: Frame) -> None:
        """One came."""
        self.times_s.append(frame.time_s)

    def result(self, result: LiveResult) -> None:
        """Nothing to remember."""

    def failed(self, error: Exception) -> None:
        """It cannot fail."""


def wait_until(holds: Callable[[], bool], *, within_s: float = 60.0) -> None:
    """Let the window work until something holds."""
    for _ in range(round(within_s / 0.02)):
        if holds():
            return
        work(0.02)
    raise TimeoutError("the window did not get there")


def work(seconds: float) -> None:
    """Let the window work for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


class WindowBench:
    """A window that is measured in turn."""

    def __init__(self, source: str, pose_model: Path, folder: Path) -> None:
        save_settings(Settings(library=str(folder), person="Bench", take_s=0.0, countdown_s=0.0, sound=False))
        options = LaunchOptions(source=source, pose_model=pose_model, device="cpu")
        self.pose_model, self.painted = pose_model, 0
        backend = replace(core_backend(options), look=Offers, prepare=self.prepare)
        self.window, self.arrivals = MainWindow(backend, options), Arrivals()
        self.record = self.window.teaching.record
        self.window.teaching.record_page.painted.connect(self._count)
        self.window.control.bridge.listeners.attach(self.arrivals)

    def prepare(self, request: Request, report: Report, wake: Callable[[], None], listeners: FrameListeners) -> Session:
        """As the window does, but that a machine that cannot keep up is not spared every second picture."""
        model = load_model(DEFAULT_MODEL, device="cpu")
        make_estimator, _ = estimator_makers(self.pose_model, persons=model.persons)
        return LiveSession(
            source=Pressing(open_choice(request.source, real_time=True, loop=True)), make_estimator=make_estimator,
            model=model, every_result=False, tap=listeners.frame, on_result=listeners.result, on_wake=wake,
        )  # fmt: skip

    def open(self) -> None:
        """Show it, and wait for pictures and the library."""
        self.window.resize(1280, 800)
        self.window.show()
        self.window.begin()
        self.window.show_page(PageKey.RECORD)
        wait_until(lambda: self.painted > 0 and self.window.teaching.library.library is not None)
        work(WARM_S)

    def close(self) -> None:
        """As the user does it."""
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents()

    def rate_hz(self, seconds: float) -> float:
        """Pictures painted a second, from now on."""
        before = self.painted
        work(seconds)
        return (self.painted - before) / seconds

    def in_turn(self, seconds: float, rounds: int) -> Iterator[tuple[float, float, float]]:
        """Rates without anything, with the last seconds held, and with a take as well."""
        for _ in range(rounds):
            self.record.held.hold(is_seen=False)
            wait_until(lambda: not self.record.is_busy)
            alone = self.rate_hz(seconds)
            self.record.held.hold(is_seen=True)
            held = self.rate_hz(seconds)
            self.record.toggle(PageKey.RECORD)
            recorded = self.rate_hz(seconds)
            self.record.toggle(PageKey.RECORD)
            wait_until(lambda: not self.record.is_busy)
            yield alone, held, recorded

    def missing(self, entry: Entry) -> int:
        """Pictures that came during a take and cannot be read from its film."""
        times_s = read_times(entry.folder / TIMES).tolist()
        came = [time_s for time_s in self.arrivals.times_s if times_s[0] <= time_s <= times_s[-1]]
        frames = readable_frames(entry.folder / entry.recording.video)
        return len(set(came) - set(times_s)) + len(times_s) - min(frames, len(times_s))

    def _count(self, _result: LiveResult) -> None:
        self.painted += 1


def measure(source: str, name: str, pose_model: Path, seconds: float, rounds: int) -> list[Row]:
    """The rows of one source."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["JOINTLIGHT_HOME"] = home
        folder = Path(home) / "library"
        Library.opened(folder, create=True).close()
        bench = WindowBench(source, pose_model, folder)
        bench.open()
        try:
            found = list(bench.in_turn(seconds, rounds))
        finally:
            bench.close()
        entries, problems = Library.for_reading(folder).entries()
        lost = sum(bench.missing(entry) for entry in entries)
        frames = sum(entry.recording.frames for entry in entries)
    alone, held, recorded = (statistics.median(column) for column in zip(*found, strict=True))
    protocol = (
        f"{name}, {rounds} rounds of {seconds:g} s in turn in the window (offscreen, 1280x800); {alone:.1f} pictures "
        f"painted a second alone, {held:.1f} with the last seconds held, {recorded:.1f} with a take recorded as well"
    )
    rows: list[Row] = []
    for what, place in (("the last seconds held", 1), ("a take recorded as well", 2)):
        ratio = statistics.median(one[place] / one[0] for one in found)
        what = f"pictures painted with {what} against without, {name}"
        rows.append(Row(name=what, value=ratio, unit="times", at_least=AT_LEAST, protocol=protocol))
    rows.append(Row(
        name=f"pictures missing in the films, {name}", value=lost + len(problems), unit="pictures",
        higher_is_better=False, at_least=0,
        protocol=f"{len(entries)} films with {frames} pictures, read again; what came meanwhile is counted beside",
    ))  # fmt: skip
    return rows


def main() -> None:
    """Measure, print, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    machine = machine_facts()
    pose_model, application = pose_model_path(), QApplication([])
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, source in sources(Path(folder)).items():
            rows += measure(source, name, pose_model, options.seconds, options.rounds)
    del application
    finish("record, window", machine, rows, as_json=options.json)


if __name__ == "__main__":
    main()
