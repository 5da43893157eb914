"""STA-LSTM: a main LSTM between a joint-selection gate (alpha) and a frame-selection gate (beta).

Our reading of Song, Lan, Xing, Zeng, Liu: "An End-to-End Spatio-Temporal Attention Model for Human Action Recognition
from Skeleton Data" (AAAI 2017). Where we depart from it, on purpose:

- alpha is scaled by K, so that the softmax does not shrink the inputs K-fold;
- the temporal sum is divided by the sum of beta, so that confidence does not grow with the length of a window;
- each beta counts `EPSILON` more than it is, so that a window in which every ReLU is 0 still gives its mean scores.

Neither gate depends on the main network, so each of the three LSTMs runs over the whole sequence in one fused call.
Gates look at the present and the past only: the network is causal.

Shape letters: B batch, T frames, K joints, C channels, H hidden units, A classes (actions).
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from core.errors import ModelError

EPSILON = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """Sizes of the network. Stored in a model's config.json. Raises ModelError for a size that makes no sense."""

    joints: int
    channels: int
    classes: int
    hidden: int = 128
    layers: int = 2  # of the main LSTM
    gate_hidden: int = 64
    dropout: float = 0.5

    def __post_init__(self) -> None:
        sizes = (self.joints, self.channels, self.classes, self.hidden, self.layers, self.gate_hidden)
        if not all(1 <= size <= 4096 for size in sizes) or self.layers > 8:
            raise ModelError(f"Network sizes out of range: {self}.")
        if not 0 <= self.dropout < 1:
            raise ModelError(f"dropout must lie in 0..1, not {self.dropout}.")


class Output(NamedTuple):
    """What the network says about a batch of windows."""

    logits: Tensor  # (B, A)
    alpha: Tensor  # (B, T, K) sums to one over K
    beta: Tensor  # (B, T) 0 or more; 0 in padding
    frame_scores: Tensor  # (B, T, A) scores of each frame before the temporal sum

    def running_logits(self) -> Tensor:
        """Logits after each frame (B, T, A): since the network is causal, the score so far is a prefix sum."""
        weight = (self.beta + EPSILON)[..., None]  # (B, T, 1)
        return (weight * self.frame_scores).cumsum(dim=1) / weight.cumsum(dim=1)


class SpatialGate(nn.Module):
    """Joint-selection gate: ``alpha_t = softmax(U tanh(W_x x_t + W_h h_(t-1) + b) + b_o)``."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        inputs = spec.joints * spec.channels
        self.lstm = nn.LSTM(inputs, spec.gate_hidden, batch_first=True)
        self.from_input = nn.Linear(inputs, spec.gate_hidden)
        self.from_hidden = nn.Linear(spec.gate_hidden, spec.gate_hidden, bias=False)
        self.score = nn.Linear(spec.gate_hidden, spec.joints)

    def forward(self, flat: Tensor) -> Tensor:
        """Inputs (B, T, K*C) to alpha (B, T, K)."""
        past = _one_step_back(self.lstm(flat)[0])  # (B, T, H)
        scores: Tensor = self.score(torch.tanh(self.from_input(flat) + self.from_hidden(past)))
        return scores.softmax(dim=-1)


class TemporalGate(nn.Module):
    """Frame-selection gate: ``beta_t = ReLU(w_x x_t + w_h h_(t-1) + b)``."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        inputs = spec.joints * spec.channels
        self.lstm = nn.LSTM(inputs, spec.gate_hidden, batch_first=True)
        self.from_input = nn.Linear(inputs, 1)
        self.from_hidden = nn.Linear(spec.gate_hidden, 1, bias=False)
        nn.init.ones_(self.from_input.bias)  # a ReLU that starts at 0 everywhere has no gradient to leave it

    def forward(self, flat: Tensor) -> Tensor:
        """Inputs (B, T, K*C) to beta (B, T)."""
        past = _one_step_back(self.lstm(flat)[0])  # (B, T, H)
        return torch.relu(self.from_input(flat) + self.from_hidden(past)).squeeze(-1)


def _one_step_back(hidden: Tensor) -> Tensor:
    """The hidden state before each frame: (B, T, H) shifted by one, zeros first."""
    return torch.cat([torch.zeros_like(hidden[:, :1]), hidden[:, :-1]], dim=1)


class STALSTM(nn.Module):
    """The whole network. Input is (B, T, K, C) from `core.skeleton.features.frame_features`."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        self.spatial = SpatialGate(spec)
        self.temporal = TemporalGate(spec)
        between = spec.dropout if spec.layers > 1 else 0.0
        self.main = nn.LSTM(
            spec.joints * spec.channels, spec.hidden, num_layers=spec.layers, batch_first=True, dropout=between
        )
        self.dropout = nn.Dropout(spec.dropout)
        self.classify = nn.Linear(spec.hidden, spec.classes)

    def forward(self, inputs: Tensor, lengths: Tensor | None = None) -> Output:
        """Run a batch of windows.

        Args:
            inputs: (B, T, K, C).
            lengths: (B,) true frames of each window; the rest is padding that counts for nothing. None: all T.

        Raises:
            ModelError: the inputs have other joints or channels than the network was built for.
        """
        if inputs.shape[2:] != (self.spec.joints, self.spec.channels):
            raise ModelError(
                f"The network was built for {self.spec.joints} joints with {self.spec.channels} channels, "
                f"the input has {inputs.shape[2]} with {inputs.shape[3]}."
            )
        flat = inputs.flatten(2)  # (B, T, K*C)
        alpha = self.spatial(flat)  # (B, T, K)
        beta = self.temporal(flat)  # (B, T)
        weight = beta + EPSILON  # (B, T)
        if lengths is not None:
            frames = torch.arange(inputs.shape[1], device=inputs.device)
            is_true = frames < lengths[:, None]  # (B, T)
            beta, weight = beta * is_true, weight * is_true
        selected = (inputs * (alpha * self.spec.joints)[..., None]).flatten(2)  # (B, T, K*C)
        frame_scores = self.classify(self.dropout(self.main(selected)[0]))  # (B, T, A)
        logits = torch.einsum("bt,bta->ba", weight, frame_scores) / weight.sum(dim=1, keepdim=True)  # (B, A)
        return Output(logits, alpha, beta, frame_scores)
