"""Two persons: recorded or put together, who come and go, hide each other and keep their distance."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import DataError, SourceError
from core.explain.performance_video import write_performance
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.gaps import presence, without_gaps
from core.sources.performer.level import levelled
from core.sources.performer.programme import Act, Programme, sampled
from core.sources.performer.recorded import RecordedSequence
from core.sources.performer.source import Performer, bodies_for
from core.sources.performer.together import Staged, Together, Waypoint
from core.sources.source import Frame, Truth

RATE_HZ = 15
HIPS = [KINECT_25.index("HipLeft"), KINECT_25.index("HipRight")]
FEET = [KINECT_25.index("FootLeft"), KINECT_25.index("FootRight")]
CHEST = KINECT_25.index("SpineMid")
RED, BLUE = ((0, 0, 230), (230, 0, 0))


def body(shirt_bgr: tuple[int, int, int]) -> Body:
    return Body(colours=replace(Body().colours, shirt_bgr=shirt_bgr))


def acting(action: str = "idle", seconds: float = 3) -> Programme:
    return Programme([Act(action=action, seconds=seconds)], body=Body())


def recorded_pair(frames: int = 30, *, apart_m: float = 1.0) -> NDArray[np.float32]:
    """Joints (T, 2, 25, 3): one waves, the other, half a metre farther away, walks on the spot."""
    left, right = acting("wave"), acting("walk")
    times_s = np.arange(frames) / RATE_HZ
    pair = [np.concatenate([left.joints(t), right.joints(t)]) for t in times_s]
    return np.stack(pair) + np.array([[[-apart_m / 2, 0, 0]], [[apart_m / 2, 0, 0.5]]], dtype=np.float32)


def crossing() -> Together:
    """The red one walks past the blue one, nearer to the camera, and is before it after two seconds."""
    red = Staged(
        performance=acting("walk", 4),
        path=[Waypoint(x_m=-1, z_m=-0.5, heading_deg=-90), Waypoint(time_s=4, x_m=1, z_m=-0.5, heading_deg=-90)],
    )
    blue = Staged(
        performance=acting("walk", 4),
        path=[Waypoint(x_m=1, z_m=0.3, heading_deg=90), Waypoint(time_s=4, x_m=-1, z_m=0.3, heading_deg=90)],
    )
    return Together([red, blue])


def frames_of(performer: Performer) -> list[Frame]:
    performer.open()
    return list(iter(performer.read, None))


def truth_of(frame: Frame) -> Truth:
    assert frame.truth is not None
    return frame.truth


def hips(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    middle: NDArray[np.float32] = joints[..., HIPS, :].mean(axis=-2)
    return middle


def test_a_recorded_pair_keeps_its_distance_and_stands_round_the_origin() -> None:
    recorded = recorded_pair() + np.array([0.7, -0.9, 2.5], dtype=np.float32)
    played = RecordedSequence(recorded, rate_hz=RATE_HZ)
    assert played.persons == 2
    joints = np.stack([played.joints(index / RATE_HZ) for index in range(len(recorded))])
    apart = [np.linalg.norm(hips(one[:, 0]) - hips(one[:, 1]), axis=-1) for one in (recorded, joints)]
    np.testing.assert_allclose(apart[1], apart[0], atol=1e-5)
    np.testing.assert_allclose(hips(joints[0]).mean(axis=0)[[0, 2]], 0, atol=1e-5)
    assert 0 < joints[..., FEET, 1].min(axis=(1, 2)).mean() < 0.06


@pytest.mark.parametrize("lean_deg", [-9.0, 6.0])
def test_a_recording_of_a_sensor_that_looks_down_is_turned_level(lean_deg: float) -> None:
    recorded = recorded_pair()
    angle = np.deg2rad(lean_deg)
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]], dtype=np.float32
    )
    there = np.ones(recorded.shape[:2], dtype=bool)
    level = levelled(recorded @ turn.T, there)
    np.testing.assert_array_equal(levelled(recorded, there), recorded)  # one that is level is left alone
    floors = np.percentile(level[..., FEET, 1].min(axis=-1), 10, axis=0)
    assert abs(floors[0] - floors[1]) < 0.02
    across = np.linalg.norm(level[:, 0, :, None] - level[:, 1, None], axis=-1)
    np.testing.assert_allclose(
        across, np.linalg.norm(recorded[:, 0, :, None] - recorded[:, 1, None], axis=-1), atol=1e-4
    )


def test_who_is_not_there_is_not_drawn() -> None:
    pair = recorded_pair()
    pair[10:20, 1] = 0  # the second one goes, and comes back
    alone = pair[:, :1]
    camera, bodies = Camera(distance_m=4), [body(RED), body(BLUE)]

    def play(positions: NDArray[np.float32], count: int) -> list[Frame]:
        performance = RecordedSequence(positions, rate_hz=RATE_HZ)
        return frames_of(
            Performer(
                performance, body=bodies[:count], camera=camera, rate_hz=RATE_HZ, size_px=(160, 120), real_time=False
            )
        )

    both = play(pair, 2)
    there = np.array([presence(truth_of(frame).positions_m) for frame in both])
    assert there[:, 0].all()
    np.testing.assert_array_equal(np.flatnonzero(~there[:, 1]), np.arange(10, 20))
    reds = [np.count_nonzero((f.picture_bgr[..., 0] > 120) & (f.picture_bgr[..., 2] < 60)) for f in both]  # blue shirt
    assert min(reds[:10] + reds[20:]) > 20
    assert max(reds[10:20]) == 0
    assert len(play(alone, 1)) == len(both)


def test_a_written_pair_says_who_was_not_there(tmp_path: Path) -> None:
    pair = recorded_pair(12)
    pair[:5, 0] = 0
    performer = Performer(RecordedSequence(pair, rate_hz=RATE_HZ), rate_hz=RATE_HZ, size_px=(96, 64), real_time=False)
    truth = write_performance(performer, tmp_path / "pair.mp4")
    np.testing.assert_array_equal(truth.confidence[:, 0, 0], [0] * 5 + [1] * 7)
    assert truth.confidence[:, 1].all()
    again = RecordedSequence.of(truth)
    assert again.persons == 2
    assert not presence(again.joints(0.1))[0]


def test_joints_that_were_not_found_are_filled() -> None:
    whole = recorded_pair()
    torn = whole.copy()
    torn[4:8, 0, KINECT_25.index("HandLeft")] = 0
    torn[:3, 1, KINECT_25.index("Head")] = 0
    filled, there = without_gaps(torn)
    assert there.all()
    np.testing.assert_allclose(filled, whole, atol=0.12)
    np.testing.assert_array_equal(filled[10:], whole[10:])
    untouched, _ = without_gaps(whole)
    assert untouched is whole


def test_uneven_times_and_gaps_of_a_file_do_not_smear_who_comes_and_goes() -> None:
    pair = recorded_pair(20)
    pair[8:, 1] = 0
    times_s = np.cumsum(np.linspace(0.02, 0.2, 20))
    confidence = np.ones(pair.shape[:3], dtype=np.float32)
    sequence = SkeletonSequence(layout=KINECT_25, positions_m=pair, confidence=confidence, times_s=times_s)
    joints = sampled(RecordedSequence.of(sequence), rate_hz=60)
    there = presence(joints)
    tall = np.ptp(joints[..., 1], axis=-1)
    assert there[0].all()
    assert not there[-1, 1]
    assert tall[there].min() > 1.3, "nobody is drawn half collapsed"


def test_two_walk_past_each_other_and_the_nearer_hides_the_other() -> None:
    performer = Performer(
        crossing(), body=[body(RED), body(BLUE)], camera=Camera(pitch_rad=0.1), rate_hz=10, real_time=False
    )
    frames = frames_of(performer)
    blue_px = [np.count_nonzero(frame.picture_bgr[..., 0] > frame.picture_bgr[..., 2] + 60.0) for frame in frames]
    middle = 20  # at two seconds
    assert min(blue_px[:5] + blue_px[-5:]) > 1000
    assert min(blue_px[middle - 3 : middle + 4]) < 0.25 * np.median(blue_px)
    assert np.mean(np.array(blue_px) < 0.5 * np.median(blue_px)) < 0.3, "only for a short time"
    u, v = truth_of(frames[middle]).positions_px[1, CHEST].astype(int)
    blue, _, red = frames[middle].picture_bgr[v, u].astype(int)
    assert red > blue, "the red one, or its arm, is seen where the chest of the blue one is"
    side = np.array([np.sign(np.diff(hips(truth_of(frame).positions_m)[:, 0])[0]) for frame in frames])
    assert (side[0], side[-1]) == (1, -1)


def test_a_stage_turns_and_moves_whoever_stands_on_it() -> None:
    programme = acting("idle")
    staged = Staged(performance=programme, path=[Waypoint(x_m=0.5, z_m=-0.2, heading_deg=90)], comes_s=1, goes_s=2)
    plain, turned = programme.joints(1.5)[0], staged.joints(1.5)[0]
    # Turned to the left: what was to the right lies behind now, what was ahead (towards -z) lies to the left.
    np.testing.assert_allclose(turned[:, 0], plain[:, 2] + 0.5, atol=1e-5)
    np.testing.assert_allclose(turned[:, 2], -plain[:, 0] - 0.2, atol=1e-5)
    np.testing.assert_allclose(turned[:, 1], plain[:, 1], atol=1e-6)
    assert [bool(presence(staged.joints(time_s))[0]) for time_s in (0.5, 1.5, 2.5)] == [False, True, False]


def test_together_is_as_long_as_its_longest_part_and_names_all_actions() -> None:
    parts = [Staged(performance=acting("wave", 3)), Staged(performance=acting("clap", 6), path=[Waypoint(x_m=1)])]
    both = Together(parts)
    assert both.persons == 2
    assert both.duration_s == max(part.performance.duration_s for part in parts)
    assert both.action(1.5) == "wave, clap"
    assert both.joints(both.duration_s).shape == (2, 25, 3)
    assert Together([*parts, *parts]).persons == 4


def test_two_look_different_and_a_body_too_many_is_refused() -> None:
    assert bodies_for(1, given=(Body(),), seed=0) == (Body(),)
    for seed in range(30):
        first, second = bodies_for(2, given=(Body.varied(seed),), seed=seed)
        assert first.colours.shirt_bgr != second.colours.shirt_bgr
    with pytest.raises(SourceError, match="2 bodies for 1"):
        Performer([Act(action="wave", seconds=1)], body=[Body(), Body()], real_time=False)


def test_two_far_apart_are_both_in_view() -> None:
    pair = recorded_pair(apart_m=5.0)
    frame = frames_of(Performer.play_sequence(pair, sequence_rate_hz=RATE_HZ, real_time=False))[0]
    pixels = truth_of(frame).positions_px
    assert ((pixels > 0) & (pixels < (640, 480))).all()


@pytest.mark.parametrize(
    ("positions", "complaint"),
    [
        (np.zeros((5, 0, 25, 3)), "not 0"),
        (np.ones((5, 3, 25, 3)), "not 3"),
        (np.zeros((5, 2, 25, 3)), "Nobody"),
        (np.zeros((5, 25, 3)), "Nobody"),
        (np.full((5, 2, 25, 3), np.nan), "finite"),
        (np.full((5, 2, 25, 3), 1e4), "millimetres"),
        (np.zeros((5, 2, 20, 3)), "shape"),
        (np.zeros((2, 5, 2, 25, 3)), "shape"),
    ],
)
def test_what_cannot_be_played_is_refused_in_words(positions: NDArray[np.float32], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        RecordedSequence(positions, rate_hz=RATE_HZ)


@pytest.mark.parametrize(("frames", "rate_hz"), [(1, 30.0), (2, 1000.0), (300, 1000.0)])
def test_one_frame_and_a_thousand_a_second_are_played(frames: int, rate_hz: float) -> None:
    played = RecordedSequence(recorded_pair(frames), rate_hz=rate_hz)
    assert played.duration_s == pytest.approx(frames / rate_hz)
    assert np.isfinite(sampled(played, rate_hz=30)).all()
    assert len(frames_of(Performer(played, size_px=(64, 48), real_time=False))) == max(round(frames / rate_hz * 30), 1)


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan"), float("inf")])
def test_a_recording_needs_a_rate(rate_hz: float) -> None:
    with pytest.raises(DataError, match="rate above 0"):
        RecordedSequence(recorded_pair(3), rate_hz=rate_hz)


def test_a_stage_needs_somebody_and_a_path_that_goes_forward_in_time() -> None:
    with pytest.raises(SourceError, match="Nobody"):
        Together([])
    for path in ([], [Waypoint(time_s=1), Waypoint(time_s=1)], [Waypoint(time_s=float("nan"))]):
        with pytest.raises(SourceError, match="path"):
            Staged(performance=acting(), path=path)
