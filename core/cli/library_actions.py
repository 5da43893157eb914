"""`jointlight library actions`: the actions of a library, and what each of them is in a mirror."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text

from core.cli import options
from core.cli.console import err, out, print_json
from core.errors import DataError
from core.library.library import Library
from core.library.records import LibraryDocument, with_mirror

Folder = Annotated[Path, typer.Option("--library", help="Folder of the library.")]
_SAME, _NEVER = "same", "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCount:
    """An action, and what there is of it."""

    name: str
    clips: int  # labelled, in recordings in which somebody was found
    persons: tuple[str, ...]
    in_mirror: str  # its own name, another action's, or "": never mirrored


def list_actions(
    folder: Folder,
    mirror: Annotated[
        list[str] | None,
        typer.Option(
            help="What an action is in a mirror: ACTION=same, ACTION=OTHER (and the other way round) or ACTION=never. "
            "Clips of those that are something there are learnt from in a mirror half of the time.",
            show_default=False,
        ),
    ] = None,
    json_output: options.Json = False,
) -> None:
    """List the actions with their clips and persons, and say what they are in a mirror."""
    if mirror:
        with Library.opened(folder) as library:
            library.change(lambda document: mirrored(document, mirror))
    library = Library.for_reading(folder)
    counts = counted_actions(library)
    if json_output:
        keys = ("name", "clips", "persons", "in_mirror")
        print_json({"actions": [{key: getattr(count, key) for key in keys} for count in counts]})
        return
    table = Table("action", Column("clips", justify="right"), "persons", "in a mirror", box=None)
    for count in counts:
        seen = {count.name: _SAME, "": _NEVER}.get(count.in_mirror, count.in_mirror)
        table.add_row(Text(count.name), str(count.clips), Text(", ".join(count.persons)), Text(seen))
    out.print(table)
    if not counts:
        err.print("There is no action yet: record or import some.")


def mirrored(document: LibraryDocument, wishes: Sequence[str]) -> LibraryDocument:
    """The document after "ACTION=same", "ACTION=OTHER" or "ACTION=never", one after the other.

    Raises DataError for what is none of these.
    """
    known = {action.name.casefold() for action in document.actions}
    for wish in wishes:
        action, becomes = _parts(wish, known)
        document = with_mirror(document, action, {_SAME: action, _NEVER: ""}.get(becomes.casefold(), becomes))
    return document


def _parts(wish: str, known: set[str]) -> tuple[str, str]:
    """The two sides of a wish; names may hold an equals sign themselves. Raises DataError where there is none."""
    sides = [(wish[:place].strip(), wish[place + 1 :].strip()) for place, letter in enumerate(wish) if letter == "="]
    if not sides:
        raise DataError(f"'{wish}' says of no action what it is in a mirror: write ACTION=same, =OTHER or =never.")
    for action, becomes in sides:
        if action.casefold() in known and becomes.casefold() in {*known, _SAME, _NEVER}:
            return action, becomes
    return sides[0]


def counted_actions(library: Library) -> list[ActionCount]:
    """The actions of a library with what is labelled."""
    clips = dict.fromkeys(library.actions, 0)
    persons: dict[str, dict[str, str]] = {action: {} for action in library.actions}
    for entry in library.entries()[0]:
        if not entry.poses.exists():
            continue
        who = entry.recording.person
        for segment in entry.segments:
            if segment.action in clips:
                clips[segment.action] += 1
                persons[segment.action].setdefault(who.casefold(), who)
    return [
        ActionCount(
            name=action.name,
            clips=clips[action.name],
            persons=tuple(sorted(persons[action.name].values())),
            in_mirror=action.in_mirror,
        )
        for action in library.document.actions
    ]
