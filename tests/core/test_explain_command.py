"""`jointlight explain`: every kind of clip and of file, what it prints, and what it refuses before any work."""

import csv
import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.cli import explain as command
from core.cli.run import run
from core.cli.window import WindowRequest
from core.explain.explained import explain_clip
from core.explain.replay_data import unpacked
from core.library.library import Library
from core.library.records import RecordingDocument
from core.model.folder import ActionModel
from core.model.sta_lstm import Variant
from core.pose.choice import MakeEstimator
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence
from core.sources.video_writer import VideoWriter
from tests.core.test_replay_page import Parsed
from tests.explaining import moving, small_model, without
from tests.fakes import FakeEstimator

MODELS = {
    "small": lambda: small_model(kept=0.95),
    "pair": lambda: small_model(persons=2),
    "plain": lambda: small_model(Variant.LSTM),
}


def no_window(_request: WindowRequest) -> int:
    raise AssertionError("it needs no window")


@pytest.fixture(autouse=True)
def _fake_pose(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, *, device: str) -> ActionModel:
        assert device == "auto"
        return MODELS[name]()

    def makers(_path: Path, *, persons: int) -> tuple[MakeEstimator, None]:
        return (lambda: FakeEstimator(sees=lambda frame: tuple(range(persons)))), None

    monkeypatch.setattr(command, "load_model", load)
    monkeypatch.setattr(command, "ready_pose_model", lambda chosen: Path("fake.task"))
    monkeypatch.setattr(command, "estimator_makers", makers)


def explained_by(clip: object, *arguments: object, model: str = "small") -> int:
    return run(["explain", str(clip), "--model", model, *map(str, arguments)], open_window=no_window)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.npz"
    moving(60).save(path)
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    with VideoWriter(path, size_px=(160, 120), rate_hz=30) as writer:
        for number in range(40):
            writer.write(np.full((120, 160, 3), 90, np.uint8), number / 30)
    return path


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.replace("\n", "")


def test_all_kinds_of_files_at_once(tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / f"out.{ending}" for ending in ("png", "svg", "csv", "html", "gif", "mp4")]
    assert explained_by(clip, *(part for file in files for part in ("--out", file)), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    expected = explain_clip(small_model(kept=0.95), moving(60))
    assert report["frames"] == len(expected)
    assert report["said"] == expected.actions[expected.best]
    assert report["probability"] == pytest.approx(float(expected.whole[expected.best]))
    assert -1 <= report["occlusion"]["joints_rank"] <= 1
    assert report["written"] == [str(file) for file in files]
    assert report["notes"] == []
    with Image.open(files[0]) as picture:
        assert picture.size[0] == 2000
    assert files[1].read_bytes().startswith(b"<?xml")
    with files[2].open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    np.testing.assert_array_equal([np.float32(row["beta"]) for row in rows], expected.beta)
    data = Parsed(files[3].read_bytes()).data
    np.testing.assert_array_equal(unpacked(data["numbers"]["beta"]), expected.beta.astype(np.float64))
    assert data["title"] == "clip.npz"
    with av.open(str(files[5])) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["clip.npz", *(file.name for file in files)])


def test_for_people_it_says_what_attention_is_not(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explained_by(clip) == 0
    text = capsys.readouterr().out
    assert "clip.npz: " in text
    assert "30 frames at 15 Hz, 1.9 s" in text
    assert "rank correlation with attention" in text
    assert "Attention is a gate of this network, not a proof of cause." in text


def test_a_model_without_attention_is_explained_in_place(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plain.svg"
    assert explained_by(clip, "--out", out, model="plain") == 0
    text = capsys.readouterr().out
    assert "no joint gate: all joints weigh alike" in text
    assert "no frame gate: all frames weigh alike" in text
    assert "not defined" in text
    assert "no joint gate" in " ".join(out.read_text(encoding="utf-8").split())


def test_a_film_is_watched_and_drawn_on(tmp_path: Path, film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.mkv"
    assert explained_by(film, "--out", out, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["frames"] == 20
    with av.open(str(out)) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert len(frames) == 40
    assert abs(int(np.median(frames[20][: len(frames[20]) // 2])) - 90) < 6, "the film's own pictures"


def test_two_persons_in_a_film(tmp_path: Path, film: Path) -> None:
    out = tmp_path / "pair.html"
    assert explained_by(film, "--out", out, model="pair") == 0
    assert Parsed(out.read_bytes()).data["persons"] == 2


def test_a_part_and_a_look_can_be_chosen(tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.html"
    more = ("--title", "My <title>", "--palette", "cividis", "--range", "clip", "--theme", "dark")
    assert explained_by(clip, "--out", out, "--seconds", "0.5:1.5", *more, "--json") == 0
    assert json.loads(capsys.readouterr().out)["seconds"] == pytest.approx(1.0, abs=0.07)
    page = Parsed(out.read_bytes())
    assert page.data["title"] == "My <title>"
    assert page.data["scale"]["note"] == "range of this clip"
    assert ("html", "data-theme", "dark") in page.attributes
    figure = tmp_path / "out.svg"
    assert explained_by(clip, "--out", figure, "--key-frames", "3", "--theme", "dark") == 0
    text = figure.read_text(encoding="utf-8")
    assert 'id="key3-person1-Head"' in text
    assert 'id="key4-person1-Head"' not in text


def test_one_of_two_persons_is_chosen_for_a_model_of_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair = tmp_path / "pair.npz"
    moving(60, persons=2).save(pair)
    assert explained_by(pair) == 2
    assert "--person 1 or 2" in said(capsys)
    assert explained_by(pair, "--person", "2", "--out", tmp_path / "out.gif") == 0


def test_of_a_film_with_one_person_chosen_the_film_stays(tmp_path: Path, film: Path) -> None:
    out = tmp_path / "out.mp4"
    assert explained_by(film, "--person", "1", "--out", out) == 0
    with av.open(str(out)) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert abs(int(np.median(frames[10][: len(frames[10]) // 2])) - 90) < 6


@pytest.fixture
def library(tmp_path: Path) -> tuple[Path, str]:
    folder = tmp_path / "mine"
    with Library.opened(folder, create=True) as opened:
        entry = opened.begin(RecordingDocument(person="Anna", recorded_at="2026-01-02T03:04:05+00:00"))
        moving(90).save(entry.poses)
        with VideoWriter(entry.folder / "video.mkv", size_px=(160, 120), rate_hz=30) as writer:
            for number in range(90):
                writer.write(np.full((120, 160, 3), 90, np.uint8), number / 30)
        segments = [Segment(start_s=0.2, end_s=1.2, action="wave"), Segment(start_s=1.5, end_s=2.8, action="a/b clap")]
        document = RecordingDocument(
            person="Anna", recorded_at="2026-01-02T03:04:05+00:00", video="video.mkv", width_px=160, height_px=120,
            frames=90, duration_s=3.0,
        )  # fmt: skip
        opened.finish(entry, document, segments=segments)
        empty = opened.begin(RecordingDocument(person="Ben", recorded_at="2026-01-02T03:05:05+00:00"))
        opened.finish(empty, RecordingDocument(person="Ben", recorded_at="2026-01-02T03:05:05+00:00"))
    return folder, entry.name


def test_recordings_and_segments_of_a_library(
    tmp_path: Path, library: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, name = library
    for place, length_s in [("", 3.0), ("/wave", 1.0), ("/2", 1.3), ("/A/B clap", 1.3)]:
        assert explained_by(f"{folder}#{name}{place}", "--json") == 0
        report = json.loads(capsys.readouterr().out)
        assert report["seconds"] == pytest.approx(length_s, abs=0.1)
        assert report["clip"] == f"{name}{place}"
    out = tmp_path / "out.mp4"
    assert explained_by(f"{folder}#{name}/wave", "--out", out) == 0
    with av.open(str(out)) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert len(frames) == pytest.approx(31, abs=2)
    assert abs(int(np.median(frames[10][: len(frames[10]) // 2])) - 90) < 6


def test_what_a_library_does_not_have_is_said_by_name(
    library: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, name = library
    for place, text in [
        (f"{folder}#nobody", name),
        (f"{folder}#{name}/jump", "1 (wave), 2 (a/b clap)"),
        (f"{folder}#{name}/3", "no segment '3'"),
        (f"{folder}#../{name}", "no recording '..'"),
        (f"{tmp_path}#{name}", "no library"),
        (
            f"{folder}#{next(entry for entry in Library.for_reading(folder).names() if 'Ben' in entry)}",
            "Nobody was found",
        ),
    ]:
        assert explained_by(place) == 2, place
        assert text in said(capsys), place


def test_bad_input_is_refused_before_any_work(
    tmp_path: Path, clip: Path, film: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "broken.npz").write_bytes(b"no zip")
    (tmp_path / "text.mp4").write_bytes(b"no film")
    without(moving(40), slice(None)).save(tmp_path / "nobody.npz")
    before = sorted(path.name for path in tmp_path.iterdir())
    out = tmp_path / "out.png"
    for arguments, text in [
        ((tmp_path / "gone.mp4", "--out", out), "There is no file"),
        (("x" * 5000, "--out", out), "There is no file"),
        ((clip, "--out", tmp_path / "out.docx"), ".png, .svg, .csv, .html, .gif, .mp4, .mkv, .mov"),
        ((clip, "--out", tmp_path / "none" / "out.png"), "no folder"),
        ((clip, "--out", tmp_path / "none" / "out.mp4"), "does not exist"),
        ((clip, "--out", tmp_path / "folder.png"), "is a folder"),
        ((film, "--out", film), "is the clip that is read"),
        ((clip, "--out", out, "--out", out), "named twice"),
        ((clip, "--seconds", "3"), "A:B"),
        ((clip, "--seconds", "2:1"), "A before B"),
        ((clip, "--seconds", "9:"), "no frame lies from 9 s on"),
        ((clip, "--person", "2"), "no person 2"),
        ((clip, "--key-frames", "0"), "--key-frames"),
        ((clip, "--palette", "jet"), "inferno"),
        ((tmp_path / "broken.npz", "--out", out), "not a readable sequence file"),
        ((tmp_path / "nobody.npz", "--out", out), "Nobody was found"),
        ((tmp_path / "text.mp4", "--out", out), "cannot be read as a video"),
        ((tmp_path, "--out", out), "There is no file"),
    ]:
        assert explained_by(*arguments) == 2, arguments
        assert text in said(capsys), arguments
    monkeypatch.setattr(
        command, "estimator_makers", lambda path, persons: (lambda: FakeEstimator(sees=lambda f: False), None)
    )
    assert explained_by(film, "--out", out) == 2
    assert "only 0 of 40 frames. There is nothing to explain" in said(capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == before, "nothing half-written"


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_hardly_any_frames(tmp_path: Path, frames: int) -> None:
    path = tmp_path / "clip.npz"
    moving(frames).save(path)
    files = [tmp_path / f"out.{ending}" for ending in ("png", "svg", "csv", "html", "gif", "mp4")]
    assert explained_by(path, *(part for file in files for part in ("--out", file))) == 0
    assert all(file.stat().st_size > 100 for file in files)


def test_a_clip_that_is_shortened_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "clip.npz"
    moving(900).save(path)
    assert explained_by(path, "--out", tmp_path / "out.gif", "--json") == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert len(notes) == 1
    assert notes[0].startswith("The GIF shows 12.0 s of 29.9 s")


def test_names_with_marks_get_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a [b] #1 <i> é.npz"
    sequence: SkeletonSequence = moving(40)
    sequence.save(path)
    assert explained_by(path, "--out", tmp_path / "ö [x] :cat:.html") == 0
    assert "ö [x] :cat:.html" in capsys.readouterr().out
