"""Stand-ins for hardware and clocks. They live in tests only."""

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from core.errors import SourceLostError
from core.live.pipeline import ActionStage, PoseStage
from core.live.predictor import Predictor
from core.live.results import LiveResult
from core.model.folder import ActionModel, ModelConfig
from core.model.sta_lstm import STALSTM, NetworkSpec
from core.pose.estimator import PoseEstimator
from core.pose.pose import Pose
from core.skeleton.features import FeatureSpec
from core.skeleton.layouts import MEDIAPIPE_33
from core.sources.source import Clock, Frame, SourceInfo


class FakeClock:
    """A clock that moves only when told to."""

    def __init__(self, now_s: float = 100.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


class FakeSource:
    """Delivers black frames at a fixed rate of media time; can fail to open, lose its device, or wait for a gate."""

    def __init__(
        self,
        frames: int,
        *,
        rate_hz: float = 30.0,
        is_live: bool = False,
        open_error: Exception | None = None,
        lost_at: Sequence[int] = (),
        error_at: dict[int, Exception] | None = None,
        gate: threading.Event | None = None,
    ) -> None:
        self.frames = frames
        self.rate_hz = rate_hz
        self.is_live = is_live
        self.open_error = open_error
        self.lost_at = set(lost_at)
        self.error_at = error_at or {}
        self.gate = gate
        self.closed = 0
        self._next = 0
        self._closing = threading.Event()

    def open(self) -> SourceInfo:
        if self.open_error is not None:
            raise self.open_error
        return SourceInfo(
            label="fake", width_px=64, height_px=48, rate_hz=self.rate_hz, frame_count=self.frames, is_live=self.is_live
        )

    def read(self) -> Frame | None:
        while self.gate is not None and not self.gate.wait(0.01):
            if self._closing.is_set():
                return None
        number = self._next
        if number in self.lost_at:
            self.lost_at.remove(number)
            raise SourceLostError("The fake camera is gone.")
        if number in self.error_at:
            raise self.error_at[number]
        if number >= self.frames or self._closing.is_set():
            return None
        self._next += 1
        picture = np.zeros((48, 64, 3), np.uint8)
        return Frame(picture_bgr=picture, time_s=number / self.rate_hz, arrived_s=100.0, number=number)

    def close(self) -> None:
        self.closed += 1
        self._closing.set()


class FakeEstimator:
    """A person who waves the left hand, seen in every frame for which `sees` is true; or several, side by side.

    `sees` may also say how many, or which: (0,), (1, 0). Their order in a pose is the one in which they are named.
    """

    def __init__(
        self,
        *,
        sees: Callable[[Frame], bool | tuple[int, ...]] = lambda frame: True,
        errors_at: Sequence[int] = (),
        errors_from: int | None = None,
    ) -> None:
        self.sees = sees
        self.errors_at, self.errors_from = errors_at, errors_from
        self.closed = False
        self.resets = 0
        self.threads: set[int] = set()

    def estimate(self, frame: Frame) -> Pose:
        self.threads.add(threading.get_ident())
        if frame.number in self.errors_at or (self.errors_from is not None and frame.number >= self.errors_from):
            raise ValueError("the network broke")
        seen = self.sees(frame)
        persons = seen if isinstance(seen, tuple) else (0,) * seen
        body = np.random.default_rng(7).normal(size=(33, 3)).astype(np.float32) * 0.3
        body[15] += np.float32(np.sin(6 * frame.time_s))
        positions = np.array([body * (1 + 0.1 * person) for person in persons], np.float32).reshape(-1, 33, 3)
        beside = np.array([[60 * person, 0] for person in persons], np.float32).reshape(-1, 1, 2)
        return Pose(
            layout=MEDIAPIPE_33,
            positions_m=positions,
            positions_px=-positions[..., :2] * 20 + 30 + beside,
            confidence=np.ones((len(persons), 33), np.float32),
        )

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self.closed = True


def tiny_model(
    actions: tuple[str, ...] = ("wave", "clap", "squat"), *, rate_hz: float = 15.0, persons: int = 1
) -> ActionModel:
    """A real, untrained network that answers in no time."""
    torch.manual_seed(0)
    features = FeatureSpec(rate_hz=rate_hz, persons=persons)
    spec = NetworkSpec(
        joints=features.rows,
        channels=features.channels,
        classes=len(actions),
        hidden=8,
        layers=1,
        gate_hidden=8,
        dropout=0.0,
    )
    config = ModelConfig(
        title="Tiny", layout="kinect25", features=features, network=spec, window_frames=30, actions=actions
    )
    return ActionModel(name="tiny", config=config, network=STALSTM(spec), device=torch.device("cpu"))


class FramePipeline:
    """Both stages, one after the other in one thread."""

    def __init__(
        self,
        *,
        estimator: PoseEstimator,
        model: ActionModel,
        predictor: Predictor | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._poses = PoseStage(estimator, clock=clock)
        self._actions = ActionStage(model, predictor=predictor, clock=clock)

    def process(self, frame: Frame) -> LiveResult:
        """Everything about one frame."""
        return self._actions.run(self._poses.run(frame))
