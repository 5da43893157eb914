"""The weights of a network as a step of its lanes needs them: put together once, so that a step is a few products.

Members of a committee lie side by side; the spatial and the temporal gate of a member are two LSTMs of a size, so all
gates are 2 M of them. From the input and from the hidden state before it, one product each gives the four gates of each
LSTM (4 G) and what the attention is made of: G values of a spatial gate, one of a temporal, whose other places are 0.

The logistic function is ``1/2 + 1/2 tanh(x/2)``: with the half in the weights one tanh serves all gates of a cell.

Shape letters: M members, K joints of all persons, C channels, I = K C, G hidden units of a gate, H hidden units of the
main LSTM, A actions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from core.model.committee import Network
from core.model.sta_lstm import STALSTM, NetworkSpec, SpatialGate, TemporalGate


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """One linear layer of all members: inputs (M, ..., in) to outputs (M, ..., out)."""

    weight: Tensor  # (M, in, out)
    bias: Tensor  # (M, 1, out)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One layer of the main LSTM of all members; its four gates in the order i, f, o, g."""

    from_input: Tensor  # (M, I or H, 4 H)
    from_hidden: Tensor  # (M, H, 4 H)
    bias: Tensor  # (M, 1, 4 H)


@dataclass(frozen=True, slots=True, eq=False)
class Gates:
    """Both gates of all members."""

    from_input: Tensor  # (I, 2 M 5 G)
    bias: Tensor  # (2 M 5 G,)
    from_hidden: Tensor  # (2 M, G, 5 G)
    score: Linear | None  # G to K; None where no gate weighs joints
    weighs_frames: bool


@dataclass(frozen=True, slots=True, eq=False)
class LaneWeights:
    """Everything that a step needs. All tensors lie on the device of the network."""

    spec: NetworkSpec
    gates: Gates | None  # None where the network has none
    layers: tuple[Cell, ...]
    classify: Linear  # H to A

    @classmethod
    def of(cls, network: Network) -> "LaneWeights":
        """Copies of a network's weights."""
        members = network.members
        with torch.no_grad():
            return cls(
                spec=network.spec,
                gates=_gates(members),
                layers=tuple(
                    _cell([cast("nn.LSTM", member.main[layer]) for member in members])
                    for layer in range(network.spec.layers)
                ),
                classify=_linear([member.classify for member in members]),
            )


def _linear(layers: Sequence[nn.Linear]) -> Linear:
    return Linear(
        torch.stack([layer.weight.T for layer in layers]).contiguous(),
        torch.stack([layer.bias for layer in layers])[:, None].clone(),
    )


def _cell(lstms: Sequence[nn.LSTM]) -> Cell:
    from_input, from_hidden, bias = zip(*(_of_lstm(lstm) for lstm in lstms), strict=True)
    return Cell(
        torch.stack(from_input).transpose(1, 2).contiguous(),
        torch.stack(from_hidden).transpose(1, 2).contiguous(),
        torch.stack(bias)[:, None],
    )


def _gates(members: Sequence[STALSTM]) -> Gates | None:
    first = members[0]
    is_spatial = first.spatial is not None and first.use_spatial
    is_temporal = first.temporal is not None and first.use_temporal
    if not (is_spatial or is_temporal):
        return None
    both = [gate for member in members for gate in (member.spatial, member.temporal)]
    from_input, bias, from_hidden = zip(*(_of_gate(gate, first) for gate in both), strict=True)
    scores = [member.spatial.score for member in members if member.spatial is not None]
    return Gates(
        torch.cat(from_input).T.contiguous(),
        torch.cat(bias),
        torch.stack(from_hidden).transpose(1, 2).contiguous(),
        _linear(scores) if is_spatial else None,
        is_temporal,
    )


def _of_lstm(lstm: nn.LSTM) -> tuple[Tensor, Tensor, Tensor]:
    """Weights of input (4 H, I) and hidden state (4 H, H) and the bias, gates in the order i, f, o, g."""

    def ordered(values: Tensor) -> Tensor:
        i, f, g, o = values.detach().chunk(4)
        return torch.cat([i / 2, f / 2, o / 2, g])

    weights = dict(lstm.named_parameters())
    bias = weights["bias_ih_l0"] + weights["bias_hh_l0"]
    return ordered(weights["weight_ih_l0"]), ordered(weights["weight_hh_l0"]), ordered(bias)


def _of_gate(gate: SpatialGate | TemporalGate | None, network: STALSTM) -> tuple[Tensor, Tensor, Tensor]:
    """What a gate makes of input (5 G, I) and hidden state (5 G, G), and the bias; 0 where there is no such gate."""
    spec, empty = network.spec, network.classify.weight.new_zeros
    size, inputs = spec.gate_hidden, spec.joints * spec.channels
    from_input, bias, from_hidden = empty(5 * size, inputs), empty(5 * size), empty(5 * size, size)
    if gate is not None:
        lstm, asked = slice(4 * size), slice(4 * size, 4 * size + gate.from_input.out_features)
        from_input[lstm], from_hidden[lstm], bias[lstm] = _of_lstm(gate.lstm)
        from_input[asked], from_hidden[asked] = gate.from_input.weight, gate.from_hidden.weight
        bias[asked] = gate.from_input.bias
    return from_input, bias, from_hidden
