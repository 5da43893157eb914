"""Segments: overlap, F1, false activations and delays, by numbers that can be checked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.live.segments import (
    Matches,
    detection_delays_s,
    false_activations,
    matches,
    overlap,
)
from core.skeleton.segment import Segment


def segment(start_s: float, end_s: float, action: str = "wave") -> Segment:
    return Segment(start_s=start_s, end_s=end_s, action=action)


def test_overlap_is_the_shared_part_of_both_together() -> None:
    assert overlap(segment(0, 4), segment(2, 6)) == pytest.approx(2 / 6)
    assert overlap(segment(0, 1), segment(2, 3)) == 0
    assert overlap(segment(1, 1), segment(1, 1)) == 0


def test_an_answer_counts_where_the_action_is_right_and_the_overlap_is_enough() -> None:
    done = [segment(0, 2), segment(5, 7, "clap")]
    assert matches([segment(1, 3)], done, least_overlap=0.25) == Matches(right=1, said=1, done=2)
    assert matches([segment(1, 3)], done, least_overlap=0.5).right == 0
    assert matches([segment(0, 2, "clap")], done, least_overlap=0.25).right == 0
    assert matches([], done, least_overlap=0.25).f1 == 0
    assert matches([], [], least_overlap=0.25).f1 == 1


def test_two_answers_for_one_action_are_one_right_one_and_one_too_many() -> None:
    found = matches([segment(0, 1), segment(1, 2)], [segment(0, 2)], least_overlap=0.25)
    assert found == Matches(right=1, said=2, done=1)
    assert found.f1 == pytest.approx(2 / 3)
    assert (found + Matches(right=1, said=1, done=2)).f1 == pytest.approx(4 / 6)


def test_false_activations_are_those_while_nothing_is_done() -> None:
    done = [segment(2, 4)]
    said = [segment(0, 1), segment(1.5, 2.5, "clap"), segment(4.2, 5), segment(4.6, 5)]
    assert false_activations(said, done, slack_s=0.5) == 2, "the first and the last; a wrong name is no activation"


def test_the_delay_counts_from_the_start_to_the_first_right_answer() -> None:
    done = [segment(1, 3), segment(5, 6, "clap"), segment(8, 9)]
    assert detection_delays_s([segment(1.4, 2), segment(2.5, 3), segment(7.5, 8.5)], done) == pytest.approx([0.4, 0.0])


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 5), st.sampled_from("ab")), max_size=8))
def test_what_was_done_fits_itself_in_full(rows: list[tuple[float, float, str]]) -> None:
    start_s, done = 0.0, []
    for gap_s, length_s, action in rows:
        done.append(segment(start_s + gap_s, start_s + gap_s + length_s, action))
        start_s = done[-1].end_s
    assert matches(done, done, least_overlap=0.99).f1 == 1
    assert false_activations(done, done) == 0
    assert detection_delays_s(done, done) == pytest.approx([0.0] * len(done))
