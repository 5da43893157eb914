"""Small libraries on disk: short films whose pictures are numbered, and people who wave."""

import shutil
from pathlib import Path

import numpy as np

from core.library.library import POSES, Entry, Library
from core.library.records import RecordingDocument
from core.skeleton.layouts import KINECT_25
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import Picture
from core.sources.video_writer import VideoWriter
from tests.app.fakes import FIGURE

RATE_HZ = 30.0
SIZE_PX = (128, 48)
FILM_S = 6.0


def numbered(number: int) -> Picture:
    """A picture from which its number can be read: eight bright or dark fields."""
    bits = np.array([(number >> place) & 1 for place in range(8)], np.uint8) * 200 + 20
    return np.repeat(np.repeat(bits, 16)[None, :, None], 48, axis=0).repeat(3, axis=2)


def number_of(picture_bgr: Picture) -> int:
    """The number that a picture shows."""
    fields = picture_bgr[24, 8::16].mean(axis=-1) > 120
    return int(sum(1 << place for place, is_bright in enumerate(fields) if is_bright))


def write_film(path: Path, *, seconds: float = FILM_S) -> Path:
    """A film as recordings have them."""
    with VideoWriter(path, size_px=SIZE_PX, rate_hz=RATE_HZ, survives=True) as writer:
        for number in range(round(seconds * RATE_HZ)):
            writer.write(numbered(number), number / RATE_HZ)
    return path


def waving(seconds: float = FILM_S, *, persons: int = 1) -> SkeletonSequence:
    """Somebody who stands there and moves the left hand, all the time."""
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    body = np.concatenate([FIGURE * 2, np.full((25, 1), 2.5, np.float32)], axis=1)  # (25, 3)
    positions = np.repeat(np.repeat(body[None, None], len(times_s), 0), persons, 1).astype(np.float32)
    positions[:, :, 7, 1] += (0.3 * np.sin(6 * times_s))[:, None].astype(np.float32)
    confidence = np.ones(positions.shape[:3], np.float32)
    return SkeletonSequence(layout=KINECT_25, positions_m=positions, confidence=confidence, times_s=times_s)


def segment(start_s: float, end_s: float, action: str = "wave") -> Segment:
    """A segment."""
    return Segment(start_s=start_s, end_s=end_s, action=action)


def add_recording(
    library: Library,
    *,
    film: Path | None,
    person: str = "Ann",
    minute: int = 0,
    joints: SkeletonSequence | None = None,
    segments: tuple[Segment, ...] = (),
    seconds: float = FILM_S,
    prompt: str = "",
) -> Entry:
    """A recording that is finished; later minutes are newer ones."""
    recording = RecordingDocument(
        person=person,
        prompt=prompt,
        recorded_at=f"2026-03-02T10:{minute:02d}:00+00:00",
        source="test",
        video="" if film is None else "video.mkv",
        width_px=0 if film is None else SIZE_PX[0],
        height_px=0 if film is None else SIZE_PX[1],
        rate_hz=RATE_HZ,
        frames=round(seconds * RATE_HZ),
        duration_s=seconds,
    )
    entry = library.begin(recording)
    if film is not None:
        shutil.copyfile(film, entry.folder / "video.mkv")
    if joints is not None:
        joints.save(entry.folder / POSES)
    return library.finish(entry, recording, segments=segments)
