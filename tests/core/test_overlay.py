"""The drawn overlay: what is where at any size, what attention and guessing change, and that mirrored text reads."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from core.explain.heat import heat_colours_rgb
from core.explain.lettering import draw_panel, draw_text, fitting_size_px, text_mask, text_width_px
from core.explain.overlay import annotated, annotated_size, draw_overlay
from core.live.results import Decision, LiveResult, StageTimes
from core.model.prediction import Prediction
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.sources.source import Frame, Picture

ACTIONS = ("wave", "clap", "squat", "draw circle counter-clockwise", "push", "boxing")
HAND_RIGHT = KINECT_25.index("HandRight")
TIMES = StageTimes(waited_ms=0, pose_ms=0, features_ms=0, model_ms=0, total_ms=0)


def grey(width_px: int, height_px: int) -> Picture:
    return np.full((height_px, width_px, 3), 90, np.uint8)


def body_px(width_px: int, height_px: int, *, persons: int = 1) -> NDArray[np.float32]:
    """Joints (P, 25, 2) spread over the middle of the picture, each alone, the right hand at 60 % of its width."""
    grid = np.stack(np.meshgrid(np.linspace(0.4, 0.6, 5), np.linspace(0.4, 0.75, 5)), axis=-1).reshape(25, 2)
    points = grid * (width_px, height_px)
    points[HAND_RIGHT] = 0.6 * width_px, 0.5 * height_px
    return np.stack([points + 30 * person for person in range(persons)]).astype(np.float32)


def live_result(
    width_px: int = 640,
    height_px: int = 480,
    *,
    persons: int = 1,
    action: str | None = "wave",
    has_prediction: bool = True,
    guessed: tuple[int, ...] = (),
) -> LiveResult:
    confidence = np.ones((persons, 25), np.float32)
    confidence[:, guessed] = 0.2
    alpha = np.full((1, 25), 0.8 / 24, np.float32)
    alpha[0, HAND_RIGHT] = 0.2  # 5 times uniform
    prediction = Prediction(
        actions=ACTIONS,
        probabilities=np.array([0.7, 0.1, 0.1, 0.05, 0.03, 0.02], np.float32),
        joints=tuple(range(25)),
        alpha=alpha,
        beta=np.ones(1, np.float32),
    )
    pose = Pose(
        layout=KINECT_25,
        positions_m=np.zeros((persons, 25, 3), np.float32),
        positions_px=body_px(width_px, height_px, persons=persons) if persons else np.zeros((0, 25, 2), np.float32),
        confidence=confidence,
    )
    return LiveResult(
        frame=Frame(picture_bgr=grey(width_px, height_px), time_s=0, arrived_s=0, number=0),
        pose=pose,
        prediction=prediction if has_prediction else None,
        decision=Decision(action=action, confidence=0.87, since_s=0),
        times=TIMES,
    )


def drawn(result: LiveResult) -> Picture:
    picture_bgr = result.frame.picture_bgr.copy()
    draw_overlay(picture_bgr, result)
    return picture_bgr


def changed(picture_bgr: Picture, under: Picture | None = None) -> NDArray[np.bool_]:
    return np.asarray((picture_bgr != (90 if under is None else under)).any(axis=-1))


def pixel(picture_bgr: Picture, point_px: NDArray[np.float32]) -> tuple[int, ...]:
    x, y = (round(float(value)) for value in point_px)
    return tuple(picture_bgr[y, x].tolist())


@pytest.mark.parametrize(
    ("size_px", "expected"),
    [((640, 480), (640, 480)), ((320, 240), (960, 720)), ((1920, 1080), (1920, 1080)), ((641, 481), (640, 480))],
)
def test_small_pictures_are_enlarged_and_sizes_are_even(size_px: tuple[int, int], expected: tuple[int, int]) -> None:
    assert annotated_size(*size_px) == expected
    width_px, height_px = expected
    assert annotated(live_result(*size_px)).shape == (height_px, width_px, 3)


@pytest.mark.parametrize("size_px", [(320, 240), (640, 480), (1920, 1080), (1080, 1920)])
def test_the_overlay_stays_small(size_px: tuple[int, int]) -> None:
    result = live_result(*size_px, persons=0)
    assert 0.03 < changed(drawn(result)).mean() < 0.35
    height_px, width_px = size_px[1], size_px[0]
    middle = changed(drawn(result))[height_px * 2 // 5 : height_px * 4 // 5, width_px // 4 : width_px * 3 // 4]
    assert not middle.any()


@pytest.mark.parametrize("size_px", [(2, 2), (16, 16), (64, 48), (100, 600), (600, 60)])
def test_any_size_can_be_drawn_on(size_px: tuple[int, int]) -> None:
    drawn(live_result(*size_px))
    annotated(live_result(*size_px), mirror=True)


def test_the_picture_of_the_frame_is_not_touched() -> None:
    result = live_result()
    annotated(result)
    annotated(result, mirror=True)
    assert not changed(result.frame.picture_bgr).any()


def test_the_joint_that_is_attended_to_has_the_colour_of_the_scale() -> None:
    result = live_result()
    hand = pixel(drawn(result), result.pose.positions_px[0, HAND_RIGHT])
    assert hand == tuple(heat_colours_rgb(np.array([5.0]))[0, ::-1].tolist())


def test_a_guessed_joint_is_hollow() -> None:
    joint = KINECT_25.index("FootLeft")
    sure, guessed = live_result(), live_result(guessed=(joint,))
    point_px = sure.pose.positions_px[0, joint] + (2, 0)  # beside the line that ends in the middle
    low = tuple(heat_colours_rgb(np.array([0.8 / 24 * 25]))[0, ::-1].tolist())
    assert pixel(drawn(sure), point_px) == low
    assert pixel(drawn(guessed), point_px) != low


def test_without_a_prediction_joints_are_grey_and_there_are_no_bars() -> None:
    with_bars, without = drawn(live_result()), drawn(live_result(has_prediction=False))
    assert changed(with_bars)[:150, :150].any()
    assert not changed(without)[:150, :150].any()


def test_every_person_is_drawn() -> None:
    one, two = (changed(drawn(live_result(persons=count))).sum() for count in (1, 2))
    assert two > one


def test_of_two_who_are_looked_at_each_has_its_own_heat() -> None:
    """The network's first person is the second one of the pose."""
    two = live_result(persons=2)
    assert two.prediction is not None
    alpha = np.full((1, 50), 0.8 / 49, np.float32)
    alpha[0, HAND_RIGHT] = 0.1  # 5 times uniform
    result = replace(two, prediction=replace(two.prediction, alpha=alpha), looked_at=(1, 0))
    hot, cold = (tuple(heat_colours_rgb(np.array([times]))[0, ::-1].tolist()) for times in (5.0, 0.8 / 49 * 50))
    picture_bgr = drawn(result)
    assert pixel(picture_bgr, result.pose.positions_px[1, HAND_RIGHT]) == hot
    assert pixel(picture_bgr, result.pose.positions_px[0, HAND_RIGHT]) == cold
    alone = drawn(replace(result, looked_at=(1, None)))
    assert pixel(alone, result.pose.positions_px[1, HAND_RIGHT]) == hot
    assert pixel(alone, result.pose.positions_px[0, HAND_RIGHT]) not in (hot, cold), "the other one is faint"


def test_joints_that_are_nowhere_are_left_out() -> None:
    result = live_result()
    result.pose.positions_px[0, :5] = np.nan
    result.pose.positions_px[0, 5] = 1e9
    drawn(result)


def test_the_caption_says_the_action_or_that_there_is_none() -> None:
    results = (
        live_result(persons=0),
        live_result(persons=0, action="clap"),
        live_result(persons=0, action=None),
        live_result(action=None),
    )
    captions = [drawn(result)[400:] for result in results]
    for number, caption in enumerate(captions):
        assert all(changed(caption, under=other).any() for other in captions[:number])


def test_a_mirrored_picture_has_its_body_flipped_and_its_text_readable() -> None:
    plain, mirrored = annotated(live_result()), annotated(live_result(), mirror=True)
    legend, caption = np.s_[:140, 400:], np.s_[390:, :300]
    assert (plain[legend] == mirrored[legend]).all()
    assert (plain[caption] == mirrored[caption]).all()
    hand_px = live_result().pose.positions_px[0, HAND_RIGHT]
    flipped_px = np.array([639 - hand_px[0], hand_px[1]], np.float32)
    assert pixel(mirrored, flipped_px) == pixel(plain, hand_px) != pixel(plain, flipped_px)


def test_zoomed_joints_land_where_the_body_is() -> None:
    result = live_result(320, 240)
    hand_px = result.pose.positions_px[0, HAND_RIGHT] * 3
    assert pixel(annotated(result), hand_px) == tuple(heat_colours_rgb(np.array([5.0]))[0, ::-1].tolist())


# --- letters and panels ---


def test_text_is_fitted_into_a_width() -> None:
    text = "draw circle counter-clockwise"
    size_px = fitting_size_px(text, size_px=40, width_px=200, bold=True)
    assert text_width_px(text, size_px=size_px, bold=True) <= 200
    assert fitting_size_px("wave", size_px=40, width_px=2000) == 40


def test_text_is_smooth_and_drawn_once() -> None:
    mask = text_mask("wave", size_px=30)
    assert ((mask > 0.1) & (mask < 0.9)).any()
    assert text_mask("wave", size_px=30) is mask


@pytest.mark.parametrize("place", [(-15, -10), (90, 50), (500, 500), (-500, -500)])
def test_text_and_panels_may_hang_over_the_edge(place: tuple[int, int]) -> None:
    picture_bgr = grey(100, 60)
    left_px, top_px = place
    draw_text(picture_bgr, "wave", left_px=left_px, top_px=top_px, size_px=20, colour_bgr=(255, 255, 255))
    for radius_px in (0, 8):
        draw_panel(
            picture_bgr,
            left_px=left_px,
            top_px=top_px,
            width_px=50,
            height_px=40,
            radius_px=radius_px,
            colour_bgr=(0, 0, 0),
            opacity=0.5,
        )
    assert changed(picture_bgr).any() == (abs(left_px) < 100)


def test_a_panel_is_even_and_its_corners_are_round() -> None:
    picture_bgr = grey(100, 60)
    draw_panel(
        picture_bgr,
        left_px=10,
        top_px=10,
        width_px=60,
        height_px=40,
        radius_px=10,
        colour_bgr=(0, 0, 0),
        opacity=0.5,
    )
    assert (picture_bgr[11:49, 25:55] == 45).all()
    assert (picture_bgr[25:35, 10:70] == 45).all()
    assert not changed(picture_bgr)[[10, 10, 49, 49], [10, 69, 10, 69]].any()
    assert not changed(picture_bgr)[:, :10].any()
