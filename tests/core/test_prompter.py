"""Hands-free recording: every action gets its takes, in order, however irregular the calls are."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from core.live.plan import (
    BeginTake,
    DropTake,
    Ending,
    EndTake,
    Event,
    Finished,
    Phase,
    Plan,
    Prompt,
    Standing,
    Tick,
)
from core.live.prompter import Prompter

names = st.lists(st.sampled_from(["wave", "jump", "squat", "clap"]), min_size=1, max_size=4, unique=True)
plans = st.builds(
    Plan,
    actions=names.map(tuple),
    takes=st.integers(1, 3),
    seconds=st.sampled_from([0.2, 1.0, 3.0]),
    countdown_s=st.sampled_from([0.0, 0.5, 3.0]),
    rest_s=st.sampled_from([0.0, 2.0]),
    in_turn=st.booleans(),
)
steps_s = st.lists(st.floats(0.0, 8.0), min_size=1, max_size=40)


def run(prompter: Prompter, steps: list[float]) -> list[tuple[float, Event]]:
    """From start to end with these steps over and over, none of them too small."""
    now_s = 50.0
    told = [(now_s, event) for event in prompter.start(now_s)]
    for number in range(10_000):
        now_s += max(0.05, steps[number % len(steps)])
        told += [(now_s, event) for event in prompter.advance(now_s)]
        if prompter.standing(now_s).phase is Phase.DONE:
            return told
    raise AssertionError("it never ended")


def asked(plan: Plan) -> list[str]:
    if plan.in_turn:
        return [action for _ in range(plan.takes) for action in plan.actions]
    return [action for action in plan.actions for _ in range(plan.takes)]


@given(plan=plans, steps=steps_s)
def test_every_action_gets_its_takes_in_order_and_none_is_short(plan: Plan, steps: list[float]) -> None:
    told = run(Prompter(plan), steps)
    takes = [(time_s, event) for time_s, event in told if not isinstance(event, Tick | Finished)]
    assert told[-1][1] == Finished()
    assert [type(event) for _, event in takes] == [BeginTake, EndTake] * plan.total
    begun, ended = takes[::2], takes[1::2]
    prompts = [event.prompt for _, event in begun if isinstance(event, BeginTake)]
    assert [prompt.action for prompt in prompts] == asked(plan)
    assert [prompt.place for prompt in prompts] == list(range(plan.total))
    for (begin_s, begin), (end_s, end) in zip(begun, ended, strict=True):
        assert isinstance(end, EndTake)
        assert end == EndTake(prompt=begin.prompt, ending=Ending.WHOLE)
        assert plan.seconds is not None
        assert end_s - begin_s >= plan.seconds - 1e-9


@given(plan=plans, steps=steps_s)
def test_beeps_count_down_and_never_come_twice(plan: Plan, steps: list[float]) -> None:
    counting: list[int] = []
    for _, event in run(Prompter(plan), steps):
        if isinstance(event, Tick):
            assert not counting or event.seconds_left < counting[-1]
            assert 1 <= event.seconds_left <= 3
            counting.append(event.seconds_left)
        elif isinstance(event, BeginTake):
            counting = []


@given(
    plan=plans,
    acts=st.lists(
        st.tuples(st.floats(0.0, 2.0), st.sampled_from(["advance", "end_take", "again", "go_on"])), max_size=80
    ),
    steps=steps_s,
)
def test_whatever_is_pressed_what_is_kept_is_once_of_each(
    plan: Plan, acts: list[tuple[float, str]], steps: list[float]
) -> None:
    """After any mixture of keys the plan still comes to its end, and no place is kept twice."""
    prompter, now_s = Prompter(plan), 0.0
    told = prompter.start(now_s)
    for step_s, name in acts:
        now_s += step_s
        told += getattr(prompter, name)(now_s)
    for number in range(10_000):
        if prompter.standing(now_s).phase is Phase.DONE:
            break
        now_s += max(0.05, steps[number % len(steps)])
        told += prompter.advance(now_s)
    assert prompter.standing(now_s).phase is Phase.DONE
    kept: Counter[int] = Counter()
    is_open = False
    for event in told:
        if isinstance(event, BeginTake):
            assert not is_open
            is_open = True
        elif isinstance(event, EndTake):
            assert is_open
            is_open = False
            kept[event.prompt.place] += event.ending is Ending.WHOLE
        elif isinstance(event, DropTake):
            kept[event.prompt.place] -= 1
    assert not is_open
    assert set(kept.values()) <= {0, 1}
    assert kept == dict.fromkeys(range(plan.total), 1)


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_countdown_as_the_person_hears_it() -> None:
    prompter = Prompter(Plan(actions=("wave",), takes=2, seconds=2.0, rest_s=1.5))
    assert prompter.start(10.0) == [Tick(seconds_left=3)]
    assert prompter.advance(10.9) == []
    assert prompter.advance(11.0) == [Tick(seconds_left=2)]
    assert prompter.advance(12.1) == [Tick(seconds_left=1)]
    wave = Prompt(action="wave", take=1, takes=2, place=0, total=2)
    assert prompter.advance(13.0) == [BeginTake(prompt=wave)]
    standing = prompter.standing(13.5)
    assert (standing.phase, standing.prompt, standing.elapsed_s, standing.total_s, standing.left_s) == (
        Phase.RECORDING, wave, 0.5, 2.0, 1.5,
    )  # fmt: skip
    assert prompter.advance(15.0) == [EndTake(prompt=wave, ending=Ending.WHOLE)]
    standing = prompter.standing(15.5)
    assert (standing.phase, standing.left_s) == (Phase.REST, 1.0)
    assert standing.prompt is not None
    assert standing.prompt.text == "wave, take 2 of 2"
    assert prompter.advance(16.5) == [Tick(seconds_left=3)]


def test_a_free_take_lasts_until_somebody_ends_it() -> None:
    prompter = Prompter(Plan(seconds=None, countdown_s=0.0))
    (begun,) = prompter.start(0.0)
    assert isinstance(begun, BeginTake)
    assert (begun.prompt.action, begun.prompt.text) == ("", "Recording")
    assert prompter.advance(1e6) == []
    assert prompter.standing(1e6).left_s is None
    assert prompter.end_take(1e6) == [EndTake(prompt=begun.prompt, ending=Ending.WHOLE), Finished()]
    assert prompter.end_take(1e6) == []


def test_the_take_under_way_is_dropped_and_comes_again() -> None:
    prompter = Prompter(Plan(actions=("wave", "jump"), countdown_s=1.0))
    prompter.start(0.0)
    prompter.advance(1.0)
    dropped, tick = prompter.again(2.0)
    assert isinstance(dropped, EndTake)
    assert (dropped.prompt.action, dropped.ending) == ("wave", Ending.DROPPED)
    assert tick == Tick(seconds_left=1)
    standing = prompter.standing(2.0)
    assert standing.prompt is not None
    assert standing.prompt.action == "wave"


def test_the_last_take_can_be_repeated_while_the_next_is_counted_down_and_at_the_end() -> None:
    prompter = Prompter(Plan(actions=("wave", "jump"), countdown_s=1.0, seconds=1.0))
    prompter.start(0.0)
    prompter.advance(1.0)
    prompter.advance(2.0)  # wave is done, jump is counted down
    assert kinds(prompter.again(2.5)) == ["DropTake", "Tick"]
    assert prompter.again(2.6) == [], "it is dropped once"
    prompter.advance(3.5)
    prompter.advance(4.5)
    prompter.advance(5.5)
    assert kinds(prompter.advance(6.5)) == ["EndTake", "Finished"]
    assert kinds(prompter.again(7.0)) == ["DropTake", "Tick"]
    assert kinds(prompter.advance(8.0)) == ["BeginTake"]


def test_stopping_keeps_what_is_under_way_without_a_label() -> None:
    prompter = Prompter(Plan(actions=("wave", "jump"), countdown_s=0.0))
    prompter.start(0.0)
    ended, finished = prompter.stop(1.0)
    assert isinstance(ended, EndTake)
    assert (ended.ending, finished) == (Ending.STOPPED, Finished())
    assert not prompter.is_complete
    assert (prompter.stop(2.0), prompter.advance(9.0), prompter.again(9.0), prompter.go_on(9.0)) == ([], [], [], [])
    assert prompter.standing(9.0).prompt is None


def test_whoever_is_ready_need_not_wait_and_no_take_is_left_out() -> None:
    prompter = Prompter(Plan(actions=("wave", "jump"), countdown_s=3.0, rest_s=5.0, seconds=9.0))
    assert prompter.go_on(0.0) == [], "nothing has begun"
    prompter.start(0.0)
    assert kinds(prompter.go_on(0.5)) == ["BeginTake"]
    (ended,) = prompter.go_on(2.0)
    assert isinstance(ended, EndTake)
    assert (ended.prompt.action, ended.ending) == ("wave", Ending.WHOLE)
    assert prompter.standing(2.0).phase is Phase.REST
    assert kinds(prompter.go_on(2.5)) == ["Tick"]
    (begun,) = prompter.go_on(3.0)
    assert isinstance(begun, BeginTake)
    assert begun.prompt.action == "jump"
    assert not prompter.is_complete
    assert kinds(prompter.go_on(4.0)) == ["EndTake", "Finished"]
    assert prompter.is_complete


@given(plan=plans)
def test_a_plan_says_how_long_it_lasts(plan: Plan) -> None:
    prompter, now_s = Prompter(plan), 0.0
    prompter.start(now_s)
    while (left_s := prompter.standing(now_s).left_s) is not None:
        now_s += left_s + 1e-6  # so that no rounding leaves a moment over
        prompter.advance(now_s)
    assert plan.lasts_s == pytest.approx(now_s, abs=1e-3)
    assert Plan(seconds=None).lasts_s is None


@pytest.mark.parametrize(
    "wish",
    [{"actions": ()}, {"takes": 0}, {"takes": 10**6}, {"seconds": 0.0}, {"seconds": -1.0}, {"rest_s": float("nan")},
     {"countdown_s": float("inf")}],
)  # fmt: skip
def test_what_is_no_plan_is_refused(wish: dict[str, object]) -> None:
    with pytest.raises(DataError, match="plan"):
        Plan(**wish)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("phase", "total_s", "text", "share", "is_asking"),
    [
        (Phase.WAITING, None, "", 0.0, False),
        (Phase.COUNTDOWN, 4.0, "Get ready: wave, take 1 of 2", 0.5, True),
        (Phase.RECORDING, 4.0, "wave, take 1 of 2: now", 0.5, True),
        (Phase.RECORDING, None, "wave, take 1 of 2: 2 s", 0.0, True),
        (Phase.REST, 1.0, "Next: wave, take 1 of 2", 1.0, True),
        (Phase.DONE, None, "", 0.0, False),
    ],
)
def test_where_a_plan_stands_is_said(
    phase: Phase, total_s: float | None, text: str, share: float, is_asking: bool
) -> None:
    standing = Standing(phase=phase, prompt=Plan(actions=("wave",), takes=2).prompt(0), elapsed_s=2.0, total_s=total_s)
    assert (standing.text, standing.share, standing.is_asking) == (text, share, is_asking)
