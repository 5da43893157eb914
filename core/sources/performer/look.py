"""Look: hair, clothes and colours of a figure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self, TypeVar

import numpy as np

ColourBgr = tuple[int, int, int]
Choice = TypeVar("Choice")

_SKINS_BGR: Final[tuple[ColourBgr, ...]] = (
    (176, 205, 240), (162, 194, 232), (150, 185, 228), (136, 172, 220), (120, 160, 210), (104, 146, 198),
    (92, 130, 186), (66, 96, 146), (58, 84, 128), (48, 70, 108), (42, 58, 90), (38, 52, 80),
)  # fmt: skip
_HAIRS_BGR: Final[tuple[ColourBgr, ...]] = (
    (28, 28, 32), (32, 34, 40), (38, 52, 78), (44, 60, 96), (58, 84, 124), (40, 70, 140), (96, 140, 184),
    (126, 172, 208), (150, 152, 156), (206, 208, 210),
)  # fmt: skip
_CLOTHES_BGR: Final[tuple[ColourBgr, ...]] = (
    (168, 118, 42), (92, 138, 60), (70, 78, 190), (62, 150, 214), (150, 86, 122), (222, 222, 226), (96, 92, 88),
    (40, 40, 44), (60, 52, 96), (94, 62, 40), (52, 84, 58), (196, 180, 240), (210, 196, 150), (84, 190, 222),
    (120, 60, 160), (160, 170, 176), (38, 60, 110), (190, 150, 90), (72, 110, 70), (44, 44, 150),
)  # fmt: skip
_TROUSERS_BGR: Final[tuple[ColourBgr, ...]] = (
    (92, 66, 48), (62, 62, 66), (120, 112, 104), (104, 134, 158), (52, 44, 40), (140, 108, 76), (36, 36, 38),
    (70, 88, 96), (168, 190, 204), (60, 80, 60), (54, 46, 92),
)  # fmt: skip
_SHOES_BGR: Final[tuple[ColourBgr, ...]] = (
    (226, 226, 230), (46, 46, 50), (70, 96, 138), (58, 62, 168), (120, 90, 50), (180, 180, 178),
)  # fmt: skip


class Hair(StrEnum):
    """What is on the head."""

    SHORT = "short"
    LONG = "long"
    BUN = "bun"
    BALD = "bald"
    CAP = "cap"
    BEANIE = "beanie"


class Sleeves(StrEnum):
    """How far they go."""

    SHORT = "short"
    LONG = "long"
    NONE = "none"


class Legs(StrEnum):
    """What is worn on the legs."""

    TROUSERS = "trousers"
    SHORTS = "shorts"
    SKIRT = "skirt"


class Pattern(StrEnum):
    """Of the shirt."""

    PLAIN = "plain"
    STRIPES = "stripes"  # round the body
    PINSTRIPES = "pinstripes"  # up and down
    CHECKS = "checks"
    PRINT = "print"  # on the chest


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Colours of a figure, blue first."""

    skin_bgr: ColourBgr = (136, 172, 220)
    hair_bgr: ColourBgr = (38, 52, 78)
    shirt_bgr: ColourBgr = (168, 118, 42)
    trousers_bgr: ColourBgr = (92, 66, 48)
    shoes_bgr: ColourBgr = (226, 226, 230)
    pattern_bgr: ColourBgr = (222, 222, 226)  # the other colour of a patterned shirt
    hat_bgr: ColourBgr = (60, 52, 96)

    @classmethod
    def varied(cls, random: np.random.Generator) -> Self:
        """Somebody else's."""
        return cls(
            skin_bgr=_pick(_SKINS_BGR, random),
            hair_bgr=_pick(_HAIRS_BGR, random),
            shirt_bgr=_pick(_CLOTHES_BGR, random),
            trousers_bgr=_pick(_TROUSERS_BGR, random),
            shoes_bgr=_pick(_SHOES_BGR, random),
            pattern_bgr=_pick(_CLOTHES_BGR, random),
            hat_bgr=_pick(_CLOTHES_BGR, random),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Hair and clothes."""

    hair: Hair = Hair.SHORT
    beard: bool = False
    sleeves: Sleeves = Sleeves.SHORT
    legs: Legs = Legs.TROUSERS
    pattern: Pattern = Pattern.PLAIN
    pattern_m: float = 0.07  # from one stripe to the next

    @classmethod
    def varied(cls, random: np.random.Generator) -> Self:
        """Somebody else's; trousers and plain shirts are the most common."""
        hair = _weighted({Hair.SHORT: 4, Hair.LONG: 3, Hair.BUN: 1, Hair.BALD: 1, Hair.CAP: 1, Hair.BEANIE: 1}, random)
        plain = {Pattern.PLAIN: 5, Pattern.STRIPES: 2, Pattern.PINSTRIPES: 1, Pattern.CHECKS: 1, Pattern.PRINT: 2}
        return cls(
            hair=hair,
            beard=bool(hair not in (Hair.LONG, Hair.BUN) and random.random() < 0.3),
            sleeves=_weighted({Sleeves.SHORT: 5, Sleeves.LONG: 5, Sleeves.NONE: 1}, random),
            legs=_weighted({Legs.TROUSERS: 7, Legs.SHORTS: 2, Legs.SKIRT: 1}, random),
            pattern=_weighted(plain, random),
            pattern_m=float(random.uniform(0.04, 0.12)),
        )


def _pick(palette: tuple[ColourBgr, ...], random: np.random.Generator) -> ColourBgr:
    return palette[int(random.integers(len(palette)))]


def _weighted(weights: dict[Choice, int], random: np.random.Generator) -> Choice:
    shares = np.cumsum(list(weights.values())) / sum(weights.values())
    return list(weights)[int(np.searchsorted(shares, random.random(), side="right"))]
