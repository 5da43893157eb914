"""Cameras that deliver pictures in which nothing can be seen."""

from collections.abc import Callable

import numpy as np
import pytest

from core.live.health import BLACK, FROZEN, PictureWatch
from core.sources.source import Frame, Picture


def room(number: int) -> Picture:
    return np.random.default_rng(number).integers(30, 50, (48, 64, 3)).astype(np.uint8)


def black(number: int) -> Picture:
    return np.random.default_rng(number).integers(0, 4, (48, 64, 3)).astype(np.uint8)


def said(pictures: list[Picture], rate_hz: float = 30.0) -> list[str]:
    watch = PictureWatch()
    return [
        watch.look(Frame(picture_bgr=picture, time_s=0.0, arrived_s=50 + number / rate_hz, number=number))
        for number, picture in enumerate(pictures)
    ]


def test_a_dim_room_is_fine() -> None:
    assert set(said([room(number) for number in range(150)])) == {""}


@pytest.mark.parametrize(("picture", "text"), [(black, BLACK), (lambda number: room(0), FROZEN)])
def test_what_lasts_is_told_and_forgotten_when_it_is_over(picture: Callable[[int], Picture], text: str) -> None:
    words = said([room(1), *(picture(number) for number in range(90)), room(2), room(3)])
    assert set(words[:55]) == {""}, "two seconds may be chance"
    assert words[90] == text
    assert words[-1] == ""


def test_a_slow_camera_and_one_that_changes_its_size() -> None:
    assert set(said([room(number) for number in range(70)], rate_hz=7.0)) == {""}
    small = [room(number)[:24] for number in range(60)]
    assert set(said([*[room(number) for number in range(60)], *small])) == {""}


def test_a_black_picture_is_called_black_although_it_stands_still() -> None:
    assert said([np.zeros((48, 64, 3), np.uint8)] * 90)[-1] == BLACK


def test_what_was_before_an_unplugging_does_not_count() -> None:
    watch = PictureWatch()
    for number in range(90):
        watch.look(Frame(picture_bgr=room(number), time_s=0.0, arrived_s=50 + number / 30, number=number))
    first = Frame(picture_bgr=black(0), time_s=0.0, arrived_s=500.0, number=90, stream=1)
    assert watch.look(first) == "", "a camera begins with dark pictures"
