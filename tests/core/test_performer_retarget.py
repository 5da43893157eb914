"""Recorded joints on another body: lengths of the body, directions of the recording, feet on the floor."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.errors import DataError
from core.skeleton.layouts import KINECT_20, KINECT_25
from core.skeleton.mapping import map_to_kinect25
from core.sources.performer.body import Body
from core.sources.performer.gaps import presence
from core.sources.performer.motion import action_names
from core.sources.performer.programme import Act, Programme, sampled
from core.sources.performer.retarget import bone_lengths_m, completed, retargeted
from core.sources.performer.stance import rotation

PARENTS, CHILDREN = np.array(KINECT_25.bones).T
FEET = [KINECT_25.index(joint) for joint in ("AnkleLeft", "FootLeft", "AnkleRight", "FootRight")]
HIPS = [KINECT_25.index("HipLeft"), KINECT_25.index("HipRight")]
TOES = np.isin(CHILDREN, [KINECT_25.index("FootLeft"), KINECT_25.index("FootRight")])
ENDS = [KINECT_25.index(end + side) for end in ("HandTip", "Thumb") for side in ("Left", "Right")]


def at(joint: str) -> int:
    return KINECT_25.index(joint)


def acted(action: str, body: Body | None = None) -> NDArray[np.float32]:
    joints = sampled(Programme([Act(action=action, seconds=2)], body=body or Body()), rate_hz=15)[:, 0]
    return joints + np.array([0.3, -0.8, 2.6], dtype=np.float32)


def as_kinect20(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """As a Kinect v1 would have it: hand tips and thumbs copy the hand, feet end on the instep."""
    torn = joints.copy()
    for side in ("Left", "Right"):
        torn[:, at("HandTip" + side)] = torn[:, at("Thumb" + side)] = torn[:, at("Hand" + side)]
        ankle, foot = torn[:, at("Ankle" + side)], torn[:, at("Foot" + side)]
        torn[:, at("Foot" + side)] = ankle + (foot - ankle) * 0.35 + np.array([0, -0.03, 0], dtype=np.float32)
    return torn


def bones(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    spans: NDArray[np.float32] = joints[:, CHILDREN] - joints[:, PARENTS]
    return spans


def lengths(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    sizes: NDArray[np.float32] = np.linalg.norm(bones(joints), axis=-1)
    return sizes


@pytest.mark.parametrize("action", action_names())
@pytest.mark.parametrize("seed", [1, 6])
def test_lengths_are_the_bodys_and_directions_the_recordings(action: str, seed: int) -> None:
    recorded, body = acted(action, Body.varied(3)), Body.varied(seed)
    played = retargeted(recorded, body)
    expected = bone_lengths_m(body)
    np.testing.assert_allclose(
        lengths(played), [[expected[KINECT_25.joints[child]] for child in CHILDREN]] * len(played), atol=1e-4
    )
    sure = lengths(recorded) > 0.045
    cosines = np.einsum("tbi,tbi->tb", bones(recorded), bones(played)) / lengths(recorded) / lengths(played)
    assert cosines[sure].min() > 1 - 1e-5


def test_lengths_hold_where_the_recording_has_no_hands() -> None:
    recorded, body = as_kinect20(acted("wave")), Body.varied(2)
    played = retargeted(recorded, body)
    expected = bone_lengths_m(body)
    np.testing.assert_allclose(
        lengths(played), [[expected[KINECT_25.joints[child]] for child in CHILDREN]] * len(played), atol=1e-4
    )
    for side in ("Left", "Right"):
        along = played[:, at("HandTip" + side)] - played[:, at("Hand" + side)]
        hand = played[:, at("Hand" + side)] - played[:, at("Wrist" + side)]
        assert (
            np.einsum("ti,ti->t", along, hand) > 0.99 * np.linalg.norm(along, axis=1) * np.linalg.norm(hand, axis=1)
        ).all()
    standing = retargeted(as_kinect20(acted("idle")), body)
    thumbs = standing[:, [at("ThumbLeft"), at("ThumbRight")]].mean(axis=0)
    tips = standing[:, [at("HandLeft"), at("HandRight")]].mean(axis=0)
    assert thumbs[0, 0] - tips[0, 0] > 0.01, "the left thumb points inwards and ahead of somebody who faces the camera"
    assert thumbs[1, 0] - tips[1, 0] < -0.01
    assert (thumbs[:, 2] < tips[:, 2]).all()


def test_a_foot_that_ends_on_the_instep_stands_flat() -> None:
    recorded = as_kinect20(acted("idle"))
    played = retargeted(recorded, Body())
    for foot, ankle in ((at("FootLeft"), at("AnkleLeft")), (at("FootRight"), at("AnkleRight"))):
        before, after = (one[:, ankle, 1] - one[:, foot, 1] for one in (recorded, played))
        assert before.mean() / np.linalg.norm(recorded[:, ankle] - recorded[:, foot], axis=1).mean() > 0.6, "tiptoe"
        np.testing.assert_allclose(after, 0.05, atol=0.025)


@pytest.mark.parametrize("action", ["squat", "jumping jack", "lunge", "walk"])
def test_feet_are_as_high_above_the_floor_as_legs_of_that_length_lift_them(action: str) -> None:
    recorded, body = acted(action), Body.varied(4)
    played = retargeted(recorded, body)
    lifted = [np.min(one[:, FEET, 1], axis=1) - np.min(one[:, FEET, 1]) for one in (recorded, played)]
    np.testing.assert_allclose(lifted[1], lifted[0] * body.leg_m / Body().leg_m, atol=0.01)
    ways = [one[:, HIPS].mean(axis=1)[:, [0, 2]] for one in (recorded, played)]
    np.testing.assert_allclose(ways[1] - ways[1][0], (ways[0] - ways[0][0]) * body.leg_m / Body().leg_m, atol=2e-3)
    np.testing.assert_allclose(ways[1][0], ways[0][0], atol=1e-4)


def test_the_same_body_changes_nothing() -> None:
    recorded = acted("boxing")
    np.testing.assert_allclose(retargeted(recorded, Body()), recorded, atol=0.02)  # its own spine bends a little


@given(turn_deg=st.floats(-180, 180), x=st.floats(-3, 3), z=st.floats(-3, 3))
def test_turning_and_moving_a_recording_turns_and_moves_what_is_played(turn_deg: float, x: float, z: float) -> None:
    recorded, body = as_kinect20(acted("wave"))[::6], Body.varied(1)
    turn = rotation(0, turn_deg, 0).astype(np.float32)
    there = np.array([x, 0, z], dtype=np.float32)
    first = retargeted(recorded @ turn.T + there, body)
    second = retargeted(recorded, body) @ turn.T + there
    np.testing.assert_allclose(first, second, atol=1e-3)


def test_who_is_away_stays_away_and_a_lost_joint_is_found() -> None:
    recorded = acted("wave")
    torn = recorded.copy()
    torn[5:9] = 0
    torn[12:14, at("KneeLeft")] = 0
    played = retargeted(torn, Body.varied(5))
    np.testing.assert_array_equal(np.flatnonzero(~presence(played)), np.arange(5, 9))
    whole = retargeted(recorded, Body.varied(5))
    np.testing.assert_allclose(played[10:], whole[10:], atol=0.02)


def test_completed_adds_hands_and_feet_and_moves_nothing_else() -> None:
    recorded, body = as_kinect20(acted("clap")), Body.varied(7)
    whole = completed(recorded, body)
    kept = [joint for joint in range(25) if joint not in ENDS]
    np.testing.assert_array_equal(whole[:, kept], recorded[:, kept])
    expected = bone_lengths_m(body)
    for joint in ENDS:
        place = list(CHILDREN).index(joint)
        np.testing.assert_allclose(lengths(whole)[:, place], expected[KINECT_25.joints[joint]], atol=1e-4)
    np.testing.assert_array_equal(completed(acted("clap"), body), acted("clap"))


def test_a_wrist_that_copies_the_hand_goes_back_along_the_forearm() -> None:
    recorded = acted("push")
    torn = recorded.copy()
    for side in ("Left", "Right"):
        for joint in ("Wrist", "HandTip", "Thumb"):
            torn[:, at(joint + side)] = torn[:, at("Hand" + side)]
        torn[:, at("Foot" + side)] = torn[:, at("Ankle" + side)]
    whole = completed(torn, Body())
    np.testing.assert_array_equal(whole[:, at("HandLeft")], recorded[:, at("HandLeft")])
    np.testing.assert_allclose(whole[:, at("WristLeft")], recorded[:, at("WristLeft")], atol=0.08)  # this wrist is bent
    np.testing.assert_allclose(whole[:, at("FootLeft")], recorded[:, at("FootLeft")], atol=0.09)


def test_a_kinect_v1_recording_goes_all_the_way() -> None:
    joint_map = map_to_kinect25(KINECT_20)
    twenty = np.random.default_rng(0).normal(0, 0.02, (8, 20, 3)).astype(np.float32)
    names = {name: place for place, name in enumerate(KINECT_20.joints)}
    body = acted("idle")[0]
    for name, place in names.items():
        source = {"HipCentre": "SpineBase", "ShoulderCentre": "Neck", "Spine": "SpineMid"}.get(name, name)
        twenty[:, place] += body[at(source)]
    played = retargeted(joint_map.positions(twenty), Body.varied(3))
    assert np.isfinite(played).all()
    assert np.ptp(lengths(played), axis=0).max() < 1e-4


@pytest.mark.parametrize(
    ("positions", "complaint"),
    [
        (np.zeros((4, 25, 3)), "no length"),
        (np.zeros((4, 1, 25, 3)), "shape"),
        (np.full((4, 25, 3), np.nan), "finite"),
        (np.zeros((0, 25, 3)), "shape"),
    ],
)
def test_what_cannot_be_retargeted_is_refused(positions: NDArray[np.float32], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        retargeted(positions, Body())
