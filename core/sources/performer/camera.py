"""Camera: where the performer is looked at from, and how metres become pixels."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera that looks at the place where the performer stands, by default from a shelf and a little down.

    Room axes: the origin is the floor under the performer, x goes to the right hand of a performer who faces the
    camera, y up, z away from a camera with yaw 0. Level axes: the same with the origin in the lens and turned by the
    yaw. Camera axes are Kinect's: level axes that nod with the camera. An unmirrored picture shows x growing to the
    left.
    """

    focal_px: float = 525.0
    height_m: float = 1.7  # of the lens above the floor
    distance_m: float = 3.2  # from the lens to the performer, along the floor
    yaw_rad: float = 0.0  # how far the camera has walked round the performer
    pitch_rad: float = 0.19  # how far it looks down
    size_px: tuple[int, int] = (640, 480)  # width, height

    def resized(self, size_px: tuple[int, int]) -> "Camera":
        """The same view in pictures of another size (all that was in view stays in view)."""
        scale = min(size_px[0] / self.size_px[0], size_px[1] / self.size_px[1])
        return replace(self, size_px=size_px, focal_px=self.focal_px * scale)

    def to_camera(self, positions_m: Floats) -> Floats:
        """Room axes (..., 3) to camera axes (..., 3), metres."""
        turned = (positions_m @ self._yaw().T + self._lens()) @ self._pitch().T
        return turned.astype(np.float32)

    def to_level(self, positions_m: Floats) -> Floats:
        """Camera axes (..., 3) to level axes (..., 3), metres."""
        return (positions_m @ self._pitch()).astype(np.float32)

    def project(self, positions_m: Floats) -> Floats:
        """Camera axes (..., 3) to pixels (..., 2); the corner of the picture is (0, 0), a pixel's middle at + 0.5."""
        centre = np.array(self.size_px, dtype=np.float32) / 2
        projected: Floats = centre - np.float32(self.focal_px) * positions_m[..., :2] / positions_m[..., 2:]
        return projected

    def rays(self) -> tuple[Floats, Floats]:
        """X / Z of each column (W,) and Y / Z of each row (H,): the view rays of the pixels' middles."""
        width, height = self.size_px
        columns = (width / 2 - (np.arange(width) + 0.5)) / self.focal_px
        rows = (height / 2 - (np.arange(height) + 0.5)) / self.focal_px
        return columns.astype(np.float32), rows.astype(np.float32)

    def _lens(self) -> Floats:
        return np.array([0, -self.height_m, self.distance_m], dtype=np.float32)

    def _yaw(self) -> Floats:
        cos, sin = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], dtype=np.float32)

    def _pitch(self) -> Floats:
        cos, sin = np.cos(self.pitch_rad), np.sin(self.pitch_rad)
        return np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]], dtype=np.float32)
