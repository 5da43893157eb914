"""Pose: the joints of the persons in one frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.skeleton.layouts import Layout


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pose:
    """Joints of P persons (P may be 0), the main person first.

    Metres are in Kinect axes (x to the person's right when facing the camera, y up, z away from the camera) with
    the origin between the hips; pixels are those of the unmirrored picture.
    """

    layout: Layout
    positions_m: NDArray[np.float32]  # (P, J, 3)
    positions_px: NDArray[np.float32]  # (P, J, 2)
    confidence: NDArray[np.float32]  # (P, J) in 0..1; 0 = guessed

    @property
    def person_count(self) -> int:
        """How many persons were found."""
        return len(self.positions_m)
