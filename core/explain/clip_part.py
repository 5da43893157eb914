"""A part of a clip, by time or by person."""

import math
from dataclasses import replace
from typing import Final

from core.errors import DataError
from core.skeleton.sequence import SkeletonSequence

_TINY_S: Final = 1e-6


def between(
    sequence: SkeletonSequence, start_s: float, end_s: float, *, origin_s: float | None = None
) -> SkeletonSequence:
    """The part between two times, counted from `origin_s`, by default the first frame.

    Raises DataError where it holds no frame.
    """
    passed_s = sequence.times_s - (sequence.times_s[0] if origin_s is None else origin_s)
    inside = (passed_s >= start_s - _TINY_S) & (passed_s <= end_s + _TINY_S)
    if not inside.any():
        wished = f"from {start_s:g} s on" if math.isinf(end_s) else f"from {start_s:g} to {end_s:g} s"
        raise DataError(
            f"Somebody is in the clip from {passed_s[0]:.1f} to {passed_s[-1]:.1f} s, and no frame lies {wished}: "
            "choose other times."
        )
    return replace(
        sequence,
        positions_m=sequence.positions_m[inside],
        confidence=sequence.confidence[inside],
        times_s=sequence.times_s[inside],
    )


def only_person(sequence: SkeletonSequence, person: int) -> SkeletonSequence:
    """One person of a sequence, counted from 1. Raises DataError where there are fewer."""
    count = sequence.positions_m.shape[1]
    if not 1 <= person <= count:
        raise DataError(f"The clip holds {count} person(s): there is no person {person}.")
    chosen = slice(person - 1, person)
    return replace(sequence, positions_m=sequence.positions_m[:, chosen], confidence=sequence.confidence[:, chosen])


def minutes_text(seconds: float) -> str:
    """A length of time for people: "4.3 s", "12:05 min", "1:02:05 h"."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = math.floor(seconds + 0.5)
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02d} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d} h"
