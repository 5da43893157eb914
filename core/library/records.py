"""What the JSON files of a library hold. Everything is checked when it is made, whoever wrote the file.

library.json                              LibraryDocument: actions and persons
recordings/<id>/recording.json            RecordingDocument: who, when, from what
recordings/<id>/segments.json             SegmentsDocument: what was labelled
recordings/<id>/video.mkv, poses.npz      the film and its joints
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.errors import DataError
from core.skeleton.segment import Segment

SCHEMA_VERSION: Final = 1
LONGEST_NAME: Final = 200  # characters of an action or a person
LONGEST_S: Final = 24 * 3600.0
MOST_SEGMENTS: Final = 100_000
MOST_FRAMES: Final = 100_000_000  # more than a day at a thousand a second
MOST_PIXELS_A_SIDE: Final = 2**16
MOST_NAMES: Final = 10_000  # of actions, of persons


class State(StrEnum):
    """RECORDING is written when a recording begins; who finds it later knows that the end is missing."""

    RECORDING = "recording"
    DONE = "done"
    REPAIRED = "repaired"  # the program or the machine went down, and what was there was put in order


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEntry:
    """An action of the library."""

    name: str
    in_mirror: str = ""  # its own name, or another action's; "": it is never mirrored. See `with_mirror`

    def __post_init__(self) -> None:
        check_name(self.name, what="an action")


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryDocument:
    """`library.json`."""

    actions: tuple[ActionEntry, ...] = ()
    persons: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        names = [action.name for action in self.actions]
        if max(len(names), len(self.persons)) > MOST_NAMES:
            raise DataError(f"more than {MOST_NAMES} actions or persons")
        for what, values in (("an action", names), ("a person", self.persons)):
            for value in values:
                check_name(value, what=what)
            if len({value.casefold() for value in values}) < len(values):
                raise DataError(f"{what} is listed twice")
        in_mirror = {action.name: action.in_mirror for action in self.actions}
        for action, becomes in in_mirror.items():
            if becomes and becomes not in in_mirror:
                raise DataError(f"the action '{action}' becomes '{becomes}' in a mirror, which is none")
            if becomes and in_mirror[becomes] != action:
                raise DataError(f"the action '{action}' becomes '{becomes}' in a mirror, but not the other way round")


def with_mirror(document: LibraryDocument, action: str, becomes: str) -> LibraryDocument:
    """The document in which an action is seen in a mirror as `becomes`: itself, another one, or "" for never.

    A mirror of a mirror is what was there before. So where "left" becomes "right", "right" becomes "left", and what
    either of them was in a mirror until now is never mirrored from here on.

    Raises DataError for an action that the library does not have.
    """
    known = {entry.name.casefold(): entry.name for entry in document.actions}
    for name in (action, *([becomes] if becomes else [])):
        if name.casefold() not in known:
            listed = ", ".join(known.values()) or "none"
            raise DataError(f"The library has no action '{name}'; it has: {listed}.")
    action, becomes = known[action.casefold()], known.get(becomes.casefold(), "")
    in_mirror = {entry.name: entry.in_mirror for entry in document.actions}
    for old in (in_mirror[action], in_mirror.get(becomes, "")):
        if old:
            in_mirror[old] = ""
    in_mirror[action] = becomes
    if becomes:
        in_mirror[becomes] = action
    return replace(document, actions=tuple(ActionEntry(name=name, in_mirror=seen) for name, seen in in_mirror.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingDocument:
    """`recording.json`."""

    person: str
    recorded_at: str  # ISO 8601 with the zone
    prompt: str = ""  # the action that was asked for; "": free
    is_hands_free: bool = False  # all of it shows the prompt's action, and gets that label once it has ended
    source: str = ""  # camera or file, in words
    video: str = ""  # name of the film in the folder; "": joints only
    width_px: int = 0
    height_px: int = 0
    rate_hz: float = 0.0  # nominal
    frames: int = 0  # of the film, or of the joints where there is none
    duration_s: float = 0.0
    persons: int = 1  # in the joints
    sha256: str = ""  # of the file that was imported; "": recorded here
    state: State = State.DONE
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        check_name(self.person, what="a person")
        if self.prompt:
            check_name(self.prompt, what="an action")
        if self.is_hands_free and not self.prompt:
            raise DataError("is_hands_free needs a prompt")
        try:
            datetime.fromisoformat(self.recorded_at)
        except ValueError:
            raise DataError(f"recorded_at is no time: '{self.recorded_at[:40]}'") from None
        if self.video and (self.video != self.video.strip(". ") or set(self.video) & set("/\\:\0")):
            raise DataError(f"video is no name of a file in this folder: '{self.video[:80]}'")
        if self.sha256 and (len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef")):
            raise DataError("sha256 is none")
        if not (0 <= self.duration_s <= LONGEST_S and 0 <= self.rate_hz <= 1000 and self.persons in (1, 2)):
            found = f"duration_s {self.duration_s:g}, rate_hz {self.rate_hz:g}, persons {self.persons}"
            raise DataError(f"{found}: one of them is out of range")
        if min(self.width_px, self.height_px, self.frames) < 0:
            raise DataError("a size or a count is negative")
        if max(self.width_px, self.height_px) > MOST_PIXELS_A_SIDE or self.frames > MOST_FRAMES:
            raise DataError("a size or the number of frames is out of range")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsDocument:
    """`segments.json`."""

    segments: tuple[Segment, ...] = ()
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        if len(self.segments) > MOST_SEGMENTS:
            raise DataError(f"more than {MOST_SEGMENTS} segments")
        for segment in self.segments:
            check_segment(segment)


def check_name(name: str, *, what: str) -> None:
    """Raises DataError for what cannot name an action or a person."""
    if not name.strip() or name != name.strip() or len(name) > LONGEST_NAME:
        raise DataError(
            f"the name of {what} must have 1 to {LONGEST_NAME} characters and none around it: '{name[:80]}'"
        )
    if not name.isprintable():
        raise DataError(f"the name of {what} holds characters that cannot be seen: {name[:80]!r}")


def why_no_name(text: str, *, what: str) -> str:
    """What is wrong with a name that somebody types, as a sentence; "" for nothing."""
    try:
        check_name(text, what=what)
    except DataError as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}"
    return ""


def check_segment(segment: Segment) -> None:
    """Raises DataError for a segment without a length, outside of all recordings, or of no action."""
    check_name(segment.action, what="an action")
    if not (math.isfinite(segment.start_s) and math.isfinite(segment.end_s)):
        raise DataError("a segment has no finite times")
    if not 0 <= segment.start_s < segment.end_s <= LONGEST_S:
        raise DataError(f"a segment goes from {segment.start_s:g} s to {segment.end_s:g} s")


def counted(segments: Sequence[Segment]) -> dict[str, int]:
    """How many segments each action has."""
    counts: dict[str, int] = {}
    for segment in segments:
        counts[segment.action] = counts.get(segment.action, 0) + 1
    return counts
