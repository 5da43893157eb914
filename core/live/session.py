"""A live session: the threads between a source and whoever shows or writes its results. No Qt.

    reader thread: source -> frames ──> worker thread: FramePipeline -> results ──> whoever shows or writes them

A live source uses `Latest` at both seams (the newest wins, drops are counted); `every_frame` uses `Handoff` at both,
so that nothing is lost and a slow consumer slows the source down.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch

from core.errors import JointlightError, SourceLostError
from core.live.latest import Handoff, Latest
from core.live.pacing import LatencyMeter, RateMeter
from core.live.pipeline import FramePipeline
from core.live.results import LiveResult, SessionState, SessionStatus
from core.model.folder import ActionModel
from core.opencv import cv2
from core.pose.estimator import PoseEstimator
from core.sources.source import Clock, Frame, FrameSource

STOP_WITHIN_S = 2.0
ENDED = (SessionState.FINISHED, SessionState.STOPPED, SessionState.FAILED)

log = logging.getLogger(__name__)


class LiveSession:
    """Runs once: `start`, then `latest` or `results` and `status` from any thread, then `stop`.

    The reader thread owns the source, the worker thread owns the estimator, the model and the pipeline. What one of
    them raises is kept, moves the state to FAILED and is told by `status().message`; `error` holds the exception.
    """

    def __init__(
        self,
        *,
        source: FrameSource,
        make_estimator: Callable[[], PoseEstimator],
        model: ActionModel,
        every_frame: bool = False,
        on_wake: Callable[[], None] | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.error: Exception | None = None
        self._source = source
        self._make_estimator = make_estimator
        self._model = model
        self._on_wake = on_wake
        self._clock = clock
        self._frames: Latest[Frame] | Handoff[Frame] = Handoff() if every_frame else Latest()
        self._results: Latest[LiveResult] | Handoff[LiveResult] = Handoff() if every_frame else Latest()
        self._stopping = threading.Event()
        self._ready = threading.Event()  # the worker can take frames
        self._lock = threading.Lock()
        self._status = SessionStatus(state=SessionState.IDLE, model_name=model.name, device=model.device_text)
        self._shown_arrival_s: float | None = None  # of the frame of the newest result, or of the first frame
        self._rates = {stage: RateMeter() for stage in ("camera", "pose", "model", "paint")}
        self._latency = LatencyMeter()
        self._reader = threading.Thread(target=self._run, args=(self._read, self._release_source), name="frame reader")
        self._worker = threading.Thread(target=self._run, args=(self._work,), name="pose and model")

    def start(self) -> None:
        """Begin; returns at once. Raises RuntimeError when it was started before."""
        with self._lock:
            if self._status.state is not SessionState.IDLE:
                raise RuntimeError("a LiveSession runs once")
            self._status = replace(self._status, state=SessionState.STARTING)
        self._reader.start()
        self._worker.start()

    def stop(self) -> None:
        """End within `STOP_WITHIN_S` and release everything. Safe to call twice and from any other thread."""
        self._end(SessionState.STOPPED)
        deadline_s = time.monotonic() + STOP_WITHIN_S
        for thread in (self._reader, self._worker):
            if thread.ident is not None:
                thread.join(max(0.0, deadline_s - time.monotonic()))
                if thread.is_alive():
                    log.error("thread '%s' did not end within %.0f s", thread.name, STOP_WITHIN_S)
        self._wake()

    def latest(self) -> LiveResult | None:
        """The newest result, without waiting."""
        return self._results.peek()

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
        """Count a painted result: its rate and its latency from arrival to paint."""
        now_s = self._clock()
        self._rates["paint"].tick(now_s)
        self._latency.add({"paint": 1000 * (now_s - result.frame.arrived_s)})

    def status(self) -> SessionStatus:
        """A snapshot of state and counters."""
        now_s = self._clock()
        with self._lock:
            status, shown_s = self._status, self._shown_arrival_s
        is_running = status.state in (SessionState.RUNNING, SessionState.LOST)
        return replace(
            status,
            drops=self._frames.drops,
            frame_age_s=max(0.0, now_s - shown_s) if is_running and shown_s is not None else 0.0,
            rates_hz={stage: meter.rate_hz(now_s) for stage, meter in self._rates.items()},
            latency_ms={**self._latency.median_ms(), "p95": self._latency.percentile_ms("total", 95)},
        )

    # Reader thread

    def _read(self) -> None:
        self._update(source=self._source.open())
        self._ready.wait()
        while not self._stopping.is_set():
            frame = self._next_frame()
            if frame is None or not self._frames.put(frame):
                break

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
                    self._shown_arrival_s = self._shown_arrival_s or frame.arrived_s
                    self._status = replace(self._status, frames_in=self._status.frames_in + 1)
                self._update(state=SessionState.RUNNING, message="")
            return frame
        return None

    # Worker thread

    def _work(self) -> None:
        torch.set_num_threads(1)  # one small window: more threads cost more than they bring, and pose needs the cores
        cv2.setNumThreads(1)
        estimator = self._make_estimator()
        try:
            pipeline = FramePipeline(estimator=estimator, model=self._model, clock=self._clock)
            self._ready.set()
            while not self._frames.finished and not self._stopping.is_set():
                frame = self._frames.take(timeout_s=0.2)
                if frame is not None:
                    self._publish(pipeline.process(frame))
        finally:
            estimator.close()
        self._end(SessionState.FINISHED)

    def _publish(self, result: LiveResult) -> None:
        now_s = self._clock()
        has_person = result.pose.person_count > 0
        self._rates["pose"].tick(now_s)
        times = result.times
        self._latency.add({"waited": times.waited_ms, "pose": times.pose_ms, "total": times.total_ms})
        if result.is_new:
            self._rates["model"].tick(now_s)
            self._latency.add({"features": times.features_ms, "model": times.model_ms})
        with self._lock:
            self._shown_arrival_s = result.frame.arrived_s
            self._status = replace(
                self._status,
                frames_done=self._status.frames_done + 1,
                pose_frames=self._status.pose_frames + has_person,
            )
        self._results.put(result)
        self._wake()

    # Both threads

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
        """Let both threads run out."""
        self._update(state=state)
        self._stopping.set()
        self._ready.set()
        self._frames.close()
        self._results.close()
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
