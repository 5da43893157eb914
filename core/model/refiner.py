"""Refiner: from the joints that are found in pixels to those that a depth camera would have measured.

A pose estimator that sees one picture guesses depth, trembles, and lags behind. A small recurrent network that was
taught with the performer, whose true joints are known, makes up for it. It runs on a model's time grid, before
`core.skeleton.features`, and looks only at the present and the past.

Its joints are in level axes (y up, against gravity): a camera's pitch hardly shows in a picture, but people mostly
stand upright.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import ModelError
from core.skeleton.layouts import KINECT_25

JOINTS: Final = len(KINECT_25)
INPUTS: Final = 3 + JOINTS * (3 + 2 + 1)  # where the hips are; about them metres, directions and confidence
NEAREST_M: Final = 0.3  # who is nearer to the lens was not placed before it
_FARTHEST: Final = 8.0  # standard deviations beyond which an input says nothing more
_FORGET_INPUT, _FORGET, _FORGET_CORRECTION = 0.05, 0.2, 0.1  # dropout

Joints = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinerSpec:
    """The size of a refiner. Stored in a model's config.json. Raises ModelError for an absurd one."""

    hidden: int = 192

    def __post_init__(self) -> None:
        if not 1 <= self.hidden <= 2048:
            raise ModelError(f"A refiner of {self.hidden} hidden units is outside 1 to 2048.")


class Refiner(nn.Module):
    """A GRU that reads joints and says by how much each of them is off.

    `mean` and `spread` (inputs,) bring its inputs near one; they are learnt with the weights.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, spec: RefinerSpec) -> None:
        super().__init__()
        self.spec = spec
        hidden = spec.hidden
        self.register_buffer("mean", torch.zeros(INPUTS))
        self.register_buffer("spread", torch.ones(INPUTS))
        self.read = nn.Sequential(nn.Dropout(_FORGET_INPUT), nn.Linear(INPUTS, hidden), nn.GELU(), nn.Dropout(_FORGET))
        self.remember = nn.GRU(hidden, hidden, batch_first=True)
        self.correct = nn.Sequential(
            nn.Dropout(_FORGET),
            nn.Linear(2 * hidden, hidden),
            nn.GELU(),
            nn.Dropout(_FORGET_CORRECTION),
            nn.Linear(hidden, JOINTS * 3),
        )

    def forward(self, joints: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Refine successive frames of the model's grid.

        Args:
            joints: (B, T, 25, 4) metres in camera axes and confidence, as mapped from the estimator's.
            state: (1, B, H) what the frames before have left; None at the beginning.

        Returns:
            (B, T, 25, 3) metres, in level axes about the hips, which stay where they are; and the state.
        """
        inputs = ((inputs_of(joints) - self.mean) / self.spread).clamp(-_FARTHEST, _FARTHEST)
        read = self.read(inputs)  # (B, T, H)
        remembered, state = self.remember(read, state)
        off_m: Tensor = self.correct(torch.cat([read, remembered], dim=-1)).unflatten(-1, (JOINTS, 3))
        return joints[..., :3] + off_m, state


def inputs_of(joints: Tensor) -> Tensor:
    """What a refiner reads of joints (..., 25, 4): (..., inputs), before they are brought near one."""
    positions, confidence = joints[..., :3], joints[..., 3]
    hips = positions[..., :1, :]
    rays = positions[..., :2] / positions[..., 2:].clamp(min=NEAREST_M)  # where each joint shows in the picture
    parts = [
        rays[..., 0, :],
        1 / hips[..., 0, 2:].clamp(min=NEAREST_M),
        (positions - hips).flatten(-2),
        (rays - rays[..., :1, :]).flatten(-2),
        confidence,
    ]
    return torch.cat(parts, dim=-1)


class RefinerStream:
    """Refines a stream frame by frame. Used by one thread."""

    def __init__(self, refiner: Refiner, *, persons: int) -> None:
        self._refiner = refiner
        self._states: list[Tensor | None] = [None] * persons

    def reset(self) -> None:
        """Forget the stream."""
        self._states = [None] * len(self._states)

    def push(self, row: Joints) -> Joints:
        """The next row (P, 25, 4), metres and confidence, with the metres refined.

        Who is not there (NaN) begins anew when coming back; who was not placed before the lens stays as found.
        """
        refined = row.copy()
        for person, is_placed in enumerate(_placed(row[None])[0].tolist()):
            if is_placed:
                found_m, self._states[person] = _run(self._refiner, row[None, person], self._states[person])
                refined[person, :, :3] = found_m[0]
            else:
                self._states[person] = None
        return refined


def refined_rows(refiner: Refiner | None, rows: Joints) -> Joints:
    """All rows of a stretch without gaps, (T, P, 25, 4), as `RefinerStream` gives them one by one.

    Without a refiner they stay what they are.
    """
    if refiner is None:
        return rows
    refined, placed = rows.copy(), _placed(rows)
    for person in range(rows.shape[1]):
        for part in _stretches(placed[:, person]):
            refined[part, person, :, :3], _ = _run(refiner, rows[part, person], None)
    return refined


def _placed(rows: Joints) -> NDArray[np.bool_]:
    """Who is there and stands before the lens, (T, P)."""
    is_there = np.isfinite(rows.sum(axis=(-1, -2)))
    return np.asarray(is_there & (np.nan_to_num(rows[..., 0, 2]) > NEAREST_M))


def _stretches(there: NDArray[np.bool_]) -> Iterator[slice]:
    """The runs of frames (T,) in which somebody is there."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]])))
    for first, end in edges.reshape(-1, 2).tolist():
        yield slice(first, end)


def _run(refiner: Refiner, joints: Joints, state: Tensor | None) -> tuple[Joints, Tensor]:
    """Successive frames (T, 25, 4) of one person, on a network that is not in training."""
    with torch.inference_mode():
        positions, state = refiner(torch.from_numpy(np.ascontiguousarray(joints))[None], state)
        refined: Joints = positions[0].numpy()
    return refined, state
