"""A batch of clips, as augmentation takes and gives it."""

from typing import NamedTuple

from torch import Tensor


class ClipBatch(NamedTuple):
    """B clips of P persons, padded in time by repeating the last pose."""

    positions_m: Tensor  # (B, T, P, 25, 3); a person who is not there has all joints in one point
    lengths: Tensor  # (B,) true frames
    labels: Tensor  # (B,)
    seen: Tensor  # (B, P, 25) whether the estimator saw the joint in this clip, and did not guess it
