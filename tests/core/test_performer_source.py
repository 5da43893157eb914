"""The performer as a frame source: times, truth, pacing, end and close."""

import itertools
import threading

import numpy as np
import pytest

from core.errors import SourceError
from core.sources.performer.programme import Act
from core.sources.performer.source import Performer
from core.sources.source import Frame, FrameSource

SMALL = (160, 120)
SHORT = (Act(action="idle", seconds=0.2), Act(action="wave", repetitions=1))


class FakeClock:
    """Time that goes on only when somebody sleeps or works."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.sleeps_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.sleeps_s.append(duration_s)
        self.now_s += duration_s


def all_frames(source: FrameSource) -> list[Frame]:
    return list(iter(source.read, None))


def test_every_frame_comes_with_its_time_and_truth() -> None:
    performer = Performer(SHORT, size_px=SMALL, real_time=False)
    info = performer.open()
    frames = all_frames(performer)
    performer.close()
    assert info.frame_count == len(frames) > 20
    assert not info.is_live
    assert (info.width_px, info.height_px) == SMALL
    assert [frame.number for frame in frames] == list(range(len(frames)))
    np.testing.assert_allclose([frame.time_s for frame in frames], np.arange(len(frames)) / 30)
    assert {frame.truth.action for frame in frames if frame.truth} == {"", "wave"}
    for frame in frames[::9]:
        assert frame.picture_bgr.shape == (120, 160, 3)
        assert frame.truth is not None
        assert frame.truth.positions_m.shape == (1, 25, 3)
        assert frame.truth.positions_m.dtype == np.float32
        positions = frame.truth.positions_m
        scale = 525 / 4
        expected = np.array([80, 60]) - scale * positions[..., :2] / positions[..., 2:]
        np.testing.assert_allclose(frame.truth.positions_px, expected, atol=1e-3)


def test_the_left_side_has_negative_x_and_lies_at_the_right_of_the_picture() -> None:
    performer = Performer(SHORT, size_px=SMALL, real_time=False)
    performer.open()
    frame = performer.read()
    assert frame is not None
    assert frame.truth is not None
    (left_m, right_m), (left_px, right_px) = frame.truth.positions_m[0, [4, 8]], frame.truth.positions_px[0, [4, 8]]
    assert left_m[0] < 0 < right_m[0]
    assert left_px[0] > 80 > right_px[0]


def test_the_same_performer_gives_the_same_frames() -> None:
    performer = Performer(SHORT, size_px=SMALL, real_time=False, seed=5)
    performer.open()
    first = all_frames(performer)
    performer.open()
    second = all_frames(performer)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.picture_bgr, other.picture_bgr)


def test_a_loop_goes_on_after_the_end() -> None:
    performer = Performer(SHORT, size_px=SMALL, real_time=False, loop=True)
    assert performer.open().frame_count is None
    length = performer.frame_count
    frames = list(itertools.islice(iter(performer.read, None), length + 3))
    np.testing.assert_array_equal(frames[0].picture_bgr, frames[length].picture_bgr)
    assert frames[length].time_s > frames[length - 1].time_s


def test_real_time_waits_for_each_frame() -> None:
    clock = FakeClock()
    performer = Performer(SHORT, size_px=SMALL, real_time=True, clock=clock, sleep=clock.sleep)
    assert performer.open().is_live
    frames = all_frames(performer)
    np.testing.assert_allclose([frame.time_s for frame in frames], 100 + np.arange(len(frames)) / 30)
    np.testing.assert_allclose([frame.arrived_s for frame in frames], [frame.time_s for frame in frames], atol=1e-6)
    np.testing.assert_allclose(clock.sleeps_s, 1 / 30, atol=1e-6)


def test_real_time_leaves_out_frames_that_are_late() -> None:
    clock = FakeClock()
    performer = Performer(SHORT, size_px=SMALL, real_time=True, clock=clock, sleep=clock.sleep)
    performer.open()
    performer.read()
    clock.now_s += 10.4 / 30  # somebody was busy
    late = performer.read()
    after = performer.read()
    assert late is not None
    assert after is not None
    assert (late.number, after.number) == (1, 2)
    assert late.time_s == pytest.approx(100 + 10 / 30)
    assert after.time_s == pytest.approx(100 + 11 / 30)


def test_real_time_ends_when_everything_is_late() -> None:
    clock = FakeClock()
    performer = Performer(SHORT, size_px=SMALL, real_time=True, clock=clock, sleep=clock.sleep)
    performer.open()
    clock.now_s += 60
    assert performer.read() is None


def test_close_ends_a_blocked_read() -> None:
    performer = Performer(SHORT, size_px=SMALL, rate_hz=0.01, real_time=True)
    performer.open()
    assert performer.read() is not None
    results: list[Frame | None] = []
    reader = threading.Thread(target=lambda: results.append(performer.read()))
    reader.start()  # it now waits 100 s for the second frame
    performer.close()
    reader.join(timeout=10)
    assert not reader.is_alive()
    assert results == [None]
    performer.close()
    assert performer.read() is None


def test_it_can_be_opened_again_after_close() -> None:
    performer = Performer(SHORT, size_px=SMALL, real_time=False)
    performer.open()
    performer.close()
    assert performer.read() is None
    performer.open()
    frame = performer.read()
    assert frame is not None
    assert frame.number == 0


def test_acting_repeats_one_action_between_rests() -> None:
    performer = Performer.acting("arm_curl", real_time=False)
    said = [performer.action_at(number / 30) for number in range(performer.frame_count)]
    assert (said[0], said[len(said) // 2], said[-1]) == ("", "arm curl", "")
    assert set(said) == {"", "arm curl"}
    assert Performer.acting("wave", real_time=False, loop=True).open().frame_count is None
    with pytest.raises(SourceError, match=r"'flying'.*wave"):
        Performer.acting("flying", real_time=False)


def test_a_recording_is_played_with_its_action() -> None:
    source = Performer(SHORT, size_px=SMALL, real_time=False)
    source.open()
    frame = source.read()
    assert frame is not None
    assert frame.truth is not None
    recorded = np.repeat(frame.truth.positions_m, 6, axis=0)
    player = Performer.play_sequence(recorded, sequence_rate_hz=15, action="nothing", real_time=False)
    info = player.open()
    assert info.frame_count == 12
    truths = [one.truth for one in all_frames(player)]
    assert {one.action for one in truths if one} == {"nothing"}


@pytest.mark.parametrize(("size_px", "rate_hz"), [((640, 480), 0.0), ((8, 8), 30.0), ((640, 480), float("nan"))])
def test_pictures_too_small_and_rates_of_nothing_are_refused(size_px: tuple[int, int], rate_hz: float) -> None:
    with pytest.raises(SourceError):
        Performer(SHORT, size_px=size_px, rate_hz=rate_hz, real_time=False)


def test_reading_before_opening_is_refused() -> None:
    with pytest.raises(SourceError, match="Open"):
        Performer(SHORT, size_px=SMALL, real_time=False).read()
