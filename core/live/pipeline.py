"""From a frame to a result in two stages, without a thread: joints in the frame, and all that is made of them.

The first costs twenty times as much as all the rest; a session gives each a thread of its own.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.live.decision import DecisionMaker, heard, is_known
from core.live.motion import SPEED_SPAN_S, motion_speed_m_s
from core.live.predictor import LanePredictor, Predictor
from core.live.results import LiveResult, StageTimes
from core.live.seats import Seats, seated
from core.live.seen import COORDINATES, seen_now
from core.live.window import SlidingWindow
from core.model.folder import ActionModel
from core.model.prediction import Prediction
from core.model.refiner import RefinerStream
from core.pose.estimator import PoseEstimator
from core.pose.mapped import to_kinect25
from core.pose.observer import Follower
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import StreamResampler
from core.sources.source import Clock, Frame

MIN_WINDOW_S = 0.8  # a shorter window says too little
MAX_GAP_S = 1.0  # nobody there for longer begins a new stream; a slow machine at 3 frames a second still has one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posed:
    """A frame with what the estimator found in it, on its way from the first stage to the second."""

    frame: Frame
    pose: Pose  # MediaPipe-33 about the hips, nobody named yet
    capture_ms: float
    started_s: float
    posed_s: float


class PoseStage:
    """First stage: the pose network, and nothing else, since all waits for it. Used by one thread."""

    def __init__(self, estimator: PoseEstimator, *, clock: Clock = time.monotonic) -> None:
        self._estimator = estimator
        self._clock = clock

    def run(self, frame: Frame, *, capture_ms: float = 0.0) -> Posed:
        """Look at a frame; `capture_ms` is how long the source took to give it."""
        started_s = self._clock()
        pose = self._estimator.estimate(frame)
        return Posed(frame=frame, pose=pose, capture_ms=capture_ms, started_s=started_s, posed_s=self._clock())


class ActionStage:
    """Second stage: who is who, and what they do. Owns the state of one stream: persons, time grid, window, decision.

    Used by one thread. The first stage must look for as many persons as the model looks at. `predictor` runs the
    network; by default frame by frame.
    """

    def __init__(
        self, model: ActionModel, *, predictor: Predictor | None = None, clock: Clock = time.monotonic
    ) -> None:
        self._model = model
        self._clock = clock
        self._predictor = LanePredictor(model) if predictor is None else predictor
        # Metres and confidence of the last second, and one frame more: what speed, features and "seen" are made of.
        self._recent = SlidingWindow(
            frames=round(SPEED_SPAN_S * model.rate_hz) + 1,
            row_shape=(model.persons, len(KINECT_25), COORDINATES + 1),
        )
        self._follower = Follower(persons=model.persons)
        self._grid = StreamResampler(rate_hz=model.rate_hz, max_gap_s=MAX_GAP_S)
        self._refine = None if model.refiner is None else RefinerStream(model.refiner, persons=model.persons)
        self._seats = Seats(model.persons)
        self._looked_at: tuple[int | None, ...] = (None,) * model.persons
        self._decide = DecisionMaker(model.actions, model.config.decision, background=model.background)
        self._origin_m: NDArray[np.float32] | None = None  # where the hips were when the stream began
        self._prediction: Prediction | None = None
        self._speed_m_s = 0.0
        self._last_seen_s = 0.0
        self._last_frame_s = float("-inf")
        self._stream = 0

    def run(self, posed: Posed) -> LiveResult:
        """Everything about one frame. A time that goes back, another stream or a gap starts anew."""
        begun_s, frame = self._clock(), posed.frame
        if frame.time_s < self._last_frame_s or frame.stream != self._stream:
            self._forget()
            self._seats.clear()
            self._decide.reset(frame.time_s)
        self._last_frame_s, self._stream = frame.time_s, frame.stream
        pose = to_kinect25(self._follower.follow(frame, posed.pose))
        mapped_s = self._clock()
        rows = self._rows(frame.time_s, pose)
        features = [self._features(row) for row in rows]
        featured_s = self._clock()
        for row in features:
            self._predictor.push(row)
        if features:
            self._prediction = self._predict()
            self._speed_m_s = self._speed()
        modelled_s = self._clock()
        spec = self._model.config.decision
        decision = self._decide.push(
            frame.time_s,
            heard(self._prediction, spec),
            self._speed_m_s,
            known=self._prediction is None or is_known(self._prediction.evidence, spec),
        )
        decided_s = self._clock()
        return LiveResult(
            frame=frame,
            pose=pose,
            prediction=self._prediction,
            decision=decision,
            is_new=bool(features) and self._prediction is not None,
            looked_at=self._looked_at,
            times=StageTimes(
                capture_ms=posed.capture_ms,
                waited_ms=1000 * (posed.started_s - frame.arrived_s + begun_s - posed.posed_s),
                pose_ms=1000 * (posed.posed_s - posed.started_s),
                map_ms=1000 * (mapped_s - begun_s),
                features_ms=1000 * (featured_s - mapped_s),
                model_ms=1000 * (modelled_s - featured_s),
                decision_ms=1000 * (decided_s - modelled_s),
                total_ms=1000 * (decided_s - frame.arrived_s),
                done_s=decided_s,
            ),
        )

    def restart(self) -> None:
        """Forget the stream, as after something went wrong in it."""
        self._follower.reset()
        self._seats.clear()
        self._forget()

    def _rows(self, time_s: float, pose: Pose) -> list[NDArray[np.float32]]:
        """Those on the seats on the time grid, (P, 25, 4) each; nobody there for long ends the stream."""
        self._looked_at, is_changed = self._seats.take(time_s, pose)
        if all(person is None for person in self._looked_at):
            if len(self._predictor) and not 0 <= time_s - self._last_seen_s <= MAX_GAP_S:
                self._forget()
            return []
        if is_changed:
            self._forget()
        self._last_seen_s = time_s
        rows, restarted = self._grid.push(time_s, seated(pose, self._looked_at))
        if restarted:
            self._forget_window()
        return rows if self._refine is None else [self._refine.push(row) for row in rows]

    def _features(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """A row of the grid (P, 25, 4), with NaN for who is not there, to features (K, C)."""
        there = np.isfinite(row.sum(axis=(-1, -2)))  # (P,)
        self._recent.push(np.where(there[:, None, None], row, np.float32(0)))  # in one point: not there
        recent = self._recent.view()  # (T, P, 25, 4)
        if self._origin_m is None and there.any():
            self._origin_m = row[there, 0, :COORDINATES].mean(axis=0)
        features = self._model.features(
            recent[-2:, ..., :COORDINATES], seen=seen_now(recent)[None], origin_m=self._origin_m
        )
        newest: NDArray[np.float32] = features[-1]
        return newest

    def _forget_window(self) -> None:
        self._predictor.clear()
        self._recent.clear()
        if self._refine is not None:
            self._refine.reset()
        self._origin_m = None
        self._speed_m_s = 0.0

    def _forget(self) -> None:
        self._forget_window()
        self._grid.reset()
        self._prediction = None

    def _predict(self) -> Prediction | None:
        is_enough = len(self._predictor) >= MIN_WINDOW_S * self._model.rate_hz
        return self._predictor.predict() if is_enough else None

    def _speed(self) -> float:
        positions_m = self._recent.view()[..., :COORDINATES]
        return motion_speed_m_s(positions_m, rate_hz=self._model.rate_hz, joints=self._model.joints)
