"""What the window needs from core, gathered as functions, so that tests can put their own in place."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.bridges.background import Report
from core.explain.proposals import Proposal
from core.library.library import Entry
from core.live.listeners import FrameListeners
from core.live.results import LiveResult, SessionStatus
from core.sources.source import Frame


class Session(Protocol):
    """What `core.live.session.LiveSession` offers to the window."""

    def start(self) -> None:
        """Begin; returns at once."""
        ...

    def stop(self) -> None:
        """End, bounded; safe twice."""
        ...

    def latest(self) -> LiveResult | None:
        """The newest result."""
        ...

    def upcoming(self) -> Frame | None:
        """The frame whose result comes next."""
        ...

    def status(self) -> SessionStatus:
        """The counters now."""
        ...

    def note_painted(self, result: LiveResult) -> None:
        """A result is on the screen."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One entry of a chooser: `key` is what core understands, `title` what people read."""

    key: str
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What there is to choose from now."""

    cameras: tuple[Choice, ...] = ()
    performers: tuple[Choice, ...] = ()
    models: tuple[Choice, ...] = ()
    own_models: tuple[Choice, ...] = ()  # that were trained on the library that is open


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to start. `model` "" means the default model."""

    source: str
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """All may take long and are called in a thread; they raise JointlightError with a plain sentence."""

    look: Callable[[], Offers]
    models_in: Callable[[Path], tuple[Choice, ...]]  # in a folder of models, by their paths
    # The second argument wakes the window, the third hears every frame and every result.
    prepare: Callable[[Request, Report, Callable[[], None], FrameListeners], Session]
    pose_model: Callable[[Report], Path]  # fetched on first use
    propose: Callable[[Entry, str, Report], list[Proposal]]  # by the model of that name
