"""What a training on own recordings tells while it goes, beside what every training tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from core.training.events import TrainingEvent
from core.training.own_report import LearningPoint, OwnReport


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundStarted:
    """A training begins; with a learning curve there are several, the last one on all takes."""

    number: int  # from 1
    of: int
    takes: int  # of the action that has the most
    clips: int
    resumed_epoch: int  # after which it goes on; 0: it begins


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProgress:
    """How far all rounds together are: after each epoch."""

    share: float  # 0..1
    left_s: float | None  # None: it cannot be said yet


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDone:
    """A round has been trained and tested."""

    number: int
    of: int
    point: LearningPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnResult:
    """What has been written."""

    folder: Path
    report: OwnReport  # as `read_report` reads it again
    metrics: Mapping[str, Any]  # what metrics.json holds


OwnEvent: TypeAlias = RoundStarted | TrainingEvent | OwnProgress | RoundDone | OwnResult
