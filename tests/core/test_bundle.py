"""The pose model file is fetched, made, verified and refused as it should, without any network."""

import contextlib
import errno
import hashlib
import importlib.util
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NoReturn

import pytest

from core import paths
from core.errors import PoseModelError
from core.pose import bundle, vendor_download, wheel_bundle
from core.pose.bundle import OFFICIAL_SHA256, PoseVariant, Progress, installed_pose_model, pose_model_path

OFFICIAL = b"the official bundle " * 60_000
FULL = "pose_landmarker_full.task"


class Vendor(HTTPServer):
    """Serves `content` for every path and counts the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), VendorHandler)
        self.content = OFFICIAL
        self.cut_at: int | None = None
        self.requests = 0


class VendorHandler(BaseHTTPRequestHandler):
    server: Vendor

    def do_GET(self) -> None:
        self.server.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client may cancel
            self.wfile.write(self.server.content[: self.server.cut_at])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    server = Vendor()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(vendor_download, "ADDRESS", f"http://127.0.0.1:{server.server_port}/{{variant}}.task")
    monkeypatch.setitem(OFFICIAL_SHA256, PoseVariant.FULL, hashlib.sha256(OFFICIAL).hexdigest())
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def no_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor_download, "ADDRESS", "http://127.0.0.1:9/{variant}.task")  # nobody listens there
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def pip_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The only place where pip looks for wheels; empty at first."""
    index = tmp_path / "index"
    index.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "pose_models"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def refuse(*_: object, **__: object) -> NoReturn:
    raise AssertionError("the network must not be touched")


def test_file_of_the_vendor_is_kept_and_no_network_is_touched_again(
    vendor: Vendor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Progress] = []
    path = pose_model_path(folder=folder, progress=seen.append)
    assert path.read_bytes() == OFFICIAL
    assert names(folder) == ["pose_landmarker_full.json", FULL]
    assert seen[-1].done_bytes == seen[-1].total_bytes == len(OFFICIAL)
    monkeypatch.setattr(bundle, "download", refuse)
    assert pose_model_path(folder=folder) == path


def test_users_own_data_folder_is_the_default(vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "mine"))
    assert pose_model_path() == paths.pose_models_dir() / FULL
    assert tmp_path in paths.pose_models_dir().parents


def test_damaged_file_is_fetched_again(vendor: Vendor, folder: Path) -> None:
    path = pose_model_path(folder=folder)
    path.write_bytes(OFFICIAL[:-1] + b"x")
    assert installed_pose_model(folder=folder) is None
    assert pose_model_path(folder=folder).read_bytes() == OFFICIAL
    assert vendor.requests == 2


def test_official_file_put_there_by_hand_is_accepted(
    folder: Path, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True)
    (folder / FULL).write_bytes(OFFICIAL)
    monkeypatch.setattr(bundle, "download", refuse)
    assert pose_model_path(folder=folder, offline=True) == folder / FULL


def test_two_at_once_do_not_harm_each_other(vendor: Vendor, folder: Path) -> None:
    together = threading.Barrier(2)
    paths_got: list[Path] = []

    def fetch() -> None:
        together.wait()
        paths_got.append(pose_model_path(folder=folder))

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths_got == [folder / FULL] * 2
    assert names(folder) == ["pose_landmarker_full.json", FULL]
    assert installed_pose_model(folder=folder) is not None


@pytest.mark.parametrize("fault", ["other file", "broken off"])
def test_wrong_file_of_the_vendor_never_counts(vendor: Vendor, folder: Path, pip_index: Path, fault: str) -> None:
    if fault == "other file":
        vendor.content = b"<html>Please log in to the wireless network</html>"
    else:
        vendor.cut_at = 1000
    with pytest.raises(PoseModelError, match=r"sha256|broke off") as caught:
        pose_model_path(folder=folder)
    assert "pip says" in str(caught.value)  # the second way was tried too
    assert names(folder) == []


@pytest.mark.usefixtures("no_vendor", "pip_index")
def test_without_any_network_one_message_says_all(folder: Path) -> None:
    with pytest.raises(PoseModelError) as caught:
        pose_model_path(folder=folder)
    message = str(caught.value)
    for part in (FULL, str(folder), OFFICIAL_SHA256[PoseVariant.FULL], "--pose-model", "127.0.0.1"):
        assert part in message
    assert message.count("\n") == 0
    assert names(folder) == []


@pytest.mark.usefixtures("no_vendor")
def test_sizes_that_pypi_lacks_come_from_the_vendor_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "full_task_from_wheel", refuse)
    with pytest.raises(PoseModelError, match="PyPI has the full model only"):
        pose_model_path("lite", folder=folder)


def test_unknown_size_lists_the_known_ones(folder: Path) -> None:
    with pytest.raises(PoseModelError, match="lite, full, heavy"):
        pose_model_path("huge", folder=folder)


def test_offline_touches_no_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "download", refuse)
    monkeypatch.setattr(bundle, "full_task_from_wheel", refuse)
    with pytest.raises(PoseModelError, match="is missing"):
        pose_model_path(folder=folder, offline=True)


class CancelledError(Exception):
    pass


@pytest.mark.parametrize("stage", ["downloading the pose model", "downloading from PyPI with pip"])
def test_cancelling_leaves_nothing(vendor: Vendor, folder: Path, pip_index: Path, stage: str) -> None:
    if "pip" in stage:
        vendor.content = b"other"

    def cancel(progress: Progress) -> None:
        if progress.stage == stage:
            raise CancelledError

    with pytest.raises(CancelledError):
        pose_model_path(folder=folder, progress=cancel)
    assert names(folder) == []


def test_full_disk_is_said_and_leaves_nothing(vendor: Vendor, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PoseModelError, match="No space left on device"):
        pose_model_path(folder=folder)
    assert names(folder) == []


@pytest.mark.parametrize("other", [OFFICIAL, b"something else"])
def test_file_that_another_process_holds_is_fine_if_it_is_good(
    vendor: Vendor, folder: Path, monkeypatch: pytest.MonkeyPatch, other: bytes
) -> None:
    """Windows refuses to replace a file that is being read."""
    replace = Path.replace

    def refused(self: Path, target: Path) -> Path:
        if target.name != FULL:
            return replace(self, target)
        target.write_bytes(other)
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "replace", refused)
    if other == OFFICIAL:
        assert pose_model_path(folder=folder) == folder / FULL
    else:
        with pytest.raises(PoseModelError, match="Permission denied"):
            pose_model_path(folder=folder)


def test_folder_that_cannot_be_made_is_said(vendor: Vendor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PoseModelError, match="JOINTLIGHT_HOME"):
        pose_model_path(folder=tmp_path / "file" / "pose_models")


def test_leftovers_of_a_killed_fetch_go_after_a_day(vendor: Vendor, folder: Path) -> None:
    half_written = folder / ".part-1-aa"
    old, young = folder / ".fetch-old", folder / ".fetch-young"
    for scratch in (old, young):
        scratch.mkdir(parents=True)
        (scratch / "half.whl").write_bytes(b"half")
    half_written.touch()
    for path in (old, half_written):
        os.utime(path, (0, 0))
    pose_model_path(folder=folder)
    assert not old.exists()
    assert not half_written.exists()
    assert young.exists()  # another process may be at it


@pytest.mark.usefixtures("no_vendor")
def test_missing_pip_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PoseModelError, match="pip is not installed"):
        pose_model_path(folder=folder)


def test_any_other_wheel_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl"
    wheel.write_bytes(b"something else")
    with pytest.raises(PoseModelError, match="wrong sha256"):
        wheel_bundle.task_from_wheel(wheel)


def test_real_file_is_one_of_the_two_known_ones(pose_model: Path) -> None:
    installed = installed_pose_model(folder=pose_model.parent)
    assert installed is not None
    assert installed.sha256 in (OFFICIAL_SHA256[PoseVariant.FULL], bundle.MADE_SHA256)
    bundle.check_pose_model_file(pose_model)
