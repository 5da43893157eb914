"""Films of people who do one thing after the other: what is in them, who is found, and what thresholds make of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets.authored import NO_ACTION, acted_takes, performed, resting_takes
from core.datasets.dataset import Dataset, Sample
from core.errors import DataError
from core.live import calibrate, filmed
from core.live.calibrate import calibration, leave_out
from core.live.filmed import FilmJob, film_job, film_jobs, found_in_films, streams_of_film
from core.live.seen import seen_lately, seen_now
from core.model.refiner import Refiner, RefinerSpec
from core.pose.extract import ExtractionStopped
from core.skeleton.layouts import KINECT_25
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


def found_in(film: FilmJob, pose_model: Path, cache: Path) -> SkeletonSequence | None:
    (found,) = found_in_films([film], pose_model=pose_model, cache=cache, is_stopped=lambda _: False)
    return found


def test_who_is_found_in_a_film_is_kept(pose_model: Path, tmp_path: Path) -> None:
    (film,) = film_jobs([acted("wave", seed=1), resting(seed=4)], actions=ACTIONS, background=REST, most=1)
    first = found_in(film, pose_model, tmp_path / "films")
    assert first is not None
    assert len(first) > 0.9 * len(film.positions_m)
    assert first.found_in_pixels
    (kept,) = (tmp_path / "films").iterdir()
    written_ns = kept.stat().st_mtime_ns
    again = found_in(film, pose_model, tmp_path / "films")
    assert again is not None
    np.testing.assert_array_equal(first.positions_m, again.positions_m)
    assert kept.stat().st_mtime_ns == written_ns, "it was read"
    kept.write_bytes(kept.read_bytes()[:100])
    mended = found_in(film, pose_model, tmp_path / "films")
    assert mended is not None, "what is cut off is made again"
    np.testing.assert_allclose(first.positions_m, mended.positions_m, atol=1e-4)


def test_a_film_that_cannot_be_kept_was_watched_all_the_same(
    pose_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (film,) = film_jobs(samples()[2:], actions=ACTIONS, background=REST, most=1)
    (tmp_path / "films").write_text("a file where a folder is needed")
    monkeypatch.setattr(filmed, "extract", lambda *_, **__: found_late(film, first_s=0.0))
    assert found_in(film, pose_model, tmp_path / "films") is not None


def test_a_film_with_nobody_is_left_out_and_not_watched_again(
    pose_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (film,) = film_jobs(samples()[2:], actions=ACTIONS, background=REST, most=1)
    watched = []

    def nobody(*_: Any, **__: Any) -> SkeletonSequence:
        watched.append(1)
        raise DataError("A person was found in only 0 of 200 frames.")

    monkeypatch.setattr(filmed, "extract", nobody)
    assert [found_in(film, pose_model, tmp_path / "films") for _ in range(2)] == [None, None]
    assert len(watched) == 1
    (said,) = (tmp_path / "films").iterdir()
    assert "0 of 200" in said.read_text(encoding="utf-8")


def test_a_film_that_is_stopped_leaves_nothing(pose_model: Path, tmp_path: Path) -> None:
    (film,) = film_jobs(samples()[2:], actions=ACTIONS, background=REST, most=1)
    asked: list[int] = []

    def stop(number: int) -> bool:
        asked.append(number)
        return len(asked) > 3

    with pytest.raises(ExtractionStopped):
        list(found_in_films([film], pose_model=pose_model, cache=tmp_path / "films", is_stopped=stop))
    assert asked == [0] * 4, "in the middle of it"
    assert not (tmp_path / "films").exists()


def found_late(film: FilmJob, *, first_s: float, without_s: tuple[float, float] = (0, 0)) -> SkeletonSequence:
    """The true joints as if they had been found, from a time on and not for a while, with trembling confidence."""
    times_s = np.arange(len(film.positions_m)) / 30
    kept = (times_s >= first_s - 1e-6) & ~((times_s >= without_s[0]) & (times_s < without_s[1]))
    random = np.random.default_rng(0)
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=film.positions_m[kept][:, None] + np.array([0, 0, 3], np.float32),
        confidence=random.uniform(0, 0.6, (int(kept.sum()), 1, 25)).astype(np.float32),
        times_s=times_s[kept],
        found_in_pixels=True,
    )


def test_a_stream_of_a_film_begins_when_somebody_is_found() -> None:
    (film,) = film_jobs(samples()[2:], actions=ACTIONS, background=REST, most=1)
    refiner = Refiner(RefinerSpec(hidden=8)).eval()
    found = found_late(film, first_s=0.4)
    (stream,) = streams_of_film(film, found, refiner, rate_hz=15.0)
    (plain,) = streams_of_film(film, found, None, rate_hz=15.0)
    assert stream.positions_m.shape == plain.positions_m.shape
    assert not np.allclose(stream.positions_m, plain.positions_m), "as the refiner has them"
    assert not stream.seen.all()
    (true,), (heard,) = film.done, stream.done
    assert (heard.action, heard.start_s, heard.end_s) == pytest.approx(("clap", true.start_s - 0.4, true.end_s - 0.4))
    (late,) = streams_of_film(film, found_late(film, first_s=true.start_s + 0.5), None, rate_hz=15.0)
    assert late.done[0].start_s == 0, "it had begun before anybody was found"
    (after,) = streams_of_film(film, found_late(film, first_s=true.end_s + 0.2), None, rate_hz=15.0)
    assert after.done == ()


def test_where_nobody_is_found_for_a_while_another_stream_begins() -> None:
    (film,) = film_jobs(samples(), actions=ACTIONS, background=REST, most=1)
    first, second = film.done
    until_s = len(film.positions_m) / 30
    middle_s = (first.start_s + first.end_s) / 2
    hole = (middle_s, second.start_s - 0.3)
    before, after = streams_of_film(film, found_late(film, first_s=0, without_s=hole), None, rate_hz=15.0)
    assert [one.action for one in before.done] == [first.action]
    assert before.done[0].end_s == pytest.approx(middle_s, abs=0.1), "what is not seen any more is over"
    assert [one.action for one in after.done] == [second.action]
    assert after.done[0].start_s == pytest.approx(0.3, abs=0.1)
    assert len(before.positions_m) + len(after.positions_m) == pytest.approx(15 * (until_s - hole[1] + hole[0]), abs=3)
    wholly = (first.start_s - 0.1, first.end_s + 1.0)
    streams = list(streams_of_film(film, found_late(film, first_s=0, without_s=wholly), None, rate_hz=15.0))
    assert [one.action for stream in streams for one in stream.done] == [second.action], "nobody could have seen it"


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

    during = [share for share in shares if share >= 0.8][1:]
    assert len(during) > 10, "it is asked again and again while a film runs"
    asked: list[float] = []

    def stop(share: float) -> bool:
        asked.append(share)
        return asked.count(during[0]) > 3  # one epoch ends there, and the film begins

    monkeypatch.setattr(calibrate, "cache_dir", lambda: tmp_path / "other")
    assert leave_out(data, recipe, split="cross-subject", place=1, is_stopped=stop, pose_model=pose_model) is None
    assert asked.count(during[0]) == 4
