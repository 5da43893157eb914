"""End to end: MediaPipe finds the performer in its pixels, where it truly is."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.pose.estimator import MediaPipeEstimator
from core.pose.mapped import to_kinect25
from core.skeleton.layouts import DIRECT_JOINTS
from core.sources.performer.motion import action_names
from core.sources.performer.programme import Act
from core.sources.performer.source import Performer

HIPS = [12, 16]
DIRECT = list(DIRECT_JOINTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How far MediaPipe's joints are from the true ones, as a mean over frames and joints."""

    error_m: float
    error_px: float
    persons: set[int]  # how many were found in a frame


@pytest.fixture(scope="module")
def seen(pose_model: Path) -> dict[str, Seen]:
    """What is seen of each action, measured once for all tests here."""
    estimator = MediaPipeEstimator(pose_model)
    try:
        return {action: see(estimator, action) for action in action_names()}
    finally:
        estimator.close()


def see(estimator: MediaPipeEstimator, action: str) -> Seen:
    estimator.reset()
    performer = Performer([Act(action="idle", seconds=0.2), Act(action=action, seconds=1)], real_time=False)
    performer.open()
    errors_m, errors_px, persons = [], [], set()
    for frame in iter(performer.read, None):
        pose = to_kinect25(estimator.estimate(frame))
        persons.add(pose.person_count)
        assert frame.truth is not None
        if pose.person_count == 0:
            continue
        truth, found = (one - one[HIPS].mean(axis=0) for one in (frame.truth.positions_m[0], pose.positions_m[0]))
        errors_m.append(np.linalg.norm(found - truth, axis=1)[DIRECT].mean())
        errors_px.append(np.linalg.norm(pose.positions_px[0] - frame.truth.positions_px[0], axis=1)[DIRECT].mean())
    return Seen(error_m=float(np.mean(errors_m)), error_px=float(np.mean(errors_px)), persons=persons)


@pytest.mark.parametrize("action", action_names())
def test_mediapipe_finds_the_performer_where_it_is(seen: dict[str, Seen], action: str) -> None:
    assert seen[action].persons == {1}
    assert seen[action].error_m < 0.11  # of a single action: depth is a guess where limbs point at the camera
    assert seen[action].error_px < 5


def test_joints_are_right_within_eight_centimetres_on_the_whole(seen: dict[str, Seen]) -> None:
    assert np.mean([one.error_m for one in seen.values()]) < 0.08
