"""From the text of `--source` (or of the window's chooser) to a source."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from core.errors import SourceError
from core.paths import expanded
from core.sources.source import FrameSource


class SourceKind(StrEnum):
    """What a text can mean; each is also the word that it is written with, but for a video file."""

    CAMERA = "camera"
    VIDEO = "video"
    PERFORMER = "performer"


CAMERA, PERFORMER = SourceKind.CAMERA.value, SourceKind.PERFORMER.value
FORMS = "'camera', 'camera:NAME', 'performer', 'performer:ACTION', 'performer:SEQUENCE.npz' or a video file"


def source_kind(text: str) -> SourceKind:
    """The kind of source that `text` means; an existing file wins over a word.

    Raises SourceError where the text means nothing.
    """
    text = text.strip()
    path = expanded(text)
    if text and _is_there(path.is_file):
        return SourceKind.VIDEO
    word = text.partition(":")[0]
    if word == CAMERA or text.isdecimal():
        return SourceKind.CAMERA
    if word == PERFORMER:
        return SourceKind.PERFORMER
    if _looks_like_a_path(path):
        return SourceKind.VIDEO
    raise SourceError(f"'{text}' is no source: give {FORMS}.")


def open_choice(text: str, *, real_time: bool, loop: bool = False) -> FrameSource:
    """The source that `text` means, not opened yet.

    `real_time` and `loop` count for files and for the performer; a camera knows nothing else and has no end. Raises
    SourceError where the text means nothing; what is wrong with a file is said when it is opened.
    """
    # Each source is imported here, since all that they need takes a second, and whoever asks for the kind needs none.
    text = text.strip()
    match source_kind(text):
        case SourceKind.CAMERA:
            from core.sources.camera import Camera

            return Camera(text if text.isdecimal() else _after_colon(text))
        case SourceKind.PERFORMER:
            from core.sources.performer.source import Performer
            from core.sources.performer.troupe import demo_troupe

            action = _after_colon(text)
            if action:
                return Performer.acting(action, real_time=real_time, loop=loop)
            return demo_troupe(real_time=real_time, loop=loop)
        case SourceKind.VIDEO:
            from core.sources.video import VideoFile

            return VideoFile(expanded(text), real_time=real_time, loop=loop)


def _after_colon(text: str) -> str:
    return text.partition(":")[2].strip()


def _is_there(look: Callable[[], bool]) -> bool:
    try:
        return look()
    except OSError:  # a text that is too long for a file name
        return False


def _looks_like_a_path(path: Path) -> bool:
    """A name with an ending or a folder in it, or a folder; never the folder that "" would mean."""
    return path != Path() and (path.suffix != "" or len(path.parts) > 1 or _is_there(path.is_dir))
