"""The last seconds of a session, to be looked at again."""

import numpy as np
import pytest

from core.live.held import HeldClip
from core.live.stretch import HeldFrame, HeldPose
from core.opencv import cv2
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.sources.source import Frame

START_S = 100.0


def frame(number: int, *, every_s: float = 0.1, stream: int = 1) -> HeldFrame:
    """A grey picture whose grey says its number."""
    picture = np.full((24, 32, 3), 10 * number, np.uint8)
    time_s = START_S + every_s * number
    whole = Frame(picture_bgr=picture, time_s=time_s, arrived_s=time_s, number=number, stream=stream)
    return HeldFrame.of(whole, cv2.imencode(".jpg", picture)[1].ravel())


def pose(number: int, *, persons: int = 1, looked_at: tuple[int | None, ...] = (0,), stream: int = 1) -> HeldPose:
    seen = Pose(
        layout=KINECT_25,
        positions_m=np.full((persons, 25, 3), number, np.float32) + np.arange(25, dtype=np.float32)[None, :, None],
        positions_px=np.zeros((persons, 25, 2), np.float32),
        confidence=np.ones((persons, 25), np.float32),
    )
    return HeldPose(pose=seen, looked_at=looked_at, time_s=START_S + 0.1 * number, number=number, stream=stream)


def test_times_count_from_the_first_picture() -> None:
    clip = HeldClip([frame(number) for number in range(3, 9)], [])
    assert clip.duration_s == pytest.approx(0.5)
    assert clip.times_s[0] == 0
    assert clip.rate_hz == pytest.approx(10)
    assert clip.size_px == (32, 24)


@pytest.mark.parametrize(("time_s", "number"), [(-1.0, 3), (0.0, 3), (0.09, 3), (0.1, 4), (0.46, 7), (99.0, 8)])
def test_the_picture_of_a_time_is_the_last_one_until_then(time_s: float, number: int) -> None:
    clip = HeldClip([frame(number) for number in range(3, 9)], [])
    assert abs(int(clip.picture_at(time_s).mean()) - 10 * number) <= 2
    assert clip.picture_at(time_s) is clip.picture_at(time_s), "decoded once while it stands"


def test_joints_are_those_of_the_stretch_on_its_clock() -> None:
    poses = [pose(number) for number in range(8)] + [pose(5, stream=2)]
    clip = HeldClip([frame(number) for number in range(3, 8)], poses)
    joints = clip.joints()
    assert joints is not None
    np.testing.assert_allclose(joints.times_s, [0, 0.1, 0.2, 0.3, 0.4], atol=1e-6)
    np.testing.assert_allclose(joints.positions_m[:, 0, 0, 0], [3, 4, 5, 6, 7])


def test_persons_lie_on_the_places_of_the_network() -> None:
    clip = HeldClip([frame(0), frame(1)], [pose(number, persons=2, looked_at=(1, 0)) for number in range(2)])
    joints = clip.joints()
    assert joints is not None
    assert joints.positions_m.shape[1] == 2


def test_nobody_and_a_single_picture() -> None:
    assert HeldClip([frame(0)], []).joints() is None
    assert HeldClip([frame(0)], [pose(0, persons=0, looked_at=())]).joints() is None
    single = HeldClip([frame(0)], [pose(0)])
    assert (single.duration_s, single.rate_hz) == (0.0, 0.0)
    assert single.joints() is not None
