"""Exporting a library, in whatever form: the one place that the command line and the window use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.datasets.from_library import library_dataset
from core.datasets.library_export import Form, chosen_entries, clips_of, write_csv, write_npz, write_skeletons
from core.documents import check_target
from core.errors import DataError
from core.explain.action_colours import action_colours_rgb
from core.explain.labelled_video import frames_of, write_labelled_video
from core.files import keep_out_of_libraries, make_folder
from core.library.library import Entry, Library

Progress = Callable[[int, int], object]  # frames done, frames in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    count: int
    what: str  # "segments", "clips", "videos"
    notes: tuple[str, ...] = ()  # sentences: what was left out, missing or damaged


def export_library(
    library: Library,
    target: Path,
    form: Form,
    *,
    recordings: Sequence[str] = (),
    progress: Progress | None = None,
) -> Exported:
    """Write segments, clips or videos of all recordings, or of those that are named.

    `target` is a file, for the forms that are many files a folder. `progress` is told the frames of videos.

    Raises DataError for a name that there is not and where there is nothing to write, OutputError where the target
    cannot be written or belongs to a library.
    """
    keep_out_of_libraries(target)
    if form in (Form.CSV, Form.NPZ):
        check_target(target)
    entries, problems = chosen_entries(library, recordings)
    damaged = [f"{problem.file}: {problem.problem}" for problem in problems]
    if form is Form.MP4:
        count, notes = _videos(library, entries, target, progress)
        return Exported(count=count, what="videos", notes=(*damaged, *notes))
    if form is Form.CSV:
        return Exported(count=write_csv(entries, target), what="segments", notes=tuple(damaged))
    dataset = library_dataset(library)
    clips = clips_of(dataset, entries) if recordings else dataset
    count = (write_npz if form is Form.NPZ else write_skeletons)(clips, target)
    return Exported(count=count, what="clips", notes=dataset.skipped)


def _videos(
    library: Library, entries: Sequence[Entry], target: Path, progress: Progress | None
) -> tuple[int, list[str]]:
    """A video of each recording; returns how many there are, and what was damaged or could be none."""
    make_folder(target)
    colours_rgb = action_colours_rgb(library.actions)
    before, count, total = 0, 0, sum(map(frames_of, entries))
    notes: list[str] = []

    def tell(done: int, _frames: int) -> None:
        if progress is not None:
            progress(before + done, total)

    for entry in entries:
        try:
            notes += write_labelled_video(
                entry, target / f"{entry.name}.mp4", colours_rgb=colours_rgb, progress=tell
            ).notes
            count += 1
        except DataError as error:
            notes.append(str(error))
        before += frames_of(entry)
    return count, notes
