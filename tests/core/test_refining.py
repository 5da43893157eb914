"""Teaching refiners: they learn, nobody's joints are refined by one that has seen them, and what is taught is kept."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.datasets.dataset import Sample
from core.live import calibrate
from core.live.calibrate import leave_out
from core.live.filmed import FilmJob, streams_of_film
from core.live.replay import Stream
from core.model.folder import load_model, save_model
from core.model.refiner import Refiner, RefinerSpec
from core.skeleton.layouts import KINECT_25, MEDIAPIPE_33
from core.skeleton.sequence import SkeletonSequence
from core.training import refiner_teaching, refining
from core.training.distributed import Team
from core.training.loop import Shard
from core.training.presets import recipe_named, tuned
from core.training.refining import RefinedData, refined_by, refined_data, refined_sample
from core.training.repeats import run_split
from core.training.run import ModelTraining, Plan, RunResult
from core.training.source import TrainingData
from tests.clips import CPU, SMALL
from tests.fakes import tiny_model
from tests.refining import found, small_refiner, taught_dataset

SPEC = RefinerSpec(hidden=8)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(refiner_teaching, "_STEPS", 30)
    monkeypatch.setattr(refiner_teaching, "cache_dir", lambda: tmp_path / "cache")


def data_of(**changes: Any) -> TrainingData:
    seen = taught_dataset(**changes)
    plain = [
        replace(one, sequence=replace(one.sequence.to_kinect25(), found_in_pixels=False), true_joints_m=None)
        for one in seen.samples
    ]
    return TrainingData(dataset=replace(seen, samples=tuple(plain)), pixels=seen)


def last(items: Generator[float | RefinedData, None, None]) -> RefinedData:
    *others, result = items
    shares = [share for share in others if isinstance(share, float)]
    assert shares == sorted(shares), "progress goes on"
    assert isinstance(result, RefinedData)
    return result


def errors_m(data: TrainingData, truth: TrainingData) -> float:
    """Mean distance of all refined joints from the true ones, from the hips."""
    assert data.pixels is not None
    assert truth.pixels is not None
    errors = []
    for one, other in zip(data.pixels.samples, truth.pixels.samples, strict=True):
        assert other.true_joints_m is not None
        first, second = (joints[:, 0] for joints in (one.sequence.to_kinect25().positions_m, other.true_joints_m))
        off = first - first[:, [12, 16]].mean(axis=1, keepdims=True)
        off -= second - second[:, [12, 16]].mean(axis=1, keepdims=True)
        errors.append(np.linalg.norm(off, axis=-1).mean())
    return float(np.mean(errors))


def test_a_refiner_learns_what_is_always_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refiner_teaching, "_STEPS", 150)
    monkeypatch.setattr(refiner_teaching, "_BATCH", 4)
    data = data_of(persons=(1, 2))
    refined = last(refined_data(data, RefinerSpec(hidden=32), rate_hz=15, trains=lambda one: one.person == 1, seed=0))
    before, after = errors_m(data, data), errors_m(refined.data, data)
    assert before > 0.15
    assert after < before / 2


def test_nobody_is_refined_by_one_who_has_seen_them(monkeypatch: pytest.MonkeyPatch) -> None:
    taught: dict[int, set[int]] = {}
    used: dict[int, set[int]] = {}
    data = data_of(persons=(1, 2, 3, 4, 5))
    real_lessons, real_sample = refiner_teaching.lessons_of, refining.refined_sample

    def lessons(samples: Sequence[Sample], *, rate_hz: float) -> Any:
        taught[len(taught)] = {one.person for one in samples}
        return real_lessons(samples, rate_hz=rate_hz)

    def teach(_lessons: object, spec: RefinerSpec, *, seed: int) -> Generator[float | Refiner, None, None]:
        refiner = small_refiner(hidden=spec.hidden)
        refiner.number = len(taught) - 1  # type: ignore[assignment]
        yield refiner

    def sample(one: Sample, refiner: Any, *, rate_hz: float) -> Sample:
        used.setdefault(one.person, set()).add(refiner.number)
        return real_sample(one, refiner, rate_hz=rate_hz)

    monkeypatch.setattr(refiner_teaching, "lessons_of", lessons)
    monkeypatch.setattr(refiner_teaching, "teach", teach)
    monkeypatch.setattr(refining, "refined_sample", sample)
    last(refined_data(data, SPEC, rate_hz=15, trains=lambda one: one.person in {1, 3, 5}, seed=0))
    assert len(taught) == 4, "one for each of three persons and one for all"
    assert set(used) == {1, 2, 3, 4, 5}
    for person, numbers in used.items():
        (number,) = numbers  # the same in both views
        assert person not in taught[number]
        assert person in {1, 3, 5} or taught[number] == {1, 3, 5}


def test_one_person_alone_teaches_one_refiner() -> None:
    refined = last(refined_data(data_of(), SPEC, rate_hz=15, trains=lambda one: one.person == 1, seed=0))
    assert refined.refiner is not None
    assert refined.data.pixels is not None
    assert all(one.sequence.layout is KINECT_25 for one in refined.data.pixels.samples)


@pytest.mark.parametrize("what", ["no spec", "no pixels", "no truth"])
def test_where_nothing_can_teach_nothing_is_refined(what: str) -> None:
    data = data_of()
    if what == "no pixels":
        data = replace(data, pixels=None)
    elif what == "no truth" and data.pixels is not None:
        samples = tuple(replace(one, true_joints_m=None) for one in data.pixels.samples)
        data = replace(data, pixels=replace(data.pixels, samples=samples))
    spec = None if what == "no spec" else SPEC
    refined = last(refined_data(data, spec, rate_hz=15, trains=lambda _: True, seed=0))
    assert refined.refiner is None
    assert refined.data is data


def test_what_is_taught_is_kept_and_what_is_damaged_is_taught_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run() -> RefinedData:
        return last(refined_data(data_of(), SPEC, rate_hz=15, trains=lambda _: True, seed=0))

    first = run()
    kept = sorted((tmp_path / "cache" / "refiners").glob("*.safetensors"))
    assert len(kept) == 5
    kept[0].write_bytes(b"broken")
    taught = 0
    real = refiner_teaching.teach

    def teach(lessons: Any, spec: RefinerSpec, *, seed: int) -> Generator[float | Refiner, None, None]:
        nonlocal taught
        taught += 1
        yield from real(lessons, spec, seed=seed)

    monkeypatch.setattr(refiner_teaching, "teach", teach)
    second = run()
    assert taught == 1, "the damaged one only"
    assert errors_m(first.data, data_of()) == pytest.approx(errors_m(second.data, data_of()))


def test_who_waits_for_another_process_takes_what_it_has_taught(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(refiner_teaching, "_POLL_S", 0.01)

    def teaching() -> Generator[float | RefinedData, None, None]:
        return refined_data(data_of(), SPEC, rate_hz=15, trains=lambda one: one.person == 1, seed=0)

    first, second = teaching(), teaching()
    assert isinstance(next(first), float), "it teaches"
    assert next(second) == 0.0, "it waits"
    assert next(second) == 0.0
    refined = last(first)
    monkeypatch.setattr(refiner_teaching, "teach", None)  # nothing is left to teach
    waited = last(second)
    assert refined.refiner is not None
    assert waited.refiner is not None
    torch.testing.assert_close(waited.refiner.state_dict(), refined.refiner.state_dict())


def test_who_is_cancelled_lets_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refiner_teaching, "_POLL_S", 0.01)
    first = refined_data(data_of(), SPEC, rate_hz=15, trains=lambda one: one.person == 1, seed=0)
    next(first)
    first.close()
    assert last(refined_data(data_of(), SPEC, rate_hz=15, trains=lambda one: one.person == 1, seed=0)).refiner


def test_what_is_kept_can_be_read_where_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> RefinedData:
        return last(refined_data(data_of(), SPEC, rate_hz=15, trains=lambda one: one.person == 1, seed=0))

    run()

    def touch(_path: Path) -> None:
        raise PermissionError(13, "it is somebody else's")

    monkeypatch.setattr(Path, "touch", touch)
    monkeypatch.setattr(refiner_teaching, "teach", None)
    assert run().refiner is not None


def test_a_full_disk_costs_only_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder is needed")
    assert last(refined_data(data_of(), SPEC, rate_hz=15, trains=lambda _: True, seed=0)).refiner is not None


def test_teaching_draws_from_nobody_elses_luck() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    last(refined_data(data_of(), SPEC, rate_hz=15, trains=lambda _: True, seed=0))
    torch.testing.assert_close(torch.rand(3), wanted)


RECIPE = replace(SMALL.with_epochs(2), refiner=SPEC)


def test_a_model_is_trained_with_its_refiner_and_keeps_it(tmp_path: Path) -> None:
    data = data_of()
    refined = last(refined_by(data, RECIPE, split="cross-subject"))
    plan = Plan(
        data=refined.data,
        refiner=refined.refiner,
        recipe=RECIPE.adapted_to(data.dataset),
        title="Small",
        out=tmp_path / "out",
        command="",
        split="cross-subject",
    )
    *_, result = ModelTraining(plan, team=Team(shard=Shard(), device=CPU)).events()
    assert isinstance(result, RunResult)
    model = load_model(str(result.folder), device="cpu")
    assert model.config.refiner == SPEC
    network = sum(one.numel() for one in model.network.parameters())
    assert model.refiner is not None
    assert result.metrics["parameters"] == network + sum(one.numel() for one in model.refiner.parameters())


def test_runs_over_seeds_refine_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    data = data_of()
    figures = run_split(
        data, RECIPE.adapted_to(data.dataset), split="cross-subject", seed=0, device=CPU, tell=lambda _: False
    )
    assert figures is not None
    stopped = run_split(
        data_of(frames=31),
        RECIPE.adapted_to(data.dataset),
        split="cross-subject",
        seed=0,
        device=CPU,
        tell=lambda _: True,
    )
    assert stopped is None


def test_who_is_left_out_has_taught_no_refiner(monkeypatch: pytest.MonkeyPatch) -> None:
    persons: list[set[int]] = []
    real = refiner_teaching.lessons_of

    def lessons(samples: Sequence[Sample], *, rate_hz: float) -> Any:
        persons.append({one.person for one in samples})
        return real(samples, rate_hz=rate_hz)

    monkeypatch.setattr(refiner_teaching, "lessons_of", lessons)
    data = data_of(persons=(1, 2, 3, 5, 7))
    recipe = RECIPE.adapted_to(data.dataset)
    everybody = replace(data.dataset, train_persons=frozenset({1, 2, 3, 5, 7}), splits=())
    data = TrainingData(dataset=everybody, pixels=data.pixels)
    left = leave_out(data, recipe, split=None, place=2, is_stopped=lambda _: False)
    assert left is not None
    assert persons
    assert all(3 not in taught for taught in persons)
    assert leave_out(data_of(frames=33), recipe, split=None, place=0, is_stopped=lambda _: True) is None


def test_films_of_who_is_left_out_are_refined_by_a_refiner_that_never_saw_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = data_of(persons=(1, 2, 3, 5, 7))
    everybody = replace(data.dataset, train_persons=frozenset({1, 2, 3, 5, 7}), splits=())
    data = TrainingData(dataset=everybody, pixels=data.pixels)
    assert data.pixels is not None
    seen = data.pixels.samples[0].sequence
    refiners: list[Refiner | None] = []
    real = streams_of_film

    def streams(job: FilmJob, found: SkeletonSequence, refiner: Refiner | None, *, rate_hz: float) -> Iterator[Stream]:
        refiners.append(refiner)
        return real(job, found, refiner, rate_hz=rate_hz)

    monkeypatch.setattr(calibrate, "streams_of_film", streams)
    monkeypatch.setattr(calibrate, "found_in_films", lambda jobs, **_: [seen for _ in jobs])
    recipe = RECIPE.adapted_to(data.dataset)
    left = leave_out(data, recipe, split=None, place=2, is_stopped=lambda _: False, pose_model=Path("any"))
    assert left is not None
    assert left.films == len(refiners) > 0
    assert all(isinstance(one, Refiner) for one in refiners)


def test_a_refined_sample_forgets_its_truth() -> None:
    (sample, *_) = taught_dataset().samples
    assert sample.sequence.layout is MEDIAPIPE_33
    refined = refined_sample(sample, small_refiner(), rate_hz=15)
    assert refined.true_joints_m is None
    assert refined.label == sample.label


def test_who_starts_from_a_model_takes_joints_as_they_are_found(tmp_path: Path) -> None:
    model = tiny_model()
    save_model(tmp_path / "m", network=model.network, config=model.config, metrics={}, card="", refiner=small_refiner())
    data = data_of()
    refined = last(refined_by(data, tuned(str(tmp_path / "m"), model.config), split="cross-subject"))
    assert refined.refiner is None
    assert refined.data is data


def test_both_views_are_refined_where_both_were_found_in_pixels() -> None:
    data = data_of()
    films = TrainingData(dataset=taught_dataset(), pixels=data.pixels)
    refined = last(refined_data(films, SPEC, rate_hz=15, trains=lambda one: one.person in {1, 3}, seed=0)).data
    assert refined.pixels is not None
    for one, other in zip(refined.dataset.samples, refined.pixels.samples, strict=True):
        np.testing.assert_array_equal(one.sequence.positions_m, other.sequence.positions_m)


def test_pairs_teach_nothing() -> None:
    seen = taught_dataset()
    pairs = tuple(
        replace(
            one,
            sequence=found(30, persons=2, seed=place),
            true_joints_m=np.zeros((30, 2, 25, 3), np.float32),
        )
        for place, one in enumerate(seen.samples)
    )
    data = TrainingData(dataset=seen, pixels=replace(seen, samples=pairs))
    assert last(refined_data(data, SPEC, rate_hz=15, trains=lambda _: True, seed=0)).refiner is None


def test_several_takes_of_a_recording_take_fewer_epochs() -> None:
    recipe = recipe_named("everyday")
    dataset = taught_dataset()
    plain, seen = recipe.adapted_to(dataset), recipe.adapted_to(dataset, in_pixels=True)
    assert [stage.epochs for stage in plain.stages] == [60]
    assert [stage.epochs for stage in seen.stages] == [30]
    assert [stage.epochs for stage in recipe.with_epochs(7).adapted_to(dataset, in_pixels=True).stages] == [7]
    assert recipe.adapted_to(taught_dataset(), in_pixels=True).refiner is not None
