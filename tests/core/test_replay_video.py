"""A clip as a video or a GIF: every picture shows what the network said at its time, and bounds are kept and told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from core.errors import DataError, OutputError, SourceError
from core.explain import replay_video
from core.explain.clip_pictures import Chosen, Look, clip_pictures, picture_count
from core.explain.curve_strip import PAGE_S, draw_strip, pages
from core.explain.explained import Explained, explain_clip
from core.explain.film import Film, projected, watch
from core.explain.heat import TIMES_UNIFORM, Palette, heat_colours_rgb
from core.explain.inks import INKS, Theme, rgb
from core.explain.replay_video import write_gif, write_video
from core.model.sta_lstm import Variant
from core.sources.source import Picture
from core.sources.video_writer import VideoWriter
from tests.explaining import joined, moving, small_model, without
from tests.fakes import FakeEstimator

GREY = 90


def grey_film(path: Path, *, frames: int = 60, rate_hz: float = 30.0, size_px: tuple[int, int] = (320, 240)) -> Path:
    with VideoWriter(path, size_px=size_px, rate_hz=rate_hz) as writer:
        for number in range(frames):
            writer.write(np.full((size_px[1], size_px[0], 3), GREY, np.uint8), number / rate_hz)
    return path


def decoded(path: Path) -> tuple[list[float], list[Picture]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [float(frame.time or 0) for frame in frames], [
        np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in frames
    ]


def grid_px(persons: int = 1) -> np.ndarray:
    """25 joints in the middle of 320 x 240, each alone."""
    grid = np.stack(np.meshgrid(np.linspace(130, 190, 5), np.linspace(90, 170, 5)), axis=-1).reshape(25, 2)
    return np.stack([grid + 70 * person for person in range(persons)])


@pytest.fixture(scope="module")
def explained() -> Explained:
    return explain_clip(small_model(kept=0.95), moving(60))


def test_a_video_of_joints_has_a_picture_for_each_frame_of_the_grid(tmp_path: Path, explained: Explained) -> None:
    told: list[tuple[int, int | None]] = []
    path = tmp_path / "clip.mp4"
    assert write_video(path, explained, progress=lambda done, total: told.append((done, total))) == 30
    times_s, pictures = decoded(path)
    np.testing.assert_allclose(times_s, explained.times_s, atol=0.002)
    assert told == [(number, 30) for number in range(1, 31)]
    assert pictures[0].shape[1] == 1280
    assert [file.name for file in tmp_path.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize("palette", list(Palette))
def test_the_joints_of_a_film_have_the_heat_of_their_time(
    tmp_path: Path, explained: Explained, palette: Palette
) -> None:
    """The film has twice the rate of the grid: each picture shows what was said last."""
    scale = replace(TIMES_UNIFORM, palette=palette)
    film = Film(
        path=grey_film(tmp_path / "film.mkv"),
        times_s=np.arange(60) / 30,
        points_px=np.repeat(grid_px()[None], 60, axis=0).astype(np.float32),
    )
    shown = list(clip_pictures(explained, film, Look(scale=scale), chosen=Chosen(start_s=0.5, end_s=0.7)))
    assert len(shown) == 7
    for one in shown:
        frame = int(one.time_s * 15 + 1e-6)
        for place in (2, 10, 20):
            x, y = (grid_px()[0, place] * 3).round().astype(int)  # small films are enlarged
            expected = heat_colours_rgb(explained.heat[frame, [place]], scale)[0]
            assert one.picture_bgr[y, x, ::-1].tolist() == expected.tolist()


def test_a_film_is_shown_while_the_clip_lasts(tmp_path: Path) -> None:
    path = grey_film(tmp_path / "film.mkv", frames=90)
    sequence = moving(40)
    later = replace(sequence, times_s=sequence.times_s + 1.0)
    explained = explain_clip(small_model(), later)
    film = Film(path=path, times_s=later.times_s, points_px=np.repeat(grid_px()[None], 40, axis=0).astype(np.float32))
    out = tmp_path / "out.mp4"
    write_video(out, explained, film=film)
    times_s, _ = decoded(out)
    assert len(times_s) == pytest.approx(40, abs=2)
    assert times_s[0] == 0.0
    assert picture_count(explained, film) == pytest.approx(40, abs=2)


def test_who_is_away_is_not_drawn_and_a_gap_says_so(tmp_path: Path) -> None:
    sequence = joined(without(moving(60, persons=2), slice(20, 40), person=1), moving(30, persons=2), gap_s=2)
    explained = explain_clip(small_model(persons=2), sequence)
    points_px = np.repeat(grid_px(2)[None], len(sequence), axis=0).astype(np.float32)
    points_px[20:40, 1] = np.nan
    film = Film(path=grey_film(tmp_path / "film.mkv", frames=150), times_s=sequence.times_s, points_px=points_px)
    at = {round(one.time_s, 2): one.picture_bgr for one in clip_pictures(explained, film)}
    second = slice(3 * 175, 3 * 230), slice(3 * 215, 3 * 250)  # where only the second person stands
    assert (np.abs(at[0.33][second].astype(int) - GREY) > 40).any()
    assert (np.abs(at[1.0][second].astype(int) - GREY) < 4).all()
    middle = slice(3 * 100, 3 * 170), slice(3 * 130, 3 * 190)
    assert (np.abs(at[3.0][middle].astype(int) - GREY) < 4).all(), "in the gap there is nobody"


def test_in_a_gap_nobody_stands_on_the_stage() -> None:
    explained = explain_clip(small_model(), joined(moving(60), moving(30), gap_s=20))
    shown = list(clip_pictures(explained))
    assert len(shown) == picture_count(explained, None) == len(explained) + 1
    place = next(number for number, one in enumerate(shown) if shown[number + 1].time_s - one.time_s > 10)
    last, gone, back = shown[place - 1 : place + 2]
    assert gone.time_s - last.time_s < 0.2
    stage = slice(0, 720)
    heat = [len(np.unique(one.picture_bgr[stage].reshape(-1, 3), axis=0)) for one in (last, gone, back)]
    assert heat[1] < heat[0] / 2 > 20, "no joints, no heat"
    assert heat[1] < heat[2] / 2


@pytest.mark.parametrize("name", ["out.mp4", "out.gif"])
def test_a_film_that_ends_before_the_clip_is_said_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    path = grey_film(tmp_path / "film.mkv", frames=15)
    sequence = replace(moving(40), times_s=moving(40).times_s + 5.0)
    points_px = np.repeat(grid_px()[None], 40, axis=0).astype(np.float32)
    film = Film(path=path, times_s=sequence.times_s, points_px=points_px)
    write = write_gif if name.endswith("gif") else write_video
    with pytest.raises(SourceError, match="ends before this clip"):
        write(tmp_path / name, explain_clip(small_model(), sequence), film=film)
    assert [file.name for file in tmp_path.iterdir()] == ["film.mkv"]


def test_a_film_is_watched_and_keeps_where_joints_are(tmp_path: Path) -> None:
    path = grey_film(tmp_path / "film.mkv", frames=30)
    estimator = FakeEstimator(sees=lambda frame: frame.number >= 10)
    told: list[tuple[int, int | None]] = []
    sequence, film = watch(path, estimator, persons=1, tell=lambda done, total: told.append((done, total)))
    assert estimator.closed
    assert told[-1][0] == 30
    assert len(sequence) == 20
    np.testing.assert_allclose(film.times_s, sequence.times_s)
    assert np.isfinite(film.points_px).all()
    assert np.isnan(film.at(0.0)).all()
    np.testing.assert_array_equal(film.at(float(film.times_s[3])), film.points_px[3])
    with pytest.raises(DataError, match="A person was found in only 0 of 30 frames"):
        watch(path, FakeEstimator(sees=lambda frame: False), persons=1)
    with pytest.raises(SourceError, match="no file"):
        watch(tmp_path / "none.mp4", FakeEstimator(), persons=1)


def test_two_persons_are_watched_on_their_places(tmp_path: Path) -> None:
    path = grey_film(tmp_path / "film.mkv", frames=40)
    sequence, film = watch(path, FakeEstimator(sees=lambda frame: (0, 1)), persons=2)
    assert film.points_px.shape == (len(sequence), 2, 25, 2)
    apart_px = np.nanmean(film.points_px[-1, :, :, 0], axis=1)
    assert abs(apart_px[1] - apart_px[0]) > 40


def test_between_known_joints_a_film_interpolates_and_beyond_it_knows_none() -> None:
    points_px = np.zeros((3, 1, 25, 2), np.float32)
    points_px[1] = 10
    film = Film(path=Path("x.mp4"), times_s=np.array([0.0, 0.5, 3.0]), points_px=points_px)
    assert film.at(0.25)[0, 0].tolist() == [5, 5]
    assert film.at(-0.05)[0, 0].tolist() == [0, 0]
    assert np.isnan(film.at(-0.5)).all()
    assert np.isnan(film.at(1.5)).all(), "in a gap"
    assert film.at(3.05)[0, 0].tolist() == [0, 0]
    assert np.isnan(film.at(3.2)).all()


def test_joints_without_their_places_in_the_picture_are_projected(tmp_path: Path) -> None:
    path = grey_film(tmp_path / "film.mkv", frames=3)
    sequence = moving(3)
    positions_m = np.zeros((3, 1, 25, 3), np.float32)
    positions_m[..., 2] = 2.0
    positions_m[:, 0, 1] = (0.5, 0.25, 2.0)
    positions_m[2] = 0
    film = projected(path, replace(sequence, positions_m=positions_m))
    assert film.points_px[0, 0, 0].tolist() == [160, 120]
    assert film.points_px[0, 0, 1].tolist() == [160 - 256 * 0.25, 120 - 256 * 0.125]
    assert np.isnan(film.points_px[2]).all()


def test_a_gif_holds_its_times_and_the_colours_of_the_scale(tmp_path: Path, explained: Explained) -> None:
    path = tmp_path / "clip.gif"
    assert write_gif(path, explained) == ""
    with Image.open(path) as gif:
        frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(gif)]
        durations = [frame.info["duration"] for frame in ImageSequence.Iterator(gif)]
    assert len(frames) == len(explained)
    assert sum(durations[:-1]) == pytest.approx(1000 * explained.duration_s, abs=20)
    assert frames[0].width == 640
    legend = np.asarray(frames[0])[15:120, 480:].reshape(-1, 3).astype(int)
    for heat in (1.0, 2.0, 3.0, 4.0):
        away = np.abs(legend - heat_colours_rgb(np.array([heat]))[0]).max(axis=1)
        assert away.min() <= 6, f"{heat} times uniform keeps its colour"


def test_a_long_gif_is_cut_around_the_answer_and_says_so(tmp_path: Path) -> None:
    explained = explain_clip(small_model(window_frames=20), moving(900))
    path = tmp_path / "clip.gif"
    note = write_gif(path, explained)
    assert note.startswith("The GIF shows 12.0 s of 29.9 s, from ")
    with Image.open(path) as gif:
        assert len(list(ImageSequence.Iterator(gif))) == pytest.approx(181, abs=2)


def test_a_gif_that_is_too_large_is_made_smaller(
    tmp_path: Path, explained: Explained, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.gif"
    write_gif(path, explained)
    monkeypatch.setattr(replay_video, "GIF_MOST_BYTES", path.stat().st_size - 1)
    write_gif(path, explained)
    with Image.open(path) as gif:
        assert gif.size[0] == 512


@pytest.mark.parametrize("write", [write_video, write_gif])
def test_what_cannot_be_written_is_said_and_nothing_is_left(
    tmp_path: Path, explained: Explained, write: Callable[..., object]
) -> None:
    suffix = ".mp4" if write is write_video else ".gif"
    with pytest.raises(OutputError):
        write(tmp_path / "none" / f"clip{suffix}", explained)
    film = Film(path=tmp_path / "gone.mp4", times_s=np.zeros(1), points_px=np.zeros((1, 1, 25, 2), np.float32))
    with pytest.raises(SourceError):
        write(tmp_path / f"clip{suffix}", explained, film=film)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_video_leaves_nothing(tmp_path: Path, explained: Explained) -> None:
    def interrupt(done: int, _total: int | None) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(tmp_path / "clip.mp4", explained, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_hardly_any_frames_make_a_video_too(tmp_path: Path, frames: int) -> None:
    explained = explain_clip(small_model(Variant.LSTM), moving(frames))
    write_video(tmp_path / "clip.mp4", explained)
    write_gif(tmp_path / "clip.gif", explained)
    assert len(decoded(tmp_path / "clip.mp4")[0]) == len(explained)


@pytest.mark.parametrize("theme", list(Theme))
def test_the_line_of_the_strip_stands_at_its_time(explained: Explained, theme: Theme) -> None:
    strip = draw_strip(explained, slice(0, len(explained)), width_px=960, height_px=240, theme=theme)
    assert strip.picture_bgr.shape == (240, 960, 3)
    for time_s in (0.4, 1.2):
        changed = (strip.at(time_s) != strip.picture_bgr).any(axis=-1)
        x = float(np.flatnonzero(changed.any(axis=0)).mean()) + 0.5
        share = (x - strip.left_px) / (strip.right_px - strip.left_px)
        assert strip.first_s + share * (strip.last_s - strip.first_s) == pytest.approx(time_s, abs=0.01)
    assert strip.picture_bgr[2, 2, ::-1].tolist() == list(rgb(INKS[theme].ground))
    assert (strip.at(99) == strip.picture_bgr).all()


def test_a_long_clip_has_pages_of_curves() -> None:
    explained = explain_clip(small_model(window_frames=20), moving(1500))
    found = pages(explained)
    assert [part.start for part in found] == [0, 300, 600]
    assert found[-1].stop == len(explained)
    assert all(explained.times_s[part.stop - 1] - explained.times_s[part.start] <= PAGE_S for part in found)
