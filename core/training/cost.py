"""What running a network costs: parameters, arithmetic a frame, and speed on one core."""

import copy
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from core.model.committee import Network
from core.model.folder import ModelConfig
from core.model.refiner import INPUTS, JOINTS, RefinerSpec
from core.model.sta_lstm import NetworkSpec
from core.skeleton.features import frame_features
from core.skeleton.layouts import KINECT_25

_BATCH = 64
_ROUNDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How fast windows are named on one core."""

    ms_per_window: float  # one window alone
    windows_per_s: float  # many at once
    window_frames: int
    protocol: str


def count_parameters(network: torch.nn.Module, refiner: torch.nn.Module | None = None) -> int:
    """All numbers that the network has learnt, and the refiner of its joints where it has one."""
    return sum(parameter.numel() for one in (network, refiner) if one is not None for parameter in one.parameters())


def flops_per_frame(spec: NetworkSpec) -> int:
    """Floating-point operations for one more frame: 2 FLOPs a multiply-add of the matrix products.

    Biases, activations, products of gates and the features are left out, as FLOP counters do. A window of T frames
    costs T times that, since no layer looks at more than one frame and its own state. A network runs once for
    each aspect (order of two persons, side, mirror), and of several members each does.
    """
    inputs = spec.joints * spec.channels
    products = spec.hidden * spec.classes  # the frame scores
    for layer in range(spec.layers):
        products += _lstm(inputs if layer == 0 else spec.hidden, spec.hidden)
    if spec.variant.spatial:
        products += _lstm(inputs, spec.gate_hidden)
        products += (inputs + spec.gate_hidden + spec.joints) * spec.gate_hidden
    if spec.variant.temporal:
        products += _lstm(inputs, spec.gate_hidden) + inputs + spec.gate_hidden
    aspects = spec.aspects()
    runs = spec.members * len(aspects)
    turned = sum(aspect.channels is not None for aspect in aspects)
    turning = spec.members * turned * spec.joints * spec.channels**2
    return 2 * (runs * products + turning + spec.classes)  # the temporal sum is one, of the mean


def refiner_flops_per_frame(spec: RefinerSpec) -> int:
    """The same for the refiner of the joints of one person, which no layer of the network knows of."""
    hidden = spec.hidden
    read, remember = INPUTS * hidden, 3 * hidden * (hidden + hidden)  # three gates
    return 2 * (read + remember + 2 * hidden * hidden + hidden * JOINTS * 3)


def _lstm(inputs: int, hidden: int) -> int:
    """Multiply-adds of one step of an LSTM layer: four gates that see the input and the last hidden state."""
    return 4 * hidden * (inputs + hidden)


def measure_speed(
    network: Network, config: ModelConfig, *, clock: Callable[[], float] = time.perf_counter, rounds: int = _ROUNDS
) -> Speed:
    """Time windows of the model's length from joints to logits on the CPU with one thread; the network stays as it is.

    Sets the thread count of this process while it measures.
    """
    copied = copy.deepcopy(network).cpu().eval()
    shape = (config.window_frames, config.features.persons, len(KINECT_25), 3)
    positions = torch.randn(_BATCH, *shape, generator=torch.Generator().manual_seed(0))  # (B, T, P, 25, 3)

    def seconds(windows: int) -> float:
        times = []
        for _ in range(rounds + 1):
            began = clock()
            copied(frame_features(positions[:windows], config.features))
            times.append(clock() - began)
        return statistics.median(times[1:])  # the first one warms up

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            alone_s, many_s = seconds(1), seconds(_BATCH)
    finally:
        torch.set_num_threads(threads)
    return Speed(
        ms_per_window=1000 * alone_s,
        windows_per_s=_BATCH / many_s,
        window_frames=config.window_frames,
        protocol=(
            f"CPU, one thread, float32, features included, windows of {config.window_frames} frames, median of {rounds}"
            f" after a warm-up; ms_per_window: one window at a time; windows_per_s: {_BATCH} at once; no refiner"
        ),
    )
