"""One frame taken apart: every number between what the network is given and what it answers, gate after gate.

Symbols are those of Song et al. (AAAI 2017) in our reading, with what we do differently (see `core.model.sta_lstm`)
written out: alpha counts K times, each beta counts epsilon more, the sum can forget and be divided by its weights.

Of a committee one member is shown, and of a network that is asked in several ways (`core.model.aspects`), one of them;
what is said in the end is all their answers together.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor

from core.explain.explained import Explained
from core.model.folder import ActionModel
from core.model.sta_lstm import EPSILON, STALSTM
from core.skeleton.features import FeatureSpec

_AXES: Final = ("x", "y", "z")

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """One step: its name, its formula in the paper's symbols, and what it does in a sentence."""

    name: str
    formula: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GateSteps:
    """K joints, C channels, G hidden units of a gate, H of the main LSTM, L layers, A actions."""

    frame: int
    member: int  # which network of a committee, from 0
    members: int
    aspect: str  # how that network is asked; "" as it stands
    aspects: int  # in how many ways it is asked
    x: Values  # (K, C) the features
    spatial_hidden: Values | None  # (G,) the joint gate's own LSTM before this frame; None without a joint gate
    scores: Values | None  # (K,) s_t
    alpha: Values  # (K,)
    gated: Values  # (K, C) K alpha x, which the main LSTM sees
    hidden: Values  # (L, H) the main LSTM after this frame, layer by layer
    z: Values  # (A,) what this frame alone says
    temporal_hidden: Values | None  # (G,) the frame gate's own LSTM before this frame; None without a frame gate
    before_relu: float | None  # what beta would be without the ReLU
    beta: float
    weight: float  # beta and epsilon
    kept: float  # of the sum so far this much is left
    sum_before: Values  # (A,) the weighted sum of what the frames before said, with this frame's forgetting
    weights_before: float  # and the sum of their weights
    answer: Values  # (A,) o_t: with this frame, divided by all weights where the network divides
    temperature: float
    normalised: bool

    @property
    def contribution(self) -> Values:
        """What this frame adds to the answer, (A,): beta z, divided as the answer is."""
        added = np.float32(self.weight) * self.z
        return added / np.float32(self.weights_before + self.weight) if self.normalised else added

    @property
    def share(self) -> float:
        """The share of this frame in all weights, 0 to 1."""
        return self.weight / (self.weights_before + self.weight)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Of the answer, (A,), calibrated."""
        return np.asarray(softmax(self.answer.astype(np.float64) / self.temperature))

    @property
    def note(self) -> str:
        """What is shown here and what is not, in a sentence; "" where this is all of it."""
        if self.members == self.aspects == 1:
            return ""
        network = f"network {self.member + 1} of {self.members}" if self.members > 1 else "the network"
        asked = f", {self.aspect or 'asked as it stands'}" if self.aspects > 1 else ""
        return f"Shown is {network}{asked}; what is said is all answers together."

    def equations(self) -> tuple[Equation, ...]:
        """The steps in order; those of a gate that the network lacks say so."""
        return (_INPUT, *self._of_joints(), _MAIN, _SCORES, self._of_frames(), self._of_sum(), _ANSWER)

    def _of_joints(self) -> tuple[Equation, ...]:
        if self.scores is None:
            return (Equation(name="joint gate", formula="α_t,k = 1 / K", text="There is none: joints weigh alike."),)
        return _JOINT_GATE

    def _of_frames(self) -> Equation:
        if self.before_relu is None:
            return Equation(name="frame gate", formula="β_t = 1", text="There is none: frames weigh alike.")
        return _FRAME_GATE

    def _of_sum(self) -> Equation:
        kept = f"{self.kept:.3g}" if self.kept < 1 else ""
        forgetting = f"{kept}^(t−i) " if kept else ""
        weight = f"{forgetting}(β_i + ε)"
        divided = f" / Σ_(i≤t) {weight}" if self.normalised else ""
        text = "All frames so far, each as much as its weight"
        text += f"; a frame later {100 * self.kept:.0f} % of a weight are left." if kept else "."
        return Equation(name="temporal sum", formula=f"o_t = Σ_(i≤t) {weight} z_i{divided}", text=text)


_INPUT: Final = Equation(name="input", formula="x_t", text="The features of each joint in this frame.")
_JOINT_GATE: Final = (
    Equation(
        name="joint scores",
        formula="s_t = U_s tanh(W_xs x_t + W_hs h^s_(t−1) + b_s) + b_us",
        text="One score for each joint, from this frame and from what the gate's own LSTM remembers.",
    ),
    Equation(
        name="joint attention",
        formula="α_t,k = exp(s_t,k) / Σ_i exp(s_t,i)",
        text="Softmax: the weights of all joints add up to one.",
    ),
    Equation(
        name="gated input",
        formula="x′_t,k = K α_t,k x_t,k",
        text="Each joint's features times its weight; K keeps their size (the paper has no K).",
    ),
)
_MAIN: Final = Equation(
    name="main LSTM", formula="h_t = LSTM(x′_t, h_(t−1))", text="What the network remembers after this frame."
)
_SCORES: Final = Equation(
    name="frame scores", formula="z_t = W_z h_t + b_z", text="What this frame says of each action."
)
_FRAME_GATE: Final = Equation(
    name="frame attention",
    formula="β_t = ReLU(w_xp x_t + w_hp h^p_(t−1) + b_p)",
    text="How much this frame counts, from this frame and from what that gate's own LSTM remembers.",
)
_ANSWER: Final = Equation(
    name="answer",
    formula="p = softmax(o_t / temperature)",
    text="Probabilities of all actions; the temperature says how sure such scores turned out to be.",
)


@torch.inference_mode()
def gate_steps(model: ActionModel, explained: Explained, frame: int, *, member: int = 0, aspect: int = 0) -> GateSteps:
    """One frame of a clip that the model has explained.

    Args:
        model: the one that explained it.
        explained: what it said.
        frame: which frame; its answer is about the frames from `explained.begins` on.
        member: which network of a committee.
        aspect: which of `NetworkSpec.aspects` it is asked in; joints are in the order of that one.
    """
    network, spec = model.network.members[member], model.config.network
    known = torch.from_numpy(explained.features[int(explained.begins[frame]) : frame + 1]).to(model.device)  # (N, K, C)
    aspects = spec.aspects()
    known = aspects[aspect].to(known).of(known)
    flat, x = known.flatten(1), known[-1]
    alphas, betas = _gates(network, known)
    spatial = None if network.spatial is None else _before(network.spatial.lstm, flat)
    temporal = None if network.temporal is None else _before(network.temporal.lstm, flat)
    scores = before_relu = None
    if network.spatial is not None and spatial is not None:
        gate = network.spatial
        scores = gate.score(torch.tanh(gate.from_input(flat[-1]) + gate.from_hidden(spatial)))
    if network.temporal is not None and temporal is not None:
        before_relu = network.temporal.from_input(flat[-1]) + network.temporal.from_hidden(temporal)
    alpha = alphas[-1] if scores is None else scores.softmax(dim=0)
    hidden, layers = (known * (alphas * spec.joints)[..., None]).flatten(1), []
    for layer in network.main:
        hidden = layer(hidden[None])[0][0]
        layers.append(_numpy(hidden[-1]))
    z = network.classify(hidden)  # (N, A)
    weights = (betas + EPSILON) * spec.kept ** torch.arange(len(known) - 1, -1, -1, device=betas.device)
    total = weights @ z
    return GateSteps(
        frame=frame,
        member=member,
        members=len(model.network.members),
        aspect=aspects[aspect].words,
        aspects=len(aspects),
        x=_numpy(x),
        spatial_hidden=None if spatial is None else _numpy(spatial),
        scores=None if scores is None else _numpy(scores),
        alpha=_numpy(alpha),
        gated=_numpy(x * (alpha * spec.joints)[:, None]),
        hidden=np.stack(layers),
        z=_numpy(z[-1]),
        temporal_hidden=None if temporal is None else _numpy(temporal),
        before_relu=None if before_relu is None else float(before_relu),
        beta=float(betas[-1]),
        weight=float(betas[-1]) + EPSILON,
        kept=spec.kept,
        sum_before=_numpy(weights[:-1] @ z[:-1]),
        weights_before=float(weights[:-1].sum()),
        answer=_numpy(total / weights.sum() if spec.normalised else total),
        temperature=model.config.temperature,
        normalised=spec.normalised,
    )


def channel_names(spec: FeatureSpec) -> tuple[str, ...]:
    """Names of the C channels of a joint: "velocity y"."""
    names: list[str] = []
    for kind in spec.kinds:
        names += ["contact any", "contact hand"] if kind == "contact" else [f"{kind} {axis}" for axis in _AXES]
    return tuple(names)


def _gates(network: STALSTM, known: Tensor) -> tuple[Tensor, Tensor]:
    """Weights of joints (N, K) and of frames (N,); all alike without a gate."""
    flat = known.flatten(1)[None]
    count = len(known)
    alphas = (
        known.new_full(known.shape[:2], 1 / known.shape[1]) if network.spatial is None else network.spatial(flat)[0]
    )
    betas = known.new_ones(count) if network.temporal is None else network.temporal(flat)[0]
    return alphas, betas


def _before(lstm: torch.nn.LSTM, flat: Tensor) -> Tensor:
    """The hidden state (G,) before the last of N frames (N, I); 0 before the first."""
    if len(flat) == 1:
        return flat.new_zeros(lstm.hidden_size)
    hidden: Tensor = lstm(flat[None, :-1])[0][0, -1]
    return hidden


def _numpy(tensor: Tensor) -> Values:
    values: Values = tensor.float().cpu().numpy()
    return values
