"""The training loop: a generator of events. Whoever stops asking for the next one cancels the run."""

import math
import time
from collections.abc import Iterator

import torch
from torch import Tensor

from core.datasets.augment import augment
from core.model.device import device_text
from core.model.loss import LossTerms, loss_terms
from core.model.sta_lstm import STALSTM, NetworkSpec
from core.skeleton.features import frame_features
from core.training.events import EpochDone, RunFinished, RunStarted, TrainingEvent
from core.training.recipes import Recipe
from core.training.tensors import SampleTensors


def build_network(recipe: Recipe, *, classes: int, seed: int) -> STALSTM:
    """A fresh network for a recipe; the seed decides its first weights."""
    torch.manual_seed(seed)
    return STALSTM(
        NetworkSpec(
            joints=len(recipe.features.joints),
            channels=recipe.features.channels,
            classes=classes,
            hidden=recipe.hidden,
            layers=recipe.layers,
            gate_hidden=recipe.gate_hidden,
            dropout=recipe.dropout,
        )
    )


def train(network: STALSTM, data: SampleTensors, recipe: Recipe, *, seed: int) -> Iterator[TrainingEvent]:
    """Train the network in place on the device of `data`. The last weights count: nothing is chosen on test data."""
    device = data.labels.device
    network.to(device).train()
    torch.manual_seed(seed)  # dropout
    generator = torch.Generator(device=device).manual_seed(seed)
    per_epoch = math.ceil(len(data) / recipe.batch)
    steps = recipe.epochs * per_epoch
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=recipe.rate, total_steps=steps, pct_start=0.15)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    yield RunStarted(samples=len(data), steps=steps, parameters=parameters, device=device_text(device))
    began = time.monotonic()
    for epoch in range(1, recipe.epochs + 1):
        order = torch.randperm(len(data), generator=generator, device=device)
        rows = []
        for chosen in order.tensor_split(per_epoch):
            optimiser.zero_grad(set_to_none=True)
            terms, correct = _batch_loss(network, data, chosen, recipe, generator)
            terms.total.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
            optimiser.step()
            schedule.step()
            rows.append(torch.stack([terms.total, *terms, correct]).detach())
        means = torch.stack(rows).mean(dim=0).tolist()
        yield EpochDone(
            epoch=epoch,
            step=epoch * per_epoch,
            steps=steps,
            loss=means[0],
            cross_entropy=means[1],
            joint=means[2],
            frame=means[3],
            weight=means[4],
            accuracy=means[5],
            elapsed_s=time.monotonic() - began,
        )
    network.eval()
    yield RunFinished(elapsed_s=time.monotonic() - began)


def _batch_loss(
    network: STALSTM, data: SampleTensors, chosen: Tensor, recipe: Recipe, generator: torch.Generator
) -> tuple[LossTerms, Tensor]:
    positions, lengths = augment(
        data.positions_m[chosen],
        data.lengths[chosen],
        window=round(recipe.window_s * recipe.features.rate_hz),
        spec=recipe.augment,
        generator=generator,
    )
    inputs = frame_features(positions, recipe.features)[:, 1:]  # the frame in front only lent its position
    output = network(inputs, lengths)
    labels = data.labels[chosen]
    correct = (output.logits.argmax(dim=1) == labels).float().mean()
    return loss_terms(network, output, labels, lengths, recipe.loss), correct
