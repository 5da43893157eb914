"""Body: how large a performer is and what it looks like."""

from dataclasses import dataclass, field, replace

import numpy as np

from core.sources.performer.look import Colours, Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Bone lengths in metres between Kinect-25 joints, thickness and looks. The default is an adult of 1.69 m.

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
    look: Look = field(default_factory=Look)

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
        """Somebody else: height 1.50 to 1.95 m, proportions, build, clothes, colours, always the same for a seed."""
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
            build=float(rng.uniform(0.85, 1.22)),
            colours=Colours.varied(rng),
            look=Look.varied(rng),
        )
        return person.scaled(float(rng.uniform(1.505, 1.945)) / person.height_m)
