"""THE one function that turns joints into network input, for training and live alike.

A frame's features use that frame and the one before it on a fixed time grid (constant rate), nothing else: no clip
mean, no window origin, no centred smoothing. So a live window is a plain slice of one stream, and a clip gives the
same numbers in training as it does live (tested).

Shape letters: B batch, T frames, J joints of Kinect-25, K joints that the network sees, C channels.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from core.errors import ModelError
from core.skeleton.layouts import KINECT_25

CHANNELS_PER_KIND: Final = 3
# Typical size of each kind of channel, so that all reach the network near one: metres, metres a second, metres.
_SCALES: Final = {"relative": 0.5, "velocity": 1.0, "bone": 0.25}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSpec:
    """What the features of a frame are made of. Stored in a model's config.json.

    Raises ModelError for an unknown kind, a joint outside Kinect-25 or a rate outside 1 to 120 Hz.
    """

    rate_hz: float = 15.0
    joints: tuple[int, ...] = tuple(range(21))  # Kinect-25 without hand tips and thumbs, which few data sets hold
    kinds: tuple[str, ...] = ("relative", "velocity", "bone")

    def __post_init__(self) -> None:
        if not 1 <= self.rate_hz <= 120:
            raise ModelError(f"A feature rate of {self.rate_hz} Hz is outside 1 to 120 Hz.")
        if not self.kinds or any(kind not in _SCALES for kind in self.kinds):
            raise ModelError(f"Feature kinds must be some of {', '.join(_SCALES)}, not {', '.join(self.kinds)}.")
        if not self.joints or any(not 0 <= joint < len(KINECT_25) for joint in self.joints):
            raise ModelError(f"Feature joints must be Kinect-25 joints, 0 to 24, not {self.joints}.")
        if len(set(self.joints)) != len(self.joints):
            raise ModelError("A feature joint is listed twice.")

    @property
    def channels(self) -> int:
        """Channels of a joint (C)."""
        return CHANNELS_PER_KIND * len(self.kinds)


def frame_features(positions_m: Tensor, spec: FeatureSpec) -> Tensor:
    """Features of successive frames on the grid of `spec.rate_hz`.

    Args:
        positions_m: (..., T, 25, 3) metres, Kinect-25. Where a stream begins, its first frame counts as standing still.
        spec: what to compute.

    Returns:
        (..., T, K, C) float32. Translating the person changes nothing. To continue a stream, pass its last
        frame first and drop the first row of the result.
    """
    relative = positions_m - positions_m[..., :1, :]  # hip-centred (..., T, 25, 3)
    parts = {"relative": relative}
    if "velocity" in spec.kinds:
        step = relative.diff(dim=-3, prepend=relative[..., :1, :, :])
        parts["velocity"] = step * spec.rate_hz
    if "bone" in spec.kinds:
        parts["bone"] = relative - relative[..., torch.from_numpy(KINECT_25.parents), :]
    chosen = torch.cat([parts[kind] / _SCALES[kind] for kind in spec.kinds], dim=-1)  # (..., T, 25, C)
    return chosen[..., list(spec.joints), :]
