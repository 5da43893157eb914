"""Geometry of the overlay: where joints lie on the screen, in pictures and windows of any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.overlay import bone_lines, joint_marks, joint_title, mark_at, place, size_unit_px
from core.skeleton.layouts import KINECT_25
from tests.app.fakes import figure_pose

sizes = st.tuples(st.integers(16, 4000), st.integers(16, 4000))


@given(picture=sizes, view=sizes, is_mirrored=st.booleans())
def test_picture_fits_the_view_centred_with_its_aspect(
    picture: tuple[int, int], view: tuple[int, int], is_mirrored: bool
) -> None:
    placement = place(picture=picture, view=view, is_mirrored=is_mirrored)
    assert placement.width_px / placement.height_px == pytest.approx(picture[0] / picture[1])
    assert placement.left_px == pytest.approx(view[0] - placement.left_px - placement.width_px, abs=1e-6)
    assert placement.top_px == pytest.approx(view[1] - placement.top_px - placement.height_px, abs=1e-6)
    touches = [placement.width_px == pytest.approx(view[0]), placement.height_px == pytest.approx(view[1])]
    assert any(touches)
    assert min(placement.left_px, placement.top_px) >= -1e-6


@given(
    picture=sizes,
    view=sizes,
    is_mirrored=st.booleans(),
    share=st.tuples(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5)),
)
def test_to_view_and_back(
    picture: tuple[int, int], view: tuple[int, int], is_mirrored: bool, share: tuple[float, float]
) -> None:
    placement = place(picture=picture, view=view, is_mirrored=is_mirrored)
    points = np.array([[share[0] * picture[0], share[1] * picture[1]]], np.float32)
    np.testing.assert_allclose(placement.to_picture(placement.to_view(points)), points, atol=1e-2)


@given(picture=sizes, view=sizes, across=st.floats(0, 1))
def test_mirror_swaps_left_and_right_about_the_middle_of_the_picture(
    picture: tuple[int, int], view: tuple[int, int], across: float
) -> None:
    point = np.array([across * picture[0], 5.0], np.float32)
    plain = place(picture=picture, view=view, is_mirrored=False).to_view(point)
    mirrored = place(picture=picture, view=view, is_mirrored=True).to_view(point)
    assert plain[0] + mirrored[0] == pytest.approx(view[0], abs=1e-2)
    assert plain[1] == mirrored[1]


def test_hottest_joint_is_drawn_last_and_unseen_ones_first() -> None:
    heat = np.full(25, np.nan, np.float32)
    heat[[3, 6, 10]] = [1.0, 3.5, 0.2]
    placement = place(picture=(640, 480), view=(640, 480), is_mirrored=False)
    marks = joint_marks(figure_pose(640, 480), placement, heat=heat)
    assert [mark.joint for mark in marks[-3:]] == [10, 3, 6]
    assert [mark.heat for mark in marks[:-3]] == [None] * 22


def test_guessed_joints_are_hollow_and_their_bones_unsure() -> None:
    pose = figure_pose(640, 480)
    pose.confidence[0, 6] = 0.49
    placement = place(picture=(640, 480), view=(640, 480), is_mirrored=False)
    assert [mark.name for mark in joint_marks(pose, placement) if mark.is_hollow] == ["WristLeft"]
    assert sum(not bone.is_sure for bone in bone_lines(pose, placement)) == 2  # elbow to wrist, wrist to hand


def test_joints_without_a_place_are_left_out_with_their_bones() -> None:
    pose = figure_pose(640, 480)
    pose.positions_px[0, 3] = np.nan
    placement = place(picture=(640, 480), view=(640, 480), is_mirrored=False)
    assert len(joint_marks(pose, placement)) == 24
    assert len(bone_lines(pose, placement)) == len(KINECT_25.bones) - 1


def test_pointer_finds_the_nearest_joint_within_reach() -> None:
    placement = place(picture=(640, 480), view=(1280, 960), is_mirrored=True)
    marks = joint_marks(figure_pose(640, 480), placement)
    knee = next(mark for mark in marks if mark.name == "KneeRight")
    found = mark_at(marks, knee.x_px + 3, knee.y_px - 3)
    assert found is not None
    assert found.name == "KneeRight"
    assert mark_at(marks, 2.0, 2.0) is None
    assert mark_at([], 2.0, 2.0) is None


def test_sizes_grow_with_the_picture_but_stay_within_reason() -> None:
    units = [
        size_unit_px(place(picture=(640, 480), view=(side, side), is_mirrored=False)) for side in (50, 640, 900, 9000)
    ]
    assert units == sorted(units)
    assert units[0] > 0.5
    assert units[-1] < 2.5


@pytest.mark.parametrize(
    ("name", "title"),
    [("ElbowLeft", "left elbow"), ("SpineBase", "spine base"), ("Head", "head"), ("HandTipRight", "right hand tip")],
)
def test_joint_names_for_people(name: str, title: str) -> None:
    assert joint_title(name) == title
