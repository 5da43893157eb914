"""SeekableFilm: the right picture at any moment, forwards, backwards and at random; real files."""

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import SourceError
from core.sources.seeking import SeekableFilm
from core.sources.source import Picture
from core.sources.video import VideoFile
from core.sources.video_writer import VideoWriter
from tests.fakes import FakeClock

COUNT, RATE_HZ = 150, 30.0
# Webcams slow down in bad light: the second half comes at half the rate.
TIMES_S = [number / RATE_HZ if number < 75 else 75 / RATE_HZ + 2 * (number - 75) / RATE_HZ for number in range(COUNT)]


def picture(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A picture from which its number can be read: eight bright or dark fields."""
    bits = np.array([(number >> place) & 1 for place in range(8)], np.uint8) * 200 + 20
    return np.repeat(np.repeat(bits, 16)[None, :, None], 48, axis=0).repeat(3, axis=2)


def number_of(picture_bgr: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> int:
    fields = picture_bgr[24, 8::16].mean(axis=-1) > 120
    return int(sum(1 << place for place, is_bright in enumerate(fields) if is_bright))


def expected(time_s: float) -> int:
    return max(0, int(np.searchsorted(TIMES_S, time_s + 0.0005, side="right")) - 1)


# Not at the very edge of a picture: Matroska counts in milliseconds.
moments = st.one_of(
    st.builds(lambda number, share: TIMES_S[number] + share / RATE_HZ, st.integers(0, COUNT - 1), st.floats(0.1, 0.9)),
    st.sampled_from([-1.0, 0.0, 7.9, 100.0]),
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key picture every 30, as recordings have them."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    with VideoWriter(path, size_px=(128, 48), rate_hz=RATE_HZ, survives=True) as writer:
        for number, time_s in enumerate(TIMES_S):
            writer.write(picture(number), 7.0 + time_s)
    return path


@pytest.fixture(scope="module")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key picture, and pictures that are predicted from later ones, as phones write them."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with VideoWriter(path, size_px=(128, 48), rate_hz=RATE_HZ) as writer:
        for number, time_s in enumerate(TIMES_S):
            writer.write(picture(number), time_s)
    return path


@pytest.mark.parametrize("kept_bytes", [0, 64 * 2**10, 192 * 2**20])
@given(asked=st.lists(st.tuples(moments, st.sampled_from(["at", "after", "before"])), min_size=1, max_size=12))
@example(asked=[(TIMES_S[149], "at"), (TIMES_S[144], "at"), (TIMES_S[142], "after")])
@example(
    asked=[(TIMES_S[98], "at"), (TIMES_S[91], "at"), (TIMES_S[95], "at"), (TIMES_S[91], "at"), (TIMES_S[95], "after")]
)
def test_steps_from_any_moment(film: Path, sparse: Path, kept_bytes: int, asked: list[tuple[float, str]]) -> None:
    aside = {"at": 0, "after": 1, "before": -1}
    for path in (film, sparse):
        seekable = SeekableFilm(path, kept_bytes=kept_bytes)
        seekable.open()
        try:
            found = [number_of(getattr(seekable, how)(time_s).picture_bgr) for time_s, how in asked]
        finally:
            seekable.close()
        assert found == [min(max(0, expected(max(0.0, time_s)) + aside[how]), COUNT - 1) for time_s, how in asked]


@pytest.mark.parametrize("kept_bytes", [0, 64 * 2**10, 192 * 2**20])
@example(times_s=[TIMES_S[108] + 0.5 / RATE_HZ, TIMES_S[109] + 0.5 / RATE_HZ])
@given(times_s=st.lists(moments, min_size=1, max_size=12))
def test_any_moments_in_any_order(film: Path, sparse: Path, kept_bytes: int, times_s: list[float]) -> None:
    for path in (film, sparse):
        seekable = SeekableFilm(path, kept_bytes=kept_bytes)
        seekable.open()
        try:
            found = [number_of(seekable.at(time_s).picture_bgr) for time_s in times_s]
        finally:
            seekable.close()
        assert found == [expected(max(0.0, time_s)) for time_s in times_s]


@pytest.mark.parametrize("kept_bytes", [0, 192 * 2**20])
def test_stepping_through_it_and_back(film: Path, kept_bytes: int) -> None:
    seekable = SeekableFilm(film, kept_bytes=kept_bytes)
    seekable.open()
    try:
        shot, there = seekable.at(0.0), [0]
        for _ in range(COUNT + 3):  # it stays at the end
            shot = seekable.after(shot.time_s)
            there.append(number_of(shot.picture_bgr))
        assert there == [min(number, COUNT - 1) for number in range(COUNT + 4)]
        if kept_bytes:  # without, each step back decodes a second anew
            back = []
            for _ in range(COUNT + 3):
                shot = seekable.before(shot.time_s)
                back.append(number_of(shot.picture_bgr))
            assert back == [max(COUNT - 2 - number, 0) for number in range(COUNT + 3)]
    finally:
        seekable.close()


@pytest.mark.parametrize(("pixels", "most"), [("yuv420p", 20), ("yuv444p10le", 5)])
def test_pictures_of_more_bits_and_colours_take_no_more_memory(tmp_path: Path, pixels: str, most: int) -> None:
    with av.open(tmp_path / "film.mkv", "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 128, 48, pixels
        for number in range(40):
            frame = av.VideoFrame.from_ndarray(picture(number), format="bgr24").reformat(format=pixels)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    seekable = SeekableFilm(tmp_path / "film.mkv", kept_bytes=20 * 128 * 48 * 3 // 2)
    seekable.open()
    shot = seekable.at(0.0)
    for _ in range(40):
        shot = seekable.after(shot.time_s)
    kept = len(seekable._kept._frames)
    seekable.close()
    assert 2 <= kept <= most


def test_its_times_are_those_of_the_live_path(film: Path) -> None:
    source, times_s = VideoFile(film, real_time=False), []
    source.open()
    while (frame := source.read()) is not None:
        times_s.append(frame.time_s)
    source.close()
    seekable = SeekableFilm(film)
    seekable.open()
    found = [seekable.at(time_s).time_s for time_s in times_s]
    seekable.close()
    np.testing.assert_allclose(found, times_s, atol=1e-6)


class Hasty(FakeClock):
    """Each look at it takes a while, so that a rough answer is late after some pictures."""

    def __call__(self) -> float:
        self.now_s += 0.004
        return self.now_s


@pytest.mark.parametrize("which", ["film", "sparse"])
def test_a_rough_answer_is_between_the_key_picture_and_the_moment(request: pytest.FixtureRequest, which: str) -> None:
    seekable = SeekableFilm(request.getfixturevalue(which), clock=Hasty())
    seekable.open()
    moments_s = [3.4 - 0.01 * number for number in range(30)]
    shots = [seekable.at(time_s, is_rough=True) for time_s in moments_s]
    assert shots[0].is_rough
    numbers = [number_of(shot.picture_bgr) for shot in shots]
    assert all(number <= expected(time_s) for number, time_s in zip(numbers, moments_s, strict=True))
    assert not shots[-1].is_rough  # it goes on where it was, so that a slow pointer finds the very picture
    assert numbers[-1] == expected(moments_s[-1])
    seekable.close()


def test_the_same_picture_again_is_the_same_shot(film: Path) -> None:
    seekable = SeekableFilm(film)
    seekable.open()
    assert seekable.at(1.001) is seekable.at(1.02)
    assert seekable.at(1.001) is not seekable.at(1.05)
    seekable.close()


def test_what_is_no_film_is_said(tmp_path: Path) -> None:
    path = tmp_path / "no.mkv"
    path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(SourceError, match="cannot be read as a video"):
        SeekableFilm(path).open()


def test_a_film_that_was_cut(film: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mkv"
    path.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    seekable = SeekableFilm(path)
    seekable.open()
    assert number_of(seekable.at(1.0).picture_bgr) == expected(1.0)
    last = seekable.at(60.0)
    assert number_of(last.picture_bgr) == expected(last.time_s)
    assert last.time_s > 1.0
    seekable.close()


def test_real_films(shared_data: Path) -> None:
    for path in (
        sorted((shared_data / "videos").rglob("*.avi"))[:3] + sorted((shared_data / "videos").rglob("*.mp4"))[:3]
    ):
        source = VideoFile(path, real_time=False)
        pictures: list[tuple[float, Picture]] = []
        source.open()
        while len(pictures) < 60 and (frame := source.read()) is not None:
            pictures.append((frame.time_s, frame.picture_bgr))
        source.close()
        seekable = SeekableFilm(path)
        seekable.open()
        for time_s, picture_bgr in pictures[::-7]:
            assert np.array_equal(seekable.at(time_s).picture_bgr, picture_bgr)
        seekable.close()
