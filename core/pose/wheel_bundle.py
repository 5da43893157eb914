"""Makes the full pose model from a PyPI wheel, where the vendor's storage cannot be reached but pip works.

The wheel mediapipe 0.10.21 (Apache-2.0) holds the two networks of the official bundle. It is only unpacked, never
installed, so it does not matter that it was built for another Python.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from core.errors import PoseModelError
from core.pose.progress import OnProgress, Progress
from core.pose.task_file import task_bytes

WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
WHEEL_BYTES = 35_622_638
DETECTOR_MEMBER = "mediapipe/modules/pose_detection/pose_detection.tflite"
DETECTOR_SHA256 = "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c"
LANDMARKS_MEMBER = "mediapipe/modules/pose_landmark/pose_landmark_full.tflite"
LANDMARKS_SHA256 = "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f"

PIP_ARGUMENTS = (
    *("download", "--no-deps", "--only-binary=:all:", "--python-version", "311", "--platform", "manylinux_2_28_x86_64"),
    *("--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "1"),
    "mediapipe==0.10.21",
)
_POLL_S = 0.1


def full_task_from_wheel(scratch: Path, *, on_progress: OnProgress) -> bytes:
    """Content of a .task file, made from the wheel that pip finds with the user's own configuration.

    `scratch` is an empty folder that the caller deletes. Raises PoseModelError with the reason.
    """
    wheel = download_wheel(scratch, on_progress=on_progress)
    on_progress(Progress(stage="making the pose model", done_bytes=0, total_bytes=None))
    return task_from_wheel(wheel)


def task_from_wheel(wheel: Path) -> bytes:
    """Content of a .task file from the wheel's two networks. Raises PoseModelError for any other wheel."""
    if _sha256(wheel.read_bytes()) != WHEEL_SHA256:
        raise PoseModelError(f"the wheel {wheel.name} is not the one that is known (wrong sha256)")
    with zipfile.ZipFile(wheel) as archive:
        detector, landmarks = archive.read(DETECTOR_MEMBER), archive.read(LANDMARKS_MEMBER)
    if _sha256(detector) != DETECTOR_SHA256 or _sha256(landmarks) != LANDMARKS_SHA256:
        raise PoseModelError(f"a network in the wheel {wheel.name} is not the one that is known (wrong sha256)")
    return task_bytes(detector=detector, landmarks=landmarks)


def download_wheel(scratch: Path, *, on_progress: OnProgress) -> Path:
    """Let pip download the wheel into `scratch`. Raises PoseModelError with pip's own reason."""
    if importlib.util.find_spec("pip") is None:
        raise PoseModelError(f"pip is not installed in {sys.prefix} (try 'uv pip install pip')")
    wheels, temporary, log = scratch / "wheels", scratch / "tmp", scratch / "pip.log"
    wheels.mkdir()
    temporary.mkdir()
    with log.open("wb") as output:
        pip = subprocess.Popen(
            [sys.executable, "-m", "pip", *PIP_ARGUMENTS, "--dest", str(wheels)],
            # A temporary folder of its own shows how far pip is: versions before 24.1 tell a program nothing.
            env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary)),
            cwd=scratch,  # `-m` would run a pip.py of the working folder
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(pip, scratch, on_progress=on_progress)
        finally:
            if pip.poll() is None:
                pip.kill()
            pip.wait()
    found = list(wheels.glob("*.whl"))
    if pip.returncode != 0 or len(found) != 1:
        raise PoseModelError(_reason(log.read_text(encoding="utf-8", errors="replace")))
    return found[0]


def _wait(pip: subprocess.Popen[bytes], scratch: Path, *, on_progress: OnProgress) -> None:
    """Report the growth of the wheel until pip ends."""
    while pip.poll() is None:
        done = min(_largest_file_bytes(scratch), WHEEL_BYTES)
        on_progress(Progress(stage="downloading from PyPI with pip", done_bytes=done, total_bytes=WHEEL_BYTES))
        try:
            pip.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            continue


def _largest_file_bytes(folder: Path) -> int:
    """Size of the largest file below a folder; pip may delete files meanwhile."""
    largest = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                largest = max(largest, (Path(parent) / name).stat().st_size)
            except OSError:
                continue
    return largest


def _reason(log: str) -> str:
    """The most telling line of pip's output."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    return f"pip says: {(errors or lines or ['nothing'])[0][:300].rstrip('.')}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
