"""The clips of a library as a data set: segments with their joints, split by person, or by take."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from core.datasets.dataset import Dataset, Progress, Sample, Split, SplitBy
from core.errors import DataError
from core.library.library import Entry, Library
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence

LEAST_FRAMES: Final = 4  # of a clip
ODD, EVEN, ONLY = 1, 0, 2  # takes; the only one of its action is learnt from and never tested


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPlace:
    """Where in a library a sample comes from."""

    recording: str
    person: str
    segment: Segment
    take: int  # which of its action, from 1; those that were left out count


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LibraryClips:
    """The clips of a library, and where each of them lies."""

    dataset: Dataset
    places: tuple[ClipPlace, ...]  # of the samples, in their order
    persons: tuple[str, ...]  # by the numbers that samples have
    unused: tuple[str, ...]  # actions of the library that no clip shows


def library_dataset(library: Library, *, name: str = "") -> Dataset:
    """All clips of a library, as in `library_clips`."""
    return library_clips(library, name=name).dataset


def library_clips(library: Library, *, name: str = "", progress: Progress | None = None) -> LibraryClips:
    """All clips of a library.

    A sample's person is one of the library's, its group says whether its take of that action is an odd or an even one.
    Each person is the test of one split: first the one with the most clips of those who have no more than half of them,
    and last those without whom an action could not be learnt. Where there is one person only, or nobody but such
    persons, odd and even takes are. Segments without joints are named in `skipped`. `progress` is told how many
    recordings are read.

    Raises DataError where fewer than two actions have a clip.
    """
    entries, problems = library.entries()
    skipped = [f"{problem.file}: {problem.problem}" for problem in problems]
    takes = _takes(entries)
    found: list[tuple[ClipPlace, SkeletonSequence]] = []
    for done, entry in enumerate(entries, start=1):
        clips, reasons = _clips_of(entry, library.actions, takes)
        found += clips
        skipped += reasons
        if progress is not None:
            progress(done, len(entries))
    _need_two_actions(library, entries, {place.segment.action for place, _ in found})
    places = tuple(place for place, _ in found)
    spelt: dict[str, str] = {}  # persons whose names differ by case only are one
    for place in places:
        spelt.setdefault(place.person.casefold(), place.person)
    places = tuple(replace(place, person=spelt[place.person.casefold()]) for place in places)
    actions = tuple(action for action in library.actions if any(place.segment.action == action for place in places))
    persons = tuple(sorted(spelt.values()))
    groups = _groups(places)
    samples = tuple(
        Sample(
            name=f"{place.recording}@{place.segment.start_s:.2f}",
            sequence=clip,
            label=actions.index(place.segment.action),
            person=persons.index(place.person),
            group=group,
        )
        for (_, clip), place, group in zip(found, places, groups, strict=True)
    )
    dataset = Dataset(
        name=name or f"library {library.folder.name}",
        actions=actions,
        samples=samples,
        skipped=tuple(skipped),
        splits=_splits(samples, persons),
        terms="own recordings",
        in_mirror=_in_mirror(library, actions),
    )
    unused = tuple(action for action in library.actions if action not in actions)
    return LibraryClips(dataset=dataset, places=places, persons=persons, unused=unused)


def cut(sequence: SkeletonSequence, segment: Segment) -> SkeletonSequence | None:
    """What a segment shows of a recording; None where hardly anybody was seen in it."""
    inside = (sequence.times_s >= segment.start_s) & (sequence.times_s <= segment.end_s)
    if np.count_nonzero(inside) < LEAST_FRAMES:
        return None
    return replace(
        sequence,
        positions_m=sequence.positions_m[inside],
        confidence=sequence.confidence[inside],
        times_s=sequence.times_s[inside],
    )


def _clips_of(
    entry: Entry, actions: Sequence[str], takes: dict[tuple[str, int], int]
) -> tuple[list[tuple[ClipPlace, SkeletonSequence]], list[str]]:
    """The clips of a recording, and why others are left out."""
    try:
        joints = entry.joints() if entry.segments else None
    except DataError as error:
        return [], [str(error)]
    clips, reasons = [], []
    for number, segment in enumerate(entry.segments):
        if segment.action not in actions:
            reasons.append(f"{entry.name}: '{segment.action}' is no action of the library")
            continue
        clip = None if joints is None else cut(joints, segment)
        if clip is None:
            reasons.append(f"{entry.name}, {segment.start_s:.1f} s: nobody was found in '{segment.action}'")
            continue
        take = takes[entry.name, number]
        place = ClipPlace(recording=entry.name, person=entry.recording.person, segment=segment, take=take)
        clips.append((place, clip))
    return clips, reasons


def _need_two_actions(library: Library, entries: Sequence[Entry], actions: set[str]) -> None:
    if len(actions) >= 2:
        return
    if not entries:
        what = "holds no recording yet"
    elif not any(entry.segments for entry in entries):
        what = f"holds {len(entries)} recording(s), and nothing is labelled in them"
    elif not actions:
        what = "has labels, but nobody was found where they are"
    else:
        what = f"has clips of one action only, '{next(iter(actions))}'"
    raise DataError(f"{library.folder} {what}: to learn from, label at least two actions, some takes of each.")


# --- takes ---


def _takes(entries: Sequence[Entry]) -> dict[tuple[str, int], int]:
    """The number of the take that each segment is of its action, by recording and place in it, from 1.

    Films that were imported come in the order of the numbers in their names, everything else in that of its time. So
    the odd takes of fall-01 to fall-15 are the films with odd numbers, whoever was not found in the others.
    """
    counts: dict[str, int] = {}
    takes: dict[tuple[str, int], int] = {}
    for entry in sorted(entries, key=lambda entry: (_by_number(entry.recording.source), entry.name)):
        for number, segment in enumerate(entry.segments):
            counts[segment.action] = counts.get(segment.action, 0) + 1
            takes[entry.name, number] = counts[segment.action]
    return takes


def _by_number(text: str) -> list[tuple[int, str]]:
    """What puts "take 9" before "take 10"."""
    parts = re.split(r"(\d{1,18})", text)
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)]


def _groups(places: Sequence[ClipPlace]) -> list[int]:
    """For each clip whether its take is an odd or an even one, or the only one of its action."""
    takes: dict[str, list[int]] = {}
    for place in places:
        takes.setdefault(place.segment.action, []).append(place.take)
    sides = {
        action: dict(zip(sorted(numbers), take_sides(sorted(numbers)), strict=True))
        for action, numbers in takes.items()
    }
    return [sides[place.segment.action][place.take] for place in places]


def take_sides(takes: Sequence[int]) -> list[int]:
    """ODD or EVEN for takes of one action, in their order; ONLY for one that is alone.

    Where all that could be used are on the same side, every second one is moved to the other.
    """
    if len(takes) == 1:
        return [ONLY]
    sides = [take % 2 for take in takes]
    return sides if len(set(sides)) == 2 else [(place + 1) % 2 for place in range(len(takes))]


# --- splits ---


def _splits(samples: Sequence[Sample], persons: Sequence[str]) -> tuple[Split, ...]:
    everybody = frozenset(range(len(persons)))
    labels = {sample.label for sample in samples}
    needed = {
        person for person in everybody if {sample.label for sample in samples if sample.person != person} != labels
    }
    if needed == everybody:  # one person alone, too: nobody can be left out
        return (
            Split(
                name="odd takes", by=SplitBy.GROUP, train=frozenset({ODD, ONLY}), text="odd takes train, even ones test"
            ),
            Split(
                name="even takes",
                by=SplitBy.GROUP,
                train=frozenset({EVEN, ONLY}),
                text="even takes train, odd ones test",
            ),
        )
    counts = {person: sum(sample.person == person for sample in samples) for person in everybody}
    half = len(samples) / 2
    order = sorted(
        everybody, key=lambda person: (person in needed, counts[person] > half, -counts[person], persons[person])
    )
    return tuple(
        Split(
            name=f"without {persons[person]}",
            by=SplitBy.PERSON,
            train=everybody - {person},
            text=f"{persons[person]} tests, the other {len(persons) - 1} train",
        )
        for person in order
    )


def _in_mirror(library: Library, actions: Sequence[str]) -> tuple[int, ...]:
    """The label of each action in a mirror; -1 where it has none, or no clip shows what it becomes."""
    in_mirror = {action.name: action.in_mirror for action in library.document.actions}
    return tuple(actions.index(in_mirror[action]) if in_mirror[action] in actions else -1 for action in actions)
