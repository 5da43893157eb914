"""Streaming inference: the network is causal, so a frame costs one step and not a whole window.

A single state carried for minutes would see more than it was trained on, and drift. So several lanes run: copies of the
state, each started a stride after the other, all stepped together as one batch. The oldest lane answers. It holds the
last ``T - S + 1`` to ``T`` frames, for windows of T frames and a stride of S; full, it starts anew, and the next one
answers. What a lane says is exactly what the whole network says about the frames that the lane has seen.

Members of a committee, both orders of two persons, lanes and streams are rows of the same few matrix products, whose
weights are put together once. On CUDA the step is captured as a graph.

Shape letters: M members, O orders of the persons (1 or 2), N streams, L lanes, R = O N L rows of a member, K joints of
all persons, C channels, I = K C, G hidden units of a gate, H hidden units of the main LSTM, A actions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from core.errors import ModelError
from core.model.committee import Network
from core.model.sta_lstm import EPSILON, STALSTM, NetworkSpec, SpatialGate, TemporalGate


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
        ages = ((frame - lane * self.stride) % cycle + 1 for lane in range(self.count) if frame >= lane * self.stride)
        held = [age if age <= self.window else 0 for age in ages]
        lane = max(range(len(held)), key=held.__getitem__)
        return lane, held[lane]


class Step(NamedTuple):
    """What is said with a frame, of each stream."""

    logits: Tensor  # (N, A) of all frames that the lane holds
    alpha: Tensor  # (N, K) joint weights of this frame
    beta: Tensor  # (N,) weight of this frame
    weight: Tensor  # (N,) sum of the frame weights, less what is forgotten of them
    frames: int  # how many frames the lane holds


class LaneNetwork:
    """Runs a network frame by frame. Used by one thread; no gradients.

    The weights are copied: what is trained afterwards is not seen.
    """

    def __init__(self, network: Network, *, window: int, lanes: int, streams: int = 1) -> None:
        """Prepare `streams` streams that go in step, each with windows of so many frames.

        Raises ModelError where there are more lanes than frames.
        """
        self.lanes = Lanes(window, lanes)
        self._frame = 0
        with torch.inference_mode():
            self._device = next(network.parameters()).device
            self._core = _Core(network, streams=streams, lanes=lanes).to(self._device)
            self._captured = _Captured(self._core) if self._device.type == "cuda" else None

    def reset(self) -> None:
        """Forget the stream."""
        self._frame = 0  # a lane is emptied when it starts

    @torch.inference_mode()
    def push(self, frames: Tensor) -> Step:
        """Take the next frame of each stream (N, K, C). The result is valid until the next call."""
        starting = self.lanes.starting(self._frame)
        if starting is not None:
            self._core.empty(starting)
        lane, held = self.lanes.answering(self._frame)
        self._frame += 1
        said = self._core(frames) if self._captured is None else self._captured(frames)
        logits, alpha, beta, weight = (values[:, lane] for values in said)
        return Step(logits, alpha, beta, weight, held)


class _Core(nn.Module):
    """The step of all rows, on a state that it keeps in place."""

    _score_sum: Tensor  # (N, L, A)
    _weights: Tensor  # (N, L, 2): what the score sum is divided by, and the sum of the frame weights alone

    def __init__(self, network: Network, *, streams: int, lanes: int) -> None:
        super().__init__()
        members, spec = network.members, network.spec
        self.spec, self.streams = spec, streams
        self._orders = 2 if spec.either_order else 1
        self._lanes = lanes
        rows = self._orders * streams * lanes
        self._is_spatial = members[0].spatial is not None and members[0].use_spatial
        self._is_temporal = members[0].temporal is not None and members[0].use_temporal
        self._gates = _Gates(members, rows=rows) if self._is_spatial or self._is_temporal else None
        self._layers = [
            _MainLayer([cast("nn.LSTM", member.main[layer]) for member in members], rows=rows)
            for layer in range(spec.layers)
        ]
        self._stack = nn.ModuleList(self._layers)
        self._classify = _Stacked([member.classify for member in members])
        for name, shape in (("_score_sum", (streams, lanes, spec.classes)), ("_weights", (streams, lanes, 2))):
            self.register_buffer(name, torch.zeros(shape))

    def empty(self, lane: int) -> None:
        """A lane has seen nothing any more."""
        for part in (self._gates, *self._layers):
            for state in () if part is None else (part.hidden, part.cell):
                _split(state, -1, self._lanes)[:, :, lane].zero_()  # (M, R, .) as (M, O N, L, .)
        self._score_sum[:, lane].zero_()
        self._weights[:, lane].zero_()

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One frame of each stream (N, K, C) to logits, alpha, beta and weight, each (N, L, ...)."""
        spec = self.spec
        both = frames if self._orders == 1 else torch.stack([frames, _swapped(frames, dim=1)])
        flat = both.reshape(self._orders * self.streams, spec.joints * spec.channels)  # (O N, I)
        alpha, beta = self._weigh(flat)  # (M, R, K), (M, R)
        by_lane = _split(alpha, -1, self._lanes)[..., None] * spec.joints  # (M, O N, L, K, 1)
        gated = flat.view(-1, 1, spec.joints, spec.channels) * by_lane
        hidden = gated.reshape(len(alpha), -1, spec.joints * spec.channels)  # (M, R, I)
        for layer in self._layers:
            hidden = layer(hidden)
        scores = self._classify(hidden)  # (M, R, A)
        return self._sum_up(alpha, beta, scores)

    def _weigh(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        members, rows = len(self._classify.bias), len(flat) * self._lanes
        alpha, beta = (None, None) if self._gates is None else self._gates(flat, self._lanes)
        if not self._is_spatial or alpha is None:
            alpha = flat.new_full((members, rows, self.spec.joints), 1 / self.spec.joints)
        if not self._is_temporal or beta is None:
            beta = flat.new_ones((members, rows))
        return alpha, beta

    def _sum_up(self, alpha: Tensor, beta: Tensor, scores: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """All answers about a frame as one, added to the temporal sums.

        See `sta_lstm.pooled` and `Output.of_frames`.
        """
        sizes = (self._orders, self.streams, self._lanes)
        alpha, beta, scores = (_split(values, *sizes) for values in (alpha, beta, scores))  # (M, O, N, L, ...)
        if self._orders == 2:
            alpha = torch.stack([alpha[:, 0], _swapped(alpha[:, 1], dim=-1)], dim=1)
        counts = (beta + EPSILON)[..., None]
        alpha, beta = alpha.mean(dim=(0, 1)), beta.mean(dim=(0, 1))  # (N, L, K), (N, L)
        scores = (counts * scores).sum(dim=(0, 1)) / counts.sum(dim=(0, 1))  # (N, L, A)
        weight = (beta + EPSILON)[..., None]
        self._score_sum.mul_(self.spec.kept).add_(weight * scores)
        self._weights.mul_(self.spec.kept).add_(torch.cat([weight, beta[..., None]], dim=-1))
        logits = self._score_sum / self._weights[..., :1] if self.spec.normalised else self._score_sum.clone()
        return logits, alpha, beta, self._weights[..., 1]


class _Gates(nn.Module):
    """The spatial and the temporal gate of all members: two LSTMs of a size, side by side as 2 M of them.

    From the input and from the hidden state before it, one product each gives the LSTM's gates (4 G) and what the
    attention is made of: G values of the spatial gate, one of the temporal, whose other places stay empty.
    """

    hidden: Tensor  # (2 M, R, G)
    cell: Tensor
    _from_input: Tensor
    _bias: Tensor
    _from_hidden: Tensor

    def __init__(self, members: Sequence[STALSTM], *, rows: int) -> None:
        super().__init__()
        spec = members[0].spec
        self._size, self._members = spec.gate_hidden, len(members)
        from_input, bias, from_hidden = [], [], []
        for member in members:
            for gate in (member.spatial, member.temporal):
                x_to_all, constant, h_to_all = _of_gate(gate, spec)
                from_input.append(x_to_all)
                bias.append(constant)
                from_hidden.append(h_to_all)
        scores = [member.spatial.score for member in members if member.spatial is not None]
        self._score = _Stacked(scores) if scores else None
        self.register_buffer("_from_input", torch.cat(from_input).T.contiguous())  # (I, 2 M 5 G)
        self.register_buffer("_bias", torch.cat(bias))
        self.register_buffer("_from_hidden", torch.stack(from_hidden).transpose(1, 2).contiguous())  # (2 M, G, 5 G)
        for name in ("hidden", "cell"):
            self.register_buffer(name, torch.zeros(2 * self._members, rows, spec.gate_hidden))

    def forward(self, flat: Tensor, lanes: int) -> tuple[Tensor | None, Tensor]:
        """Inputs (O N, I) that all lanes share to alpha (M, R, K), None without that gate, and beta (M, R)."""
        seen = torch.addmm(self._bias, flat, self._from_input)  # (O N, 2 M 5 G)
        seen = seen.view(len(flat), 1, 2 * self._members, -1).expand(-1, lanes, -1, -1)
        sums = torch.baddbmm(seen.reshape(-1, *seen.shape[2:]).transpose(0, 1), self.hidden, self._from_hidden)
        _advance(sums[..., : 4 * self._size], self.hidden, self.cell)
        asked = sums[..., 4 * self._size :]  # (2 M, R, G)
        beta = torch.relu(asked[1::2, :, 0])
        return None if self._score is None else self._score(torch.tanh(asked[::2])).softmax(dim=-1), beta


class _MainLayer(nn.Module):
    """One layer of the main LSTM of all members."""

    hidden: Tensor  # (M, R, H)
    cell: Tensor
    _weight: Tensor
    _bias: Tensor

    def __init__(self, lstms: Sequence[nn.LSTM], *, rows: int) -> None:
        super().__init__()
        parts = [_of_lstm(lstm) for lstm in lstms]
        self.register_buffer("_weight", torch.stack([torch.cat([ih, hh], dim=1).T for ih, hh, _ in parts]).contiguous())
        self.register_buffer("_bias", torch.stack([bias for _, _, bias in parts])[:, None])  # (M, 1, 4 H)
        for name in ("hidden", "cell"):
            self.register_buffer(name, torch.zeros(len(lstms), rows, lstms[0].hidden_size))

    def forward(self, inputs: Tensor) -> Tensor:
        """Inputs (M, R, I) to the hidden state (M, R, H), which the next step overwrites."""
        sums = torch.baddbmm(self._bias, torch.cat([inputs, self.hidden], dim=-1), self._weight)
        _advance(sums, self.hidden, self.cell)
        return self.hidden


class _Stacked(nn.Module):
    """The same linear layer of all members."""

    weight: Tensor
    bias: Tensor

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.register_buffer("weight", torch.stack([layer.weight.T for layer in layers]).contiguous())
        self.register_buffer("bias", torch.stack([layer.bias for layer in layers])[:, None])

    def forward(self, inputs: Tensor) -> Tensor:
        """(M, R, in) to (M, R, out)."""
        return torch.baddbmm(self.bias, inputs, self.weight)


def _of_lstm(lstm: nn.LSTM) -> tuple[Tensor, Tensor, Tensor]:
    """Weights of input (4 H, I) and hidden state (4 H, H) and the bias, gates in the order i, f, o, g."""

    def ordered(values: Tensor) -> Tensor:
        i, f, g, o = values.detach().chunk(4)
        return torch.cat([i, f, o, g])

    weights = dict(lstm.named_parameters())
    bias = weights["bias_ih_l0"] + weights["bias_hh_l0"]
    return ordered(weights["weight_ih_l0"]), ordered(weights["weight_hh_l0"]), ordered(bias)


def _of_gate(gate: SpatialGate | TemporalGate | None, spec: NetworkSpec) -> tuple[Tensor, Tensor, Tensor]:
    """What a gate makes of input (5 G, I) and hidden state (5 G, G), and the bias; 0 where there is no such gate."""
    size, inputs = spec.gate_hidden, spec.joints * spec.channels
    from_input, bias, from_hidden = torch.zeros(5 * size, inputs), torch.zeros(5 * size), torch.zeros(5 * size, size)
    if gate is not None:
        lstm, asked = 4 * size, slice(4 * size, 4 * size + gate.from_input.out_features)
        from_input[:lstm], from_hidden[:lstm], bias[:lstm] = _of_lstm(gate.lstm)
        from_input[asked], from_hidden[asked] = gate.from_input.weight, gate.from_hidden.weight
        bias[asked] = gate.from_input.bias
    return from_input, bias, from_hidden


def _advance(sums: Tensor, hidden: Tensor, cell: Tensor) -> None:
    """The cell of an LSTM, in place: `sums` (..., 4 H) of its gates in the order i, f, o, g."""
    size = cell.shape[-1]
    opened = torch.sigmoid(sums[..., : 3 * size])
    written = torch.tanh(sums[..., 3 * size :]).mul_(opened[..., :size])
    cell.mul_(opened[..., size : 2 * size]).add_(written)
    torch.mul(opened[..., 2 * size :], torch.tanh(cell), out=hidden)


def _split(values: Tensor, *sizes: int) -> Tensor:
    """(M, R, ...) with the rows R split into several dimensions; of what lies in one piece it is a view."""
    return values.reshape(len(values), *sizes, *values.shape[2:])


def _swapped(values: Tensor, *, dim: int) -> Tensor:
    """The two persons' joints in the other order."""
    return torch.cat(values.chunk(2, dim=dim)[::-1], dim=dim)


class _Captured:
    """A step as a CUDA graph: the kernels of a frame are launched at once, on memory that stays where it is."""

    def __init__(self, core: _Core) -> None:
        spec = core.spec
        self._frames = torch.zeros(core.streams, spec.joints, spec.channels, device="cuda")
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries make their workspaces before anything is captured
            for _ in range(3):
                core(self._frames)
        torch.cuda.current_stream().wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._said: tuple[Tensor, ...] = core(self._frames)

    def __call__(self, frames: Tensor) -> tuple[Tensor, ...]:
        """What the core says about one frame of each stream; overwritten by the next call."""
        self._frames.copy_(frames)
        self._graph.replay()
        return self._said
