"""Videos to sequence files: which ones, where each goes, and what is left to do."""

import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import DataError, OutputError
from core.files import make_folder
from core.paths import expanded
from core.pose.extract import Progress, extract_all
from core.skeleton.layouts import MEDIAPIPE_33
from core.skeleton.sequence import load_sequence
from core.sources.video import VideoFile

VIDEO_SUFFIXES: Final = frozenset(
    (".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv", ".webm", ".wmv")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoJob:
    """A video, and the sequence file that it becomes."""

    video: Path
    sequence: Path
    persons: int = 1

    def source(self) -> VideoFile:
        """The video, every frame of it."""
        return VideoFile(self.video, real_time=False)

    @property
    def is_done(self) -> bool:
        """Whether the sequence is there, can be read, holds as many persons and is not older than the video.

        Raises OutputError where something stands in its place that no extraction has made.
        """
        if self.sequence.is_dir():
            raise OutputError(f"{self.sequence} is a folder: {self.video} cannot become it. Choose another --out.")
        try:
            found = load_sequence(self.sequence)
        except DataError as error:
            if zipfile.is_zipfile(self.sequence):
                raise OutputError(f"{self.sequence} holds something else and is not replaced: {error}") from error
            return False  # not there, or cut off
        if found.layout is not MEDIAPIPE_33:
            raise OutputError(
                f"{self.sequence} holds joints in the layout {found.layout.name}, which no video gave, and is not "
                "replaced."
            )
        if found.positions_m.shape[1] != self.persons:
            return False
        return self.sequence.stat().st_mtime >= self.video.stat().st_mtime


def video_jobs(sources: Sequence[Path], *, out: Path, persons: int = 1) -> list[VideoJob]:
    """The videos that are named, and all in the folders that are named, with their places in those.

    `persons` (1 or 2) is how many are looked for in each.

    So `clips/wave/anna_1.mp4` becomes `OUT/wave/anna_1.npz` when `clips` is named: the form of one's own data set.
    Raises DataError for what is not there, a folder without videos and two videos that would become one file.
    """
    jobs: dict[Path, VideoJob] = {}
    for source in sources:
        for video, place in _videos(expanded(source)):
            sequence = out / place.with_suffix(".npz")
            if sequence in jobs and not jobs[sequence].video.samefile(video):
                raise DataError(f"{jobs[sequence].video} and {video} would both become {sequence}: rename one of them.")
            jobs[sequence] = VideoJob(video=video, sequence=sequence, persons=persons)
    return list(jobs.values())


def _videos(source: Path) -> list[tuple[Path, Path]]:
    """Videos and their places below a folder; a file is its own."""
    if source.is_file():
        return [(source, Path(source.name))]
    if not source.is_dir():
        raise DataError(f"There is no video or folder '{source}'.")
    files = (path for path in _visible_files(source) if path.suffix.lower() in VIDEO_SUFFIXES)
    found = [(path, path.relative_to(source)) for path in sorted(files)]
    if not found:
        raise DataError(f"{source} holds no video ({', '.join(sorted(VIDEO_SUFFIXES))}).")
    return found


def _visible_files(folder: Path) -> Iterator[Path]:
    """All files below a folder, through links as well, each folder once; hidden ones are left out."""
    visited: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in files if not name.startswith("."))


def extract_videos(
    jobs: Sequence[VideoJob], *, pose_model: Path, workers: int | None = None, progress: Progress | None = None
) -> list[str]:
    """Watch the videos and write their sequences; returns what is wrong with each video, "" where nothing is.

    Folders are made before the first one is watched. Raises what `extract_all` raises.
    """
    for folder in {job.sequence.parent for job in jobs}:
        make_folder(folder)
    return extract_all([(job, job.sequence) for job in jobs], pose_model=pose_model, workers=workers, progress=progress)
