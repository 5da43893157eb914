"""Pose: the joints of the persons in one frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.skeleton.layouts import Layout


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pose:
    """Joints of P persons (P may be 0).

    Metres are in Kinect axes (x to the person's right when facing the camera, y up, z away from the camera); pixels are
    those of the unmirrored picture. An estimator gives each person's metres about the own hips, and persons in the
    order of their size. An `Observer` gives them in camera axes, the lens at 0, and the main person first, then those
    who have been there the longest.
    """

    layout: Layout
    positions_m: NDArray[np.float32]  # (P, J, 3)
    positions_px: NDArray[np.float32]  # (P, J, 2)
    confidence: NDArray[np.float32]  # (P, J) in 0..1; 0 = guessed
    identities: tuple[int, ...] = ()  # who each person is, the same number in all frames of a stream; () if not known
    held: frozenset[int] = frozenset()  # identities of those who are not seen in this frame and kept at the last place

    @property
    def person_count(self) -> int:
        """How many persons were found."""
        return len(self.positions_m)
