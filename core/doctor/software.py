"""Checks of what is installed: Python, packages, one OpenCV, the MediaPipe that stays silent."""

import sys
from importlib.metadata import PackageNotFoundError, version

from core.doctor.check import Finding, Status

OLDEST_PYTHON, FIRST_UNKNOWN_PYTHON = (3, 11), (3, 14)
MAIN_PACKAGES = ("numpy", "torch", "PyQt6", "pyqtgraph", "av", "scipy", "safetensors", "rich", "typer")
MEDIAPIPE_VERSION = "0.10.33"
OPENCV_WANTED = ("opencv-python", "opencv-contrib-python")
OPENCV_UNWANTED = ("opencv-python-headless", "opencv-contrib-python-headless")
REINSTALL = "Run 'pip install -e .' in the folder of Jointlight, or 'pip install --force-reinstall jointlight'."


def installed_version(package: str) -> str | None:
    """Version of an installed package; None where it is missing."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def check_python() -> Finding:
    """Whether this Python is one that all dependencies support."""
    text = f"{sys.version.split()[0]} at {sys.executable}"
    if OLDEST_PYTHON <= sys.version_info[:2] < FIRST_UNKNOWN_PYTHON:
        return Finding(status=Status.OK, detail=text)
    return Finding(
        status=Status.PROBLEM,
        detail=f"{text} is not supported",
        advice="Make a virtual environment with Python 3.11, 3.12 or 3.13.",
    )


def check_packages() -> Finding:
    """Versions of the main packages."""
    versions = {package: installed_version(package) for package in MAIN_PACKAGES}
    missing = [package for package, found in versions.items() if found is None]
    if missing:
        return Finding(status=Status.PROBLEM, detail=f"missing: {', '.join(missing)}", advice=REINSTALL)
    return Finding(status=Status.OK, detail=", ".join(f"{package} {found}" for package, found in versions.items()))


def check_opencv() -> Finding:
    """Whether exactly one OpenCV is installed: its packages overwrite each other's files."""
    return judge_opencv({package: installed_version(package) for package in (*OPENCV_WANTED, *OPENCV_UNWANTED)})


def judge_opencv(versions: dict[str, str | None]) -> Finding:
    """The finding for the versions of OpenCV's packages, None for those not installed."""
    present = {package: found for package, found in versions.items() if found is not None}
    detail = ", ".join(f"{package} {found}" for package, found in present.items()) or "not installed"
    distinct = set(present.values())
    if set(present) == set(OPENCV_WANTED) and len(distinct) == 1 and distinct.pop().startswith("4."):
        return Finding(status=Status.OK, detail=detail)
    wanted = "Jointlight needs opencv-python and opencv-contrib-python of one and the same 4.x version, and no other"
    remove = f"pip uninstall -y {' '.join(present or OPENCV_WANTED)}"
    return Finding(status=Status.PROBLEM, detail=f"{detail}. {wanted}", advice=f"Run '{remove}', then: {REINSTALL}")


def check_mediapipe() -> Finding:
    """Whether MediaPipe is the version that sends nothing anywhere."""
    found = installed_version("mediapipe")
    if found == MEDIAPIPE_VERSION:
        return Finding(status=Status.OK, detail=f"{found}, the last that sends no usage statistics")
    return Finding(
        status=Status.PROBLEM,
        detail=f"{found or 'not installed'}; newer versions than {MEDIAPIPE_VERSION} send usage statistics",
        advice=f"Run 'pip install mediapipe=={MEDIAPIPE_VERSION}'.",
    )
