"""What a training reads: its parts through pixels."""

from dataclasses import replace

from core.datasets.dataset import Split, SplitBy
from core.training.source import TrainingData
from tests.clips import CPU, SMALL, small_dataset


def test_a_recording_that_is_there_in_two_takes_is_tested_once() -> None:
    """Takes are made by the first split; the test part of another one holds recordings that have two."""
    others = Split(name="others", by=SplitBy.PERSON, train=frozenset({1, 3}))
    dataset = small_dataset()
    dataset = replace(dataset, splits=(*dataset.splits, others))
    twice = tuple(sample for sample in dataset.samples if dataset.splits[0].trains(sample))
    data = TrainingData(dataset=dataset, pixels=replace(dataset, samples=dataset.samples + twice))
    for split in ("cross-subject", "others"):
        plain, pixels = data.test_tensors(SMALL, split=split, device=CPU)
        assert (len(plain), len(pixels)) == (12, 12)
