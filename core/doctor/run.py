"""Runs all checks, one after the other. No check can stop the others."""

import logging
from collections.abc import Callable, Mapping

from core.doctor.check import Check, Examine, Finding, Status
from core.doctor.machine import (
    check_cameras,
    check_free_space,
    check_gpu,
    check_pose_model,
    check_pose_speed,
    check_write_speed,
)
from core.doctor.qt import check_qt_offscreen, check_qt_window
from core.doctor.software import check_mediapipe, check_opencv, check_packages, check_python

log = logging.getLogger(__name__)

CHECKS: Mapping[str, Examine] = {
    "Python": check_python,
    "Packages": check_packages,
    "OpenCV": check_opencv,
    "MediaPipe": check_mediapipe,
    "Qt": check_qt_offscreen,
    "Window": check_qt_window,
    "Cameras": check_cameras,
    "GPU": check_gpu,
    "Pose model": check_pose_model,
    "Pose speed": check_pose_speed,
    "Write speed": check_write_speed,
    "Free space": check_free_space,
}


def run_checks(
    progress: Callable[[str], None] = lambda name: None, *, checks: Mapping[str, Examine] = CHECKS
) -> list[Check]:
    """Run the checks in order; `progress` is told the name of each before it starts."""
    results = []
    for name, examine in checks.items():
        progress(name)
        finding = _examined(examine)
        results.append(Check(name=name, status=finding.status, detail=finding.detail, advice=finding.advice))
    return results


def _examined(examine: Examine) -> Finding:
    try:
        return examine()
    except Exception as error:  # whatever is broken on this machine, the report must go on and say so
        log.exception("A check failed")
        return Finding(
            status=Status.PROBLEM,
            detail=f"the check itself failed: {type(error).__name__}: {error}",
            advice="Report this with the output of 'jointlight doctor --json'.",
        )
