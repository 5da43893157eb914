"""The performer's motions: files, anatomy and flow."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import DataError, SourceError
from core.skeleton.layouts import KINECT_25
from core.sources.performer.body import Body
from core.sources.performer.motion import MOTIONS_DIR, action_names, authored_motions, load_motion, motion_named
from core.sources.performer.programme import Act, Programme
from core.sources.performer.recorded import RecordedSequence
from core.sources.performer.stance import NEUTRAL_STANCE, soft_reach, stance_joints

RATE_HZ = 30
VOCABULARY = ("wave", "clap", "boxing", "squat", "arm curl", "push")
IN_PLACE = [action for action in action_names() if action not in ("jog", "walk", "lunge", "jumping jack")]


def acted(action: str, *, repetitions: int = 2, body: Body | None = None) -> NDArray[np.float32]:
    """Joints (T, 25, 3) of one act."""
    programme = Programme([Act(action=action, repetitions=repetitions)], body=body or Body())
    times_s = np.arange(0, programme.duration_s, 1 / RATE_HZ)
    return np.concatenate([programme.joints(time_s) for time_s in times_s])


def bone_lengths(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    parents, children = np.array(KINECT_25.bones).T
    lengths: NDArray[np.float32] = np.linalg.norm(joints[:, parents] - joints[:, children], axis=-1)
    return lengths


def at(joint: str) -> int:
    return KINECT_25.index(joint)


def test_the_vocabulary_can_be_acted() -> None:
    assert {*VOCABULARY, "idle", "jumping jack"} <= set(action_names())
    assert len(action_names()) >= 15


@pytest.mark.parametrize("action", action_names())
@pytest.mark.parametrize("seed", [None, 4])
def test_bones_keep_their_length(action: str, seed: int | None) -> None:
    body = Body() if seed is None else Body.varied(seed)
    lengths = bone_lengths(acted(action, body=body))
    assert np.ptp(lengths, axis=0).max() < 0.01 * lengths.min()
    standing = bone_lengths(stance_joints(NEUTRAL_STANCE, body)[None])[0]
    np.testing.assert_allclose(lengths[0], standing, rtol=0.01)


@pytest.mark.parametrize("action", action_names())
def test_joints_never_jump(action: str) -> None:
    joints = acted(action)
    steps_m = np.linalg.norm(np.diff(joints, axis=0), axis=-1)
    assert steps_m.max() < 0.25  # 7.5 m/s: a throwing hand
    changes_m = np.linalg.norm(np.diff(joints, n=2, axis=0), axis=-1)
    assert changes_m.max() < 0.13


@pytest.mark.parametrize("action", action_names())
def test_everybody_stands_on_the_floor_and_not_in_it(action: str) -> None:
    joints = acted(action)
    assert joints[..., 1].min() > 0.0
    if action != "jumping jack":
        feet = joints[:, [at("FootLeft"), at("FootRight")], 1]
        assert feet.min(axis=1).max() < 0.07


@pytest.mark.parametrize("action", IN_PLACE)
def test_feet_stay_planted(action: str) -> None:
    joints = acted(action)
    programme = Programme([Act(action=action, repetitions=2)], body=Body())
    during = [bool(programme.action(number / RATE_HZ)) for number in range(len(joints))]
    ankles = joints[during or slice(None)] if any(during) else joints
    for joint in ("AnkleLeft", "AnkleRight", "FootLeft", "FootRight"):
        assert np.ptp(ankles[:, at(joint)], axis=0).max() < 0.005


def test_acts_do_what_their_name_says() -> None:
    wave = acted("wave") - acted("wave")[:, [at("ShoulderRight")]]
    assert np.quantile(wave[:, at("WristRight"), 1], 0.7) > 0.12
    assert acted("wave")[:, at("WristLeft"), 1].max() < 1.1
    clap = acted("clap")
    assert np.linalg.norm(clap[:, at("HandLeft")] - clap[:, at("HandRight")], axis=-1).min() < 0.12
    squat = acted("squat")
    assert np.ptp(squat[:, at("SpineBase"), 1]) > 0.28
    push = acted("push")
    assert (push[:, at("WristLeft"), 2] - push[:, at("ShoulderLeft"), 2]).min() < -0.4
    left, right = (acted("boxing")[:, at(f"Wrist{side}"), 2] for side in ("Left", "Right"))
    assert np.abs(left - right).max() > 0.25
    curl = acted("arm curl")
    assert np.ptp(curl[:, at("WristRight"), 1]) > 0.35
    assert np.ptp(curl[:, at("ElbowRight"), 1]) < 0.12
    jack = acted("jumping jack")
    assert (jack[:, at("HandLeft"), 1] - jack[:, at("Head"), 1]).max() > 0.1


def test_idle_breathes_and_differs_by_seed() -> None:
    still = [Programme([Act(action="idle", seconds=5)], body=Body(), seed=seed) for seed in (1, 1, 2)]
    first, same, other = (np.concatenate([one.joints(t) for t in (0.0, 1.0, 2.0)]) for one in still)
    assert np.linalg.norm(first[0] - first[2], axis=-1).max() > 0.003
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_a_programme_names_what_is_acted_and_blends_through_standing() -> None:
    acts = [Act(action="idle", seconds=1.3), Act(action="wave", repetitions=2), Act(action="squat", seconds=4)]
    programme = Programme(acts, body=Body())
    times_s = np.arange(0, programme.duration_s, 1 / RATE_HZ)
    said = [programme.action(time_s) for time_s in times_s]
    changes = [name for number, name in enumerate(said) if number == 0 or said[number - 1] != name]
    assert changes == ["", "wave", "", "squat", ""]
    wave = motion_named("wave")
    assert said.count("wave") == pytest.approx(2 * wave.period_s * RATE_HZ, abs=1)
    joints = np.concatenate([programme.joints(time_s) for time_s in times_s])
    assert np.linalg.norm(np.diff(joints, axis=0), axis=-1).max() < 0.2


@pytest.mark.parametrize(
    "acts",
    [
        [],
        [Act(action="wave")],
        [Act(action="wave", seconds=0)],
        [Act(action="wave", repetitions=-1)],
        [Act(action="wave", seconds=float("nan"))],
    ],
)
def test_programmes_without_a_length_are_refused(acts: list[Act]) -> None:
    with pytest.raises(SourceError):
        Programme(acts, body=Body())


def test_unknown_actions_are_refused_with_the_known_ones() -> None:
    with pytest.raises(SourceError, match=r"'flying'.*arm curl.*wave"):
        motion_named("flying")
    assert motion_named("Arm_Curl").action == motion_named("arm-curl").action == "arm curl"


def test_every_motion_file_is_named_after_its_action() -> None:
    files = {path.stem.replace("_", " ") for path in MOTIONS_DIR.glob("*.json")}
    assert files == set(authored_motions())


GOOD: dict[str, Any] = {
    "schema_version": 1,
    "action": "nod",
    "side": "both",
    "about": "Nods.",
    "period_s": 1.0,
    "enter_s": 0.2,
    "exit_s": 0.2,
    "base": {"elbow_left": 10},
    "keys": [{"time_s": 0, "head_turn": [20, 0]}, {"time_s": 0.5, "head_turn": [0, 0]}],
}


def test_base_and_keys_are_laid_over_standing(tmp_path: Path) -> None:
    path = tmp_path / "nod.json"
    path.write_text(json.dumps(GOOD))
    motion = load_motion(path)
    assert motion.times_s.tolist() == [0, 0.5]
    changed = motion.stances - NEUTRAL_STANCE
    assert sorted(np.abs(changed[0])[changed[0] != 0].tolist()) == [10, 20]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("schema_version", {"schema_version": 2}),
        ("schema_version", {"schema_version": None}),
        ("speed", {"speed": 3}),
        ("action", {"action": ""}),
        ("side", {"side": "front"}),
        ("about", {"about": 7}),
        ("period_s", {"period_s": 0}),
        ("period_s", {"period_s": "long"}),
        ("enter_s", {"enter_s": -1}),
        ("exit_s", {"exit_s": True}),
        ("exit_s", {"exit_s": float("nan")}),
        ("base", {"base": []}),
        ("base.tail", {"base": {"tail": 1}}),
        ("keys", {"keys": []}),
        ("keys", {"keys": {"time_s": 0}}),
        ("keys[0]", {"keys": [1]}),
        ("keys[0].time_s", {"keys": [{"time_s": 0.1}]}),
        ("keys[0].time_s", {"keys": [{}]}),
        ("keys[1].time_s", {"keys": [{"time_s": 0}, {"time_s": 1.0}]}),
        ("keys[2].time_s", {"keys": [{"time_s": 0}, {"time_s": 0.5}, {"time_s": 0.4}]}),
        ("keys[0].hand_left", {"keys": [{"time_s": 0, "hand_left": [1, 2]}]}),
        ("keys[0].elbow_left", {"keys": [{"time_s": 0, "elbow_left": "high"}]}),
        ("keys[0].head_turn", {"keys": [{"time_s": 0, "head_turn": [0, None]}]}),
    ],
)
def test_bad_motion_files_are_refused_by_file_and_field(tmp_path: Path, field: str, change: dict[str, Any]) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(GOOD | change))
    with pytest.raises(DataError) as caught:
        load_motion(path)
    assert "bad.json" in str(caught.value)
    assert f"'{field}'" in str(caught.value)


@pytest.mark.parametrize("content", ["{", "[]", "7"])
def test_other_json_and_no_json_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(DataError, match=r"bad\.json"):
        load_motion(path)
    with pytest.raises(DataError, match="cannot be read"):
        load_motion(tmp_path / "none.json")


def test_soft_reach_never_reaches_the_full_length() -> None:
    wished = np.linspace(0, 3, 400)
    reached = np.array([soft_reach(float(far), 1.0, soft=0.95) for far in wished])
    assert (np.diff(reached) >= 0).all()
    assert reached.max() < 1.0
    np.testing.assert_array_equal(reached[wished <= 0.95], wished[wished <= 0.95])


def test_a_recording_is_stood_on_the_floor_and_played_in_time() -> None:
    kinect = acted("wave") + np.array([0.4, -0.9, 2.7], np.float32)
    played = RecordedSequence(kinect, rate_hz=RATE_HZ, action="wave")
    assert played.duration_s == pytest.approx(len(kinect) / RATE_HZ)
    assert played.action(0.5) == "wave"
    (middle,) = played.joints(10.5 / RATE_HZ)
    expected = (kinect[10] + kinect[11]) / 2
    np.testing.assert_allclose(middle - middle[0], expected - expected[0], atol=1e-5)
    assert 0 < played.joints(0)[..., 1].min() < 0.06
    assert np.abs(played.joints(0)[0, at("SpineBase"), [0, 2]]).max() < 0.01
    np.testing.assert_array_equal(played.joints(99), played.joints(played.duration_s))


@pytest.mark.parametrize(
    ("positions", "rate_hz"),
    [
        (np.zeros((0, 25, 3)), 30.0),
        (np.zeros((5, 20, 3)), 30.0),
        (np.zeros((25, 3)), 30.0),
        (np.full((5, 25, 3), np.nan), 30.0),
        (np.zeros((5, 25, 3)), 0.0),
    ],
)
def test_what_is_no_recording_is_refused(positions: NDArray[np.float32], rate_hz: float) -> None:
    with pytest.raises(DataError):
        RecordedSequence(positions, rate_hz=rate_hz)
