"""From the text of `--source` (or of the window's chooser) to a source."""

from pathlib import Path

from core.errors import SourceError
from core.sources.camera import Camera
from core.sources.performer.source import Performer
from core.sources.source import FrameSource
from core.sources.video import VideoFile

CAMERA = "camera"
PERFORMER = "performer"
FORMS = "'camera', 'camera:NAME', 'performer', 'performer:ACTION' or a video file"


def open_choice(text: str, *, real_time: bool, loop: bool = False) -> FrameSource:
    """The source that `text` means, not opened yet.

    `real_time` and `loop` count for files and for the performer; a camera knows nothing else and has no end. An
    existing file wins over a word. Raises SourceError where the text means nothing.
    """
    text = text.strip()
    path = Path(text).expanduser()
    if text and _is_file(path):
        return VideoFile(path, real_time=real_time, loop=loop)
    word, _, rest = text.partition(":")
    if word == CAMERA:
        return Camera(rest.strip())
    if text.isdecimal():
        return Camera(text)
    if word == PERFORMER:
        return _performer(rest.strip(), real_time=real_time, loop=loop)
    if _looks_like_a_path(path):
        return VideoFile(path, real_time=real_time, loop=loop)  # its `open` says what is wrong with it
    raise SourceError(f"'{text}' is no source: give {FORMS}.")


def _performer(action: str, *, real_time: bool, loop: bool) -> Performer:
    if action:
        return Performer.acting(action, real_time=real_time, loop=loop)
    return Performer.demo(real_time=real_time, loop=loop)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a text that is too long for a file name
        return False


def _looks_like_a_path(path: Path) -> bool:
    """A name with an ending or a folder in it, or a folder; never the folder that "" would mean."""
    return path != Path() and (path.suffix != "" or len(path.parts) > 1 or path.is_dir())
