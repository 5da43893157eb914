"""Seats: which person of a pose is which person of the network."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.pose.pose import Pose

GIVEN_UP_S: Final = 1.0  # who is away for longer loses the seat to somebody else, and nobody else gets it before


class Seats:
    """Keeps persons in the places that they have in a window, by identity. Used by one thread.

    A seat stays with its person as long as nobody else needs it. Somebody else gets it when that person is away for
    long, or at once where there is a single seat: then the estimator follows one person and says that it is another.
    """

    def __init__(self, count: int) -> None:
        self._given_up_s = GIVEN_UP_S if count > 1 else 0.0
        self._count = count
        self.clear()

    def clear(self) -> None:
        """Nobody sits anywhere."""
        self._who: list[int | None] = [None] * self._count
        self._there_s = [float("-inf")] * self._count

    def take(self, time_s: float, pose: Pose) -> tuple[tuple[int | None, ...], bool]:
        """Seat the persons of a pose; the first ones in it come first.

        Returns which person of the pose sits on each seat (None: nobody there now), and whether a seat has gone from
        one person to another, so that what was seen before is of no use.
        """
        is_changed = False
        for who in pose.identities:
            seat = self._seat_for(time_s, who, pose)
            if seat is not None:
                is_changed |= self._who[seat] not in (None, who)
                self._who[seat], self._there_s[seat] = who, time_s
        where = {who: person for person, who in enumerate(pose.identities)}
        return tuple(None if who is None else where.get(who) for who in self._who), is_changed

    def _seat_for(self, time_s: float, who: int, pose: Pose) -> int | None:
        """The person's own seat, a free one, or one that is given up; None where there is none."""
        for seat in (who, None):
            if seat in self._who:
                return self._who.index(seat)
        longest = min(range(self._count), key=lambda seat: self._there_s[seat])
        is_away = self._who[longest] not in pose.identities and time_s - self._there_s[longest] > self._given_up_s
        return longest if is_away else None


def seated(pose: Pose, places: tuple[int | None, ...]) -> NDArray[np.float32]:
    """Metres and confidence of the persons on the seats, (P, J, 4); NaN for who is not there.

    What is interpolated between somebody and nobody is then nobody too, and no shrunken body.
    """
    rows = np.full((len(places), len(pose.layout), 4), np.nan, dtype=np.float32)
    for seat, person in enumerate(places):
        if person is not None:
            rows[seat, :, :3], rows[seat, :, 3] = pose.positions_m[person], pose.confidence[person]
    return rows
