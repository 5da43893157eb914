"""What a long fetch tells about itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one stage of a fetch is."""

    stage: str  # for people: "downloading the pose model"
    done_bytes: int
    total_bytes: int | None  # None where unknown


# Called from the thread that fetches. Raising from it cancels the fetch; nothing half-finished is left.
OnProgress: TypeAlias = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """For callers that show nothing."""
