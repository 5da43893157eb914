"""A clip that is played: its film, its joints over it, and where it is. For any page that shows recordings."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from app.bridges.background import Background, Report
from app.bridges.film import FilmBridge, Seek
from app.playback import Playback
from app.widgets.transport import Transport
from app.widgets.video_view import VideoView
from core.library.library import Entry
from core.live.results import Decision, LiveResult, StageTimes
from core.model.prediction import Prediction
from core.pose.pose import Pose
from core.pose.replayed import ReplayedPoses
from core.skeleton.energy import motion_energy
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence
from core.sources.seeking import Shot
from core.sources.source import Frame, Picture

TICK_MS = 16
USUAL_STEP_S = 1 / 30
DARK_PX = (960, 720)  # of the stage where there is no film


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joints:
    """The joints of a recording with what is made of them once."""

    sequence: SkeletonSequence
    energy: NDArray[np.float32]  # (T,)
    poses: ReplayedPoses


class PlayedClip(Protocol):
    """What can be played: a recording, or what is held of a live session. Times count from its first picture."""

    @property
    def film(self) -> Path | None:
        """The file with its pictures, where it is one."""
        ...

    @property
    def duration_s(self) -> float:
        """How long it is."""
        ...

    @property
    def rate_hz(self) -> float:
        """Pictures a second; 0 where it is not known."""
        ...

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of its pictures; 0 where it has none."""
        ...

    def joints(self) -> SkeletonSequence | None:
        """Who was seen. May take long; raises DataError."""
        ...

    def picture_at(self, time_s: float) -> Picture | None:
        """A picture that is at hand without a film."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedClip:
    """A recording of a library as a clip."""

    entry: Entry

    @property
    def film(self) -> Path | None:
        """Its film."""
        return self.entry.film

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.entry.recording.duration_s

    @property
    def rate_hz(self) -> float:
        """Pictures a second."""
        return self.entry.recording.rate_hz

    @property
    def size_px(self) -> tuple[int, int]:
        """Of its pictures."""
        return self.entry.recording.width_px, self.entry.recording.height_px

    def joints(self) -> SkeletonSequence | None:
        """Who was seen."""
        return self.entry.joints()

    def picture_at(self, time_s: float) -> Picture | None:
        """Its pictures are in the film."""
        return None


class PlayerControl(QObject):
    """For the GUI thread. It shows on a VideoView and a Transport, and tells where it is.

    Signals:
        moved(float): another moment is shown.
        loaded(object): the Joints of the recording are there, or None: nobody was found in it.
        playing(bool): it plays, or does not any more.
        failed(object): the exception that keeps film or joints from being shown.
    """

    moved = pyqtSignal(float)
    loaded = pyqtSignal(object)
    playing = pyqtSignal(bool)
    failed = pyqtSignal(object)

    def __init__(self, video: VideoView, transport: Transport, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._video, self._transport = video, transport
        self._film = FilmBridge(self)
        self._load = Background("load-joints", self)
        self._playback = Playback()
        self._clip: PlayedClip | None = None
        self.predict: Callable[[float], Prediction | None] | None = None  # what a network says of a moment
        self._joints: Joints | None = None
        self._lost: Picture = np.full((1, 1, 3), 24, np.uint8)
        self._dark: Picture = np.full((DARK_PX[1], DARK_PX[0], 3), 24, np.uint8)
        self._shown = 0
        self._is_stepping = False
        self._has_skeleton = True
        self._is_film_lost = False  # it cannot be read: its joints are shown alone
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._film.shown.connect(self._on_shot)
        self._film.failed.connect(self._on_film_failed)
        self._load.finished.connect(self._on_loaded)
        self._load.failed.connect(self.failed)

    @property
    def entry(self) -> Entry | None:
        """The recording that is played."""
        return self._clip.entry if isinstance(self._clip, RecordedClip) else None

    @property
    def clip(self) -> PlayedClip | None:
        """What is played."""
        return self._clip

    @property
    def is_loading(self) -> bool:
        """Whether its joints are being read."""
        return self._load.is_busy

    @property
    def joints(self) -> Joints | None:
        """Its joints, once they are loaded."""
        return self._joints

    @property
    def playback(self) -> Playback:
        """How it moves."""
        return self._playback

    @property
    def time_s(self) -> float:
        """Where it is now."""
        return self._playback.at(time.monotonic())

    @property
    def step_s(self) -> float:
        """How long a picture is shown, as far as that is known."""
        rate_hz = self._clip.rate_hz if self._clip is not None else 0.0
        return 1 / rate_hz if rate_hz > 1 else USUAL_STEP_S

    def open(self, entry: Entry | None) -> None:
        """Another recording, standing at its beginning; None: nothing."""
        self.open_clip(None if entry is None else RecordedClip(entry=entry))

    def open_clip(self, clip: PlayedClip | None) -> None:
        """Another clip, standing at its beginning; None: nothing."""
        self._set(Playback(duration_s=0.0 if clip is None else clip.duration_s))
        self._clip, self._joints, self._is_film_lost = clip, None, False
        self._video.show_result(None)
        self._film.open(clip.film if clip is not None else None)
        if clip is None:
            self._load.cancel()
            return
        has_pictures = clip.film is not None or clip.picture_at(0.0) is not None
        width_px, height_px = clip.size_px

        def work(_report: Report) -> Joints | None:
            sequence = clip.joints()
            if sequence is None:
                return None
            poses = (
                ReplayedPoses(sequence, width_px=width_px, height_px=height_px)
                if has_pictures
                else ReplayedPoses.framed(sequence, width_px=DARK_PX[0], height_px=DARK_PX[1])
            )
            return Joints(sequence=sequence, energy=motion_energy(sequence), poses=poses)

        self._load.run(work)

    def close(self, timeout_s: float) -> None:
        """Stop, and wait so long for the threads."""
        self._timer.stop()
        started_s = time.monotonic()
        self._film.close(timeout_s)
        self._load.close(max(0.0, timeout_s - (time.monotonic() - started_s)))

    # What the keys do

    def toggle(self) -> None:
        """Play, or pause."""
        self._set(self._playback.toggled(time.monotonic()))

    def pause(self) -> None:
        """Stand."""
        self._set(self._playback.paused(time.monotonic()))

    def forward(self) -> None:
        """Play; again: faster."""
        self._set(self._playback.forward(time.monotonic()))

    def backward(self) -> None:
        """Play backwards; again: faster."""
        self._set(self._playback.backward(time.monotonic()))

    def change_speed(self, step: int) -> None:
        """The next speed up or down."""
        self._set(self._playback.at_speed(step, time.monotonic()))

    def loop(self, stretch_s: tuple[float, float] | None) -> None:
        """Play a stretch again and again; None: no more."""
        self._set(self._playback.looped(stretch_s, time.monotonic()))

    def seek(self, time_s: float, *, is_final: bool = True) -> None:
        """Go somewhere; while the pointer still moves a rough picture will do."""
        self._set(self._playback.went(time_s, time.monotonic()), is_rough=not is_final)

    def leap(self, by_s: float) -> None:
        """Go on by some time, or back."""
        self.seek(self.time_s + by_s)

    def step(self, by: int) -> None:
        """Go to the next picture, or the one before."""
        self._set(self._playback.paused(time.monotonic()), shows=False)
        if self._has_film():
            self._is_stepping = True
            self._film.want(self.time_s, seek=Seek.AFTER if by > 0 else Seek.BEFORE)
        elif self._joints is not None:
            times_s = self._joints.sequence.times_s
            place = int(np.searchsorted(times_s, self.time_s + 1e-6 * by, side="right" if by > 0 else "left"))
            place = place if by > 0 else place - 1
            self.seek(float(times_s[min(max(0, place), len(times_s) - 1)]))

    def refresh(self) -> None:
        """Show this moment again: something else is said about it."""
        self._show_again()

    def set_skeleton(self, has_skeleton: bool) -> None:
        """Show the joints over the film."""
        self._has_skeleton = has_skeleton
        self._show_again()

    # Showing

    def _set(self, playback: Playback, *, is_rough: bool = False, shows: bool = True) -> None:
        has_changed = playback.is_playing != self._playback.is_playing
        self._playback = playback
        self._is_stepping = False
        if playback.is_playing:
            self._timer.start()
        else:
            self._timer.stop()
        if has_changed:
            self.playing.emit(playback.is_playing)
        if shows:
            self._show(is_rough=is_rough)

    def _tick(self) -> None:
        now_s = time.monotonic()
        if self._playback.has_ended(now_s):
            self._set(self._playback.paused(now_s))
        else:
            self._show(is_rough=False)

    def _show(self, *, is_rough: bool) -> None:
        time_s = self.time_s
        self._transport.show_place(time_s, self._playback.duration_s, speed=self._playback.speed)
        if self._has_film():
            self._film.want(time_s, is_rough=is_rough)
        else:
            self._show_picture(self._picture_at(time_s), time_s)
        self.moved.emit(time_s)

    def _show_again(self) -> None:
        shot = self._film.latest()
        if shot is not None:
            self._show_picture(shot.picture_bgr, shot.time_s)
        elif self._clip is not None and not self._has_film():
            self._show_picture(self._picture_at(self.time_s), self.time_s)

    def _has_film(self) -> bool:
        return self._clip is not None and self._clip.film is not None and not self._is_film_lost

    def _on_film_failed(self, error: object) -> None:
        """Joints lie where they lay in the film, on a dark ground."""
        if self._clip is not None and self._clip.film is not None and self._film.latest() is None:
            width_px, height_px = self._clip.size_px
            self._lost = np.full((max(1, height_px), max(1, width_px), 3), 24, np.uint8)
            self._is_film_lost = True
            self._show_again()
        self.failed.emit(error)

    def _picture_at(self, time_s: float) -> Picture:
        if self._is_film_lost:
            return self._lost
        picture_bgr = None if self._clip is None else self._clip.picture_at(time_s)
        return self._dark if picture_bgr is None else picture_bgr

    def _show_picture(self, picture_bgr: Picture, time_s: float) -> None:
        if self._clip is None:
            return
        pose = self._joints.poses.at(time_s) if self._joints is not None and self._has_skeleton else None
        pose = pose if pose is not None else nobody()
        prediction = None if self.predict is None else self.predict(time_s)
        seats = range(pose.person_count) if prediction is None else range(prediction.persons)
        self._shown += 1
        frame = Frame(picture_bgr=picture_bgr, time_s=time_s, arrived_s=time.monotonic(), number=self._shown)
        self._video.show_result(
            LiveResult(
                frame=frame,
                pose=pose,
                prediction=prediction,
                decision=Decision(action=None, confidence=0.0, since_s=0.0),
                times=StageTimes(),
                looked_at=tuple(_seat(pose, place) for place in seats),
            )
        )

    def _on_shot(self) -> None:
        shot = self._film.latest()
        if not isinstance(shot, Shot):
            return
        if self._is_stepping:
            self._is_stepping = False
            self._playback = self._playback.went(shot.time_s, time.monotonic())
            self._transport.show_place(shot.time_s, self._playback.duration_s, speed=self._playback.speed)
            self.moved.emit(shot.time_s)
        self._show_picture(shot.picture_bgr, shot.time_s)

    def _on_loaded(self, joints: object) -> None:
        self._joints = joints if isinstance(joints, Joints) else None
        self._show_again()
        self.loaded.emit(self._joints)


def _seat(pose: Pose, place: int) -> int | None:
    """Who in a pose is on a place of the network; identities of a replayed pose are those places."""
    return pose.identities.index(place) if place in pose.identities else None


def nobody() -> Pose:
    """A pose without persons."""
    joints = len(KINECT_25)
    return Pose(
        layout=KINECT_25,
        positions_m=np.zeros((0, joints, 3), np.float32),
        positions_px=np.zeros((0, joints, 2), np.float32),
        confidence=np.zeros((0, joints), np.float32),
    )
