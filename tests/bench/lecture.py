"""How quick the lecture page is: `python tests/bench/lecture.py [--json]`.

- scrubbing: a pointer goes back through a clip of 30 s in 6 s with a film, with the matrix shown; pictures painted a
  second, in the real window (offscreen, 1920x1080). Wanted: 30 on 2 cores.
- the occlusion check of an answer of 60 frames, with each shipped model. Wanted: less than a second.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import numpy as np
from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QApplication

import core.opencv  # noqa: F401  # before Qt: see there
from app.bridges.backend import Offers
from app.launch import LaunchOptions, _set_up
from app.main_window import MainWindow
from app.page_key import PageKey
from app.settings import SettingsStore
from core.bench.report import Row, machine_facts
from core.explain.explained import explain_clip
from core.explain.occlusion import occlude
from core.library.library import Library
from core.library.records import RecordingDocument, State
from core.live.results import LiveResult
from core.model.folder import load_model
from core.processes import one_thread
from core.sources.source import Picture
from core.sources.video_writer import VideoWriter
from tests.app.fakes import FakeBackend
from tests.bench.finish import finish
from tests.explaining import moving

SECONDS, RATE_HZ, SCRUB_S = 30.0, 30.0, 6.0
FILM = "film.mkv"  # written as a recorder does it


def write_library(folder: Path, sizes_px: list[tuple[int, int]]) -> list[str]:
    """A recording of 30 s for each size of picture."""
    names, frames = [], round(SECONDS * RATE_HZ)
    with Library.opened(folder, create=True) as library:
        for number, (width, height) in enumerate(sizes_px):
            recorded_at = f"2026-11-26T14:03:{number:02d}+01:00"
            entry = library.begin(RecordingDocument(person="Anna", recorded_at=recorded_at, rate_hz=RATE_HZ))
            moving(frames).save(entry.poses)
            with VideoWriter(entry.folder / FILM, size_px=(width, height), rate_hz=RATE_HZ, survives=True) as writer:
                for frame, image in enumerate(pictures(frames, width, height)):
                    writer.write(image, frame / RATE_HZ)
            document = replace(
                entry.recording, state=State.DONE, video=FILM, width_px=width, height_px=height, frames=frames,
                duration_s=SECONDS,
            )  # fmt: skip
            names.append(library.finish(entry, document).name)
    return names


def pictures(frames: int, width: int, height: int) -> Iterator[Picture]:
    """A soft ground with a square that moves, under the grain of a webcam."""
    random = np.random.default_rng(0)
    grains = [random.normal(0, 2.5, (height, width, 1)).astype(np.int8).view(np.uint8) for _ in range(4)]
    ground = np.broadcast_to(np.linspace(60, 180, width, dtype=np.uint8)[None, :, None], (height, width, 3))
    side = height // 3
    for frame in range(frames):
        image = ground + grains[frame % 4]
        left = round((width - side) * (0.5 + 0.5 * np.sin(frame / 20)))
        image[side : 2 * side, left : left + side] += 50
        yield image


def until(is_so: object, *, limit_s: float = 120.0) -> None:
    """Let the window work until something is so."""
    until_s = time.monotonic() + limit_s
    while not is_so() and time.monotonic() < until_s:  # type: ignore[operator]  # a function without arguments
        QCoreApplication.processEvents()
        time.sleep(0.001)


def scrub(window: MainWindow, name: str) -> tuple[float, float, float]:
    """Pictures painted a second, those of them that show another moment, and the longest time in ms between two."""
    lecture = window.teaching.lecture
    lecture.show_recording(name)
    until(lambda: lecture.control.explained is not None and lecture.page.video.result is not None)
    painted: list[float] = []
    shown: list[float] = []

    def note(result: LiveResult) -> None:
        painted.append(time.monotonic())
        shown.append(result.frame.time_s)

    lecture.page.video.painted.connect(note)
    chart, began_s = lecture.page.chart, time.monotonic()
    while (passed_s := time.monotonic() - began_s) < SCRUB_S:
        place = abs((passed_s / SCRUB_S) % 2 - 1)  # from the end to the beginning
        chart.sought.emit(SECONDS * place, False)
        turn_s = time.monotonic() + 1 / 120  # a mouse tells 125 times a second
        while time.monotonic() < turn_s:
            QCoreApplication.processEvents()
            time.sleep(0.0005)
    chart.sought.emit(0.0, True)
    gaps_s = np.diff(painted)
    others = 1 + int(np.count_nonzero(np.diff(shown)))
    return len(painted) / SCRUB_S, others / SCRUB_S, float(gaps_s.max(initial=0.0)) * 1000


def asked(name: str) -> Row:
    """The occlusion check by a shipped model."""
    model = load_model(name, device="cpu")
    explained = explain_clip(model, moving(120, persons=model.persons))
    with one_thread():
        began_s = time.monotonic()
        occlude(model, explained)
        took_s = time.monotonic() - began_s
    what = f"occlusion check of {len(explained)} frames, {name}"
    return Row(name=what, value=took_s, unit="s", higher_is_better=False, at_least=1.0, protocol="once, one thread")


def scrubbed(window: MainWindow, name: str, size_px: tuple[int, int]) -> Row:
    """Going to and fro through a clip."""
    rate_hz, others_hz, longest_ms = scrub(window, name)
    return Row(
        name=f"scrubbing {SECONDS:.0f} s at {size_px[0]}x{size_px[1]}", value=rate_hz, unit="pictures/s", at_least=30.0,
        protocol=f"{others_hz:.0f} of them of another moment than the one before, {longest_ms:.0f} ms apart at most",
    )  # fmt: skip


def main() -> None:
    """Measure, print, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    machine = machine_facts()
    application = QApplication(["bench"])
    _set_up(application)
    rows = [asked(name) for name in ("everyday", "sbu-interactions")]
    sizes_px = [(640, 480), (1920, 1080)]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JOINTLIGHT_HOME"] = str(Path(folder) / "home")
        names = write_library(Path(folder) / "library", sizes_px)
        SettingsStore().remember(library=str(Path(folder) / "library"))
        window = MainWindow(replace(FakeBackend().functions(), look=Offers), LaunchOptions())
        window.resize(1920, 1080)
        window.show()
        window.show_page(PageKey.LECTURE)
        until(lambda: len(window.teaching.library.entries) == len(names))
        rows += [scrubbed(window, name, size_px) for name, size_px in zip(names, sizes_px, strict=True)]
        window.close()
    finish("lecture", machine, rows, as_json=options.json)


if __name__ == "__main__":
    main()
