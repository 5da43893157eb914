"""Augmentation of whole batches on the device: what another camera, body, tempo or pose estimator would have seen.

Every function takes and returns positions (B, T, P, 25, 3) in metres and draws from the generator it is given, so a
seed repeats a run. A person who is not there (all joints in one point) stays in one point.
"""

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Generator, Tensor
from torch.nn import functional

from core.skeleton.features import is_there
from core.skeleton.layouts import KINECT_25


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
    hidden_joints: float = 0.0  # share of the joints that are not seen in a clip: all features of them are 0
    mirror: bool = False  # left becomes right in half of the samples; only where every action survives it
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


def cut_in_time(
    positions: Tensor, lengths: Tensor, *, window: int, spec: AugmentSpec, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Play each clip at another tempo, whole or as a window of it that may begin before or end after the clip.

    Outside the clip the person stands still in its first or last pose. A clip may be too long to be seen whole, then
    it is a part of it. Args: positions (B, T, P, 25, 3), lengths (B,).
    Returns positions (B, 1 + T', P, 25, 3) and true lengths (B,). The frame in front is the one before the window, from
    which its first frame gets a velocity as it does live.
    """
    batch, device = len(positions), positions.device

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(batch, generator=generator, device=device)

    speed = torch.exp(draw(-spec.tempo, spec.tempo))
    played = (lengths / speed).floor().clamp_min(2)  # frames of the clip at this tempo
    as_window = draw(0, 1) < spec.window_share
    # A window sees at least 60 % of itself or of the clip filled with the action.
    seen = 0.6 * torch.minimum(played, torch.full_like(played, window))
    start = (seen - window) + draw(0, 1) * (played - seen - (seen - window))
    whole, begin = played, torch.zeros_like(start)
    if spec.longest_windows:
        whole = played.clamp_max(round(spec.longest_windows * window))
        begin = ((played - whole) * draw(0, 1)).floor()
    new_lengths = torch.where(as_window, torch.full_like(played, window), whole).long()
    first = torch.where(as_window, start, begin)
    frames = torch.arange(-1, int(new_lengths.max()), device=device)
    at = (first[:, None] + frames) * speed[:, None]  # (B, 1 + T') place in the clip
    last = (lengths - 1)[:, None].float()
    at = at.clamp_min(0).minimum(last)
    if spec.warp:
        at = last * _warp(at / last.clamp_min(1), by=spec.warp, generator=generator)
    return _sample_frames(positions, at), new_lengths


_WAVES: Final = 3  # half waves over a clip


def _warp(place: Tensor, *, by: float, generator: Generator) -> Tensor:
    """Places in a clip (B, T), 0 to 1, as they are when it runs now faster and now slower by up to a share `by`.

    The ends stay where they are. Time warping as an augmentation of series: Um et al., ICMI 2017 (there by splines).
    """
    waves = math.pi * torch.arange(1, _WAVES + 1, device=place.device)[:, None]  # (N, 1)
    size = torch.randn(len(place), _WAVES, 1, generator=generator, device=place.device)
    ahead = (size * torch.sin(waves * place[:, None]) / waves).sum(dim=1)  # (B, T), 0 at both ends
    changes = (size * torch.cos(waves * torch.linspace(0, 1, 64, device=place.device))).sum(dim=1)  # of the tempo
    return place + by * ahead / changes.abs().amax(dim=1, keepdim=True).clamp_min(1e-3)


def _sample_frames(positions: Tensor, at: Tensor) -> Tensor:
    """Positions (B, T, P, 25, 3) at fractional frames (B, T'), linearly."""
    before = at.floor().long()
    after = (before + 1).clamp_max(positions.shape[1] - 1)
    start = positions.shape[1] * torch.arange(len(positions), device=positions.device)[:, None]
    frames = positions.flatten(0, 1)  # (B * T, P, 25, 3): one index is much faster than two
    first, second = (frames.index_select(0, (start + place).flatten()) for place in (before, after))
    share = (at - before).flatten()[:, None, None, None]
    return first.lerp(second, share).reshape(*at.shape, *positions.shape[2:])  # (B, T', P, 25, 3)


def change_body(positions: Tensor, *, spec: AugmentSpec, generator: Generator) -> Tensor:
    """Another body: other size, bones longer or shorter, left as right, and each held at a slightly other angle."""
    batch, persons, device = len(positions), positions.shape[2], positions.device
    order = torch.from_numpy(KINECT_25.mirror_order).to(device)
    parents = torch.from_numpy(KINECT_25.parents).to(device)
    factor = torch.randn(batch, persons, len(KINECT_25), generator=generator, device=device) * spec.bone
    factor = 1 + (factor + factor[..., order]) / math.sqrt(2) / 1.5
    size = 1 + spec.scale * (2 * torch.rand(batch, 1, 1, generator=generator, device=device) - 1)  # of both alike
    bones = positions - positions[..., parents, :]  # (B, T, P, 25, 3); the root's bone is zero
    bones = bones * (factor.clamp(0.7, 1.3) * size)[:, None, :, :, None]
    if spec.style_deg:
        bones = _other_angles(bones, deg=spec.style_deg, generator=generator)
    hips = positions[..., :1, :]
    middle = _middle(positions)
    hips = middle + (hips - middle) * size[..., None, None]
    return hips + torch.einsum("ij,btpjc->btpic", _ancestors().to(device), bones)


def _other_angles(bones: Tensor, *, deg: float, generator: Generator) -> Tensor:
    """Bones (B, T, P, 25, 3), each turned about a random axis by one angle all through the clip."""
    batch, _, persons, joints, _ = bones.shape
    angles = torch.randn(batch, persons, joints, 3, generator=generator, device=bones.device) * math.radians(deg)
    rotations = torch.linalg.matrix_exp(_cross_matrix(angles.flatten(0, 2)))
    return torch.einsum("bpjdc,btpjc->btpjd", rotations.reshape(batch, persons, joints, 3, 3), bones)


def _middle(positions: Tensor) -> Tensor:
    """Between the hips of all persons who are there in the first frame, (B, 1, 1, 1, 3)."""
    there = is_there(positions[:, :1])
    return (positions[:, :1, :, :1] * there).sum(dim=2, keepdim=True) / there.sum(dim=2, keepdim=True).clamp_min(1)


def _ancestors() -> Tensor:
    """Matrix (25, 25) that adds up the bones from the root to each joint."""
    chain = torch.eye(len(KINECT_25))
    for parent, child in KINECT_25.bones:  # parents stand before their children
        chain[child] += chain[parent]
    return chain


def turn(positions: Tensor, *, spec: AugmentSpec, generator: Generator) -> Tensor:
    """Another camera direction: yaw, pitch and roll about the place where the clip began."""
    batch, device = len(positions), positions.device
    limits = torch.tensor([spec.pitch_deg, spec.yaw_deg, spec.roll_deg], device=device) * (math.pi / 180)
    angles = (2 * torch.rand(batch, 3, generator=generator, device=device) - 1) * limits
    rotation = torch.linalg.matrix_exp(_cross_matrix(angles))  # (B, 3, 3)
    middle = _middle(positions)
    centred = (positions - middle).flatten(1, 3)  # (B, T * P * 25, 3)
    return middle + torch.bmm(centred, rotation.transpose(1, 2)).reshape(positions.shape)


def _cross_matrix(vector: Tensor) -> Tensor:
    """Cross-product matrices (B, 3, 3) of vectors (B, 3)."""
    x, y, z = vector.unbind(dim=-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(-1, 3, 3)


def blur_estimate(positions: Tensor, *, spec: AugmentSpec, generator: Generator) -> Tensor:
    """What a monocular estimator does to joints: offsets, slow wobble, jitter, depth flattened or stretched."""
    batch, frames, persons, joints, _ = positions.shape
    device = positions.device

    def noise(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=device)

    depth = 1 + spec.depth_scale * (2 * torch.rand(batch, 1, 1, 1, generator=generator, device=device) - 1)
    hips = positions[..., :1, :]
    flattened = positions - hips
    flattened = torch.cat([flattened[..., :2], (flattened[..., 2] * depth)[..., None]], dim=-1)
    offset = noise(batch, 1, persons, joints, 3)
    offset = offset * positions.new_tensor([spec.offset_m, spec.offset_m, spec.depth_offset_m])
    slow = noise(batch, persons * joints * 3, frames // 8 + 2)
    slow = functional.interpolate(slow, size=frames, mode="linear", align_corners=True)
    slow = slow.reshape(batch, persons, joints, 3, frames).permute(0, 4, 1, 2, 3)  # (B, T, P, 25, 3)
    slow = slow * positions.new_tensor([spec.wobble_m, spec.wobble_m, spec.depth_wobble_m])
    jitter = spec.jitter_m * noise(batch, frames, persons, joints, 3)
    return hips + flattened + (offset + slow + jitter) * is_there(positions)


def mirror(positions: Tensor, *, generator: Generator) -> Tensor:
    """Half of the samples seen in a mirror: left and right swapped."""
    chosen = torch.rand(len(positions), 1, 1, 1, 1, generator=generator, device=positions.device) < 0.5
    order = torch.from_numpy(KINECT_25.mirror_order).to(positions.device)
    return torch.where(chosen, positions[..., order, :] * positions.new_tensor([-1, 1, 1]), positions)


def swap_persons(positions: Tensor, *, generator: Generator) -> Tensor:
    """Half of the samples with the two persons in the other order."""
    chosen = torch.rand(len(positions), 1, 1, 1, 1, generator=generator, device=positions.device) < 0.5
    return torch.where(chosen, positions.flip(2), positions)


def hide_joints(inputs: Tensor, *, share: float, generator: Generator) -> Tensor:
    """Features (B, T, K, C) with a share of the joints at 0 through a whole clip, as if nobody saw them."""
    if not share:
        return inputs
    batch, _, joints, _ = inputs.shape
    return inputs * (torch.rand(batch, 1, joints, 1, generator=generator, device=inputs.device) >= share)


def augment(
    positions: Tensor, lengths: Tensor, *, window: int, spec: AugmentSpec, generator: Generator
) -> tuple[Tensor, Tensor]:
    """All of the above, in the order in which they happen: time, body, camera, estimator. See `cut_in_time`."""
    if spec.cuts:
        positions, lengths = cut_in_time(positions, lengths, window=window, spec=spec, generator=generator)
    else:
        positions = torch.cat([positions[:, :1], positions[:, : int(lengths.max())]], dim=1)  # nobody moved before
    if spec.mirror:
        positions = mirror(positions, generator=generator)
    if spec.swap and positions.shape[2] == 2:
        positions = swap_persons(positions, generator=generator)
    if spec.changes_bodies:
        positions = change_body(positions, spec=spec, generator=generator)
    positions = turn(positions, spec=spec, generator=generator)
    if spec.blurs:
        positions = blur_estimate(positions, spec=spec, generator=generator)
    return positions, lengths
