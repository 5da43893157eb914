"""What a training run tells while it goes: consumed by the command line and by the window alike."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The run begins, or goes on."""

    samples: int
    step: int  # done already
    steps: int
    parameters: int
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochDone:
    """An epoch is over. Losses are means over its steps."""

    stage: str
    epoch: int  # from 1, over all stages
    step: int
    steps: int
    loss: float
    cross_entropy: float
    joint: float
    frame: float
    weight: float
    accuracy: float  # of the training batches, as they were augmented
    rate: float  # the learning rate as the epoch ended
    elapsed_s: float
    held_out_accuracy: float | None = None  # of the part that is held out, where one is


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDone:
    """All steps of a stage are done."""

    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """All steps are done; the network holds the last weights."""

    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something beside the training went wrong; the training goes on."""

    message: str


TrainingEvent: TypeAlias = RunStarted | EpochDone | StageDone | RunFinished | Warned
Events: TypeAlias = Generator[TrainingEvent, None, None]  # closing it cancels the run
