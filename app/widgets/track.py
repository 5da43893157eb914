"""What a timeline shows: lanes by action, segments on them, and what the pointer touches. Pure: no Qt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.widgets.time_axis import TimeAxis
from core.explain.proposals import Proposal
from core.skeleton.segment import Segment

EDGE_REACH_PX: Final = 6.0
SMALLEST_PX: Final = 3.0  # that a segment is drawn wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A row of the timeline."""

    action: str
    slot: int  # of the colours
    digit: str = ""  # the key that chooses it


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Everything on a timeline but the play head."""

    lanes: tuple[Lane, ...] = ()
    labels: tuple[Segment, ...] = ()
    chosen: frozenset[Segment] = frozenset()
    proposals: tuple[Proposal, ...] = ()
    proposal: int | None = None  # the one that is asked about
    current: str = ""  # action
    mark_in_s: float | None = None
    mark_out_s: float | None = None
    hint: str = ""  # in place of lanes, where there are none


class Part(StrEnum):
    """Which part of a segment the pointer touches."""

    START = "start"
    END = "end"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A segment under the pointer."""

    segment: Segment
    part: Part


def lanes_for(
    actions: Sequence[str], used: Iterable[str], *, current: str, most: int = 9, colours: int = 5
) -> tuple[Lane, ...]:
    """A lane for each action that is used here or current, and for others while there is room; in the library's order.

    `used` may name actions that the library does not know yet, as proposals do: they come last.
    """
    wanted = {*used, current} - {""}
    room = max(0, most - len(wanted))
    others = [action for action in actions if action not in wanted][:room]
    strangers = sorted(wanted - set(actions))
    shown = [action for action in actions if action in wanted or action in others] + strangers
    order = {action: place for place, action in enumerate([*actions, *strangers])}
    return tuple(
        Lane(
            action=action,
            slot=order[action] % colours,
            digit=str(order[action] + 1) if order[action] < min(9, len(actions)) else "",
        )
        for action in shown
    )


def touched(labels: Iterable[Segment], axis: TimeAxis, x_px: float, *, chosen: frozenset[Segment]) -> Touch | None:
    """What lies under the pointer on a lane; of several the shortest, and a chosen one before the others.

    Edges reach a little outwards and, into a segment that is wide enough, inwards.
    """
    best: tuple[tuple[bool, float], Touch] | None = None
    for one in labels:
        left, right = axis.to_px(one.start_s), axis.to_px(one.end_s)
        inner = min(EDGE_REACH_PX, max(0.0, (right - left) / 4))
        if not left - EDGE_REACH_PX <= x_px <= max(right, left + SMALLEST_PX) + EDGE_REACH_PX:
            continue
        part = Part.START if x_px < left + inner else Part.END if x_px > right - inner else Part.BODY
        rank = (one not in chosen, one.duration_s)
        if best is None or rank < best[0]:
            best = (rank, Touch(segment=one, part=part))
    return None if best is None else best[1]


def next_edge_s(labels: Iterable[Segment], time_s: float, *, forward: bool) -> float | None:
    """The nearest start or end after a time, or before it; None where there is none."""
    edges = {edge for one in labels for edge in (one.start_s, one.end_s)}
    beyond = [edge for edge in edges if (edge > time_s + 0.001 if forward else edge < time_s - 0.001)]
    return (min if forward else max)(beyond, default=None)


def at_time(labels: Iterable[Segment], time_s: float) -> list[Segment]:
    """Segments that reach over a time, the shortest first."""
    return sorted((one for one in labels if one.start_s <= time_s <= one.end_s), key=lambda one: one.duration_s)
