"""The shelf: the recordings of a library as a list shows them, searched, filtered and counted. Pure: no Qt."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.library.library import Entry
from core.library.records import State


class Shown(StrEnum):
    """Which recordings a list shows."""

    ALL = "All recordings"
    UNLABELLED = "Without labels"
    LABELLED = "With labels"
    NOBODY = "Nobody was found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is searched for: words that all must be found, `person:` and `action:` in those alone."""

    text: str = ""
    shown: Shown = Shown.ALL

    def has(self, entry: Entry, *, has_joints: bool) -> bool:
        """Whether a recording is among them."""
        if self == _ALL:
            return True
        if self.shown is Shown.NOBODY and has_joints:
            return False
        if self.shown in (Shown.UNLABELLED, Shown.LABELLED) and bool(entry.segments) != (self.shown is Shown.LABELLED):
            return False
        return all(_found(word, entry) for word in self.text.casefold().split())


_ALL: Final = Wanted()


def _found(word: str, entry: Entry) -> bool:
    kind, colon, rest = word.partition(":")
    actions = [one.action.casefold() for one in entry.segments]
    if colon and kind == "person":
        return rest in entry.recording.person.casefold()
    if colon and kind == "action":
        return any(rest in action for action in actions)
    fields = (entry.name, entry.recording.person, entry.recording.source, entry.recording.prompt)
    return any(word in field.casefold() for field in fields) or any(word in action for action in actions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is of each action and each person: segments, in the order of the library and by name."""

    by_action: tuple[tuple[str, int], ...]
    by_person: tuple[tuple[str, int, int], ...]  # recordings, segments
    persons_of_action: dict[str, int]

    @classmethod
    def of(cls, entries: Iterable[Entry], actions: Sequence[str]) -> "Counts":
        """Count all recordings."""
        segments: Counter[str] = Counter()
        recordings: Counter[str] = Counter()
        of_person: Counter[str] = Counter()
        who: dict[str, set[str]] = {}
        for entry in entries:
            recordings[entry.recording.person] += 1
            of_person[entry.recording.person] += len(entry.segments)
            for one in entry.segments:
                segments[one.action] += 1
                who.setdefault(one.action, set()).add(entry.recording.person)
        names = [*actions, *sorted(set(segments) - set(actions))]
        return cls(
            by_action=tuple((name, segments[name]) for name in names),
            by_person=tuple((name, recordings[name], of_person[name]) for name in sorted(recordings, key=str.casefold)),
            persons_of_action={name: len(persons) for name, persons in who.items()},
        )


def counted(number: int, what: str) -> str:
    """1 recording, 2 recordings."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def title_of(entry: Entry) -> str:
    """What a recording is called in a list: the action that was asked for, or what is labelled, or its name."""
    if entry.recording.prompt:
        return entry.recording.prompt
    actions = list(dict.fromkeys(one.action for one in entry.segments))
    if len(actions) > 2:
        return f"{actions[0]}, {actions[1]} and {len(actions) - 2} more"
    return ", ".join(actions) or "No label yet"


def detail_of(entry: Entry) -> str:
    """The second line: who, how long, when."""
    recording = entry.recording
    when = recording.recorded_at[:16].replace("T", " ")
    parts = [recording.person, f"{recording.duration_s:.1f} s", counted(len(entry.segments), "segment"), when]
    if recording.state is State.RECORDING:
        parts.insert(0, "not finished")
    return "  ·  ".join(parts)
