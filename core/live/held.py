"""HeldClip: the last seconds of a session, to be looked at again: as it was when it was taken, for good."""

import bisect
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.library.growing import pose_record, sequence_of
from core.live.stretch import HeldFrame, HeldPose
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import Picture


class HeldClip:
    """Frames and poses of one stretch; times count from its first picture."""

    def __init__(self, frames: Sequence[HeldFrame], poses: Sequence[HeldPose]) -> None:
        """At least one frame, in the order of their times."""
        self._frames, self._poses = tuple(frames), tuple(poses)
        self._start_s = self._frames[0].time_s
        self._times_s = [frame.time_s - self._start_s for frame in self._frames]
        self._last: tuple[int, Picture] | None = None

    @property
    def duration_s(self) -> float:
        """From the first picture to the last."""
        return self._times_s[-1]

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of its pictures."""
        return self._frames[0].shape[1], self._frames[0].shape[0]

    @property
    def rate_hz(self) -> float:
        """Pictures a second, on the whole; 0 for a single one."""
        return (len(self._frames) - 1) / self.duration_s if self.duration_s > 0 else 0.0

    @property
    def times_s(self) -> list[float]:
        """Of each picture."""
        return self._times_s

    def picture_at(self, time_s: float) -> Picture:
        """The picture that was shown at a time: the last one until then, or the first."""
        place = max(0, bisect.bisect_right(self._times_s, time_s + 1e-6) - 1)
        if self._last is None or self._last[0] != place:
            self._last = (place, self._frames[place].picture_bgr())
        return self._last[1]

    def joints(self) -> SkeletonSequence | None:
        """Who was seen, on the places of the network; None where nobody was."""
        first = self._frames[0]
        poses = [one for one in self._poses if one.stream == first.stream and one.number >= first.number]
        if not poses:
            return None
        sequence = sequence_of(np.stack([pose_record(one.time_s, one.pose, one.looked_at) for one in poses]))
        return None if sequence is None else replace(sequence, times_s=sequence.times_s - self._start_s)
