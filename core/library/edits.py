"""Edits of labels as data: what goes and what comes. So each can be undone, written down and done again.

Labels are segments in the order of their starts; segments of one recording may lie over each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from core.errors import DataError
from core.skeleton.segment import Segment

Labels: TypeAlias = tuple[Segment, ...]

SHORTEST_S: Final = 0.05  # of a segment: less than two pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change of the labels of one recording; `text` is for people: "wave, 1.20 to 3.05 s"."""

    text: str
    removed: Labels = ()
    added: Labels = ()

    def inverse(self) -> "Edit":
        """What undoes it."""
        return Edit(text=self.text, removed=self.added, added=self.removed)


def ordered(segments: Iterable[Segment]) -> Labels:
    """In the order in which labels are kept."""
    return tuple(sorted(segments, key=lambda one: (one.start_s, one.end_s, one.action)))


def applied(labels: Labels, edit: Edit) -> Labels:
    """The labels after an edit. Raises DataError where something is to go that is not there."""
    left = list(labels)
    for segment in edit.removed:
        if segment not in left:
            raise DataError(f"'{edit.text}' does not fit these labels.")
        left.remove(segment)
    return ordered((*left, *edit.added))


def mark(labels: Labels, segment: Segment) -> Edit:
    """Label a stretch. Raises DataError for one that is too short or labelled so already."""
    _check(segment)
    if segment in labels:
        raise DataError(f"'{segment.action}' is marked there already.")
    return Edit(text=_named("Mark", segment), added=(segment,))


def remove(chosen: Sequence[Segment]) -> Edit:
    """Take labels away."""
    return Edit(text=_of_all("Remove", chosen), removed=tuple(chosen))


def split(chosen: Sequence[Segment], *, at_s: float) -> Edit:
    """Cut in two those that reach over a time. Raises DataError where none does so far enough on both sides."""
    cut = [one for one in chosen if one.start_s + SHORTEST_S <= at_s <= one.end_s - SHORTEST_S]
    if not cut:
        raise DataError("No chosen segment reaches over this time: move into one, then split.")
    halves = [half for one in cut for half in (replace(one, end_s=at_s), replace(one, start_s=at_s))]
    return Edit(text=_of_all("Split", cut), removed=tuple(cut), added=tuple(halves))


def merge(chosen: Sequence[Segment]) -> Edit:
    """Make one of several of the same action, from the first start to the last end.

    Raises DataError for a single one and for different actions.
    """
    if len(chosen) < 2:
        raise DataError("Choose two or more segments to merge.")
    if len({one.action for one in chosen}) > 1:
        raise DataError("Only segments of one action can be merged.")
    whole = replace(chosen[0], start_s=min(one.start_s for one in chosen), end_s=max(one.end_s for one in chosen))
    return Edit(text=_of_all("Merge", chosen), removed=tuple(chosen), added=(whole,))


def move_edges(
    chosen: Sequence[Segment], *, start_by_s: float = 0.0, end_by_s: float = 0.0, duration_s: float
) -> Edit | None:
    """Move starts and ends, within the recording; None where nothing moves.

    Raises DataError where a segment would become too short.
    """
    moved = []
    for one in chosen:
        start_s = min(max(0.0, one.start_s + start_by_s), duration_s)
        end_s = min(max(0.0, one.end_s + end_by_s), duration_s)
        is_whole = start_by_s == end_by_s
        new = replace(one, start_s=start_s, end_s=end_s)
        moved.append(moved_within(one, start_by_s, duration_s=duration_s) if is_whole else new)
    if tuple(moved) == tuple(chosen):
        return None
    for one in moved:
        _check(one)
    verb = "Move" if start_by_s == end_by_s else "Nudge the start of" if start_by_s else "Nudge the end of"
    return Edit(text=_of_all(verb, chosen), removed=tuple(chosen), added=tuple(moved))


def moved_within(segment: Segment, by_s: float, *, duration_s: float) -> Segment:
    """The segment moved as a whole: it keeps its length at the walls of the recording.

    One that ends after the recording, as an imported one may, comes in; one that is longer stays where it is.
    """
    if segment.duration_s > duration_s:
        return segment
    by_s = max(min(by_s, duration_s - segment.end_s), -segment.start_s)
    return replace(segment, start_s=segment.start_s + by_s, end_s=segment.end_s + by_s)


def relabel(chosen: Sequence[Segment], action: str) -> Edit | None:
    """Give segments another action; None where they have it."""
    changed = [one for one in chosen if one.action != action]
    if not changed:
        return None
    new = tuple(replace(one, action=action) for one in changed)
    return Edit(text=f"{_of_all('Call', changed)} '{action}'", removed=tuple(changed), added=new)


def exchange(labels: Labels, new: Iterable[Segment], *, text: str) -> Edit | None:
    """From these labels to others at once, as when a backup comes back; None where they are the same."""
    new, old = list(new), []
    for one in labels:
        if one in new:
            new.remove(one)
        else:
            old.append(one)
    return Edit(text=text, removed=tuple(old), added=tuple(new)) if old or new else None


def _check(segment: Segment) -> None:
    if segment.duration_s < SHORTEST_S:
        raise DataError(f"A segment needs at least {SHORTEST_S:g} s.")


def _named(verb: str, one: Segment) -> str:
    return f"{verb} {one.action}, {one.start_s:.2f} to {one.end_s:.2f} s"


def _of_all(verb: str, chosen: Sequence[Segment]) -> str:
    return _named(verb, chosen[0]) if len(chosen) == 1 else f"{verb} {len(chosen)} segments"
