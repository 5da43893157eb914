"""How fast training is: against the step-by-step network, and the wall time of whole trainings.

Everything runs on made-up data of the size of public data sets. A ratio comes from runs taken in turn, so that what
else the machine does falls on both sides alike.
"""

import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from core.bench.report import Row, Tell
from core.bench.stepwise import StepwiseSTALSTM, stepwise_like
from core.bench.synthetic import NTU_ACTIONS, SyntheticSource, ntu_like, ntu_like_sample, sbu_like
from core.model.loss import loss_terms
from core.model.sta_lstm import STALSTM, NetworkSpec
from core.training.events import EpochDone
from core.training.loop import TrainingRun, build_network
from core.training.presets import BEST, PAPER
from core.training.recipes import Recipe
from core.training.repeats import repeat
from core.training.run_figures import Repeats, RunFigures

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
NO_CUDA: Final = (
    "not measured: this machine has no CUDA device that torch can use; on one that has: "
    "jointlight bench train --device cuda --json"
)
# The published size of the network, for one person of NTU RGB+D.
_NETWORK: Final = NetworkSpec(joints=25, channels=3, classes=60, hidden=100, layers=3, gate_hidden=100)
_JOBS = 2  # processes of the SBU row, for which the target is set
_FULL_SHARE, _SHORT_SHARE = 1.0, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured. The defaults are what the rows' names say; tests take less."""

    network: NetworkSpec = _NETWORK
    frames: int = 100
    small_batch: int = 8
    large_batch: int = 256
    least_rounds: int = 5  # of one run of each network
    most_rounds: int = 31
    round_budget_s: float = 60.0  # no new round after that
    sbu_sequences: int = 282
    sbu_share: float = _SHORT_SHARE  # of the steps of every stage
    ntu_sequences: int = 40_320
    ntu_epochs: int = 4  # the first is not counted

    def full(self) -> "Sizes":
        """The same with the whole SBU training."""
        return replace(self, sbu_share=_FULL_SHARE)


def train_rows(sizes: Sizes, *, cpu: bool, cuda: bool, tell: Tell) -> Iterator[Row]:
    """Measure one row after the other: those that run on the CPU, those that need CUDA, or both."""
    if cpu:
        yield _ratio_row(sizes, CPU, batch=sizes.small_batch, at_least=4.0, aim=5.6, tell=tell)
        yield _ratio_row(sizes, CPU, batch=sizes.large_batch, at_least=1.6, aim=1.7, tell=tell)
    if cuda:
        yield _ratio_row(sizes, CUDA, batch=sizes.large_batch, at_least=20.0, aim=None, tell=tell)
    if cpu:
        yield _sbu_row(sizes, tell)
    if cuda:
        yield _ntu_row(sizes, CUDA, tell)


# --- against the step-by-step network ---


def _ratio_row(
    sizes: Sizes, device: torch.device, *, batch: int, at_least: float, aim: float | None, tell: Tell
) -> Row:
    name = f"forward and backward against step by step, {device.type.upper()}, batch {batch}"
    spec = sizes.network
    protocol = (
        f"T = {sizes.frames}, K = {spec.joints}, C = {spec.channels}, {spec.layers} x {spec.hidden} units, "
        f"{spec.classes} classes, float32; network, loss and gradients, without the optimiser's step; the other side "
        "is core/bench/stepwise.py: same equations, weights and batch, torch.nn.LSTMCell in a loop over the frames"
    )
    row = Row(name=name, value=None, unit="times", at_least=at_least, aim=aim, protocol=protocol)
    if not is_there(device):
        return replace(row, protocol=f"{NO_CUDA}; {protocol}")
    ratios = _ratios(sizes, device, batch=batch, tell=lambda share: tell(name, share))
    low, middle, high = statistics.quantiles(ratios, n=4)
    protocol += (
        f"; median of {len(ratios)} pairs of runs taken in turn (quartiles {low:.2f} and {high:.2f}), "
        f"{torch.get_num_threads()} threads"
    )
    return replace(row, value=middle, protocol=protocol)


def _ratios(sizes: Sizes, device: torch.device, *, batch: int, tell: Callable[[float], None]) -> list[float]:
    """Time of the step-by-step network over time of ours, for each pair of runs."""
    spec = sizes.network
    torch.manual_seed(0)
    network = STALSTM(spec).to(device).train()
    plain = stepwise_like(network)
    inputs = torch.randn(batch, sizes.frames, spec.joints, spec.channels, device=device)
    labels = torch.randint(spec.classes, (batch,), device=device)
    for either in (network, plain):
        _timed_pass(either, inputs, labels)  # warm
    ratios: list[float] = []
    began_s = time.monotonic()
    while len(ratios) < sizes.most_rounds:
        spent_s = time.monotonic() - began_s
        if len(ratios) >= sizes.least_rounds and spent_s >= sizes.round_budget_s:
            break
        ours_s = _timed_pass(network, inputs, labels)
        ratios.append(_timed_pass(plain, inputs, labels) / ours_s)
        tell(max(len(ratios) / sizes.most_rounds, min(spent_s / sizes.round_budget_s, 0.99)))
    return ratios


def _timed_pass(network: STALSTM | StepwiseSTALSTM, inputs: Tensor, labels: Tensor) -> float:
    """Seconds of one forward and backward pass."""
    lengths = torch.full((len(inputs),), inputs.shape[1], device=inputs.device)
    network.zero_grad(set_to_none=True)
    _settle(inputs.device)
    began_s = time.perf_counter()
    total = loss_terms(network, network(inputs, lengths), labels, lengths, PAPER.loss).total
    total.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
    _settle(inputs.device)
    return time.perf_counter() - began_s


def _settle(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def is_there(device: torch.device) -> bool:
    """Whether this machine has the device."""
    return device.type != "cuda" or torch.cuda.is_available()


# --- whole trainings ---


def _sbu_row(sizes: Sizes, tell: Tell) -> Row:
    """Wall time of the cross-validation that `jointlight train --folds all` does with the preset `paper`."""
    name = "SBU, preset paper, 5 folds"
    dataset = sbu_like(sizes.sbu_sequences)
    recipe = PAPER.adapted_to(dataset)
    splits = [split.name for split in dataset.splits]
    per_epoch = math.ceil(len(dataset.samples) * (1 - 1 / len(splits)) / recipe.batch)
    short = recipe if sizes.sbu_share == _FULL_SHARE else shortened(recipe, sizes.sbu_share, per_epoch=per_epoch)
    steps, short_steps = total_steps(recipe, per_epoch), total_steps(short, per_epoch)
    jobs = min(_JOBS, os.cpu_count() or 1)
    source = SyntheticSource(name="synthetic", folder=Path(), sequences=sizes.sbu_sequences)
    began_s = time.monotonic()
    runs = _runs(source, short, splits=splits, jobs=jobs, tell=lambda share: tell(name, share))
    wall_s = time.monotonic() - began_s
    training_s = spread_over([run.elapsed_s for run in runs], jobs=jobs)
    protocol = (
        f"{len(dataset.samples)} synthetic sequences of two persons with 15 joints, 10 to 46 frames; 5 folds with one "
        f"seed in {jobs} processes of one thread, from the start of the processes to the last test; all {steps} steps "
        "of each fold"
    )
    if short_steps < steps:
        protocol += (
            f", scaled up from {short_steps} of them, the same share of every stage: the time spent in steps is "
            "multiplied, start and tests are not; --full runs every step"
        )
    value = (wall_s + (steps / short_steps - 1) * training_s) / 60
    return Row(name=name, value=value, unit="minutes", higher_is_better=False, at_least=15.0, protocol=protocol)


def _runs(
    source: SyntheticSource, recipe: Recipe, *, splits: Sequence[str], jobs: int, tell: Callable[[float], None]
) -> tuple[RunFigures, ...]:
    """Train and test all splits as `jointlight train` does, and keep nothing."""
    with tempfile.TemporaryDirectory() as place:
        for item in repeat(source, recipe, splits=splits, seeds=[0], jobs=jobs, device="cpu", place=Path(place)):
            if isinstance(item, Repeats):
                return item.runs
            tell(item.share)
    raise AssertionError("repeated runs end with their figures")


def shortened(recipe: Recipe, share: float, *, per_epoch: int) -> Recipe:
    """The recipe with that share of the steps of every stage."""
    stages = tuple(
        replace(stage, epochs=0, steps=max(1, round(share * stage.total_steps(per_epoch)))) for stage in recipe.stages
    )
    return replace(recipe, stages=stages)


def total_steps(recipe: Recipe, per_epoch: int) -> int:
    """Steps of all stages."""
    return sum(stage.total_steps(per_epoch) for stage in recipe.stages)


def spread_over(times_s: Sequence[float], *, jobs: int) -> float:
    """When the last of so many workers is done, where each takes the next run as soon as it is free."""
    free_s = [0.0] * jobs
    for time_s in times_s:
        first = free_s.index(min(free_s))
        free_s[first] += time_s
    return max(free_s)


def _ntu_row(sizes: Sizes, device: torch.device, tell: Tell) -> Row:
    name = "one epoch of NTU-60's size, CUDA"
    recipe = replace(BEST.adapted_to(ntu_like_sample(sizes.frames)), batch=sizes.large_batch, members=1)
    protocol = (
        f"{sizes.ntu_sequences} synthetic sequences of {sizes.frames} frames, one person of {recipe.features.rows} "
        f"joints, on the device; preset best with batch {sizes.large_batch} and one network (clips are many), with "
        "augmentation, features, loss, gradients and optimiser, bfloat16 autocast; "
        f"median of {sizes.ntu_epochs - 1} epochs after the first"
    )
    row = Row(name=name, value=None, unit="s", higher_is_better=False, at_least=1.0, protocol=protocol)
    if not is_there(device):
        return replace(row, protocol=f"{NO_CUDA}; {protocol}")
    return replace(row, value=epoch_s(recipe, sizes, device, tell=lambda share: tell(name, share)))


def epoch_s(recipe: Recipe, sizes: Sizes, device: torch.device, *, tell: Callable[[float], None]) -> float:
    """Median seconds of an epoch of the recipe's last stage on data of NTU's size, the first epoch left out."""
    recipe = replace(recipe, stages=(replace(recipe.stages[-1], steps=0, epochs=sizes.ntu_epochs),))
    data = ntu_like(sizes.ntu_sequences, frames=sizes.frames, device=device)
    run = TrainingRun(build_network(recipe, classes=NTU_ACTIONS, seed=0), data, recipe, seed=0)
    ends_s = []
    for event in run.events():
        if isinstance(event, EpochDone):
            ends_s.append(event.elapsed_s)
            tell(event.step / event.steps)
    return statistics.median(end - start for start, end in pairwise(ends_s))
