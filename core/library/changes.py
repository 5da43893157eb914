"""Changes that concern more than one file of a library: names of actions and persons.

Each is made so that whatever interrupts it leaves a library without a contradiction: a name is known before anything
uses it, and forgotten after nothing does.
"""

from collections.abc import Callable
from dataclasses import replace

from core.errors import DataError
from core.library.library import Entry, Library
from core.library.records import ActionEntry, check_name


def add_action(library: Library, name: str) -> str:
    """A new action, or the one that is there already; returns its spelling. Raises DataError for what is no name."""
    check_name(name, what="an action")
    library.learn(actions=[name])
    return library.spelling_of(name)


def rename_action(library: Library, old: str, new: str) -> int:
    """Call an action otherwise, in all recordings; returns in how many. The name of another action joins the two.

    Raises DataError for what is no name or no action, OutputError where it cannot be written.
    """
    check_name(new, what="an action")
    if old not in library.actions:
        raise DataError(f"There is no action '{old}' in this library.")
    known = library.spelling_of(new)
    is_case_only = known == old
    if is_case_only:
        return _respell(library, old, new)
    library.learn(actions=[new])
    count = 0
    for entry in library.entries()[0]:
        if any(one.action == old for one in entry.segments):
            library.label(entry, [replace(one, action=known) if one.action == old else one for one in entry.segments])
            count += 1
    _replace_actions(library, lambda one: None if one.name == old else replace(one, in_mirror=_now(one, old, known)))
    return count


def drop_action(library: Library, name: str) -> None:
    """Forget an action that no segment has. Raises DataError where one has it."""
    used = sum(any(one.action == name for one in entry.segments) for entry in library.entries()[0])
    if used:
        raise DataError(f"'{name}' is the label of segments in {used} recording(s): rename it, or remove those first.")
    _replace_actions(library, lambda one: None if one.name == name else replace(one, in_mirror=_now(one, name, "")))


def set_person(library: Library, entry: Entry, person: str) -> Entry:
    """Say that somebody else is in a recording. Raises DataError for what is no name."""
    check_name(person, what="a person")
    library.learn(persons=[person])
    spelt = next(one for one in library.document.persons if one.casefold() == person.casefold())
    return library.describe(entry, replace(entry.recording, person=spelt))


def _respell(library: Library, old: str, new: str) -> int:
    """Other capitals only: the list first, since it decides how labels are written."""
    _replace_actions(
        library, lambda one: replace(one, name=new if one.name == old else one.name, in_mirror=_now(one, old, new))
    )
    count = 0
    for entry in library.entries()[0]:
        if any(one.action == old for one in entry.segments):
            library.label(entry, entry.segments)
            count += 1
    return count


def _now(action: ActionEntry, old: str, new: str) -> str:
    return new if action.in_mirror == old else action.in_mirror


def _replace_actions(library: Library, change: Callable[[ActionEntry], ActionEntry | None]) -> None:
    changed = [change(one) for one in library.document.actions]
    actions = tuple(one for one in changed if one is not None)
    library.set_document(replace(library.document, actions=actions))
