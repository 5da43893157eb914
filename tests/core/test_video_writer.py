"""VideoWriter: what comes back when the file is read again, and what is left when something goes wrong."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from core.errors import OutputError
from core.sources.source import Picture
from core.sources.video import VideoFile
from core.sources.video_writer import VideoWriter


def plain(level: int, *, width_px: int = 64, height_px: int = 48) -> Picture:
    return np.full((height_px, width_px, 3), level, np.uint8)


def read_back(path: Path) -> list[tuple[float, Picture]]:
    video = VideoFile(path, real_time=False)
    video.open()
    frames = [(frame.time_s, frame.picture_bgr) for frame in iter(video.read, None)]
    video.close()
    return frames


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".MP4"])
def test_pictures_and_uneven_times_come_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    times_s = [7.0, 7.04, 7.2, 7.21, 8.5]
    with VideoWriter(path, size_px=(64, 48)) as writer:
        for level, time_s in zip((20, 60, 100, 140, 180), times_s, strict=True):
            writer.write(plain(level), time_s)
    frames = read_back(path)
    assert [time_s for time_s, _ in frames] == pytest.approx([time_s - 7.0 for time_s in times_s], abs=0.0011)
    assert [float(picture.mean()) for _, picture in frames] == pytest.approx([20, 60, 100, 140, 180], abs=4)
    assert names_in(tmp_path) == [path.name]


def test_colours_are_not_swapped(tmp_path: Path) -> None:
    picture_bgr = plain(0)
    picture_bgr[:, :, 2] = 200  # red
    with VideoWriter(tmp_path / "red.mp4", size_px=(64, 48)) as writer:
        writer.write(picture_bgr, 0.0)
    blue, green, red = read_back(tmp_path / "red.mp4")[0][1].reshape(-1, 3).mean(axis=0)
    assert red > 170
    assert max(blue, green) < 40


def test_it_is_h264_that_every_player_knows_with_its_index_in_front(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, size_px=(64, 48)) as writer:
        writer.write(plain(50), 0.0)
    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_odd_sizes_lose_a_row_and_other_sizes_are_fitted(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "odd.mp4", size_px=(65, 49)) as writer:
        writer.write(plain(50, width_px=65, height_px=49), 0.0)
        writer.write(plain(50, width_px=128, height_px=96), 0.1)
    assert [picture.shape for _, picture in read_back(tmp_path / "odd.mp4")] == [(48, 64, 3)] * 2


def test_times_that_repeat_or_go_back_do_not_stop_it(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mkv", size_px=(64, 48)) as writer:
        for time_s in (1.0, 1.0, 0.5, 2.0):
            writer.write(plain(50), time_s)
    assert len(read_back(tmp_path / "out.mkv")) == 4


def test_an_exception_leaves_nothing_and_keeps_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_text("older")

    def fail_in_the_middle() -> None:
        with VideoWriter(path, size_px=(64, 48)) as writer:
            writer.write(plain(50), 0.0)
            raise KeyError("stop")

    with pytest.raises(KeyError):
        fail_in_the_middle()
    assert names_in(tmp_path) == ["out.mp4"]
    assert path.read_text() == "older"


def test_the_target_appears_only_at_the_close(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    writer = VideoWriter(path, size_px=(64, 48))
    writer.write(plain(50), 0.0)
    assert not path.exists()
    assert all(name.startswith(".") for name in names_in(tmp_path))
    writer.close()
    writer.close()
    writer.abort()
    assert names_in(tmp_path) == ["out.mp4"]
    with pytest.raises(OutputError, match="closed"):
        writer.write(plain(50), 1.0)


def test_without_a_frame_there_is_no_file(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "out.mp4", size_px=(64, 48))
    with pytest.raises(OutputError, match="no frame"):
        writer.close()
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("out.avi", r"\.mp4, \.mkv, \.mov"),
        ("out", r"\.mp4, \.mkv, \.mov"),
        ("folder.mp4", "is a folder"),
        ("nowhere/out.mp4", "does not exist"),
        ("file.txt/out.mp4", "does not exist"),
    ],
)
def test_a_bad_target_is_refused_at_once(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file.txt").touch()
    before = names_in(tmp_path)
    with pytest.raises(OutputError, match=reason):
        VideoWriter(tmp_path / name, size_px=(64, 48))
    assert names_in(tmp_path) == before


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody, root included, can write to")
def test_a_folder_without_the_right_to_write_is_one_sentence() -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        VideoWriter(Path("/proc/self/out.mp4"), size_px=(64, 48))


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on the size of files stands for the full disk")
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    script = """if True:
        import resource, signal, sys, numpy as np
        from pathlib import Path
        from core.errors import OutputError
        from core.sources.video_writer import VideoWriter
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        noise = np.random.default_rng(0)
        try:
            with VideoWriter(Path(sys.argv[1]), size_px=(320, 240)) as writer:
                for number in range(60):
                    writer.write(noise.integers(0, 255, (240, 320, 3), np.uint8), number / 30)
        except OutputError as error:
            print(error, end="")
    """
    assert "cannot be written" in run_script(script, tmp_path / f"out.{suffix}")
    assert names_in(tmp_path) == []


def test_the_encoder_writes_nothing_to_the_terminal(tmp_path: Path) -> None:
    script = """if True:
        import sys, numpy as np
        from pathlib import Path
        from core.sources.video_writer import VideoWriter
        with VideoWriter(Path(sys.argv[1]), size_px=(64, 48)) as writer:
            writer.write(np.zeros((48, 64, 3), np.uint8), 0.0)
    """
    assert run_script(script, tmp_path / "out.mp4") == ""


def run_script(script: str, path: Path) -> str:
    """All that a process of its own wrote to the terminal."""
    command = [sys.executable, "-c", script, str(path)]
    root = Path(__file__).parents[2]
    return subprocess.run(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True, timeout=120
    ).stdout
