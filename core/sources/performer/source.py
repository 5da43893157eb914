"""Performer: virtual persons as a frame source, for machines without a camera and for tests that need the truth."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import SourceError
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.choice import chosen_performance
from core.sources.performer.gaps import presence
from core.sources.performer.programme import Act, Performance, Programme, sampled
from core.sources.performer.recorded import RecordedSequence
from core.sources.performer.render import Renderer
from core.sources.performer.scene import Scene
from core.sources.source import Clock, Frame, SourceInfo, Truth

Bodies: TypeAlias = Body | Sequence[Body]


class Performer:
    """Plays a performance in front of a virtual camera. A FrameSource: see there for its lifecycle and threads.

    Args:
        programme: What to play: acts one after the other, or any other performance.
        body: Who plays, one body or one for each person; persons beyond them get bodies of their own.
        camera: From where it is seen; by default from a usual place, for two persons as far back as it takes.
        scene: In what light and room, by what sensor; a bright plain room and a clean sensor by default.
        size_px: Width and height of the pictures; all that the camera sees stays in view.
        rate_hz: Frames a second.
        real_time: True paces itself by the clock and leaves out frames that are late; False gives every frame at once.
        clock: The monotonic clock.
        sleep: Waits some seconds; without one, a wait that `close` ends.
        seed: Of the small movements that keep somebody alive.
        loop: Start again at the end.

    Raises:
        SourceError: for an unknown action (listing the known ones), an act without a length, a rate or size too small,
            more bodies than persons.
    """

    def __init__(
        self,
        programme: Sequence[Act] | Performance,
        *,
        body: Bodies | None = None,
        camera: Camera | None = None,
        scene: Scene | None = None,
        size_px: tuple[int, int] = (640, 480),
        rate_hz: float = 30.0,
        real_time: bool,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        seed: int = 0,
        loop: bool = False,
    ) -> None:
        if not rate_hz > 0 or min(size_px) < 16:
            raise SourceError(f"A performer needs a rate above 0 and pictures of 16 pixels or more, not {size_px}.")
        given = (body,) if isinstance(body, Body) else tuple(body or (Body(),))
        self._performance = (
            Programme(programme, body=given[0], seed=seed) if isinstance(programme, Sequence) else programme
        )
        self._bodies = bodies_for(self._performance.persons, given=given, seed=seed)
        self._camera = (camera or _usual_camera(self._performance)).resized(size_px)
        self._scene = scene or Scene()
        self._rate_hz = rate_hz
        self._real_time = real_time
        self._clock = clock
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait
        self._loop = loop
        self._renderer: Renderer | None = None
        self._start_s = 0.0
        self._next = 0  # index of the next frame of the performance
        self._delivered = 0

    @classmethod
    def acting(
        cls, action: str, *, real_time: bool, body: Bodies | None = None, seed: int = 0, loop: bool = False
    ) -> Self:
        """One action with a rest before and after, or a sequence file: see `chosen_performance`.

        Raises SourceError that lists the actions for an unknown one, DataError for a file that cannot be played.
        """
        return cls(chosen_performance(action), body=body, real_time=real_time, seed=seed, loop=loop)

    @classmethod
    def play_sequence(
        cls,
        positions_m: NDArray[np.float32],
        *,
        sequence_rate_hz: float,
        action: str = "",
        real_time: bool,
        body: Bodies | None = None,
        loop: bool = False,
    ) -> Self:
        """Recorded Kinect-25 joints (T, 25, 3) or (T, P, 25, 3) in Kinect axes, metres; P is 1 or 2.

        Raises DataError for another shape or numbers that are not finite.
        """
        performance = RecordedSequence(positions_m, rate_hz=sequence_rate_hz, action=action)
        return cls(performance, body=body, real_time=real_time, loop=loop)

    @property
    def performance(self) -> Performance:
        """What is played."""
        return self._performance

    @property
    def frame_count(self) -> int:
        """How many frames the performance has once."""
        return max(round(self._performance.duration_s * self._rate_hz), 1)

    def action_at(self, time_s: float) -> str:
        """What is acted at that time of the performance; "" while nothing is."""
        return self._performance.action(time_s)

    def true_joints_m(self, time_s: float) -> NDArray[np.float32]:
        """The joints that the picture of that time is drawn from (P, 25, 3), in the camera's axes, metres."""
        return self._camera.to_camera(self._performance.joints(time_s)).astype(np.float32)

    def level_joints_m(self, time_s: float) -> NDArray[np.float32]:
        """The same joints in level axes: seen from the camera, but with y against gravity, however it is tilted."""
        return self._camera.to_level(self.true_joints_m(time_s))

    def open(self) -> SourceInfo:
        """Get ready to play from the start."""
        self._closed.clear()
        self._renderer = Renderer(self._camera, self._scene)
        self._start_s = self._clock()
        self._next = self._delivered = 0
        width, height = self._camera.size_px
        return SourceInfo(
            label="Performer",
            width_px=width,
            height_px=height,
            rate_hz=self._rate_hz,
            frame_count=None if self._loop else self.frame_count,
            is_live=self._real_time,
            detail="rendered",
        )

    def read(self) -> Frame | None:
        """The next frame, in real time not before it is due; None at the end or after `close`."""
        if self._renderer is None:
            raise SourceError("Open the performer before you read from it.")
        if self._real_time:
            self._wait_until_due()
        if self._closed.is_set() or (not self._loop and self._next >= self.frame_count):
            return None
        frame = self._frame(self._renderer, self._next)
        self._next += 1
        self._delivered += 1
        return frame

    def close(self) -> None:
        """End a blocked `read` and all later ones."""
        self._closed.set()

    def _wait_until_due(self) -> None:
        """Sleep until the next frame's time; where that has passed for more frames than one, go on to the newest."""
        late_s = self._clock() - self._start_s - self._next / self._rate_hz
        if late_s < 0:
            self._sleep(-late_s)
        else:
            self._next += int(late_s * self._rate_hz)

    def _frame(self, renderer: Renderer, index: int) -> Frame:
        played_s = (index % self.frame_count) / self._rate_hz
        joints_m = self.true_joints_m(played_s)
        there = presence(joints_m).tolist()
        cast = zip(joints_m, self._bodies, there, strict=True)
        picture_bgr = renderer.draw([(joints, body) for joints, body, is_there in cast if is_there], number=index)
        time_s = index / self._rate_hz
        return Frame(
            picture_bgr=picture_bgr,
            time_s=self._start_s + time_s if self._real_time else time_s,
            arrived_s=self._clock(),
            number=self._delivered,
            truth=Truth(
                positions_m=joints_m,
                positions_px=self._camera.project(joints_m).astype(np.float32),
                action=self._performance.action(played_s),
            ),
        )


def _usual_camera(performance: Performance) -> Camera:
    return Camera() if performance.persons == 1 else Camera().seeing(sampled(performance))


def bodies_for(persons: int, *, given: Sequence[Body], seed: int) -> tuple[Body, ...]:
    """A body for each person: those given, then others by seed whose shirts are not worn yet.

    Raises SourceError for more bodies than persons.
    """
    if len(given) > persons:
        raise SourceError(f"There are {len(given)} bodies for {persons} persons of the performance.")
    bodies = list(given)
    while len(bodies) < persons:
        seed += 1
        other = Body.varied(seed)
        if other.colours.shirt_bgr not in [body.colours.shirt_bgr for body in bodies]:
            bodies.append(other)
    return tuple(bodies)
