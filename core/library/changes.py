"""Changes that concern more than one file of a library: names of actions and persons.

Each is made so that whatever interrupts it leaves a library without a contradiction: a name is known before anything
uses it, and forgotten after nothing does.
"""

from dataclasses import replace

from core.errors import DataError
from core.library.library import Entry, Library
from core.library.records import LibraryDocument, check_name, with_mirror


def add_action(library: Library, name: str) -> str:
    """A new action, or the one that is there already; returns its spelling. Raises DataError for what is no name."""
    check_name(name, what="an action")
    library.learn(actions=[name])
    return library.spelling_of(name)


def rename_action(library: Library, old: str, new: str) -> int:
    """Call an action otherwise, in all recordings; returns in how many. The name of another action joins the two.

    Raises DataError for what is no name or no action, and while a recording cannot be read; OutputError where it cannot
    be written.
    """
    check_name(new, what="an action")
    if old not in library.actions:
        raise DataError(f"There is no action '{old}' in this library.")
    known = library.spelling_of(new)
    if known == old:
        return _respell(library, old, new)
    entries = _all_entries(library, old)
    joins = known in library.actions
    library.learn(actions=[new])
    count = 0
    for entry in entries:
        if any(one.action == old for one in entry.segments):
            library.label(entry, [replace(one, action=known) if one.action == old else one for one in entry.segments])
            count += 1
    library.change(lambda document: _without(document if joins else _renamed(document, old, known), old))
    return count


def drop_action(library: Library, name: str) -> None:
    """Forget an action that no segment has. Raises DataError where one has it, or a recording cannot be read."""
    used = sum(any(one.action == name for one in entry.segments) for entry in _all_entries(library, name))
    if used:
        raise DataError(f"'{name}' is the label of segments in {used} recording(s): rename it, or remove those first.")
    library.change(lambda document: _without(document, name))


def set_person(library: Library, entry: Entry, person: str) -> Entry:
    """Say that somebody else is in a recording. Raises DataError for what is no name."""
    check_name(person, what="a person")
    library.learn(persons=[person])
    spelt = next(one for one in library.document.persons if one.casefold() == person.casefold())
    return library.describe(entry, replace(entry.recording, person=spelt))


def _all_entries(library: Library, action: str) -> list[Entry]:
    """Raises DataError while a recording cannot be read: it would keep a label that the library does not know."""
    entries, problems = library.entries()
    if problems:
        others = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise DataError(
            f"{problems[0].file}{others} cannot be read, and '{action}' may be a label there: mend it or take it out "
            "of the library first. `jointlight library validate` says what is wrong."
        )
    return entries


def _respell(library: Library, old: str, new: str) -> int:
    """Other capitals only: the list first, since it decides how labels are written."""

    def respelt(document: LibraryDocument) -> LibraryDocument:
        actions = tuple(
            replace(
                one,
                name=new if one.name == old else one.name,
                in_mirror=new if one.in_mirror == old else one.in_mirror,
            )
            for one in document.actions
        )
        return replace(document, actions=actions)

    entries = _all_entries(library, old)
    library.change(respelt)
    count = 0
    for entry in entries:
        if any(one.action == old for one in entry.segments):
            library.label(entry, entry.segments)
            count += 1
    return count


def _renamed(document: LibraryDocument, old: str, new: str) -> LibraryDocument:
    """The new name stands where the old one was and is in a mirror what that was; the old one goes to the end."""
    seen = {one.name: one.in_mirror for one in document.actions}
    becomes = seen[old]
    document = with_mirror(document, old, "") if becomes else document
    order = [new if one.name == old else old if one.name == new else one.name for one in document.actions]
    by_name = {one.name: one for one in document.actions}
    document = replace(document, actions=tuple(by_name[name] for name in order))
    return with_mirror(document, new, new if becomes == old else becomes) if becomes else document


def _without(document: LibraryDocument, name: str) -> LibraryDocument:
    """An action is forgotten, and what became of others in a mirror through it; nothing where there is none."""
    if any(one.name == name and one.in_mirror for one in document.actions):
        document = with_mirror(document, name, "")
    return replace(document, actions=tuple(one for one in document.actions if one.name != name))
