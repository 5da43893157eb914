"""A clip to take home: one file, of the kind that its ending says. The command line and the window use it alike."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.documents import check_target
from core.errors import OutputError
from core.explain.clip_pictures import Look
from core.explain.explained import Explained
from core.explain.figure import FigureOptions, paper_figure, png, svg
from core.explain.film import Film
from core.explain.heat import TIMES_UNIFORM, HeatScale
from core.explain.inks import Theme
from core.explain.occlusion import Occlusion
from core.explain.replay_data import PageTexts
from core.explain.replay_html import replay_page
from core.explain.replay_video import write_gif, write_video
from core.explain.tables import table
from core.files import replacing
from core.sources.video_writer import FORMATS, check_video_target

_STILL: Final = (".png", ".svg", ".csv", ".html", ".htm")
ENDINGS: Final = (".png", ".svg", ".csv", ".html", ".gif", *FORMATS)

Progress = Callable[[int, int | None], object]  # pictures done, of how many


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeHome:
    """How what is written is to look."""

    clip: str = ""  # its name
    title: str = ""  # "": the answer
    key_frames: int = 0  # bodies in a figure; 0: as many as fit
    scale: HeatScale = TIMES_UNIFORM
    theme: Theme | None = None  # None: as the kind of file has it


def check_file(file: Path) -> Path:
    """A file that can be written. Raises OutputError before any work is done."""
    ending = file.suffix.lower()
    if ending not in (*_STILL, ".gif", *FORMATS):
        raise OutputError(f"'{file}' must end in {', '.join(ENDINGS)}: the ending says what is written.")
    if ending in FORMATS:
        check_video_target(file)
    check_target(file)
    if file.is_dir():
        raise OutputError(f"'{file}' is a folder: give the name of a file in it.")
    return file


def is_moving(file: Path) -> bool:
    """Whether a file is a video or a GIF, which show the film where there is one."""
    return file.suffix.lower() in (".gif", *FORMATS)


def write_clip(
    file: Path,
    explained: Explained,
    wish: TakeHome,
    *,
    occlusion: Occlusion | None = None,
    film: Film | None = None,
    progress: Progress | None = None,
) -> str:
    """Write one file by its ending; returns what is to be said about it, "" for nothing.

    Raises OutputError where it cannot be written and SourceError where the film cannot be read.
    """
    ending = check_file(file).suffix.lower()
    look = Look(scale=wish.scale, theme=wish.theme or Theme.DARK)
    tell = None if progress is None else lambda done, total: (progress(done, total), None)[1]
    if ending in FORMATS:
        write_video(file, explained, film=film, look=look, progress=tell)
        return ""
    if ending == ".gif":
        return write_gif(file, explained, film=film, look=look, progress=tell)
    content, note = _content(ending, explained, wish, occlusion)
    with replacing(file) as stream:
        stream.write(content)
    return note


def _content(ending: str, explained: Explained, wish: TakeHome, occlusion: Occlusion | None) -> tuple[bytes, str]:
    """What a figure, a table or a page is made of, and what is to be said about it."""
    if ending == ".csv":
        return table(explained).encode("utf-8", errors="replace"), ""
    if ending in (".html", ".htm"):
        texts = PageTexts(title=wish.title, clip=wish.clip)
        return replay_page(explained, texts, scale=wish.scale, theme=wish.theme, occlusion=occlusion)
    chosen = FigureOptions(
        key_frames=wish.key_frames,
        theme=wish.theme or Theme.LIGHT,
        scale=wish.scale,
        title=wish.title,
        clip=wish.clip,
    )
    figure = paper_figure(explained, chosen, occlusion=occlusion)
    return png(figure) if ending == ".png" else svg(figure, explained, chosen), ""
