"""A performance as a plain video file, with the true joints of every frame."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from core.errors import DataError
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.gaps import presence
from core.sources.performer.source import Performer
from core.sources.video_writer import VideoWriter

MOST_FRAMES: Final = 200_000  # nearly two hours at 30 a second
Progress = Callable[[int, int], None]


def write_performance(performer: Performer, path: Path, *, progress: Progress | None = None) -> SkeletonSequence:
    """Play a performance once into a video, as fast as it can be drawn.

    Returns the true joints: Kinect-25 in the camera's axes, metres, at the times of the frames, with a confidence of 0
    while a person is not there. Raises OutputError where the video cannot be written, and then none is left, and
    DataError for a performance without an end in sight.
    """
    if performer.frame_count > MOST_FRAMES:
        raise DataError(
            f"A video of {performer.frame_count} frames would take hours: at most {MOST_FRAMES} are rendered. Lower "
            "the rate or cut the sequence."
        )
    info = performer.open()
    positions, times_s = [], []
    try:
        with VideoWriter(path, size_px=(info.width_px, info.height_px), rate_hz=info.rate_hz) as writer:
            while (frame := performer.read()) is not None:
                writer.write(frame.picture_bgr, time_s=frame.time_s)
                assert frame.truth is not None  # a performer knows it
                positions.append(frame.truth.positions_m)
                times_s.append(frame.time_s)
                if progress is not None:
                    progress(len(times_s), performer.frame_count)
    finally:
        performer.close()
    truth = np.stack(positions)  # (T, P, 25, 3)
    confidence = np.broadcast_to(presence(truth)[..., None], truth.shape[:3]).astype(np.float32)
    return SkeletonSequence(layout=KINECT_25, positions_m=truth, confidence=confidence, times_s=np.array(times_s))
