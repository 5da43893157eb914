"""A clip that is played: its film, its joints over it, and where it is. For any page that shows recordings."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from app.bridges.background import Background, Report
from app.bridges.film import FilmBridge, Seek
from app.player.playback import Playback
from app.player.played_clip import PlayedClip, RecordedClip
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
STAGE_GREY = 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joints:
    """The joints of a recording with what is made of them once."""

    sequence: SkeletonSequence
    energy: NDArray[np.float32]  # (T,)
    poses: ReplayedPoses


class PlayerControl(QObject):
    """For the GUI thread. It shows on a VideoView and a Transport, and tells where it is.

    Signals:
        moved(float): another moment is shown.
        loaded(object): the Joints of the recording are there, or None: nobody was found in it.
        playing(bool): it plays, or does not any more.
        failed(object): the exception that keeps film or joints from being shown; what there is is shown.
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
        self._has_film = False
        self._dark = dark_picture(DARK_PX)
        self._shown: tuple[Shot | None, Joints | None, bool] | None = None  # what the picture was made of
        self._number = 0
        self._step = 0  # the wish for another picture whose time is not known yet; 0: none
        self._more = 0  # so many pictures on or back from there
        self._told = ""  # what failed
        self._has_skeleton = True
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
        if rate_hz <= 1 and self._joints is not None and self._joints.sequence.duration_s > 0:
            rate_hz = (len(self._joints.sequence) - 1) / self._joints.sequence.duration_s
        return 1 / rate_hz if rate_hz > 1 else USUAL_STEP_S

    def open(self, entry: Entry | None) -> None:
        """Another recording; None: nothing."""
        self.open_clip(None if entry is None else RecordedClip(entry=entry))

    def open_clip(self, clip: PlayedClip | None) -> None:
        """Another clip, standing at its beginning, at the speed of the one before; None: nothing."""
        self._clip, self._joints, self._shown, self._told = clip, None, None, ""
        self._has_film = clip is not None and clip.film is not None
        self._dark = dark_picture(DARK_PX)
        self._video.show_result(None)
        self._film.open(clip.film if clip is not None else None)
        self._load.cancel()
        if clip is not None:
            self._load.run(lambda report: _joints_of(clip, report))
        duration_s = 0.0 if clip is None else clip.duration_s
        self._set(Playback(duration_s=duration_s, speed=abs(self._playback.speed)))

    def describe(self, entry: Entry) -> None:
        """The same recording, of which something else is known now."""
        self._clip = RecordedClip(entry=entry)

    def wait_until_free(self, timeout_s: float) -> bool:
        """After `open(None)`: wait until its files are let go; False where they are not by then."""
        return self._film.wait_until_free(timeout_s)

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
        if self._step:
            self._more += by
            return
        self._set(self._playback.paused(time.monotonic()), shows=False)
        if self._has_film:
            self._step = self._film.want(self.time_s, seek=Seek.AFTER if by > 0 else Seek.BEFORE)
        elif self._joints is not None:
            self.seek(_beside(self._joints.sequence.times_s, self.time_s, by))
        else:
            self.leap(by * self.step_s)

    def refresh(self) -> None:
        """Show this moment again: something else is said about it."""
        self._shown = None
        self._show_again()

    def set_skeleton(self, has_skeleton: bool) -> None:
        """Show the joints over the film."""
        self._has_skeleton = has_skeleton
        self._show_again()

    # Showing

    def _set(self, playback: Playback, *, is_rough: bool = False, shows: bool = True) -> None:
        has_changed = playback.is_playing != self._playback.is_playing
        self._playback, self._step, self._more = playback, 0, 0
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
        if self._has_film:
            self._film.want(time_s, is_rough=is_rough)
        else:
            self._show_picture(self._picture_at(time_s), time_s)
        self.moved.emit(time_s)

    def _show_again(self) -> None:
        shot = self._film.latest()
        if not self._has_film:
            self._show_picture(self._picture_at(self.time_s), self.time_s)
        elif shot is not None:
            self._show_shot(shot)

    def _picture_at(self, time_s: float) -> Picture:
        picture_bgr = None if self._clip is None else self._clip.picture_at(time_s)
        return self._dark if picture_bgr is None else picture_bgr

    def _show_shot(self, shot: Shot) -> None:
        """The same picture again costs nothing."""
        made_of = (shot, self._joints, self._has_skeleton)
        if made_of != self._shown:
            self._shown = made_of
            self._show_picture(shot.picture_bgr, shot.time_s)

    def _show_picture(self, picture_bgr: Picture, time_s: float) -> None:
        if self._clip is None:
            return
        pose = self._joints.poses.at(time_s) if self._joints is not None and self._has_skeleton else None
        pose = pose if pose is not None else nobody()
        prediction = None if self.predict is None else self.predict(time_s)
        seats = range(pose.person_count) if prediction is None else range(prediction.persons)
        self._number += 1
        frame = Frame(picture_bgr=picture_bgr, time_s=time_s, arrived_s=time.monotonic(), number=self._number)
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
        if shot is None or not self._has_film:
            return
        if self._step and self._film.answered == self._step:
            self._stepped_to(shot.time_s)
        self._show_shot(shot)

    def _stepped_to(self, time_s: float) -> None:
        self._step = 0
        self._playback = self._playback.went(time_s, time.monotonic())
        self._transport.show_place(self.time_s, self._playback.duration_s, speed=self._playback.speed)
        self.moved.emit(self.time_s)
        if self._more:  # keys that were pressed while it was looked for
            more, by = self._more, 1 if self._more > 0 else -1
            self.step(by)
            self._more = more - by

    def _on_film_failed(self, error: object) -> None:
        """What it showed until now stays; where that is nothing, the joints are shown without it."""
        self._step = self._more = 0
        if self._film.latest() is None:
            self._has_film = False
            size_px = None if self._clip is None else self._clip.size_px
            self._dark = dark_picture(size_px or DARK_PX)
            self._show_again()
        if str(error) != self._told:  # while it plays it is asked for pictures all the time
            self._told = str(error)
            self.failed.emit(error)

    def _on_loaded(self, joints: object) -> None:
        self._joints = joints if isinstance(joints, Joints) else None
        if self._joints is not None and not self._playback.duration_s:  # a recording that does not say how long it is
            self._playback = replace(self._playback, duration_s=max(0.0, float(self._joints.sequence.times_s[-1])))
        self._show_again()
        self.loaded.emit(self._joints)


def _joints_of(clip: PlayedClip, report: Report) -> Joints | None:
    """In a thread; `report` ends the work where nobody waits for it any more. Raises DataError."""
    report("Reading the joints")
    sequence = clip.joints()
    if sequence is None:
        return None
    report("Looking at the joints")
    film_px = clip.size_px
    if film_px is None:
        poses = ReplayedPoses.framed(sequence, width_px=DARK_PX[0], height_px=DARK_PX[1])
    else:
        poses = ReplayedPoses(sequence, width_px=film_px[0], height_px=film_px[1])
    return Joints(sequence=sequence, energy=motion_energy(sequence), poses=poses)


def _seat(pose: Pose, place: int) -> int | None:
    """Who in a pose is on a place of the network; identities of a replayed pose are those places."""
    return pose.identities.index(place) if place in pose.identities else None


def _beside(times_s: NDArray[np.float64], time_s: float, by: int) -> float:
    """The next of the times (T,) after a time, or the one before it; the nearest one at the ends."""
    place = int(np.searchsorted(times_s, time_s + 1e-6 * by, side="right" if by > 0 else "left"))
    place = place if by > 0 else place - 1
    return float(times_s[min(max(0, place), len(times_s) - 1)])


def dark_picture(size_px: tuple[int, int]) -> Picture:
    """What joints are shown on where there is no film."""
    return np.full((size_px[1], size_px[0], 3), STAGE_GREY, np.uint8)


def nobody() -> Pose:
    """A pose without persons."""
    joints = len(KINECT_25)
    return Pose(
        layout=KINECT_25,
        positions_m=np.zeros((0, joints, 3), np.float32),
        positions_px=np.zeros((0, joints, 2), np.float32),
        confidence=np.zeros((0, joints), np.float32),
    )
