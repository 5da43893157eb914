"""Runs over splits and seeds: each once, kept, and the figures made of them."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.documents import write_document
from core.errors import DataError, DeviceError, OutputError
from core.training.figures import figures_document, protocol_text
from core.training.metrics import class_f1
from core.training.repeats import RepeatsProgress, fingerprint, repeat, run_split
from core.training.run_figures import Repeats, RunFigures
from core.training.source import DataSource, TrainingData
from tests.clips import ACTIONS, CPU, SMALL, DeadlySource, small_dataset, write_dataset

ROOT = Path(__file__).resolve().parent.parent.parent
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
    one_split = Repeats(runs=TWO_BY_TWO.runs[::2])
    alone = protocol_text(one_split, weights="last weights", everything=282)
    assert "cross-validation" not in alone, "one test part is none"
    assert "none saw its test part" in alone
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
    anew = next(
        repeat(
            source, RECIPE, splits=["cross-subject"], seeds=[0], jobs=1, device="cpu", place=tmp_path / "runs",
            restart=True,
        )
    )  # fmt: skip
    assert isinstance(anew, RepeatsProgress)
    assert anew.runs == 0


def test_a_damaged_figure_file_is_made_again_and_the_others_are_kept(
    source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    place = tmp_path / "runs"
    place.mkdir()
    kept = figures("cross-subject", 0, 0.125, n=9, confusion=[[1] * 3] * 3)
    (place / "cross-subject seed 0.json").write_text(json.dumps({**document_of(kept)}))
    (place / "cross-subject seed 1.json").write_text("{")
    events = run_all(source, place, [0, 1], jobs=1)
    assert progress(events)[0].runs == 1
    assert result(events).runs[0].accuracy == 0.125
    assert result(events).runs[1].n == 12
    assert json.loads((place / "cross-subject seed 1.json").read_text())["n"] == 12


@pytest.mark.parametrize(
    "nonsense",
    [
        {"accuracy": 17.0},
        {"ece": float("nan")},
        {"seed": 1},
        {"split": "x-view"},
        {"n": 11},
        {"confusion": [[4, 1], [5]]},
        {"stages": {"one": -0.5}},
    ],
    ids=str,
)
def test_kept_figures_that_make_no_sense_are_made_again(nonsense: dict[str, object], tmp_path: Path) -> None:
    source = DataSource(name="folder", folder=tmp_path)
    for changes, runs in [({}, 1), (nonsense, 0)]:
        kept = {**document_of(figures("cross-subject", 0, 0.5)), **changes}
        (tmp_path / "cross-subject seed 0.json").write_text(json.dumps(kept))
        events = repeat(
            source, RECIPE, splits=["cross-subject"], seeds=[0], jobs=1, device="cpu", place=tmp_path
        )  # fmt: skip
        first = next(events)
        assert isinstance(first, RepeatsProgress)
        assert first.runs == runs


def test_a_full_disk_costs_no_run(source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    tries: list[Path] = []

    def full_at_first(path: Path, value: object) -> None:
        tries.append(path)
        if len(tries) == 1:
            raise OutputError(f"Cannot write {path}: No space left on device.")
        write_document(path, value)

    monkeypatch.setattr("core.training.repeats.write_document", full_at_first)
    events = run_all(source, tmp_path / "runs", [0, 1], jobs=1)
    assert len(result(events).runs) == 2
    said = [event.failure for event in progress(events)]
    assert "No space left" in "".join(said)
    assert said[-1] == "", "there is room again"
    assert len(list((tmp_path / "runs").iterdir())) == 2


class LateExecutor:
    """Its first run ends while it is shut down; the others are never begun."""

    def __init__(self, *_: object, **__: object) -> None:
        self.futures: list[Future[RunFigures | None]] = []

    def __enter__(self) -> "LateExecutor":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, *_: object) -> Future[RunFigures | None]:
        self.futures.append(Future())
        return self.futures[-1]

    def shutdown(self, **_: object) -> None:
        self.futures[0].set_result(figures("cross-subject", 0, 0.5))
        for future in self.futures[1:]:
            future.cancel()


def test_a_run_that_ends_while_the_others_are_cancelled_is_kept(
    source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.training.repeats.ProcessPoolExecutor", LateExecutor)
    monkeypatch.setattr("core.training.repeats._POLL_S", 0.0)
    events = repeat(source, RECIPE, splits=["cross-subject"], seeds=[0, 1], jobs=2, device="cpu", place=tmp_path)
    next(events), next(events)
    events.close()
    assert [path.name for path in tmp_path.iterdir()] == ["cross-subject seed 0.json"]


def test_a_process_that_dies_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"memory runs out.*--jobs"):
        run_all(DeadlySource(name="folder", folder=tmp_path), tmp_path / "runs", [0], jobs=1)


def test_what_is_wrong_in_one_run_is_told_with_its_name(tmp_path: Path) -> None:
    gone = DataSource(name="folder", folder=tmp_path / "gone")
    with pytest.raises(DataError, match=r"cross-subject, seed 3: .*not a folder"):
        run_all(gone, tmp_path / "runs", [3], jobs=1)


ENDLESS = """
import multiprocessing, sys
from pathlib import Path
from core.training.repeats import RepeatsProgress, repeat
from core.training.source import DataSource
from tests.clips import SMALL
data, place = map(Path, sys.argv[1:])
source, recipe = DataSource(name="folder", folder=data), SMALL.with_epochs(10**6)
for event in repeat(source, recipe, splits=["cross-subject"], seeds=[0], jobs=1, device="cpu", place=place):
    if isinstance(event, RepeatsProgress) and event.share > 0:
        print(multiprocessing.active_children()[0].pid, flush=True)
        sys.stdin.read()  # until it is killed
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when a process that is no child ends")
def test_no_process_survives_a_parent_that_is_killed(source: DataSource, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(source.folder), str(tmp_path / "runs")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JOINTLIGHT_HOME": str(tmp_path / "home")},
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        watch = os.pidfd_open(worker)
        parent.kill()
    ended, _, _ = select.select([watch], [], [], 60)
    os.close(watch)
    if not ended:
        os.kill(worker, signal.SIGKILL)
    assert ended


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
        lambda data: replace(data, samples=(replace(data.samples[0], person=9), *data.samples[1:])),
        lambda data: replace(data, samples=(replace(data.samples[0], label=2), *data.samples[1:])),
    ],
)
def test_other_data_and_another_recipe_have_another_place(change: Callable[..., object]) -> None:
    dataset = small_dataset()
    source = DataSource(name="folder", folder=Path("anywhere"))
    place = fingerprint(source, RECIPE, TrainingData(dataset=dataset), device="cpu")
    assert place == fingerprint(source, RECIPE, TrainingData(dataset=small_dataset()), device="cpu")
    assert place != fingerprint(source, RECIPE, TrainingData(dataset=change(dataset)), device="cpu")  # type: ignore[arg-type]
    assert place != fingerprint(source, SMALL, TrainingData(dataset=dataset), device="cpu")


def test_one_run_is_repeats_of_one() -> None:
    data = TrainingData(dataset=small_dataset())
    run = run_split(data, RECIPE, split="cross-subject", seed=0, device=CPU, tell=lambda _: False)
    assert run is not None
    document = figures_document(Repeats(runs=(run,)), ACTIONS, watched=False)
    assert (document["accuracy_std"], document["best_epoch_accuracy"], document["seeds"]) == (None, None, 1)
