"""A live session: the threads between a source and whoever shows or writes its results. No Qt.

    reader thread: source ──> pose thread: PoseStage ──> model thread: ActionStage ──> whoever shows or writes results

So the pose of a frame waits neither for the network's word about the one before nor for its painting. A live source
uses `Latest` behind the reader and before the consumer (the newest wins, drops are counted); `every_frame` uses
`Handoff` behind the reader, `every_result` before the consumer: nothing is lost, and who is slow slows down the source.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

import torch

from core.errors import JointlightError, SourceLostError
from core.live.latest import Handoff, Latest
from core.live.pacing import LatencyMeter, RateMeter
from core.live.patience import Patience
from core.live.pipeline import ActionStage, Posed
from core.live.pose_worker import PoseWorker
from core.live.predictor import LanePredictor, WindowPredictor
from core.live.results import LiveResult, SessionState, SessionStatus
from core.model.folder import ActionModel
from core.opencv import cv2
from core.pose.choice import MakeEstimator
from core.processes import one_thread
from core.sources.source import Clock, Frame, FrameSource, SourceInfo

STOP_WITHIN_S = 2.0
YIELDS_S = 0.002
ENDED = (SessionState.FINISHED, SessionState.STOPPED, SessionState.FAILED)

log = logging.getLogger(__name__)


_Arrival: TypeAlias = tuple[Frame, float]  # and how long the source took to give it, milliseconds
T = TypeVar("T")


class LiveSession:
    """Runs once: `start`, then `latest` or `results` and `status` from any thread, then `stop`.

    The reader thread owns the source, the pose thread the estimator, the model thread the model. What one of them
    raises is kept, moves the state to FAILED and is told by `status().message`; `error` holds the exception. A network
    that raises now and then loses that frame only.
    """

    def __init__(
        self,
        *,
        source: FrameSource,
        make_estimator: MakeEstimator,
        model: ActionModel,
        every_frame: bool = False,
        every_result: bool | None = None,
        make_lighter: MakeEstimator | None = None,
        whole_windows: bool = False,
        tap: Callable[[Frame], object] | None = None,
        on_result: Callable[[LiveResult], object] | None = None,
        on_wake: Callable[[], None] | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            source: gives the frames.
            make_estimator: called in the pose thread, and again where the estimator has broken.
            model: names the actions.
            every_frame: look at each frame, however long it takes; else the newest wins.
            every_result: keep each result until it is taken; by default as `every_frame`.
            make_lighter: a faster estimator, for a machine that cannot keep up with a live source.
            whole_windows: run the network over the whole window each time, not frame by frame.
            tap: given each frame that the source delivers, in the reader thread. It must return at once; what it raises
                ends the session, see `FrameListeners` for what is not worth that.
            on_result: the same with each result, in the model thread, whether or not anybody takes it.
            on_wake: called from the threads when there is something new to see.
            clock: seconds, monotonic.
        """
        self.error: Exception | None = None
        self._source = source
        self._make_estimator, self._make_lighter = make_estimator, make_lighter
        self._model = model
        self._every_frame = every_frame
        self._whole_windows = whole_windows
        self._tap, self._on_result, self._on_wake = tap, on_result, on_wake
        self._clock = clock
        every_result = every_frame if every_result is None else every_result
        self._frames: Latest[_Arrival] | Handoff[_Arrival] = Handoff() if every_frame else Latest()
        self._posed: Handoff[Posed] = Handoff(capacity=2)
        self._results: Latest[LiveResult] | Handoff[LiveResult] = Handoff() if every_result else Latest()
        self._stopping = threading.Event()
        self._is_pose_ready, self._is_model_ready = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._status = SessionStatus(state=SessionState.IDLE, model_name=model.name, device=model.device_text)
        self._upcoming: Frame | None = None
        self._pose_worker: PoseWorker | None = None
        self._model_patience = Patience("model")
        self._last_arrival_s: float | None = None
        self._shown_arrival_s: float | None = None  # of the frame of the newest result, or of the first frame
        self._rates = {stage: RateMeter() for stage in ("camera", "pose", "model", "paint")}
        self._latency = LatencyMeter()
        self._threads = (
            threading.Thread(target=self._run, args=(self._read, self._release_source), name="frame reader"),
            threading.Thread(target=self._run, args=(self._pose, self._posed.close), name="pose"),
            threading.Thread(target=self._run, args=(self._act,), name="model"),
        )

    def start(self) -> None:
        """Begin; returns at once. Raises RuntimeError when it was started before."""
        with self._lock:
            if self._status.state is not SessionState.IDLE:
                raise RuntimeError("a LiveSession runs once")
            self._status = replace(self._status, state=SessionState.STARTING)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End within `STOP_WITHIN_S` and release everything. Safe to call twice and from any other thread."""
        self._end(SessionState.STOPPED)
        deadline_s = time.monotonic() + STOP_WITHIN_S
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline_s - time.monotonic()))
                if thread.is_alive():
                    log.error("thread '%s' did not end within %.0f s", thread.name, STOP_WITHIN_S)
        self._wake()

    def latest(self) -> LiveResult | None:
        """The newest result, without waiting."""
        return self._results.peek()

    def upcoming(self) -> Frame | None:
        """The frame that is being looked at, or was last: whoever shows results can get its picture ready meanwhile.

        None where every frame is taken as fast as can be.
        """
        return self._upcoming

    def results(self) -> Iterator[LiveResult]:
        """Every result as it comes (with `every_frame`: none is lost), until the source ends.

        Raises what went wrong where the session failed.
        """
        while not self.is_over():
            if (result := self.take(timeout_s=0.2)) is not None:
                yield result

    def take(self, *, timeout_s: float) -> LiveResult | None:
        """The next result that was not taken yet; None where none comes in time."""
        return self._results.take(timeout_s)

    def is_over(self) -> bool:
        """Whether the session has ended and every result was taken. Raises what went wrong where it failed."""
        if not self._results.finished:
            return False
        if self.error is not None:
            raise self.error
        return True

    def note_painted(self, result: LiveResult) -> None:
        """Count a painted result: its rate, and its latency from the result and from its arrival on."""
        now_s = self._clock()
        self._rates["paint"].tick(now_s)
        self._latency.add(
            {
                "paint": 1000 * (now_s - result.times.done_s),
                "end to end": 1000 * (now_s - result.frame.arrived_s),
                "all but pose": 1000 * (now_s - result.frame.arrived_s) - result.times.pose_ms,
            }
        )

    def status(self) -> SessionStatus:
        """A snapshot of state and counters."""
        now_s, worker = self._clock(), self._pose_worker
        with self._lock:
            status, shown_s, arrived_s = self._status, self._shown_arrival_s, self._last_arrival_s
            failures = self._model_patience.failures + (worker.patience.failures if worker else 0)
            drops = self._frames.drops + failures + (worker.left_out if worker else 0)
            if not any(thread.is_alive() for thread in self._threads):
                drops = status.frames_in - status.frames_done  # with those that were under way at the end
        is_running = status.state in (SessionState.RUNNING, SessionState.LOST)
        return replace(
            status,
            failures=failures,
            drops=drops,
            notices=tuple(filter(None, worker.notices)) if worker and is_running else (),
            frame_age_s=max(0.0, now_s - shown_s) if is_running and shown_s is not None else 0.0,
            silence_s=max(0.0, now_s - arrived_s) if is_running and arrived_s is not None else 0.0,
            rates_hz={stage: meter.rate_hz(now_s) for stage, meter in self._rates.items()},
            latency_ms=self._latency.quantiles_ms(),
        )

    # Reader thread

    def _read(self) -> None:
        self._update(source=self._source.open())
        self._is_pose_ready.wait()  # no frame grows old while networks are loaded
        self._is_model_ready.wait()
        while not self._stopping.is_set():
            asked_s = self._clock()
            frame = self._next_frame()
            if frame is None or not self._frames.put((frame, 1000 * (self._clock() - asked_s))):
                break
            if not self._every_frame:  # who waits for this frame goes first: decoding the next one would hold it up
                self._stopping.wait(YIELDS_S)

    def _release_source(self) -> None:
        self._source.close()
        self._frames.close()

    def _next_frame(self) -> Frame | None:
        """The next frame; waits through a lost camera, None at the end or when stopping."""
        while not self._stopping.is_set():
            try:
                frame = self._source.read()
            except SourceLostError as error:
                self._update(state=SessionState.LOST, message=str(error))
                self._wake()
                continue
            if frame is not None:
                self._rates["camera"].tick(frame.arrived_s)
                with self._lock:
                    self._last_arrival_s = frame.arrived_s
                    self._shown_arrival_s = self._shown_arrival_s or frame.arrived_s
                    self._status = replace(self._status, frames_in=self._status.frames_in + 1)
                self._update(state=SessionState.RUNNING, message="", source=self._as_it_is(frame))
                if self._tap is not None:
                    self._tap(frame)
            return frame
        return None

    def _as_it_is(self, frame: Frame) -> SourceInfo | None:
        """What the source delivers now: a camera may change its size while it runs."""
        info, (height_px, width_px) = self._status.source, frame.picture_bgr.shape[:2]
        if info is None or (info.width_px, info.height_px) == (width_px, height_px):
            return info
        return replace(info, width_px=width_px, height_px=height_px)

    # Pose thread

    def _pose(self) -> None:
        cv2.setNumThreads(1)
        with closing(PoseWorker(self._make_estimator, make_lighter=self._make_lighter, clock=self._clock)) as worker:
            self._pose_worker = worker
            self._is_pose_ready.set()
            while (arrival := self._next(self._frames)) is not None:
                frame, capture_ms = arrival
                if not worker.wants(frame):
                    continue
                if not self._every_frame:  # else there is no time to spare, and the window has enough to do
                    self._upcoming = frame
                    self._wake()
                posed = worker.look(frame, capture_ms=capture_ms)
                if posed is not None:
                    self._rates["pose"].tick(posed.posed_s)
                    self._posed.put(posed)
                self._look_after(worker, frame, posed)

    def _look_after(self, worker: PoseWorker, frame: Frame, posed: Posed | None) -> None:
        """What can wait until a frame has been handed on: is the camera well, can the machine keep up."""
        source = self._status.source
        if source is None or not source.is_live:
            return
        if source.is_camera:
            worker.watch(frame)
        if posed is not None and not self._every_frame:
            worker.fit_effort(posed, source_hz=self._rates["camera"].rate_hz(self._clock()))

    # Model thread

    def _act(self) -> None:
        torch.set_num_threads(1)  # one small step: more threads cost more than they bring, and pose needs the cores
        predictor = WindowPredictor(self._model) if self._whole_windows else LanePredictor(self._model)
        stage = ActionStage(self._model, predictor=predictor, clock=self._clock)
        self._is_model_ready.set()
        with one_thread():
            while (posed := self._next(self._posed)) is not None:
                try:
                    result = stage.run(posed)
                except Exception as error:  # out of memory, a driver: one frame is lost, and more only end it
                    self._model_patience.bear(error)
                    stage.restart()
                else:
                    self._model_patience.went_well()
                    self._publish(result)
        self._end(SessionState.FINISHED)

    def _publish(self, result: LiveResult) -> None:
        times = result.times.by_stage()
        if not result.is_new:
            times.pop("model")  # at its own rate it does not run for each frame
        self._latency.add(times)
        if result.is_new:
            self._rates["model"].tick(result.times.done_s)
        with self._lock:
            self._shown_arrival_s = result.frame.arrived_s
            self._status = replace(
                self._status,
                frames_done=self._status.frames_done + 1,
                pose_frames=self._status.pose_frames + (result.pose.person_count > 0),
            )
        self._results.put(result)
        self._wake()
        if self._on_result is not None:  # after those who wait for the result
            self._on_result(result)

    # What the threads share

    def _next(self, seam: Latest[T] | Handoff[T]) -> T | None:
        """What comes next at a seam; None at the end or when stopping."""
        while not seam.finished and not self._stopping.is_set():
            if (item := seam.take(timeout_s=0.2)) is not None:
                return item
        return None

    def _run(self, work: Callable[[], None], release: Callable[[], None] = lambda: None) -> None:
        """Body of a thread: an exception becomes the state FAILED and is never lost in a thread.

        `release` comes last: whoever sees the frames end must already see why.
        """
        try:
            work()
        except JointlightError as error:
            self._fail(error, str(error))
        except Exception as error:  # whatever it is, the user must see it and the other thread must end
            log.exception("the live session failed")
            self._fail(error, f"Something unexpected went wrong ({type(error).__name__}: {error}). The log has more.")
        finally:
            release()

    def _fail(self, error: Exception, message: str) -> None:
        if self._stopping.is_set():
            return  # the end was asked for; what breaks on the way out is of no use to anyone
        self.error = error
        self._update(message=message)
        self._end(SessionState.FAILED)

    def _end(self, state: SessionState) -> None:
        """Let all threads run out."""
        self._update(state=state)
        self._stopping.set()
        self._is_pose_ready.set()
        self._is_model_ready.set()
        for seam in (self._frames, self._posed, self._results):
            seam.close()
        self._source.close()
        self._wake()

    def _update(self, **changes: Any) -> None:
        """Change the status; nothing leads out of an end, and the first reason to end is the one that counts."""
        with self._lock:
            if self._status.state not in ENDED:
                self._status = replace(self._status, **changes)

    def _wake(self) -> None:
        if self._on_wake is not None:
            self._on_wake()
