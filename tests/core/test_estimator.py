"""MediaPipe behind its seam: joints in our axes, times that only go forward, silence, and real videos."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.datasets.authored import acted_takes, performed
from core.errors import PoseModelError
from core.opencv import cv2
from core.pose import estimator as estimator_module
from core.pose.drawn_person import draw_person
from core.pose.estimator import MediaPipeEstimator, pose_from_landmarks
from core.pose.quiet import quiet_stderr
from core.pose.through_performer import ExtractJob
from core.skeleton.layouts import MEDIAPIPE_33
from core.sources.source import Frame, Picture

ROOT = Path(__file__).resolve().parents[2]
NOSE, SHOULDER_LEFT, SHOULDER_RIGHT, ANKLE_LEFT = (
    MEDIAPIPE_33.index(joint) for joint in ("Nose", "ShoulderLeft", "ShoulderRight", "AnkleLeft")
)
DRAW_AND_ESTIMATE = """
import sys
from pathlib import Path
from core.pose.drawn_person import draw_person
from core.pose.estimator import MediaPipeEstimator
from core.sources.source import Frame
estimator = MediaPipeEstimator(Path(sys.argv[1]))
for number in range(3):
    frame = Frame(picture_bgr=draw_person(), time_s=number / 30, arrived_s=0.0, number=number)
    assert estimator.estimate(frame).person_count == 1
"""


def frame(picture_bgr: Picture, *, time_s: float = 0.0, number: int = 0) -> Frame:
    return Frame(picture_bgr=picture_bgr, time_s=time_s, arrived_s=time_s, number=number)


@pytest.fixture(scope="module")
def estimator(pose_model: Path) -> Iterator[MediaPipeEstimator]:
    made = MediaPipeEstimator(pose_model)
    yield made
    made.close()


def in_new_process(code: str, *arguments: str, wrapper: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*wrapper, sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )


def test_drawn_person_is_found_in_our_axes(estimator: MediaPipeEstimator) -> None:
    estimator.reset()
    pose = estimator.estimate(frame(draw_person()))
    assert pose.layout is MEDIAPIPE_33
    assert pose.positions_m.shape == (1, 33, 3)
    assert pose.positions_m.dtype == pose.positions_px.dtype == pose.confidence.dtype == np.float32
    metres, pixels = pose.positions_m[0], pose.positions_px[0]
    assert metres[SHOULDER_LEFT, 0] < metres[SHOULDER_RIGHT, 0]  # faces the camera: left at negative x, as Kinect
    assert metres[NOSE, 1] > 0.3 > -0.3 > metres[ANKLE_LEFT, 1]  # y up, origin between the hips
    assert metres[NOSE, 2] < 0.1  # z away from the camera, the nose in front
    assert pixels[SHOULDER_LEFT, 0] > 320 > pixels[SHOULDER_RIGHT, 0]
    np.testing.assert_allclose(pixels[NOSE], (320, 95), atol=15)
    assert ((pose.confidence >= 0) & (pose.confidence <= 1)).all()
    assert pose.confidence[0, NOSE] > 0.9


@pytest.mark.parametrize("size", [(641, 481), (333, 777), (1921, 1081), (160, 120)])
def test_any_size_of_picture_gives_its_own_pixels(estimator: MediaPipeEstimator, size: tuple[int, int]) -> None:
    width_px, height_px = size
    estimator.reset()
    pose = estimator.estimate(frame(draw_person(width_px=width_px, height_px=height_px)))
    assert pose.person_count == 1
    expected = (width_px / 2, height_px * 95 / 480)
    np.testing.assert_allclose(pose.positions_px[0, NOSE], expected, atol=height_px * 0.04)


def test_tiny_picture_is_no_error(estimator: MediaPipeEstimator) -> None:
    estimator.reset()
    assert estimator.estimate(frame(np.zeros((1, 1, 3), np.uint8))).person_count == 0


def test_empty_room_gives_no_person(estimator: MediaPipeEstimator) -> None:
    estimator.reset()
    pose = estimator.estimate(frame(np.zeros((480, 640, 3), np.uint8)))
    assert (pose.positions_m.shape, pose.positions_px.shape, pose.confidence.shape) == ((0, 33, 3), (0, 33, 2), (0, 33))


def in_a_dim_room() -> list[Picture]:
    """Somebody who walks, three metres away, in light and noise that the detector alone is unsure of."""
    (walk,) = acted_takes("walk", first_seed=1_000_007, takes=1)
    source = ExtractJob(sequence=performed(walk), seed=3726871526).source()
    source.open()
    return [shown.picture_bgr for _ in range(12) if (shown := source.read()) is not None]


def test_who_stands_in_the_dark_is_found(pose_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = in_a_dim_room()

    def found(estimator: MediaPipeEstimator) -> int:
        with closing(estimator):
            shown = [frame(picture, time_s=number / 15, number=number) for number, picture in enumerate(pictures)]
            return sum(estimator.estimate(one).person_count for one in shown)

    assert found(MediaPipeEstimator(pose_model)) == len(pictures)
    monkeypatch.setattr(estimator_module, "DETECTED_FROM", 0.5)
    assert found(MediaPipeEstimator(pose_model)) < len(pictures) / 2, "it is the threshold that makes the difference"


def test_view_of_a_picture_is_read_as_it_looks(estimator: MediaPipeEstimator) -> None:
    wide = np.concatenate([draw_person(), np.zeros((480, 101, 3), np.uint8)], axis=1)
    view = wide[:, ::-1][:, 101:]  # mirrored and cropped without a copy
    poses = []
    for picture_bgr in (view, view.copy()):
        estimator.reset()
        poses.append(estimator.estimate(frame(picture_bgr)))
    np.testing.assert_array_equal(poses[0].positions_px, poses[1].positions_px)


def test_the_same_video_gives_the_same_joints_after_a_seek(estimator: MediaPipeEstimator) -> None:
    estimator.reset()
    pictures = [np.roll(draw_person(), shift, axis=1) for shift in (0, 12, 24)]
    runs = [
        [estimator.estimate(frame(picture, time_s=number / 30)).positions_m for number, picture in enumerate(pictures)]
        for _ in range(2)
    ]
    for first, second in zip(*runs, strict=True):
        np.testing.assert_array_equal(first, second)


def test_several_persons_come_largest_first(pose_model: Path) -> None:
    picture_bgr = np.full((480, 960, 3), draw_person()[0, 0], np.uint8)
    picture_bgr[120:480, :480] = draw_person(width_px=480, height_px=360)
    picture_bgr[:, 480:] = draw_person(width_px=480)
    estimator = MediaPipeEstimator(pose_model, num_poses=2)
    try:
        pose = estimator.estimate(frame(picture_bgr))
    finally:
        estimator.close()
    assert pose.person_count == 2
    assert pose.positions_px[0, NOSE, 0] > 480 > pose.positions_px[1, NOSE, 0]


def test_closed_estimator_stays_closed(pose_model: Path) -> None:
    estimator = MediaPipeEstimator(pose_model)
    estimator.close()
    estimator.close()
    with pytest.raises(RuntimeError, match="closed"):
        estimator.estimate(frame(draw_person()))


def test_bundle_of_nonsense_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nonsense.task"
    network = b"\x1c\x00\x00\x00TFL3" + bytes(600_000)
    write_bundle(path, network)
    with pytest.raises(PoseModelError, match="cannot run the pose model"):
        MediaPipeEstimator(path)
    assert capfd.readouterr().err == ""


def write_bundle(path: Path, network: bytes) -> None:
    import zipfile

    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("pose_detector.tflite", network)
        bundle.writestr("pose_landmarks_detector.tflite", network)


# Without the networks: what reaches MediaPipe.


class FakeMediaPipe:
    """Keeps the times and pictures that each landmarker is given; finds nobody."""

    def __init__(self) -> None:
        self.times_ms: list[list[int]] = []
        self.pictures_rgb: list[Picture] = []
        self.ImageFormat = SimpleNamespace(SRGB="RGB")
        vision = SimpleNamespace(
            PoseLandmarkerOptions=SimpleNamespace,
            RunningMode=SimpleNamespace(VIDEO="VIDEO"),
            PoseLandmarker=SimpleNamespace(create_from_options=self.create),
        )
        self.tasks = SimpleNamespace(vision=vision, BaseOptions=SimpleNamespace)

    def create(self, options: Any) -> Any:
        assert options.running_mode == "VIDEO"
        self.times_ms.append([])
        return SimpleNamespace(detect_for_video=self.detect, close=lambda: None)

    def Image(self, *, image_format: str, data: Picture) -> Picture:
        assert image_format == "RGB"
        return data

    def detect(self, image: Picture, time_ms: int) -> Any:
        self.times_ms[-1].append(time_ms)
        self.pictures_rgb.append(image)
        return SimpleNamespace(pose_landmarks=[], pose_world_landmarks=[])


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[FakeMediaPipe, MediaPipeEstimator]:
    made = FakeMediaPipe()
    path = tmp_path / "fake.task"
    write_bundle(path, b"\x1c\x00\x00\x00TFL3" + bytes(600_000))
    monkeypatch.setattr(estimator_module, "load_mediapipe", lambda: made)
    return made, MediaPipeEstimator(path)


def test_times_increase_and_a_seek_starts_afresh(fake: tuple[FakeMediaPipe, MediaPipeEstimator]) -> None:
    mediapipe, estimator = fake
    before = len(mediapipe.times_ms) - 1
    for time_s in (1000.0, 1000.0, 1000.0004, 1000.2, 5.0, 5.033):
        estimator.estimate(frame(draw_person(), time_s=time_s))
    first, second = mediapipe.times_ms[before:]
    assert first == [1_000_000, 1_000_001, 1_000_002, 1_000_200]
    assert second == [5_000, 5_033]


def test_mediapipe_is_given_rgb(fake: tuple[FakeMediaPipe, MediaPipeEstimator]) -> None:
    mediapipe, estimator = fake
    estimator.estimate(frame(np.full((4, 5, 3), (1, 2, 3), np.uint8)))
    assert mediapipe.pictures_rgb[-1].shape == (4, 5, 3)
    assert mediapipe.pictures_rgb[-1][0, 0].tolist() == [3, 2, 1]


def test_landmarks_beyond_the_picture_are_not_clipped() -> None:
    marks = [SimpleNamespace(x=-0.5, y=1.5, z=0.25, visibility=0.75, presence=0.25)] * 33
    pose = pose_from_landmarks([marks], [marks], width_px=100, height_px=10)
    assert pose.positions_px[0, 0].tolist() == [-50.0, 15.0]
    assert pose.positions_m[0, 0].tolist() == [0.5, -1.5, 0.25]
    assert pose.confidence[0, 0] == 0.25


# What a process shows to the outside.


def test_nothing_is_written_to_the_terminal_even_when_it_is_never_closed(pose_model: Path) -> None:
    done = in_new_process(DRAW_AND_ESTIMATE, str(pose_model))
    assert (done.stdout, done.stderr) == ("", "")


def test_other_lines_on_the_terminal_survive(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_stderr():
        os.write(2, b"W0000 00:00:1.5    1 some.cc:1] noise\nours\nINFO: Created TensorFlow Lite delegate\n")
        sys.stderr.write("also ours\n")
    assert sorted(capfd.readouterr().err.splitlines()) == ["also ours", "ours"]


def test_sound_library_is_left_alone() -> None:
    code = "from core.pose.mediapipe_import import load_mediapipe; load_mediapipe(); import sys; print(*sys.modules)"
    assert "sounddevice" not in in_new_process(code).stdout.split()


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_no_connection_is_opened(pose_model: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    wrapper = ("strace", "-f", "-e", "trace=network", "-o", str(trace))
    in_new_process(DRAW_AND_ESTIMATE, str(pose_model), wrapper=wrapper)
    text = trace.read_text()
    assert "exited with 0" in text
    assert "AF_INET" not in text


# Real videos.


@pytest.mark.shared
@pytest.mark.parametrize(
    ("video", "frames", "at_least"), [("exercise.avi", 393, 380), ("S001C001P001R001A001_rgb.avi", 103, 103)]
)
def test_persons_are_found_in_real_videos(
    estimator: MediaPipeEstimator, shared_data: Path, video: str, frames: int, at_least: int
) -> None:
    estimator.reset()
    capture = cv2.VideoCapture(str(shared_data / "videos" / "scenes" / video))
    rate_hz, read, found = capture.get(cv2.CAP_PROP_FPS), 0, 0
    while (picture_bgr := capture.read()[1]) is not None:
        found += estimator.estimate(frame(picture_bgr.astype(np.uint8, copy=False), time_s=read / rate_hz)).person_count
        read += 1
    capture.release()
    assert read == frames
    assert found >= at_least
