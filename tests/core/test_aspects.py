"""The ways in which a network is asked, each written out by hand."""

import torch
from torch import Tensor

from core.model.aspects import all_aspects

TWINS = (1, 0, 3, 2)  # two persons of two joints each, left and right


def turned_by_90(frame: Tensor) -> Tensor:
    """x to z, z to -x, as rows of (x, y, z) times the rotation."""
    return torch.stack([frame[:, 2], frame[:, 1], -frame[:, 0]], dim=1)


def in_mirror(frame: Tensor) -> Tensor:
    twins = torch.stack([frame[1], frame[0], frame[3], frame[2]])
    return twins * torch.tensor([-1.0, 1.0, 1.0])


def second_first(frame: Tensor) -> Tensor:
    return torch.stack([frame[2], frame[3], frame[0], frame[1]])


def test_all_combinations_are_what_they_say() -> None:
    aspects = all_aspects(4, 3, either_order=True, sides_deg=(0, 90), mirrored=TWINS, flipped=(0,))
    frame = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    expected = {
        "": frame,
        "turned by 90 degrees": turned_by_90(frame),
        "in a mirror": in_mirror(frame),
        "in a mirror, turned by 90 degrees": turned_by_90(in_mirror(frame)),
    }
    expected |= {
        f"the second person first{words and ', '}{words}": second_first(seen) for words, seen in expected.items()
    }
    assert [aspect.words for aspect in aspects] == list(expected)
    for aspect, seen in zip(aspects, expected.values(), strict=True):
        torch.testing.assert_close(aspect.of(frame), seen, atol=1e-6, rtol=1e-6)


def test_joint_weights_come_back_to_their_joints() -> None:
    frame = torch.arange(12.0).reshape(4, 3) + 1
    for aspect in all_aspects(4, 3, either_order=True, sides_deg=(0, 90), mirrored=TWINS, flipped=(0,)):
        sizes = aspect.of(frame).norm(dim=1)  # neither a turn nor a mirror changes them
        torch.testing.assert_close(aspect.as_given(sizes), frame.norm(dim=1))


def test_who_asks_for_nothing_is_asked_once_as_given() -> None:
    (only,) = all_aspects(4, 3, either_order=False, sides_deg=())
    frame = torch.randn(4, 3)
    assert (only.words, only.order, only.channels) == ("", None, None)
    assert only.of(frame) is frame
