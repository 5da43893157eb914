"""How fast the live path is: the whole app against decoding and pose alone, latency by stage, one step, memory.

Ratios come from runs taken in turn in one call, so that what else the machine does falls on both sides alike.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core.bench.film import film
from core.bench.report import Row, Tell
from core.bench.soak import memory_row
from core.bench.steps import RATE_HZ, step_rows, stream_row
from core.errors import WindowError
from core.live.pacing import DEFAULT_CAPACITY
from core.live.session import LiveSession
from core.model.folder import find_model, load_model
from core.paths import DEFAULT_MODEL
from core.pose.estimator import MediaPipeEstimator
from core.sources.video import VideoFile

LONGEST_S: Final = 600  # for a window to play the film
_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured. The defaults are what the rows' names say; tests take less."""

    size_px: tuple[int, int] = (1920, 1080)
    film_s: float = 12.0
    rounds: int = 3
    watched_s: float = 20.0  # of the window in real time
    steps: int = 3000
    soak_s: float = 3600.0  # of frames, at 30 a second
    first_s: float = 60.0


@dataclass(slots=True, kw_only=True)
class LiveBench:
    """Measures row after row; `stages` and `counts` are known once `rows` is through."""

    pose_model: Path
    sizes: Sizes = field(default_factory=Sizes)
    model: str = DEFAULT_MODEL
    stages: dict[str, dict[str, float]] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)

    def rows(self, tell: Tell) -> Iterator[Row]:
        """All rows. Raises WindowError where the window does not open."""
        with tempfile.TemporaryDirectory() as folder:
            video = Path(folder) / "film.mp4"
            tell("rendering a film", 0)
            frames = film(video, size_px=self.sizes.size_px, seconds=self.sizes.film_s, rate_hz=RATE_HZ)
            yield from self._rates(video, frames, tell)
            yield from self._latency(video, tell)
        model = load_model(self.model, device="cpu")
        yield from step_rows(model, steps=self.sizes.steps, tell=tell)
        yield stream_row(self.model, tell=tell)
        yield memory_row(
            model, pose_model=self.pose_model, seconds=self.sizes.soak_s, first_s=self.sizes.first_s, tell=tell
        )

    # --- the whole app ---

    def _rates(self, video: Path, frames: int, tell: Tell) -> Iterator[Row]:
        rounds: list[tuple[float, float, float]] = []
        for number in range(self.sizes.rounds):
            tell("whole app against decoding and pose", number / self.sizes.rounds)
            windowed = self._in_window(video, fast=True)
            rounds.append((self._bare_hz(video), self._headless_hz(video), float(windowed["painted_hz"])))
        bare, headless, painted = (statistics.median(rates) for rates in zip(*rounds, strict=True))
        ratios = [statistics.median(one[place] / one[0] for one in rounds) for place in (1, 2)]
        width, height = self.sizes.size_px
        protocol = (
            f"{width}x{height} H.264, {frames} frames of the performer, pose model full, one pose; the other side "
            f"decodes and calls detect_for_video in one thread ({bare:.1f} frames a second); median of "
            f"{self.sizes.rounds} runs taken in turn"
        )
        yield Row(
            name="whole app, headless, against decoding and pose alone", value=ratios[0], unit="times", at_least=0.95,
            aim=1.1, protocol=f"{protocol}: {headless:.1f} a second, every frame from file to decision",
        )  # fmt: skip
        yield Row(
            name="whole app with the window painting, against the same", value=ratios[1], unit="times", at_least=0.8,
            aim=1.0, protocol=f"{protocol}: {painted:.1f} pictures painted a second (offscreen, 1280x800)",
        )  # fmt: skip

    def _bare_hz(self, video: Path) -> float:
        source, estimator = VideoFile(video, real_time=False), MediaPipeEstimator(self.pose_model)
        source.open()
        frames, began_s = 0, 0.0
        while (frame := source.read()) is not None:
            estimator.estimate(frame)
            began_s = began_s or time.perf_counter()  # as of the app: from the first result to the last
            frames += 1
        rate_hz = (frames - 1) / (time.perf_counter() - began_s)
        source.close()
        estimator.close()
        return rate_hz

    def _headless_hz(self, video: Path) -> float:
        session = LiveSession(
            source=VideoFile(video, real_time=False),
            make_estimator=lambda: MediaPipeEstimator(self.pose_model),
            model=load_model(self.model, device="cpu"),
            every_frame=True,
        )
        session.start()
        times_s = [time.perf_counter() for _ in session.results()]
        session.stop()
        return (len(times_s) - 1) / (times_s[-1] - times_s[0])

    def _in_window(self, video: Path, *, fast: bool) -> dict[str, Any]:
        """The real window in a process of its own, offscreen. Raises WindowError with what it said."""
        with tempfile.TemporaryDirectory() as home:
            report = Path(home) / "report.json"
            command = [sys.executable, str(_ROOT / "main.py"), "live", "--source", str(video), "--device", "cpu"]
            command += ["--model", str(find_model(self.model)), "--pose-model", str(self.pose_model)]
            command += ["--report", str(report)]
            command += ["--fast"] if fast else ["--seconds", str(self.sizes.watched_s)]
            environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "JOINTLIGHT_HOME": home}
            try:
                done = subprocess.run(
                    command, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST_S
                )
            except subprocess.TimeoutExpired as error:
                raise WindowError(f"The window of the bench did not come to an end within {LONGEST_S} s.") from error
            measured: dict[str, Any] = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
            if problem := measured.get("error", done.stderr.strip() or "no reason given"):
                raise WindowError(f"The window of the bench did not get far: {problem}")
            return measured

    def _latency(self, video: Path, tell: Tell) -> Iterator[Row]:
        tell("latency in the window", 0)
        found = self._in_window(video, fast=False)
        self.stages = found.pop("stages")
        self.counts = found
        width, height = self.sizes.size_px
        protocol = (
            f"{width}x{height} film at its own {RATE_HZ:g} Hz in the window (offscreen, 1280x800), "
            f"{self.sizes.watched_s:g} s"
        )
        yield Row(
            name="from a picture's arrival to the paint, without the call of the pose network, 95 %",
            value=self.stages["all but pose"]["p95"], unit="ms", higher_is_better=False, at_least=8, aim=3,
            protocol=(
                f"{protocol}, the last {DEFAULT_CAPACITY} pictures; painted {found['painted_hz']:.1f} a second, "
                f"{found['drops']} dropped"
            ),
        )  # fmt: skip
        yield Row(
            name="share of one core to show a camera of 30 Hz", value=100 * found["window_cores"], unit="%",
            higher_is_better=False, at_least=25, protocol=f"{protocol}; processor time of the window's thread",
        )  # fmt: skip
