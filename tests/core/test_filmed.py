"""Films of people who do one thing after the other: what is in them, who is found, and what thresholds make of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.datasets.authored import NO_ACTION, acted_takes, performed, resting_takes
from core.datasets.dataset import Dataset, Sample
from core.explain.clip_grid import on_grid
from core.live import calibrate
from core.live.calibrate import calibration, leave_out
from core.live.filmed import FilmJob, film_job, film_jobs, found_in_film, stream_of_film
from core.live.seen import seen_lately, seen_now
from core.model.refiner import Refiner, RefinerSpec
from core.pose.extract import ExtractionStopped
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.aimless import Manner
from core.training.source import TrainingData
from tests.clips import SMALL

ACTIONS = ("wave", "clap", NO_ACTION)
REST = ACTIONS.index(NO_ACTION)


def acted(action: str, *, seed: int, person: int = 1) -> Sample:
    (performance,) = acted_takes(action, first_seed=seed, takes=1)
    sequence = performed(performance)
    short = replace(
        sequence,
        positions_m=sequence.positions_m[:45],
        confidence=sequence.confidence[:45],
        times_s=sequence.times_s[:45],
    )
    return Sample(name=f"{action} {seed}", sequence=short, label=ACTIONS.index(action), person=person)


def resting(*, seed: int, person: int = 1) -> Sample:
    (performance,) = resting_takes(Manner.FIDGETING, first_seed=seed, takes=1)
    return Sample(name=f"rest {seed}", sequence=performed(performance), label=REST, person=person)


def samples() -> list[Sample]:
    return [acted("wave", seed=1), acted("wave", seed=2), acted("clap", seed=3), resting(seed=4)]


def test_a_film_shows_each_action_once_and_each_take_is_in_one_film() -> None:
    films = film_jobs(samples(), actions=ACTIONS, background=REST, most=4)
    assert [sorted(one.action for one in film.done) for film in films] == [["clap", "wave"], ["wave"]]
    assert films[0].seed != films[1].seed
    for film in films:
        ends_s = [0.0, *(one.end_s for one in film.done)]
        for before_s, segment in zip(ends_s, film.done, strict=False):
            assert segment.start_s - before_s > 0.5, "there is a rest before it"
        assert len(film.positions_m) / 30 > film.done[-1].end_s + 0.5, "and after the last one"
    assert len(film_jobs(samples(), actions=ACTIONS, background=REST, most=1)) == 1
    assert film_jobs([resting(seed=4)], actions=ACTIONS, background=REST, most=4) == []


def test_a_film_is_the_same_each_time_it_is_made() -> None:
    first, again = (film_jobs(samples(), actions=ACTIONS, background=REST, most=1)[0] for _ in range(2))
    np.testing.assert_array_equal(first.positions_m, again.positions_m)
    assert (first.done, first.seed) == (again.done, again.seed)


def test_without_rests_the_person_stands_still_between() -> None:
    film = film_job([acted("wave", seed=1)], [], actions=ACTIONS, seed=3)
    still = film.positions_m[: round(30 * film.done[0].start_s) - 25]
    assert np.ptp(still, axis=0).max() < 1e-5


def test_who_is_found_in_a_film_is_kept(pose_model: Path, tmp_path: Path) -> None:
    (film,) = film_jobs([acted("wave", seed=1), resting(seed=4)], actions=ACTIONS, background=REST, most=1)

    def found() -> SkeletonSequence | None:
        return found_in_film(film, pose_model=pose_model, cache=tmp_path / "films", is_stopped=lambda: False)

    first = found()
    assert first is not None
    assert len(first) > 0.9 * len(film.positions_m)
    assert first.found_in_pixels
    (kept,) = (tmp_path / "films").iterdir()
    written_ns = kept.stat().st_mtime_ns
    again = found()
    assert again is not None
    np.testing.assert_array_equal(first.positions_m, again.positions_m)
    assert kept.stat().st_mtime_ns == written_ns, "it was read"
    kept.write_bytes(kept.read_bytes()[:100])
    mended = found()
    assert mended is not None, "what is cut off is made again"
    np.testing.assert_allclose(first.positions_m, mended.positions_m, atol=1e-4)


def test_a_film_that_is_stopped_leaves_nothing(pose_model: Path, tmp_path: Path) -> None:
    (film,) = film_jobs(samples()[2:], actions=ACTIONS, background=REST, most=1)
    with pytest.raises(ExtractionStopped):
        found_in_film(film, pose_model=pose_model, cache=tmp_path / "films", is_stopped=lambda: True)
    assert not (tmp_path / "films").exists()


def found_late(film: FilmJob, *, first_s: float) -> SkeletonSequence:
    """The true joints as if they had been found, from a time on, with trembling confidence."""
    times_s = np.arange(len(film.positions_m)) / 30
    kept = times_s >= first_s
    random = np.random.default_rng(0)
    return SkeletonSequence(
        layout=performed(next(iter(acted_takes("wave", first_seed=1, takes=1)))).layout,
        positions_m=film.positions_m[kept][:, None] + np.array([0, 0, 3], np.float32),
        confidence=random.uniform(0, 0.6, (int(kept.sum()), 1, 25)).astype(np.float32),
        times_s=times_s[kept],
        found_in_pixels=True,
    )


def test_a_stream_of_a_film_is_what_an_explanation_shows_and_begins_when_somebody_is_found() -> None:
    (film,) = film_jobs(samples()[2:], actions=ACTIONS, background=REST, most=1)
    refiner = Refiner(RefinerSpec(hidden=8)).eval()
    found = found_late(film, first_s=0.4)
    stream = stream_of_film(film, found, refiner, rate_hz=15.0)
    grid = on_grid(found, rate_hz=15.0, persons=1, refiner=refiner)
    np.testing.assert_array_equal(stream.positions_m, grid.positions_m)
    np.testing.assert_array_equal(stream.seen, grid.seen)
    assert not stream.seen.all()
    (true,), (heard) = film.done, stream.done
    assert heard == (Segment(start_s=true.start_s - 0.4, end_s=true.end_s - 0.4, action="clap"),)
    late = stream_of_film(film, found_late(film, first_s=true.start_s + 0.5), None, rate_hz=15.0)
    assert late.done[0].start_s == 0, "it had begun before anybody was found"


def test_what_was_seen_lately_is_what_the_live_path_saw_at_each_moment() -> None:
    random = np.random.default_rng(5)
    rows = random.uniform(0, 0.6, (60, 2, 25, 4)).astype(np.float32)
    rows[20:26, 1] = np.nan
    lately = seen_lately(rows, span=16)
    for frame in range(60):
        np.testing.assert_array_equal(
            lately[frame] | np.isnan(rows[frame, :, 0, :1]),
            seen_now(np.nan_to_num(rows[max(0, frame - 15) : frame + 1])) | np.isnan(rows[frame, :, 0, :1]),
        )


def test_thresholds_are_chosen_on_films_where_the_model_sees_pixels(
    pose_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrate, "cache_dir", lambda: tmp_path)

    def of(person: int) -> Sequence[Sample]:
        seed = 10 * person
        return [acted("wave", seed=seed, person=person), acted("clap", seed=seed + 1, person=person),
                resting(seed=seed + 2, person=person)]  # fmt: skip

    dataset = Dataset(
        name="acted",
        actions=ACTIONS,
        samples=tuple(sample for person in (1, 2, 3) for sample in of(person)),
        train_persons=frozenset({1, 2}),
        background=NO_ACTION,
    )
    shares: list[float] = []

    def tell(share: float) -> bool:
        shares.append(share)
        return False

    data, recipe = TrainingData(dataset=dataset), SMALL.with_epochs(2)
    found = leave_out(data, recipe, split="cross-subject", place=1, is_stopped=tell, pose_model=pose_model)
    assert found is not None
    assert (found.films, len(found.replays)) == (1, 1)
    (replay,) = found.replays
    assert sorted(one.action for one in replay.done) == ["clap", "wave"]
    assert shares == sorted(shares)
    assert max(shares) < 1, "the last film is not over before it is"
    chosen = calibration([found], actions=ACTIONS, background=NO_ACTION)
    assert "in 1 film of their clips" in chosen.words()

    def stop(share: float) -> bool:
        return share >= 0.85

    assert leave_out(data, recipe, split="cross-subject", place=0, is_stopped=stop, pose_model=pose_model) is None
