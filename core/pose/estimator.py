"""PoseEstimator: the seam to MediaPipe."""

from typing import Protocol

from core.pose.pose import Pose
from core.sources.source import Frame


class PoseEstimator(Protocol):
    """One estimator for one stream, used and closed by the one thread that made it."""

    def estimate(self, frame: Frame) -> Pose:
        """Joints of the persons in the frame, MediaPipe-33 layout. Frame times must not go back by more than a seek."""
        ...

    def close(self) -> None:
        """Release the network. Safe to call twice."""
        ...
