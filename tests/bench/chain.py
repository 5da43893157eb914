"""How fast the whole chain is on this machine: `python tests/bench/chain.py [--json]`.

A 640x480 video of the performer is rendered first (not timed). Then, in one run and in turn, three times each:

- bare: decode every frame and call MediaPipe, nothing else, in one thread;
- chain: the whole headless live session on the same file (decode to decision), writing nothing.

Rows give the median rate of each and the ratio of the medians. The last results are in `results.json`, section "chain".
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from core.explain.video_writer import VideoWriter
from core.live.session import LiveSession
from core.model.folder import load_model
from core.paths import DEFAULT_MODEL
from core.pose.bundle import pose_model_path
from core.pose.estimator import MediaPipeEstimator
from core.sources.performer.troupe import demo_troupe
from core.sources.video import VideoFile
from tests.bench.keep import keep

RUNS = 3
WANTED_HZ = 30.0


def render(path: Path, *, frames: int) -> None:
    """A 640x480 video of the performer's demo."""
    performer = demo_troupe(real_time=False)
    performer.open()
    with VideoWriter(path, size_px=(640, 480), rate_hz=30) as writer:
        for _ in range(frames):
            frame = performer.read()
            assert frame is not None
            writer.write(frame.picture_bgr, time_s=frame.time_s)


def bare_rate_hz(video: Path, pose_model: Path) -> float:
    """Frames a second of decode and pose alone."""
    source, estimator, frames = VideoFile(video, real_time=False), MediaPipeEstimator(pose_model), 0
    source.open()
    began_s = time.perf_counter()
    while (frame := source.read()) is not None:
        estimator.estimate(frame)
        frames += 1
    took_s = time.perf_counter() - began_s
    source.close()
    estimator.close()
    return frames / took_s


def chain_rate_hz(video: Path, pose_model: Path) -> float:
    """Frames a second of the whole live session, from its first result to its last."""
    session = LiveSession(
        source=VideoFile(video, real_time=False),
        make_estimator=lambda: MediaPipeEstimator(pose_model),
        model=load_model(DEFAULT_MODEL, device="cpu"),
        every_frame=True,
    )
    session.start()
    times_s = [time.perf_counter() for _ in session.results()]
    session.stop()
    return (len(times_s) - 1) / (times_s[-1] - times_s[0])


def measure(frames: int) -> dict[str, object]:
    """The report."""
    pose_model = pose_model_path()
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "performer.mp4"
        render(video, frames=frames)
        pairs = [(bare_rate_hz(video, pose_model), chain_rate_hz(video, pose_model)) for _ in range(RUNS)]
    bare, chain = (statistics.median(values) for values in zip(*pairs, strict=True))
    protocol = f"640x480 H.264, {frames} frames, pose model full, median of {RUNS} runs taken in turn"

    def row(name: str, value: float, unit: str, at_least: float | None) -> dict[str, object]:
        holds = None if at_least is None else value >= at_least
        return {
            "name": name, "value": round(value, 3), "unit": unit, "higher_is_better": True, "at_least": at_least,
            "aim": None, "holds": holds, "protocol": protocol,
        }  # fmt: skip

    return {
        "machine": {"system": platform.platform(), "cores": os.cpu_count()},
        "versions": {name: version(name) for name in ("mediapipe", "torch", "opencv-python", "av")},
        "rows": [
            row("whole chain, headless", chain, "frames/s", WANTED_HZ),
            row("bare loop of decode and pose", bare, "frames/s", None),
            row("whole chain against the bare loop", chain / bare, "ratio", None),
        ],
    }


def main() -> None:
    """Measure, print, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--frames", type=int, default=450)
    options = parser.parse_args()
    report = measure(options.frames)
    keep("chain", report)
    if options.json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
        return
    for row in report["rows"]:  # type: ignore[attr-defined]
        sys.stdout.write(f"{row['name']:<40} {row['value']:8.2f} {row['unit']}\n")


if __name__ == "__main__":
    main()
