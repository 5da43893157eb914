"""Where things of the picture lie on the screen. Pure geometry: no Qt, no colours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.pose.pose import Pose

SURE = 0.5  # joints below this confidence are drawn hollow, bones thin
REACH_PX = 14.0  # how near to a joint the pointer must be


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A picture letter-boxed into a view: ``view = corner + scale * picture``, left and right swapped if mirrored."""

    left_px: float
    top_px: float
    scale: float
    picture_width_px: float
    picture_height_px: float
    is_mirrored: bool

    @property
    def width_px(self) -> float:
        """Width of the picture on the screen."""
        return self.scale * self.picture_width_px

    @property
    def height_px(self) -> float:
        """Height of the picture on the screen."""
        return self.scale * self.picture_height_px

    def to_view(self, points_px: NDArray[np.float32]) -> NDArray[np.float64]:
        """Points of the unmirrored picture (..., 2) on the screen."""
        points = points_px.astype(np.float64)
        across = self.picture_width_px - points[..., 0] if self.is_mirrored else points[..., 0]
        return np.stack([self.left_px + self.scale * across, self.top_px + self.scale * points[..., 1]], axis=-1)

    def to_picture(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points on the screen (..., 2) in the unmirrored picture."""
        across = (points_px[..., 0] - self.left_px) / self.scale
        down = (points_px[..., 1] - self.top_px) / self.scale
        return np.stack([self.picture_width_px - across if self.is_mirrored else across, down], axis=-1)


def place(*, picture: tuple[float, float], view: tuple[float, float], is_mirrored: bool) -> Placement:
    """The largest placement of a picture (width, height) in a view (width, height) that keeps its aspect."""
    scale = min(view[0] / picture[0], view[1] / picture[1])
    return Placement(
        left_px=(view[0] - scale * picture[0]) / 2,
        top_px=(view[1] - scale * picture[1]) / 2,
        scale=scale,
        picture_width_px=picture[0],
        picture_height_px=picture[1],
        is_mirrored=is_mirrored,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JointMark:
    """One joint on the screen."""

    joint: int
    name: str
    x_px: float
    y_px: float
    confidence: float
    heat: float | None  # times uniform; None where the network does not see this joint
    person: int = 0  # of the pose

    @property
    def is_hollow(self) -> bool:
        """Whether its place is rather guessed than seen."""
        return self.confidence < SURE


def joint_marks(
    pose: Pose, placement: Placement, *, person: int = 0, heat: NDArray[np.float32] | None = None
) -> list[JointMark]:
    """Marks of one person's joints, the weakest heat first so that the strongest is drawn on top.

    `heat` (J,) is in "times uniform", NaN for joints that the network does not see. Joints without a place are
    left out.
    """
    points = placement.to_view(pose.positions_px[person])  # (J, 2)
    marks = [
        JointMark(
            joint=joint,
            name=name,
            x_px=float(points[joint, 0]),
            y_px=float(points[joint, 1]),
            confidence=float(pose.confidence[person, joint]),
            heat=None if heat is None or not np.isfinite(heat[joint]) else float(heat[joint]),
            person=person,
        )
        for joint, name in enumerate(pose.layout.joints)
        if np.isfinite(points[joint]).all()
    ]
    return hottest_last(marks)


def hottest_last(marks: list[JointMark]) -> list[JointMark]:
    """In the order in which they are drawn."""
    return sorted(marks, key=lambda mark: -1.0 if mark.heat is None else mark.heat)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoneLine:
    """One bone on the screen, from (x, y) to (x, y)."""

    start_px: tuple[float, float]
    end_px: tuple[float, float]
    is_sure: bool  # both ends were seen


def bone_lines(pose: Pose, placement: Placement, *, person: int = 0) -> list[BoneLine]:
    """Lines of one person's bones; a bone with an end that has no place is left out."""
    points = placement.to_view(pose.positions_px[person])  # (J, 2)
    confidence = pose.confidence[person]
    return [
        BoneLine(
            start_px=(float(points[parent, 0]), float(points[parent, 1])),
            end_px=(float(points[child, 0]), float(points[child, 1])),
            is_sure=bool(min(confidence[parent], confidence[child]) >= SURE),
        )
        for parent, child in pose.layout.bones
        if np.isfinite(points[[parent, child]]).all()
    ]


def mark_at(marks: list[JointMark], x_px: float, y_px: float, *, reach_px: float = REACH_PX) -> JointMark | None:
    """The mark nearest to a point within reach."""

    def distance(mark: JointMark) -> float:
        return float(np.hypot(mark.x_px - x_px, mark.y_px - y_px))

    nearest = min(marks, key=distance, default=None)
    return nearest if nearest is not None and distance(nearest) <= reach_px else None


def size_unit_px(placement: Placement) -> float:
    """What joint radii and line widths grow with: the shorter side of the shown picture, kept within reason."""
    return float(np.clip(min(placement.width_px, placement.height_px) / 480.0, 0.55, 2.2))


def joint_title(name: str) -> str:
    """A joint's name for people: ``ElbowLeft`` -> ``left elbow``."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).split()
    sides = [word for word in words if word in ("left", "right")]
    return " ".join(sides + [word for word in words if word not in sides])
