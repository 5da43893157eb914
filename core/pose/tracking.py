"""Who is who over time: the poses of a frame come without names and in any order, and leave with identities.

Each person is expected where constant velocity takes the body, of the size and in the clothes it had; the sightings of
a frame are assigned so that all of them together fit best (Hungarian method).

Of two bodies that cover each other (an embrace, one walking behind the other) MediaPipe finds one, now on this body and
now on that. Then the place says little about who is seen: the longer it lasts, the more the clothes decide.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from core.pose.sighting import Sighting, apart

REMEMBERED_S: Final = 1.5  # somebody not seen for longer is forgotten; who comes then is somebody new
HIDDEN_S: Final = 4.0  # and so is somebody behind or in the arms of another
NEW_S: Final = 0.25  # somebody new beside others counts from then on: MediaPipe sees ghosts, but not for long
_DOUBTED_S = 0.12  # and is forgotten when not seen for longer before that
KNOWN_S: Final = 1.0  # who is known for so long is hidden when lost near another; others are gone
GONE_S: Final = 1.0  # the main person not seen for longer gives way
OUTGROWN: Final = 1.5  # and so it does to somebody so many times as large
OUTGROWN_S: Final = 2.0  # for so long: who only passes close by is not meant

# What a sighting may differ by from what is expected, and what it usually does. Lengths count in sizes of the body,
# each of which is about half a metre; times are since it was last seen.
_REACH, _REACH_PER_S, _FARTHEST = 1.0, 4.0, 5.0  # somebody runs by
_STRAY, _STRAY_PER_S = 0.3, 0.7
_GROWTH, _GROWTH_STRAY = 0.8, 0.3  # logarithms
_COLOUR_STRAY = 0.15  # of 0..1 for each of the three colours
_COLOUR_S = 1.0  # clothes are learned over so long
_VELOCITY_S = 0.15
_PREDICTED_S = 0.5  # who is not seen is thought to walk on for so long: those who embrace stop
_ALONE = 1.5  # nearer to another body than this, the colour may be the other one's
_COVERED = 2.0  # and nearer than this, a body may cover the other one
_SAME_BODY: Final = 0.35  # two sightings whose joints lie nearer to each other are one body seen twice
_SOMEBODY_ELSE = 12.0  # all of it together: who jumps by half a metre does not change clothes as well
_IMPOSSIBLE = 1e6


@dataclass(slots=True, kw_only=True)
class _Track:
    """One person as last seen."""

    identity: int
    last: Sighting
    begun_s: float
    seen_s: float
    is_certain: bool
    velocity_px_s: NDArray[np.float32]
    colour: NDArray[np.float32] | None
    sure_s: float  # when it was last seen with nobody hidden behind it
    hidden_by: int | None = None  # who was near enough to cover this one when it was lost
    outgrown_since_s: float | None = None  # since when somebody is so much larger, while this is the main person

    def expected(self, time_s: float) -> NDArray[np.float32]:
        """Where the joints should be, (J, 2)."""
        return self.last.points_px + self.velocity_px_s * np.float32(min(time_s - self.seen_s, _PREDICTED_S))

    @property
    def remembered_s(self) -> float:
        """How long it is remembered when it is not seen."""
        if not self.is_certain:
            return _DOUBTED_S
        return REMEMBERED_S if self.hidden_by is None else HIDDEN_S

    def see(self, time_s: float, sighting: Sighting, *, is_alone: bool) -> None:
        """Take what was seen; `is_alone` says that its colour is certainly its own."""
        gap_s = time_s - self.seen_s
        if gap_s > 0:
            velocity = (sighting.centre_px - self.last.centre_px) / np.float32(gap_s)
            self.velocity_px_s = self.velocity_px_s + _share(gap_s, _VELOCITY_S) * (velocity - self.velocity_px_s)
        if self.colour is None:
            self.colour = sighting.colour
        elif sighting.colour is not None and is_alone and self.sure_s == self.seen_s:
            self.colour = self.colour + _share(gap_s, _COLOUR_S) * (sighting.colour - self.colour)
        self.last, self.seen_s, self.hidden_by = sighting, time_s, None


def _share(gap_s: float, constant_s: float) -> np.float32:
    return np.float32(1 - math.exp(-max(gap_s, 0.0) / constant_s))


class Tracker:
    """Gives each sighting of a stream an identity. Identities count from 0, so a lower one is older. One thread."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everybody; identities count from 0 again."""
        self._tracks: list[_Track] = []
        self._next = 0
        self._main: int | None = None

    @property
    def main(self) -> int | None:
        """The main person: the largest at the start, and then the same one until it is gone or outgrown for long."""
        return self._main

    @property
    def remembered(self) -> frozenset[int]:
        """Everybody who is seen or was seen a short while ago."""
        return frozenset(track.identity for track in self._tracks)

    def follow(self, time_s: float, sightings: Sequence[Sighting]) -> list[int | None]:
        """The identity of each sighting of a frame; None for a body that is seen a second time, and for somebody new.

        Times must not go back; a stream that begins anew needs a `reset`.
        """
        self._forget_who_is_gone(time_s)
        kept = _without_duplicates(sightings)
        chosen = self._assigned(time_s, [sightings[place] for place in kept])
        identities: list[int | None] = [None] * len(sightings)
        is_first = not any(track.is_certain for track in self._tracks)
        for place, track in zip(kept, chosen, strict=True):
            sighting = sightings[place]
            others = [sightings[other] for other in kept if other != place]
            is_alone = all(apart(sighting, other) > _ALONE for other in others)
            if track is None:
                track = self._begun(time_s, sighting, is_certain=is_first)
            else:
                track.see(time_s, sighting, is_alone=is_alone)
            track.is_certain |= is_first or time_s - track.begun_s >= NEW_S
            identities[place] = track.identity if track.is_certain else None
        self._note_who_is_hidden(time_s)
        self._choose_main(time_s)
        return identities

    def is_hidden(self, identity: int) -> bool:
        """Whether somebody who is seen covers this person."""
        return any(track.identity == identity and track.hidden_by is not None for track in self._tracks)

    def _forget_who_is_gone(self, time_s: float) -> None:
        self._tracks = [track for track in self._tracks if time_s - track.seen_s <= track.remembered_s]

    def _note_who_is_hidden(self, time_s: float) -> None:
        """For those who are not seen any more: who covers them. Whoever does may be taken for them as well."""
        seen = [track for track in self._tracks if track.seen_s == time_s]
        lost = [track for track in self._tracks if track.seen_s != time_s]
        for track in lost:
            near = min(seen, key=lambda other: apart(track.last, other.last), default=None)
            is_known = track.seen_s - track.begun_s >= KNOWN_S
            if is_known and track.hidden_by is None and near and apart(track.last, near.last) < _COVERED:
                track.hidden_by = near.identity
        covering = {track.hidden_by for track in lost}
        for track in seen:
            if track.identity not in covering:
                track.sure_s = time_s

    def _begun(self, time_s: float, sighting: Sighting, *, is_certain: bool) -> _Track:
        """Somebody new."""
        still = np.zeros(2, np.float32)
        track = _Track(
            identity=self._next,
            last=sighting,
            begun_s=time_s,
            seen_s=time_s,
            sure_s=time_s,
            is_certain=is_certain,
            velocity_px_s=still,
            colour=sighting.colour,
        )
        self._next += 1
        self._tracks.append(track)
        return track

    def _assigned(self, time_s: float, sightings: list[Sighting]) -> list[_Track | None]:
        """Who each sighting is; None for somebody new."""
        chosen: list[_Track | None] = [None] * len(sightings)
        if sightings and self._tracks:
            costs = np.array([[_cost(track, sighting, time_s) for sighting in sightings] for track in self._tracks])
            for row, column in zip(*linear_sum_assignment(costs), strict=True):
                if costs[row, column] < _IMPOSSIBLE:
                    chosen[column] = self._tracks[row]
        return chosen

    def _choose_main(self, time_s: float) -> None:
        seen = [track for track in self._tracks if track.seen_s == time_s and track.is_certain]
        main = next((track for track in self._tracks if track.identity == self._main), None)
        largest = max(seen, key=lambda track: track.last.size_px, default=None)
        if main is not None and time_s - main.seen_s <= GONE_S and not _outgrown(main, largest, time_s):
            return
        if largest is not None or main is None:  # who is gone stays the main person until there is another
            self._main = None if largest is None else largest.identity
            for track in self._tracks:
                track.outgrown_since_s = None


def _outgrown(main: _Track, largest: _Track | None, time_s: float) -> bool:
    """Whether somebody else has been much larger for long."""
    if largest is None or largest.last.size_px < OUTGROWN * main.last.size_px:
        main.outgrown_since_s = None
        return False
    if main.outgrown_since_s is None:
        main.outgrown_since_s = time_s
    return time_s - main.outgrown_since_s >= OUTGROWN_S


def _cost(track: _Track, sighting: Sighting, time_s: float) -> float:
    """How badly a sighting fits: squares in units of the usual deviations; `_IMPOSSIBLE` for somebody else."""
    gap_s = time_s - track.sure_s
    away = sighting.distance_px(track.expected(time_s), track.last.confidence) / track.last.size_px
    growth = abs(math.log(sighting.size_px / track.last.size_px))
    if away > min(_REACH + _REACH_PER_S * gap_s, _FARTHEST) or growth > _GROWTH:
        return _IMPOSSIBLE
    cost = (away / (_STRAY + _STRAY_PER_S * gap_s)) ** 2 + (growth / _GROWTH_STRAY) ** 2
    if track.colour is not None and sighting.colour is not None:
        cost += float(np.square(track.colour - sighting.colour).mean()) / _COLOUR_STRAY**2
    return cost if cost < _SOMEBODY_ELSE else _IMPOSSIBLE


def _without_duplicates(sightings: Sequence[Sighting]) -> list[int]:
    """Places of the sightings that are bodies of their own; of one body seen twice the surer sighting stays."""
    kept: list[int] = []
    for place in sorted(range(len(sightings)), key=lambda place: -float(sightings[place].confidence.sum())):
        if all(apart(sightings[place], sightings[other]) > _SAME_BODY for other in kept):
            kept.append(place)
    return sorted(kept)
