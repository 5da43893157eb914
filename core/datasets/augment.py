"""Augmentation of whole batches on the device: what another camera, body, tempo or pose estimator would have seen.

Every function takes and returns positions (B, T, 25, 3) in metres and draws from the generator it is given, so a seed
repeats a run.
"""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

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
    tempo: float = 0.25
    window_share: float = 0.5  # how many samples are windows cut at random, as live, and not whole clips


def cut_in_time(
    positions: Tensor, lengths: Tensor, *, window: int, spec: AugmentSpec, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Play each clip at another tempo, whole or as a window of it that may begin before or end after the clip.

    Outside the clip the person stands still in its first or last pose. Args: positions (B, T, 25, 3), lengths (B,).
    Returns positions (B, 1 + T', 25, 3) and true lengths (B,). The frame in front is the one before the window, from
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
    new_lengths = torch.where(as_window, torch.full_like(played, window), played).long()
    first = torch.where(as_window, start, torch.zeros_like(start))
    frames = torch.arange(-1, int(new_lengths.max()), device=device)
    at = (first[:, None] + frames) * speed[:, None]  # (B, 1 + T') place in the clip
    at = at.clamp_min(0).minimum((lengths - 1)[:, None].float())
    return _sample_frames(positions, at), new_lengths


def _sample_frames(positions: Tensor, at: Tensor) -> Tensor:
    """Positions (B, T, 25, 3) at fractional frames (B, T'), linearly."""
    before = at.floor().long()
    after = (before + 1).clamp_max(positions.shape[1] - 1)
    row = torch.arange(len(positions), device=positions.device)[:, None]
    share = (at - before)[..., None, None]
    return positions[row, before].lerp(positions[row, after], share)  # (B, T', 25, 3)


def change_body(positions: Tensor, *, spec: AugmentSpec, generator: Generator) -> Tensor:
    """Other size and proportions: each bone longer or shorter, left as right, the pose's angles kept."""
    batch, device = len(positions), positions.device
    order = torch.from_numpy(KINECT_25.mirror_order).to(device)
    parents = torch.from_numpy(KINECT_25.parents).to(device)
    factor = torch.randn(batch, len(KINECT_25), generator=generator, device=device) * spec.bone
    factor = 1 + (factor + factor[:, order]) / math.sqrt(2) / 1.5
    size = 1 + spec.scale * (2 * torch.rand(batch, 1, generator=generator, device=device) - 1)
    bones = positions - positions[:, :, parents]  # (B, T, 25, 3); the root's bone is zero
    bones = bones * (factor.clamp(0.7, 1.3) * size)[:, None, :, None]
    return positions[:, :, :1] + torch.einsum("ij,btjc->btic", _ancestors().to(device), bones)


def _ancestors() -> Tensor:
    """Matrix (25, 25) that adds up the bones from the root to each joint."""
    chain = torch.eye(len(KINECT_25))
    for parent, child in KINECT_25.bones:  # parents stand before their children
        chain[child] += chain[parent]
    return chain


def turn(positions: Tensor, *, spec: AugmentSpec, generator: Generator) -> Tensor:
    """Another camera direction: yaw, pitch and roll about the person's hips."""
    batch, device = len(positions), positions.device
    limits = torch.tensor([spec.pitch_deg, spec.yaw_deg, spec.roll_deg], device=device) * (math.pi / 180)
    angles = (2 * torch.rand(batch, 3, generator=generator, device=device) - 1) * limits
    rotation = torch.linalg.matrix_exp(_cross_matrix(angles))  # (B, 3, 3)
    hips = positions[:, :, :1]
    return hips + torch.einsum("bij,btkj->btki", rotation, positions - hips)


def _cross_matrix(vector: Tensor) -> Tensor:
    """Cross-product matrices (B, 3, 3) of vectors (B, 3)."""
    x, y, z = vector.unbind(dim=-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(-1, 3, 3)


def blur_estimate(positions: Tensor, *, spec: AugmentSpec, generator: Generator) -> Tensor:
    """What a monocular estimator does to joints: offsets, slow wobble, jitter, depth flattened or stretched."""
    batch, frames, joints, _ = positions.shape
    device = positions.device

    def noise(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=device)

    depth = 1 + spec.depth_scale * (2 * torch.rand(batch, 1, 1, generator=generator, device=device) - 1)
    flattened = positions - positions[:, :, :1]
    flattened = torch.cat([flattened[..., :2], (flattened[..., 2] * depth)[..., None]], dim=-1)
    offset = noise(batch, 1, joints, 3) * positions.new_tensor([spec.offset_m, spec.offset_m, spec.depth_offset_m])
    slow = noise(batch, joints * 3, frames // 8 + 2)
    slow = functional.interpolate(slow, size=frames, mode="linear", align_corners=True)
    slow = slow.reshape(batch, joints, 3, frames).permute(0, 3, 1, 2)  # (B, T, 25, 3)
    slow = slow * positions.new_tensor([spec.wobble_m, spec.wobble_m, spec.depth_wobble_m])
    return positions[:, :, :1] + flattened + offset + slow + spec.jitter_m * noise(batch, frames, joints, 3)


def augment(
    positions: Tensor, lengths: Tensor, *, window: int, spec: AugmentSpec, generator: Generator
) -> tuple[Tensor, Tensor]:
    """All of the above, in the order in which they happen: time, body, camera, estimator. See `cut_in_time`."""
    positions, lengths = cut_in_time(positions, lengths, window=window, spec=spec, generator=generator)
    positions = change_body(positions, spec=spec, generator=generator)
    positions = turn(positions, spec=spec, generator=generator)
    return blur_estimate(positions, spec=spec, generator=generator), lengths
