"""Videos to sequence files: which ones, where each goes, and what is left to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import DataError
from core.files import make_folder
from core.pose.extract import Progress, extract_all
from core.skeleton.sequence import load_sequence
from core.sources.video import VideoFile

VIDEO_SUFFIXES: Final = frozenset(
    (".3gp", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".ts", ".webm", ".wmv")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoJob:
    """A video, and the sequence file that it becomes."""

    video: Path
    sequence: Path

    def source(self) -> VideoFile:
        """The video, every frame of it."""
        return VideoFile(self.video, real_time=False)

    @property
    def is_done(self) -> bool:
        """Whether the sequence is there, can be read and is not older than the video."""
        try:
            if self.sequence.stat().st_mtime < self.video.stat().st_mtime:
                return False
            load_sequence(self.sequence)
        except (DataError, OSError):
            return False
        return True


def video_jobs(sources: Sequence[Path], *, out: Path) -> list[VideoJob]:
    """The videos that are named, and all in the folders that are named, with their places in those.

    So `clips/wave/anna_1.mp4` becomes `OUT/wave/anna_1.npz` when `clips` is named: the form of one's own data set.
    Raises DataError for what is not there, a folder without videos and two videos that would become one file.
    """
    jobs: dict[Path, VideoJob] = {}
    for source in sources:
        for video, place in _videos(source):
            sequence = out / place.with_suffix(".npz")
            if sequence in jobs and not jobs[sequence].video.samefile(video):
                raise DataError(f"{jobs[sequence].video} and {video} would both become {sequence}: rename one of them.")
            jobs[sequence] = VideoJob(video=video, sequence=sequence)
    return list(jobs.values())


def _videos(source: Path) -> list[tuple[Path, Path]]:
    """Videos and their places below a folder; a file is its own."""
    source = source.expanduser()
    if source.is_file():
        return [(source, Path(source.name))]
    if not source.is_dir():
        raise DataError(f"There is no video or folder '{source}'.")
    files = (path for path in sorted(source.rglob("*")) if path.suffix.lower() in VIDEO_SUFFIXES)
    found = [(path, path.relative_to(source)) for path in files if path.is_file() and not path.name.startswith(".")]
    if not found:
        raise DataError(f"{source} holds no video ({', '.join(sorted(VIDEO_SUFFIXES))}).")
    return found


def extract_videos(
    jobs: Sequence[VideoJob], *, pose_model: Path, workers: int | None = None, progress: Progress | None = None
) -> dict[Path, str]:
    """Watch the videos and write their sequences; returns what is wrong with those that gave none.

    Folders are made before the first one is watched. Raises OutputError and DeviceError as `extract_all` does.
    """
    for folder in {job.sequence.parent for job in jobs}:
        make_folder(folder)
    problems = extract_all(
        [(job, job.sequence) for job in jobs], pose_model=pose_model, workers=workers, progress=progress
    )
    return {job.video: problem for job, problem in zip(jobs, problems, strict=True) if problem}
