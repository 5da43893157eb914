"""How the window was asked to start. Without Qt, so that the command line can make one anywhere."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOptions:
    """None means: as last time, or the default."""

    source: str | None = None  # as `core.sources.choose` reads it
    model: str | None = None  # name or path
    device: str = "auto"
    pose_model: Path | None = None
    is_fast: bool = False  # every frame of a film as fast as the machine can, and not at the film's own speed
    report: Path | None = None  # where to write rates and times, once the source has ended or the window is closed
    seconds: float | None = None  # close by itself so long after the first picture
