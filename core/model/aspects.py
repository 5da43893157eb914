"""Aspects: the ways in which a network is asked about the same frames outside of training; all answers are one.

Two persons are asked about in either order, so that it does not matter who is first. Who may stand at any angle is
asked about from several sides, and actions that are the same in a mirror are seen in one as well: a network that has
learnt from turned and mirrored scenes errs in other places when they are turned again, so that the mean of what it says
is right more often (test-time augmentation).

Shape letters: V aspects, K joints (of all persons), C channels of a joint.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aspect:
    """One way of asking; None: as given."""

    words: str = ""  # for people; "": as given
    order: Tensor | None = None  # (K,) which joint is in the place of each
    back: Tensor | None = None  # (K,) which place each joint has
    channels: Tensor | None = None  # (C, C) what a row of channels is multiplied with

    def of(self, frames: Tensor) -> Tensor:
        """Frames (..., K, C) as they are seen in this aspect."""
        seen = frames if self.order is None else frames.index_select(-2, self.order)
        return seen if self.channels is None else seen @ self.channels

    def as_given(self, alpha: Tensor) -> Tensor:
        """Joint weights (..., K) of this aspect in the order in which the joints were given."""
        return alpha if self.back is None else alpha.index_select(-1, self.back)

    def to(self, like: Tensor) -> "Aspect":
        """The same where another tensor is."""
        return Aspect(
            words=self.words,
            order=None if self.order is None else self.order.to(like.device),
            back=None if self.back is None else self.back.to(like.device),
            channels=None if self.channels is None else self.channels.to(like),
        )


def all_aspects(
    joints: int,
    channels: int,
    *,
    either_order: bool,
    sides_deg: Sequence[float],
    mirrored: Sequence[int] = (),
    flipped: Sequence[int] = (),
) -> tuple[Aspect, ...]:
    """All combinations of what is asked for, at least one aspect; the first is as given but for the side.

    Args:
        joints: K.
        channels: C.
        either_order: of the two halves of the joints.
        sides_deg: angles about the vertical; the channels are vectors of three then. (): as it stands.
        mirrored: joint that takes the place of each in a mirror (K,); (): no mirror.
        flipped: channels that change their sign there.
    """
    given = tuple(range(joints))
    found: list[tuple[str, tuple[int, ...], Tensor | None]] = [
        (f"turned by {side_deg:g} degrees", given, _turn(side_deg, channels=channels))
        if side_deg
        else ("", given, None)
        for side_deg in sides_deg
    ]
    found = found or [("", given, None)]
    if mirrored:
        sign = torch.ones(channels)
        sign[list(flipped)] = -1
        flip = torch.diag(sign)
        found += [
            (_and("in a mirror", words), tuple(mirrored), flip if turn is None else flip @ turn)
            for words, _, turn in found
        ]
    if either_order:
        half = joints // 2
        found += [
            (_and("the second person first", words), (*order[half:], *order[:half]), turn)
            for words, order, turn in found
        ]
    return tuple(_aspect(*one) for one in found)


def _and(words: str, more: str) -> str:
    return f"{words}, {more}" if more else words


def _aspect(words: str, order: tuple[int, ...], channels: Tensor | None) -> Aspect:
    if list(order) == sorted(order):
        return Aspect(words=words, channels=channels)
    return Aspect(words=words, order=torch.tensor(order), back=torch.tensor(order).argsort(), channels=channels)


def _turn(side_deg: float, *, channels: int) -> Tensor:
    """All vectors of a joint turned about the vertical, (C, C), so that it is as if the scene was."""
    cosine, sine = math.cos(math.radians(side_deg)), math.sin(math.radians(side_deg))
    rotation = torch.tensor([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]])
    blocks = [rotation] * (channels // 3)
    return torch.block_diag(*blocks)  # type: ignore[no-untyped-call,no-any-return]  # torch gives it no types
