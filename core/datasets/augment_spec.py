"""What augmentation may change, and by how much."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentSpec:
    """Ranges; 0 switches a part off."""

    yaw_deg: float = 35.0  # the camera stands to the side
    pitch_deg: float = 16.0  # or looks down or up
    roll_deg: float = 5.0
    scale: float = 0.15  # bodies of other size
    bone: float = 0.12  # and proportions
    offset_m: float = 0.035  # what another estimator calls the same joint
    depth_offset_m: float = 0.06  # monocular depth is less certain
    depth_scale: float = 0.3
    wobble_m: float = 0.012  # slow noise
    depth_wobble_m: float = 0.03
    jitter_m: float = 0.003  # fast noise
    style_deg: float = 0.0  # each bone held at a slightly other angle, all through a clip
    tempo: float = 0.25
    warp: float = 0.0  # and the tempo changes within a clip, by up to this share; below 1, so that time never runs back
    window_share: float = 0.5  # how many samples are windows cut at random, as live, and not whole clips
    longest_windows: float = 0.0  # of a clip that is longer than so many windows only that much is seen; 0: all of it
    streams: float = 0.0  # share of the windows that still hold the end of another clip; 0: see `cut_in_time`
    hidden_joints: float = 0.0  # share of the joints that are not seen in a clip: all features of them are 0
    hidden_parts: float = 0.0  # share of the clips in which legs, a side or an arm are not seen
    mirror: bool = False  # left becomes right in half of the samples of those actions that have a name in a mirror
    swap: bool = True  # the order of two persons is random

    def __post_init__(self) -> None:
        if not 0 <= self.warp < 1:
            raise ValueError(f"a warp of {self.warp} is not at least 0 and below 1")
        if self.longest_windows and self.longest_windows < 1:
            raise ValueError(f"a part of {self.longest_windows} windows is shorter than a window")

    @property
    def cuts(self) -> bool:
        """Whether clips are played at another tempo or cut to windows or parts."""
        return bool(self.tempo or self.warp or self.window_share or self.longest_windows)

    @property
    def changes_bodies(self) -> bool:
        """Whether bodies have other sizes, proportions or manners."""
        return bool(self.bone or self.scale or self.style_deg)

    @property
    def blurs(self) -> bool:
        """Whether joints are moved as an estimator would."""
        parts = (self.offset_m, self.depth_offset_m, self.depth_scale, self.wobble_m, self.depth_wobble_m)
        return any(parts) or bool(self.jitter_m)


# The camera stands up to 0.3 rad to the side, and nothing else: what the authors' later code does.
YAW_ONLY = AugmentSpec(
    yaw_deg=math.degrees(0.3),
    pitch_deg=0,
    roll_deg=0,
    scale=0,
    bone=0,
    offset_m=0,
    depth_offset_m=0,
    depth_scale=0,
    wobble_m=0,
    depth_wobble_m=0,
    jitter_m=0,
    style_deg=0,
    tempo=0,
    warp=0,
    window_share=0,
)
