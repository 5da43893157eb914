"""Fakes at the window's seam to core, and results made by hand."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.bridges.backend import Backend, Choice, Offers, Request
from app.bridges.background import Report
from core.explain.proposals import Proposal
from core.library.library import Entry
from core.live.listeners import FrameListeners
from core.live.results import Decision, LiveResult, Quantiles, SessionState, SessionStatus, StageTimes
from core.model.prediction import Prediction
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.sources.source import Frame, Picture, SourceInfo, Truth

ACTIONS = ("wave", "clap", "boxing", "squat", "arm curl", "push", "sit to stand")
# A person facing the camera, in units of the picture's height from its middle: x, y by Kinect-25 index.
FIGURE = np.array(
    [
        [0.0, 0.05], [0.0, -0.06], [0.0, -0.2], [0.0, -0.29], [0.1, -0.16], [0.15, -0.04], [0.17, 0.07], [0.175, 0.1],
        [-0.1, -0.16], [-0.15, -0.04], [-0.17, 0.07], [-0.175, 0.1], [0.055, 0.06], [0.065, 0.22], [0.07, 0.36],
        [0.085, 0.39], [-0.055, 0.06], [-0.065, 0.22], [-0.07, 0.36], [-0.085, 0.39], [0.0, -0.16], [0.18, 0.125],
        [0.155, 0.11], [-0.18, 0.125], [-0.155, 0.11],
    ],
    dtype=np.float32,
)  # fmt: skip
CAMERA = SourceInfo(label="Desk camera", width_px=640, height_px=480, rate_hz=30.0, frame_count=None, is_live=True)
RUNNING = SessionStatus(
    state=SessionState.RUNNING,
    source=CAMERA,
    model_name="everyday",
    device="cpu",
    frames_in=90,
    frames_done=88,
    pose_frames=88,
    drops=2,
    rates_hz={"camera": 30.0, "pose": 29.4, "model": 29.4, "paint": 29.2},
    latency_ms={
        "pose": Quantiles(25.1, 29.0, 33.0),
        "model": Quantiles(0.3, 0.4, 0.9),
        "paint": Quantiles(4.0, 5.5, 8.0),
        "end to end": Quantiles(36.0, 44.0, 52.0),
    },
)


def plain_picture(width_px: int = 64, height_px: int = 48) -> Picture:
    """A grey picture whose left half is lighter, so that a flip can be seen."""
    picture = np.full((height_px, width_px, 3), 60, np.uint8)
    picture[:, : width_px // 2] = 200
    return picture


def figure_pose(width_px: int, height_px: int, *, confidence: float = 0.9, persons: int = 1) -> Pose:
    """A standing person in the middle of the picture."""
    points = FIGURE * height_px + np.array([width_px / 2, height_px / 2], np.float32)  # (25, 2)
    points_px = np.stack([points + 20 * person for person in range(persons)]) if persons else np.zeros((0, 25, 2))
    return Pose(
        layout=KINECT_25,
        positions_m=np.zeros((persons, 25, 3), np.float32),
        positions_px=points_px.astype(np.float32),
        confidence=np.full((persons, 25), confidence, np.float32),
    )


def make_prediction(scores: dict[str, float] | None = None, *, hot_joint: int = 6) -> Prediction:
    """Scores by action (the rest shares what is left) and attention with one hot joint, on 20 joints."""
    known = scores if scores is not None else {"wave": 0.8, "clap": 0.1}
    rest = (1.0 - sum(known.values())) / (len(ACTIONS) - len(known))
    alpha = np.full((5, 20), 0.7 / 19, np.float32)
    alpha[:, hot_joint] = 0.3
    return Prediction(
        actions=ACTIONS,
        probabilities=np.array([known.get(action, rest) for action in ACTIONS], np.float32),
        joints=tuple(range(20)),
        alpha=alpha,
        beta=np.linspace(0.2, 1.4, 5, dtype=np.float32),
    )


def make_result(
    number: int = 0,
    *,
    action: str | None = "wave",
    picture: Picture | None = None,
    pose: Pose | None = None,
    prediction: Prediction | None = None,
    truth: str | None = None,
) -> LiveResult:
    """A whole result; its time is its number at 30 frames a second."""
    picture_bgr = plain_picture() if picture is None else picture
    height_px, width_px = picture_bgr.shape[:2]
    time_s = number / 30.0
    acted = None
    if truth is not None:
        acted = Truth(
            positions_m=np.zeros((1, 25, 3), np.float32), positions_px=np.zeros((1, 25, 2), np.float32), action=truth
        )
    return LiveResult(
        frame=Frame(picture_bgr=picture_bgr, time_s=time_s, arrived_s=time_s, number=number, truth=acted),
        pose=figure_pose(width_px, height_px) if pose is None else pose,
        prediction=make_prediction() if prediction is None else prediction,
        decision=Decision(action=action, confidence=0.8, since_s=0.0),
        times=StageTimes(waited_ms=1.0, pose_ms=25.0, features_ms=0.2, model_ms=1.4, total_ms=28.0),
    )


class FakeSession:
    """A session whose results and status are set by the test. Starting it starts a thread, as the real one does."""

    def __init__(self, request: Request, wake: Callable[[], None], listeners: FrameListeners) -> None:
        self.request, self.listeners = request, listeners
        self.now = RUNNING
        self.result: LiveResult | None = None
        self.painted: list[int] = []
        self._wake = wake
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._stopping.wait, name="fake-session")
        self.is_started = self.is_stopped = False

    def start(self) -> None:
        self.is_started = True
        self._thread.start()

    def stop(self) -> None:
        self.is_stopped = True
        self._stopping.set()
        if self.is_started:
            self._thread.join()

    def latest(self) -> LiveResult | None:
        return self.result

    def upcoming(self) -> Frame | None:
        return None if self.result is None else self.result.frame

    def status(self) -> SessionStatus:
        return self.now

    def note_painted(self, result: LiveResult) -> None:
        self.painted.append(result.frame.number)

    def give(self, result: LiveResult) -> None:
        """A new result from a worker thread's view."""
        self.listeners.frame(result.frame)
        self.listeners.result(result)
        self.result = result
        self._wake()

    def become(self, state: SessionState, message: str = "", **changes: Any) -> None:
        """Another state."""
        fresh: dict[str, Any] = {"frame_age_s": 0.0, "silence_s": 0.0}
        self.now = replace(self.now, state=state, message=message, **{**fresh, **changes})
        self._wake()


@dataclass
class FakeBackend:
    """What the window asks for. `hold` keeps `prepare` waiting until the test lets it go."""

    offers: Offers = field(
        default_factory=lambda: Offers(
            cameras=(Choice(key="camera:desk", title="Desk camera"), Choice(key="camera:wall", title="Wall camera")),
            performers=(Choice(key="performer", title="Performer"), Choice(key="performer:wave", title="wave")),
            models=(Choice(key="everyday", title="Everyday actions"), Choice(key="mine", title="My own")),
        )
    )
    error: Exception | None = None
    hold: threading.Event | None = None
    sessions: list[FakeSession] = field(default_factory=list)
    looks: int = 0
    proposals: list[Proposal] = field(default_factory=list)
    asked_models: list[str] = field(default_factory=list)

    def functions(self, **others: Any) -> Backend:
        """As the window takes it, with others in their place."""
        own = Backend(
            look=self.look,
            models_in=self.models_in,
            prepare=self.prepare,
            pose_model=self.pose_model,
            propose=self.propose,
        )
        return replace(own, **others)

    def models_in(self, place: Path) -> tuple[Choice, ...]:
        folders = sorted(place.iterdir()) if place.is_dir() else []
        return tuple(Choice(key=str(folder), title=folder.name) for folder in folders)

    def pose_model(self, report: Report) -> Path:
        return Path()  # nothing that is imported in these tests is a film

    def propose(self, entry: Entry, model: str, report: Report) -> list[Proposal]:
        self.asked_models.append(model)
        return self.proposals

    def look(self) -> Offers:
        self.looks += 1
        return self.offers

    def prepare(
        self, request: Request, report: Report, wake: Callable[[], None], listeners: FrameListeners
    ) -> FakeSession:
        report("Fetching the pose model", 0.25)
        while self.hold is not None and not self.hold.wait(0.01):
            report("Fetching the pose model", 0.5)
        if self.error is not None:
            raise self.error
        session = FakeSession(request, wake, listeners)
        self.sessions.append(session)
        return session
