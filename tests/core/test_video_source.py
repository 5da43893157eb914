"""VideoFile: times, pacing, looping, and every kind of file that is not a good video."""

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from core.errors import SourceError
from core.opencv import cv2
from core.sources import video as video_module
from core.sources.source import Frame
from core.sources.video import Item, MediaTimes, VideoFile

STEADY_S = [number / 20 for number in range(10)]


def write_video(
    path: Path, times_s: Sequence[float] = STEADY_S, *, size_px: tuple[int, int] = (64, 48), codec: str = "libx264"
) -> Path:
    """A clip whose pictures grow lighter, with these presentation times."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=20)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size_px
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, time_s in enumerate(times_s):
            picture = np.full((size_px[1], size_px[0], 3), 10 + 2 * number, np.uint8)
            picture[: size_px[1] // 2, : size_px[0] // 2] = 250  # the upper left corner tells which way is up
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = round(time_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def frames_of(video: VideoFile, count: int = 10_000) -> list[Frame]:
    return [frame for _, frame in zip(range(count), iter(video.read, None), strict=False)]


class FakeTime:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now_s = 500.0
        self.waits_s: list[float] = []

    def clock(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        self.now_s += seconds


# --- times ---


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
@pytest.mark.parametrize("times_s", [STEADY_S, [0.5, 0.54, 0.9, 0.91, 3.0]])
def test_times_are_those_of_the_file_from_zero(tmp_path: Path, name: str, times_s: list[float]) -> None:
    video = VideoFile(write_video(tmp_path / name, times_s), real_time=False)
    info = video.open()
    frames = frames_of(video)
    assert [frame.time_s for frame in frames] == pytest.approx([time_s - times_s[0] for time_s in times_s], abs=0.0011)
    assert [frame.number for frame in frames] == list(range(len(times_s)))
    assert video.read() is None
    video.close()
    assert (info.label, info.width_px, info.height_px, info.detail) == (name, 64, 48, "h264")
    assert not info.is_live


@pytest.mark.parametrize(
    ("presented_s", "expected_s"),
    [
        ([3.0, 3.1, 3.2], [0, 0.1, 0.2]),
        ([None, None, None], [0, 0.1, 0.2]),
        ([0.0, None, 0.2, 0.2, 0.2, 0.3], [0, 0.1, 0.2, 0.201, 0.202, 0.3]),
        ([0.0, 0.1, 0.05, 0.2], [0, 0.1, 0.101, 0.2]),
        ([50.0, 50.1, 0.0, 0.1], [0, 0.1, 0.2, 0.3]),
    ],
    ids=["late start", "no times", "repeated", "jitter", "joined files"],
)
def test_media_times_always_increase(presented_s: list[float | None], expected_s: list[float]) -> None:
    times = MediaTimes(0.1)
    assert [times.next(value) for value in presented_s] == pytest.approx(expected_s)


def test_as_fast_as_possible_never_waits(tmp_path: Path) -> None:
    fake = FakeTime()
    video = VideoFile(write_video(tmp_path / "clip.mp4"), real_time=False, clock=fake.clock, wait=fake.wait)
    video.open()
    assert len(frames_of(video)) == 10
    assert fake.waits_s == []
    video.close()


def test_real_time_gives_each_frame_when_it_is_due(tmp_path: Path) -> None:
    fake = FakeTime()
    video = VideoFile(
        write_video(tmp_path / "clip.mkv", [0, 0.1, 0.15, 0.6]), real_time=True, clock=fake.clock, wait=fake.wait
    )
    assert video.open().is_live
    frames = frames_of(video)
    assert [frame.arrived_s - 500.0 for frame in frames] == pytest.approx([0, 0.1, 0.15, 0.6])
    video.close()


def test_late_frames_are_given_at_once_and_none_is_left_out(tmp_path: Path) -> None:
    fake = FakeTime()
    video = VideoFile(write_video(tmp_path / "clip.mkv"), real_time=True, clock=fake.clock, wait=fake.wait)
    video.open()
    video.read()
    fake.now_s += 0.22
    arrived_s = [frame.arrived_s - 500.0 for frame in frames_of(video)]
    assert arrived_s == pytest.approx([0.22, 0.22, 0.22, 0.22, 0.25, 0.3, 0.35, 0.4, 0.45])
    video.close()


def test_a_loop_goes_on_with_numbers_and_times(tmp_path: Path) -> None:
    video = VideoFile(write_video(tmp_path / "clip.mkv"), real_time=False, loop=True)
    assert video.open().frame_count is None
    frames = frames_of(video, 35)
    assert [frame.number for frame in frames] == list(range(35))
    assert [frame.time_s for frame in frames] == pytest.approx([number / 20 for number in range(35)], abs=0.0011)
    assert float(frames[10].picture_bgr.mean()) == pytest.approx(float(frames[0].picture_bgr.mean()))
    assert [frame.stream for frame in frames] == [0] * 10 + [1] * 10 + [2] * 10 + [3] * 5  # each seam is a cut
    video.close()


# --- life ---


def test_close_ends_the_wait_for_a_frame_that_is_not_due(tmp_path: Path) -> None:
    video = VideoFile(write_video(tmp_path / "clip.mkv", [0, 3600]), real_time=True)
    video.open()
    assert video.read() is not None
    got: list[Frame | None] = []
    reader = Thread(target=lambda: got.append(video.read()), daemon=True)
    reader.start()
    video.close()
    reader.join(20)
    assert got == [None]
    video.close()


def test_a_failed_open_can_be_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    video = VideoFile(path, real_time=False)
    with pytest.raises(SourceError):
        video.open()
    write_video(path)
    video.open()
    assert len(frames_of(video)) == 10
    video.close()


def test_close_waits_for_no_decoder_and_the_reader_releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = VideoFile(write_video(tmp_path / "clip.mkv"), real_time=False)
    decoding, go_on = Event(), Event()

    def stuck(*_: object) -> Iterator[Item]:
        yield 0.0, np.zeros((48, 64, 3), np.uint8)
        decoding.set()
        assert go_on.wait(20)
        yield 0.1, np.zeros((48, 64, 3), np.uint8)

    monkeypatch.setattr(video_module, "_pictures", stuck)
    video.open()
    video.read()
    got: list[Frame | None] = []
    reader = Thread(target=lambda: got.append(video.read()), daemon=True)
    reader.start()
    assert decoding.wait(20)
    closer = Thread(target=video.close, daemon=True)
    closer.start()
    closer.join(20)
    assert not closer.is_alive()
    assert video._container is not None  # never under a decoder
    go_on.set()
    reader.join(20)
    assert got == [None]
    assert video._container is None


def test_close_during_open_has_the_file_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video = VideoFile(write_video(tmp_path / "clip.mkv"), real_time=False)
    pictures = video_module._pictures

    def closing(*arguments: Any) -> Iterator[Item]:
        video.close()
        yield from pictures(*arguments)

    monkeypatch.setattr(video_module, "_pictures", closing)
    video.open()
    assert video._container is None
    assert video.read() is None


# --- what is not a good video ---


def refused(path: Path) -> str:
    """The message with which a file is refused; FFmpeg must not add to it (checked by pytest's capture of stderr)."""
    video = VideoFile(path, real_time=False)
    with pytest.raises(SourceError) as caught:
        video.open()
    video.close()
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_files_that_are_no_videos(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a film\n" * 50)
    (tmp_path / "noise.avi").write_bytes(np.random.default_rng(0).bytes(5000))
    assert "no file" in refused(tmp_path / "missing.mp4")
    assert "is a folder" in refused(tmp_path)
    assert "is empty" in refused(tmp_path / "empty.mp4")
    assert "cannot be read as a video" in refused(tmp_path / "text.mp4")
    assert "cannot be read as a video" in refused(tmp_path / "noise.avi")
    assert capfd.readouterr() == ("", "")


def test_a_playlist_that_calls_itself_a_video_opens_no_connection(tmp_path: Path) -> None:
    path = tmp_path / "list.mp4"
    path.write_text("#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    assert "cannot be read" in refused(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in the file system")
@pytest.mark.timeout(30)
def test_a_pipe_is_refused_since_opening_it_would_wait_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "no ordinary file" in refused(tmp_path / "pipe.mp4")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", "FFmpeg would show this as a film of a terminal\n" * 20),
        ("clips.ffconcat", "ffconcat version 1.0\nfile clip.mkv\n"),
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nclip.ts\n#EXT-X-ENDLIST\n"),
        ("text.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nsaid\n"),
    ],
)
def test_what_ffmpeg_could_play_but_is_no_film(tmp_path: Path, name: str, content: str) -> None:
    write_video(tmp_path / "clip.mkv")
    write_video(tmp_path / "clip.ts")
    (tmp_path / name).write_text(content)
    assert "cannot be read as a video" in refused(tmp_path / name)


def test_a_numbered_picture_is_no_film(tmp_path: Path) -> None:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((48, 64, 3), np.uint8))
    assert "cannot be read as a video" in refused(tmp_path / "0.png")
    cv2.imwrite(str(tmp_path / "%d.png"), np.zeros((48, 64, 3), np.uint8))
    assert "cannot be read as a video" in refused(tmp_path / "%d.png")


def test_sound_without_pictures(tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "holds no video" in refused(path)


def test_a_film_without_a_picture(tmp_path: Path) -> None:
    write_video(tmp_path / "none.mkv", [])
    assert "none.mkv" in refused(tmp_path / "none.mkv")


def test_pictures_of_an_absurd_size(tmp_path: Path) -> None:
    path = write_video(tmp_path / "wide.mkv", [0.0], size_px=(8208, 16))
    assert "8208 x 16" in refused(path)


def test_pictures_that_fill_the_memory_although_no_side_is_long(tmp_path: Path) -> None:
    path = write_video(tmp_path / "large.mkv", [0.0], size_px=(4112, 4096), codec="mpeg4")
    assert "4112 x 4096" in refused(path)


def test_joined_films_of_two_sizes_keep_the_first_and_may_not_grow_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "joined.ts"
    parts = [write_video(tmp_path / f"{size}.ts", size_px=(size, size)) for size in (64, 320)]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    video = VideoFile(path, real_time=False)
    video.open()
    assert [frame.picture_bgr.shape for frame in frames_of(video)] == [(64, 64, 3)] * 20
    video.close()
    monkeypatch.setattr(video_module, "MOST_PIXELS", 64 * 64)
    video = VideoFile(path, real_time=False)
    video.open()
    assert len(frames_of(video)) == 10  # what is far larger than the header said is not even decoded
    video.close()


@pytest.mark.parametrize("name", ["cut.mkv", "cut.avi"])
def test_a_file_cut_in_the_middle_gives_what_it_has(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = write_video(tmp_path / name, [number / 20 for number in range(100)], size_px=(320, 240), codec="mpeg4")
    content = whole.read_bytes()
    whole.write_bytes(content[: len(content) // 2])
    video = VideoFile(whole, real_time=False)
    video.open()
    count = len(frames_of(video))
    video.close()
    assert 10 < count < 100
    assert capfd.readouterr() == ("", "")


def test_a_cut_film_whose_index_is_lost_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "cut.mp4")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "cannot be read" in refused(path)


def test_damage_in_the_middle_costs_few_frames(tmp_path: Path) -> None:
    path = write_video(tmp_path / "hurt.mkv", [number / 20 for number in range(100)], size_px=(320, 240), codec="mpeg4")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 300] = bytes(300)
    path.write_bytes(bytes(content))
    video = VideoFile(path, real_time=False)
    video.open()
    times_s = [frame.time_s for frame in frames_of(video)]
    video.close()
    assert len(times_s) > 80
    assert all(later > earlier for earlier, later in pairwise(times_s))


@pytest.mark.parametrize("turn", ["right", "left", "upside down"])
def test_a_film_of_a_phone_held_upright_is_turned(tmp_path: Path, turn: str) -> None:
    path = write_video(tmp_path / "phone.mp4")
    content = bytearray(path.read_bytes())
    # The display matrix in the track header: 40 bytes after the box name, nine 16.16 numbers (2.30 the last column).
    start = content.index(b"tkhd") + 4 + 40
    a, b, c, d = {"right": (0, 1, -1, 0), "left": (0, -1, 1, 0), "upside down": (-1, 0, 0, -1)}[turn]
    matrix = [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30]
    content[start : start + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in matrix)
    path.write_bytes(bytes(content))
    video = VideoFile(path, real_time=False)
    info = video.open()
    frame = video.read()
    video.close()
    assert frame is not None
    assert (info.height_px, info.width_px) == frame.picture_bgr.shape[:2]
    assert (info.width_px, info.height_px) == ((64, 48) if turn == "upside down" else (48, 64))
    rows, columns = np.nonzero(frame.picture_bgr[:, :, 0] > 200)
    corner = (rows.mean() > info.height_px / 2, columns.mean() > info.width_px / 2)
    assert corner == {"right": (False, True), "left": (True, False), "upside down": (True, True)}[turn]


# --- the real files ---


@pytest.mark.parametrize(
    ("name", "count"),
    [("exercise.avi", 393), ("S001C001P001R001A001_rgb.avi", 103), ("demo_skeleton.mp4", 72)],
)
def test_real_scenes_are_read_whole(shared_data: Path, name: str, count: int) -> None:
    assert _count(shared_data / "videos" / "scenes" / name) == count


def test_clips_whose_header_lies_are_read_as_far_as_opencv_reads_them(shared_data: Path) -> None:
    paths = sorted((shared_data / "videos" / "ut_interaction_set1").glob("*.avi"))[:6]
    assert [_count(path) for path in paths] == [_opencv_count(path) for path in paths]


def _count(path: Path) -> int:
    video = VideoFile(path, real_time=False)
    video.open()
    frames = sum(1 for _ in iter(video.read, None))
    video.close()
    return frames


def _opencv_count(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    frames = 0
    while capture.grab():
        frames += 1
    capture.release()
    return frames
