"""What a player plays: a recording of a library, or what is held of a live session."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.library.library import Entry
from core.live.held import HeldClip
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import Picture
from core.sources.video import LARGEST_SIDE_PX


class PlayedClip(Protocol):
    """Times count from its first picture."""

    @property
    def film(self) -> Path | None:
        """The file with its pictures, where it is one."""
        ...

    @property
    def duration_s(self) -> float:
        """How long it is; 0 where nobody knows."""
        ...

    @property
    def rate_hz(self) -> float:
        """Pictures a second; 0 where it is not known."""
        ...

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Width and height of its pictures; None where there are none, or nobody knows how large they are."""
        ...

    def joints(self) -> SkeletonSequence | None:
        """Who was seen; None: nobody. May take long; raises DataError."""
        ...

    def picture_at(self, time_s: float) -> Picture | None:
        """A picture that is at hand without a film."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedClip:
    """A recording of a library."""

    entry: Entry

    @property
    def film(self) -> Path | None:
        """Its film."""
        return self.entry.film

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.entry.recording.duration_s

    @property
    def rate_hz(self) -> float:
        """Pictures a second."""
        return self.entry.recording.rate_hz

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Of its pictures."""
        recording = self.entry.recording
        size_px = (recording.width_px, recording.height_px)
        is_known = bool(recording.video) and min(size_px) > 0 and max(size_px) <= LARGEST_SIDE_PX
        return size_px if is_known else None

    def joints(self) -> SkeletonSequence | None:
        """Who was seen."""
        return self.entry.joints()

    def picture_at(self, time_s: float) -> Picture | None:
        """Its pictures are in the film."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldPlayed:
    """The last seconds of a live view."""

    held: HeldClip

    @property
    def film(self) -> Path | None:
        """Its pictures are at hand."""
        return None

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.held.duration_s

    @property
    def rate_hz(self) -> float:
        """Pictures a second."""
        return self.held.rate_hz

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Of its pictures."""
        return self.held.size_px

    def joints(self) -> SkeletonSequence | None:
        """Who was seen."""
        return self.held.joints()

    def picture_at(self, time_s: float) -> Picture | None:
        """The picture that was shown then."""
        return self.held.picture_at(time_s)
