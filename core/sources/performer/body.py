"""Body: how large a performer is and how it is coloured."""

from dataclasses import dataclass, field, replace

import numpy as np

ColourBgr = tuple[int, int, int]

_SKINS_BGR: tuple[ColourBgr, ...] = (
    (176, 205, 240),
    (150, 185, 228),
    (120, 160, 210),
    (92, 130, 186),
    (66, 96, 146),
    (48, 70, 108),
)
_HAIRS_BGR: tuple[ColourBgr, ...] = ((32, 34, 40), (38, 52, 78), (58, 84, 124), (96, 140, 184), (150, 152, 156))
_SHIRTS_BGR: tuple[ColourBgr, ...] = (
    (168, 118, 42),
    (92, 138, 60),
    (70, 78, 190),
    (62, 150, 214),
    (150, 86, 122),
    (222, 222, 226),
    (96, 92, 88),
)
_TROUSERS_BGR: tuple[ColourBgr, ...] = ((92, 66, 48), (62, 62, 66), (120, 112, 104), (104, 134, 158), (52, 44, 40))
_SHOES_BGR: tuple[ColourBgr, ...] = ((226, 226, 230), (46, 46, 50), (70, 96, 138), (58, 62, 168))


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Colours of a figure, blue first."""

    skin_bgr: ColourBgr = (136, 172, 220)
    hair_bgr: ColourBgr = (38, 52, 78)
    shirt_bgr: ColourBgr = (168, 118, 42)
    trousers_bgr: ColourBgr = (92, 66, 48)
    shoes_bgr: ColourBgr = (226, 226, 230)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Bone lengths in metres between Kinect-25 joints, thickness and colours. The default is an adult of 1.69 m.

    `build` multiplies how thick trunk and limbs are drawn; it moves no joint.
    """

    ankle_height_m: float = 0.08
    shin_m: float = 0.385
    thigh_m: float = 0.40
    hip_half_m: float = 0.10  # from SpineBase to a hip
    spine_m: float = 0.485  # from SpineBase to SpineShoulder, which lies between the shoulders
    shoulder_half_m: float = 0.17
    neck_m: float = 0.10  # from SpineShoulder to Neck
    head_m: float = 0.12  # from Neck to Head, the middle of the head
    upper_arm_m: float = 0.275
    forearm_m: float = 0.245
    hand_m: float = 0.17  # from Wrist to HandTip
    foot_m: float = 0.16  # from Ankle to Foot, which lies at the toes
    build: float = 1.0
    colours: Colours = field(default_factory=Colours)

    @property
    def arm_m(self) -> float:
        """Reach from the shoulder to the wrist."""
        return self.upper_arm_m + self.forearm_m

    @property
    def leg_m(self) -> float:
        """Length of a straight leg from hip to ankle."""
        return self.thigh_m + self.shin_m

    @property
    def height_m(self) -> float:
        """From the floor to the top of the head when standing."""
        return self.ankle_height_m + self.leg_m + self.spine_m + self.neck_m + self.head_m * 2

    def scaled(self, factor: float) -> "Body":
        """The same figure, `factor` times as large."""
        lengths = {name: getattr(self, name) * factor for name in self.__slots__ if name.endswith("_m")}
        return replace(self, **lengths)

    @classmethod
    def varied(cls, seed: int) -> "Body":
        """Somebody else: height 1.52 to 1.93 m, proportions, build and colours, always the same for a seed."""
        rng = np.random.default_rng(seed)
        limbs, trunk, width = rng.normal(1, (0.02, 0.02, 0.03)).clip(0.94, 1.06)
        default = cls()
        person = replace(
            default,
            shin_m=default.shin_m * limbs,
            thigh_m=default.thigh_m * limbs,
            upper_arm_m=default.upper_arm_m * limbs,
            forearm_m=default.forearm_m * limbs,
            spine_m=default.spine_m * trunk,
            shoulder_half_m=default.shoulder_half_m * width,
            hip_half_m=default.hip_half_m * width,
            build=float(rng.uniform(0.88, 1.18)),
            colours=_varied_colours(rng),
        )
        return person.scaled(float(rng.uniform(1.52, 1.93)) / person.height_m)


def _varied_colours(rng: np.random.Generator) -> Colours:
    def pick(palette: tuple[ColourBgr, ...]) -> ColourBgr:
        return palette[int(rng.integers(len(palette)))]

    return Colours(
        skin_bgr=pick(_SKINS_BGR),
        hair_bgr=pick(_HAIRS_BGR),
        shirt_bgr=pick(_SHIRTS_BGR),
        trousers_bgr=pick(_TROUSERS_BGR),
        shoes_bgr=pick(_SHOES_BGR),
    )
