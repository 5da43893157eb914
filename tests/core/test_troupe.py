"""Troupe: several performers as one source, whose times go on and whose streams begin anew."""

import itertools
import time

import numpy as np
import pytest

from core.errors import SourceError
from core.sources.performer.body import Body
from core.sources.performer.motion import action_names
from core.sources.performer.programme import Act
from core.sources.performer.source import Performer
from core.sources.performer.troupe import Troupe, demo_troupe
from core.sources.source import Frame
from tests.fakes import FakeClock

SMALL = (64, 48)


class SleepingClock(FakeClock):
    """A clock on which sleeping takes its time at once."""

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def performer(action: str, *, seed: int = 0, clock: SleepingClock | None = None) -> Performer:
    return Performer(
        [Act(action=action, seconds=0.6)],
        body=Body.varied(seed),
        size_px=SMALL,
        rate_hz=10,
        real_time=clock is not None,
        clock=clock or time.monotonic,
        sleep=None if clock is None else clock.sleep,
    )


def read(troupe: Troupe, count: int | None = None) -> list[Frame]:
    frames: list[Frame] = []
    while len(frames) != count and (frame := troupe.read()) is not None:
        frames.append(frame)
    return frames


def test_one_follows_the_other_with_times_that_go_on_and_a_stream_of_its_own() -> None:
    first, second = performer("clap"), performer("wave", seed=1)
    troupe = Troupe([first, second])
    info = troupe.open()
    frames = read(troupe)
    assert info.frame_count == len(frames) == first.frame_count + second.frame_count
    assert [frame.number for frame in frames] == list(range(len(frames)))
    np.testing.assert_allclose(np.diff([frame.time_s for frame in frames]), 0.1)
    assert [frame.stream for frame in frames] == [0] * first.frame_count + [1] * second.frame_count
    acted = [frame.truth.action for frame in frames if frame.truth]
    assert set(acted[: first.frame_count]) <= {"", "clap"}
    assert set(acted[first.frame_count :]) <= {"", "wave"}
    assert troupe.read() is None
    troupe.close()
    troupe.open()
    again = read(troupe)
    assert all(np.array_equal(one.picture_bgr, two.picture_bgr) for one, two in zip(frames, again, strict=True))
    troupe.close()


def test_a_loop_never_ends_and_close_ends_it() -> None:
    troupe = Troupe([performer("clap"), performer("wave")], loop=True)
    assert troupe.open().frame_count is None
    frames = read(troupe, 40)
    assert len(frames) == 40
    assert max(frame.stream for frame in frames) >= 2
    assert all(later.time_s > earlier.time_s for earlier, later in itertools.pairwise(frames))
    troupe.close()
    assert troupe.read() is None


def test_in_real_time_the_times_are_those_of_the_clock() -> None:
    clock = SleepingClock(100.0)
    troupe = Troupe([performer("clap", clock=clock), performer("wave", clock=clock)])
    troupe.open()
    frames = read(troupe)
    assert frames[0].time_s == pytest.approx(100.0)
    assert {frame.stream for frame in frames} == {0, 1}
    assert all(later.time_s > earlier.time_s for earlier, later in itertools.pairwise(frames))
    troupe.close()


def test_nobody_is_refused_and_reading_needs_an_open_troupe() -> None:
    with pytest.raises(SourceError, match="at least one"):
        Troupe([])
    with pytest.raises(SourceError, match="Open"):
        Troupe([performer("clap")]).read()


def test_the_demo_shows_known_actions_by_changing_performers_within_a_minute() -> None:
    info = demo_troupe(real_time=False).open()
    assert info.frame_count is not None
    assert 30 * 30 < info.frame_count < 60 * 30
    troupe = demo_troupe(real_time=False)
    assert len({one.performance for one in troupe.performers}) == 4
    acted = [one.action_at(number / 30) for one in troupe.performers for number in range(one.frame_count)]
    assert set(acted) - {""} == {
        "wave", "clap", "boxing", "squat", "arm curl", "push", "jumping jack", "lunge"
    }  # fmt: skip
    assert set(acted) - {""} <= set(action_names())
