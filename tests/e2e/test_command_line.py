"""The real program as a process of its own: what it prints, writes, refuses and connects to."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence
from tests.explaining import moving

ROOT = Path(__file__).resolve().parent.parent.parent


def jointlight(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder of its own, with the pose model that the user has."""
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=280,
        check=False,
        env={**os.environ, **environment},
    )


def one_json(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    value: dict[str, Any] = json.loads(done.stdout)  # one object and nothing else
    return value


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, pose_model: Path) -> tuple[dict[str, Any], Path]:
    folder = tmp_path_factory.mktemp("demo")
    done = jointlight("demo", "--headless", "--json", "--pose-model", str(pose_model), folder=folder)
    return one_json(done), folder


def test_the_demo_recognises_every_action_of_every_performer(demo: tuple[dict[str, Any], Path]) -> None:
    report, _ = demo
    acts = ["wave", "clap", "boxing", "squat", "arm curl", "push", "jumping jack", "lunge"]
    assert [one["action"] for one in report["acted"]] == acts
    assert report["confusion"] == {action: {action: 1} for action in acts}
    assert [one["said"] for one in report["acted"]] == [one["action"] for one in report["acted"]]
    assert all(one["correct"] and 0 < one["confidence"] <= 1 for one in report["acted"])
    assert report["pose_frames"] >= 0.98 * report["frames"]
    assert report["fps"] > 0


def test_the_demo_writes_a_video_of_every_frame(demo: tuple[dict[str, Any], Path]) -> None:
    report, folder = demo
    with av.open(folder / report["output"]) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == report["frames"]
    assert [path.name for path in folder.iterdir()] == [report["output"]]


def test_a_video_file_loses_no_frame(tmp_path: Path, shared_data: Path, pose_model: Path) -> None:
    clip = shared_data / "videos" / "scenes" / "S001C001P001R001A001_rgb.avi"
    arguments = ("live", "--headless", "--json", "--source", str(clip), "--pose-model", str(pose_model))
    report = one_json(jointlight(*arguments, folder=tmp_path))
    assert (report["frames"], report["pose_frames"], report["drops"]) == (103, 103, 0)
    assert set(report) == {"source", "frames", "pose_frames", "fps", "latency_ms", "drops", "failures", "decisions"}
    assert set(report["latency_ms"]) == {"p50", "p95"}
    assert list(tmp_path.iterdir()) == [], "without --out nothing is written"


def test_real_people_are_found_in_nearly_every_frame(tmp_path: Path, shared_data: Path, pose_model: Path) -> None:
    clip = shared_data / "videos" / "scenes" / "exercise.avi"
    arguments = ("live", "--headless", "--json", "--source", str(clip), "--pose-model", str(pose_model))
    report = one_json(jointlight(*arguments, folder=tmp_path))
    assert report["frames"] == 393
    assert report["pose_frames"] >= 380
    for decision in report["decisions"]:
        assert decision["t_start_s"] <= decision["t_end_s"]
        assert 0 <= decision["confidence"] <= 1


def test_frame_by_frame_and_whole_windows_say_the_same_of_a_clear_action(tmp_path: Path, pose_model: Path) -> None:
    arguments = ("live", "--headless", "--json", "--source", "performer:jumping jack", "--pose-model", str(pose_model))
    said = []
    for mode in ((), ("--whole-windows",)):
        report = one_json(jointlight(*arguments, *mode, folder=tmp_path))
        said.append([(one["action"], round(one["t_start_s"])) for one in report["decisions"]])
    assert said[0] == said[1]
    assert "jumping jack" in [action for action, _ in said[0]]


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_a_live_run_opens_no_connection_and_stays_small(tmp_path: Path, pose_model: Path) -> None:
    """strace sees what C++ does as well, which a patch of Python's socket module would miss."""
    trace = tmp_path / "trace.txt"
    source = ("--source", "performer:wave", "--pose-model", str(pose_model))
    done = subprocess.run(
        ["strace", "-f", "-e", "trace=network", "-o", str(trace), sys.executable, "-c", MEMORY, str(ROOT), *source],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = trace.read_text()
    assert "exited with" in seen
    assert "AF_INET" not in seen
    assert int(done.stdout.split()[-1]) < 1_500_000, "kilobytes at the most"


MEMORY = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from main import cli
try:
    cli(["live", "--headless", "--json", *sys.argv[2:]])
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_folder_of_ones_own_clips_is_trained_and_tested(tmp_path: Path) -> None:
    """Documented in CONTRIBUTING: ACTION/PERSON_*.npz."""
    random = np.random.default_rng(0)
    for action in ("left", "right"):
        (tmp_path / "clips" / action).mkdir(parents=True)
        for person in ("ann", "bob"):
            for take in range(3):
                positions = np.repeat(random.normal(size=(1, 1, 25, 3)), 30, axis=0).astype(np.float32)
                positions[:, 0, 7 if action == "left" else 11, 1] += np.sin(np.arange(30) / 3)
                SkeletonSequence(
                    layout=KINECT_25,
                    positions_m=positions,
                    confidence=np.ones((30, 1, 25), np.float32),
                    times_s=np.arange(30) / 30,
                ).save(tmp_path / "clips" / action / f"{person}_{take}.npz")
    (tmp_path / "clips" / "left" / "ann_9.npz").write_bytes(b"broken")
    home = {"JOINTLIGHT_HOME": str(tmp_path / "home")}
    data = ("--dataset", "folder", "--data", "clips")
    done = jointlight("train", *data, "--epochs", "2", "--out", "mine", "--json", folder=tmp_path, **home)
    trained = one_json(done)
    assert "ann_9.npz" in done.stderr
    assert trained["n"] == 6
    assert json.loads((tmp_path / "mine" / "metrics.json").read_text())["accuracy"] == trained["accuracy"]
    report = one_json(jointlight("evaluate", *data, "--model", "mine", "--json", folder=tmp_path, **home))
    assert report["accuracy"] == pytest.approx(trained["accuracy"])
    refused = jointlight("train", *data, "--on-broken", "refuse", "--out", "other", folder=tmp_path, **home)
    assert refused.returncode == 2
    assert "ann_9.npz" in refused.stderr
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(("model", "persons"), [("everyday", 1), ("sbu-interactions", 2)])
def test_a_clip_is_taken_home_from_a_shipped_model(tmp_path: Path, model: str, persons: int) -> None:
    moving(120, persons=persons).save(tmp_path / "clip.npz")
    files = [part for ending in ("svg", "html", "csv") for part in ("--out", f"clip.{ending}")]
    report = one_json(jointlight("explain", "clip.npz", "--model", model, *files, "--json", folder=tmp_path))
    assert (report["frames"], report["written"]) == (60, ["clip.svg", "clip.html", "clip.csv"])
    assert report["said"] in json.loads((ROOT / "models" / model / "config.json").read_text())["actions"]
    assert -1 <= report["occlusion"]["joints_rank"] <= 1
    assert (tmp_path / "clip.html").stat().st_size < 3_000_000
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".html", ".npz", ".svg"]


def bad_file(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return name


def test_bad_input_is_one_sentence_and_status_2(tmp_path: Path, pose_model: Path) -> None:
    bad_file(tmp_path, "broken.mp4", b"\x00" * 5000)
    bad_file(tmp_path, "empty.avi", b"")
    bad_file(tmp_path, "text.mp4", b"this is not a video")
    bad_file(tmp_path, "bad.task", b"PK nonsense")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "model").mkdir()
    shutil.copytree(ROOT / "models" / "everyday", tmp_path / "cut")
    (tmp_path / "cut" / "model.safetensors").write_bytes(b"cut")
    shutil.copytree(ROOT / "models" / "everyday", tmp_path / "joints")
    config = json.loads((tmp_path / "joints" / "config.json").read_text())
    config["network"]["joints"] = 25
    (tmp_path / "joints" / "config.json").write_text(json.dumps(config))
    live, pose = ("live", "--headless", "--out", "o.mp4", "--source"), ("--pose-model", str(pose_model))
    before = sorted(path.name for path in tmp_path.rglob("*"))
    for arguments, text in [
        ((*live, "missing.mp4", *pose), "missing.mp4"),
        ((*live, "broken.mp4", *pose), "broken.mp4"),
        ((*live, "empty.avi", *pose), "empty.avi"),
        ((*live, "text.mp4", *pose), "text.mp4"),
        ((*live, "folder.mp4", *pose), "folder.mp4"),
        ((*live, "nonsense", *pose), "nonsense"),
        ((*live, "performer:flying", *pose), "wave"),
        ((*live, "performer:wave", "--model", "nobody", *pose), "everyday"),
        ((*live, "performer:wave", "--model", "model", *pose), "config.json"),
        ((*live, "performer:wave", "--model", "cut", *pose), "model.safetensors"),
        ((*live, "performer:wave", "--model", "joints", *pose), "25"),
        (("live", "--headless", "--source", "text.mp4", "--out", "text.mp4", *pose), "text.mp4"),
        ((*live, "performer:wave", "--model", "n" * 300, *pose), "no model"),
        ((*live, "performer:wave", "--pose-model", "bad.task"), "bad.task"),
        ((*live, "performer:wave", "--pose-model", "none.task"), "none.task"),
        (("live", "--headless", "--source", "performer:wave", "--out", "nowhere/o.mp4", *pose), "nowhere"),
        (("live", "--headless", "--source", "performer:wave", "--out", "o.gif", *pose), "gif"),
        (("train", "--dataset", "utd-mhad", "--data", "model", "--out", "new"), "UTD-MHAD"),
        (("train", "--dataset", "utd-mhad", "--data", "model", "--out", "folder.mp4/../cut/.."), "other things"),
        (("train", "--dataset", "x", "--data", "model", "--out", "new"), "utd-mhad"),
        (("evaluate", "--dataset", "utd-mhad", "--data", "gone"), "gone"),
        (("live", "--nonsense"), "--nonsense"),
        (("live", "--headless", "--fast", "--source", "camera"), "a camera gives its pictures"),
        (("live", "--headless", "--report", "r.json", "--source", "performer:wave"), "--report"),
        (("live", "--report", "nowhere/r.json", "--source", "performer:wave"), "nowhere"),
        (("live", "--whole-windows", "--source", "performer:wave"), "--headless"),
        (("bench", "live", "--out", "nowhere/r.json"), "nowhere"),
    ]:
        done = jointlight(*arguments, folder=tmp_path)
        assert done.returncode == 2, (arguments, done.stdout, done.stderr)
        assert text in done.stderr.replace("\n", ""), (arguments, done.stderr)
        assert "Traceback" not in done.stderr, (arguments, done.stderr)
        assert done.stdout == "", arguments
    assert sorted(path.name for path in tmp_path.rglob("*")) == before, "nothing half-written"


def test_core_works_without_qt(tmp_path: Path) -> None:
    code = (
        "import sys, pkgutil, importlib; sys.path.insert(0, sys.argv[1]); import core\n"
        "for module in pkgutil.walk_packages(core.__path__, 'core.'): importlib.import_module(module.name)\n"
        "print([name for name in sys.modules if name.startswith(('PyQt', 'pyqtgraph', 'app'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=True
    )
    assert done.stdout.strip() == "[]"


def test_help_is_there_for_every_verb(tmp_path: Path) -> None:
    for verb in ("demo", "live", "train", "evaluate", "explain", "models", "doctor"):
        done = jointlight(verb, "--help", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert f"jointlight {verb}" in done.stdout


def test_two_persons_are_told_what_they_do_to_each_other(tmp_path: Path, shared_data: Path, pose_model: Path) -> None:
    clip = shared_data / "videos" / "ut_interaction_set1" / "0_1_4.avi"
    arguments = ("--model", "sbu-interactions", "--source", str(clip), "--pose-model", str(pose_model))
    report = one_json(jointlight("live", "--headless", "--json", *arguments, "--out", "o.mp4", folder=tmp_path))
    assert report["frames"] == report["pose_frames"] == 108
    actions = json.loads((ROOT / "models" / "sbu-interactions" / "config.json").read_text())["actions"]
    assert {decision["action"] for decision in report["decisions"]} <= set(actions)
    assert report["decisions"]
    assert (tmp_path / "o.mp4").stat().st_size > 10_000
