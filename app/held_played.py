"""The last seconds of a live view as a clip that is played."""

from dataclasses import dataclass

from core.live.held import HeldClip
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import Picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldPlayed:
    """The last seconds of a live view as a clip."""

    held: HeldClip

    @property
    def film(self) -> None:
        """Its pictures are at hand."""
        return

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.held.duration_s

    @property
    def rate_hz(self) -> float:
        """Pictures a second."""
        return self.held.rate_hz

    @property
    def size_px(self) -> tuple[int, int]:
        """Of its pictures."""
        return self.held.size_px

    def joints(self) -> SkeletonSequence | None:
        """Who was seen."""
        return self.held.joints()

    def picture_at(self, time_s: float) -> Picture:
        """The picture that was shown then."""
        return self.held.picture_at(time_s)
