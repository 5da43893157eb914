"""Checks of the machine: cameras, GPU, pose model and how fast it runs, the disk."""

import os
import shutil
import statistics
import sys
import time
from pathlib import Path

from core import paths
from core.doctor.check import Finding, Status
from core.errors import SourceError
from core.pose.bundle import installed_pose_model
from core.pose.drawn_person import draw_person
from core.pose.estimator import MediaPipeEstimator
from core.sources.camera import Camera, CameraMode
from core.sources.camera_devices import CameraDevice, list_cameras
from core.sources.source import Frame

MODES = (
    CameraMode(width_px=640, height_px=480),
    CameraMode(width_px=1280, height_px=720),
    CameraMode(width_px=1920, height_px=1080),
)
FETCH = "Run 'jointlight models fetch'."
SPEED_CALLS = 30
SLOW_POSE_MS = 33.0  # slower than this, a camera of 30 Hz is not followed frame by frame
WRITE_BYTES, WRITE_PIECE_BYTES = 32_000_000, 1_000_000
SLOW_DISK_MB_S = 5.0  # a recording needs about 1
LOW_DISK_GB, FULL_DISK_GB = 2.0, 0.2


def check_cameras() -> Finding:
    """Which cameras there are and what they really deliver."""
    devices = list_cameras()
    if not devices:
        return _no_camera()
    described = [_described(device) for device in devices]
    status = Status.OK if any(modes for _, modes in described) else Status.WARNING
    detail = "; ".join(f"{name}: {', '.join(modes) or 'gives no picture'}" for name, modes in described)
    advice = (
        "" if status is Status.OK else "Close other programs that use the camera, or unplug it and plug it in again."
    )
    return Finding(status=status, detail=detail, advice=advice)


def _no_camera() -> Finding:
    locked = [path for path in Path("/dev").glob("video*") if not os.access(path, os.R_OK | os.W_OK)]
    if sys.platform.startswith("linux") and locked:
        return Finding(
            status=Status.WARNING,
            detail=f"no camera may be used: {locked[0]} is closed to this user",
            advice="Run 'sudo usermod -aG video $USER' and log in again.",
        )
    return Finding(
        status=Status.WARNING,
        detail="none found",
        advice="Plug one in; 'jointlight demo' and video files need none.",
    )


def _described(device: CameraDevice) -> tuple[str, list[str]]:
    """Name of a camera and the modes that it grants when asked for the usual ones."""
    granted = []
    for mode in MODES:
        camera = Camera(device.stable_id, mode=mode)
        try:
            info = camera.open()
        except SourceError:
            continue
        finally:
            camera.close()
        text = f"{info.width_px}x{info.height_px} at {info.rate_hz:g} Hz {info.detail}".strip()
        if text not in granted:
            granted.append(text)
    return f"{device.name} [{device.stable_id}]", granted


def check_gpu() -> Finding:
    """Which GPU torch can use, if any."""
    import torch  # here, since it takes a second that the other checks need not wait for

    if not torch.cuda.is_available():
        return Finding(status=Status.OK, detail=f"none that torch {torch.__version__} can use; live runs need none")
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return Finding(status=Status.OK, detail=f"{', '.join(names)} (CUDA {torch.version.cuda})")


def check_pose_model() -> Finding:
    """Whether the pose model lies in the user's folder and is what it should be."""
    installed = installed_pose_model()
    if installed is not None:
        return Finding(
            status=Status.OK, detail=f"{installed.path}, verified ({installed.sha256[:12]}), {installed.origin}"
        )
    folder = paths.pose_models_dir()
    if any(folder.glob("pose_landmarker_full.task")):
        return Finding(status=Status.PROBLEM, detail=f"the file in {folder} is damaged or unknown", advice=FETCH)
    return Finding(status=Status.WARNING, detail=f"not yet in {folder}; the first start fetches it", advice=FETCH)


def check_pose_speed() -> Finding:
    """How long MediaPipe takes for a picture of 640x480, as the median of some calls."""
    installed = installed_pose_model()
    if installed is None:
        return Finding(status=Status.WARNING, detail="not measured: there is no pose model yet", advice=FETCH)
    median_ms, found = measure_pose(installed.path, calls=SPEED_CALLS)
    detail = f"{median_ms:.1f} ms a picture of 640x480 ({1000 / median_ms:.0f} a second) on {os.cpu_count()} CPU cores"
    if found < SPEED_CALLS:
        return Finding(
            status=Status.PROBLEM,
            detail=f"the drawn person was found in only {found} of {SPEED_CALLS} pictures",
            advice="The pose model may not be what it says: delete it and run 'jointlight models fetch'.",
        )
    if median_ms > SLOW_POSE_MS:
        return Finding(
            status=Status.WARNING,
            detail=detail,
            advice="Close other programs or plug in the power supply; frames that come too fast are left out.",
        )
    return Finding(status=Status.OK, detail=detail)


def measure_pose(model_path: Path, *, calls: int) -> tuple[float, int]:
    """Median time of a call in ms after a warm-up, and in how many of them the drawn person was found."""
    picture_bgr = draw_person()
    estimator = MediaPipeEstimator(model_path)
    times_ms, found = [], 0
    try:
        for number in range(calls):
            frame = Frame(picture_bgr=picture_bgr, time_s=number / 30, arrived_s=number / 30, number=number)
            began_s = time.perf_counter()
            found += estimator.estimate(frame).person_count
            times_ms.append(1000 * (time.perf_counter() - began_s))
    finally:
        estimator.close()
    return statistics.median(times_ms), found


def check_write_speed() -> Finding:
    """How fast the data folder takes a recording."""
    folder = paths.data_dir()
    try:
        rate_mb_s = measure_writing(folder)
    except OSError as error:
        return Finding(
            status=Status.PROBLEM,
            detail=f"nothing can be written to {folder} ({error.strerror or error})",
            advice="Free some space, make the folder writable, or set JOINTLIGHT_HOME to another one.",
        )
    detail = f"{rate_mb_s:.0f} MB/s in {folder}"
    if rate_mb_s < SLOW_DISK_MB_S:
        return Finding(status=Status.WARNING, detail=detail, advice="Set JOINTLIGHT_HOME to a folder on a faster disk.")
    return Finding(status=Status.OK, detail=detail)


def measure_writing(folder: Path) -> float:
    """Write, flush to the disk and delete a file: megabytes a second. Raises OSError where that fails."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".write-test-{os.getpid()}"
    piece = os.urandom(WRITE_PIECE_BYTES)  # no disk compresses this
    began_s = time.perf_counter()
    try:
        with path.open("wb") as file:
            for _ in range(WRITE_BYTES // WRITE_PIECE_BYTES):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        return WRITE_BYTES / 1e6 / (time.perf_counter() - began_s)
    finally:
        path.unlink(missing_ok=True)


def check_free_space() -> Finding:
    """How much space is left where recordings and models go."""
    folder = next(place for place in (paths.data_dir(), *paths.data_dir().parents) if place.exists())
    return judge_free_space(shutil.disk_usage(folder).free / 1e9)


def judge_free_space(free_gb: float) -> Finding:
    """The finding for this much free space."""
    detail = f"{free_gb:.1f} GB free"
    if free_gb >= LOW_DISK_GB:
        return Finding(status=Status.OK, detail=detail)
    status = Status.WARNING if free_gb >= FULL_DISK_GB else Status.PROBLEM
    return Finding(status=status, detail=detail, advice="Free some space: a minute of recording takes about 20 MB.")
