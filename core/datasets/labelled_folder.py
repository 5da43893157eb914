"""A folder of labelled sequences, `ACTION/PERSON_*.npz`: what one's own recordings become.

A file is what `SkeletonSequence.save` writes, in any layout that maps to Kinect-25, and is mapped when read. All files
of a person share what stands before the first underscore of their names. The split is by person: the test persons are
those that are named, by default every second one in alphabetical order.
"""

import itertools
import re
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.datasets.collection import Collection
from core.datasets.dataset import Sample, Split, SplitBy
from core.datasets.raw_files import need_folder
from core.errors import DataError
from core.files import make_folder
from core.skeleton.sequence import load_sequence

_VERSION = 1


def find_labelled_folder(folder: Path, *, test_persons: Sequence[str] | None = None) -> Collection:
    """The actions, persons and files of a folder.

    Raises DataError for a folder without actions, an action without a file, a file name without a person and a test
    person that is not there.
    """
    need_folder(folder, holds="a folder for each action, in it PERSON_*.npz sequence files")
    actions = tuple(sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")))
    if not actions:
        raise DataError(f"{folder} holds no folder of an action. Expected is ACTION/PERSON_*.npz.")
    files: list[Path] = []
    for action in actions:
        found = sorted(path for path in (folder / action).glob("*.npz") if not path.name.startswith("."))
        if not found:
            raise DataError(f"The action '{action}' has no sequence file: {folder / action} holds no PERSON_*.npz.")
        files.extend(found)
    persons = tuple(sorted({_person(path) for path in files}))
    test = _test_persons(persons, test_persons, folder)
    train = [person for person in persons if person not in test]
    return Collection(
        name=f"folder {folder.resolve().name}",
        version=_VERSION,
        folder=folder,
        files=tuple(files),
        read=partial(_read, actions=actions, persons=persons),
        actions=actions,
        splits=(
            Split(
                name="cross-subject",
                by=SplitBy.PERSON,
                train=frozenset(persons.index(person) for person in train),
                text=f"cross-subject: {' '.join(train)} train, {' '.join(test) or 'nobody'} test",
            ),
        ),
        terms="own recordings",
    )


def save_labelled_folder(folder: Path, samples: Sequence[Sample], *, actions: Sequence[str]) -> int:
    """Write samples as `ACTION/PERSON_NAME.npz`, those that would have the same name numbered; returns how many.

    Raises OutputError with the reason, DataError where two actions would have the same folder.
    """
    names = [_as_name(action) for action in actions]
    if len({name.casefold() for name in names}) < len(names):
        raise DataError(f"Two of the actions would have the same folder: {', '.join(sorted(actions))}.")
    taken: set[str] = set()
    for sample in samples:
        action = folder / names[sample.label]
        make_folder(action)
        stem = f"{sample.person:03d}_{_as_name(Path(sample.name).stem)}"
        numbered = (stem if number == 1 else f"{stem}_{number}" for number in itertools.count(1))
        free = next(name for name in numbered if f"{action.name}/{name}".casefold() not in taken)
        taken.add(f"{action.name}/{free}".casefold())
        sample.sequence.save(action / f"{free}.npz")
    return len(taken)


def _as_name(text: str) -> str:
    """A text as the name of a file: short, and without what some systems forbid in names."""
    return re.sub(r"[^\w .+-]", "-", text)[:100].strip(" .") or "-"


def _test_persons(persons: tuple[str, ...], chosen: Sequence[str] | None, folder: Path) -> tuple[str, ...]:
    if chosen is None:
        return persons[1::2]
    unknown = [person for person in chosen if person not in persons]
    if unknown:
        raise DataError(f"{folder} has no person '{unknown[0]}': known are {', '.join(persons)}.")
    return tuple(sorted(chosen))


def _person(path: Path) -> str:
    person, underscore, _rest = path.stem.partition("_")
    if not person or not underscore:
        raise DataError(f"{path}: the name does not begin with a person and an underscore (PERSON_*.npz).")
    return person


def _read(path: Path, *, actions: tuple[str, ...], persons: tuple[str, ...]) -> tuple[Sample, ...]:
    try:
        sequence = load_sequence(path).to_kinect25()
    except (RuntimeError, zlib.error) as error:  # zip members that are encrypted or damaged within
        raise DataError(f"{path} is not a readable sequence file ({error}).") from error
    label, person = actions.index(path.parent.name), persons.index(_person(path))
    return (Sample(name=f"{path.parent.name}/{path.name}", sequence=sequence, label=label, person=person),)
