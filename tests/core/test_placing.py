"""Where a person stands, from world joints and picture joints: exact for exact joints, None where none can be told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.pose.placing import at_depth, focal_length_px, from_centre, place_of_hips, project

FOCAL_PX = focal_length_px(640, 480)
SURE = np.ones(33, np.float32)

places = st.tuples(st.floats(-2, 2), st.floats(-1, 1), st.floats(1.5, 8)).map(lambda t: np.array(t, np.float32))


def body(seed: int) -> NDArray[np.float32]:
    """Joints (33, 3) about the hips of someone about 1.7 m tall, in a pose of its own."""
    random = np.random.default_rng(seed)
    return (random.uniform(-1, 1, size=(33, 3)) * (0.4, 0.9, 0.3)).astype(np.float32)


@given(seed=st.integers(0, 1000), place=places, seen=st.integers(5, 33), focal_px=st.floats(200, 2000))
def test_a_known_place_is_found(seed: int, place: NDArray[np.float32], seen: int, focal_px: float) -> None:
    joints_m = body(seed)
    joints_px = project(joints_m + place, focal_px=focal_px)
    confidence = np.where(np.arange(33) < seen, SURE, np.float32(0.1))
    joints_px[seen:] += 500  # what is only guessed must not count
    found = place_of_hips(joints_m, joints_px, confidence, focal_px=focal_px)
    assert found is not None
    np.testing.assert_allclose(found, place, atol=1e-3)


@given(seed=st.integers(0, 1000), place=places, factor=st.floats(0.8, 1.3))
def test_a_wrong_focal_length_scales_depth_only(seed: int, place: NDArray[np.float32], factor: float) -> None:
    """Exactly so for a flat body: of a deep one, perspective itself tells a little about the lens."""
    joints_m = body(seed) * np.array([1, 1, 0], np.float32)
    found = place_of_hips(joints_m, project(joints_m + place, focal_px=FOCAL_PX), SURE, focal_px=FOCAL_PX * factor)
    assert found is not None
    np.testing.assert_allclose(found, place * np.array([1, 1, factor], np.float32), atol=2e-3)


def test_axes_are_kinects() -> None:
    right_above = place_of_hips(
        body(1), project(body(1) + np.array([1, 0.5, 3], np.float32), focal_px=FOCAL_PX), SURE, focal_px=FOCAL_PX
    )
    assert right_above is not None
    u, v = project(right_above, focal_px=FOCAL_PX)
    assert u < 0, "the right hand of who faces the camera lies on the left of an unmirrored picture"
    assert v < 0, "up is up"


@pytest.mark.parametrize("seen", [0, 3])
def test_too_few_joints_give_no_place(seen: int) -> None:
    joints_m = body(2)
    joints_px = project(joints_m + np.array([0, 0, 3], np.float32), focal_px=FOCAL_PX)
    confidence = np.where(np.arange(33) < seen, np.float32(1), np.float32(0.2))
    assert place_of_hips(joints_m, joints_px, confidence, focal_px=FOCAL_PX) is None


def test_joints_in_one_point_or_on_their_heads_give_no_place() -> None:
    joints_m = body(3)
    joints_px = project(joints_m + np.array([0, 0, 3], np.float32), focal_px=FOCAL_PX)
    assert place_of_hips(joints_m, 0 * joints_px, SURE, focal_px=FOCAL_PX) is None
    assert place_of_hips(joints_m, np.negative(joints_px), SURE, focal_px=FOCAL_PX) is None, "behind the camera"
    assert place_of_hips(joints_m, joints_px / np.float32(1000), SURE, focal_px=FOCAL_PX) is None, "3 km away"


def test_joints_without_a_place_in_the_picture_do_not_count() -> None:
    joints_m, place = body(4), np.array([0.3, -0.2, 2.5], np.float32)
    joints_px = project(joints_m + place, focal_px=FOCAL_PX)
    joints_px[5] = np.nan
    found = place_of_hips(joints_m, joints_px, SURE, focal_px=FOCAL_PX)
    assert found is not None
    np.testing.assert_allclose(found, place, atol=1e-3)


@given(place=places)
def test_a_depth_and_a_pixel_are_a_place(place: NDArray[np.float32]) -> None:
    pixel = project(place, focal_px=FOCAL_PX)
    np.testing.assert_allclose(at_depth(pixel, depth_m=float(place[2]), focal_px=FOCAL_PX), place, atol=1e-4)


def test_the_lens_is_that_of_a_usual_webcam_however_the_picture_is_held() -> None:
    across_deg = 2 * np.rad2deg(np.arctan2(640 / 2, focal_length_px(640, 480)))
    assert 60 < across_deg < 70
    assert focal_length_px(480, 640) == focal_length_px(640, 480)
    np.testing.assert_array_equal(
        from_centre(np.array([[320, 240]], np.float32), width_px=640, height_px=480), np.zeros((1, 2))
    )
