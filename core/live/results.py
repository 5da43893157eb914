"""What a live session gives to whoever shows it: results, states, counters. All immutable snapshots."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.model.prediction import Prediction
from core.pose.pose import Pose
from core.sources.source import Frame, SourceInfo


class SessionState(StrEnum):
    """IDLE -> STARTING -> RUNNING <-> LOST; ends FINISHED (source over), STOPPED (asked to) or FAILED (message)."""

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    LOST = "lost"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the app says now, after smoothing. `action` is None for "no action"."""

    action: str | None
    confidence: float  # 0..1, smoothed; of the best action even where the answer is "no action"
    since_s: float  # frame time at which this answer began


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """How long one frame took, stage after stage, in milliseconds; `total` is the sum of all but `capture`."""

    capture_ms: float = 0.0  # before it arrived: waiting for the source, and decoding
    waited_ms: float = 0.0  # for a stage that was busy with an earlier frame
    pose_ms: float = 0.0  # the call of the pose network
    map_ms: float = 0.0  # who is who, filters, places, and to Kinect-25
    features_ms: float = 0.0
    model_ms: float = 0.0
    decision_ms: float = 0.0
    total_ms: float = 0.0  # from arrival to result
    done_s: float = 0.0  # when the result was there, monotonic clock

    def by_stage(self) -> dict[str, float]:
        """The times by the names of the stages, see `STAGES`; those that only the painter knows are missing."""
        return {
            "capture wait": self.capture_ms,
            "wait": self.waited_ms,
            "pose": self.pose_ms,
            "map": self.map_ms,
            "features": self.features_ms,
            "model": self.model_ms,
            "decision": self.decision_ms,
        }


# From the source to the screen. "paint" is from the result to its being painted, "end to end" from arrival to there,
# and "all but pose" the same without the call of the pose network.
STAGES: Final = (
    *("capture wait", "wait", "pose", "map", "features", "model", "decision", "paint"),
    *("end to end", "all but pose"),
)


class Quantiles(NamedTuple):
    """Median, and what 95 and 99 of a hundred stay below."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LiveResult:
    """Everything about one frame that was looked at."""

    frame: Frame
    pose: Pose  # Kinect-25
    prediction: Prediction | None  # None until the window holds enough frames, or without a person
    decision: Decision
    times: StageTimes
    is_new: bool = True  # the network ran for this frame; at its own rate it does not run for each
    looked_at: tuple[int | None, ...] = (0,)  # who in the pose is each person of the network; None: not there now

    def heat(self, person: int) -> NDArray[np.float32] | None:
        """Attention on the joints of a person of the pose, (J,); see `Prediction.joint_heat`.

        None where nothing is predicted, or where the network does not look at this person.
        """
        if self.prediction is None or person not in self.looked_at:
            return None
        return self.prediction.joint_heat(len(self.pose.layout), person=self.looked_at.index(person))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatus:
    """Snapshot of a session's counters.

    Frames in = frames done + drops + those under way, of which there are none any more once the session has ended.
    """

    state: SessionState
    message: str = ""  # what happened and what to do, where the state is LOST or FAILED
    notices: tuple[str, ...] = ()  # what else the person in front should know, in sentences
    source: SourceInfo | None = None
    model_name: str = ""
    device: str = ""  # "cpu", "cuda: NVIDIA H200"
    frames_in: int = 0
    frames_done: int = 0
    pose_frames: int = 0  # frames with at least one person
    drops: int = 0
    failures: int = 0  # drops on which a network raised an error
    frame_age_s: float = 0.0  # how old the picture on screen is; much above the source's period is an error to show
    silence_s: float = 0.0  # how long the source has given nothing
    rates_hz: dict[str, float] = field(default_factory=dict)  # camera, pose, model, paint
    latency_ms: dict[str, Quantiles] = field(default_factory=dict)  # of the last seconds by stage, see `STAGES`
