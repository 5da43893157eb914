"""Sighting: what of a body in one frame tells who it is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.pose.pose import Pose
from core.skeleton.layouts import MEDIAPIPE_33
from core.sources.source import Picture

_TRUNK: Final = [MEDIAPIPE_33.index(name) for name in ("ShoulderLeft", "ShoulderRight", "HipLeft", "HipRight")]
_SEEN: Final = 0.5  # confidence of a trunk joint below which no clothes are looked at
# Where in the trunk the clothes are looked at, from shoulder to hip and from left to right: inside, as arms and the
# background are at its edges.
_DOWN = np.linspace(0.15, 0.75, 6, dtype=np.float32)[:, None, None]
_ACROSS = np.linspace(0.25, 0.75, 4, dtype=np.float32)[None, :, None]
_LEAST_PX: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sighting:
    """One body in one frame."""

    points_px: NDArray[np.float32]  # (J, 2)
    confidence: NDArray[np.float32]  # (J,)
    centre_px: NDArray[np.float32]  # (2,)
    size_px: float  # how far the joints spread: about half a metre in the picture
    colour: NDArray[np.float32] | None  # (3,) of the clothes, 0..1, BGR; None where the trunk cannot be seen

    def distance_px(self, points_px: NDArray[np.float32], confidence: NDArray[np.float32]) -> float:
        """Mean distance of the joints to others (J, 2), each counted by how sure both of them are."""
        weights = 0.05 + self.confidence * confidence  # never none at all
        away = np.linalg.norm(self.points_px - points_px, axis=-1)
        return float((weights * away).sum() / weights.sum())


def apart(first: Sighting, second: Sighting) -> float:
    """Mean distance between like joints of two bodies, in sizes of the smaller one."""
    return first.distance_px(second.points_px, second.confidence) / min(first.size_px, second.size_px)


def sightings(pose: Pose, picture_bgr: Picture) -> list[Sighting]:
    """Everybody in a MediaPipe-33 pose, in its order."""
    return [
        _sighting(points_px, confidence, picture_bgr)
        for points_px, confidence in zip(pose.positions_px, pose.confidence, strict=True)
    ]


def _sighting(points_px: NDArray[np.float32], confidence: NDArray[np.float32], picture_bgr: Picture) -> Sighting:
    return Sighting(
        points_px=points_px,
        confidence=confidence,
        centre_px=points_px[_TRUNK].mean(axis=0),
        size_px=max(float(np.sqrt(points_px.var(axis=0).sum())), _LEAST_PX),
        colour=clothes_colour(points_px[_TRUNK], confidence[_TRUNK], picture_bgr),
    )


def clothes_colour(
    trunk_px: NDArray[np.float32], confidence: NDArray[np.float32], picture_bgr: Picture
) -> NDArray[np.float32] | None:
    """Mean colour (3,) in 0..1 of a few pixels between shoulders and hips (4, 2: left, right, left, right).

    None where one of them is only guessed, or where none of the pixels lies in the picture.
    """
    if confidence.min() < _SEEN or not np.isfinite(trunk_px).all():
        return None
    left, right = (trunk_px[side] + _DOWN * (trunk_px[side + 2] - trunk_px[side]) for side in (0, 1))  # (6, 1, 2)
    columns, rows = np.floor(left + _ACROSS * (right - left)).reshape(-1, 2).astype(np.intp).T
    height_px, width_px = picture_bgr.shape[:2]
    inside = (columns >= 0) & (columns < width_px) & (rows >= 0) & (rows < height_px)
    if not inside.any():
        return None
    colours = picture_bgr[rows[inside], columns[inside]].astype(np.float32) / 255
    mean: NDArray[np.float32] = colours.mean(axis=0)
    return mean
