"""PoseEstimator: the seam to MediaPipe, and MediaPipe behind it."""

import sys
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import PoseModelError
from core.opencv import cv2
from core.pose.bundle import check_pose_model_file
from core.pose.drawn_person import draw_person
from core.pose.mediapipe_import import load_mediapipe
from core.pose.pose import Pose
from core.pose.quiet import quiet_stderr
from core.skeleton.layouts import MEDIAPIPE_33
from core.sources.source import Frame, Picture

# MediaPipe's world axes (x to the left hand of a person who faces the camera, y down) to Kinect's.
KINECT_AXES = np.array([-1.0, -1.0, 1.0], np.float32)
# With several poses MediaPipe drops one of two whose regions overlap by more than its "tracking confidence" (as
# intersection over union), and both where they hide each other. Two who embrace overlap by 0.7 and more: with these
# both, or one of them, are found in 96 % of the frames of ten embraces, with 0.5 in 81 %.
_SAME_REGION = 0.85
_LEAST_PRESENCE = 0.3
# MediaPipe's detector is unsure of who stands far away or in the dark; its second network, which has a threshold of its
# own, is not. With 0.5 nobody is found in one of 30 takes of the performer, with this in half as many, and in 600
# pictures of 120 empty rooms neither finds anybody.
DETECTED_FROM = 0.2


class PoseEstimator(Protocol):
    """One estimator for one stream, used and closed by the one thread that made it."""

    def estimate(self, frame: Frame) -> Pose:
        """Joints of the persons in the frame, MediaPipe-33 layout. Frame times must not go back by more than a seek."""
        ...

    def reset(self) -> None:
        """Forget who was followed: call it before a stream that has nothing to do with the last one."""
        ...

    def close(self) -> None:
        """Release the network. Safe to call twice."""
        ...


class MediaPipeEstimator:
    """MediaPipe's PoseLandmarker in VIDEO mode: it follows the person from frame to frame.

    With `num_poses=1` MediaPipe smooths the joints over time; with more it does not, and does not tell who is who: see
    `core.pose.observer`.
    A frame time that goes back (a seek, the next clip) starts afresh. After `close` it cannot be used again.
    """

    def __init__(self, model_path: Path, *, num_poses: int = 1, min_confidence: float = 0.5) -> None:
        """Load the network and warm it up (about 0.4 s, and 1 s more for the first in a process).

        Raises PoseModelError if the file is no pose model.
        """
        check_pose_model_file(model_path)
        self._path = model_path
        # The content and not the path: MediaPipe's C++ does not open every path that Python can (Windows, accents).
        self._content = model_path.read_bytes()
        self._num_poses = num_poses
        self._min_confidence = min_confidence
        self._mp = load_mediapipe()
        self._landmarker: Any = None
        self._closed = False
        self._last_ms = -1
        self._last_time_s = float("-inf")
        self._stream = 0
        self.warm_up()

    def warm_up(self) -> None:
        """Run both networks once on a drawn person, then start afresh.

        MediaPipe writes its warnings when a network is made and when the first body is found in a process, so this is
        also where they are kept off the terminal.
        """
        self._must_be_open()
        picture_bgr = draw_person()
        try:
            with quiet_stderr():
                self._start()
                self._detect(picture_bgr, 0)
                self._detect(picture_bgr, 33)
                self._start()
        except (RuntimeError, ValueError) as error:  # what MediaPipe raises
            self._release()
            raise PoseModelError(
                f"MediaPipe cannot run the pose model {self._path} ({str(error).splitlines()[0]}). Delete the file and "
                "run 'jointlight models fetch'."
            ) from error

    def reset(self) -> None:
        """Forget the person that was followed: call it before a stream that has nothing to do with the last one."""
        self._must_be_open()
        with quiet_stderr():
            self._start()

    def estimate(self, frame: Frame) -> Pose:
        """Joints of up to `num_poses` persons, the largest first; P is 0 where nobody is found."""
        self._must_be_open()
        if frame.time_s < self._last_time_s or frame.stream != self._stream:  # a seek, a loop's seam
            self.reset()
        self._last_time_s, self._stream = frame.time_s, frame.stream
        self._last_ms = max(round(frame.time_s * 1000), self._last_ms + 1)  # must increase strictly
        result = self._detect(frame.picture_bgr, self._last_ms)
        height_px, width_px = frame.picture_bgr.shape[:2]
        return pose_from_landmarks(
            result.pose_landmarks, result.pose_world_landmarks, width_px=width_px, height_px=height_px
        )

    def close(self) -> None:
        """Release the network. Safe to call twice."""
        self._closed = True
        self._release()

    def __del__(self) -> None:
        landmarker = getattr(self, "_landmarker", None)
        if landmarker is None:
            return
        if sys is None or sys.is_finalizing():
            # MediaPipe's thread is gone and the end of the process frees the network. Without its handle the
            # landmarker's own __del__ has nothing to complain about.
            landmarker._handle = None
        else:
            self.close()

    def _must_be_open(self) -> None:
        if self._closed:
            raise RuntimeError("This pose estimator has been closed.")

    def _release(self) -> None:
        landmarker, self._landmarker = self._landmarker, None
        if landmarker is None:
            return
        try:
            landmarker.close()
        except RuntimeError:  # its graph has failed before, or the interpreter is about to end
            landmarker._handle = None
            landmarker._lib.close()  # ends its thread

    def _start(self) -> None:
        """Make a new landmarker in place of the old one."""
        self._release()
        vision = self._mp.tasks.vision
        least, is_alone = self._min_confidence, self._num_poses == 1
        options = vision.PoseLandmarkerOptions(
            base_options=self._mp.tasks.BaseOptions(model_asset_buffer=self._content),
            running_mode=vision.RunningMode.VIDEO,
            num_poses=self._num_poses,
            min_pose_detection_confidence=min(least, DETECTED_FROM) if is_alone else least,
            min_pose_presence_confidence=least if is_alone else min(least, _LEAST_PRESENCE),
            min_tracking_confidence=least if is_alone else _SAME_REGION,
        )
        self._landmarker = vision.PoseLandmarker.create_from_options(options)
        self._last_ms = -1
        self._last_time_s = float("-inf")

    def _detect(self, picture_bgr: Picture, time_ms: int) -> Any:
        picture_rgb = cv2.cvtColor(np.ascontiguousarray(picture_bgr), cv2.COLOR_BGR2RGB)
        image = self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=picture_rgb)
        return self._landmarker.detect_for_video(image, time_ms)


def pose_from_landmarks(normalised: list[Any], world: list[Any], *, width_px: int, height_px: int) -> Pose:
    """A Pose from MediaPipe's lists of 33 landmarks a person: in parts of the picture, and in metres.

    Pixels may lie outside of the picture. Confidence is the lesser of "not hidden" and "inside the picture".
    """
    persons = sorted(zip(normalised, world, strict=True), key=lambda person: -_extent(person[0]))
    shape = (len(persons), len(MEDIAPIPE_33))
    picture = _array([[(mark.x, mark.y) for mark in marks] for marks, _ in persons], (*shape, 2))
    metres = _array([[(mark.x, mark.y, mark.z) for mark in marks] for _, marks in persons], (*shape, 3))
    confidence = _array([[min(mark.visibility, mark.presence) for mark in marks] for marks, _ in persons], shape)
    return Pose(
        layout=MEDIAPIPE_33,
        positions_m=metres * KINECT_AXES,
        positions_px=picture * np.array([width_px, height_px], np.float32),
        confidence=confidence.clip(0.0, 1.0),
    )


def _extent(marks: list[Any]) -> float:
    """Height of a person in the picture, to find the main one."""
    heights = [mark.y for mark in marks]
    return float(max(heights) - min(heights))


def _array(values: list[Any], shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.array(values, np.float32).reshape(shape)  # reshaped for the case that nobody was found
