"""From a frame to a result, one after the other and without a thread: pose, mapping, features, network, decision."""

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.live.decision import DecisionMaker
from core.live.results import LiveResult, StageTimes
from core.live.window import SlidingWindow
from core.model.folder import ActionModel
from core.model.prediction import Prediction
from core.pose.estimator import PoseEstimator
from core.pose.mapped import to_kinect25
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.skeleton.resample import StreamResampler
from core.sources.source import Clock, Frame

COORDINATES: Final = 3
MIN_WINDOW_S = 0.8  # a shorter window says too little
MAX_GAP_S = 1.0  # a person gone for longer begins a new stream; a slow machine at 3 frames a second still has one
SPEED_SPAN_S = 1.0
FASTEST_JOINTS = 4  # an arm moves three or four joints; the mean over all would hide it


class FramePipeline:
    """Owns the state of one stream: time grid, window, decision. Used by one thread."""

    def __init__(self, *, estimator: PoseEstimator, model: ActionModel, clock: Clock = time.monotonic) -> None:
        if model.persons != 1:
            raise ModelError(
                f"The model '{model.name}' looks at two persons together; live, choose one for one person."
            )
        self._estimator = estimator
        self._model = model
        self._clock = clock
        config = model.config
        self._window = SlidingWindow(
            frames=config.window_frames, row_shape=(config.network.joints, config.network.channels)
        )
        # One frame more than a second: the positions that the speed and the next frame's features are made of.
        self._recent = SlidingWindow(
            frames=round(SPEED_SPAN_S * model.rate_hz) + 1, row_shape=(len(KINECT_25), COORDINATES)
        )
        self._grid = StreamResampler(rate_hz=model.rate_hz, max_gap_s=MAX_GAP_S)
        self._decide = DecisionMaker(model.actions, config.decision)
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
            self._decide.reset(frame.time_s)
        self._last_frame_s, self._stream = frame.time_s, frame.stream
        pose = to_kinect25(self._estimator.estimate(frame))
        posed_s = self._clock()
        has_news = self._extend_window(frame.time_s, pose)
        featured_s = self._clock()
        if has_news:
            self._prediction = self._predict()
        modelled_s = self._clock()
        decision = self._decide.push(frame.time_s, self._heard(), self._speed_m_s())
        return LiveResult(
            frame=frame,
            pose=pose,
            prediction=self._prediction,
            decision=decision,
            is_new=has_news and self._prediction is not None,
            times=StageTimes(
                waited_ms=1000 * (started_s - frame.arrived_s),
                pose_ms=1000 * (posed_s - started_s),
                features_ms=1000 * (featured_s - posed_s),
                model_ms=1000 * (modelled_s - featured_s),
                total_ms=1000 * (self._clock() - frame.arrived_s),
            ),
        )

    def _extend_window(self, time_s: float, pose: Pose) -> bool:
        """Put the main person onto the time grid. True when the window has changed."""
        if pose.person_count == 0:
            if len(self._window) == 0 or 0 <= time_s - self._last_seen_s <= MAX_GAP_S:
                return False
            self._forget()
            return True
        self._last_seen_s = time_s
        rows, restarted = self._grid.push(time_s, pose.positions_m[0])
        if restarted:
            self._window.clear()
            self._recent.clear()
            self._origin_m = None
        for row in rows:
            self._recent.push(row)
            if self._origin_m is None:
                self._origin_m = row[0]
            two_frames = self._recent.view()[-2:, None]  # (T, 1 person, 25, 3)
            self._window.push(self._model.features(two_frames, origin_m=self._origin_m)[-1])
        return bool(rows)

    def _forget(self) -> None:
        self._window.clear()
        self._recent.clear()
        self._grid.reset()
        self._prediction = None

    def _predict(self) -> Prediction | None:
        if len(self._window) < MIN_WINDOW_S * self._model.rate_hz:
            return None
        return self._model.predict(self._window.view())

    def _heard(self) -> NDArray[np.float32] | None:
        """The probabilities that count; None where the network's own frame gate found nothing in the window.

        Of a window without weight only the mean of its frames is left, which names some action all the same.
        """
        if self._prediction is None or self._prediction.beta.sum() < self._model.config.decision.seen_frames:
            return None
        return self._prediction.probabilities

    def _speed_m_s(self) -> float:
        return motion_speed_m_s(self._recent.view(), rate_hz=self._model.rate_hz, joints=self._model.joints)


def motion_speed_m_s(positions_m: NDArray[np.float32], *, rate_hz: float, joints: tuple[int, ...]) -> float:
    """Mean speed of the fastest few joints against the hips, for positions (T, 25, 3); 0 for fewer than two frames."""
    if len(positions_m) < 2:
        return 0.0
    relative = positions_m - positions_m[:, :1]
    steps_m = np.linalg.norm(np.diff(relative, axis=0), axis=-1).mean(axis=0)[list(joints)]  # (K,)
    return float(np.sort(steps_m)[-FASTEST_JOINTS:].mean() * rate_hz)
