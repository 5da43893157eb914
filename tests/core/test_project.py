"""The shape of the project: what is packed, what lies at the top, and one OpenCV."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_package_list_is_the_folders(project: dict[str, Any]) -> None:
    """Setuptools leaves an unlisted folder out of the wheel without a word."""
    folders = {path.parent.relative_to(ROOT) for top in ("app", "core") for path in (ROOT / top).rglob("*.py")}
    expected = {"jointlight", *("jointlight." + ".".join(folder.parts) for folder in folders)}
    assert set(project["tool"]["setuptools"]["packages"]) == expected
    for folder in folders:
        assert (ROOT / folder / "__init__.py").is_file(), f"{folder} has no __init__.py"


def test_nothing_else_lies_at_the_top() -> None:
    allowed = {"app", "core", "models", "assets", "tests", "main.py", "pyproject.toml", "LICENSE"}
    # What tools leave there on a developer's machine is not part of the project.
    ignored = {"build", "dist", "out", "jointlight.egg-info", "__pycache__"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - ignored
    assert {name for name in found if not name.endswith(".md")} == allowed


def test_both_opencv_wheels_are_one_version_and_mediapipe_is_the_one_without_metrics(project: dict[str, Any]) -> None:
    pins = dict(re.findall(r"^([a-z-]+)==(.+)$", "\n".join(project["project"]["dependencies"]), re.MULTILINE))
    assert pins["opencv-python"] == pins["opencv-contrib-python"]
    assert pins["opencv-python"].startswith("4.")
    assert pins["mediapipe"] == "0.10.33"


def test_no_file_is_longer_than_the_house_allows() -> None:
    too_long = {
        str(path.relative_to(ROOT)): count
        for top in ("app", "core")
        for path in (ROOT / top).rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert too_long == {}
