"""The only place that knows where things lie."""

import os
from pathlib import Path

from platformdirs import user_cache_path, user_data_path, user_log_path

ROOT = Path(__file__).resolve().parent.parent  # the checkout, or the jointlight/ folder of the wheel
ASSETS = ROOT / "assets"
BUNDLED_MODELS = ROOT / "models"
DEFAULT_MODEL = "everyday"


def expanded(path: str | Path) -> Path:
    """A path with `~` as the user's home; one of a user whom this machine does not know stays as it is."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def is_file(path: Path) -> bool:
    """Whether there is a file; False too for what can be no file's name, too long or with a character that none has."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def data_dir() -> Path:
    """The user's own folder for what must be kept: pose models, own models. `JOINTLIGHT_HOME` overrides it."""
    home = os.environ.get("JOINTLIGHT_HOME")
    return Path(home) if home else user_data_path("jointlight", appauthor=False)


def cache_dir() -> Path:
    """What may be deleted at any time: parsed data sets."""
    home = os.environ.get("JOINTLIGHT_HOME")
    return Path(home) / "cache" if home else user_cache_path("jointlight", appauthor=False)


def log_dir() -> Path:
    """Where the log file of the window goes."""
    home = os.environ.get("JOINTLIGHT_HOME")
    return Path(home) / "log" if home else user_log_path("jointlight", appauthor=False)


def pose_models_dir() -> Path:
    """Where fetched pose model bundles are kept."""
    return data_dir() / "pose_models"


def own_library_dir() -> Path:
    """The user's own library of recordings, where no other one is named."""
    return data_dir() / "library"


def own_models_dir() -> Path:
    """Where the user's own models are."""
    return data_dir() / "models"


def model_search_dirs() -> tuple[Path, ...]:
    """Folders that hold model folders, the user's own first."""
    return (own_models_dir(), BUNDLED_MODELS)
