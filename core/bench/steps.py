"""What a step of the network costs: one stream on a CPU, against whole windows, and many streams on a GPU."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import torch

from core.bench.report import Row, Tell
from core.live.predictor import LANES
from core.model.folder import ActionModel, load_model
from core.model.streaming import LaneNetwork
from core.processes import one_thread

RATE_HZ: Final = 30.0
_WINDOW_FRAMES: Final = 60  # of the row that compares with whole windows
_MOST_STREAMS: Final = 1 << 20
_NO_CUDA: Final = (
    "not measured: this machine has no CUDA device that torch can use; on one that has: jointlight bench live --json"
)


def step_rows(model: ActionModel, *, steps: int, tell: Tell) -> Iterator[Row]:
    """One stream on one thread of the CPU, the median of so many steps."""
    tell("one step of the network", 0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with one_thread():
            step_ms, _ = _step_and_window_ms(model, frames=model.config.window_frames, rounds=steps)
            pair = _step_and_window_ms(model, frames=_WINDOW_FRAMES, rounds=steps)
    finally:
        torch.set_num_threads(threads)
    size = sum(parameter.numel() for parameter in model.network.parameters())
    protocol = (
        f"'{model.name}' ({size:,} parameters), {LANES} lanes, CPU, one thread, features to scores and attention, "
        f"median of {steps}"
    )
    yield Row(
        name="one step of one stream",
        value=step_ms,
        unit="ms",
        higher_is_better=False,
        at_least=0.5,
        aim=0.15,
        protocol=f"{protocol}, window of {model.config.window_frames} frames",
    )
    yield Row(
        name="a step against a whole window of 60 frames",
        value=pair[1] / pair[0],
        unit="times",
        at_least=10,
        aim=20,
        protocol=f"{protocol}, taken in turn: {pair[0]:.3f} ms a step, {pair[1]:.2f} ms a window",
    )
    yield Row(
        name="predictions a second on one core",
        value=1000 / step_ms,
        unit="1/s",
        at_least=46,
        protocol=f"{protocol}; the target is the published CPU figure of CoST-GCN* on another machine",
    )


def stream_row(name_of_model: str, *, tell: Tell) -> Row:
    """How many streams a GPU carries when all take a step together."""
    row = Row(
        name="streams on one GPU at 30 Hz",
        value=None,
        unit="streams",
        at_least=10_000,
        aim=100_000,
        protocol=_NO_CUDA,
    )
    if not torch.cuda.is_available():
        return row
    tell(row.name, 0)
    model = load_model(name_of_model, device="cuda")
    streams, carried, step_ms = 1024, 0, 1.0
    while streams <= _MOST_STREAMS:
        try:
            took_ms = _cuda_step_ms(model, streams=streams)
        except RuntimeError:  # no more memory; while a graph is captured it has other names than OutOfMemoryError
            break
        if took_ms > 1000 / RATE_HZ:
            break
        carried, step_ms, streams = streams, took_ms, 2 * streams
    if not carried:
        return replace(row, value=0.0, protocol=f"'{model.name}': not even {streams} streams take a step in time")
    return replace(
        row,
        value=float(carried),
        protocol=f"'{model.name}', {LANES} lanes, float32, CUDA graph; {carried} streams in {step_ms:.2f} ms a step, "
        "the largest power of two that leaves a 30th of a second",
    )


def _step_and_window_ms(model: ActionModel, *, frames: int, rounds: int) -> tuple[float, float]:
    """Median time of a step of one stream and of a whole window of so many frames, taken in turn."""
    spec = model.config.network
    windows = torch.randn(1, frames, spec.joints, spec.channels, generator=torch.Generator().manual_seed(0))
    lanes = LaneNetwork(model.network, window=frames, lanes=LANES)
    steps_ms, windows_ms = [], []
    for number in range(rounds):
        began_s = time.perf_counter()
        lanes.push(windows[:, number % frames])
        steps_ms.append(1000 * (time.perf_counter() - began_s))
        if number % 10 == 0:
            with torch.inference_mode():
                began_s = time.perf_counter()
                model.network(windows)
                windows_ms.append(1000 * (time.perf_counter() - began_s))
    return statistics.median(steps_ms), statistics.median(windows_ms)


def _cuda_step_ms(model: ActionModel, *, streams: int, steps: int = 60) -> float:
    """Mean time of a step of so many streams together."""
    spec = model.config.network
    lanes = LaneNetwork(model.network, window=model.config.window_frames, lanes=LANES, streams=streams)
    inputs = torch.randn(streams, spec.joints, spec.channels, device="cuda")
    for _ in range(5):
        lanes.push(inputs)
    torch.cuda.synchronize()
    began_s = time.perf_counter()
    for _ in range(steps):
        lanes.push(inputs)
    torch.cuda.synchronize()
    return 1000 * (time.perf_counter() - began_s) / steps
