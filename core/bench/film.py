"""A film of the performer to measure on."""

from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from core.sources.performer.choice import DEMO_LINES, rested
from core.sources.performer.source import Performer
from core.sources.source import Frame, Picture
from core.sources.video_writer import VideoWriter


def film(path: Path, *, size_px: tuple[int, int], seconds: float, rate_hz: float) -> int:
    """Write a performer's demo as a video of that size; returns how many frames it has."""
    count = round(seconds * rate_hz)
    with VideoWriter(path, size_px=size_px, rate_hz=rate_hz) as writer:
        for number, frame in enumerate(islice(_acted(size_px, rate_hz=rate_hz), count)):
            writer.write(frame.picture_bgr, time_s=number / rate_hz)
    return count


def pictures(seconds: float, *, rate_hz: float) -> list[Picture]:
    """The first pictures of a performer's demo, 640x480."""
    return [frame.picture_bgr for frame in islice(_acted((640, 480), rate_hz=rate_hz), round(seconds * rate_hz))]


def _acted(size_px: tuple[int, int], *, rate_hz: float) -> Iterator[Frame]:
    """The actions of the demo by one performer, again and again."""
    for line in cycle(DEMO_LINES):
        performer = Performer(rested(*line), size_px=size_px, rate_hz=rate_hz, real_time=False)
        performer.open()
        while (frame := performer.read()) is not None:
            yield frame
        performer.close()
