"""A step of all lanes of many streams in torch, captured as a CUDA graph: all its kernels are launched at once.

Shape letters as in `core.model.lane_weights`, and V aspects, N streams, L lanes, R = V N L rows of a
member.
"""

import torch
from torch import Tensor

from core.model.lane_weights import Cell, LaneWeights, Linear
from core.model.sta_lstm import EPSILON


class LaneStepTorch:
    """Keeps the state of all lanes and moves it on, on the device of the weights. Used by one thread."""

    def __init__(self, weights: LaneWeights, *, lanes: int, streams: int) -> None:
        spec = self.spec = weights.spec
        self.streams, self.device = streams, weights.classify.bias.device
        self._weights, self._lanes = weights, lanes
        self._aspects = [aspect.to(weights.classify.bias) for aspect in spec.aspects()]
        rows, members = len(self._aspects) * streams * lanes, len(weights.classify.bias)
        zeros = weights.classify.bias.new_zeros
        self._gate_state = tuple(zeros(2 * members, rows, spec.gate_hidden) for _ in range(2))
        self._states = [tuple(zeros(members, rows, spec.hidden) for _ in range(2)) for _ in weights.layers]
        self._score_sum = zeros(streams, lanes, spec.classes)
        self._divisor, self._weight = (zeros(streams, lanes) for _ in range(2))

    def empty(self, lane: int) -> None:
        """A lane has seen nothing any more."""
        for state in (*self._gate_state, *(part for layer in self._states for part in layer)):
            _split(state, -1, self._lanes)[:, :, lane].zero_()  # (M, R, .) as (M, V N, L, .)
        for values in (self._score_sum, self._divisor, self._weight):
            values[:, lane].zero_()

    def __call__(self, frames: Tensor) -> tuple[Tensor, ...]:
        """One frame of each stream (N, K, C) to logits, alpha, beta and weight, each (N, L, ...)."""
        spec = self.spec
        seen = torch.cat([aspect.of(frames) for aspect in self._aspects])  # (V N, K, C)
        flat = seen.reshape(len(seen), -1)  # (V N, I)
        alpha, beta = self._weigh(flat)  # (M, R, K), (M, R)
        scaled = _split(alpha, len(seen), self._lanes)[..., None] * spec.joints  # (M, V N, L, K, 1)
        hidden = (seen[:, None] * scaled).reshape(*beta.shape, -1)  # (M, R, I)
        for cell, state in zip(self._weights.layers, self._states, strict=True):
            hidden = _layer(cell, hidden, *state)
        return self._sum_up(alpha, beta, _linear(self._weights.classify, hidden))

    def _weigh(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs (V N, I) that all lanes share to alpha (M, R, K) and beta (M, R)."""
        rows, members = len(flat) * self._lanes, len(self._weights.classify.bias)
        alpha = flat.new_full((members, rows, self.spec.joints), 1 / self.spec.joints)
        beta = flat.new_ones((members, rows))
        gates = self._weights.gates
        if gates is None:
            return alpha, beta
        hidden, cell = self._gate_state
        seen = torch.addmm(gates.bias, flat, gates.from_input).view(len(flat), 1, len(hidden), -1)
        seen = seen.expand(-1, self._lanes, -1, -1).reshape(rows, len(hidden), -1).transpose(0, 1)
        sums = torch.baddbmm(seen, hidden, gates.from_hidden)  # (2 M, R, 5 G)
        size = self.spec.gate_hidden
        _advance(sums[..., : 4 * size], hidden, cell)
        asked = sums[..., 4 * size :]
        if gates.score is not None:
            alpha = _linear(gates.score, torch.tanh(asked[::2])).softmax(dim=-1)
        return alpha, torch.relu(asked[1::2, :, 0]) if gates.weighs_frames else beta

    def _sum_up(self, alpha: Tensor, beta: Tensor, scores: Tensor) -> tuple[Tensor, ...]:
        """All answers about a frame as one, added to the temporal sums.

        See `sta_lstm.pooled` and `Output.of_frames`.
        """
        sizes, kept = (len(self._aspects), self.streams, self._lanes), self.spec.kept
        alpha, beta, scores = (_split(values, *sizes) for values in (alpha, beta, scores))  # (M, V, N, L, ...)
        alpha = torch.stack([aspect.as_given(alpha[:, place]) for place, aspect in enumerate(self._aspects)], dim=1)
        counts = (beta + EPSILON)[..., None]
        alpha, beta = alpha.mean(dim=(0, 1)), beta.mean(dim=(0, 1))  # (N, L, K), (N, L)
        scores = (counts * scores).sum(dim=(0, 1)) / counts.sum(dim=(0, 1))  # (N, L, A)
        self._score_sum.mul_(kept).add_((beta + EPSILON)[..., None] * scores)
        self._divisor.mul_(kept).add_(beta + EPSILON)
        self._weight.mul_(kept).add_(beta)
        logits = self._score_sum / self._divisor[..., None] if self.spec.normalised else self._score_sum.clone()
        return logits, alpha, beta, self._weight.clone()


class CapturedStep:
    """A step on CUDA whose kernels were recorded once, on memory that stays where it is."""

    def __init__(self, step: LaneStepTorch) -> None:
        spec = step.spec
        self.empty = step.empty
        self._frames = torch.zeros(step.streams, spec.joints, spec.channels, device=step.device)
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch gives it no types
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries make their workspaces before anything is captured
            for _ in range(3):
                step(self._frames)
        torch.cuda.current_stream().wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._said = step(self._frames)

    def __call__(self, frames: Tensor) -> tuple[Tensor, ...]:
        """See `LaneStepTorch`. The result is overwritten by the next call."""
        self._frames.copy_(frames)
        self._graph.replay()
        return self._said


def _layer(cell: Cell, inputs: Tensor, hidden: Tensor, state: Tensor) -> Tensor:
    """One layer of the main LSTM: inputs (M, R, I) to its hidden state (M, R, H), in place."""
    sums = torch.baddbmm(torch.baddbmm(cell.bias, inputs, cell.from_input), hidden, cell.from_hidden)
    _advance(sums, hidden, state)
    return hidden


def _linear(linear: Linear, inputs: Tensor) -> Tensor:
    return torch.baddbmm(linear.bias, inputs, linear.weight)


def _advance(sums: Tensor, hidden: Tensor, cell: Tensor) -> None:
    """The cell of an LSTM, in place: `sums` (M, R, 4 H) of its gates in the order i, f, o (halved) and g."""
    opened = torch.tanh(sums)
    size = cell.shape[-1]
    gates, written = opened[..., : 3 * size].mul_(0.5).add_(0.5), opened[..., 3 * size :]
    cell.mul_(gates[..., size : 2 * size]).add_(gates[..., :size] * written)
    torch.mul(gates[..., 2 * size :], torch.tanh(cell), out=hidden)


def _split(values: Tensor, *sizes: int) -> Tensor:
    """(M, R, ...) with the rows R split into several dimensions; of what lies in one piece it is a view."""
    return values.reshape(len(values), *sizes, *values.shape[2:])
