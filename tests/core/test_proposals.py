"""What a model proposes: runs of one action, none of which holds a time in which nobody was there."""

from dataclasses import replace

import numpy as np
import pytest

from core.explain.explained import Explained, explain_clip
from core.explain.proposals import Proposal, proposals_of, propose
from core.live.results import Decision
from tests.explaining import joined, moving, small_model


def saying(explained: Explained, *runs: tuple[slice, str | None, float]) -> list[Proposal]:
    """What is proposed where these runs of frames said these actions, since these times of the clip."""
    said = list(explained.said)
    for frames, action, since_s in runs:
        for frame in range(len(said))[frames]:
            said[frame] = Decision(action=action, confidence=0.5 + frame / 1000, since_s=since_s)
    return proposals_of(replace(explained, said=tuple(said)))


@pytest.fixture(scope="module")
def apart() -> Explained:
    """Twice 2.5 s of somebody, a minute apart."""
    return explain_clip(small_model(), joined(moving(75), moving(75), gap_s=60.0))


def test_a_run_ends_where_somebody_leaves(apart: Explained) -> None:
    first, second = apart.clip.stretches()
    left_s, came_s = float(apart.clip.times_s[first.stop - 1]), float(apart.clip.times_s[second.start])
    assert came_s - left_s > 59
    found = saying(apart, (slice(0, None), None, 0.0), (slice(20, None), "wave", 1.5))
    assert [one.segment.action for one in found] == ["wave", "wave"]
    assert found[0].segment.end_s == left_s
    assert found[1].segment.start_s == came_s, "not earlier than somebody was there"
    assert found[1].segment.end_s == float(apart.clip.times_s[-1])


def test_the_model_itself_proposes_nothing_over_the_gap() -> None:
    sequence = joined(moving(75), moving(75), gap_s=60.0)
    found = propose(small_model(), sequence)
    assert found
    for one in found:
        inside = (sequence.times_s >= one.segment.start_s) & (sequence.times_s <= one.segment.end_s)
        assert np.diff(sequence.times_s[inside]).max() < 1, "somebody was there all the time"


def test_another_action_begins_another_segment_and_no_action_is_none(apart: Explained) -> None:
    wave, clap = (slice(5, 20), "wave", 0.4), (slice(20, 30), "clap", 1.4)
    found = saying(apart, (slice(0, None), None, 0.0), wave, clap, (slice(30, 37), "no action", 2.0))
    times_s, delay_s = apart.clip.times_s, apart.config.decision.hold_s + apart.config.decision.smoothing_s
    assert [one.segment.action for one in found] == ["wave", "clap"]
    assert [one.segment.end_s for one in found] == pytest.approx([1.4 - delay_s, times_s[30]]), "until the next begins"
    assert [one.segment.start_s for one in found] == pytest.approx([0.4 - delay_s, 1.4 - delay_s])
    assert found[0].confidence == pytest.approx(0.519)


def test_a_name_that_comes_late_is_proposed_from_when_it_was_done(apart: Explained) -> None:
    spec = replace(apart.config.decision, starts_late_s=0.8, ends_late_s=0.5, least_said_s=0.4)
    measured = replace(apart, config=replace(apart.config, decision=spec))
    passing, wave = (slice(12, 16), "clap", 0.8), (slice(20, 35), "wave", 1.4)
    rest = [(slice(first, last), None, 0.0) for first, last in ((0, 12), (16, 20), (35, None))]
    (one,) = saying(measured, *rest, passing, wave)
    assert (one.segment.start_s, one.segment.end_s) == pytest.approx((0.6, float(apart.clip.times_s[35]) - 0.5))


def test_what_is_shorter_than_a_labeller_can_use_is_left_out(apart: Explained) -> None:
    assert saying(apart, (slice(0, None), None, 0.0), (slice(10, 11), "wave", 0.9)) == []
