"""From a text to a clip: a video, a sequence file, or a recording of a library, all of it or one of its segments."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from core.errors import DataError
from core.explain.clip_part import between, only_person
from core.explain.film import Film, Tell, projected, watch
from core.library.library import Entry, Library
from core.paths import expanded, is_file
from core.pose.estimator import PoseEstimator
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence, load_sequence

FORMS: Final = "a video, a sequence file (.npz), LIBRARY#RECORDING or LIBRARY#RECORDING/SEGMENT"
SEQUENCE_SUFFIX: Final = ".npz"
_NAMED: Final = 5  # recordings or segments that a message names


class ClipKind(StrEnum):
    """What a text can mean."""

    VIDEO = "video"
    SEQUENCE = "sequence"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipChoice:
    """What is to be explained."""

    kind: ClipKind
    path: Path  # the file, or the folder of the library
    recording: str = ""
    segment: str = ""  # its number, from 1, or its action; "": the whole recording

    @property
    def name(self) -> str:
        """For people."""
        parts = [self.recording, self.segment] if self.kind is ClipKind.RECORDING else [self.path.name]
        return "/".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """Joints, and the film that they were seen in."""

    name: str
    sequence: SkeletonSequence
    film: Film | None = None
    origin_s: float = 0.0  # the time of the sequence that people count from

    def part(self, start_s: float, end_s: float) -> "Clip":
        """The part between two times from its beginning. Raises DataError where it holds no frame."""
        sequence = between(self.sequence, start_s, end_s, origin_s=self.origin_s)
        return replace(self, sequence=sequence, origin_s=self.origin_s + max(start_s, 0.0))

    def of(self, person: int) -> "Clip":
        """The same with one person, counted from 1. Raises DataError where there are fewer."""
        film = None if self.film is None else self.film.only(person)
        return replace(self, sequence=only_person(self.sequence, person), film=film)


def clip_choice(text: str) -> ClipChoice:
    """What a text means; an existing file wins. Raises DataError where it means nothing that is there."""
    path = expanded(text)
    if is_file(path):
        kind = ClipKind.SEQUENCE if path.suffix.lower() == SEQUENCE_SUFFIX else ClipKind.VIDEO
        return ClipChoice(kind=kind, path=path)
    choice = recording_choice(text)
    if choice is None:
        raise DataError(f"There is no file '{text[:200]}': give {FORMS}.")
    return choice


def recording_choice(text: str) -> ClipChoice | None:
    """The recording or segment that a text names, whether it is there or not; None where it names none."""
    library, _, place = text.rpartition("#")
    recording, slash, segment = place.partition("/")
    if not library or not recording or (slash and not segment):
        return None
    return ClipChoice(kind=ClipKind.RECORDING, path=expanded(library), recording=recording, segment=segment)


def recording_name(library: Path, recording: str, *, segment: int | None = None) -> str:
    """How `recording_choice` is told of it; segments are counted from 1."""
    return f"{library}#{recording}" + (f"/{segment}" if segment is not None else "")


def load_clip(
    choice: ClipChoice,
    *,
    persons: int,
    make_estimator: Callable[[], PoseEstimator],
    with_film: bool = False,
    tell: Tell = lambda done, total: None,
) -> Clip:
    """The joints of a clip; those of a video are found first.

    Args:
        choice: which clip.
        persons: how many are looked for in a video.
        make_estimator: what finds them there; not called for anything else.
        with_film: whether pictures will be drawn on.
        tell: told how many pictures of a video were watched.

    Raises:
        DataError: it cannot be read, or nobody is in it.
        SourceError: its film cannot be read.
    """
    match choice.kind:
        case ClipKind.SEQUENCE:
            sequence = load_sequence(choice.path)
            return Clip(name=choice.name, sequence=sequence, origin_s=float(sequence.times_s[0]))
        case ClipKind.VIDEO:
            try:
                sequence, film = watch(choice.path, make_estimator(), persons=persons, tell=tell)
            except DataError as error:
                raise DataError(f"{choice.path}: {error} There is nothing to explain; choose another clip.") from error
            return Clip(name=choice.name, sequence=sequence, film=film)
        case ClipKind.RECORDING:
            return _recording(choice, with_film=with_film)


def _recording(choice: ClipChoice, *, with_film: bool) -> Clip:
    library = Library.for_reading(choice.path)
    names = library.names()
    if choice.recording not in names:
        raise DataError(f"{choice.path} has no recording '{choice.recording[:80]}'; it has {_some(names)}.")
    entry = library.entry(choice.recording)
    sequence = entry.joints()
    if sequence is None:
        raise DataError(f"Nobody was found in the recording {entry.name}, so that there is nothing to explain.")
    film = projected(entry.film, sequence) if with_film and entry.film is not None else None
    clip = Clip(name=choice.name, sequence=sequence, film=film)
    if not choice.segment:
        return clip
    segment = _segment(entry, choice.segment)
    return clip.part(segment.start_s, segment.end_s)


def _segment(entry: Entry, text: str) -> Segment:
    """A segment by its number or its action; of several with that action the first."""
    if text.isdecimal() and 1 <= int(text) <= len(entry.segments):
        return entry.segments[int(text) - 1]
    found = [segment for segment in entry.segments if segment.action.casefold() == text.casefold()]
    if not found:
        there = [f"{number} ({segment.action})" for number, segment in enumerate(entry.segments, start=1)]
        raise DataError(f"The recording {entry.name} has no segment '{text[:80]}'; it has {_some(there)}.")
    return found[0]


def _some(names: list[str]) -> str:
    """A few of the names, for a message."""
    if not names:
        return "none"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
