"""What a training on one's own recordings has to tell: read back from a model folder, and looked at from each side.

It lies in `metrics.json` beside the figures that every model has. The file may come from anywhere, so all of it is
checked before it is used.
"""

import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.documents import read_json, validated
from core.errors import DataError
from core.library.names import checked_id
from core.library.records import LONGEST_S, MOST_NAMES, check_name
from core.model.folder import METRICS

_MOST_ROUNDS: Final = 20
_MOST_CLIPS: Final = 10**9  # of a count
_MOST_SENTENCES: Final = 1000
_LONGEST_SENTENCE: Final = 20_000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClip:
    """A clip of the test part, where it lies in the library, and what the model says of it. Raises DataError."""

    clip: str  # "<recording>@<start>"
    recording: str
    start_s: float
    end_s: float
    person: str
    action: str  # the true one
    said: str
    confidence: float  # probability of what was said
    probability_of_truth: float

    def __post_init__(self) -> None:
        checked_id(self.recording)
        check_name(self.person, what="a person")
        if not 0 <= self.start_s < self.end_s <= LONGEST_S:
            raise DataError(f"a clip goes from {self.start_s:g} s to {self.end_s:g} s")
        _check_shares("a probability", (self.confidence, self.probability_of_truth))

    @property
    def is_right(self) -> bool:
        """Whether it was named rightly."""
        return self.action == self.said


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningPoint:
    """How well the same test part is named after learning from so many takes of each action."""

    takes: dict[str, int]
    accuracy: float
    macro_f1: float
    f1: dict[str, float]  # of the actions that are tested

    def __post_init__(self) -> None:
        _check_counts(self.takes.values())
        _check_shares("a figure of the learning curve", (self.accuracy, self.macro_f1, *self.f1.values()))

    @property
    def clips(self) -> int:
        """How many clips it was learnt from."""
        return sum(self.takes.values())

    @property
    def most_takes(self) -> int:
        """Takes of the action that has the most."""
        return max(self.takes.values(), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReport:
    """All of it. Fractions are 0..1. Raises DataError where the parts do not fit each other."""

    actions: tuple[str, ...]
    persons: tuple[str, ...]
    split: str  # in words
    trained_clips: dict[str, int]  # of each action
    accuracy: float
    macro_f1: float  # of the actions that are tested
    f1: dict[str, float]  # 0 for an action that is not tested: see `f1_of`
    confusion: tuple[tuple[int, ...], ...]  # clips; rows are the true actions, columns what was said
    seconds: float
    clips: tuple[JudgedClip, ...]  # the worst first
    clips_omitted: int = 0  # the best ones, where there are too many for the file
    learning_curve: tuple[LearningPoint, ...] = ()  # from few takes to all of them
    warnings: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known, count = set(self.actions), len(self.actions)
        for what, names in (("an action", self.actions), ("a person", self.persons)):
            if len(names) > MOST_NAMES or len(set(names)) < len(names):
                raise DataError(f"the names of {what} are too many, or one is there twice")
            for name in names:
                check_name(name, what=what)
        if len(self.confusion) != count or any(len(row) != count for row in self.confusion):
            raise DataError(f"the confusion matrix is not one of {count} actions")
        _check_counts((*itertools.chain(*self.confusion), *self.trained_clips.values(), self.clips_omitted))
        said = [{clip.action, clip.said} for clip in self.clips]
        rounds = [{*point.takes, *point.f1} for point in self.learning_curve]
        if set(self.f1) != known or set(self.trained_clips) != known or not set().union(*said, *rounds) <= known:
            raise DataError("it speaks of actions that the model does not have")
        _check_shares("a figure", (self.accuracy, self.macro_f1, *self.f1.values()))
        if not (math.isfinite(self.seconds) and len(self.learning_curve) <= _MOST_ROUNDS):
            raise DataError("seconds or learning_curve is out of range")
        sentences = (self.split, *self.warnings, *self.advice)
        if len(sentences) > _MOST_SENTENCES or max(map(len, sentences)) > _LONGEST_SENTENCE:
            raise DataError("it says too much")

    @property
    def tested_clips(self) -> dict[str, int]:
        """How many clips of each action were tested."""
        return {action: sum(row) for action, row in zip(self.actions, self.confusion, strict=True)}


def read_report(folder: Path) -> OwnReport | None:
    """The report in a model folder; None where the model was not trained on a library.

    Raises DataError for a file that is damaged or too large.
    """
    path = folder / METRICS
    if not path.is_file():
        return None
    text, data = read_json(path)
    if not isinstance(data, dict) or "clips" not in data:
        return None
    return validated(path, text, OwnReport)


def report_of(metrics: Mapping[str, Any], folder: Path) -> OwnReport:
    """The report in what has just been written to a folder's `metrics.json`."""
    return validated(folder / METRICS, json.dumps(metrics), OwnReport)


# --- looking at it ---


def cell(report: OwnReport, action: str, said: str) -> tuple[JudgedClip, ...]:
    """The clips behind a cell of the confusion matrix, the worst first."""
    return tuple(clip for clip in worst_first(report.clips) if (clip.action, clip.said) == (action, said))


def worst_first(clips: Iterable[JudgedClip]) -> tuple[JudgedClip, ...]:
    """Clips that were named wrongly, the least probable truth first, then the others by the same."""
    return tuple(sorted(clips, key=lambda clip: (clip.is_right, clip.probability_of_truth, clip.clip)))


def f1_of(report: OwnReport) -> dict[str, float | None]:
    """F1 of each action; None for one that is not tested."""
    tested = report.tested_clips
    return {action: report.f1[action] if tested[action] else None for action in report.actions}


def within_bytes(rows: Sequence[Mapping[str, Any]], *, most: int) -> list[Mapping[str, Any]]:
    """The first rows, as many as take no more than so many bytes as JSON."""
    taken, kept = 0, []
    for row in rows:
        taken += len(json.dumps(row, indent=2, ensure_ascii=False).encode()) + 64  # and its indentation in a file
        if taken > most:
            break
        kept.append(row)
    return kept


def _check_counts(values: Iterable[int]) -> None:
    if not all(0 <= value <= _MOST_CLIPS for value in values):
        raise DataError(f"a count lies outside 0 to {_MOST_CLIPS}")


def _check_shares(what: str, values: Iterable[float]) -> None:
    if not all(0 <= value <= 1 for value in values):
        raise DataError(f"{what} lies outside 0 to 1")
