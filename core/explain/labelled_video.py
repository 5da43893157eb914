"""A recording as a video: its film with the joints on it, what was labelled, and a bar of all segments below it.

Without a film, or where it cannot be read, the skeleton moves alone on a dark ground, all of its motion in view.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from core.errors import DataError, SourceError
from core.explain.action_colours import UNKNOWN_RGB, ColourRgb
from core.explain.lettering import ColourBgr
from core.explain.overlay import annotated_size, draw_plain_skeletons, resized
from core.explain.panels import Grid, draw_labels
from core.explain.timeline import Timeline
from core.library.library import Entry
from core.pose.replayed import ReplayedPoses
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import Picture, SourceInfo
from core.sources.video import VideoFile
from core.sources.video_writer import VideoWriter

PLAIN_SIZE_PX: Final = (1280, 720)  # without a film
PLAIN_RATE_HZ: Final = 30.0
MOST_FRAMES: Final = 200_000  # without a film; nearly two hours
_GROUND_BGR: Final[ColourBgr] = (40, 32, 28)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledVideo:
    """What was written."""

    frames: int
    notes: tuple[str, ...] = ()  # sentences: what was missing or damaged


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Show:
    """What a recording gives to be shown."""

    width_px: int
    height_px: int
    rate_hz: float
    seconds: float
    frames: int  # a hint
    poses: ReplayedPoses | None
    film: VideoFile | None  # open


def frames_of(entry: Entry) -> int:
    """About how many frames its video will have: for the length of a progress bar."""
    return entry.recording.frames if entry.film else round(entry.recording.duration_s * PLAIN_RATE_HZ) + 1


def write_labelled_video(
    entry: Entry, path: Path, *, colours_rgb: Mapping[str, ColourRgb], progress: Progress | None = None
) -> LabelledVideo:
    """Write a recording's video with its joints and labels; a damaged part is named and left out.

    Args:
        entry: the recording.
        path: of the video: .mp4, .mkv or .mov.
        colours_rgb: of the actions.
        progress: is told how many frames are done, and about how many there will be.

    Raises:
        DataError: it has neither a film nor joints that can be read, or joints for hours and no film.
        OutputError: the video cannot be written; then none is left.
    """
    notes: list[str] = []
    show = _opened(entry, notes)
    try:
        frames = _write(entry, path, show, colours_rgb=colours_rgb, progress=progress, notes=notes)
    finally:
        if show.film is not None:
            show.film.close()
    if show.film is not None and frames < entry.recording.frames:
        notes.append(f"{entry.name}: the film is damaged: {frames} of {entry.recording.frames} pictures can be read.")
    return LabelledVideo(frames=frames, notes=tuple(notes))


def _write(
    entry: Entry,
    path: Path,
    show: _Show,
    *,
    colours_rgb: Mapping[str, ColourRgb],
    progress: Progress | None,
    notes: list[str],
) -> int:
    width_px, height_px = annotated_size(show.width_px, show.height_px)
    canvas_bgr = np.empty((height_px, width_px, 3), np.uint8)
    grid = Grid.of(canvas_bgr)
    timeline = Timeline(entry.segments, duration_s=show.seconds, colours_rgb=colours_rgb, grid=grid)
    zoom, frames = max(1.0, height_px / show.height_px), 0
    pictures = _plain_pictures(show) if show.film is None else _pictures(entry, show.film, notes)
    size_px = (width_px, height_px + timeline.height_px)
    with VideoWriter(path, size_px=size_px, rate_hz=show.rate_hz) as writer:
        for time_s, picture_bgr in pictures:
            canvas_bgr = resized(picture_bgr, (width_px, height_px))
            pose = show.poses.at(time_s) if show.poses is not None else None
            if pose is not None:
                draw_plain_skeletons(canvas_bgr, pose, zoom=zoom)
            draw_labels(canvas_bgr, grid, labels_at(entry, time_s, colours_rgb))
            writer.write(np.concatenate([canvas_bgr, timeline.drawn_at(time_s)]), time_s)
            frames += 1
            if progress is not None:
                progress(frames, max(frames, show.frames))
    return frames


def labels_at(entry: Entry, time_s: float, colours_rgb: Mapping[str, ColourRgb]) -> list[tuple[str, ColourBgr]]:
    """The actions of all segments at a time, each once, with their colours as OpenCV wants them."""
    now = dict.fromkeys(one.action for one in entry.segments if one.start_s <= time_s < one.end_s)
    return [(action, _bgr(colours_rgb.get(action, UNKNOWN_RGB))) for action in now]


def _bgr(colour_rgb: ColourRgb) -> ColourBgr:
    red, green, blue = colour_rgb
    return blue, green, red


def _opened(entry: Entry, notes: list[str]) -> _Show:
    """The film, opened, and the joints in its picture; what cannot be read goes into the notes."""
    joints = _joints(entry, notes)
    film, info = _film(entry, notes)
    seconds = max(entry.recording.duration_s, float(joints.times_s[-1]) if joints is not None else 0.0)
    if film is not None and info is not None:
        size = {"width_px": info.width_px, "height_px": info.height_px}
        poses = None if joints is None else ReplayedPoses(joints, **size)
        return _Show(
            **size, rate_hz=info.rate_hz, seconds=seconds, frames=entry.recording.frames, poses=poses, film=film
        )
    if joints is None:
        why = " ".join(notes) or "Nobody was found in it."
        raise DataError(f"{entry.name} has neither a film nor joints to show. {why}")
    width_px, height_px = PLAIN_SIZE_PX
    frames = math.floor(seconds * PLAIN_RATE_HZ + 1e-6) + 1
    if frames > MOST_FRAMES:
        raise DataError(f"{entry.name} lasts {seconds / 3600:.0f} hours: at most {MOST_FRAMES} frames are drawn.")
    poses = ReplayedPoses.framed(joints, width_px=width_px, height_px=height_px)
    return _Show(
        width_px=width_px, height_px=height_px, rate_hz=PLAIN_RATE_HZ, seconds=seconds, frames=frames, poses=poses,
        film=None,
    )  # fmt: skip


def _joints(entry: Entry, notes: list[str]) -> SkeletonSequence | None:
    try:
        return entry.joints()
    except DataError as error:
        notes.append(f"{entry.name}: its joints cannot be read: {error}")
        return None


def _film(entry: Entry, notes: list[str]) -> tuple[VideoFile | None, SourceInfo | None]:
    """Opened; None where there is none."""
    if entry.film is None:
        return None, None
    film = VideoFile(entry.film, real_time=False)
    try:
        if entry.film.is_symlink():  # what it leads to is no part of the library
            raise SourceError(f"'{entry.film}' is a link.")
        return film, film.open()
    except SourceError as error:
        film.close()
        notes.append(f"{entry.name}: its film cannot be read: {error}")
        return None, None


def _pictures(entry: Entry, film: VideoFile, notes: list[str]) -> Iterator[tuple[float, Picture]]:
    """All pictures of a film, up to its end or to where it is damaged."""
    try:
        while (frame := film.read()) is not None:
            yield frame.time_s, frame.picture_bgr
    except SourceError as error:
        notes.append(f"{entry.name}: {error}")


def _plain_pictures(show: _Show) -> Iterator[tuple[float, Picture]]:
    ground_bgr = np.full((show.height_px, show.width_px, 3), _GROUND_BGR, np.uint8)
    for number in range(show.frames):
        yield number / show.rate_hz, ground_bgr
