"""A lecture's programme: views that are stepped through, and the file that holds them. Pure: no Qt.

A clip is named as the command line does it: `LIBRARY#RECORDING` or `LIBRARY#RECORDING/SEGMENT` (from 1). A file holds
the library as it was given; where it is not there any more, the step says so when it comes.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from core.documents import check_target, read_document, write_document
from core.errors import DataError
from core.explain.clip_choice import ClipChoice, recording_choice
from core.explain.heat import Palette

SCHEMA_VERSION: Final = 1
SUFFIX: Final = ".lecture.json"
MOST_STEPS: Final = 1000
LONGEST_TEXT: Final = 4000
FORM: Final = "LIBRARY#RECORDING or LIBRARY#RECORDING/SEGMENT"


class RangeChoice(StrEnum):
    """What the range of the colours is that of."""

    FIXED = "fixed"
    CLIP = "of this clip"
    FRAME = "of each frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One view. Raises DataError where it is none."""

    clip: str  # "LIBRARY#RECORDING[/SEGMENT]"
    time_s: float = 0.0
    model: str = ""  # name or folder; "": the one in use
    title: str = ""
    palette: Palette = Palette.INFERNO
    range: RangeChoice = RangeChoice.FIXED
    has_heat: bool = True
    has_trails: bool = False
    stretch_s: tuple[float, float] | None = None  # whose mean is on the body
    compares_with: str = ""  # another model, "no attention", or ""

    def __post_init__(self) -> None:
        texts = (self.clip, self.model, self.title, self.compares_with)
        if max(map(len, texts)) > LONGEST_TEXT:
            raise DataError("a step of the programme says too much")
        if self.choice.segment and not self.choice.segment.isdecimal():
            raise DataError(f"a step of the programme names the segment '{self.choice.segment[:80]}': give its number")
        times_s = (self.time_s, *(self.stretch_s or ()))
        if not all(0 <= time_s <= 24 * 3600 for time_s in times_s):
            raise DataError(f"a step of the programme is at {self.time_s:g} s")
        if self.stretch_s is not None and self.stretch_s[0] >= self.stretch_s[1]:
            raise DataError("a stretch of the programme ends before it begins")

    @property
    def choice(self) -> ClipChoice:
        """What its clip's name means; the segment is a number, or "" for all of the recording."""
        choice = recording_choice(self.clip)
        if choice is None:
            raise DataError(f"a step of the programme names no clip: '{self.clip[:80]}' is no {FORM}")
        return choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """The steps in order, and which of them is shown; each method gives the next state."""

    steps: tuple[Step, ...] = ()
    place: int = -1  # -1: none yet
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        if len(self.steps) > MOST_STEPS:
            raise DataError(f"a programme has more than {MOST_STEPS} steps")

    @property
    def step(self) -> Step | None:
        """The one that is shown."""
        return self.steps[self.place] if 0 <= self.place < len(self.steps) else None

    def went(self, place: int) -> "Programme":
        """Another step is shown."""
        return replace(self, place=min(max(0, place), len(self.steps) - 1))

    def with_step(self, step: Step) -> "Programme":
        """One more, behind the one that is shown."""
        place = self.place + 1 if self.step is not None else len(self.steps)
        return replace(self, steps=(*self.steps[:place], step, *self.steps[place:]), place=place)

    def without(self, place: int) -> "Programme":
        """One less."""
        if not 0 <= place < len(self.steps):
            return self
        steps = (*self.steps[:place], *self.steps[place + 1 :])
        shown = self.place - 1 if place < self.place else min(self.place, len(steps) - 1)
        return replace(self, steps=steps, place=shown)

    def with_moved(self, place: int, by: int) -> "Programme":
        """A step at another place; the one that is shown stays the one that is shown."""
        if not (0 <= place < len(self.steps) and 0 <= place + by < len(self.steps)):
            return self
        order = list(range(len(self.steps)))
        order.insert(place + by, order.pop(place))
        shown = order.index(self.place) if self.step is not None else self.place
        return replace(self, steps=tuple(self.steps[old] for old in order), place=shown)


def load_programme(path: Path) -> Programme:
    """Read a programme. Raises DataError with file, field and value."""
    return replace(read_document(path, Programme, schema_version=SCHEMA_VERSION), place=-1)


def save_programme(path: Path, programme: Programme) -> None:
    """Write a programme, but never over what is a library's own. Raises OutputError."""
    check_target(path)
    write_document(path, programme)
