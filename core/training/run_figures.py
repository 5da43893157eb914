"""What runs gave: the figures of one, and of all splits with all seeds together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from core.training.evaluate import Evaluation

Key: TypeAlias = tuple[str, int]  # split, seed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """What one run gave on the test part of its split, with its last weights. Kept as JSON."""

    split: str
    seed: int
    n: int
    accuracy: float
    macro_f1: float
    ece: float
    best_epoch_accuracy: float  # the highest that was seen: chosen on the test part, only to compare with literature
    confusion: list[list[int]]
    stages: dict[str, float] = field(default_factory=dict)  # accuracy after each stage
    pixels: dict[str, float] | None = None  # figures of the same test part through pixels
    parameters: int = 0
    elapsed_s: float = 0.0
    schema_version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Runs of all splits with all seeds."""

    runs: tuple[RunFigures, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds."""
        return tuple(sorted({run.seed for run in self.runs}))

    def by_seed(self, figure: str = "accuracy") -> list[float]:
        """A figure for each seed: the mean over the splits."""
        return [float(np.mean([getattr(run, figure) for run in self.runs if run.seed == s])) for s in self.seeds]

    def mean(self, figure: str = "accuracy") -> float:
        """Mean over the seeds of the mean over the splits."""
        return float(np.mean(self.by_seed(figure)))

    def std(self, figure: str = "accuracy") -> float | None:
        """Standard deviation over the seeds; None of one seed."""
        values = self.by_seed(figure)
        return float(np.std(values, ddof=1)) if len(values) > 1 else None


def figures_of_run(
    tests: Sequence[Evaluation],
    *,
    key: Key,
    parameters: int,
    elapsed_s: float,
    best: float = 0.0,
    stages: Mapping[str, float] | None = None,
) -> RunFigures:
    """Figures of a run; `tests` holds the test part, and the same through pixels where that was wanted.

    `best` is the highest accuracy that was seen on the way and `stages` that after each stage, where somebody looked.
    """
    last = tests[0]
    return RunFigures(
        split=key[0],
        seed=key[1],
        n=last.n,
        accuracy=last.accuracy,
        macro_f1=last.macro_f1,
        ece=last.ece,
        best_epoch_accuracy=max(best, last.accuracy),
        confusion=last.confusion.tolist(),
        stages=dict(stages or {}),
        pixels={name: float(value) for name, value in tests[1].figures().items()} if len(tests) > 1 else None,
        parameters=parameters,
        elapsed_s=elapsed_s,
    )
