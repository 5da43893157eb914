"""What kind of source a text names, for icons, titles and the mirror. Opening it is core's business."""

from enum import StrEnum
from pathlib import Path

from app.bridges.backend import Offers

CAMERA = "camera"
PERFORMER = "performer"


class SourceKind(StrEnum):
    """Camera, video file or performer."""

    CAMERA = "camera"
    VIDEO = "video"
    PERFORMER = "performer"

    @property
    def icon(self) -> str:
        """Name of the icon that stands for it."""
        return {SourceKind.CAMERA: "camera", SourceKind.VIDEO: "film", SourceKind.PERFORMER: "performer"}[self]


def source_kind(source: str) -> SourceKind:
    """The kind of a source as it is written on the command line; "" is the first camera."""
    if source == PERFORMER or source.startswith(f"{PERFORMER}:"):
        return SourceKind.PERFORMER
    if source in ("", CAMERA) or source.startswith(f"{CAMERA}:") or source.isdecimal():
        return SourceKind.CAMERA
    return SourceKind.VIDEO


def source_title(source: str, offers: Offers) -> str:
    """What to call a source before it is open and says its own name."""
    for choice in offers.cameras:
        if choice.key == source:
            return choice.title
    match source_kind(source):
        case SourceKind.PERFORMER:
            return "Performer" + source.removeprefix(PERFORMER).replace(":", ": ")
        case SourceKind.CAMERA:
            return source.removeprefix(CAMERA).removeprefix(":") or "Camera"
        case SourceKind.VIDEO:
            return Path(source).name
