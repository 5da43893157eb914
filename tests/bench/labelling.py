"""How quick the label page is: `python tests/bench/labelling.py [--json] [--recordings 5000] [--seconds 4]`.

The real window on Qt's `offscreen` platform, 1280 x 800. It opens a library of so many recordings until the first one
is shown, searches in it and scrolls its list, saves an edit, and scrubs through two recordings of an hour: one as they
are recorded (a key picture every 30) and an imported one (every 250). The player is sent somewhere 60 times a second,
roughly, as by a pointer that does not rest; what counts is how many different pictures are painted a second.
"""

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import av
import numpy as np
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

import core.opencv  # noqa: F401  # before Qt reads its paths
from app.bridges.core_backend import core_backend
from app.bridges.options import LaunchOptions
from app.main_window import MainWindow
from app.page_key import PageKey
from app.settings import Settings, save_settings
from core.bench.report import Row, machine_facts
from core.documents import write_document
from core.library.library import POSES, RECORDING, SEGMENTS, Library
from core.library.records import RecordingDocument, SegmentsDocument, State
from core.skeleton.layouts import KINECT_25
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence
from core.sources.video_writer import LIVE_MUXER_OPTIONS, VideoWriter
from tests.bench.finish import finish

RATE_HZ, SIZE_PX, MINUTES = 30.0, (640, 480), 60
HOUR_S = 60.0 * MINUTES
POINTER_HZ = 60.0
ACTIONS = ("wave", "clap", "push", "sit down", "stand up", "jump", "kick", "bow")
OPENS_WITHIN_S, SCRUBS_HZ, FRAME_MS = 2.0, 30.0, 1000 / 60


# What is looked at


def library_of(folder: Path, count: int) -> None:
    """Recordings without films, two segments each; written as plain files, since each `finish` waits for the disk."""
    with Library.opened(folder, create=True) as library:
        library.learn(actions=ACTIONS, persons=[f"person {number}" for number in range(20)])
    model, labels = folder / RECORDING, folder / SEGMENTS
    write_document(model, RecordingDocument(
        person="PERSON", recorded_at="2026-03-02T10:00:00+00:00", prompt="ACTION", source="bench", rate_hz=RATE_HZ,
        frames=90, duration_s=3.0, state=State.DONE,
    ))  # fmt: skip
    write_document(labels, SegmentsDocument(segments=(
        Segment(start_s=0.5, end_s=1.25, action="ACTION"), Segment(start_s=1.5, end_s=2.75, action="ACTION"),
    )))  # fmt: skip
    texts = model.read_text(encoding="utf-8"), labels.read_text(encoding="utf-8")
    for number in range(count):
        person, action = f"person {number % 20}", ACTIONS[number % len(ACTIONS)]
        name = f"2026-03-{1 + number // 1440:02d}_{number // 60 % 24:02d}-{number % 60:02d}-00_person-{number % 20}_x"
        (folder / "recordings" / name).mkdir(parents=True)
        for file, text in zip((RECORDING, SEGMENTS), texts, strict=True):
            filled = text.replace("PERSON", person).replace("ACTION", action)
            (folder / "recordings" / name / file).write_text(filled, encoding="utf-8")
    model.unlink()
    labels.unlink()


def minute(path: Path, *, survives: bool) -> None:
    """A minute of something that moves before something that does not."""
    ground = np.random.default_rng(1).integers(60, 140, (SIZE_PX[1] // 8, SIZE_PX[0] // 8, 3), dtype=np.uint8)
    ground = ground.repeat(8, axis=0).repeat(8, axis=1)
    with VideoWriter(path, size_px=SIZE_PX, rate_hz=RATE_HZ, survives=survives) as writer:
        for number in range(round(60 * RATE_HZ)):
            picture = ground.copy()
            left = round((0.4 * np.sin(number / 30) + 0.5) * (SIZE_PX[0] - 120))
            picture[120:360, left : left + 120] = (40, 90, 200 + round(50 * np.sin(number / 7)))
            writer.write(picture, number / RATE_HZ)


def lengthen(source: Path, target: Path, *, times: int, options: dict[str, str]) -> None:
    """The same packets again and again, as if it had been filmed so long."""
    with av.open(str(source)) as film, av.open(str(target), "w", options=options) as longer:
        stream = film.streams.video[0]
        out = longer.add_stream_from_template(stream)
        packets = [packet for packet in film.demux(stream) if packet.pts is not None and packet.dts is not None]
        assert stream.time_base is not None
        length = max(packet.pts or 0 for packet in packets) + round(1 / RATE_HZ / float(stream.time_base))
        for turn in range(times):
            for packet in packets:
                again = av.Packet(bytes(packet))
                again.stream, again.time_base, again.is_keyframe = out, packet.time_base, packet.is_keyframe
                again.pts, again.dts = (packet.pts or 0) + turn * length, (packet.dts or 0) + turn * length
                longer.mux(again)


def add_hour(library: Library, film: Path, *, at_minute: int) -> str:
    """A recording of an hour with the joints of somebody who moves; returns its name."""
    recording = RecordingDocument(
        person="hour", recorded_at=f"2027-01-01T10:{at_minute:02d}:00+00:00", source=film.name,
        video=f"video{film.suffix}", width_px=SIZE_PX[0], height_px=SIZE_PX[1], rate_hz=RATE_HZ,
        frames=round(HOUR_S * RATE_HZ), duration_s=HOUR_S,
    )  # fmt: skip
    entry = library.begin(recording)
    film.rename(entry.folder / recording.video)
    times_s = np.arange(recording.frames) / RATE_HZ
    body = np.random.default_rng(0).normal(0, 0.3, (25, 3)).astype(np.float32) + np.array([0, 0, 2.5], np.float32)
    positions_m = np.repeat(body[None, None], len(times_s), axis=0)  # (T, 1, 25, 3)
    positions_m[:, 0, 7, 1] += (0.3 * np.sin(6 * times_s)).astype(np.float32)
    confidence = np.ones(positions_m.shape[:3], np.float32)
    SkeletonSequence(
        layout=KINECT_25, positions_m=positions_m, confidence=confidence, times_s=times_s
    ).save(entry.folder / POSES)  # fmt: skip
    return library.finish(entry, replace(recording, state=State.DONE)).name


# What is measured


class Bench:
    """The window, and a way to wait in it."""

    def __init__(self, folder: Path) -> None:
        save_settings(Settings(library=str(folder), hint_seen=True))
        options = LaunchOptions(source="performer")
        self.window = MainWindow(core_backend(options), options)
        self.window.resize(1280, 800)
        self.window.show()
        self.page, self.player = self.window.teaching.label_page, self.window.teaching.labels.player

    def wait(self, until: Callable[[], bool]) -> None:
        """Let the window work until something is so."""
        while not until():
            QApplication.processEvents()
            time.sleep(0.0005)

    def opening_s(self, count: int) -> float:
        """From the page until its list and the first recording are painted."""
        began_s = time.perf_counter()
        self.window.show_page(PageKey.LABEL)
        self.wait(lambda: len(self.page.recordings.rows.entries) == count)
        self.wait(lambda: self.window.teaching.labels.entry is not None)
        self.page.repaint()
        return time.perf_counter() - began_s

    def searching_ms(self) -> list[float]:
        """Each letter of a search."""
        times_ms = []
        for text in ("p", "pe", "person:7", "person:7 wa", "person:7 wave", ""):
            began_s = time.perf_counter()
            self.page.search.setText(text)
            self.page.recordings.repaint()
            times_ms.append(1000 * (time.perf_counter() - began_s))
        return times_ms

    def scrolling_ms(self) -> list[float]:
        """Each picture of the list while it is scrolled by half a page."""
        bar = self.page.recordings.verticalScrollBar()
        assert bar is not None
        times_ms = []
        for step in range(200):
            began_s = time.perf_counter()
            bar.setValue(step * 300)
            self.page.recordings.repaint()
            times_ms.append(1000 * (time.perf_counter() - began_s))
        return times_ms

    def saving_ms(self) -> list[float]:
        """What the window does once labels are in the library."""
        library = self.window.teaching.library
        entry, times_ms = library.entries[len(library.entries) // 2], []
        for number in range(20):
            began_s = time.perf_counter()
            library.put(replace(entry, segments=entry.segments[: number % 2]))
            times_ms.append(1000 * (time.perf_counter() - began_s))
        return times_ms

    def scrubbing_hz(self, name: str, moments_s: Iterator[float], seconds: float) -> tuple[float, float]:
        """Different pictures, and all pictures, painted a second."""
        if self.player.entry is None or self.player.entry.name != name:
            self.window.teaching.shelf.open_recording(name)
            self.wait(lambda: self.player.joints is not None and self.page.video.result is not None)
        seen: list[float] = []
        self.page.video.painted.connect(lambda result: seen.append(result.frame.time_s))
        pointer = QTimer()
        pointer.setInterval(round(1000 / POINTER_HZ))
        pointer.timeout.connect(lambda: self.player.seek(next(moments_s), is_final=False))
        began_s = time.perf_counter()
        pointer.start()
        self.wait(lambda: time.perf_counter() - began_s >= seconds)
        pointer.stop()
        took_s = time.perf_counter() - began_s
        self.page.video.painted.disconnect()
        different = sum(before != after for before, after in itertools.pairwise(seen))
        return different / took_s, len(seen) / took_s


def ways(seconds: float) -> dict[str, Iterator[float]]:
    """Ways of a pointer: over all of it and back, at random, and slowly over ten seconds that are zoomed into."""
    steps = round(seconds * POINTER_HZ) + 1
    random = np.random.default_rng(0).uniform(0, HOUR_S, 10 * steps)
    return {
        "forwards": (min(HOUR_S, step * HOUR_S / steps) for step in range(10**9)),
        "backwards": (max(0.0, HOUR_S - step * HOUR_S / steps) for step in range(10**9)),
        "at random": iter(random.tolist()),
        "to and fro over ten seconds": (1800 + 5 * float(np.sin(step / 30)) for step in range(10**9)),
    }


def measure(place: Path, count: int, seconds: float) -> list[Row]:
    """All rows."""
    folder = place / "library"
    library_of(folder, count)
    minute(place / "minute.mkv", survives=True)
    lengthen(place / "minute.mkv", place / "hour.mkv", times=MINUTES, options=LIVE_MUXER_OPTIONS)
    minute(place / "minute.mp4", survives=False)
    lengthen(place / "minute.mp4", place / "hour.mp4", times=MINUTES, options={"movflags": "+faststart"})
    with Library.opened(folder) as library:
        hours = {
            "recorded": add_hour(library, place / "hour.mkv", at_minute=1),
            "imported": add_hour(library, place / "hour.mp4", at_minute=0),
        }
    bench, rows = Bench(folder), []
    opened_s, of = bench.opening_s(count + len(hours)), f"a library of {count} recordings"
    rows.append(
        Row(
            name=f"opening {of}",
            value=opened_s,
            unit="s",
            higher_is_better=False,
            at_least=OPENS_WITHIN_S,
            protocol="until it is painted",
        )
    )
    for name, times_ms in (
        ("a letter of a search", bench.searching_ms()),
        ("a picture of its list while it scrolls", bench.scrolling_ms()),
        ("what the window does after a save", bench.saving_ms()),
    ):
        limit_ms = FRAME_MS if "picture" in name else 100.0
        protocol = f"{of}; median, the worst took {max(times_ms):.1f} ms"
        rows.append(
            Row(
                name=name,
                value=statistics.median(times_ms),
                unit="ms",
                higher_is_better=False,
                at_least=limit_ms,
                protocol=protocol,
            )
        )
    for which, name in hours.items():
        for way, moments_s in ways(seconds).items():
            different_hz, painted_hz = bench.scrubbing_hz(name, moments_s, seconds)
            rows.append(Row(
                name=f"scrubbing an hour, {which}, {way}", value=different_hz, unit="pictures/s", at_least=SCRUBS_HZ,
                protocol=f"640x480, different pictures; {painted_hz:.1f} painted in all",
            ))  # fmt: skip
    bench.window.close()
    bench.window.deleteLater()
    return rows


def main() -> None:
    """Measure, print, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--recordings", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    machine = machine_facts()
    application = QApplication(["bench"])
    with tempfile.TemporaryDirectory() as place:
        os.environ["JOINTLIGHT_HOME"] = str(Path(place) / "home")
        rows = measure(Path(place), options.recordings, options.seconds)
    application.processEvents()
    finish("labelling", machine, rows, as_json=options.json)


if __name__ == "__main__":
    main()
