"""Checks whether a window can open: in a process of its own, since Qt aborts where its platform plugin cannot start."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from core.doctor.check import Finding, Status
from core.doctor.software import REINSTALL

START_QT = "from PyQt6.QtWidgets import QApplication; print(QApplication(['doctor']).platformName())"
TIMEOUT_S = 30.0

# Library that Qt's wheels expect of the system: the Debian and Ubuntu package that holds it.
APT_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# What a bare Debian or Ubuntu lacks; apt brings the rest with these.
APT_LINE = (
    "sudo apt install libegl1 libgl1 libdbus-1-3 libfontconfig1 libglib2.0-0 libxkbcommon-x11-0 libxcb-cursor0 "
    "libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xfixes0"
)
INSTALL_QT = "Run 'pip install PyQt6'."
REINSTALL_QT = "Run 'pip install --force-reinstall PyQt6'."
HEADLESS = "Everything with --headless works without a window; over ssh, 'ssh -X' brings a display."


def check_qt_offscreen() -> Finding:
    """Whether Qt starts at all."""
    failure = start_failure({"QT_QPA_PLATFORM": "offscreen"})
    if failure is None:
        return Finding(status=Status.OK, detail="starts without a screen (offscreen)")
    return _failed(failure)


def check_qt_window() -> Finding:
    """Whether Qt starts on the screen of this session."""
    if not has_display(os.environ, sys.platform):
        return Finding(status=Status.WARNING, detail="no display in this session: no window can open", advice=HEADLESS)
    failure = start_failure({})
    if failure is None:
        return Finding(status=Status.OK, detail="starts on this display")
    return _failed(failure)


def why_no_window() -> str:
    """ "" where a window can open, else one plain sentence why not and what to do."""
    if importlib.util.find_spec("PyQt6") is None:  # imports nothing of Qt
        return f"PyQt6, which draws the window, is not installed. {INSTALL_QT}"
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if not chosen and not has_display(os.environ, sys.platform):
        return "There is no screen to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set)."
    if not sys.platform.startswith("linux"):
        return ""  # Qt's wheels bring all of it there, a try would cost a second, and opening the window says the rest
    failure = start_failure({"QT_QPA_PLATFORM": chosen} if chosen else {})
    if failure is None:
        return ""
    finding = _failed(failure)
    return f"{finding.detail.rstrip('.')}. {finding.advice}"


def has_display(environment: Mapping[str, str], platform: str) -> bool:
    """Whether there is a screen to open a window on."""
    if platform in ("win32", "darwin"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def start_failure(settings: Mapping[str, str]) -> str | None:
    """Start Qt in a process of its own: what it said when it failed, None when it works."""
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"} | dict(settings)
    try:
        done = subprocess.run(
            [sys.executable, "-c", START_QT],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {TIMEOUT_S:.0f} s"
    return None if done.returncode == 0 else done.stderr.strip() or f"it ended with status {done.returncode}"


def _failed(failure: str) -> Finding:
    lines = [line.strip() for line in failure.splitlines() if line.strip()]
    telling = next((line for line in lines if ".so" in line or "could not load" in line.lower()), lines[-1])
    return Finding(status=Status.PROBLEM, detail=f"Qt cannot start: {telling[:300]}", advice=advice(failure))


def advice(failure: str) -> str:
    """What to do about what Qt or the loader said."""
    if "No module named" in failure:
        return REINSTALL_QT if "PyQt6" in failure else REINSTALL
    if not sys.platform.startswith("linux"):
        return REINSTALL_QT
    packages = apt_packages(failure + "\n" + missing_libraries())
    line = f"sudo apt install {' '.join(packages)}" if packages else APT_LINE
    return f"Run '{line}'."


def apt_packages(text: str) -> list[str]:
    """Packages of the known libraries that a message of the loader (or of ldd) names."""
    return sorted(package for library, package in APT_PACKAGES.items() if library in text)


def missing_libraries() -> str:
    """The lines of ldd that say "not found", for Qt's core libraries and its X11 plugin; "" where ldd is missing."""
    spec = importlib.util.find_spec("PyQt6")  # finds the folder and imports nothing of Qt
    if spec is None or not spec.submodule_search_locations:
        return ""
    qt = Path(spec.submodule_search_locations[0]) / "Qt6"
    files = [qt / "lib" / "libQt6Gui.so.6", qt / "lib" / "libQt6Widgets.so.6", qt / "plugins/platforms/libqxcb.so"]
    try:
        done = subprocess.run(
            ["ldd", *map(str, files)], capture_output=True, text=True, timeout=TIMEOUT_S, check=False, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "\n".join(line for line in done.stdout.splitlines() if "not found" in line)
