"""Early stop: who is held out, and that the best weights by them are kept."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from core.datasets.dataset import Dataset
from core.errors import DataError
from core.training.checkpoint import restore, snapshot
from core.training.early_stop import EarlyStop, HoldOut, divide
from core.training.events import EpochDone, RunFinished
from core.training.source import TrainingData
from tests.clips import SMALL, STAGED, new_run, small_dataset

SPLIT = "cross-subject"


def names(dataset: Dataset) -> set[str]:
    return {sample.name for sample in dataset.samples}


@pytest.mark.parametrize("seed", range(5))
def test_whole_training_persons_are_held_out_and_the_test_part_stays(seed: int) -> None:
    data = TrainingData(dataset=small_dataset())
    division = divide(data, split=SPLIT, share=0.2, seed=seed)
    held, rest = division.held.dataset, division.rest.dataset
    assert names(held) | names(rest) == names(data.dataset)
    assert not names(held) & names(rest)
    assert len({sample.person for sample in held.samples}) == 1
    assert {sample.person for sample in held.samples} <= {0, 2}
    assert rest.part(train=False, split=SPLIT) == data.dataset.part(train=False, split=SPLIT)
    assert "1 of the 2 training persons" in division.words


def test_the_seed_decides_who_and_the_same_persons_go_in_both_views() -> None:
    dataset = small_dataset(train_persons=frozenset({0, 1, 2}), splits=())
    twice = replace(dataset, samples=dataset.samples * 2)
    data = TrainingData(dataset=dataset, pixels=twice)
    divisions = [divide(data, split=SPLIT, share=0.3, seed=seed) for seed in (0, 0, 1, 2, 3, 4)]
    assert names(divisions[0].held.dataset) == names(divisions[1].held.dataset)
    assert len({frozenset(names(division.held.dataset)) for division in divisions}) > 1
    pixels = divisions[0].held.pixels
    assert pixels is not None
    assert names(pixels) == names(divisions[0].held.dataset)


def test_one_person_alone_gives_some_samples_of_each_action() -> None:
    dataset = small_dataset(train_persons=frozenset({0}), splits=())
    division = divide(TrainingData(dataset=dataset), split=SPLIT, share=0.2, seed=0)
    assert sorted(sample.label for sample in division.held.dataset.samples) == [0, 1, 2]
    assert "drawn from each action" in division.words
    division.rest.dataset.part(train=True)  # has every action


def test_a_person_without_whom_an_action_is_lost_is_not_held_out_whole() -> None:
    dataset = small_dataset()
    only = tuple(
        sample for sample in dataset.samples if sample.person in {1, 3} or (sample.label == 1) == (sample.person == 0)
    )
    division = divide(TrainingData(dataset=replace(dataset, samples=only)), split=SPLIT, share=0.3, seed=0)
    assert {sample.label for sample in division.held.dataset.samples} == {0, 1, 2}


def test_too_few_samples_and_numbers_without_sense_are_refused() -> None:
    dataset = small_dataset(takes=1, train_persons=frozenset({0}), splits=())
    with pytest.raises(DataError, match="too few"):
        divide(TrainingData(dataset=dataset), split=SPLIT, share=0.5, seed=0)
    for share, patience in [(0.0, 1), (1.0, 1), (-1.0, 1), (0.5, 0)]:
        with pytest.raises(DataError):
            HoldOut(share=share, patience=patience)


def watched(accuracies: Sequence[float], *, patience: int) -> EarlyStop:
    left = iter(accuracies)
    return EarlyStop(test=lambda: next(left), patience=patience)


def test_it_ends_when_nothing_gets_better_and_keeps_the_best_weights() -> None:
    run, stop = new_run(SMALL.on_plateaus()), watched([0.2, 0.6, 0.6, 0.5], patience=2)
    weights = []
    events = list(stop.follow(run))
    assert isinstance(events[-1], RunFinished)
    accuracies = [event.held_out_accuracy for event in events if isinstance(event, EpochDone)]
    assert accuracies == [0.2, 0.6, 0.6, 0.5]
    assert (stop.best_epoch, stop.best_accuracy) == (2, 0.6)
    again = new_run(SMALL.on_plateaus())
    for event in again.events():
        if isinstance(event, EpochDone):
            weights.append(again.network.members[0].classify.weight.detach().clone())
            if event.epoch == 2:
                break
    assert torch.equal(run.network.members[0].classify.weight, weights[1])
    assert not run.network.training


def test_it_lets_every_stage_before_the_last_one_run_to_its_end() -> None:
    run, stop = new_run(STAGED.on_plateaus()), watched([0.9, 0.1, 0.1], patience=1)
    epochs = [event for event in stop.follow(run) if isinstance(event, EpochDone)]
    assert [event.stage for event in epochs][-2:] == ["together", "together"]
    assert [event.held_out_accuracy for event in epochs] == [None] * 7 + [0.9, 0.1]


def test_a_run_that_gets_better_to_the_last_runs_to_its_end() -> None:
    run, stop = new_run(SMALL.with_epochs(3).on_plateaus()), watched([0.1, 0.2, 0.3], patience=1)
    assert len([event for event in stop.follow(run) if isinstance(event, EpochDone)]) == 3
    assert stop.best_epoch == 3


def test_the_rate_falls_on_a_plateau_and_not_again_before_another_one_has_passed() -> None:
    run, stop = new_run(SMALL.with_epochs(20).on_plateaus()), watched([0.5, 0.6, *[0.6] * 6], patience=6)
    rates = [event.rate for event in stop.follow(run) if isinstance(event, EpochDone)]
    first = SMALL.stages[-1].rate  # a plateau is 2 epochs long here: the third part of the patience
    assert rates == pytest.approx([first] * 4 + [first / 10] * 2 + [first / 100] * 2)


def test_a_gain_puts_the_next_fall_of_the_rate_off() -> None:
    run, stop = (
        new_run(SMALL.with_epochs(8).on_plateaus()),
        watched([0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4], patience=6),
    )
    assert len({event.rate for event in stop.follow(run) if isinstance(event, EpochDone)}) == 1


def test_where_the_plateaus_stood_survives_an_interruption() -> None:
    accuracies = [0.5, *[0.4] * 9]
    whole = watched(accuracies, patience=9)
    expected = [e.rate for e in whole.follow(new_run(SMALL.with_epochs(20).on_plateaus())) if isinstance(e, EpochDone)]
    run, first = new_run(SMALL.with_epochs(20).on_plateaus()), watched(accuracies[:5], patience=9)
    for event in first.follow(run):
        if isinstance(event, EpochDone) and event.epoch == 5:
            state = snapshot(run, fingerprint="", watcher=first)
            break
    resumed, second = new_run(SMALL.with_epochs(20).on_plateaus()), watched(accuracies[5:], patience=9)
    restore(resumed, state, watcher=second)
    rates = [event.rate for event in second.follow(resumed) if isinstance(event, EpochDone)]
    assert rates == expected[5:]
    assert len(set(expected)) == 3


def test_a_rate_on_a_cycle_cannot_be_lowered_from_outside() -> None:
    with pytest.raises(ValueError, match="plateaus"):
        new_run(SMALL).lower_rate()
