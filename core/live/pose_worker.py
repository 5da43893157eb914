"""The pose thread's work: frames to joints, with an estimator that can break and be changed for a faster one."""

import logging
import time
from typing import Final

from core.live.effort import EffortGuard
from core.live.health import PictureWatch
from core.live.patience import Patience
from core.live.pipeline import Posed, PoseStage
from core.pose.choice import MakeEstimator
from core.sources.source import Clock, Frame

ALL_IS_WELL: Final = ("", "")

log = logging.getLogger(__name__)


class PoseWorker:
    """Owns the estimator. Made, used and closed by one thread; the counters and `notices` can be read by any."""

    def __init__(
        self,
        make_estimator: MakeEstimator,
        *,
        make_lighter: MakeEstimator | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """Load the pose network, which takes a while. Raises PoseModelError."""
        self.patience = Patience("pose network")
        self.left_out = 0  # frames that were not looked at, for the sake of the others
        self.notices = ALL_IS_WELL  # what the person in front should know: about the effort, about the picture
        self._make_estimator, self._make_lighter = make_estimator, make_lighter
        self._clock = clock
        self._guard = EffortGuard(has_lighter=make_lighter is not None)
        self._pictures = PictureWatch()
        self._estimator = make_estimator()
        self._begin()

    def wants(self, frame: Frame) -> bool:
        """Whether to look at this frame; one that is left out for the sake of the others is counted."""
        is_wanted = frame.number % self._guard.effort.every == 0
        self.left_out += not is_wanted
        return is_wanted

    def look(self, frame: Frame, *, capture_ms: float) -> Posed | None:
        """Joints in a frame; None where it is lost to a network that broke.

        Raises what the estimator raises again and again.
        """
        try:
            posed = self._stage.run(frame, capture_ms=capture_ms)
        except Exception as error:  # MediaPipe raises whatever its graph does
            self.patience.bear(error)
            self._make_again()
            return None
        self.patience.went_well()
        return posed

    def watch(self, frame: Frame) -> None:
        """See whether the pictures of a camera say anything; it can wait until their pose has been found."""
        self.notices = (self.notices[0], self._pictures.look(frame))

    def fit_effort(self, posed: Posed, *, source_hz: float) -> None:
        """Fit the effort to the machine, for a source that gives so many pictures a second, all of them wanted."""
        before = self._guard.effort
        took_ms = 1000 * (posed.posed_s - posed.started_s)
        has_changed = self._guard.note(posed.posed_s, pose_ms=took_ms, camera_hz=source_hz)
        self.notices = (self._guard.effort.notice(source_hz), self.notices[1])
        if has_changed:
            log.info("effort: %s", self.notices[0] or "every picture is looked at again, with the full pose network")
        if self._guard.effort.is_lighter is not before.is_lighter:
            self._make_again()

    def close(self) -> None:
        """Release the estimator. Safe to call twice."""
        self._estimator.close()

    def _make_again(self) -> None:
        """Another estimator, which follows persons anew: the light one, or the usual one."""
        self._estimator.close()
        is_lighter = self._guard.effort.is_lighter and self._make_lighter is not None
        self._estimator = self._make_lighter() if is_lighter and self._make_lighter else self._make_estimator()
        self._begin()

    def _begin(self) -> None:
        self._stage = PoseStage(self._estimator, clock=self._clock)
