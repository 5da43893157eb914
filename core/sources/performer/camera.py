"""Camera: where the performer is looked at from, and how metres become pixels."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_NEAREST_M: Final = 0.1  # what is nearer to the lens is not in view
_FARTHEST_M: Final = 12.0  # no camera is moved farther away than this
_MARGIN: Final = 0.02  # of the picture's sides, which stays free when a camera is moved back
# Room for an adult who lifts the arms and takes a step, (8, 3) corners in room axes.
_STAGE: Final = np.array([[x, y, z] for x in (-0.6, 0.6) for y in (0.0, 2.1) for z in (-0.3, 0.3)], dtype=np.float32)


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
    roll_rad: float = 0.0  # how far the picture turns clockwise
    aside_m: float = 0.0  # how far the lens stands to the right of a performer who faces it, looking past it
    size_px: tuple[int, int] = (640, 480)  # width, height

    @classmethod
    def varied(cls, seed: int) -> Self:
        """Another place and lens, always the same for a seed, with a whole adult in view.

        Cameras stand on desks, tripods and shelves and look more or less at the body. How far a camera looks down
        changes what MediaPipe makes of depth more than anything else, so it varies widely.
        """
        random = np.random.default_rng([seed, 3])
        focal_px = _focal_px(random)
        farthest_m = 1.7 + 2.5 * focal_px / 554  # 4.2 m for the longest lens; a wide one is not put as far away
        height_m, distance_m = random.uniform(0.7, 1.9), random.uniform(2.6, farthest_m)
        towards_body_rad = np.arctan2(height_m - random.uniform(0.85, 1.15), distance_m)
        camera = cls(
            focal_px=focal_px,
            height_m=float(height_m),
            distance_m=float(distance_m),
            yaw_rad=float(np.deg2rad(random.uniform(-25, 25))),
            pitch_rad=float(towards_body_rad * random.uniform(0.5, 1.1)),
            roll_rad=float(np.deg2rad(np.clip(random.normal(0, 1.3), -3.5, 3.5))),
        )
        return camera.seeing(_STAGE)

    @classmethod
    def close_up(cls, seed: int) -> Self:
        """A camera that has only a part of the body in view: on the desk in front, too near, or looking past it."""
        random = np.random.default_rng([seed, 4])
        focal_px, kind = _focal_px(random), int(random.integers(3))
        # For each kind: the least and greatest distance for a usual lens, and how high the upper edge of view is there.
        near_m, far_m, low_m, high_m = ((0.9, 1.4, 1.85, 2.15), (1.2, 1.7, 1.9, 2.2), (2.2, 3.0, 2.0, 2.4))[kind]
        distance_m = float(random.uniform(near_m, far_m)) * focal_px / _USUAL_FOCAL_PX
        height_m = float(random.uniform(0.95, 1.45) if kind == 0 else random.uniform(0.9, 1.8))
        upper_rad = np.arctan2(random.uniform(low_m, high_m) - height_m, distance_m)
        past_px = float(random.uniform(0.4, 0.48) * _USUAL_PX[0] * random.choice([-1, 1])) if kind == 2 else 0.0
        return cls(
            focal_px=focal_px,
            height_m=height_m,
            distance_m=distance_m,
            yaw_rad=float(np.deg2rad(random.uniform(-25, 25))),
            pitch_rad=float(np.arctan2(_USUAL_PX[1] / 2, focal_px) - upper_rad),
            roll_rad=float(np.deg2rad(np.clip(random.normal(0, 1.3), -3.5, 3.5))),
            aside_m=past_px * distance_m / focal_px,
        )

    def seeing(self, positions_m: Floats) -> Self:
        """The same view from as far away as it takes to have all places (..., 3) in view, room axes, metres.

        It goes on looking at the same height above the performer's place. Beyond 12 m it is left there.
        """
        camera = self
        while not camera._has_in_view(positions_m) and camera.distance_m < _FARTHEST_M:
            farther_m = camera.distance_m * 1.04
            pitch_rad = np.arctan(np.tan(camera.pitch_rad) * camera.distance_m / farther_m)
            camera = replace(camera, distance_m=farther_m, pitch_rad=float(pitch_rad))
        return camera

    def _has_in_view(self, positions_m: Floats) -> bool:
        seen = self.to_camera(positions_m)
        if (seen[..., 2] < _NEAREST_M).any():
            return False
        share = self.project(seen) / np.array(self.size_px, dtype=np.float32)
        return bool(((share > _MARGIN) & (share < 1 - _MARGIN)).all())

    def resized(self, size_px: tuple[int, int]) -> "Camera":
        """The same view in pictures of another size (all that was in view stays in view)."""
        scale = min(size_px[0] / self.size_px[0], size_px[1] / self.size_px[1])
        return replace(self, size_px=size_px, focal_px=self.focal_px * scale)

    def to_camera(self, positions_m: Floats) -> Floats:
        """Room axes (..., 3) to camera axes (..., 3), metres."""
        turned = (positions_m @ self._yaw().T + self._lens()) @ self._nod().T
        return turned.astype(np.float32)

    def to_level(self, positions_m: Floats) -> Floats:
        """Camera axes (..., 3) to level axes (..., 3), metres."""
        return (positions_m @ self._nod()).astype(np.float32)

    def from_level_px(self, positions_m: Floats) -> Floats | None:
        """Level axes (..., 3) to pixels (..., 2); None where a point is not in front of the lens."""
        seen = (positions_m @ self._nod().T).astype(np.float32)
        return self.project(seen) if (seen[..., 2] > _NEAREST_M).all() else None

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
        return np.array([-self.aside_m, -self.height_m, self.distance_m], dtype=np.float32)

    def _yaw(self) -> Floats:
        cos, sin = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], dtype=np.float32)

    def _nod(self) -> Floats:
        return self._roll() @ self._pitch() if self.roll_rad else self._pitch()

    def _roll(self) -> Floats:
        cos, sin = np.cos(self.roll_rad), np.sin(self.roll_rad)
        return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], dtype=np.float32)

    def _pitch(self) -> Floats:
        cos, sin = np.cos(self.pitch_rad), np.sin(self.pitch_rad)
        return np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]], dtype=np.float32)


_USUAL_FOCAL_PX: Final = 480.0
_USUAL_PX: Final = (640, 480)
_WIDTHS_DEG: Final = (60.0, 85.0)  # of horizontal view of usual webcams


def _focal_px(random: np.random.Generator) -> float:
    """Of another lens, for pictures 640 pixels wide."""
    return float(_USUAL_PX[0] / 2 / np.tan(np.deg2rad(random.uniform(*_WIDTHS_DEG)) / 2))
