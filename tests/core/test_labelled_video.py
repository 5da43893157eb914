"""Videos of recordings: joints on the body, labels in their time, a bar with a playhead; damage is named."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.cli.run import run
from core.cli.window import WindowRequest
from core.errors import DataError
from core.explain.action_colours import action_colour_rgb, action_colours_rgb
from core.explain.labelled_video import labels_at, write_labelled_video
from core.explain.panels import MOST_LABELS, Grid, draw_labels
from core.explain.timeline import MOST_LANES, Timeline, lanes
from core.library.library import POSES, Entry, Library
from core.library.records import RecordingDocument, State
from core.pose.replayed import ReplayedPoses
from core.skeleton.layouts import KINECT_25
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence
from core.sources.source import Frame, Picture
from core.sources.video import VideoFile
from core.sources.video_writer import VideoWriter

SIZE = WIDTH, HEIGHT = 320, 480  # upright, so that nothing is enlarged
FRAMES, RATE_HZ = 20, 10.0
GREY = 90
SEGMENTS = (
    Segment(start_s=0.0, end_s=0.5, action="wave"),
    Segment(start_s=0.4, end_s=1.5, action="jump"),
)
COLOURS = action_colours_rgb(("wave", "jump"))


def no_window(_request: WindowRequest) -> int:
    raise AssertionError("an export needs no window")


def joints(frames: int = FRAMES) -> SkeletonSequence:
    """A body in the middle of the picture that glides to one side."""
    body = np.random.default_rng(4).uniform(-0.4, 0.4, (1, 1, 25, 3)) + np.array([0, 0.2, 2.5])
    times_s = np.arange(frames) / RATE_HZ
    moved = body + 0.1 * times_s[:, None, None, None] * np.array([1, 0, 0])
    confidence = np.ones((frames, 1, 25), np.float32)
    return SkeletonSequence(
        layout=KINECT_25, positions_m=moved.astype(np.float32), confidence=confidence, times_s=times_s
    )


def recorded(library: Library, *, film: bool = True, sees: bool = True, frames: int = FRAMES) -> Entry:
    begun = library.begin(
        RecordingDocument(
            person="Anna", prompt="wave", recorded_at="2026-11-26T14:03:22+01:00", video="video.mp4" if film else ""
        )
    )
    if film:
        with VideoWriter(begun.folder / "video.mp4", size_px=SIZE, rate_hz=RATE_HZ) as writer:
            for number in range(frames):
                writer.write(np.full((HEIGHT, WIDTH, 3), GREY, np.uint8), number / RATE_HZ)
    if sees:
        joints(frames).save(begun.poses)
    done = replace(begun.recording, frames=frames, duration_s=(frames - 1) / RATE_HZ, state=State.DONE)
    return library.finish(begun, done, segments=SEGMENTS)


def read_back(path: Path) -> list[Frame]:
    film = VideoFile(path, real_time=False)
    film.open()
    try:
        return list(iter(film.read, None))
    finally:
        film.close()


def near(picture_bgr: Picture, colour_rgb: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Where a picture has about that colour, as H.264 keeps it."""
    return np.asarray((np.abs(picture_bgr[..., ::-1].astype(int) - colour_rgb) < 40).all(axis=-1))


def test_joints_labels_and_playhead_are_where_they_belong(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        entry = recorded(library)
        told: list[tuple[int, int]] = []
        video = write_labelled_video(
            entry, tmp_path / "out.mp4", colours_rgb=COLOURS, progress=lambda *done: told.append(done)
        )
    assert (video.frames, video.notes) == (FRAMES, ())
    assert told[-1] == (FRAMES, FRAMES)
    frames = read_back(tmp_path / "out.mp4")
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(FRAMES) / RATE_HZ, abs=0.002)
    poses = ReplayedPoses(joints(), width_px=WIDTH, height_px=HEIGHT)
    for number in (0, 12, 19):
        picture_bgr = frames[number].picture_bgr
        pose = poses.at(number / RATE_HZ)
        assert pose is not None
        drawn = np.abs(picture_bgr[:HEIGHT].astype(int) - GREY).max(axis=-1) > 40
        for x, y in pose.positions_px[0].tolist():
            assert drawn[round(y), round(x)], "each joint is drawn where it is"
        assert not drawn[: round(pose.positions_px[0, :, 1].min()) - 20].any(), "and nothing above the body"
        bar = picture_bgr[HEIGHT:]
        white = (bar > 200).all(axis=-1).all(axis=0)
        assert np.flatnonzero(white).mean() == pytest.approx(8 + number / 19 * (WIDTH - 16), abs=3)
    caption = [frame.picture_bgr[HEIGHT - 90 : HEIGHT, :40] for frame in frames]
    assert [near(part, COLOURS["wave"]).any() for part in caption[:7]] == [True] * 5 + [False] * 2
    assert [near(part, COLOURS["jump"]).any() for part in caption[3:17]] == [False] + [True] * 11 + [False] * 2


def test_without_a_film_the_skeleton_moves_alone_and_all_of_it_is_in_view(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        entry = recorded(library, film=False)
        video = write_labelled_video(entry, tmp_path / "out.mp4", colours_rgb=COLOURS)
    assert (video.frames, video.notes) == (58, ()), "1.9 s at 30 Hz"
    for frame in read_back(tmp_path / "out.mp4")[::19]:
        light = frame.picture_bgr[:620].min(axis=-1) > 110  # above caption and bar
        assert 200 < light.sum() < 0.2 * light.size
        rows, columns = np.flatnonzero(light.any(axis=1)), np.flatnonzero(light.any(axis=0))
        assert rows[0] > 10
        assert 10 < columns[0] < columns[-1] < 1270


def test_a_film_that_is_missing_is_named_and_its_joints_are_shown(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        entry = recorded(library)
        assert entry.film is not None
        for damage in (lambda film: film.write_bytes(b"no film"), Path.unlink):
            damage(entry.film)
            video = write_labelled_video(entry, tmp_path / "out.mp4", colours_rgb=COLOURS)
            assert video.frames == 58
            (note,) = video.notes
            assert entry.name in note
            assert "video.mp4" in note


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_a_link_is_no_film_of_the_library(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        entry = recorded(library)
        assert entry.film is not None
        entry.film.rename(tmp_path / "elsewhere.mp4")
        entry.film.symlink_to(tmp_path / "elsewhere.mp4")
        (note,) = write_labelled_video(entry, tmp_path / "out.mp4", colours_rgb=COLOURS).notes
        assert "is a link" in note


def test_a_film_that_ends_early_and_joints_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        entry = recorded(library)
        longer = replace(entry, recording=replace(entry.recording, frames=FRAMES + 5))
        entry.poses.write_bytes(b"PK broken")
        video = write_labelled_video(longer, tmp_path / "out.mp4", colours_rgb=COLOURS)
        joints_note, film_note = video.notes
        assert POSES in joints_note
        assert "20 of 25 pictures" in film_note
        assert (read_back(tmp_path / "out.mp4")[-1].picture_bgr[:380] < GREY + 10).all(), "the film without joints"
        assert entry.film is not None
        entry.film.unlink()
        with pytest.raises(DataError, match=r"neither a film nor joints.*poses\.npz"):
            write_labelled_video(entry, tmp_path / "none.mp4", colours_rgb=COLOURS)
        assert not (tmp_path / "none.mp4").exists()


def test_a_motion_of_many_hours_is_not_drawn(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        entry = recorded(library, film=False)
        replace(joints(), times_s=np.arange(FRAMES, dtype=np.float64) * 3600).save(entry.poses)
        with pytest.raises(DataError, match="19 hours"):
            write_labelled_video(entry, tmp_path / "out.mp4", colours_rgb=COLOURS)


# --- the parts ---


def test_labels_hold_from_their_start_to_before_their_end_each_once() -> None:
    entry = Entry(
        name="x", folder=Path(), segments=(*SEGMENTS, replace(SEGMENTS[0], end_s=0.45)),
        recording=RecordingDocument(person="Anna", recorded_at="2026-11-26T14:03:22"),
    )  # fmt: skip
    assert [[name for name, _ in labels_at(entry, time_s, COLOURS)] for time_s in (0, 0.42, 0.5, 1.5)] == [
        ["wave"], ["wave", "jump"], ["jump"], [],
    ]  # fmt: skip
    (_, colour_bgr), *_ = labels_at(entry, 0, {})
    assert len(set(colour_bgr)) == 1, "an action that the library does not know is grey"


@given(
    spans=st.lists(st.tuples(st.integers(0, 50), st.integers(1, 30)), max_size=12),
)
def test_segments_that_overlap_lie_in_different_lanes_while_there_are_some(spans: list[tuple[int, int]]) -> None:
    segments = [Segment(start_s=start, end_s=start + length, action="wave") for start, length in spans]
    found = lanes(segments)
    assert all(0 <= lane < MOST_LANES for lane in found)
    for number, one in enumerate(segments):
        for other in range(number):
            meets = one.start_s < segments[other].end_s and segments[other].start_s < one.end_s
            if meets and found[number] == found[other]:
                assert found[number] == MOST_LANES - 1


@pytest.mark.parametrize("size_px", [(2, 2), (64, 48), (320, 480), (1920, 1080), (600, 60)])
def test_captions_and_bars_of_any_size(size_px: tuple[int, int]) -> None:
    picture_bgr = np.full((size_px[1], size_px[0], 3), GREY, np.uint8)
    grid = Grid.of(picture_bgr)
    draw_labels(picture_bgr, grid, [("a" * 200, (1, 2, 3)), *[("手を振る", (1, 2, 3))] * 9])
    many = [Segment(start_s=number, end_s=number + 5.0, action="wave") for number in range(30)]
    for segments, duration_s in ((many, 10.0), ((), 0.0)):
        timeline = Timeline(segments, duration_s=duration_s, colours_rgb={}, grid=grid)
        for time_s in (-1.0, 0.0, 5.0, 1e9):
            assert timeline.drawn_at(time_s).shape == (timeline.height_px, size_px[0], 3)


def test_no_more_labels_than_can_be_read() -> None:
    pictures = []
    for count in (0, 1, MOST_LABELS, MOST_LABELS + 1, 50):
        picture_bgr = np.full((480, 640, 3), GREY, np.uint8)
        draw_labels(picture_bgr, Grid.of(picture_bgr), [(f"{number}", (9, 9, 9)) for number in range(count)])
        pictures.append(picture_bgr)
    heights = [int((picture != GREY).any(axis=(1, 2)).sum()) for picture in pictures]
    assert heights[0] == 0 < heights[1] < heights[2]
    assert heights[2] == heights[3] == heights[4]


def test_colours_can_be_told_apart() -> None:
    colours = {action_colour_rgb(place) for place in range(21)}
    assert len(colours) == 21
    assert action_colour_rgb(21) == action_colour_rgb(0)
    assert all(0 <= value <= 255 for colour in colours for value in colour)


# --- the command line ---


def test_the_command_writes_a_video_of_each_and_names_what_can_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        first, second = recorded(library, frames=4), recorded(library, film=False, sees=False)
        third = recorded(library, film=False, frames=4)
    export = ["library", "export", "--library", str(tmp_path / "library"), "--form"]
    videos = [*export, "mp4", "--out", str(tmp_path / "out")]
    assert run(videos, open_window=no_window) == 0
    said = capsys.readouterr()
    assert "2 videos written" in said.out
    assert f"{second.name} has neither a film nor joints" in " ".join(said.err.split())
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{first.name}.mp4", f"{third.name}.mp4"}
    assert run([*videos, "--recording", second.name], open_window=no_window) == 2
    table = [*export, "csv", "--out", str(tmp_path / "out.csv"), "--recording", first.name]
    assert run([*table, "--recording", first.name], open_window=no_window) == 0
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 3
    assert run([*videos, "--recording", "../library"], open_window=no_window) == 2
    assert "has no recording '../library'" in " ".join(capsys.readouterr().err.split())


def test_clips_of_one_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        first, second = recorded(library, film=False), recorded(library, film=False)
        third = library.label(recorded(library, film=False), [])
    export = ["library", "export", "--library", str(tmp_path / "library"), "--form", "npz", "--recording"]
    for name, count in ((first.name, 2), (second.name, 2)):
        assert run([*export, name, "--out", str(tmp_path / "out.npz")], open_window=no_window) == 0
        with np.load(tmp_path / "out.npz", allow_pickle=False) as found:
            assert len(found["x"]) == count
            assert all(one.startswith(f"{name}@") for one in found["names"].tolist())
    assert run([*export, third.name, "--out", str(tmp_path / "none.npz")], open_window=no_window) == 2
    assert "no labelled clip" in " ".join(capsys.readouterr().err.split())
