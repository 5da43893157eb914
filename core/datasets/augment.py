"""Augmentation of whole batches on the device: what another camera, body, tempo or pose estimator would have seen.

Every function takes and returns positions (B, T, P, 25, 3) in metres and draws from the generator it is given, so a
seed repeats a run. A person who is not there (all joints in one point) stays in one point.
"""

import math
from typing import Final

import torch
from torch import Generator, Tensor
from torch.nn import functional

from core.datasets.augment_spec import AugmentSpec
from core.datasets.clip_batch import ClipBatch
from core.datasets.timing import cut_from_stream, cut_in_time
from core.skeleton.features import is_there
from core.skeleton.layouts import KINECT_25


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


def mirror(batch: ClipBatch, *, generator: Generator, in_mirror: Tensor | None = None) -> ClipBatch:
    """Half of the samples seen in a mirror: left and right swapped.

    `in_mirror` (A,) is the label that each action has then, -1 for one that is never mirrored; without it each stays
    what it is.
    """
    positions, seen, labels = batch.positions_m, batch.seen, batch.labels
    chosen = torch.rand(len(positions), 1, 1, 1, 1, generator=generator, device=positions.device) < 0.5
    if in_mirror is not None:
        become = in_mirror[labels]  # (B,)
        chosen = chosen & (become >= 0)[:, None, None, None, None]
        labels = torch.where(chosen.flatten(), become, labels)
    order = torch.from_numpy(KINECT_25.mirror_order).to(positions.device)
    mirrored = positions[..., order, :] * positions.new_tensor([-1, 1, 1])
    return batch._replace(
        positions_m=torch.where(chosen, mirrored, positions),
        labels=labels,
        seen=torch.where(chosen[..., 0, 0], seen[..., order], seen),
    )


def swap_persons(batch: ClipBatch, *, generator: Generator) -> ClipBatch:
    """Half of the samples with the two persons in the other order."""
    positions, seen = batch.positions_m, batch.seen
    chosen = torch.rand(len(positions), 1, 1, 1, 1, generator=generator, device=positions.device) < 0.5
    return batch._replace(
        positions_m=torch.where(chosen, positions.flip(2), positions),
        seen=torch.where(chosen[..., 0, 0], seen.flip(1), seen),
    )


# What a camera may miss together: both legs (a desk), one side (the edge of the picture), an arm.
_LEGS: Final = (13, 14, 15, 17, 18, 19)
_LEFT_ARM: Final = (5, 6, 7, 21, 22)
_RIGHT_ARM: Final = (9, 10, 11, 23, 24)
_PARTS: Final = (_LEGS, _LEGS, (*_LEFT_ARM, 4), (*_RIGHT_ARM, 8), _LEFT_ARM, _RIGHT_ARM)


def hide_parts(batch: ClipBatch, *, share: float, generator: Generator) -> ClipBatch:
    """In a share of the clips a part of each body is not seen."""
    if not share:
        return batch
    rows, persons, joints = batch.seen.shape
    parts = torch.zeros(len(_PARTS), joints, dtype=torch.bool, device=batch.seen.device)
    for row, members in zip(parts, _PARTS, strict=True):
        row[list(members)] = True
    part = torch.randint(len(_PARTS), (rows, persons), generator=generator, device=parts.device)
    hit = torch.rand(rows, persons, 1, generator=generator, device=parts.device) < share
    return batch._replace(seen=batch.seen & ~(parts[part] & hit))


def hide_joints(inputs: Tensor, *, share: float, generator: Generator) -> Tensor:
    """Features (B, T, K, C) with a share of the joints at 0 through a whole clip, as if nobody saw them."""
    if not share:
        return inputs
    batch, _, joints, _ = inputs.shape
    return inputs * (torch.rand(batch, 1, joints, 1, generator=generator, device=inputs.device) >= share)


def augment(
    batch: ClipBatch,
    *,
    window: int,
    spec: AugmentSpec,
    generator: Generator,
    background: int | None = None,
    in_mirror: Tensor | None = None,
) -> ClipBatch:
    """All of the above, in the order in which they happen: time, body, camera, estimator.

    One frame stands in front of each clip: see `cut_in_time`. `background` is the class of those who do nothing, which
    windows of a stream need (`cut_from_stream`); `in_mirror` says what each action is in a mirror (`mirror`).
    """
    batch = _in_time(batch, window=window, spec=spec, generator=generator, background=background)
    if spec.mirror:
        batch = mirror(batch, generator=generator, in_mirror=in_mirror)
    if spec.swap and batch.positions_m.shape[2] == 2:
        batch = swap_persons(batch, generator=generator)
    positions = batch.positions_m
    if spec.changes_bodies:
        positions = change_body(positions, spec=spec, generator=generator)
    positions = turn(positions, spec=spec, generator=generator)
    if spec.blurs:
        positions = blur_estimate(positions, spec=spec, generator=generator)
    return hide_parts(batch._replace(positions_m=positions), share=spec.hidden_parts, generator=generator)


def _in_time(
    batch: ClipBatch, *, window: int, spec: AugmentSpec, generator: Generator, background: int | None
) -> ClipBatch:
    positions, lengths = batch.positions_m, batch.lengths
    if spec.streams and background is not None:
        return cut_from_stream(batch, window=window, spec=spec, background=background, generator=generator)
    if spec.cuts:
        positions, lengths = cut_in_time(positions, lengths, window=window, spec=spec, generator=generator)
    else:
        positions = torch.cat([positions[:, :1], positions[:, : int(lengths.max())]], dim=1)  # nobody moved before
    return batch._replace(positions_m=positions, lengths=lengths)
