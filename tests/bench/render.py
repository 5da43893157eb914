"""How long the performer's pictures take on one core: `python tests/bench/render.py [--json]`.

Milliseconds a frame at 640x480, joints, figure, lens, sensor and compression included, as the median over the frames of
one action in each of several scenes: by the processor's own clock, so that a busy machine does not count, and by the
wall's. Opening a scene, which happens once, is a row of its own. `results.json` has the last results.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is loaded
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import numpy as np

from core.bench.report import Row, machine_facts
from core.opencv import cv2
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.programme import Act, Programme
from core.sources.performer.scene import Scene
from core.sources.performer.source import Performer
from core.sources.performer.together import Staged, Together, Waypoint
from tests.bench.finish import finish

SIZE_PX = (640, 480)
WANTED_MS = 15.0
ACTION, ACTED_S = "jumping jack", 10.0


def plain(seed: int) -> Performer:
    """The default body in the plain room."""
    return Performer([Act(action=ACTION, seconds=ACTED_S)], size_px=SIZE_PX, seed=seed, real_time=False)


def one(seed: int) -> Performer:
    """One person in another scene."""
    acts = [Act(action=ACTION, seconds=ACTED_S)]
    return Performer(
        acts,
        body=Body.varied(seed),
        camera=Camera.varied(seed),
        scene=Scene.varied(seed),
        size_px=SIZE_PX,
        real_time=False,
    )


def two(seed: int) -> Performer:
    """Two persons side by side in another scene."""
    bodies = [Body.varied(seed), Body.varied(seed + 1000)]
    parts = [
        Staged(performance=Programme([Act(action=ACTION, seconds=ACTED_S)], body=body), path=[Waypoint(x_m=x_m)])
        for body, x_m in zip(bodies, (-0.5, 0.5), strict=True)
    ]
    camera, scene = Camera.varied(seed), Scene.varied(seed)
    return Performer(Together(parts), body=bodies, camera=camera, scene=scene, size_px=SIZE_PX, real_time=False)


def close_up(seed: int) -> Performer:
    """One person so near that half of the picture is covered."""
    acts = [Act(action=ACTION, seconds=ACTED_S)]
    camera, scene = Camera.close_up(seed), Scene.varied(seed)
    return Performer(acts, body=Body.varied(seed), camera=camera, scene=scene, size_px=SIZE_PX, real_time=False)


def times_ms(performer: Performer, frames: int) -> tuple[float, float, float]:
    """Median milliseconds of the processor and of the wall for a frame, and of the processor for opening."""
    began = time.process_time()
    performer.open()
    opened_ms = (time.process_time() - began) * 1000
    spent, waited = [], []
    for _ in range(frames):
        before = time.process_time(), time.perf_counter()
        assert performer.read() is not None
        spent.append(time.process_time() - before[0])
        waited.append(time.perf_counter() - before[1])
    return float(np.median(spent)) * 1000, float(np.median(waited)) * 1000, opened_ms


def measure(frames: int, scenes: int) -> list[Row]:
    """The rows."""
    rows: list[Row] = []

    def row(name: str, value: float, at_most: float | None = None) -> None:
        protocol = f"640x480, one thread, median of {frames} frames of '{ACTION}' in each of {scenes} scenes"
        rows.append(Row(name=name, value=value, unit="ms", higher_is_better=False, at_least=at_most, protocol=protocol))

    cases: list[tuple[str, Callable[[int], Performer], float | None]] = [
        ("plain room, one person", plain, WANTED_MS),
        ("varied scene, one person", one, WANTED_MS),
        ("varied scene, two persons", two, None),
        ("varied scene, close-up", close_up, None),
    ]
    for name, make, at_most in cases:
        spent, waited, opened = zip(*(times_ms(make(seed), frames) for seed in range(scenes)), strict=True)
        row(f"{name}, processor", statistics.median(spent), at_most)
        row(f"{name}, slowest scene", max(spent))
        row(f"{name}, wall", statistics.median(waited))
        row(f"{name}, opened", statistics.median(opened))
    return rows


def main() -> None:
    """Measure, print, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--scenes", type=int, default=8)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    machine = machine_facts()
    finish("render", machine, measure(options.frames, options.scenes), as_json=options.json)


if __name__ == "__main__":
    main()
