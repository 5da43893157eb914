"""An hour of frames in minutes: the whole session, with pictures and joints that were found once."""

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil

from core.bench.film import pictures
from core.bench.report import Row, Tell
from core.bench.steps import RATE_HZ
from core.live.session import LiveSession
from core.model.folder import ActionModel
from core.pose.estimator import MediaPipeEstimator
from core.pose.pose import Pose
from core.sources.source import Frame, Picture, SourceInfo

_FOUND_S: Final = 3.0


class _Again:
    """A source that gives the same pictures again and again, with a time that goes on."""

    def __init__(self, pictures: list[Picture], *, count: int) -> None:
        self._pictures, self._count = pictures, count
        self._next = 0

    def open(self) -> SourceInfo:
        height_px, width_px = self._pictures[0].shape[:2]
        return SourceInfo(
            label="soak", width_px=width_px, height_px=height_px, rate_hz=RATE_HZ, frame_count=self._count,
            is_live=False,
        )  # fmt: skip

    def read(self) -> Frame | None:
        if self._next >= self._count:
            return None
        number = self._next
        self._next += 1
        return _frame(self._pictures[number % len(self._pictures)].copy(), number)

    def close(self) -> None:
        self._next = self._count


class _Found:
    """An estimator that knows what is in each of those frames."""

    def __init__(self, poses: list[Pose]) -> None:
        self._poses = poses

    def estimate(self, frame: Frame) -> Pose:
        found = self._poses[frame.number % len(self._poses)]
        return replace(found, positions_m=found.positions_m.copy(), positions_px=found.positions_px.copy())

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def _memory_mb() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 1e6


def _frame(picture_bgr: Picture, number: int) -> Frame:
    return Frame(picture_bgr=picture_bgr, time_s=number / RATE_HZ, arrived_s=time.monotonic(), number=number)


def memory_row(model: ActionModel, *, pose_model: Path, seconds: float, first_s: float, tell: Tell) -> Row:
    """How much memory grows from the first `first_s` of frames to the end, `seconds` of them."""
    name = "memory after one hour of frames against after one minute"
    tell(name, 0)
    soak = Soak(model, pose_model=pose_model)
    first_mb, last_mb = soak.run(seconds, first_s=first_s, progress=lambda share: tell(name, share))
    return Row(
        name=name,
        value=100 * (last_mb / first_mb - 1),
        unit="%",
        higher_is_better=False,
        at_least=1,
        aim=0,
        protocol=(
            f"{seconds / 60:g} min of frames at {RATE_HZ:g} Hz through a whole session as fast as it goes; pictures "
            f"and joints of the first {_FOUND_S:g} s, found by MediaPipe, again and again; MediaPipe itself is no part "
            f"of it; {first_mb:.1f} MB after {first_s / 60:g} min, {last_mb:.1f} MB at the end"
        ),
    )


class Soak:
    """Finds the joints of a few seconds once, and plays them for as long as is wished."""

    def __init__(self, model: ActionModel, *, pose_model: Path) -> None:
        self._model = model
        self._pictures = pictures(_FOUND_S, rate_hz=RATE_HZ)
        estimator = MediaPipeEstimator(pose_model, num_poses=model.persons)
        self._poses = [estimator.estimate(_frame(picture, number)) for number, picture in enumerate(self._pictures)]
        estimator.close()

    def run(
        self,
        seconds: float,
        *,
        first_s: float,
        progress: Callable[[float], None],
    ) -> tuple[float, float]:
        """Memory after so many seconds of frames, and at the end."""
        count, first = round(seconds * RATE_HZ), round(first_s * RATE_HZ)
        session = LiveSession(
            source=_Again(self._pictures, count=count),
            make_estimator=lambda: _Found(self._poses),
            model=self._model,
            every_frame=True,
        )
        begun_mb = 0.0
        session.start()
        try:
            for number, result in enumerate(session.results(), start=1):
                session.note_painted(result)
                if number == first:
                    begun_mb = _memory_mb()
                if number % 500 == 0:
                    progress(number / count)
            return begun_mb, _memory_mb()
        finally:
            session.stop()
