"""The network of `core.model.sta_lstm` frame by frame, as public re-implementations of STA-LSTM run it.

It stands here to be measured against, and to check the fused network: same equations, same weights, same batch. One
Python loop runs over the frames; each frame passes the gates, the cells of the main LSTM and the classifier before the
next one begins. Nothing in it is slower than that form needs: cells are torch's own.
"""

import torch
from torch import Tensor, nn

from core.errors import ModelError
from core.model.sta_lstm import EPSILON, STALSTM, NetworkSpec, Output, SharedDropout

State = tuple[Tensor, Tensor]  # hidden and cell of an LSTM, (B, H) each


class StepwiseSpatialGate(nn.Module):
    """Joint-selection gate of one frame."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        inputs = spec.joints * spec.channels
        self.lstm = nn.LSTMCell(inputs, spec.gate_hidden)
        self.from_input = nn.Linear(inputs, spec.gate_hidden)
        self.from_hidden = nn.Linear(spec.gate_hidden, spec.gate_hidden, bias=False)
        self.score = nn.Linear(spec.gate_hidden, spec.joints)

    def forward(self, flat: Tensor, state: State) -> tuple[Tensor, State]:
        """A frame (B, K*C) and the state before it to alpha (B, K) and the state after it."""
        scores = self.score(torch.tanh(self.from_input(flat) + self.from_hidden(state[0])))
        return scores.softmax(dim=-1), self.lstm(flat, state)


class StepwiseTemporalGate(nn.Module):
    """Frame-selection gate of one frame."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        inputs = spec.joints * spec.channels
        self.lstm = nn.LSTMCell(inputs, spec.gate_hidden)
        self.from_input = nn.Linear(inputs, 1)
        self.from_hidden = nn.Linear(spec.gate_hidden, 1, bias=False)

    def forward(self, flat: Tensor, state: State) -> tuple[Tensor, State]:
        """A frame (B, K*C) and the state before it to beta (B,) and the state after it."""
        beta = torch.relu(self.from_input(flat) + self.from_hidden(state[0])).squeeze(-1)
        return beta, self.lstm(flat, state)


class StepwiseSTALSTM(nn.Module):
    """STA-LSTM with both gates, one frame after the other. Raises ModelError for a network without one of them."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        if not (spec.variant.spatial and spec.variant.temporal):
            raise ModelError(f"The step-by-step network has both gates; '{spec.variant}' has not.")
        self.spec = spec
        self.spatial, self.temporal = StepwiseSpatialGate(spec), StepwiseTemporalGate(spec)
        sizes = [spec.joints * spec.channels] + [spec.hidden] * (spec.layers - 1)
        self.main = nn.ModuleList(nn.LSTMCell(size, spec.hidden) for size in sizes)
        self.dropout = SharedDropout(spec.dropout)
        self.classify = nn.Linear(spec.hidden, spec.classes)

    def forward(self, inputs: Tensor, lengths: Tensor | None = None) -> Output:
        """Run a batch (B, T, K, C) with true lengths (B,), as `STALSTM.forward` does."""
        batch, frames = inputs.shape[:2]

        def zeros(size: int) -> State:
            return inputs.new_zeros(batch, size), inputs.new_zeros(batch, size)

        spatial, temporal = zeros(self.spec.gate_hidden), zeros(self.spec.gate_hidden)
        main = [zeros(self.spec.hidden) for _ in self.main]
        logits, total = inputs.new_zeros(batch, self.spec.classes), inputs.new_zeros(batch, 1)
        alphas, betas, scores = [], [], []
        for frame in range(frames):
            joints = inputs[:, frame]  # (B, K, C)
            flat = joints.flatten(1)  # (B, K*C)
            alpha, spatial = self.spatial(flat, spatial)  # (B, K)
            beta, temporal = self.temporal(flat, temporal)  # (B,)
            weight = beta + EPSILON
            kept = inputs.new_full((batch, 1), self.spec.kept)
            if lengths is not None:
                is_true = lengths > frame
                beta, weight = beta * is_true, weight * is_true
                kept = torch.where(is_true[:, None], kept, torch.ones_like(kept))  # nothing is forgotten in padding
            hidden = (joints * (alpha * self.spec.joints)[..., None]).flatten(1)  # (B, K*C)
            for layer, cell in enumerate(self.main):
                main[layer] = cell(hidden, main[layer])
                hidden = self.dropout(main[layer][0])  # (B, H)
            score = self.classify(hidden)  # (B, A)
            logits, total = kept * logits + weight[:, None] * score, kept * total + weight[:, None]
            alphas.append(alpha)
            betas.append(beta)
            scores.append(score)
        if self.spec.normalised:
            logits = logits / total
        attention = torch.stack(alphas, dim=1), torch.stack(betas, dim=1)  # (B, T, K), (B, T)
        return Output(logits, *attention, torch.stack(scores, dim=1), self.spec.normalised, self.spec.kept)


def stepwise_like(network: STALSTM) -> StepwiseSTALSTM:
    """A step-by-step network with a copy of the weights of `network`, on its device and in its mode."""
    plain = StepwiseSTALSTM(network.spec).to(network.classify.weight.device)
    plain.load_state_dict({cell_name(name): value for name, value in network.state_dict().items()})
    return plain.train(network.training)


def cell_name(name: str) -> str:
    """Name of a weight of the fused network in the step-by-step one."""
    return name.removesuffix("_l0")
