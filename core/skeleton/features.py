"""Joints to network input: the one function that training and the live path share.

The features of a frame use it and at most the frame before it on the model's time grid (constant rate), nothing else:
no clip mean, no centred smoothing, no scale of a window. So a live window is a plain slice of one stream, and a clip
gives the same numbers in training as it does live (tested). The one exception is the kind "position" of the preset
`paper`, which is measured from where the stream began.

Shape letters: B batch, T frames, P persons, J joints of Kinect-25, K joints that the network sees (of all persons,
person after person), C channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import ModelError
from core.skeleton.layouts import KINECT_25

# The kinds of features, three channels each, and the typical size of each, so that all reach the network near one.
_SCALES: Final = {
    "position": 1.0,  # metres from the hips in the first frame (between the two persons)
    "relative": 0.5,  # metres from the person's own hips
    "velocity": 1.0,  # of that, metres a second
    "drift": 1.0,  # of the person's hips, metres a second: walking, which all else leaves out
    "bone": 0.25,  # metres from the joint's parent
    "partner": 1.0,  # metres from the other person's hips
    "approach": 1.0,  # of that, metres a second
    "contact": 1.0,  # how near the other person's nearest joint and nearest hand are: 1 where they touch, 0 from afar
}
_LEFT_TRUNK: Final = (4, 12)  # shoulder, hip
_RIGHT_TRUNK: Final = (8, 16)
_TOUCHED: Final = (7, 11, 3, 20, 1, 0, 4, 5, 8, 9, 12, 13, 14, 16, 17, 18)  # both hands first
_TOUCH_M: Final = 0.25  # the spread of joints that touch, tracking errors included
# The kinds that compare with the frame before: of who has only just come they are 0.
_RATES: Final = ("velocity", "drift", "approach")
# The kinds that need a partner.
OF_TWO: Final = frozenset({"partner", "approach", "contact"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSpec:
    """What the features of a frame are made of. Stored in a model's config.json.

    Raises ModelError for an unknown kind, a joint outside Kinect-25 or a rate outside 1 to 120 Hz.
    """

    rate_hz: float = 15.0
    persons: int = 1
    joints: tuple[int, ...] = tuple(range(21))  # Kinect-25 without hand tips and thumbs, which few data sets hold
    kinds: tuple[str, ...] = ("relative", "velocity", "bone")
    facing: bool = False  # directions are seen from the person: see `_facing`

    def __post_init__(self) -> None:
        if not 1 <= self.rate_hz <= 120:
            raise ModelError(f"A feature rate of {self.rate_hz} Hz is outside 1 to 120 Hz.")
        if self.persons not in {1, 2}:
            raise ModelError(f"Features are of 1 or 2 persons, not {self.persons}.")
        if not self.kinds or any(kind not in _SCALES for kind in self.kinds):
            raise ModelError(f"Feature kinds must be some of {', '.join(_SCALES)}, not {', '.join(self.kinds)}.")
        if len(set(self.kinds)) != len(self.kinds):
            raise ModelError("A kind of features is listed twice.")
        if self.persons == 1 and not OF_TWO.isdisjoint(self.kinds):
            raise ModelError(f"Features of one person cannot be of the kinds {', '.join(sorted(OF_TWO))}.")
        if not self.joints or any(not 0 <= joint < len(KINECT_25) for joint in self.joints):
            raise ModelError(f"Feature joints must be Kinect-25 joints, 0 to 24, not {self.joints}.")
        if len(set(self.joints)) != len(self.joints):
            raise ModelError("A feature joint is listed twice.")

    @property
    def channels(self) -> int:
        """Channels of a joint (C)."""
        return sum(2 if kind == "contact" else 3 for kind in self.kinds)

    @property
    def rows(self) -> int:
        """Joints that the network sees (K), of all persons."""
        return self.persons * len(self.joints)

    def in_mirror(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """How features look in a mirror: which row takes the place of each (K,), and which channels change their sign.

        Of two persons who face each other both have to be there. Raises ModelError where a joint has a twin that the
        network does not see.
        """
        twins = [int(KINECT_25.mirror_order[joint]) for joint in self.joints]
        if set(twins) != set(self.joints):
            raise ModelError("Of these joints some have a twin on the other side that is not among them.")
        rows = [self.joints.index(twin) for twin in twins]
        across = 2 if self.facing and self.persons == 2 else 0  # x leads from one to the other then
        flipped, channel = [], 0
        for kind in self.kinds:
            if kind != "contact":
                flipped.append(channel + across)
            channel += replace(self, kinds=(kind,)).channels
        return tuple(person * len(rows) + row for person in range(self.persons) for row in rows), tuple(flipped)


# Mean confidence over a clip, or over the last second of a stream, below which a joint was guessed and not seen.
SEEN_FROM: Final = 0.3


def is_seen(confidence: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether joints of that mean confidence (..., J) were seen."""
    return confidence >= SEEN_FROM


def without_unseen(features: Tensor, seen: Tensor, spec: FeatureSpec) -> Tensor:
    """Features (..., T, K, C) with those of joints that nobody saw at 0; `seen` is (..., T or 1, P, 25)."""
    return features * seen[..., list(spec.joints)].flatten(-2)[..., None]


def frame_features(positions_m: Tensor, spec: FeatureSpec, *, origin_m: Tensor | None = None) -> Tensor:
    """Features of successive frames on the grid of `spec.rate_hz`.

    Args:
        positions_m: (..., T, P, 25, 3) metres, Kinect-25. Where a stream begins, its first frame counts as standing
            still. A person whose joints all lie in one point is not there, and all features of it are 0.
        spec: what to compute.
        origin_m: (..., 1, 1, 1, 3) where the stream began, for the kind "position"; by default the first frame given.

    Returns:
        (..., T, K, C) float32. Translating everybody changes nothing. To continue a stream, pass its last
        frame first and drop the first row of the result.
    """
    if positions_m.shape[-3] != spec.persons:
        raise ModelError(f"These features are of {spec.persons} person(s), the sequence has {positions_m.shape[-3]}.")
    hips = positions_m[..., :1, :]  # (..., T, P, 1, 3)
    chosen = _joints(positions_m, spec.joints)  # (..., T, P, J, 3)
    relative = chosen - hips
    vectors: dict[str, Tensor] = {"relative": relative}  # each (..., T, P, J, 3)
    if "position" in spec.kinds:
        start = stream_origin(positions_m) if origin_m is None else origin_m
        vectors["position"] = chosen - start
    if "velocity" in spec.kinds:
        vectors["velocity"] = _rate_of_change(relative, spec.rate_hz)
    if "drift" in spec.kinds:
        vectors["drift"] = _rate_of_change(hips, spec.rate_hz).expand(chosen.shape)
    if "bone" in spec.kinds:
        vectors["bone"] = chosen - _joints(positions_m, KINECT_25.parents[list(spec.joints)].tolist())
    if not OF_TWO.isdisjoint(spec.kinds):
        vectors["partner"] = chosen - hips.flip(-3)
        if "approach" in spec.kinds:
            vectors["approach"] = _rate_of_change(vectors["partner"], spec.rate_hz)
    if spec.facing:
        turn = _facing(positions_m)  # (..., T, P, 3, 3)
        vectors = {kind: vector @ turn.transpose(-1, -2) for kind, vector in vectors.items()}
    if "contact" in spec.kinds:
        vectors["contact"] = _contact(chosen, positions_m)
    if spec.persons > 1:  # nothing is known of who is not there, nor of where the other one would be
        there = is_there(positions_m)  # (..., T, P, 1, 1)
        stays = there & torch.cat([there[..., :1, :, :, :], there[..., :-1, :, :, :]], dim=-4)
        both, both_stay = (who & who.flip(-3) for who in (there, stays))
        masks = dict.fromkeys(_RATES, stays) | dict.fromkeys(OF_TWO, both) | {"approach": both_stay}
        vectors = {kind: vector * masks.get(kind, there) for kind, vector in vectors.items()}
    features = torch.cat([vectors[kind] / _SCALES[kind] for kind in spec.kinds], dim=-1)  # (..., T, P, J, C)
    return features.flatten(-3, -2)  # (..., T, K, C)


def _joints(positions: Tensor, joints: Sequence[int]) -> Tensor:
    return positions.index_select(-2, torch.tensor(joints, device=positions.device))


def stream_origin(positions_m: Tensor) -> Tensor:
    """Where the kind "position" is measured from: between the hips of the first frame, (..., 1, 1, 1, 3).

    A person who is not there does not count, unless nobody is there.
    """
    first = positions_m[..., :1, :, :, :]
    there = is_there(first)
    counts = there | ~there.any(dim=-3, keepdim=True)
    return (first[..., :1, :] * counts).sum(dim=-3, keepdim=True) / counts.sum(dim=-3, keepdim=True)


def is_there(positions_m: Tensor) -> Tensor:
    """Whether each person is there in each frame, (..., T, P, 1, 1): not all joints in one point."""
    spread = (positions_m - positions_m[..., :1, :]).abs().sum(dim=(-1, -2), keepdim=True)
    return spread > 0


def _rate_of_change(values: Tensor, rate_hz: float) -> Tensor:
    """Change a second of (..., T, P, J, 3) from frame to frame; 0 in the first."""
    return values.diff(dim=-4, prepend=values[..., :1, :, :, :]) * rate_hz


def _contact(chosen: Tensor, positions: Tensor) -> Tensor:
    """Nearness of joints (..., T, P, J, 3) to the other person's nearest joint and nearest hand, (..., T, P, J, 2)."""
    others = positions.flip(-3)[..., list(_TOUCHED), :]
    distance = (chosen[..., :, None, :] - others[..., None, :, :]).square().sum(dim=-1)  # (..., T, P, J, O)
    nearest = torch.stack([distance.amin(dim=-1), distance[..., :2].amin(dim=-1)], dim=-1)
    return torch.exp(-nearest / (2 * _TOUCH_M**2))


def _facing(positions: Tensor) -> Tensor:
    """Rotation about the vertical (..., T, P, 3, 3) after which no camera angle is left.

    Of two persons, each one's partner lies in the direction +x. One person alone, also one whose partner is not there,
    looks at the sensor: shoulders and hips go along x.
    """
    line = _joints(positions, _RIGHT_TRUNK).sum(dim=-2) - _joints(positions, _LEFT_TRUNK).sum(dim=-2)  # (..., T, P, 3)
    if positions.shape[-3] == 2:
        hips, there = positions[..., 0, :], is_there(positions)[..., 0]  # (..., T, P, 3), (..., T, P, 1)
        line = torch.where(there & there.flip(-2), hips.flip(-2) - hips, line)
    length = line[..., ::2].square().sum(dim=-1).add(1e-6).sqrt()
    cosine, sine = line[..., 0] / length, line[..., 2] / length  # (..., T, P)
    zero, one = torch.zeros_like(cosine), torch.ones_like(cosine)
    rows = [cosine, zero, sine, zero, one, zero, -sine, zero, cosine]
    return torch.stack(rows, dim=-1).reshape(*cosine.shape, 3, 3)
