"""A step of all lanes on the CPU, in NumPy: around products this small torch costs as much as they do.

The spatial gate scales each joint's share of the first layer's input, so that share is multiplied with the weights once
for all lanes. Shape letters as in `core.model.lane_weights`, and V aspects, N streams, L lanes,
B = V N inputs, R = B L rows of a member.
"""

import numpy as np
from numpy.typing import NDArray

from core.model.aspects import Aspect
from core.model.lane_weights import Cell, Gates, LaneWeights, Linear
from core.model.sta_lstm import EPSILON

Values = NDArray[np.float32]


class LaneStepCPU:
    """Keeps the state of all lanes and moves it on. Used by one thread."""

    def __init__(self, weights: LaneWeights, *, lanes: int, streams: int) -> None:
        spec = self._spec = weights.spec
        self._streams, self._lanes = streams, lanes
        self._aspects = [_AspectCPU(aspect) for aspect in spec.aspects()]
        inputs = len(self._aspects) * streams
        self._gates = None if weights.gates is None else _GatesCPU(weights.gates, inputs=inputs, lanes=lanes)
        self._first = _FirstLayer(weights.layers[0], joints=spec.joints, inputs=inputs, lanes=lanes)
        self._others = [_Layer(cell, rows=inputs * lanes) for cell in weights.layers[1:]]
        self._classify = _LinearCPU(weights.classify)
        members = len(weights.classify.bias)
        self._even_alpha = np.full((members, inputs, lanes, spec.joints), 1 / spec.joints, np.float32)
        self._even_beta = np.ones((members, inputs, lanes), np.float32)
        self._score_sum = np.zeros((streams, lanes, spec.classes), np.float32)
        self._divisor, self._weight = (np.zeros((streams, lanes), np.float32) for _ in range(2))

    def empty(self, lane: int) -> None:
        """A lane has seen nothing any more."""
        for part in (self._gates, self._first, *self._others):
            for state in () if part is None else (part.hidden, part.cell):
                state.reshape(len(state), -1, self._lanes, state.shape[-1])[:, :, lane] = 0
        for values in (self._score_sum, self._divisor, self._weight):
            values[:, lane] = 0

    def __call__(self, frames: Values) -> tuple[Values, Values, Values, Values]:
        """One frame of each stream (N, K, C) to logits, alpha, beta and weight, each (N, L, ...)."""
        seen = np.concatenate([aspect.of(frames) for aspect in self._aspects])  # (B, K, C)
        alpha, beta = (None, None) if self._gates is None else self._gates(seen.reshape(len(seen), -1))
        alpha = self._even_alpha if alpha is None else alpha  # (M, B, L, K)
        beta = self._even_beta if beta is None else beta  # (M, B, L)
        hidden = self._first(seen, alpha)  # (M, R, H)
        for layer in self._others:
            hidden = layer(hidden)
        return self._sum_up(alpha, beta, self._classify(hidden))

    def _sum_up(self, alpha: Values, beta: Values, scores: Values) -> tuple[Values, Values, Values, Values]:
        """All answers about a frame as one, added to the temporal sums.

        See `sta_lstm.pooled` and `Output.of_frames`.
        """
        spec = self._spec
        sizes = len(alpha) * len(self._aspects), self._streams, self._lanes
        if spec.has_aspects:
            asked = np.split(alpha, len(self._aspects), axis=1)
            alpha = np.concatenate(
                [aspect.as_given(one) for aspect, one in zip(self._aspects, asked, strict=True)], axis=1
            )
        alpha, scores = alpha.reshape(*sizes, -1), scores.reshape(*sizes, -1)
        counts = beta.reshape(sizes) + np.float32(EPSILON)  # (M V, N, L)
        total = counts.sum(axis=0)
        scores = np.einsum("mnl,mnla->nla", counts, scores) / total[..., None]
        weight = total / np.float32(sizes[0])  # (N, L): the mean of the frame weights, and EPSILON
        mean_beta = weight - np.float32(EPSILON)
        kept = np.float32(spec.kept)
        self._score_sum *= kept
        self._score_sum += weight[..., None] * scores
        self._divisor *= kept
        self._divisor += weight
        self._weight *= kept
        self._weight += mean_beta
        logits = self._score_sum / self._divisor[..., None] if spec.normalised else self._score_sum.copy()
        return logits, alpha.mean(axis=0), mean_beta, self._weight.copy()


class _AspectCPU:
    """See `aspects.Aspect`."""

    def __init__(self, aspect: Aspect) -> None:
        self._order = None if aspect.order is None else aspect.order.numpy()
        self._back = None if aspect.back is None else aspect.back.numpy()
        self._channels = None if aspect.channels is None else aspect.channels.numpy()

    def of(self, frames: Values) -> Values:
        """Frames (N, K, C) as they are seen in this aspect."""
        seen = frames if self._order is None else frames[:, self._order]
        return seen if self._channels is None else seen @ self._channels

    def as_given(self, alpha: Values) -> Values:
        """Joint weights (..., K) in the order in which the joints were given."""
        return alpha if self._back is None else alpha[..., self._back]


class _GatesCPU:
    """Both gates of all members; see `lane_weights.Gates`."""

    def __init__(self, gates: Gates, *, inputs: int, lanes: int) -> None:
        self._from_input, self._bias, self._from_hidden = (
            values.numpy() for values in (gates.from_input, gates.bias, gates.from_hidden)
        )
        self._score = None if gates.score is None else _LinearCPU(gates.score)
        self._weighs_frames = gates.weighs_frames
        self._shape = (len(self._from_hidden), inputs, lanes, self._from_hidden.shape[-1])  # (2 M, B, L, 5 G)
        self.hidden, self.cell = (
            np.zeros((len(self._from_hidden), inputs * lanes, self._from_hidden.shape[1]), np.float32) for _ in range(2)
        )

    def __call__(self, flat: Values) -> tuple[Values | None, Values | None]:
        """Inputs (B, I), the same for all lanes, to alpha (M, B, L, K) and beta (M, B, L); None for no such gate."""
        seen = flat @ self._from_input
        seen += self._bias
        sums = np.matmul(self.hidden, self._from_hidden).reshape(self._shape)
        sums += seen.reshape(len(flat), 1, len(self.hidden), -1).transpose(2, 0, 1, 3)
        size = self.hidden.shape[-1]
        rows = sums.reshape(*self.hidden.shape[:2], -1)
        _advance(rows[..., : 4 * size], self.hidden, self.cell)
        asked = sums[..., 4 * size :]  # (2 M, B, L, G)
        alpha = beta = None
        if self._score is not None:
            scores = self._score(np.tanh(asked[::2]).reshape(len(asked) // 2, -1, size))  # (M, R, K)
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=-1, keepdims=True)
            alpha = scores.reshape(len(scores), *self._shape[1:3], -1)
        if self._weighs_frames:
            beta = np.maximum(asked[1::2, ..., 0], np.float32(0))
        return alpha, beta


class _FirstLayer:
    """The first layer of the main LSTM, behind the spatial gate."""

    def __init__(self, cell: Cell, *, joints: int, inputs: int, lanes: int) -> None:
        members, width, gates = cell.from_input.shape
        by_joint = cell.from_input.numpy().reshape(members, joints, width // joints, gates)
        # A weight K times as large: alpha is scaled by K, so that the gate does not shrink the inputs.
        self._by_joint = np.ascontiguousarray(by_joint.transpose(1, 2, 0, 3) * np.float32(joints)).reshape(
            joints, width // joints, members * gates
        )
        self._from_hidden, self._bias = cell.from_hidden.numpy(), cell.bias.numpy()
        self._lanes = lanes
        self.hidden, self.cell = (np.zeros((members, inputs * lanes, gates // 4), np.float32) for _ in range(2))

    def __call__(self, frames: Values, alpha: Values) -> Values:
        """Frames (B, K, C) and joint weights (M, B, L, K) to the hidden state (M, R, H)."""
        members = len(self.hidden)
        shares = np.matmul(frames.transpose(1, 0, 2), self._by_joint)  # (K, B, M 4 H): of each joint
        shares = shares.reshape(*shares.shape[:2], members, -1).transpose(2, 1, 0, 3)  # (M, B, K, 4 H)
        sums = np.matmul(self.hidden, self._from_hidden)  # (M, R, 4 H)
        sums += np.matmul(alpha, shares).reshape(sums.shape)
        sums += self._bias
        _advance(sums, self.hidden, self.cell)
        return self.hidden


class _Layer:
    """A later layer of the main LSTM."""

    def __init__(self, cell: Cell, *, rows: int) -> None:
        self._from_input, self._from_hidden = cell.from_input.numpy(), cell.from_hidden.numpy()
        self._bias = cell.bias.numpy()
        members, size = self._from_hidden.shape[:2]
        self.hidden, self.cell = (np.zeros((members, rows, size), np.float32) for _ in range(2))

    def __call__(self, inputs: Values) -> Values:
        """Inputs (M, R, H) to the hidden state (M, R, H)."""
        sums = np.matmul(inputs, self._from_input)
        sums += np.matmul(self.hidden, self._from_hidden)
        sums += self._bias
        _advance(sums, self.hidden, self.cell)
        return self.hidden


class _LinearCPU:
    """A linear layer of all members."""

    def __init__(self, linear: Linear) -> None:
        self._weight, self._bias = linear.weight.numpy(), linear.bias.numpy()

    def __call__(self, inputs: Values) -> Values:
        """(M, R, in) to (M, R, out)."""
        outputs: Values = np.matmul(inputs, self._weight)
        outputs += self._bias
        return outputs


def _advance(sums: Values, hidden: Values, cell: Values) -> None:
    """The cell of an LSTM, in place: `sums` (M, R, 4 H) of its gates in the order i, f, o (halved) and g."""
    size = cell.shape[-1]
    opened = np.tanh(sums)
    written = opened[..., 3 * size :]
    gates = opened[..., : 3 * size]
    gates *= np.float32(0.5)
    gates += np.float32(0.5)
    written *= gates[..., :size]
    cell *= gates[..., size : 2 * size]
    cell += written
    np.tanh(cell, out=hidden)
    hidden *= gates[..., 2 * size :]
