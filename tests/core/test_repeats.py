"""Runs over splits and seeds: each once, kept, and the figures made of them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.errors import DataError
from core.training.figures import figures_document, protocol_text
from core.training.metrics import class_f1
from core.training.repeats import Repeats, RepeatsProgress, RunFigures, fingerprint, repeat, run_split
from core.training.source import DataSource, TrainingData
from tests.clips import ACTIONS, CPU, SMALL, small_dataset, write_dataset

RECIPE = SMALL.with_epochs(3)


def figures(split: str, seed: int, accuracy: float, **more: object) -> RunFigures:
    base = RunFigures(
        split=split, seed=seed, n=10, accuracy=accuracy, macro_f1=accuracy - 0.1, ece=0.05,
        best_epoch_accuracy=accuracy + 0.1, confusion=[[4, 1], [2, 3]], stages={"one": 0.5, "two": accuracy},
    )  # fmt: skip
    return replace(base, **more)  # type: ignore[arg-type]


TWO_BY_TWO = Repeats(
    runs=(figures("a", 0, 0.6), figures("b", 0, 0.8), figures("a", 1, 0.5), figures("b", 1, 0.5)),
)


def test_the_spread_is_that_of_the_seeds_of_the_means_over_the_splits() -> None:
    assert TWO_BY_TWO.by_seed() == pytest.approx([0.7, 0.5])
    assert TWO_BY_TWO.mean() == pytest.approx(0.6)
    assert TWO_BY_TWO.std() == pytest.approx(0.1 * 2**0.5)
    assert Repeats(runs=TWO_BY_TWO.runs[:2]).std() is None


def test_the_document_holds_means_sums_and_what_they_are_of() -> None:
    document = figures_document(TWO_BY_TWO, ("x", "y"), watched=True)
    assert document["accuracy"] == pytest.approx(0.6)
    assert document["macro_f1"] == pytest.approx(0.5)
    assert document["best_epoch_accuracy"] == pytest.approx(0.7)
    assert "only for comparison" in document["best_epoch_protocol"]
    assert document["by_split"] == pytest.approx({"a": 0.55, "b": 0.65})
    assert document["by_stage"] == pytest.approx({"one": 0.5, "two": 0.6})
    assert (document["n"], document["seeds"]) == (20, 2)
    assert document["confusion"] == [[16, 4], [8, 12]]
    assert list(document["f1"].values()) == pytest.approx([2 / 3 * 48 / 44, 24 / 36])
    assert [(run["split"], run["seed"]) for run in document["runs"]] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert document["pixels"] is None
    json.dumps(document, allow_nan=False)


def test_figures_through_pixels_are_means_too() -> None:
    through = [{"accuracy": value, "macro_f1": value, "ece": 0.1, "n": 9.0} for value in (0.2, 0.4)]
    runs = tuple(figures("a", seed, 0.9, pixels=through[seed]) for seed in (0, 1))
    document = figures_document(Repeats(runs=runs), ("x", "y"), watched=True)
    assert document["pixels"]["accuracy"] == pytest.approx(0.3)
    assert document["pixels"]["n"] == 9
    assert "MediaPipe" in document["pixels"]["protocol"]


def test_the_protocol_says_what_was_trained_on_what() -> None:
    assert "mean over 2 splits and 2 seeds" in protocol_text(TWO_BY_TWO, weights="last weights", everything=None)
    everything = protocol_text(TWO_BY_TWO, weights="last weights", everything=282)
    assert "cross-validation" in everything
    assert "all 282 sequences" in everything
    one = protocol_text(Repeats(runs=TWO_BY_TWO.runs[:1]), weights="last weights", everything=None)
    assert "one seed" in one
    assert "cross-validation" not in one


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> DataSource:
    return DataSource(name="folder", folder=write_dataset(tmp_path_factory.mktemp("clips")))


def run_all(source: DataSource, place: Path, seeds: Sequence[int], **more: object) -> list[RepeatsProgress | Repeats]:
    asked = {"splits": ["cross-subject"], "jobs": 2, "device": "cpu", **more}
    return list(repeat(source, RECIPE, seeds=seeds, place=place, **asked))  # type: ignore[arg-type]


def result(events: list[RepeatsProgress | Repeats]) -> Repeats:
    last = events[-1]
    assert isinstance(last, Repeats)
    return last


def progress(events: list[RepeatsProgress | Repeats]) -> list[RepeatsProgress]:
    return [event for event in events if isinstance(event, RepeatsProgress)]


def test_runs_in_processes_give_what_a_run_alone_gives_and_are_done_once(
    source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    events = run_all(source, tmp_path / "runs", [0, 1])
    runs = result(events).runs
    assert [(run.split, run.seed) for run in runs] == [("cross-subject", 0), ("cross-subject", 1)]
    shares = [event.share for event in progress(events)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    alone = run_split(source.load(), RECIPE, split="cross-subject", seed=1, device=CPU, tell=lambda _: False)
    torch.set_num_threads(threads)
    assert alone is not None
    assert replace(alone, elapsed_s=0.0) == replace(runs[1], elapsed_s=0.0)

    monkeypatch.setattr("core.training.repeats.ProcessPoolExecutor", None)  # nothing may start
    again = run_all(source, tmp_path / "runs", [0, 1])
    assert progress(again)[0].runs == 2
    assert result(again) == result(events)


def test_a_damaged_figure_file_is_made_again_and_the_others_are_kept(
    source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    place = tmp_path / "runs"
    place.mkdir()
    kept = figures("cross-subject", 0, 0.125, confusion=[[1] * 3] * 3)
    (place / "cross-subject seed 0.json").write_text(json.dumps({**document_of(kept)}))
    (place / "cross-subject seed 1.json").write_text("{")
    events = run_all(source, place, [0, 1], jobs=1)
    assert progress(events)[0].runs == 1
    assert result(events).runs[0].accuracy == 0.125
    assert result(events).runs[1].n == 12
    assert json.loads((place / "cross-subject seed 1.json").read_text())["n"] == 12


def document_of(run: RunFigures) -> dict[str, object]:
    return {name: getattr(run, name) for name in RunFigures.__dataclass_fields__}


def test_whoever_tells_it_to_stop_gets_no_figures() -> None:
    data, told = TrainingData(dataset=small_dataset()), list[float]()

    def tell(share: float) -> bool:
        told.append(share)
        return len(told) == 2

    assert run_split(data, RECIPE, split="cross-subject", seed=0, device=CPU, tell=tell) is None
    assert told == pytest.approx([1 / 3, 2 / 3])


def test_the_best_epoch_is_at_least_as_good_as_the_last_and_stages_are_noted() -> None:
    data = TrainingData(dataset=small_dataset())
    run = run_split(data, RECIPE, split="cross-subject", seed=0, device=CPU, tell=lambda _: False)
    assert run is not None
    assert run.best_epoch_accuracy >= run.accuracy == run.stages["everything"]
    assert class_f1(torch.tensor(run.confusion).numpy()).mean() == pytest.approx(run.macro_f1)


def test_an_unknown_split_is_refused() -> None:
    data = TrainingData(dataset=small_dataset())
    with pytest.raises(DataError, match="known are cross-subject"):
        run_split(data, RECIPE, split="nonsense", seed=0, device=CPU, tell=lambda _: False)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: replace(data, samples=data.samples[1:]),
        lambda data: replace(data, samples=(replace(data.samples[0], label=2), *data.samples[1:])),
    ],
)
def test_other_data_and_another_recipe_have_another_place(change: Callable[..., object]) -> None:
    dataset = small_dataset()
    source = DataSource(name="folder", folder=Path("anywhere"))
    place = fingerprint(source, RECIPE, TrainingData(dataset=dataset))
    assert place == fingerprint(source, RECIPE, TrainingData(dataset=small_dataset()))
    assert place != fingerprint(source, RECIPE, TrainingData(dataset=change(dataset)))  # type: ignore[arg-type]
    assert place != fingerprint(source, SMALL, TrainingData(dataset=dataset))


def test_one_run_is_repeats_of_one() -> None:
    data = TrainingData(dataset=small_dataset())
    run = run_split(data, RECIPE, split="cross-subject", seed=0, device=CPU, tell=lambda _: False)
    assert run is not None
    document = figures_document(Repeats(runs=(run,)), ACTIONS, watched=False)
    assert (document["accuracy_std"], document["best_epoch_accuracy"], document["seeds"]) == (None, None, 1)
