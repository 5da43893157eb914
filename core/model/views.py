"""Views: the ways in which a network is asked about the same frames outside of training, all answers being one answer.

Two persons are asked about in either order, so that it does not matter who is first. Somebody who may stand at any
angle is asked about from several sides: a network that has learnt from turned scenes errs in other places when the
scene is turned again, so that the mean of what it says is right more often (test-time augmentation).

Shape letters: V views, K joints, C channels, which are vectors of three where scenes are turned.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def turns(sides_deg: Sequence[float], *, channels: int) -> Tensor | None:
    """What turns the channels of a joint about the vertical for each side, (S, C, C), as rows times it; None: nothing.

    All vectors of a joint are turned, so that it is as if the scene was.
    """
    if not sides_deg:
        return None
    rotations = []
    for side_deg in sides_deg:
        cosine, sine = math.cos(math.radians(side_deg)), math.sin(math.radians(side_deg))
        rotation = torch.tensor([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]])
        rotations.append(torch.block_diag(*[rotation] * (channels // 3)))  # type: ignore[no-untyped-call]  # has no types
    return torch.stack(rotations)


def count_views(sides_deg: Sequence[float], *, either_order: bool) -> int:
    """How many views there are (V)."""
    return max(len(sides_deg), 1) * (2 if either_order else 1)


def views_of(frames: Tensor, turned: Tensor | None, *, either_order: bool) -> Tensor:
    """Frames (B, ..., K, C) in all views, one view's batch after the other: (V B, ..., K, C)."""
    if turned is not None:
        frames = torch.cat([frames @ turn for turn in turned])
    return torch.cat([frames, with_persons_swapped(frames, dim=-2)]) if either_order else frames


def as_asked(alphas: Tensor, *, either_order: bool) -> Tensor:
    """Joint weights (V, ..., K) in the order in which the joints were given."""
    if not either_order:
        return alphas  # turned joints stay the same joints
    kept, swapped = alphas.chunk(2)
    return torch.cat([kept, with_persons_swapped(swapped, dim=-1)])


def with_persons_swapped(values: Tensor, *, dim: int) -> Tensor:
    """The joints of the two persons, along a dimension, in the other order."""
    return torch.cat(values.chunk(2, dim=dim)[::-1], dim=dim)
