"""Troupe: several performers one after the other, each in a room and a light of their own, as one source."""

from collections.abc import Sequence
from dataclasses import replace

from core.errors import SourceError
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.choice import DEMO_LINES, rested
from core.sources.performer.scene import Scene
from core.sources.performer.source import Performer
from core.sources.source import Frame, SourceInfo


class Troupe:
    """Plays each performer once and then the next. A FrameSource: see there for its lifecycle and threads.

    With each performer a new stream begins: what was seen of the one before says nothing about the next. Performers
    are not to loop by themselves, and all pace themselves by the clock or none does.
    """

    def __init__(self, performers: Sequence[Performer], *, loop: bool = False) -> None:
        if not performers:
            raise SourceError("A troupe needs at least one performer.")
        self.performers = tuple(performers)
        self._loop = loop
        self._is_closed = False
        self._stream = self._number = 0
        self._offset_s = 0.0  # of the times of the performer who is on; those that pace themselves need none
        self._info: SourceInfo | None = None

    def open(self) -> SourceInfo:
        """The first one gets ready."""
        self._is_closed, self._stream, self._number, self._offset_s = False, 0, 0, 0.0
        info = self.performers[0].open()
        count = None if self._loop else sum(performer.frame_count for performer in self.performers)
        self._info = replace(info, label="Performers", frame_count=count)
        return self._info

    def read(self) -> Frame | None:
        """The next frame of whoever is on; None at the end or after `close`."""
        if self._info is None:
            raise SourceError("Open the performers before you read from them.")
        while True:
            frame = self._on.read()
            if frame is not None:
                self._number += 1
                return replace(
                    frame, time_s=frame.time_s + self._offset_s, number=self._number - 1, stream=self._stream
                )
            if self._is_closed or (not self._loop and self._stream + 1 >= len(self.performers)):
                return None
            self._next()

    def close(self) -> None:
        """End a blocked `read` and all later ones."""
        self._is_closed = True
        for performer in self.performers:
            performer.close()

    @property
    def _on(self) -> Performer:
        return self.performers[self._stream % len(self.performers)]

    def _next(self) -> None:
        assert self._info is not None
        if not self._info.is_live:
            self._offset_s += self._on.frame_count / self._info.rate_hz
        self._stream += 1
        self._on.open()
        if self._is_closed:  # in the meantime, from another thread
            self._on.close()


def demo_troupe(*, real_time: bool, seed: int = 0, loop: bool = False) -> Troupe:
    """The demo: less than a minute of actions that the default model knows, by changing performers.

    The first one stands in a bright plain room; each seed has other performers and rooms after that.
    """
    performers = []
    for number, line in enumerate(DEMO_LINES):
        one = seed * len(DEMO_LINES) + number
        body, camera, scene = (
            (Body(), Camera(), Scene()) if one == 0 else (Body.varied(one), Camera.varied(one), Scene.varied(one))
        )
        acts = rested(*line)
        performers.append(Performer(acts, body=body, camera=camera, scene=scene, seed=one, real_time=real_time))
    return Troupe(performers, loop=loop)
