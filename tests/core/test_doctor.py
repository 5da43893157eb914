"""The doctor reports everything, stops at nothing, and says what to do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from core import paths
from core.cli import doctor as doctor_verb
from core.cli.models import model_reports, models_app
from core.doctor import machine, qt, software
from core.doctor.check import Check, Finding, Status
from core.doctor.run import CHECKS, run_checks
from core.model.folder import ModelConfig, save_model
from core.model.sta_lstm import STALSTM, NetworkSpec
from core.skeleton.features import FeatureSpec
from core.sources.camera import CameraMode
from core.sources.camera_devices import CameraDevice
from core.sources.source import SourceInfo

ROOT = Path(__file__).resolve().parents[2]
FINE = Finding(status=Status.OK, detail="fine")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def broken() -> Finding:
    raise RuntimeError("driver on fire")


def test_a_failing_check_does_not_stop_the_others() -> None:
    seen: list[str] = []
    results = run_checks(seen.append, checks={"one": broken, "two": lambda: FINE})
    assert seen == ["one", "two"]
    assert [(check.name, check.status) for check in results] == [("one", Status.PROBLEM), ("two", Status.OK)]
    assert "driver on fire" in results[0].detail
    assert results[0].advice


def verb() -> typer.Typer:
    app = typer.Typer()
    app.command()(doctor_verb.doctor)
    return app


def use_checks(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> None:
    monkeypatch.setattr(doctor_verb, "run_checks", lambda progress: list(checks))


def test_json_is_one_object_and_a_problem_is_in_the_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    good = Check(name="GPU", status=Status.OK, detail="none")
    bad = Check(name="Qt", status=Status.PROBLEM, detail="broken", advice="mend it")
    use_checks(monkeypatch, good, bad)
    result = CliRunner().invoke(verb(), ["--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "ok": False,
        "checks": [
            {"name": "GPU", "status": "ok", "detail": "none", "advice": ""},
            {"name": "Qt", "status": "problem", "detail": "broken", "advice": "mend it"},
        ],
    }


def test_table_shows_detail_and_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    long_path = "/very/long" * 20
    use_checks(monkeypatch, Check(name="Cameras", status=Status.WARNING, detail=long_path, advice="plug one in [now]"))
    result = CliRunner().invoke(verb(), [])
    assert result.exit_code == 0  # a warning is no problem
    assert "plug one in [now]" in result.stdout
    assert long_path in "".join(line.strip() for line in result.stdout.splitlines())  # folded, not cut


def test_checks_of_this_installation_are_ok() -> None:
    for name in ("Python", "Packages", "OpenCV", "MediaPipe", "Qt"):
        finding = CHECKS[name]()
        assert finding.status is Status.OK, finding


@pytest.mark.parametrize(
    "versions",
    [
        {"opencv-python": "4.14.0.94", "opencv-contrib-python": "4.13.0.92"},
        {"opencv-python": "5.0.0.93", "opencv-contrib-python": "5.0.0.93"},
        {"opencv-python": "4.14.0.94", "opencv-contrib-python": None},
        {"opencv-python": "4.1", "opencv-contrib-python": "4.1", "opencv-python-headless": "4.1"},
        {"opencv-python": None, "opencv-contrib-python": None},
    ],
)
def test_anything_but_one_opencv_is_a_problem(versions: dict[str, str | None]) -> None:
    finding = software.judge_opencv(versions)
    assert finding.status is Status.PROBLEM
    assert "pip uninstall -y opencv" in finding.advice


def test_missing_libraries_of_qt_become_an_apt_line(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory"
    monkeypatch.setattr(qt, "start_failure", lambda settings: said)
    monkeypatch.setattr(qt, "missing_libraries", lambda: "\tlibxcb-cursor.so.0 => not found")
    monkeypatch.setattr(sys, "platform", "linux")
    finding = qt.check_qt_offscreen()
    assert finding.status is Status.PROBLEM
    assert "libEGL.so.1" in finding.detail
    assert finding.advice == "Run 'sudo apt install libegl1 libxcb-cursor0'."


def test_qt_that_aborts_is_reported_with_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = qt.start_failure({"QT_QPA_PLATFORM": "no-such-platform"})
    assert failure is not None
    assert "no-such-platform" in failure


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_without_pyqt_there_is_no_window_on_any_system(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setitem(sys.modules, "PyQt6", None)
    assert "PyQt6" in qt.why_no_window()
    assert "pip install PyQt6" in qt.why_no_window()


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("No module named 'PyQt6.QtWidgets'", "--force-reinstall PyQt6"),
        ("No module named 'pyqtgraph'", "--force-reinstall jointlight"),
        ("libEGL.so.1: cannot open shared object file", "apt install"),
    ],
)
def test_advice_fits_what_is_missing(monkeypatch: pytest.MonkeyPatch, said: str, advice: str) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert advice in qt.advice(said)


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "win32", True),
        ({}, "darwin", True),
    ],
)
def test_where_a_window_can_open(environment: dict[str, str], platform: str, expected: bool) -> None:
    assert qt.has_display(environment, platform) is expected


def test_no_camera_is_a_warning_that_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "list_cameras", list)
    finding = machine.check_cameras()
    assert finding.status is Status.WARNING
    assert finding.advice


def test_cameras_are_listed_with_the_modes_that_they_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    class FakeCamera:
        def __init__(self, wanted: str, *, mode: CameraMode) -> None:
            assert wanted == "usb-1"
            self.mode = mode

        def open(self) -> SourceInfo:
            return SourceInfo(
                label="C920",
                width_px=min(self.mode.width_px, 1280),
                height_px=min(self.mode.height_px, 720),
                rate_hz=30.0,
                frame_count=None,
                is_live=True,
                detail="MJPG",
            )

        def close(self) -> None:
            pass

    device = CameraDevice(name="C920", stable_id="usb-1", backend=0, index=0)
    monkeypatch.setattr(machine, "list_cameras", lambda: [device])
    monkeypatch.setattr(machine, "Camera", FakeCamera)
    finding = machine.check_cameras()
    assert finding.status is Status.OK
    assert finding.detail == "C920 [usb-1]: 640x480 at 30 Hz MJPG, 1280x720 at 30 Hz MJPG"


@pytest.mark.usefixtures("home")
def test_missing_pose_model_is_a_warning_for_both_checks() -> None:
    for finding in (machine.check_pose_model(), machine.check_pose_speed()):
        assert finding.status is Status.WARNING
        assert "models fetch" in finding.advice


@pytest.mark.usefixtures("home")
def test_damaged_pose_model_is_a_problem() -> None:
    paths.pose_models_dir().mkdir(parents=True)
    (paths.pose_models_dir() / "pose_landmarker_full.task").write_bytes(b"half")
    assert machine.check_pose_model().status is Status.PROBLEM


def test_pose_speed_is_measured_on_a_person_that_is_found(pose_model: Path) -> None:
    median_ms, found = machine.measure_pose(pose_model, calls=3)
    assert median_ms > 0
    assert found == 3


def test_write_speed_leaves_nothing(home: Path) -> None:
    assert "MB/s" in machine.check_write_speed().detail
    assert list(home.iterdir()) == []


def test_folder_that_cannot_be_written_is_a_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "file" / "home"))
    finding = machine.check_write_speed()
    assert finding.status is Status.PROBLEM
    assert "JOINTLIGHT_HOME" in finding.advice
    assert machine.check_free_space().detail.endswith("GB free")


@pytest.mark.parametrize(("free_gb", "status"), [(50.0, "ok"), (1.0, "warning"), (0.1, "problem")])
def test_little_space_is_said(free_gb: float, status: str) -> None:
    assert machine.judge_free_space(free_gb).status == status


def test_checks_load_no_qt_into_this_process() -> None:
    code = "import sys, core.doctor.run, core.cli.doctor, core.cli.models; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not [name for name in loaded.split() if name.startswith(("PyQt", "mediapipe"))]


# jointlight models


def save_small_model(folder: Path, *, accuracy: float) -> None:
    features = FeatureSpec(joints=(0, 1, 2), kinds=("relative",))
    spec = NetworkSpec(joints=3, channels=3, classes=2, hidden=4, gate_hidden=4)
    config = ModelConfig(
        title="Small",
        layout="kinect25",
        features=features,
        network=spec,
        window_frames=8,
        actions=("wave", "clap"),
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    save_model(folder, network=STALSTM(spec), config=config, metrics={"accuracy": accuracy}, card="# Small")


def test_models_are_listed_with_actions_and_accuracy(home: Path) -> None:
    save_small_model(home / "models" / "small", accuracy=0.75)
    (report,) = model_reports((home / "models",))
    assert (report.name, report.actions, report.accuracy, report.problem) == ("small", ("wave", "clap"), 0.75, "")
    (home / "models" / "small" / "metrics.json").unlink()
    (report,) = model_reports((home / "models",))
    assert (report.accuracy, report.problem) == (None, "")
    (home / "models" / "small" / "model.safetensors").write_bytes(b"half")
    (report,) = model_reports((home / "models",))
    assert "model.safetensors" in report.problem


def test_own_model_hides_the_bundled_one_of_that_name(tmp_path: Path) -> None:
    for place, accuracy in (("own", 0.25), ("bundled", 0.5)):
        save_small_model(tmp_path / place / "small", accuracy=accuracy)
    (report,) = model_reports((tmp_path / "own", tmp_path / "bundled"))
    assert report.accuracy == 0.25


def test_damaged_model_folder_is_named_and_does_not_stop_the_list(home: Path) -> None:
    damaged = home / "models" / "mine"
    damaged.mkdir(parents=True)
    (damaged / "config.json").write_text("{")
    (damaged.parent / ".staging").mkdir()
    (damaged.parent / "README.md").write_text("not a model")
    reports = model_reports((home / "models", home / "nowhere"))
    assert [report.name for report in reports] == ["mine"]
    assert "config.json" in reports[0].problem
    result = CliRunner().invoke(models_app, ["list", "--json"])
    assert result.exit_code == 0
    listed = {model["name"]: model for model in json.loads(result.stdout)["models"]}
    assert listed["mine"]["problem"]
    assert listed["mine"]["actions"] == []
    assert CliRunner().invoke(models_app, ["list"]).exit_code == 0


def test_fetch_says_where_the_file_is(pose_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "pose_models_dir", lambda: pose_model.parent)
    result = CliRunner().invoke(models_app, ["fetch", "--json"])
    told = json.loads(result.stdout)
    assert told["path"] == str(pose_model)
    assert len(told["sha256"]) == 64
