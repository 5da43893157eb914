"""The training loop: a generator of events. Whoever stops asking for the next one cancels the run."""

import math
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.datasets.augment import augment, hide_joints
from core.errors import ModelError
from core.model.committee import Network, make_network
from core.model.device import device_text
from core.model.folder import load_model
from core.model.loss import loss_terms
from core.skeleton.features import frame_features, without_unseen
from core.training.events import EpochDone, Events, RunFinished, RunStarted, StageDone
from core.training.recipes import Gate, Recipe, Schedule, Stage
from core.training.start import begin_with
from core.training.tensors import SampleTensors

_WARM_UP = 0.15  # of a one-cycle stage
_PLATEAU_FACTOR = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Which part of each global batch this process computes: part `rank` of `world`."""

    rank: int = 0
    world: int = 1

    def rows(self, batch: int) -> slice:
        """Rows of a global batch of that size."""
        return slice(self.rank * batch // self.world, (self.rank + 1) * batch // self.world)


def build_network(recipe: Recipe, *, classes: int, seed: int) -> Network:
    """A network for a recipe, fresh or with the weights of the model that it starts from.

    The seed decides the first weights of what is fresh. Raises ModelError where that model is not there or does not
    fit: see `begin_with`.
    """
    torch.manual_seed(seed)
    network = make_network(recipe.network(classes=classes))
    if recipe.start:
        begin_with(network, load_model(recipe.start, device="cpu"), features=recipe.features)
    return network


class TrainingRun:
    """A network in training: where it stands, and the way on. The last weights count.

    `stage` and `epoch` count what is done; between two events the state is whole and may be saved
    (`core.training.checkpoint`).
    """

    def __init__(
        self, network: Network, data: SampleTensors, recipe: Recipe, *, seed: int, shard: Shard | None = None
    ) -> None:
        self.network, self.data, self.recipe = network, data, recipe
        self.device = data.labels.device
        self.shard = shard or Shard()
        self.stage = 0  # the one that is next, or under way
        self.stage_epoch = 0  # epochs of it that are done
        self.epoch = 0  # epochs of all stages that are done
        self.elapsed_s = 0.0
        self.per_epoch = math.ceil(len(data) / recipe.batch)
        self.generator = torch.Generator(device=self.device).manual_seed(seed)  # order and augmentation
        torch.manual_seed(seed)  # dropout, and layers that are grown
        network.to(self.device)
        self.optimiser: torch.optim.Optimizer
        self.schedule: torch.optim.lr_scheduler.LRScheduler
        self.enter_stage()

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return sum(stage.total_steps(self.per_epoch) for stage in self.recipe.stages)

    @property
    def step(self) -> int:
        """Steps that are done."""
        before = sum(stage.total_steps(self.per_epoch) for stage in self.recipe.stages[: self.stage])
        return before + self._stage_steps_done()

    def _stage_steps_done(self) -> int:
        if self.stage == len(self.recipe.stages):
            return 0
        return min(self.stage_epoch * self.per_epoch, self.recipe.stages[self.stage].total_steps(self.per_epoch))

    def enter_stage(self) -> None:
        """Make network and optimiser ready for the stage that is next; nothing after the last one."""
        if self.stage == len(self.recipe.stages):
            return
        stage = self.recipe.stages[self.stage]
        if stage.renews_main:
            self.network.renew_main(stage.layers)
        self.network.grow(stage.layers)
        _switch_gates(self.network, stage)
        trained = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(trained, lr=stage.rate, weight_decay=self.recipe.weight_decay, fused=True)
        self.schedule = _schedule(self.optimiser, stage, steps=stage.total_steps(self.per_epoch))

    def lower_rate(self) -> None:
        """Go on at a tenth of the rate. Raises ValueError where the schedule would raise it again."""
        if self.recipe.stages[self.stage].schedule is not Schedule.PLATEAU:
            raise ValueError("only a rate that waits for plateaus can be lowered from outside")
        for group in self.optimiser.param_groups:
            group["lr"] *= _PLATEAU_FACTOR

    def events(self) -> Events:
        """Train on from where the run stands. Raises ModelError where the loss is not a finite number any more."""
        yield RunStarted(
            samples=len(self.data),
            step=self.step,
            steps=self.steps,
            parameters=sum(parameter.numel() for parameter in self.network.parameters()),
            device=device_text(self.device),
        )
        while self.stage < len(self.recipe.stages):
            stage = self.recipe.stages[self.stage]
            while self._stage_steps_done() < stage.total_steps(self.per_epoch):
                yield self._epoch(stage)
            self.stage, self.stage_epoch = self.stage + 1, 0
            yield StageDone(stage=stage.name)
            self.enter_stage()
        self.network.eval()
        yield RunFinished(elapsed_s=self.elapsed_s)

    def _epoch(self, stage: Stage) -> EpochDone:
        began_s = time.monotonic()
        self.network.train()
        batches = self._batches()[: stage.total_steps(self.per_epoch) - self._stage_steps_done()]
        means = torch.stack([self._step(chosen) for chosen in batches]).mean(dim=0)
        self.stage_epoch, self.epoch = self.stage_epoch + 1, self.epoch + 1
        loss, cross_entropy, joint, frame, weight, accuracy = all_reduce(means, self.shard).tolist()
        self.elapsed_s += time.monotonic() - began_s
        if not math.isfinite(loss):
            raise ModelError(
                f"The training failed in epoch {self.epoch}: its loss is not a finite number any more. Train with "
                "another seed, another preset or a lower rate."
            )
        return EpochDone(
            stage=stage.name,
            epoch=self.epoch,
            step=self.step,
            steps=self.steps,
            loss=loss,
            cross_entropy=cross_entropy,
            joint=joint,
            frame=frame,
            weight=weight,
            accuracy=accuracy,
            rate=self.optimiser.param_groups[0]["lr"],
            elapsed_s=self.elapsed_s,
        )

    def _batches(self) -> list[Tensor]:
        """All samples once for each member of the network, whose rows take turns in a batch: see `Committee`."""
        batches = zip(*(self._order().tensor_split(self.per_epoch) for _ in self.network.members), strict=True)
        together = [torch.stack(members, dim=1).flatten() for members in batches]
        mixed = torch.randperm(len(together), generator=self.generator, device=self.device).tolist()
        return [together[place] for place in mixed]

    def _order(self) -> Tensor:
        """The samples in random order; where clips are taken as they are, those of like length together.

        Like lengths within every few batches only, so that a batch stays a fair draw of the classes.
        """
        order = torch.randperm(len(self.data), generator=self.generator, device=self.device)
        if not self.recipe.takes_whole_clips:
            return order
        return torch.cat(
            [part[self.data.lengths[part].argsort()] for part in torch.split(order, 6 * self.recipe.batch)]
        )

    def _step(self, chosen: Tensor) -> Tensor:
        """One step on a global batch; returns this shard's part of the loss, its terms and the accuracy."""
        self.optimiser.zero_grad(set_to_none=True)
        rows = self.shard.rows(len(chosen))
        inputs, lengths, labels = prepare_batch(self.data, chosen, self.recipe, self.generator)
        self.network.set_shard(rows.start, len(chosen))
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.device.type == "cuda"):
            output = self.network(inputs[rows], lengths[rows])
        labels = labels[rows]
        terms = loss_terms(self.network, output, labels, lengths[rows], self.recipe.loss)
        share = len(labels) / len(chosen)
        (terms.total * share).backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        trained = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        sum_gradients(trained, self.shard)
        nn.utils.clip_grad_norm_(trained, self.recipe.clip_norm)
        self.optimiser.step()
        self.schedule.step()
        correct = (output.logits.argmax(dim=1) == labels).float().mean()
        return torch.stack([terms.total, *terms, correct]).detach().float() * share


def prepare_batch(
    data: SampleTensors, chosen: Tensor, recipe: Recipe, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Network input (B, T, K, C), true lengths (B,) and labels (B,) of the chosen samples, augmented on their device.

    Windows of a stream that show nothing yet or no more have another label than their samples, and so has what is
    another action in a mirror.
    """
    batch = data.batch(chosen)
    spec = recipe.augment
    if spec is None:
        inputs = frame_features(batch.positions_m, recipe.features)
        return without_unseen(inputs, batch.seen[:, None], recipe.features), batch.lengths, batch.labels
    window = round(recipe.window_s * recipe.features.rate_hz)
    batch = augment(
        batch, window=window, spec=spec, generator=generator, background=data.background, in_mirror=data.in_mirror
    )
    inputs = frame_features(batch.positions_m, recipe.features)[:, 1:]  # the frame in front only lent its position
    inputs = without_unseen(inputs, batch.seen[:, None], recipe.features)
    return hide_joints(inputs, share=spec.hidden_joints, generator=generator), batch.lengths, batch.labels


def _switch_gates(network: Network, stage: Stage) -> None:
    for member in network.members:
        member.use_spatial = member.spatial is not None and stage.spatial is not Gate.OFF
        member.use_temporal = member.temporal is not None and stage.temporal is not Gate.OFF
        for gate, state in [(member.spatial, stage.spatial), (member.temporal, stage.temporal)]:
            if gate is not None:
                gate.requires_grad_(state is Gate.TRAINED)
        member.main.requires_grad_(not stage.freezes_main)


def _schedule(optimiser: torch.optim.Optimizer, stage: Stage, *, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    if stage.schedule is not Schedule.ONE_CYCLE:
        return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, stage.rate, total_steps=steps, pct_start=_WARM_UP)


def sum_gradients(parameters: list[nn.Parameter], shard: Shard) -> None:
    """Sum the gradients over the processes in one message; nothing where there is only one."""
    if shard.world == 1:
        return
    gradients = [one.grad for one in parameters if one.grad is not None and one.requires_grad]  # not what is frozen
    flat = all_reduce(torch.cat([gradient.flatten() for gradient in gradients]), shard)
    parts = torch.split(flat, [gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def all_reduce(values: Tensor, shard: Shard) -> Tensor:
    """The sum of the values over all processes."""
    if shard.world > 1:
        torch.distributed.all_reduce(values)
    return values
