"""The clips of a library as a data set: segments with their joints, split by person, or by take where there is one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.datasets.dataset import Dataset, Sample, Split, SplitBy
from core.errors import DataError
from core.library.library import Entry, Library
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence

LEAST_FRAMES = 4  # of a clip
ODD, EVEN = 1, 0


def library_dataset(library: Library, *, name: str = "") -> Dataset:
    """All clips of a library.

    A sample's person is one of the library's, its group says whether its take of that action is an odd or an even one.
    With several persons each is the test of one split, that of the person with the most clips first; with one, odd and
    even takes are. Segments without joints are named in `skipped`.

    Raises DataError where fewer than two actions have a clip.
    """
    entries, problems = library.entries()
    skipped = [f"{problem.file}: {problem.problem}" for problem in problems]
    clips: list[tuple[Entry, Segment, SkeletonSequence]] = []
    for entry in entries:
        try:
            joints = entry.joints() if entry.segments else None
        except DataError as error:
            skipped.append(str(error))
            continue
        for segment in entry.segments:
            if segment.action not in library.actions:
                skipped.append(f"{entry.name}: '{segment.action}' is no action of the library")
                continue
            clip = None if joints is None else cut(joints, segment)
            if clip is None:
                skipped.append(f"{entry.name}, {segment.start_s:.1f} s: nobody was found in '{segment.action}'")
            else:
                clips.append((entry, segment, clip))
    actions = tuple(action for action in library.actions if any(segment.action == action for _, segment, _ in clips))
    if len(actions) < 2:
        raise DataError(
            f"{library.folder} has clips of {len(actions)} action(s): label at least two actions, some takes of each."
        )
    spelt: dict[str, str] = {}  # persons whose names differ by case only are one
    for entry, _, _ in clips:
        spelt.setdefault(entry.recording.person.casefold(), entry.recording.person)
    persons = sorted(spelt.values())
    takes = dict.fromkeys(actions, 0)
    samples = []
    for entry, segment, clip in clips:
        takes[segment.action] += 1
        samples.append(
            Sample(
                name=f"{entry.name}@{segment.start_s:.2f}",
                sequence=clip,
                label=actions.index(segment.action),
                person=persons.index(spelt[entry.recording.person.casefold()]),
                group=takes[segment.action] % 2,
            )
        )
    return Dataset(
        name=name or f"library {library.folder.name}",
        actions=actions,
        samples=tuple(samples),
        skipped=tuple(skipped),
        splits=_splits(samples, persons),
        terms="own recordings",
        survives_mirror=all(action.in_mirror == action.name for action in library.document.actions),
    )


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


def _splits(samples: Sequence[Sample], persons: Sequence[str]) -> tuple[Split, ...]:
    if len(persons) == 1:
        return (
            Split(name="odd takes", by=SplitBy.GROUP, train=frozenset({ODD}), text="odd takes train, even ones test"),
            Split(name="even takes", by=SplitBy.GROUP, train=frozenset({EVEN}), text="even takes train, odd ones test"),
        )
    everybody = frozenset(range(len(persons)))
    counts = {person: sum(sample.person == person for sample in samples) for person in everybody}
    order = sorted(everybody, key=lambda person: (-counts[person], persons[person]))
    return tuple(
        Split(
            name=f"without {persons[person]}",
            by=SplitBy.PERSON,
            train=everybody - {person},
            text=f"{persons[person]} tests, the other {len(persons) - 1} train",
        )
        for person in order
    )
