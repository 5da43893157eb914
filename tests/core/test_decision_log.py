"""What was said over a run, and whether the performer was understood."""

from dataclasses import replace

import numpy as np
import pytest

from core.live.decision_log import NO_ACTION, DecisionLog
from core.live.replay import decided
from core.live.results import Decision, LiveResult, StageTimes
from core.model.folder import DecisionSpec
from core.pose.pose import Pose
from core.skeleton.layouts import KINECT_25
from core.skeleton.segment import Segment
from core.sources.source import Frame, Truth

TIMES = StageTimes(waited_ms=0, pose_ms=0, features_ms=0, model_ms=0, total_ms=0)
NOBODY = Pose(
    layout=KINECT_25,
    positions_m=np.zeros((0, 25, 3), np.float32),
    positions_px=np.zeros((0, 25, 2), np.float32),
    confidence=np.zeros((0, 25), np.float32),
)


AS_SAID = DecisionSpec(starts_late_s=0.0, ends_late_s=0.0)


def log_of(
    acted: str, said: str, *, confidence: float = 0.8, start_s: float = 0.0, spec: DecisionSpec | None = None
) -> DecisionLog:
    """One letter a frame at 10 Hz: w wave, c clap, . nothing."""
    names = {"w": "wave", "c": "clap", "j": "jumping jack", ".": ""}
    log, since_s = DecisionLog(spec or AS_SAID), start_s
    for number, (act, say) in enumerate(zip(acted, said, strict=True)):
        if number == 0 or say != said[number - 1]:
            since_s = start_s + number / 10
        truth = Truth(positions_m=NOBODY.positions_m, positions_px=NOBODY.positions_px, action=names[act])
        picture = np.zeros((2, 2, 3), np.uint8)
        frame = Frame(picture_bgr=picture, time_s=start_s + number / 10, arrived_s=0, number=number, truth=truth)
        decision = Decision(action=names[say] or None, confidence=confidence, since_s=since_s)
        log.push(LiveResult(frame=frame, pose=NOBODY, prediction=None, decision=decision, times=TIMES))
    return log


def test_segments_are_runs_of_one_answer() -> None:
    segments = log_of("." * 9, ".ww.cccww").segments()
    assert [(segment.action, segment.t_start_s, segment.t_end_s) for segment in segments] == [
        ("wave", 0.1, 0.3),
        ("clap", 0.4, 0.7),
        ("wave", 0.7, 0.8),
    ]
    assert segments[0].confidence == pytest.approx(0.8)
    assert DecisionLog().segments() == []


def test_a_passing_guess_is_shown_and_is_no_decision() -> None:
    log = log_of("." * 14, "cc.wwwwcwww.cc", spec=replace(AS_SAID, least_said_s=0.3))
    assert [(one.action, one.t_start_s) for one in log.segments()] == [("wave", 0.3), ("wave", 0.8)]
    assert [one.action for one in log.shown()] == ["clap", "wave", "clap", "wave", "clap"]


def test_decisions_tell_when_it_was_done_and_not_when_it_was_said() -> None:
    late = DecisionSpec(starts_late_s=0.3, ends_late_s=0.2)
    log = log_of("." * 16, ".wwwww.ccccww...", spec=late)
    spans = [(one.action, round(one.t_start_s, 3), round(one.t_end_s, 3)) for one in log.segments()]
    assert spans == [("wave", 0.0, 0.4), ("clap", 0.4, 0.8), ("wave", 0.8, 1.1)], (
        "from the first frame on, one at a time"
    )
    assert [one.t_start_s for one in log.shown()] == pytest.approx([0.1, 0.7, 1.1])


def test_a_guess_before_a_gap_did_not_stand_all_through_it() -> None:
    spec = replace(AS_SAID, least_said_s=0.3, starts_late_s=0.2)
    log = log_of("." * 6, "....cc", spec=spec)
    for number, action in enumerate(("wave",) * 6):
        decision = Decision(action=action, confidence=0.8, since_s=60.0)
        frame = Frame(
            picture_bgr=np.zeros((2, 2, 3), np.uint8), time_s=60 + number / 10, arrived_s=0, number=6 + number
        )
        log.push(LiveResult(frame=frame, pose=NOBODY, prediction=None, decision=decision, times=TIMES))
    (one,) = log.segments()
    assert (one.action, one.t_start_s) == ("wave", 60.0), "not before somebody came"
    assert [(two.action, two.t_end_s) for two in log.shown()] == [("clap", 0.5), ("wave", 60.5)]


def test_the_log_and_the_replay_make_the_same_decisions() -> None:
    spec = DecisionSpec(starts_late_s=0.25, ends_late_s=0.15, least_said_s=0.3)
    names = "..wwwww..c.cccccww.wwww"
    log = log_of("." * len(names), names, spec=spec)
    said = [Segment(start_s=one.t_start_s, end_s=one.t_end_s, action=one.action) for one in log.shown()]
    again = decided(said, spec, until_s=(len(names) - 1) / 10)
    assert [(one.action, one.start_s, one.end_s) for one in again] == [
        (one.action, one.t_start_s, one.t_end_s) for one in log.segments()
    ]
    assert len(again) == 3


def test_an_action_is_understood_when_it_was_said_for_most_of_it_even_a_little_late() -> None:
    acted = log_of("..wwwwwwww....cccccc....", "....ccwwwwww....wwcccc..").acted(("wave", "clap"))
    assert [(one.action, one.said, one.correct) for one in acted] == [("wave", "wave", True), ("clap", "clap", True)]


def test_what_was_said_before_the_acting_began_does_not_count() -> None:
    (one,) = log_of("......wwww....", "wwwwwwwwww....").acted(("wave",))
    assert (one.said, one.correct) == (NO_ACTION, False)


def test_an_answer_that_begins_as_the_arms_go_up_counts() -> None:
    (one,) = log_of("......wwwwww....", "....wwwwwwww....").acted(("wave",))
    assert one.correct


def test_a_flicker_is_no_answer() -> None:
    (one,) = log_of("w" * 20 + "." * 10, "." * 21 + "www" + "." * 6).acted(("wave",))
    assert (one.said, one.correct) == (NO_ACTION, False)


def test_times_count_from_the_first_frame() -> None:
    (segment,) = log_of("....", ".ww.", start_s=5000.0).segments()
    assert segment.t_start_s == pytest.approx(0.1)
    assert segment.t_end_s == pytest.approx(0.3)


def test_actions_that_the_model_does_not_know_are_not_judged() -> None:
    assert log_of("jjjjjj", "wwwwww").acted(("wave", "clap")) == []


def test_silence_is_a_miss() -> None:
    (one,) = log_of("wwwwww", "......").acted(("wave",))
    assert (one.said, one.confidence, one.correct) == (NO_ACTION, 0.0, False)
