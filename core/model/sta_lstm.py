"""STA-LSTM: a main LSTM between a joint-selection gate (alpha) and a frame-selection gate (beta).

Our reading of Song, Lan, Xing, Zeng, Liu: "An End-to-End Spatio-Temporal Attention Model for Human Action Recognition
from Skeleton Data" (AAAI 2017). Either gate can be left out, which gives the paper's ablations from the same code.
Where we depart from it, on purpose:

- alpha is scaled by K, so that the softmax does not shrink the inputs K-fold;
- the temporal sum can be divided by the sum of beta, so that confidence does not grow with the length of a window;
- the temporal sum can forget, so that in a stream the newest frames have more to say than what was done before;
- each beta counts `EPSILON` more than it is, so that a window in which every ReLU is 0 still gives its mean scores.

Neither gate depends on the main network, so each LSTM layer runs over the whole sequence in one fused call.
Gates look at the present and the past only: the network is causal.

Shape letters: B batch, T frames, K joints (of all persons), C channels, H hidden units, A classes (actions).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import torch
from torch import Tensor, nn

from core.errors import ModelError
from core.model.aspects import Aspect, all_aspects

EPSILON = 1e-4
MOST_MEMBERS = 16
MOST_SIDES = 16


class Variant(StrEnum):
    """Which gates a network has: the paper's ablations."""

    LSTM = "lstm"
    SA = "sa-lstm"
    TA = "ta-lstm"
    STA = "sta-lstm"

    @property
    def spatial(self) -> bool:
        """Whether joints are weighted."""
        return self in {Variant.SA, Variant.STA}

    @property
    def temporal(self) -> bool:
        """Whether frames are weighted."""
        return self in {Variant.TA, Variant.STA}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """Sizes of the network. Stored in a model's config.json. Raises ModelError for a size that makes no sense."""

    joints: int  # K: persons x joints of one person
    channels: int
    classes: int
    hidden: int = 128
    layers: int = 2  # of the main LSTM
    gate_hidden: int = 64
    dropout: float = 0.5
    variant: Variant = Variant.STA
    normalised: bool = True  # the temporal sum is divided by the sum of the frame weights; else it is the plain sum
    either_order: bool = False  # two persons: outside training both orders are asked, so that who is first is the same
    sides_deg: tuple[float, ...] = ()  # outside training it is asked with the scene turned by each; (): as it stands
    mirrored: tuple[int, ...] = ()  # the joint in the place of each in a mirror, in which it is asked as well; (): not
    flipped: tuple[int, ...] = ()  # channels that change their sign in that mirror
    members: int = 1  # networks that answer together; see core.model.committee
    kept: float = 1.0  # of the weight that a frame has in the temporal sum so much is left a frame later; 1: all of it

    def __post_init__(self) -> None:
        sizes = (self.joints, self.channels, self.classes, self.hidden, self.layers, self.gate_hidden)
        if not all(1 <= size <= 4096 for size in sizes) or self.layers > 8:
            raise ModelError(f"Network sizes out of range: {self}.")
        if not 1 <= self.members <= MOST_MEMBERS:
            raise ModelError(f"A network has 1 to {MOST_MEMBERS} members, not {self.members}.")
        if self.either_order and self.joints % 2:
            raise ModelError(f"Two persons of the same joints cannot have {self.joints} joints together.")
        self._check_aspects()
        if not 0.1 <= self.kept <= 1:
            raise ModelError(f"kept must lie in 0.1..1, not {self.kept}.")
        if not 0 <= self.dropout < 1:
            raise ModelError(f"dropout must lie in 0..1, not {self.dropout}.")

    def _check_aspects(self) -> None:
        if not (len(self.sides_deg) <= MOST_SIDES and all(-180 <= side <= 180 for side in self.sides_deg)):
            raise ModelError(f"A network is asked from up to {MOST_SIDES} sides of -180 to 180 degrees.")
        if self.sides_deg and self.channels % 3:
            raise ModelError(f"{self.channels} channels are no vectors of three, which could be turned.")
        if self.mirrored and sorted(self.mirrored) != list(range(self.joints)):
            raise ModelError(f"In a mirror each of {self.joints} joints has the place of one of them.")
        if not set(self.flipped) <= set(range(self.channels)):
            raise ModelError(f"Only the channels 0 to {self.channels - 1} can change their sign in a mirror.")

    @property
    def has_aspects(self) -> bool:
        """Whether it is asked in other ways than as it is given, outside training; see `aspects`."""
        return self.either_order or bool(self.sides_deg) or bool(self.mirrored)

    def aspects(self) -> tuple[Aspect, ...]:
        """In which ways it is asked about the same frames, outside training; see `core.model.aspects`."""
        return all_aspects(
            self.joints, self.channels, either_order=self.either_order, sides_deg=self.sides_deg,
            mirrored=self.mirrored, flipped=self.flipped,
        )  # fmt: skip


class Output(NamedTuple):
    """What the network says about a batch of windows."""

    logits: Tensor  # (B, A)
    alpha: Tensor  # (B, T, K) sums to one over K
    beta: Tensor  # (B, T) 0 or more; 0 in padding
    frame_scores: Tensor  # (B, T, A) scores of each frame before the temporal sum
    normalised: bool = True
    kept: float = 1.0  # see NetworkSpec

    @classmethod
    def of_frames(
        cls, alpha: Tensor, beta: Tensor, frame_scores: Tensor, *, lengths: Tensor | None, spec: NetworkSpec
    ) -> "Output":
        """The temporal sum: ``o = sum_t beta_t z_t``, divided by ``sum_t beta_t`` where that is wanted.

        Where the sum forgets, ``beta_t`` counts ``kept ** (T - t)`` times.

        Args:
            alpha: (B, T, K).
            beta: (B, T).
            frame_scores: (B, T, A).
            lengths: (B,) true frames; the rest is padding that counts for nothing. None: all T.
            spec: whether to divide, and how much is kept.
        """
        weight = beta + EPSILON  # (B, T)
        if spec.kept < 1:
            weight = weight * spec.kept ** ages(beta, lengths)
        if lengths is not None:
            is_true = torch.arange(beta.shape[1], device=beta.device) < lengths[:, None]  # (B, T)
            beta, weight = beta * is_true, weight * is_true
        logits = torch.einsum("bt,bta->ba", weight, frame_scores)  # (B, A)
        if spec.normalised:
            logits = logits / weight.sum(dim=1, keepdim=True)
        return cls(logits, alpha, beta, frame_scores, spec.normalised, spec.kept)

    def counted(self, lengths: Tensor | None = None) -> Tensor:
        """How much each frame counts in the temporal sum (B, T): beta, less what is forgotten of it by then."""
        return self.beta if self.kept == 1 else self.beta * self.kept ** ages(self.beta, lengths)

    def running_logits(self) -> Tensor:
        """Logits after each frame (B, T, A): since the network is causal, the score so far is a prefix sum."""
        weight = (self.beta + EPSILON)[..., None]  # (B, T, 1)
        if self.kept < 1:
            return self._running_logits_that_forget(weight.double())
        total = (weight * self.frame_scores).cumsum(dim=1)
        return total / weight.cumsum(dim=1) if self.normalised else total

    def _running_logits_that_forget(self, weight: Tensor) -> Tensor:
        """As a recursion: what was is kept in part, and the new frame is added."""
        total = self.frame_scores.new_zeros(self.logits.shape, dtype=torch.float64)
        weights, running = torch.zeros_like(weight[:, 0]), []
        for frame in range(weight.shape[1]):
            total = self.kept * total + weight[:, frame] * self.frame_scores[:, frame]
            weights = self.kept * weights + weight[:, frame]
            running.append(total / weights if self.normalised else total)
        return torch.stack(running, dim=1).to(self.frame_scores.dtype)


def ages(beta: Tensor, lengths: Tensor | None) -> Tensor:
    """How many frames each frame (B, T) lies before the last true one; 0 in padding."""
    frames = torch.arange(beta.shape[1], device=beta.device)
    last = beta.shape[1] - 1 if lengths is None else lengths[:, None] - 1
    return (last - frames).clamp_min(0).expand(beta.shape)


class SharedDropout(nn.Module):
    """Dropout of (B, T, H) whose mask is drawn for the global batch, of which `shard` says the rows that are here.

    So processes that share a batch drop what one process alone would drop.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.shard: tuple[int, int] | None = None  # first row here, rows of the global batch

    def forward(self, values: Tensor) -> Tensor:
        """Drop in training only."""
        if not self.training or not self.share:
            return values
        first, total = self.shard or (0, len(values))
        keep = torch.rand(total, *values.shape[1:], device=values.device)[first : first + len(values)] >= self.share
        return values * keep / (1 - self.share)


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
    """The whole network. Input is (B, T, K, C) from `core.skeleton.features.frame_features`.

    `use_spatial` and `use_temporal` tell whether a gate is in use; stages of a training switch them. A gate that is
    not in use weighs everything alike.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        if spec.members != 1:
            raise ModelError(f"One network cannot be {spec.members}: make_network makes a committee of them.")
        self.spec = spec
        self.use_spatial, self.use_temporal = spec.variant.spatial, spec.variant.temporal
        self.spatial = SpatialGate(spec) if spec.variant.spatial else None
        self.temporal = TemporalGate(spec) if spec.variant.temporal else None
        self.main = nn.ModuleList(_main_layer(spec, layer) for layer in range(spec.layers))
        self._aspects = spec.aspects()  # made once, so that what is traced for an export holds them as they are
        self.dropout = SharedDropout(spec.dropout)
        self.classify = nn.Linear(spec.hidden, spec.classes)

    def grow(self, layers: int) -> None:
        """Give the main LSTM that many layers; those that it has stay as they are. Raises ModelError for fewer."""
        if layers < self.spec.layers:
            raise ModelError(f"A main LSTM of {self.spec.layers} layers cannot shrink to {layers}.")
        self.spec = replace(self.spec, layers=layers)
        where = self.classify.weight.device
        self.main.extend(_main_layer(self.spec, layer).to(where) for layer in range(len(self.main), layers))

    def renew_main(self, layers: int) -> None:
        """Start the main network anew with that many layers; the gates stay as they are."""
        self.spec = replace(self.spec, layers=layers)
        where = self.classify.weight.device
        self.main = nn.ModuleList(_main_layer(self.spec, layer) for layer in range(layers)).to(where)
        self.classify = nn.Linear(self.spec.hidden, self.spec.classes).to(where)

    def set_shard(self, first: int, total: int) -> None:
        """Say that the next batch is rows `first` and on of a global batch of `total` rows; see SharedDropout."""
        self.dropout.shard = (first, total)

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
        run = self._in_all_aspects if self.spec.has_aspects and not self.training else self._run
        alpha, beta, frame_scores = run(inputs)
        return Output.of_frames(alpha, beta, frame_scores, lengths=lengths, spec=self.spec)

    @property
    def members(self) -> "tuple[STALSTM, ...]":
        """The networks that answer: this one alone."""
        return (self,)

    def _run(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Joint weights (B, T, K), frame weights (B, T) and scores of each frame (B, T, A)."""
        flat = inputs.flatten(2)  # (B, T, K*C)
        alpha, beta = self._joint_weights(inputs, flat), self._frame_weights(flat)
        hidden = (inputs * (alpha * self.spec.joints)[..., None]).flatten(2)  # (B, T, K*C)
        for layer in self.main:
            hidden = self.dropout(layer(hidden)[0])  # (B, T, H)
        return alpha, beta, self.classify(hidden)

    def _in_all_aspects(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What is said in all aspects, as one answer."""
        aspects = [aspect.to(inputs) for aspect in self._aspects]
        said = self._run(torch.cat([aspect.of(inputs) for aspect in aspects]))
        alphas, betas, scores = (values.chunk(len(aspects)) for values in said)  # each (B, T, ...)
        given = [aspect.as_given(alpha) for aspect, alpha in zip(aspects, alphas, strict=True)]
        return pooled(torch.stack(given), torch.stack(betas), torch.stack(scores))

    def _joint_weights(self, inputs: Tensor, flat: Tensor) -> Tensor:
        if self.spatial is None or not self.use_spatial:
            return inputs.new_full(inputs.shape[:3], 1 / self.spec.joints)
        alpha: Tensor = self.spatial(flat)
        return alpha

    def _frame_weights(self, flat: Tensor) -> Tensor:
        if self.temporal is None or not self.use_temporal:
            return flat.new_ones(flat.shape[:2])
        beta: Tensor = self.temporal(flat)
        return beta


def pooled(alphas: Tensor, betas: Tensor, frame_scores: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Several answers (N, B, T, ...) as one: mean weights, and scores that count as much as their frame weight.

    So the temporal sum of the result runs over all frames of all answers: divided by the sum of their weights, or, with
    the plain sum, by the number of answers.
    """
    weights = (betas + EPSILON)[..., None]  # (N, B, T, 1)
    return alphas.mean(dim=0), betas.mean(dim=0), (weights * frame_scores).sum(dim=0) / weights.sum(dim=0)


def _main_layer(spec: NetworkSpec, layer: int) -> nn.LSTM:
    inputs = spec.joints * spec.channels if layer == 0 else spec.hidden
    return nn.LSTM(inputs, spec.hidden, batch_first=True)
