"""Which pose networks a live session uses: the full one, and the lighter one where it has been fetched."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from core.pose.bundle import PoseVariant, installed_pose_model
from core.pose.estimator import MediaPipeEstimator, PoseEstimator

MakeEstimator: TypeAlias = Callable[[], PoseEstimator]


def estimator_makers(pose_model: Path, *, persons: int) -> tuple[MakeEstimator, MakeEstimator | None]:
    """What makes the estimator of a session, and what makes a faster one.

    None for the latter where the file is not the fetched full model, since somebody chose it, or where the lighter one
    is not there; nothing is fetched for it.
    """

    def make() -> PoseEstimator:
        return MediaPipeEstimator(pose_model, num_poses=persons)

    full, lighter = installed_pose_model(PoseVariant.FULL), installed_pose_model(PoseVariant.LITE)
    if lighter is None or full is None or full.path != pose_model:
        return make, None
    return make, lambda: MediaPipeEstimator(lighter.path, num_poses=persons)
