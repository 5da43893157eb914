"""Streaming inference: the network is causal, so a frame costs one step and not a whole window.

A single state carried for minutes would see more than it was trained on, and drift. So several lanes run: copies of the
state, each started a stride after the other, all stepped together as one batch. The oldest lane answers. It holds the
last ``T - S + 1`` to ``T`` frames, for windows of T frames and a stride of S; full, it starts anew, and the next one
answers. What a lane says is exactly what the whole network says about the frames that the lane has seen.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from core.errors import ModelError
from core.model.committee import Network
from core.model.lane_step_cpu import LaneStepCPU
from core.model.lane_step_cuda import CapturedStep, LaneStepTorch
from core.model.lane_weights import LaneWeights


@dataclass(frozen=True, slots=True)
class Lanes:
    """Which lane is where: pure arithmetic.

    Lane k starts at frames k S, k S + L S, k S + 2 L S and so on, and is full after T frames, where it waits for its
    next start if T is no multiple of S.
    """

    window: int  # T
    count: int  # L

    def __post_init__(self) -> None:
        if not 1 <= self.count <= self.window:
            raise ModelError(f"A window of {self.window} frames can have 1 to {self.window} lanes, not {self.count}.")

    @property
    def stride(self) -> int:
        """Frames from the start of one lane to that of the next (S)."""
        return -(-self.window // self.count)

    def starting(self, frame: int) -> int | None:
        """The lane that starts with this frame, counted from 0."""
        lane, rest = divmod(frame % (self.stride * self.count), self.stride)
        return lane if rest == 0 else None

    def answering(self, frame: int) -> tuple[int, int]:
        """The lane that has seen the most, and how many frames it holds with this one."""
        cycle = self.stride * self.count
        best, most = 0, 0
        for lane in range(self.count):
            held = (frame - lane * self.stride) % cycle + 1 if frame >= lane * self.stride else 0
            if most < held <= self.window:
                best, most = lane, held
        return best, most


class Step(NamedTuple):
    """What is said with a frame, of each of N streams, about K joints and A actions."""

    logits: Tensor  # (N, A) of all frames that the lane holds
    alpha: Tensor  # (N, K) joint weights of this frame
    beta: Tensor  # (N,) weight of this frame
    weight: Tensor  # (N,) sum of the frame weights, less what is forgotten of them
    frames: int  # how many frames the lane holds


class LaneNetwork:
    """Runs a network frame by frame. Used by one thread; no gradients.

    The weights are copied: what is trained afterwards is not seen. On a CPU it takes one thread where the libraries of
    linear algebra are told so, see `core.processes.one_thread`.
    """

    def __init__(self, network: Network, *, window: int, lanes: int, streams: int = 1) -> None:
        """Prepare `streams` streams that go in step, each with windows of so many frames.

        Raises ModelError where there are more lanes than frames.
        """
        self.lanes = Lanes(window, lanes)
        self._frame = 0
        with torch.inference_mode():
            weights = LaneWeights.of(network)
            self._on_cpu = LaneStepCPU(weights, lanes=lanes, streams=streams) if _is_on_cpu(network) else None
            self._on_gpu = None
            if self._on_cpu is None:
                self._on_gpu = CapturedStep(LaneStepTorch(weights, lanes=lanes, streams=streams))

    def reset(self) -> None:
        """Forget the stream."""
        self._frame = 0  # a lane is emptied when it starts

    @torch.inference_mode()
    def push(self, frames: Tensor) -> Step:
        """Take the next frame of each stream (N, K, C). The result is valid until the next call."""
        lane, held = self.lanes.answering(self._frame)
        starting = self.lanes.starting(self._frame)
        self._frame += 1
        said: tuple[Tensor, ...]
        if self._on_gpu is not None:
            if starting is not None:
                self._on_gpu.empty(starting)
            said = self._on_gpu(frames)
        else:
            assert self._on_cpu is not None
            if starting is not None:
                self._on_cpu.empty(starting)
            said = tuple(torch.from_numpy(values) for values in self._on_cpu(frames.numpy()))
        logits, alpha, beta, weight = (values[:, lane] for values in said)
        return Step(logits, alpha, beta, weight, held)


def _is_on_cpu(network: Network) -> bool:
    return next(network.parameters()).device.type == "cpu"
