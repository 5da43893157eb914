"""How sources are shown: icon, title and, for the mirror, their kind. What a text means is core's business."""

from pathlib import Path

from app.bridges.backend import Offers
from core.errors import SourceError
from core.sources.choose import CAMERA, PERFORMER, SourceKind, source_kind

ICONS = {SourceKind.CAMERA: "camera", SourceKind.VIDEO: "film", SourceKind.PERFORMER: "performer"}


def icon_name(kind: SourceKind) -> str:
    """Name of the icon that stands for a kind of source."""
    return ICONS[kind]


def kind_of(source: str) -> SourceKind:
    """The kind of a source; "" is the first camera. Nonsense counts as a file: opening it says what is wrong."""
    if not source:
        return SourceKind.CAMERA
    try:
        return source_kind(source)
    except SourceError:
        return SourceKind.VIDEO


def source_title(source: str, offers: Offers) -> str:
    """What to call a source before it is open and says its own name."""
    for choice in offers.cameras:
        if choice.key == source:
            return choice.title
    match kind_of(source):
        case SourceKind.PERFORMER:
            return "Performer" + source.removeprefix(PERFORMER).replace(":", ": ")
        case SourceKind.CAMERA:
            return source.removeprefix(CAMERA).removeprefix(":") or "Camera"
        case SourceKind.VIDEO:
            return Path(source).name
