"""From a frame to a result, one after the other and without a thread: persons, features, network, decision."""

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.live.decision import DecisionMaker, heard, is_known
from core.live.motion import SPEED_SPAN_S, motion_speed_m_s
from core.live.results import LiveResult, StageTimes
from core.live.seats import Seats, seated
from core.live.window import SlidingWindow
from core.model.folder import ActionModel
from core.model.prediction import Prediction
from core.pose.estimator import PoseEstimator
from core.pose.mapped import to_kinect25
from core.pose.observer import Observer
from core.pose.pose import Pose
from core.skeleton.features import is_seen
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import StreamResampler
from core.sources.source import Clock, Frame

COORDINATES: Final = 3
MIN_WINDOW_S = 0.8  # a shorter window says too little
MAX_GAP_S = 1.0  # nobody there for longer begins a new stream; a slow machine at 3 frames a second still has one


class FramePipeline:
    """Owns the state of one stream: persons, time grid, window, decision. Used by one thread.

    The estimator must look for as many persons as the model looks at.
    """

    def __init__(self, *, estimator: PoseEstimator, model: ActionModel, clock: Clock = time.monotonic) -> None:
        self._observer = Observer(estimator, persons=model.persons)
        self._model = model
        self._clock = clock
        config = model.config
        self._window = SlidingWindow(
            frames=config.window_frames, row_shape=(config.network.joints, config.network.channels)
        )
        # Metres and confidence of the last second, and one frame more: what speed, features and "seen" are made of.
        self._recent = SlidingWindow(
            frames=round(SPEED_SPAN_S * model.rate_hz) + 1,
            row_shape=(model.persons, len(KINECT_25), COORDINATES + 1),
        )
        self._grid = StreamResampler(rate_hz=model.rate_hz, max_gap_s=MAX_GAP_S)
        self._seats = Seats(model.persons)
        self._looked_at: tuple[int | None, ...] = (None,) * model.persons
        self._decide = DecisionMaker(model.actions, config.decision, background=model.background)
        self._origin_m: NDArray[np.float32] | None = None  # where the hips were when the stream began
        self._prediction: Prediction | None = None
        self._last_seen_s = 0.0
        self._last_frame_s = float("-inf")
        self._stream = 0

    def process(self, frame: Frame) -> LiveResult:
        """Everything about one frame. A time that goes back, another stream or a gap starts anew."""
        started_s = self._clock()
        if frame.time_s < self._last_frame_s or frame.stream != self._stream:
            self._forget()
            self._seats.clear()
            self._decide.reset(frame.time_s)
        self._last_frame_s, self._stream = frame.time_s, frame.stream
        pose = to_kinect25(self._observer.observe(frame))
        posed_s = self._clock()
        has_news = self._extend_window(frame.time_s, pose)
        featured_s = self._clock()
        if has_news:
            self._prediction = self._predict()
        modelled_s = self._clock()
        spec = self._model.config.decision
        decision = self._decide.push(
            frame.time_s,
            heard(self._prediction, spec),
            self._speed_m_s(),
            known=self._prediction is None or is_known(self._prediction.evidence, spec),
        )
        return LiveResult(
            frame=frame,
            pose=pose,
            prediction=self._prediction,
            decision=decision,
            is_new=has_news and self._prediction is not None,
            looked_at=self._looked_at,
            times=StageTimes(
                waited_ms=1000 * (started_s - frame.arrived_s),
                pose_ms=1000 * (posed_s - started_s),
                features_ms=1000 * (featured_s - posed_s),
                model_ms=1000 * (modelled_s - featured_s),
                total_ms=1000 * (self._clock() - frame.arrived_s),
            ),
        )

    def _extend_window(self, time_s: float, pose: Pose) -> bool:
        """Put those on the seats onto the time grid. True when the window has changed."""
        self._looked_at, is_changed = self._seats.take(time_s, pose)
        if all(person is None for person in self._looked_at):
            if len(self._window) == 0 or 0 <= time_s - self._last_seen_s <= MAX_GAP_S:
                return False
            self._forget()
            return True
        if is_changed:
            self._forget()
        self._last_seen_s = time_s
        rows, restarted = self._grid.push(time_s, seated(pose, self._looked_at))
        if restarted:
            self._forget_window()
        for row in rows:
            self._add(row)
        return bool(rows)

    def _add(self, row: NDArray[np.float32]) -> None:
        """A row of the grid (P, 25, 4), with NaN for who is not there, becomes one of the window."""
        there = np.isfinite(row.sum(axis=(-1, -2)))  # (P,)
        self._recent.push(np.where(there[:, None, None], row, np.float32(0)))  # in one point: not there
        recent = self._recent.view()  # (T, P, 25, 4)
        if self._origin_m is None and there.any():
            self._origin_m = row[there, 0, :COORDINATES].mean(axis=0)
        features = self._model.features(
            recent[-2:, ..., :COORDINATES], seen=_seen(recent)[None], origin_m=self._origin_m
        )
        self._window.push(features[-1])

    def _forget_window(self) -> None:
        self._window.clear()
        self._recent.clear()
        self._origin_m = None

    def _forget(self) -> None:
        self._forget_window()
        self._grid.reset()
        self._prediction = None

    def _predict(self) -> Prediction | None:
        if len(self._window) < MIN_WINDOW_S * self._model.rate_hz:
            return None
        return self._model.predict(self._window.view())

    def _speed_m_s(self) -> float:
        positions_m = self._recent.view()[..., :COORDINATES]
        return motion_speed_m_s(positions_m, rate_hz=self._model.rate_hz, joints=self._model.joints)


def _seen(recent: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which joints (P, 25) were seen, and not guessed, in rows of metres and confidence (T, P, 25, 4)."""
    there = np.abs(recent[..., :COORDINATES]).sum(axis=(-1, -2))[..., None] > 0  # (T, P, 1)
    return is_seen((recent[..., COORDINATES] * there).sum(axis=0) / np.maximum(there.sum(axis=0), 1))
