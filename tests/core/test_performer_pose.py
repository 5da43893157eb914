"""End to end: MediaPipe finds the performer in its pixels, where it truly is."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.pose.estimator import MediaPipeEstimator
from core.pose.mapped import to_kinect25
from core.skeleton.layouts import DIRECT_JOINTS
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.motion import action_names
from core.sources.performer.programme import Act, Programme
from core.sources.performer.scene import Scene
from core.sources.performer.source import Performer
from core.sources.performer.together import Staged, Together, Waypoint

SCENES = range(1, 9)  # 0 is so dim that people do get lost in it
VOCABULARY = ("wave", "squat", "boxing", "jumping jack", "arm curl", "push", "clap")
HIPS = [12, 16]
DIRECT = list(DIRECT_JOINTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How far MediaPipe's joints are from the true ones, as a mean over frames and joints."""

    error_m: float
    error_px: float
    persons: set[int]  # how many were found in a frame
    found: float  # share of the frames with somebody


@pytest.fixture(scope="module")
def seen(pose_model: Path) -> dict[str, Seen]:
    """What is seen of each action, measured once for all tests here."""
    estimator = MediaPipeEstimator(pose_model)
    try:
        return {action: see(estimator, action) for action in action_names()}
    finally:
        estimator.close()


def see(estimator: MediaPipeEstimator, action: str) -> Seen:
    return measured(
        estimator, Performer([Act(action="idle", seconds=0.2), Act(action=action, seconds=1)], real_time=False)
    )


def measured(estimator: MediaPipeEstimator, performer: Performer) -> Seen:
    estimator.reset()
    performer.open()
    errors_m, errors_px, persons = [], [], []
    for frame in iter(performer.read, None):
        pose = to_kinect25(estimator.estimate(frame))
        persons.append(pose.person_count)
        assert frame.truth is not None
        if pose.person_count == 0:
            continue
        truth, found = (one - one[HIPS].mean(axis=0) for one in (frame.truth.positions_m[0], pose.positions_m[0]))
        errors_m.append(np.linalg.norm(found - truth, axis=1)[DIRECT].mean())
        errors_px.append(np.linalg.norm(pose.positions_px[0] - frame.truth.positions_px[0], axis=1)[DIRECT].mean())
    return Seen(
        error_m=float(np.mean(errors_m)),
        error_px=float(np.mean(errors_px)),
        persons=set(persons),
        found=float(np.mean(np.array(persons) > 0)),
    )


@pytest.mark.parametrize("action", action_names())
def test_mediapipe_finds_the_performer_where_it_is(seen: dict[str, Seen], action: str) -> None:
    assert seen[action].persons == {1}
    assert seen[action].error_m < 0.11  # of a single action: depth is a guess where limbs point at the camera
    assert seen[action].error_px < 5


def test_joints_are_right_within_eight_centimetres_on_the_whole(seen: dict[str, Seen]) -> None:
    assert np.mean([one.error_m for one in seen.values()]) < 0.08


@pytest.fixture(scope="module")
def varied(pose_model: Path) -> list[Seen]:
    """What is seen of eight persons in eight scenes from eight places, each with an action of its own."""
    estimator = MediaPipeEstimator(pose_model)
    try:
        return [measured(estimator, in_scene(seed)) for seed in SCENES]
    finally:
        estimator.close()


def in_scene(seed: int) -> Performer:
    acts = [Act(action="idle", seconds=0.3), Act(action=VOCABULARY[seed % len(VOCABULARY)], seconds=1.2)]
    camera, scene = Camera.varied(seed), Scene.varied(seed)
    return Performer(acts, body=Body.varied(seed), camera=camera, scene=scene, rate_hz=15, real_time=False)


@pytest.mark.parametrize("seed", SCENES)
def test_mediapipe_finds_persons_in_other_scenes_where_they_are(varied: list[Seen], seed: int) -> None:
    assert varied[seed - 1].found >= 0.95
    assert varied[seed - 1].error_px < 8
    assert varied[seed - 1].error_m < 0.16


def test_other_scenes_cost_little_on_the_whole(varied: list[Seen]) -> None:
    assert np.mean([one.error_m for one in varied]) < 0.115


def test_both_of_two_persons_are_found_where_they_are(pose_model: Path) -> None:
    bodies = [Body.varied(1), Body.varied(8)]
    parts = [
        Staged(performance=Programme([Act(action="wave", seconds=2)], body=body), path=[Waypoint(x_m=x_m)])
        for body, x_m in zip(bodies, (-0.7, 0.7), strict=True)
    ]
    estimator = MediaPipeEstimator(pose_model, num_poses=2)
    performer = Performer(Together(parts), body=bodies, scene=Scene.varied(2), rate_hz=10, real_time=False)
    performer.open()
    counts, errors_px = [], []
    for frame in iter(performer.read, None):
        pose = to_kinect25(estimator.estimate(frame))
        counts.append(pose.person_count)
        assert frame.truth is not None
        if pose.person_count == 2:
            order = np.argsort(pose.positions_px[:, DIRECT, 0].mean(axis=1))
            true = np.argsort(frame.truth.positions_px[:, DIRECT, 0].mean(axis=1))
            off = pose.positions_px[order] - frame.truth.positions_px[true]
            errors_px.append(np.linalg.norm(off, axis=-1)[:, DIRECT].mean())
    estimator.close()
    assert np.mean(np.array(counts) == 2) >= 0.95
    assert np.mean(errors_px) < 8
