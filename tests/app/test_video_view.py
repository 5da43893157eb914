"""The picture on the screen: its pixels, its mirror, and when it is painted."""

from dataclasses import replace
from itertools import pairwise
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtCore import QPoint
from PyQt6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.widgets.overlay import Placement
from app.widgets.skeleton_painter import LARGEST_PX
from app.widgets.video_view import Display, VideoView, picture_image
from core.explain.heat import heat_colours_rgb
from core.live.results import LiveResult
from core.sources.source import Frame
from tests.app.fakes import figure_pose, make_prediction, make_result, plain_picture
from tests.app.hands import point_at


def pixels(image: QImage) -> NDArray[np.uint8]:
    """(height, width, 3) BGR of an RGB32 image."""
    bits = image.constBits()
    assert bits is not None
    bits.setsize(image.sizeInBytes())
    flat = np.frombuffer(cast("bytes", bits), np.uint8)  # sip.voidptr is a buffer, which its stub does not say
    return flat.reshape(image.height(), -1, 4)[:, : image.width(), :3].copy()


def shown(qtbot: QtBot, *, width_px: int = 400, height_px: int = 300) -> VideoView:
    view = VideoView()
    qtbot.addWidget(view)
    view.resize(width_px, height_px)
    with qtbot.waitExposed(view):
        view.show()
    return view


def colour_at(view: VideoView, x: float, y: float) -> tuple[int, int, int]:
    colour = QColor(view.grab().toImage().pixel(QPoint(round(x), round(y))))
    return colour.red(), colour.green(), colour.blue()


@pytest.mark.parametrize("width_px", [64, 63, 1])
def test_every_pixel_arrives_whatever_the_width(width_px: int) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (48, width_px, 3), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(picture_image(picture)), picture)


def test_cut_outs_and_flipped_views_arrive_too() -> None:
    whole = np.random.default_rng(1).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    for view in (whole[5:20, 7:33], whole[::-1], whole[:, ::-1], whole[::2, ::2], whole[..., ::-1]):
        np.testing.assert_array_equal(pixels(picture_image(view)), view)


def test_the_image_outlives_the_array_it_was_made_from() -> None:
    picture = plain_picture()
    image = picture_image(picture)
    picture[:] = 0
    assert pixels(image).max() == 200


@pytest.mark.gui
def test_mirror_flips_the_picture(qtbot: QtBot) -> None:
    view = shown(qtbot)
    view.show_result(make_result(pose=figure_pose(64, 48, persons=0)))
    view.set_display(Display(is_mirrored=False))
    assert (colour_at(view, 30, 150), colour_at(view, 370, 150)) == ((200,) * 3, (60,) * 3)
    view.set_display(Display(is_mirrored=True))
    assert (colour_at(view, 30, 150), colour_at(view, 370, 150)) == ((60,) * 3, (200,) * 3)


@pytest.mark.gui
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_the_hot_joint_is_shown_in_its_colour_where_the_wrist_is(qtbot: QtBot, is_mirrored: bool) -> None:
    view = shown(qtbot, width_px=640, height_px=480)
    view.set_display(Display(is_mirrored=is_mirrored))
    view.show_result(make_result(picture=plain_picture(640, 480), prediction=make_prediction(hot_joint=6)))
    mark = view.marks()[-1]
    assert mark.name == "WristLeft"
    assert mark.heat == pytest.approx(6.0)
    assert (mark.x_px < 320) is is_mirrored  # the person's left is on the right of an unmirrored picture
    expected = tuple(heat_colours_rgb(np.array([6.0]))[0].tolist())
    assert colour_at(view, mark.x_px, mark.y_px) == expected
    assert colour_at(view, mark.x_px + LARGEST_PX - 3, mark.y_px) == expected


@pytest.mark.gui
def test_a_guessed_joint_is_hollow(qtbot: QtBot) -> None:
    view = shown(qtbot, width_px=640, height_px=480)
    pose = figure_pose(640, 480, confidence=0.2)
    view.show_result(make_result(picture=plain_picture(640, 480), pose=pose))
    mark = view.marks()[-1]
    assert colour_at(view, mark.x_px, mark.y_px) != tuple(heat_colours_rgb(np.array([mark.heat]))[0].tolist())


@pytest.mark.gui
def test_each_result_is_painted_once_and_the_same_one_never_again(qtbot: QtBot) -> None:
    painted: list[int] = []

    def note(result: LiveResult) -> None:
        painted.append(result.frame.number)

    view = shown(qtbot)
    view.painted.connect(note)
    first, second = make_result(1), make_result(2)
    for result in (first, first, second, second):
        view.show_result(result)
        view.repaint()
    assert painted == [1, 2]


@pytest.mark.gui
def test_hovering_a_joint_names_it(qtbot: QtBot) -> None:
    view = shown(qtbot)
    view.show_result(make_result())
    knee = next(mark for mark in view.marks() if mark.name == "KneeLeft")
    point_at(view, knee.x_px, knee.y_px)
    qtbot.waitUntil(lambda: view.hovered is not None)
    assert view.hovered is not None
    assert view.hovered.name == "KneeLeft"
    point_at(view, 2, 2)
    qtbot.waitUntil(lambda: view.hovered is None)


def two_persons(looked_at: tuple[int | None, ...]) -> LiveResult:
    """The network's first person is the right one of the picture, and its left wrist is the hot joint."""
    prediction = make_prediction()
    alpha = np.full((1, 40), 0.7 / 39, np.float32)
    alpha[0, 6] = 0.3
    pose = figure_pose(640, 480, persons=2)
    pose.positions_px[1, :, 0] += 150
    result = make_result(picture=plain_picture(640, 480), pose=pose, prediction=replace(prediction, alpha=alpha))
    return replace(result, looked_at=looked_at)


@pytest.mark.gui
def test_of_two_persons_each_has_its_own_heat_and_can_be_pointed_at(qtbot: QtBot) -> None:
    view = shown(qtbot, width_px=640, height_px=480)
    view.show_result(two_persons((1, 0)))
    marks = view.marks()
    assert len(marks) == 50
    assert (marks[-1].person, marks[-1].name) == (1, "WristLeft")
    assert marks[-1].heat == pytest.approx(12.0)
    for person in (0, 1):
        wrist = next(mark for mark in marks if mark.person == person and mark.name == "WristLeft")
        point_at(view, wrist.x_px, wrist.y_px)
        qtbot.waitUntil(lambda person=person: view.hovered is not None and view.hovered.person == person)  # type: ignore[misc]


@pytest.mark.gui
def test_whom_the_network_does_not_look_at_is_drawn_faint_and_without_joints(qtbot: QtBot) -> None:
    view = shown(qtbot, width_px=640, height_px=480)
    view.set_display(Display(is_mirrored=False))
    for looked_at, persons in (((1, None), {1}), ((0,), {0}), ((None, None), set())):
        view.show_result(two_persons(looked_at))
        assert {mark.person for mark in view.marks()} == persons
    plain = picture_image(plain_picture(640, 480)).pixel(0, 0)
    view.show_result(two_persons((1, None)))
    knee_px = two_persons((1, None)).pose.positions_px[0, 13]
    assert QColor(view.grab().toImage().pixel(QPoint(*np.rint(knee_px).astype(int).tolist()))) != QColor(plain)


@pytest.mark.gui
def test_a_picture_is_scaled_once_also_when_the_next_one_comes_first(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pose network begins with the next frame before the result of the last one is there."""
    view, scaled = shown(qtbot), [0]
    make = VideoView._made_ready

    def counted(self: VideoView, frame: Frame, placement: Placement) -> object:
        scaled[0] += 1
        return make(self, frame, placement)

    monkeypatch.setattr(VideoView, "_made_ready", counted)
    results = [make_result(number, picture=plain_picture(640, 480)) for number in range(6)]
    view.prepare(results[0].frame)
    for last, following in pairwise(results):
        view.prepare(following.frame)
        view.prepare(following.frame)
        view.show_result(last)
    assert scaled[0] == len(results)


@pytest.mark.parametrize("size_px", [(840, 472), (1200, 675), (333, 187), (3000, 1700)])
def test_scaling_keeps_what_is_seen(size_px: tuple[int, int]) -> None:
    picture = np.zeros((1441, 2561, 3), np.uint8)
    picture[:, 1280:] = 200
    seen = pixels(picture_image(picture, size_px=size_px))
    assert seen.shape[:2] == (size_px[1], size_px[0])
    assert seen[:, : size_px[0] // 2 - 3].max() == 0
    assert seen[:, size_px[0] // 2 + 3 :].min() == 200
