"""Data-parallel training: processes that `torchrun` started share each batch.

Every process draws the same global batch and augments it alike, computes its own rows and sums the gradients with the
others, so that any number of processes gives the weights that one alone would have given.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed

from core.errors import DataError, DeviceError
from core.model.device import choose_device
from core.training.loop import Shard, all_reduce
from core.training.recipes import Recipe
from core.training.torchrun import is_distributed

_PATIENCE = timedelta(hours=6)  # the first process may read a large data set while the others wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The processes that train together, and which of them this one is."""

    shard: Shard
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process prints and writes. One that is alone does."""
        return self.shard.rank == 0

    def mean(self, value: float) -> float:
        """The mean of a number over the processes, the same to the bit in each."""
        if self.shard.world == 1:
            return value
        return float(all_reduce(torch.tensor(value, dtype=torch.float64, device=self.device), self.shard)) / (
            self.shard.world
        )

    @contextmanager
    def one_first(self) -> Iterator[None]:
        """The first process runs the block, then all others: they find in the cache what it has put there."""
        if not self.leads:
            distributed.barrier()
        yield
        if self.leads and self.shard.world > 1:
            distributed.barrier()


@contextmanager
def joined_team(choice: str) -> Iterator[Team]:
    """The team of this process: those that `torchrun` started, or this one alone.

    `choice` is auto, cpu or cuda. Raises DeviceError where there are fewer GPUs than processes.
    """
    device = choose_device(choice)
    if not is_distributed():
        yield Team(shard=Shard(), device=device)
        return
    if device.type == "cuda":
        local = int(os.environ.get("LOCAL_RANK", "0"))
        if local >= torch.cuda.device_count():
            raise DeviceError(
                f"There are {torch.cuda.device_count()} GPUs for more processes than that: "
                "give torchrun a lower --nproc-per-node, or use --device cpu."
            )
        device = torch.device("cuda", local)
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        yield Team(shard=Shard(rank=distributed.get_rank(), world=distributed.get_world_size()), device=device)
    finally:
        distributed.destroy_process_group()


def check_batches(recipe: Recipe, *, samples: int, shard: Shard) -> None:
    """Raise DataError where a batch has fewer samples than there are processes.

    With as many, each process also has a sample for every member of a committee.
    """
    smallest = samples // -(-samples // recipe.batch)
    if smallest < shard.world:
        raise DataError(
            f"A batch has {smallest} clips for {shard.world} processes: give torchrun a lower --nproc-per-node."
        )
