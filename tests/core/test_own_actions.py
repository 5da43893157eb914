"""Own actions: which clips train and test, rounds, cancelling and going on, and what is said about it."""

import itertools
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.datasets.from_library import EVEN, ODD, ONLY, library_clips, take_sides
from core.errors import DataError, ModelError, OutputError
from core.library.library import Library
from core.library.records import with_mirror
from core.training.evaluate import ClipOutputs
from core.training.events import EpochDone, RunStarted
from core.training.own_actions import OwnActions, OwnTraining
from core.training.own_advice import warnings_of
from core.training.own_events import OwnEvent, OwnProgress, OwnResult, RoundDone, RoundStarted
from core.training.own_report import cell, f1_of, read_report, worst_first
from core.training.own_rounds import fewer_takes
from core.training.run import ModelTraining
from tests.clips import ACTIONS, clip, own_library, own_take, small_dataset
from tests.fakes import FakeClock

TWO_PERSONS = {(person, action): 4 for person in ("Anna", "Ben") for action in range(3)}
ONE_PERSON = {("Anna", action): 4 for action in range(3)}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Checkpoints of each test are its own."""
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def wish(tmp_path: Path, takes: Mapping[tuple[str, int], int] = TWO_PERSONS) -> OwnActions:
    library = tmp_path / "library"
    if not library.exists():
        own_library(library, takes)
    return OwnActions(library=library, out=library / "models" / "own", epochs=1, device="cpu")


def events_of(wish: OwnActions) -> list[OwnEvent]:
    with closing(OwnTraining(wish).events()) as events:
        return list(events)


def result_of(wish: OwnActions) -> OwnResult:
    last = events_of(wish)[-1]
    assert isinstance(last, OwnResult)
    return last


def clips_of(folder: Path) -> tuple[str, ...]:
    """What is said about the clips of a library."""
    clips = library_clips(Library.for_reading(folder))
    return warnings_of(clips, clips.dataset.splits[0].name)


# --- from the wish to the report ---


def test_the_test_part_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tested, count = ModelTraining.tested, [0]

    def counted(self: ModelTraining) -> list[ClipOutputs]:
        count[0] += 1
        return tested(self)

    monkeypatch.setattr(ModelTraining, "tested", counted)
    result = result_of(wish(tmp_path))
    assert count == [1]
    assert result.metrics["accuracy_of_these_weights"] == result.report.accuracy


def test_a_report_can_be_opened_again_and_its_cells_hold_the_clips(tmp_path: Path) -> None:
    result = result_of(wish(tmp_path))
    report = result.report
    assert report == read_report(result.folder)
    assert report.actions == ACTIONS
    assert report.persons == ("Anna", "Ben")
    assert report.trained_clips == dict.fromkeys(ACTIONS, 4)
    assert report.tested_clips == dict.fromkeys(ACTIONS, 4)
    matrix = np.array(report.confusion)
    assert matrix.sum() == len(report.clips) == 12
    assert np.trace(matrix) == round(12 * report.accuracy)
    for true, action in enumerate(ACTIONS):
        for place, said in enumerate(ACTIONS):
            clips = cell(report, action, said)
            assert len(clips) == matrix[true, place]
            assert {(clip.action, clip.said) for clip in clips} <= {(action, said)}
    assert report.clips == worst_first(report.clips)
    library = Library.for_reading(tmp_path / "library")
    for one in report.clips:
        assert one.person == library.entry(one.recording).recording.person == "Anna", "who tests is nobody who trains"
        assert library.entry(one.recording).segments[0].action == one.action
        assert one.clip == f"{one.recording}@0.00"
        assert one.is_right == (one.confidence == one.probability_of_truth)


def test_metrics_say_what_was_trained_on_which_command(tmp_path: Path) -> None:
    metrics = result_of(replace(wish(tmp_path), seed=3)).metrics
    assert metrics["command"] == "jointlight train --library DIR --start everyday --epochs 1 --seed 3 --out DIR"
    assert metrics["split"] == "Anna tests, the other 1 train"
    assert metrics["learning_curve"] == []


def test_it_can_begin_from_nothing(tmp_path: Path) -> None:
    events = events_of(replace(wish(tmp_path), start=""))
    assert isinstance(events[-1], OwnResult)
    stages = {event.stage for event in events if isinstance(event, EpochDone)}
    assert stages == {"everything"}


def test_two_persons_together_are_learnt_from_a_model_of_two(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        for number in range(12):
            joints = clip(number % 3, seed=number, persons=2)
            own_take(library, joints, person=f"pair {number % 2}", action=ACTIONS[number % 3], number=number)
    report = result_of(replace(wish(tmp_path), start="sbu-interactions")).report
    assert report.trained_clips == dict.fromkeys(ACTIONS, 2)


def test_names_in_any_script_come_back(tmp_path: Path) -> None:
    actions = ("手を振る", "Füße heben", "a=b [red]")
    own_library(
        tmp_path / "library", {("Jürgen", n): 2 for n in range(3)} | {("李", n): 1 for n in range(3)}, actions=actions
    )
    report = result_of(wish(tmp_path)).report
    assert (report.actions, report.persons) == (actions, ("Jürgen", "李"))
    assert {one.person for one in report.clips} <= {"Jürgen", "李"}
    assert read_report(tmp_path / "library" / "models" / "own") == report


# --- rounds ---


def test_rounds_learn_from_more_and_more_and_test_on_the_same(tmp_path: Path) -> None:
    events = events_of(replace(wish(tmp_path), learning_curve=True))
    started = [event for event in events if isinstance(event, RoundStarted)]
    assert [(event.number, event.of, event.takes, event.clips) for event in started] == [
        (1, 3, 1, 3), (2, 3, 2, 6), (3, 3, 4, 12),
    ]  # fmt: skip
    assert [event.samples for event in events if isinstance(event, RunStarted)] == [3, 6, 12]
    points = [event.point for event in events if isinstance(event, RoundDone)]
    assert isinstance(events[-1], OwnResult)
    report = events[-1].report
    assert report.learning_curve == tuple(points)
    assert (points[-1].accuracy, points[-1].macro_f1) == (report.accuracy, report.macro_f1)
    assert points[-1].f1 == f1_of(report)
    assert [point.most_takes for point in points] == [1, 2, 4]
    assert report.advice


def test_a_larger_share_of_the_takes_holds_the_smaller_and_each_action_keeps_one() -> None:
    samples = small_dataset(takes=8).samples[:17]  # 8, 8 and 1
    places = range(len(samples))
    kept = [fewer_takes(samples, places, share=share, seed=5) for share in (0.01, 0.25, 0.5, 1.0)]
    assert [len(some) for some in kept] == [3, 5, 9, 17]
    assert all(small < large for small, large in itertools.pairwise(kept))
    assert kept[0] != fewer_takes(samples, places, share=0.01, seed=6)


def test_two_takes_leave_two_rounds(tmp_path: Path) -> None:
    library = {(person, action): 2 for person in ("Anna", "Ben") for action in range(3)}
    events = events_of(replace(wish(tmp_path, library), learning_curve=True))
    assert [event.clips for event in events if isinstance(event, RoundStarted)] == [3, 6]


def test_progress_goes_on_over_all_rounds_and_tells_the_time_left(tmp_path: Path) -> None:
    clock = FakeClock()
    training = OwnTraining(replace(wish(tmp_path), learning_curve=True), clock=clock)
    told: list[OwnProgress] = []
    with closing(training.events()) as events:
        for event in events:
            if isinstance(event, EpochDone):
                clock.now_s += 10.0
            told += [event] if isinstance(event, OwnProgress) else []
    shares = [event.share for event in told]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert told[-1].left_s == pytest.approx(0, abs=1e-6)
    assert told[1].left_s is None
    assert told[2].left_s == pytest.approx(30 * (1 - shares[2]) / shares[2])


# --- cancelling ---


def test_what_was_cancelled_in_any_round_goes_on_and_gives_the_same_weights(tmp_path: Path, home: Path) -> None:
    asked = replace(wish(tmp_path), learning_curve=True, epochs=2)
    whole = result_of(replace(asked, out=tmp_path / "whole"))
    events = OwnTraining(asked).events()
    for event in events:
        if isinstance(event, RoundStarted) and event.number == 2:
            break
    while not isinstance(next(events), EpochDone):
        pass
    events.close()
    assert not asked.out.exists()
    later = events_of(asked)
    rounds = [(event.number, event.resumed_epoch) for event in later if isinstance(event, RoundStarted)]
    assert rounds == [(1, 4), (2, 1), (3, 0)]
    assert isinstance(later[-1], OwnResult)
    assert later[-1].report.learning_curve == whole.report.learning_curve
    one, other = (load_file(folder / "model.safetensors") for folder in (whole.folder, asked.out))
    assert all(torch.equal(weights, other[name]) for name, weights in one.items())
    assert list((home / "cache" / "checkpoints").iterdir()) == [], "what is done leaves nothing"


def test_a_restart_begins_anew(tmp_path: Path) -> None:
    asked = wish(tmp_path)
    events = OwnTraining(asked).events()
    while not isinstance(next(events), EpochDone):
        pass
    events.close()
    for event in events_of(replace(asked, restart=True)):
        if isinstance(event, RoundStarted):
            assert event.resumed_epoch == 0


def test_another_mirror_is_another_training(tmp_path: Path) -> None:
    asked = wish(tmp_path)
    with Library.opened(asked.library) as library:
        library.change(lambda document: with_mirror(document, "left", "right"))
    events = OwnTraining(asked).events()
    while not isinstance(next(events), EpochDone):
        pass
    events.close()
    with Library.opened(asked.library) as library:
        library.change(lambda document: with_mirror(document, "bend", "bend"))
    assert next(event for event in events_of(asked) if isinstance(event, RoundStarted)).resumed_epoch == 0


# --- which clips test ---


def test_with_one_person_takes_are_split_and_that_is_said(tmp_path: Path) -> None:
    report = result_of(wish(tmp_path, ONE_PERSON)).report
    assert report.split == "odd takes train, even ones test"
    assert any("All clips are of one person" in sentence for sentence in report.warnings)
    assert any("nothing about others" in sentence for sentence in report.warnings)


def test_an_action_with_one_clip_is_learnt_and_named_as_not_tested(tmp_path: Path) -> None:
    for name, takes in {
        "one": {**ONE_PERSON, ("Anna", 2): 1},
        "two": {**TWO_PERSONS, ("Anna", 2): 0, ("Ben", 2): 1},
    }.items():
        folder = own_library(tmp_path / name, takes)
        report = result_of(OwnActions(library=folder, out=tmp_path / f"{name} model", epochs=1, device="cpu")).report
        assert (report.trained_clips["right"], report.tested_clips["right"]) == (1, 0)
        assert f1_of(report)["right"] is None
        assert None not in (f1_of(report)["bend"], f1_of(report)["left"])
        assert any("Learnt and not tested" in sentence and "right" in sentence for sentence in report.warnings)
        assert any("Few takes" in sentence and "right (1)" in sentence for sentence in report.warnings)


def test_who_is_alone_with_an_action_is_not_left_out(tmp_path: Path) -> None:
    folder = own_library(tmp_path / "library", {**TWO_PERSONS, ("Anna", 2): 0})
    (first, last) = library_clips(Library.for_reading(folder)).dataset.splits
    assert (first.name, last.name) == ("without Anna", "without Ben")
    assert "Not everybody did every action: Anna (not right)." in clips_of(folder)
    with pytest.raises(DataError, match=r"no training sample \(without Ben\) of these actions: right"):
        result_of(replace(wish(tmp_path), split="without Ben"))


def test_where_nobody_can_be_left_out_takes_are_split_and_that_is_said(tmp_path: Path) -> None:
    folder = own_library(tmp_path / "library", {("Anna", 0): 4, ("Ben", 1): 4, ("Ben", 2): 4})
    assert [split.name for split in library_clips(Library.for_reading(folder)).dataset.splits] == [
        "odd takes", "even takes",
    ]  # fmt: skip
    assert any("whoever is left out" in sentence for sentence in clips_of(folder))


def test_who_has_more_than_half_of_the_clips_is_rather_learnt_from(tmp_path: Path) -> None:
    folder = own_library(
        tmp_path / "library", {(p, a): n for p, n in (("Anna", 5), ("Ben", 1), ("Cleo", 2)) for a in (0, 1)}
    )
    splits = library_clips(Library.for_reading(folder)).dataset.splits
    assert [split.name for split in splits] == ["without Cleo", "without Ben", "without Anna"]


def test_odd_takes_are_the_films_with_odd_numbers(tmp_path: Path) -> None:
    """Whatever the time of the films, and whoever was not found in one of them."""
    with Library.opened(tmp_path / "library", create=True) as library:
        for place, film in enumerate([10, 3, 1, 2, 4, 11]):
            for action in (0, 1):
                joints = None if (film, action) == (2, 0) else clip(action, seed=film)
                name = f"{ACTIONS[action]}-{film}.mp4"
                own_take(library, joints, person="me", action=ACTIONS[action], number=2 * place + action, source=name)
        clips = library_clips(library)
        films = [int(library.entry(place.recording).recording.source[5:-4]) for place in clips.places]
    takes = {1: 1, 2: 2, 3: 3, 4: 4, 10: 5, 11: 6}
    assert [place.take for place in clips.places] == [takes[film] for film in films]
    assert [sample.group for sample in clips.dataset.samples] == [takes[film] % 2 for film in films]
    assert len(films) == 11
    (skipped,) = clips.dataset.skipped
    assert "nobody was found in 'bend'" in skipped
    assert any(
        "Left out: " in sentence and "nobody was found" in sentence for sentence in clips_of(tmp_path / "library")
    )


@pytest.mark.parametrize(
    ("takes", "sides"),
    [
        ([4], [ONLY]),
        ([1, 2], [ODD, EVEN]),
        ([1, 3, 4], [ODD, ODD, EVEN]),
        ([1, 3, 5], [ODD, EVEN, ODD]),
        ([2, 4], [ODD, EVEN]),
    ],
)
def test_sides_of_takes(takes: list[int], sides: list[int]) -> None:
    assert take_sides(takes) == sides


# --- mirrors ---


def test_a_library_says_what_its_actions_are_in_a_mirror(tmp_path: Path) -> None:
    folder = own_library(tmp_path / "library", {**ONE_PERSON, ("Anna", 2): 0})
    for action, becomes, expected in [("bend", "bend", (0, -1)), ("left", "right", (0, -1)), ("bend", "left", (1, 0))]:
        with Library.opened(folder) as library:
            library.change(partial(with_mirror, action=action, becomes=becomes))
            assert library_clips(library).dataset.in_mirror == expected, "no clip shows 'right'"
    assert "No clip yet, so not learnt: right." in clips_of(folder)


# --- what is refused ---


def test_too_little_is_refused_in_words(tmp_path: Path) -> None:
    nobody = tmp_path / "nobody"
    with Library.opened(nobody, create=True) as library:
        own_take(library, None, person="me", action="bend", number=1)
    unlabelled = tmp_path / "unlabelled"
    with Library.opened(unlabelled, create=True) as library:
        own_take(library, clip(0, seed=1), person="me", action="", number=1)
    Library.opened(tmp_path / "empty", create=True).close()
    for folder, words in [
        (tmp_path / "empty", "holds no recording yet"),
        (unlabelled, "nothing is labelled"),
        (nobody, "nobody was found"),
        (own_library(tmp_path / "one", {("Anna", 0): 3}), "one action only, 'bend'"),
        (own_library(tmp_path / "each", {("Anna", 0): 1, ("Anna", 1): 1}), "nothing is left to test on"),
        (tmp_path / "none", "is no library"),
    ]:
        with pytest.raises(DataError, match=words):
            events_of(OwnActions(library=folder, out=tmp_path / "model"))


def test_what_does_not_fit_is_refused_before_the_library_is_read(tmp_path: Path) -> None:
    asked = OwnActions(library=tmp_path / "none", out=tmp_path / "model")
    with pytest.raises(ModelError, match="no model 'nobody'"):
        events_of(replace(asked, start="nobody"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="other things"):
        events_of(replace(asked, out=tmp_path / "mine"))
    with pytest.raises(DataError, match="has no split 'without Zoe': known are without Anna"):
        events_of(replace(wish(tmp_path), split="without Zoe"))
    with pytest.raises(DataError, match="looks at 2 person"):
        events_of(replace(wish(tmp_path), start="sbu-interactions"))
