"""Geometry of the timeline: times and pixels, lanes, and what the pointer touches."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.time_axis import SHORTEST_S, TimeAxis, clock_text
from app.widgets.track import EDGE_REACH_PX, SMALLEST_PX, Part, at_time, lanes_for, next_edge_s, touched
from tests.app.label.recordings import segment

axes = st.builds(
    lambda duration_s, left_px, width_px: TimeAxis.whole(duration_s).over(left_px=left_px, width_px=width_px),
    st.floats(0, 20_000), st.floats(0, 300), st.floats(1, 4000),
)  # fmt: skip
moves = st.lists(st.tuples(st.sampled_from(["zoom", "move", "follow"]), st.floats(-3, 3)), max_size=10)


def moved(axis: TimeAxis, plan: list[tuple[str, float]]) -> TimeAxis:
    for kind, value in plan:
        if kind == "zoom":
            axis = axis.zoomed(math.exp(value), about_s=abs(value) / 3 * axis.duration_s)
        elif kind == "move":
            axis = axis.moved(value * axis.span_s)
        else:
            axis = axis.followed(abs(value) / 3 * axis.duration_s)
    return axis


@given(axes, moves)
def test_whatever_is_zoomed_and_moved_lies_in_the_recording(axis: TimeAxis, plan: list[tuple[str, float]]) -> None:
    now = moved(axis, plan)
    assert now.start_s >= 0
    assert now.end_s <= now.duration_s * (1 + 1e-9)
    assert now.span_s >= SHORTEST_S * (1 - 1e-6)


@given(axes, moves, st.floats(0, 1))
def test_pixels_and_times_are_each_others_inverse(axis: TimeAxis, plan: list[tuple[str, float]], share: float) -> None:
    now = moved(axis, plan)
    time_s = now.start_s + share * now.span_s
    assert now.to_s(now.to_px(time_s)) == pytest.approx(time_s, abs=1e-6 * now.duration_s)
    assert 0 <= now.to_s(now.left_px - 1e6) <= now.to_s(now.left_px + 1e6) <= now.duration_s


@given(axes, st.floats(0.05, 0.95), st.floats(0.3, 0.99))
def test_what_is_zoomed_about_stays_where_it_is(axis: TimeAxis, share: float, factor: float) -> None:
    about_s = axis.start_s + share * axis.span_s
    now = axis.zoomed(factor, about_s=about_s)
    assert now.to_px(about_s) == pytest.approx(axis.to_px(about_s), abs=1e-3)


@given(axes, moves, st.floats(20, 200))
def test_ticks_are_seen_and_stand_apart(axis: TimeAxis, plan: list[tuple[str, float]], apart_px: float) -> None:
    now = moved(axis, plan)
    ticks = now.ticks_s(apart_px=apart_px)
    assert len(ticks) <= now.width_px / apart_px + 2 or now.span_s * apart_px / now.width_px > 7200
    assert all(now.start_s - 1e-6 <= tick <= now.end_s + 1e-6 for tick in ticks)


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        (0, "0:00.00"),
        (7.25, "0:07.25"),
        (59.999, "1:00.00"),
        (723, "12:03.00"),
        (3723.5, "1:02:03.50"),
        (-1, "0:00.00"),
    ],
)
def test_clock(time_s: float, text: str) -> None:
    assert clock_text(time_s) == text
    assert clock_text(time_s, has_parts=False) == text.split(".")[0]


# Lanes

names = st.lists(st.sampled_from([f"a{number}" for number in range(30)]), unique=True, max_size=30)


@given(names, st.sets(st.sampled_from([f"a{number}" for number in range(35)])), st.integers(0, 34))
def test_lanes(actions: list[str], used: set[str], current: int) -> None:
    now = f"a{current}" if f"a{current}" in actions else ""
    lanes = lanes_for(actions, used, current=now)
    shown = [lane.action for lane in lanes]
    assert len(set(shown)) == len(shown)
    assert used | ({now} - {""}) <= set(shown)
    known = [action for action in shown if action in actions]
    assert known == [action for action in actions if action in shown]  # in the order of the library
    assert shown[: len(known)] == known  # what the library does not know comes last
    assert len(shown) == max(len(used | ({now} - {""})), min(9, len(set(actions) | used)))
    for lane in lanes:
        place = actions.index(lane.action) if lane.action in actions else None
        assert lane.digit == ("" if place is None or place > 8 else str(place + 1))
        assert 0 <= lane.slot < 5


# Under the pointer

AXIS = TimeAxis.whole(100.0).over(left_px=100, width_px=1000)  # ten pixels a second
segments = st.builds(
    lambda start_s, length_s: segment(start_s, start_s + length_s), st.floats(0, 90), st.floats(0.05, 10)
)


@given(st.lists(segments, max_size=8), st.floats(0, 1200), st.data())
def test_what_is_touched_is_near_and_a_chosen_one_comes_first(
    labels: list[object], x_px: float, data: st.DataObject
) -> None:
    shown = [one for one in labels if isinstance(one, type(segment(0, 1)))]
    chosen = frozenset(data.draw(st.sets(st.sampled_from(shown)))) if shown else frozenset()
    touch = touched(shown, AXIS, x_px, chosen=chosen)
    ends = [(AXIS.to_px(one.start_s), AXIS.to_px(one.end_s)) for one in shown]
    near = [
        one
        for one, (left, right) in zip(shown, ends, strict=True)
        if left - EDGE_REACH_PX <= x_px <= max(right, left + SMALLEST_PX) + EDGE_REACH_PX
    ]
    assert (touch is None) == (not near)
    if touch is not None:
        assert touch.segment in near
        rivals = [one for one in near if one in chosen] or near
        assert touch.segment.duration_s == min(one.duration_s for one in rivals)


@pytest.mark.parametrize(
    ("x_px", "part"),
    [
        (293, None),
        (295, Part.START),
        (304, Part.START),
        (307, Part.BODY),
        (393, Part.BODY),
        (397, Part.END),
        (407, None),
    ],
)
def test_edges_reach_outwards_and_inwards(x_px: float, part: Part | None) -> None:
    touch = touched([segment(20, 30)], AXIS, x_px, chosen=frozenset())
    assert (None if touch is None else touch.part) == part


def test_a_small_segment_has_a_body_too() -> None:
    parts = {
        touch.part for x in range(290, 320) if (touch := touched([segment(20, 20.4)], AXIS, x, chosen=frozenset()))
    }
    assert parts == set(Part)


def test_edges_and_what_reaches_over_a_time() -> None:
    labels = [segment(1, 5), segment(2, 3)]
    assert [next_edge_s(labels, time_s, forward=True) for time_s in (0, 1, 2.5, 5)] == [1, 2, 3, None]
    assert [next_edge_s(labels, time_s, forward=False) for time_s in (0, 1, 2.5, 9)] == [None, None, 2, 5]
    assert at_time(labels, 2.5) == [segment(2, 3), segment(1, 5)]
    assert at_time(labels, 6) == []
