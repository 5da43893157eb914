"""Style: the manner of an act. The same motion faster or slower, wider or narrower, by the other side, with rests."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import SourceError
from core.sources.performer.motion import Motion
from core.sources.performer.stance import NEUTRAL, PLACES

_RANGES: Final = {"speed": (0.4, 2.5), "amplitude": (0.5, 1.3), "pause_s": (0.0, 10.0)}
_SHORTEST_PAUSE_S: Final = 0.01  # a shorter one is none
# Where the numbers of a channel change their sign in a mirror; hands and feet count outwards on either side.
_MIRRORED: Final = {"pelvis": (-1, 1, 1), "pelvis_turn": (1, -1, -1), "chest_turn": (1, -1, -1), "head_turn": (1, -1)}
_OTHER: Final = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How an act is acted. Raises SourceError for a number out of range, with the range."""

    speed: float = 1.0  # times as fast as it is written
    amplitude: float = 1.0  # times as far from the key that the motion keeps (its `anchor`)
    other_side: bool = False  # left and right exchanged
    pause_s: float = 0.0  # rest between repetitions

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                what = name.removesuffix("_s")
                raise SourceError(f"The {what} of an act lies between {least:g} and {most:g}, not {value:g}.")

    @classmethod
    def varied(cls, seed: int) -> Self:
        """Somebody else's manner, always the same for a seed; the side stays."""
        random = np.random.default_rng([seed, 1])
        return cls(
            speed=float(np.exp(random.uniform(np.log(0.7), np.log(1.4)))),
            amplitude=float(random.uniform(0.8, 1.15)),
            pause_s=float(random.choice([0.0, random.uniform(0.1, 0.6)])),
        )

    def applied(self, motion: Motion) -> Motion:
        """The motion in this style. Raises SourceError where the other side would make another action of it."""
        if self.other_side and not motion.survives_mirror:
            raise SourceError(f"'{motion.action}' by the other side is another action: leave the other side out.")
        anchor = motion.stances[motion.anchor]
        away = self.amplitude - 1  # 0 gives the stances as they are written, to the bit
        stances = motion.stances + away * (motion.stances - anchor)
        times_s, period_s = motion.times_s / self.speed, motion.period_s / self.speed
        pause_s = self.pause_s if self.pause_s >= _SHORTEST_PAUSE_S else 0.0
        if pause_s:
            times_s, stances = np.append(times_s, period_s), np.vstack([stances, stances[:1]])
        return replace(
            motion,
            side=_OTHER.get(motion.side, motion.side) if self.other_side else motion.side,
            period_s=period_s + pause_s,
            enter_s=motion.enter_s / self.speed,
            exit_s=motion.exit_s / self.speed,
            times_s=times_s,
            stances=mirrored_stances(stances) if self.other_side else stances,
        )


def mirrored_stances(stances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stances (..., channels), metres and degrees as `NEUTRAL` says, with left and right exchanged."""
    mirrored = np.empty_like(stances)
    for name in NEUTRAL:
        body, _, side = name.rpartition("_")
        source = f"{body}_{_OTHER[side]}" if side in _OTHER else name
        mirrored[..., PLACES[name]] = stances[..., PLACES[source]] * np.array(_MIRRORED.get(name, 1.0))
    return mirrored
