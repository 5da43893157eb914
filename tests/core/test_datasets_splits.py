"""Splits as data: by person, camera and fold; the first counts, another can be chosen, mistakes are told."""

from dataclasses import replace

import numpy as np
import pytest

from core.datasets.dataset import Dataset, Sample, Split, SplitBy
from core.errors import DataError
from core.skeleton.layouts import SBU_15
from core.skeleton.sequence import SkeletonSequence

SEQUENCE = SkeletonSequence(
    layout=SBU_15,
    positions_m=np.zeros((2, 2, 15, 3), np.float32),
    confidence=np.ones((2, 2, 15), np.float32),
    times_s=np.array([0.0, 0.1]),
)
SPLITS = (
    Split(name="by person", by=SplitBy.PERSON, train=frozenset({1}), text="person 1 trains"),
    Split(name="by view", by=SplitBy.VIEW, train=frozenset({2}), text="camera 2 trains"),
    Split(name="fold 1", by=SplitBy.GROUP, train=frozenset({7}), text="all train"),
)


def dataset() -> Dataset:
    samples = tuple(
        Sample(name=f"{person}{view}{label}", sequence=SEQUENCE, label=label, person=person, view=view, group=7)
        for person in (1, 2)
        for view in (1, 2)
        for label in (0, 1)
    )
    return Dataset(name="small", actions=("walk", "jump"), samples=samples, splits=SPLITS)


def names(samples: tuple[Sample, ...]) -> set[str]:
    return {sample.name for sample in samples}


def test_each_split_divides_by_its_own_attribute() -> None:
    data = dataset()
    assert names(data.part(train=True)) == {"110", "111", "120", "121"}
    assert names(data.part(train=True, split="by view")) == {"120", "121", "220", "221"}
    assert names(data.part(train=False, split="by view")) == {"110", "111", "210", "211"}
    assert data.persons == 2


def test_another_split_can_be_made_the_one_that_counts() -> None:
    data = dataset()
    assert (data.split, data.train_persons) == ("person 1 trains", frozenset({1}))
    chosen = data.with_split("by view")
    assert names(chosen.part(train=False)) == names(data.part(train=False, split="by view"))
    assert (chosen.split, chosen.train_persons) == ("camera 2 trains", frozenset())
    assert {split.name for split in chosen.splits} == {split.name for split in SPLITS}
    fewer = replace(chosen, samples=chosen.samples[:6])  # a split does not count places: samples may go
    assert names(fewer.part(train=True)) == {"120", "121"}
    with pytest.raises(DataError, match="no split 'fold 9': known are by person, by view, fold 1"):
        data.with_split("fold 9")


def test_only_splits_that_never_test_a_sample_twice_are_folds() -> None:
    """A mean over a test by person and one by camera would be a figure of nothing."""
    data = dataset()
    with pytest.raises(DataError, match=r"by person, by view, fold 1\) are no folds .* --split"):
        _ = data.folds
    by_person = (SPLITS[0], Split(name="the other", by=SplitBy.PERSON, train=frozenset({2})))
    assert replace(data, splits=by_person).folds == ("by person", "the other")
    assert replace(data, splits=SPLITS[1:2]).folds == ("by view",)


def test_an_empty_part_and_an_action_without_training_are_told() -> None:
    data = dataset()
    with pytest.raises(DataError, match="no sample of the test groups"):
        data.part(train=False, split="fold 1")
    lacking = replace(data, samples=tuple(sample for sample in data.samples if sample.name not in ("111", "121")))
    with pytest.raises(DataError, match=r"no training sample .* of these actions: jump"):
        lacking.part(train=True)
    assert len(lacking.part(train=False)) == 4
    with pytest.raises(DataError, match="and 3 more"):
        replace(data, actions=tuple("abcdefghij")).part(train=True)


def test_persons_alone_are_a_split_too() -> None:
    plain = Dataset(name="plain", actions=("walk", "jump"), samples=dataset().samples, train_persons=frozenset({2}))
    assert names(plain.part(train=True)) == {"210", "211", "220", "221"}
    assert [split.name for split in plain.splits] == ["cross-subject"]
