"""`jointlight extract`: videos and data sets become sequence files; what is done is not done again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.cli.run import run
from core.datasets.authored import acted_takes, performed
from core.datasets.catalogue import load_dataset
from core.datasets.dataset import Sample
from core.datasets.labelled_folder import save_labelled_folder
from core.errors import DataError
from core.explain.performance_video import write_performance
from core.pose.video_folder import video_jobs
from core.skeleton.layouts import DIRECT_JOINTS, MEDIAPIPE_33
from core.skeleton.sequence import load_sequence
from core.sources.performer.programme import Act
from core.sources.performer.source import Performer
from tests.clips import clip, write_dataset

ROOT = Path(__file__).resolve().parents[2]


def no_window(_: object) -> int:
    raise AssertionError("nothing here opens a window")


def extract(*arguments: str | Path) -> int:
    return run(["extract", *map(str, arguments)], open_window=no_window)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """A folder of videos: somebody squats, a file that is no video, and a note."""
    folder = tmp_path / "clips"
    (folder / "squat").mkdir(parents=True)
    performer = Performer([Act(action="squat", repetitions=1)], size_px=(320, 240), rate_hz=12, real_time=False)
    write_performance(performer, folder / "squat" / "anna_1.mp4").save(tmp_path / "truth.npz")
    (folder / "squat" / "bob_1.avi").write_bytes(b"no video")
    (folder / "squat" / "notes.txt").write_text("not looked at")
    return folder


def test_videos_become_sequences_once(
    clips: Path, tmp_path: Path, pose_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = (clips, "--out", out, "--pose-model", pose_model, "--json")
    assert extract(*asked) == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert (report["written"], report["kept"]) == (1, 0)
    (left_out,) = report["left_out"]
    assert "bob_1.avi" in left_out
    assert "damaged" in left_out
    assert left_out in " ".join(said.err.split())
    path = out / "squat" / "anna_1.npz"
    assert sorted(file.relative_to(out) for file in out.rglob("*.npz")) == [path.relative_to(out)]
    found, truth = load_sequence(path), load_sequence(tmp_path / "truth.npz")
    assert found.layout is MEDIAPIPE_33
    assert len(found) > 0.9 * len(truth)
    assert set(np.round(found.times_s, 3)) <= set(np.round(truth.times_s, 3))
    joints, direct = found.to_kinect25().positions_m[:, 0], list(DIRECT_JOINTS)
    assert np.isfinite(joints[:, direct]).all()
    height = joints[:, 4, 1] - joints[:, 14, 1]  # from the left ankle to the left shoulder
    assert height.max() - height.min() > 0.15, "it squats"

    before = path.stat().st_mtime_ns
    assert extract(*asked) == 0
    assert json.loads(capsys.readouterr().out)["kept"] == 1
    assert path.stat().st_mtime_ns == before
    path.write_bytes(b"half a file")
    assert extract(*asked) == 0
    assert json.loads(capsys.readouterr().out)["written"] == 1, "a damaged file is made again"
    assert extract(*asked, "--restart", "--jobs", "1") == 0
    assert json.loads(capsys.readouterr().out)["written"] == 1
    np.testing.assert_allclose(load_sequence(path).positions_m, found.positions_m, atol=1e-4)


def test_a_data_set_is_played_and_becomes_a_folder_to_train_on(
    tmp_path: Path, pose_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    for action in ("idle", "wave"):
        for person in ("anna", "bob"):
            performer = Performer([Act(action=action, seconds=1)], size_px=(64, 64), rate_hz=15, real_time=False)
            folder = tmp_path / "own" / action
            folder.mkdir(parents=True, exist_ok=True)
            write_performance(performer, tmp_path / "unused.mp4").save(folder / f"{person}_1.npz")
    out = tmp_path / "seen"
    asked = ("--dataset", "folder", "--data", tmp_path / "own", "--out", out, "--pose-model", pose_model, "--json")
    assert extract(*asked) == 0
    assert json.loads(capsys.readouterr().out) == {
        "written": 2 * (2 + 1),  # training persons twice
        "kept": 0,
        "left_out": [],
        "output": str(out),
    }
    seen = load_dataset("folder", out)
    assert seen.actions == ("idle", "wave")
    assert len({sample.person for sample in seen.samples}) == 2
    assert len(seen.samples) == 6
    assert extract(*asked) == 2, "what is there is not replaced"
    assert "holds other things" in capsys.readouterr().err


def test_names_of_samples_become_names_of_files(tmp_path: Path) -> None:
    actions = ("pick up / throw", "..")
    samples = [
        Sample(name=f"deep/{name}.txt", sequence=clip(0, seed=1), label=label, person=7)
        for name, label in [("a", 0), ("a_2", 0), ("a", 0), ("A", 0), ("b:*?", 1), ("x" * 300, 1)]
    ]
    assert save_labelled_folder(tmp_path, samples, actions=actions) == 6
    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.npz"))
    first = "pick up - throw"
    assert written == sorted(
        [
            f"{first}/007_a.npz",
            f"{first}/007_a_2.npz",
            f"{first}/007_a_3.npz",
            f"{first}/007_A_4.npz",
            "-/007_b---.npz",
            f"-/007_{'x' * 100}.npz",
        ]
    ), "nothing takes the place of another"
    with pytest.raises(DataError, match="the same folder"):
        save_labelled_folder(tmp_path, samples, actions=("throw/catch", "Throw:catch"))


def test_each_video_has_a_place_of_its_own(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.avi", "b.MKV", ".hidden.mp4", ".trash/c.mp4", "far/d.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (job,) = video_jobs([tmp_path / "b.MKV", tmp_path / "b.MKV"], out=Path("out"))
    assert job.sequence == Path("out/b.npz")
    with pytest.raises(DataError, match="both become"):
        video_jobs([tmp_path], out=Path("out"))
    (tmp_path / "a.avi").unlink()
    (tmp_path / "far" / "loop").symlink_to(tmp_path)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "wave").symlink_to(tmp_path / "far")
    assert {str(job.sequence) for job in video_jobs([tmp_path / "linked"], out=Path("out"))} >= {"out/wave/d.npz"}
    assert not any(".trash" in str(job.video) for job in video_jobs([tmp_path], out=Path("out")))


def test_what_no_extraction_has_made_is_not_replaced(
    clips: Path, tmp_path: Path, pose_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "out" / "squat" / "anna_1.npz"
    place.parent.mkdir(parents=True)
    clip(0, seed=1).save(place)
    np.savez(tmp_path / "foreign.npz", a=1)
    for content, complaint in [
        (place.read_bytes(), "layout kinect25"),
        ((tmp_path / "foreign.npz").read_bytes(), "something else"),
    ]:
        place.write_bytes(content)
        assert extract(clips, "--out", tmp_path / "out", "--pose-model", pose_model, "--restart") == 2
        assert complaint in " ".join(capsys.readouterr().err.split())
        assert place.read_bytes() == content
    place.unlink()
    place.mkdir()
    assert extract(clips, "--out", tmp_path / "out", "--pose-model", pose_model) == 2
    assert "is a folder" in capsys.readouterr().err


def _minds_ctrl_c() -> None:
    """Tests that run in the background of a shell begin with a SIGINT that is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_it_at_once_and_keeps_what_is_done(tmp_path: Path, pose_model: Path) -> None:
    """A real process in a group of its own, all of which gets the signal, as from a terminal."""
    long, short = tmp_path / "clips" / "b_long.mp4", tmp_path / "clips" / "a_short.mp4"
    long.parent.mkdir()
    for video, seconds in [(short, 1.0), (long, 150.0)]:
        acts = [Act(action="idle", seconds=seconds)]
        write_performance(Performer(acts, size_px=(160, 120), rate_hz=10, real_time=False), video)
    out = tmp_path / "out"
    command = [sys.executable, str(ROOT / "main.py"), "extract", str(long.parent), "--out", str(out), "--jobs", "1"]
    with subprocess.Popen(
        [*command, "--pose-model", str(pose_model)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_minds_ctrl_c,
    ) as process:
        while not (out / "a_short.npz").exists():
            assert process.poll() is None, process.communicate()[1]
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
        os.killpg(process.pid, signal.SIGINT)
        complaints = process.communicate(timeout=60)[1]
    assert process.returncode != 0
    assert "Traceback" not in complaints
    assert [path.name for path in out.iterdir()] == ["a_short.npz"], "the long one was not watched to its end"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "one of the two"),
        (["clips", "--dataset", "sbu", "--data", "x"], "one of the two"),
        (["--dataset", "sbu"], "belong together"),
        (["clips", "--data", "x"], "belong together"),
        (["--dataset", "folder", "--data", "own", "--restart"], "is for videos"),
        (["clips", "--on-broken", "refuse"], "1 of 2 videos gave no sequence"),
        (["--dataset", "nothing", "--data", "own"], "nothing"),
        (["missing.mp4"], "no video or folder 'missing.mp4'"),
        (["empty"], "holds no video"),
        (["empty/note.txt"], "None of 1 videos"),
        (["clips", "--jobs", "0"], "jobs"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: list[str], complaint: str, clips: Path, pose_model: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(clips.parent)
    Path("empty").mkdir()
    Path("empty/note.txt").write_text("no video")
    write_dataset(Path("own"))
    assert extract(*arguments, "--out", "out", "--pose-model", pose_model) == 2
    said = capsys.readouterr()
    assert complaint in " ".join(said.err.split())
    assert said.out == ""
    assert not list(Path("out").rglob("*.npz")) or "refuse" in arguments


def test_a_folder_inside_the_data_set_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_dataset(tmp_path / "own")
    asked = ("--dataset", "folder", "--data", tmp_path / "own", "--out", tmp_path / "own" / "seen")
    assert extract(*asked) == 2
    assert "lies in the data set itself" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "own" / "seen").exists()


def test_two_persons_of_a_data_set_are_played_and_found_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pose_model: Path
) -> None:
    for seed, name in enumerate(("a_1", "b_1")):
        wave, squat = (performed(next(acted_takes(one, first_seed=seed, takes=1))) for one in ("wave", "squat"))
        frames = min(len(wave), len(squat), 20)
        beside = np.array([1.2, 0, 0], np.float32)
        positions = np.concatenate([wave.positions_m[:frames], squat.positions_m[:frames] + beside], axis=1)
        path = tmp_path / "own" / "together" / f"{name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(
            wave,
            positions_m=positions,
            confidence=np.ones(positions.shape[:3], np.float32),
            times_s=wave.times_s[:frames],
        ).save(path)
    asked = ("--dataset", "folder", "--data", tmp_path / "own", "--out", tmp_path / "seen")
    assert extract(*asked, "--pose-model", pose_model) == 0
    found = [load_sequence(path) for path in sorted((tmp_path / "seen").rglob("*.npz"))]
    assert len(found) >= 2
    assert {sequence.positions_m.shape[1:] for sequence in found} == {(2, 33, 3)}
    capsys.readouterr()
    assert extract(*asked, "--persons", "2", "--pose-model", pose_model) == 2
    assert "--persons is for videos" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_said_before_the_work(
    clips: Path, tmp_path: Path, pose_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    assert extract(clips, "--out", tmp_path / "taken", "--pose-model", pose_model) == 2
    assert "Cannot make the folder" in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "a file"
