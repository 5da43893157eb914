"""The regularised loss of STA-LSTM, each term apart.

Our reading of Song et al. (AAAI 2017): ``CE + l1 sum_k (1 - mean_t alpha)^2 + l2 mean_t |beta| + l3 |W|_1``. Two terms
differ on purpose. The joint term is taken on "times uniform" (K alpha), so that its floor is 0 and not K (1 - 1/K)^2.
Where the temporal sum is divided by the sum of beta, which leaves the scale of beta free, the frame term pulls the mean
of beta to 1: a plain norm would shrink beta until the ReLU is 0 everywhere and learns no more (seen in training).
With the plain sum it is the paper's norm.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.model.sta_lstm import NetworkSpec, Output


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSpec:
    """Weights of the terms."""

    joint: float = 0.001  # pulls the time average of the joint attention towards uniform
    frame: float = 0.01  # keeps the frame weights near one, or with the plain sum small
    weight: float = 0.0  # L1 on the weights
    label_smoothing: float = 0.1


class LossTerms(NamedTuple):
    """The terms, already weighted; scalars."""

    cross_entropy: Tensor
    joint: Tensor
    frame: Tensor
    weight: Tensor

    @property
    def total(self) -> Tensor:
        """What is minimised."""
        return self.cross_entropy + self.joint + self.frame + self.weight


class Trained(Protocol):
    """A network in training, of one member or several."""

    spec: NetworkSpec

    def parameters(self) -> Iterator[nn.Parameter]:
        """All its weights."""
        ...


def loss_terms(network: Trained, output: Output, labels: Tensor, lengths: Tensor, spec: LossSpec) -> LossTerms:
    """Loss of a batch with labels (B,) and true lengths (B,)."""
    frames = torch.arange(output.alpha.shape[1], device=lengths.device)
    mask = (frames < lengths[:, None]).float()  # (B, T)
    joints = output.alpha.shape[2]
    mean_alpha = (output.alpha * mask[..., None]).sum(dim=1) / lengths[:, None] * joints  # (B, K) times uniform
    mean_beta = output.beta.sum(dim=1) / lengths  # (B,)
    frame = (1 - mean_beta).square() if output.normalised else mean_beta  # beta is 0 or more: its norm is itself
    zero = output.logits.new_zeros(())
    weights = _l1(network) if spec.weight else zero
    return LossTerms(
        functional.cross_entropy(output.logits, labels, label_smoothing=spec.label_smoothing),
        spec.joint * (1 - mean_alpha).square().sum(dim=1).mean(),
        spec.frame * frame.mean(),
        spec.weight * weights,
    )


def _l1(network: Trained) -> Tensor:
    """Sum of all weights that are trained, without signs.

    Of a committee the mean over its members, each of which has its share of a batch in the other terms too.
    """
    weights = torch.cat([parameter.flatten() for parameter in network.parameters() if parameter.requires_grad])
    return weights.abs().sum() / network.spec.members
