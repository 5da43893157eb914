"""Fixtures for all tests: where real data and the real pose model are, and a home of its own for each session."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from core.errors import PoseModelError
from core.paths import pose_models_dir
from core.pose.bundle import pose_model_path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
settings.register_profile("jointlight", deadline=None, max_examples=40)  # a busy machine is no failure
# At a desk each run tries other examples, and a failing one is kept; a commit's check must not depend on luck.
settings.register_profile("ci", settings.get_profile("jointlight"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "jointlight")

# Asked before any test changes JOINTLIGHT_HOME, so that the file is fetched once for all runs on a machine.
POSE_MODELS = pose_models_dir()
SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that is not part of the repository; tests that need it are skipped without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the shared data folder ({SHARED_DATA})")
    return SHARED_DATA


@pytest.fixture(scope="session")
def pose_model() -> Path:
    """The full pose model, fetched once into the user's own folder; CI must be able to have it."""
    try:
        return pose_model_path(folder=POSE_MODELS)
    except PoseModelError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs the pose model: {error}")
