"""Styles: the same action in another manner, by bodies that stay whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.cli.run import run
from core.errors import SourceError
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import load_sequence
from core.sources.performer.body import Body
from core.sources.performer.choice import chosen_performance
from core.sources.performer.motion import action_names, motion_named
from core.sources.performer.programme import Act, Programme
from core.sources.performer.stance import stance_joints
from core.sources.performer.style import Style, mirrored_stances

RATE_HZ = 30
MIRRORED = [action for action in action_names() if not action.startswith("swipe")]


def acted(action: str, style: Style, *, body: Body | None = None, repetitions: int = 2) -> NDArray[np.float32]:
    programme = Programme([Act(action=action, repetitions=repetitions, style=style)], body=body or Body())
    return np.concatenate([programme.joints(time_s) for time_s in np.arange(0, programme.duration_s, 1 / RATE_HZ)])


def travel(action: str, joint: str, style: Style) -> float:
    """How far a joint gets, metres."""
    return float(np.ptp(acted(action, style)[:, KINECT_25.index(joint)], axis=0).max())


def test_the_plain_style_changes_nothing() -> None:
    for action in action_names():
        motion = motion_named(action)
        plain = Style().applied(motion)
        np.testing.assert_array_equal(plain.stances, motion.stances)
        assert (plain.period_s, plain.enter_s, plain.side) == (motion.period_s, motion.enter_s, motion.side)


def test_speed_and_pauses_change_how_long_it_takes() -> None:
    usual, fast, pausing = (
        Programme([Act(action="squat", repetitions=3, style=style)], body=Body())
        for style in (Style(), Style(speed=2), Style(pause_s=0.5))
    )
    assert fast.duration_s == pytest.approx(usual.duration_s / 2)
    assert pausing.duration_s == pytest.approx(usual.duration_s + 3 * 0.5)
    resting_s = motion_named("squat").enter_s + motion_named("squat").period_s + 0.25
    low, high = (pausing.joints(time_s)[0, KINECT_25.index("SpineBase"), 1] for time_s in (resting_s - 1, resting_s))
    assert high > low + 0.1, "it stands in the pause"


def test_a_wider_act_goes_further_and_what_must_meet_still_meets() -> None:
    for action, joint in [("squat", "SpineBase"), ("wave", "HandRight"), ("push", "HandLeft")]:
        narrow, usual, wide = (travel(action, joint, Style(amplitude=size)) for size in (0.7, 1.0, 1.2))
        assert narrow < usual < wide, action
    for size in (0.6, 1.3):
        clap = acted("clap", Style(amplitude=size))
        hands = clap[:, KINECT_25.index("HandLeft")] - clap[:, KINECT_25.index("HandRight")]
        assert np.linalg.norm(hands, axis=-1).min() < 0.12


@pytest.mark.parametrize("action", MIRRORED)
def test_the_other_side_is_the_mirror_image(action: str) -> None:
    motion = motion_named(action)
    other = Style(other_side=True).applied(motion)
    assert other.side == {"left": "right", "right": "left", "both": "both"}[motion.side]
    for stance, mirrored in zip(motion.stances, other.stances, strict=True):
        expected = stance_joints(stance, Body())[KINECT_25.mirror_order] * (-1, 1, 1)
        np.testing.assert_allclose(stance_joints(mirrored, Body()), expected, atol=1e-5)
    np.testing.assert_array_equal(mirrored_stances(mirrored_stances(motion.stances)), motion.stances)


def test_the_other_side_is_refused_where_it_is_another_action() -> None:
    with pytest.raises(SourceError, match="'swipe left' by the other side is another action"):
        acted("swipe left", Style(other_side=True))


@pytest.mark.parametrize("action", action_names())
@pytest.mark.parametrize("seed", range(4))
def test_varied_styles_on_varied_bodies_stay_bodies(action: str, seed: int) -> None:
    body, style = Body.varied(seed), Style.varied(seed)
    assert style == Style.varied(seed) != Style.varied(seed + 100)
    joints = acted(action, style, body=body)
    parents, children = np.array(KINECT_25.bones).T
    lengths = np.linalg.norm(joints[:, parents] - joints[:, children], axis=-1)
    assert np.ptp(lengths, axis=0).max() < 0.01 * lengths.min()
    assert joints[..., 1].min() > 0.0, "nobody sinks into the floor"
    steps_m = np.linalg.norm(np.diff(joints, axis=0), axis=-1)
    assert steps_m.max() < 0.25 * max(style.speed, 1) * body.height_m / Body().height_m * 1.15, "no joint jumps"


@pytest.mark.parametrize("change", [{"speed": 0}, {"speed": float("nan")}, {"amplitude": 2}, {"pause_s": -1}])
def test_absurd_styles_are_refused_with_the_range(change: dict[str, float]) -> None:
    with pytest.raises(SourceError, match="lies between"):
        replace(Style(), **change)  # type: ignore[arg-type]


def test_a_style_is_for_all_acts_but_standing_and_not_for_recordings() -> None:
    style = Style(speed=1.5)
    acts = chosen_performance("", style=style)
    assert isinstance(acts, tuple)
    assert {act.style == style for act in acts if act.action != "idle"} == {True}
    assert {act.style == Style() for act in acts if act.action == "idle"} == {True}
    with pytest.raises(SourceError, match="as it was recorded"):
        chosen_performance("clip.npz", style=style)


def test_the_command_renders_in_a_style(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def hand_m(*style: str) -> float:
        video, joints = tmp_path / "x.mp4", tmp_path / "x.npz"
        asked = ["render", "wave", "--out", str(video), "--joints", str(joints), "--size", "96x64", "--rate", "10"]
        assert run(["performer", *asked, *style], open_window=lambda _: 1) == 0
        positions = load_sequence(joints).positions_m[:, 0]
        left, right = (positions[:, KINECT_25.index(f"Hand{side}"), 1].max() for side in ("Left", "Right"))
        return float(left - right)

    assert hand_m() < -0.3, "the right hand waves"
    assert hand_m("--other-side", "--speed", "0.8", "--amplitude", "1.2", "--pause", "0.2") > 0.3
    asked = ["performer", "render", "wave", "--out", str(tmp_path / "y.mp4"), "--speed", "9"]
    assert run(asked, open_window=lambda _: 1) == 2
    assert "between 0.4 and 2.5" in capsys.readouterr().err
    assert not (tmp_path / "y.mp4").exists()
