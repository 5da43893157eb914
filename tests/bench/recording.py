"""What recording costs the live view: `python tests/bench/recording.py [--json] [--seconds 3] [--rounds 6]`.

One session for each source, its rate of results measured in turn without anything else, with the pre-roll alone, and
with the pre-roll and a recording; the value is the median over the rounds of the ratio of the rates. Sources: the
performer (640x480, 30 Hz), a 1080p film at 30 Hz, and one at 60 Hz, which is more than the pose network can look at:
there whatever recording takes is missing elsewhere. Every film is read again: no frame may be missing.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from core.bench.report import Row, machine_facts
from core.library.growing import TIMES, read_times
from core.library.library import Library
from core.live.listeners import FrameListeners
from core.live.preroll import SECONDS, PreRoll, PreRollStatus
from core.live.session import LiveSession
from core.live.takes import Take, TakeRecorder
from core.model.folder import load_model
from core.paths import DEFAULT_MODEL
from core.pose.bundle import pose_model_path
from core.pose.choice import estimator_makers
from core.sources.choose import open_choice
from core.sources.source import FrameSource, SourceInfo
from tests.bench.films import readable_frames, sources
from tests.bench.finish import finish

AT_LEAST = 0.85


class Pressing:
    """A source in real time that does not say so: else a session that cannot keep up leaves out every second frame, and
    the rate would jump by halves.
    """

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self.read, self.close = source.read, source.close

    def open(self) -> SourceInfo:
        """Open it."""
        return replace(self._source.open(), is_live=False)


class Bench:
    """One session that is measured in turn."""

    def __init__(self, source: FrameSource, library: Library) -> None:
        model = load_model(DEFAULT_MODEL, device="cpu")
        make_estimator, _ = estimator_makers(pose_model_path(), persons=model.persons)
        self.listeners, self.preroll = FrameListeners(), PreRoll()
        self.library = library
        self.takes = TakeRecorder(library, person="Bench")
        self.session = LiveSession(
            source=source, make_estimator=make_estimator, model=model,
            tap=self.listeners.frame, on_result=self.listeners.result,
        )  # fmt: skip

    def rate_hz(self, seconds: float) -> float:
        """Results a second, from now on."""
        began, began_s = self.session.status().frames_done, time.perf_counter()
        while time.perf_counter() < began_s + seconds:
            self.session.take(timeout_s=0.1)  # as the window does
        return (self.session.status().frames_done - began) / (time.perf_counter() - began_s)

    def in_turn(self, seconds: float, rounds: int) -> Iterator[tuple[float, float, float, Take]]:
        """Rates without anything, with the pre-roll, and with a recording as well; and the recording."""
        self.rate_hz(3.0)
        for _ in range(rounds):
            alone = self.rate_hz(seconds)
            self.listeners.attach(self.preroll)
            held = self.rate_hz(seconds)
            self.takes.begin("wave", source=self.session.status().source, is_hands_free=True)
            self.listeners.attach(self.takes)
            recorded = self.rate_hz(seconds)
            take = self.takes.end(label="wave")
            self.listeners.detach(self.takes)
            self.listeners.detach(self.preroll)
            yield alone, held, recorded, take

    def keeping(self) -> tuple[PreRollStatus, float, Take]:
        """What a full pre-roll holds, the rate while it is kept, and the recording."""
        self.listeners.attach(self.preroll)
        self.rate_hz(SECONDS + 1)
        takes: list[Take] = []
        source = self.session.status().source
        work = threading.Thread(
            target=lambda: takes.append(self.preroll.keep(self.library, person="Bench", source=source))
        )
        held, began, began_s = self.preroll.status(), self.session.status().frames_done, time.perf_counter()
        work.start()
        while work.is_alive():
            self.session.take(timeout_s=0.1)
        return held, (self.session.status().frames_done - began) / (time.perf_counter() - began_s), takes[0]


def missing(take: Take) -> int:
    """Frames that did not get into a recording, or cannot be read from its film again."""
    frames = readable_frames(take.entry.folder / take.entry.recording.video)
    times = len(read_times(take.entry.folder / TIMES))
    return take.missed + max(take.entry.recording.frames, times) - min(frames, times)


def measure(source: FrameSource, name: str, seconds: float, rounds: int) -> list[Row]:
    """The rows of one source."""
    with tempfile.TemporaryDirectory() as folder, Library.opened(Path(folder) / "library", create=True) as library:
        bench = Bench(source, library)
        bench.session.start()
        try:
            found = list(bench.in_turn(seconds, rounds))
            kept, keeping_hz, take = bench.keeping()
        finally:
            bench.session.stop()
            bench.preroll.close()
        lost = sum(missing(one[3]) for one in found)
        unread = missing(take) - take.missed
        frames = sum(one[3].entry.recording.frames for one in found)
        film_bytes = sum((one[3].entry.folder / "video.mkv").stat().st_size for one in found)
        film_s = sum(one[3].entry.recording.duration_s for one in found)
    alone, held, recorded = (statistics.median(column) for column in list(zip(*found, strict=True))[:3])
    protocol = (
        f"{name}, {rounds} rounds of {seconds:g} s in turn; {alone:.1f} results a second alone, {held:.1f} with the "
        f"pre-roll, {recorded:.1f} with both; {frames} frames recorded, {film_bytes / film_s / 1e3:.0f} kB a second"
    )
    kept_text = f"{kept.seconds:.1f} s, {kept.frames} frames, {kept.bytes / 1e6:.0f} MB, {kept.missed} missed"
    rows: list[Row] = []
    for what, place in (("the pre-roll", 1), ("the pre-roll and a recording", 2)):
        ratio = statistics.median(one[place] / one[0] for one in found)  # type: ignore[operator]
        what = f"live rate with {what} against without, {name}"
        rows.append(Row(name=what, value=ratio, unit="times", at_least=AT_LEAST, protocol=protocol))
    rows.append(Row(
        name=f"live rate while the pre-roll is kept against without, {name}", value=keeping_hz / alone, unit="times",
        protocol=f"once; {keeping_hz:.1f} results a second meanwhile; it held {kept_text}",
    ))  # fmt: skip
    rows.append(Row(
        name=f"frames missing in recordings, {name}", value=lost, unit="frames", higher_is_better=False, at_least=0,
        protocol=f"{frames} frames, films read again; of the pre-roll {unread} that were held cannot be read",
    ))  # fmt: skip
    return rows


def main() -> None:
    """Measure, print, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    rows: list[Row] = []
    machine = machine_facts()
    with tempfile.TemporaryDirectory() as folder:
        for name, source in sources(Path(folder)).items():
            pressing = Pressing(open_choice(source, real_time=True, loop=True))
            rows += measure(pressing, name, options.seconds, options.rounds)
    finish("record", machine, rows, as_json=options.json)


if __name__ == "__main__":
    main()
