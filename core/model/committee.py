"""Several STA-LSTMs that answer together, as one network.

People who move alike are few in a small data set, and what a single network makes of the rest is a matter of its first
weights. Networks that start from other weights and see other samples err in other places (deep ensembles:
Lakshminarayanan et al., NIPS 2017). What is drawn on a body is the mean of their joint weights.

The network is as causal as its members, and its temporal sum runs over the frames of all members.
"""

from dataclasses import replace
from typing import TypeAlias, cast

import torch
from torch import Tensor, nn

from core.model.sta_lstm import STALSTM, NetworkSpec, Output, pooled


class Committee(nn.Module):
    """Members of the same sizes. In training each has every n-th row of a batch to itself.

    The loss is the mean over all rows, so it reaches each member divided by their number.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        alone = replace(spec, members=1)
        self.networks = nn.ModuleList(STALSTM(alone) for _ in range(spec.members))
        self._first = 0  # row of the global batch that is the first one here

    @property
    def members(self) -> tuple[STALSTM, ...]:
        """The networks that answer."""
        return tuple(cast("STALSTM", network) for network in self.networks)

    def grow(self, layers: int) -> None:
        """See `STALSTM.grow`."""
        for member in self.members:
            member.grow(layers)
        self.spec = replace(self.spec, layers=layers)

    def renew_main(self, layers: int) -> None:
        """See `STALSTM.renew_main`."""
        for member in self.members:
            member.renew_main(layers)
        self.spec = replace(self.spec, layers=layers)

    def set_shard(self, first: int, total: int) -> None:
        """See `STALSTM.set_shard`: which rows a member gets depends on their place in the global batch."""
        self._first, count = first, self.spec.members
        for place, member in enumerate(self.members):
            member.set_shard(max(0, -((place - first) // count)), -((place - total) // count))

    def forward(self, inputs: Tensor, lengths: Tensor | None = None) -> Output:
        """Run a batch (B, T, K, C) with true lengths (B,); outside training all members answer for each row."""
        if self.training:
            return self._each_its_rows(inputs, lengths)
        said = [member(inputs, lengths) for member in self.members]
        alpha, beta, scores = pooled(
            torch.stack([one.alpha for one in said]),
            torch.stack([one.beta for one in said]),
            torch.stack([one.frame_scores for one in said]),
        )
        return Output.of_frames(alpha, beta, scores, lengths=lengths, spec=self.spec)

    def _each_its_rows(self, inputs: Tensor, lengths: Tensor | None) -> Output:
        """Each row to its member; one that has none is left out.

        Of processes that share a batch each must have a row of every member, else they drop and sum unlike things:
        see `core.training.distributed.check_batches`.
        """
        count = self.spec.members
        order, parts = [], []
        for place, member in enumerate(self.members):
            rows = torch.arange((place - self._first) % count, len(inputs), count, device=inputs.device)
            if len(rows):
                order.append(rows)
                parts.append(member(inputs[rows], None if lengths is None else lengths[rows]))
        back = torch.cat(order).argsort()  # to the order of the batch
        logits, alpha, beta, scores = (
            torch.cat(tensors)[back] for tensors in zip(*(p[:4] for p in parts), strict=True)
        )
        return Output(logits, alpha, beta, scores, self.spec.normalised, self.spec.kept)


Network: TypeAlias = STALSTM | Committee


def make_network(spec: NetworkSpec) -> Network:
    """A network of that many members, with fresh weights."""
    return STALSTM(spec) if spec.members == 1 else Committee(spec)
