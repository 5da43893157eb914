"""Where a person stands in camera axes, from joints about the hips in metres and the same joints in the picture.

MediaPipe's world landmarks have their origin between the hips, so that walking and the distance between two persons
are lost in them. Perspective gives them back: a picture that is not mirrored shows a point (X, Y, Z) of camera axes
(Kinect's: x to the right hand of a person who faces the camera, y up, z away) at ``u = cx - f X / Z`` and
``v = cy - f Y / Z``. With X = W + T and the joints W known, both are linear in the place T of the hips.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Focal length in units of the picture's longer side, as the optics of a webcam are not known: 64 degrees of view
# across, in the middle of the usual 60 to 70. Another lens scales all depths (true / assumed focal length) and leaves
# x and y as they are. The longer side, so that a telephone held upright counts as the same lens.
FOCAL_OF_LONGER_SIDE: Final = 0.8

SEEN: Final = 0.5  # confidence from which a joint counts
MIN_SEEN: Final = 4  # joints; fewer say little about size
_NEAR_M, _FAR_M = 0.2, 30.0  # depths outside of this are no webcam's
_FLAT: Final = 1e-3  # smallest share of the spread of the joints at which size can be told from depth

Metres = NDArray[np.float32]
Pixels = NDArray[np.float32]


def focal_length_px(width_px: float, height_px: float) -> float:
    """The focal length that is assumed for pictures of this size."""
    return FOCAL_OF_LONGER_SIDE * max(width_px, height_px)


def from_centre(points_px: Pixels, *, width_px: float, height_px: float) -> Pixels:
    """Pixels (..., 2) counted from the middle of the picture."""
    centred: Pixels = points_px - np.array([width_px / 2, height_px / 2], np.float32)
    return centred


def place_of_hips(
    joints_m: Metres, joints_px: Pixels, confidence: NDArray[np.float32], *, focal_px: float
) -> Metres | None:
    """Where the origin of the joints lies in camera axes, (3,) metres.

    The least squares solution over the seen joints, weighted by their confidence, of
    ``u (W_z + T_z) = -f (W_x + T_x)`` and ``v (W_z + T_z) = -f (W_y + T_y)``.

    Args:
        joints_m: (J, 3) about the hips.
        joints_px: (J, 2), counted from the middle of the picture.
        confidence: (J,) in 0..1; joints below `SEEN` do not count.
        focal_px: of the lens.

    Returns:
        None where too few joints are seen, where they lie in one point or line of sight, or where the solution lies
        behind the camera or absurdly far from it.
    """
    seen = (confidence >= SEEN) & np.isfinite(joints_px).all(axis=-1) & np.isfinite(joints_m).all(axis=-1)
    if seen.sum() < MIN_SEEN:
        return None
    world, weight = joints_m[seen].astype(np.float64), confidence[seen].astype(np.float64)
    rays = joints_px[seen].astype(np.float64) / focal_px  # (n, 2): u / f, v / f
    aim = -(world[:, :2] + rays * world[:, 2:])  # T_xy + ray T_z = aim
    mean_ray, mean_aim = (weight @ values / weight.sum() for values in (rays, aim))
    spread, along = (rays - mean_ray) * weight[:, None], (rays - mean_ray)
    room = float((spread * along).sum())  # what depth is told from: how far the joints spread in the picture
    if room < (_FLAT**2) * weight.sum():
        return None
    depth_m = float((spread * (aim - mean_aim)).sum()) / room
    if not _NEAR_M <= depth_m <= _FAR_M:
        return None
    across_m = mean_aim - mean_ray * depth_m
    return np.array([*across_m, depth_m], dtype=np.float32)


def at_depth(point_px: Pixels, *, depth_m: float, focal_px: float) -> Metres:
    """The point (3,) of camera axes at a depth that shows at a place (2,) counted from the middle of the picture."""
    return np.array([*(-point_px / focal_px * depth_m), depth_m], dtype=np.float32)


def project(points_m: Metres, *, focal_px: float) -> Pixels:
    """Points (..., 3) of camera axes to pixels (..., 2) counted from the middle of the picture."""
    projected: Pixels = -np.float32(focal_px) * points_m[..., :2] / points_m[..., 2:]
    return projected
