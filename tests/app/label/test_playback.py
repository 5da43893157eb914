"""Where a player is: within its recording, whatever is pressed when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.label.marks import TAP_S, Marks
from app.player.playback import FASTEST_BACK, SPEEDS, Playback
from core.errors import DataError

durations_s = st.one_of(st.just(0.0), st.floats(0.01, 7200))
places_s = st.floats(-10, 8000)
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["toggle", "pause", "forward", "backward", "slower", "faster"]), st.none()),
        st.tuples(st.just("went"), places_s),
        st.tuples(st.just("loop"), st.one_of(st.none(), st.tuples(places_s, places_s))),
    ).flatmap(lambda one: st.tuples(st.just(one), st.floats(0, 5000))),
    max_size=12,
)


def after(playback: Playback, what: str, value: object, now_s: float) -> Playback:
    match what, value:
        case "went", float(place_s):
            return playback.went(place_s, now_s)
        case "loop", (float(start_s), float(end_s)):
            return playback.looped((start_s, end_s), now_s)
        case "loop", None:
            return playback.looped(None, now_s)
        case "slower" | "faster", _:
            return playback.at_speed(-1 if what == "slower" else 1, now_s)
        case "toggle", _:
            return playback.toggled(now_s)
        case "pause", _:
            return playback.paused(now_s)
        case "forward", _:
            return playback.forward(now_s)
    return playback.backward(now_s)


@given(durations_s, steps)
def test_it_is_always_within_the_recording(duration_s: float, plan: list[tuple[tuple[str, object], float]]) -> None:
    playback, now_s = Playback(duration_s=duration_s), 100.0
    for (what, value), waited_s in plan:
        now_s += waited_s
        playback = after(playback, what, value, now_s)
        for later_s in (0.0, 0.01, 3.0, 1e5):
            assert 0 <= playback.at(now_s + later_s) <= duration_s
        assert FASTEST_BACK <= playback.speed <= max(SPEEDS)
        assert abs(playback.speed) >= min(SPEEDS)


@given(
    st.floats(1, 100), st.tuples(st.floats(0, 1), st.floats(0, 1)), st.sampled_from([0.1, 1.0, 4.0, -1.0, -4.0]),
    st.lists(st.floats(0, 1000), min_size=1, max_size=20),
)  # fmt: skip
def test_a_loop_that_plays_stays_in_its_stretch(
    duration_s: float, shares: tuple[float, float], speed: float, later_s: list[float]
) -> None:
    start_s, end_s = sorted(share * duration_s for share in shares)
    playback = Playback(duration_s=duration_s, speed=speed).looped((start_s, end_s), 0.0)
    playback = playback.played(0.0, speed=speed)
    if playback.loop_s is not None:
        assert all(start_s <= playback.at(time_s) <= end_s for time_s in later_s)
        assert not any(playback.has_ended(time_s) for time_s in later_s)


def test_a_loop_that_nobody_could_see_is_none() -> None:
    playback = Playback(duration_s=5.0)
    assert playback.looped((7.0, 9.0), 0.0).loop_s is None
    assert playback.looped((1.0, 1.001), 0.0).loop_s is None
    assert playback.looped((4.0, 9.0), 0.0).loop_s == (4.0, 5.0)


@given(st.floats(0, 10), st.floats(0.01, 4))
def test_what_stands_does_not_move(place_s: float, waited_s: float) -> None:
    playback = Playback(duration_s=10.0).forward(0.0).went(place_s, 1.0).paused(1.0)
    assert playback.at(1.0 + waited_s) == playback.at(1.0) == place_s


def test_a_clock_that_goes_back_moves_nothing_back() -> None:
    assert Playback(duration_s=10.0, time_s=4.0, set_s=50.0, is_playing=True).at(40.0) == 4.0


# Marks


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0.3, 5), st.floats(-2, 2))
def test_what_is_held_lies_in_the_recording_and_has_a_length(
    from_s: float, until_s: float, held_s: float, late_s: float
) -> None:
    marks = Marks().holding("wave", time_s=from_s, clock_s=0.0)
    held = marks.held(time_s=until_s, clock_s=held_s, late_s=late_s, duration_s=10.0)
    if held is not None:
        assert 0 <= held.start_s < held.end_s <= 10
    assert marks.held(time_s=until_s, clock_s=TAP_S / 2, late_s=late_s, duration_s=10.0) is None
    assert marks.let_go().held(time_s=until_s, clock_s=held_s, late_s=late_s, duration_s=10.0) is None


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 10)), max_size=8))
def test_in_is_never_behind_out(plan: list[tuple[bool, float]]) -> None:
    marks = Marks()
    for is_in, time_s in plan:
        marks = marks.marked_in(time_s) if is_in else marks.marked_out(time_s)
        if marks.in_s is not None and marks.out_s is not None:
            assert marks.in_s < marks.out_s
            assert marks.segment("wave", now_s=99.0).start_s == marks.in_s


def test_marks_without_an_action_or_a_time_say_what_is_missing() -> None:
    with pytest.raises(DataError, match="Choose an action"):
        Marks(in_s=1.0).segment("", now_s=2.0)
    with pytest.raises(DataError, match="I and O"):
        Marks().segment("wave", now_s=2.0)
