"""What the window remembers from one start to the next. A bad value costs that value only, never the start."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from app.theme import ThemeChoice
from core.errors import OutputError
from core.files import replacing
from core.paths import data_dir

SCHEMA_VERSION = 1
LONGEST_S = 3600.0
MOST_TAKES = 1000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every remembered setting with its default."""

    source: str = ""  # as `core.sources.choose` reads it; "" = the first camera
    model: str = ""  # "" = the default model
    mirror_camera: bool = True  # people expect to see themselves as in a mirror
    mirror_recorded: bool = False  # videos and the performer
    heat: bool = True
    timings: bool = False
    theme: ThemeChoice = ThemeChoice.SYSTEM
    geometry: str = ""  # of QWidget.saveGeometry, base64
    hint_seen: bool = False
    library: str = ""  # folder; "" = the user's own
    person: str = ""  # who was recorded last
    skeleton: bool = True  # over films
    reaction_s: float = 0.2  # how long after an action began its key is pressed
    takes: int = 5  # of each action
    take_s: float = 3.0  # 0: until it is ended
    countdown_s: float = 3.0
    rest_s: float = 1.0
    in_turn: bool = False
    sound: bool = True
    keys: dict[str, str] = field(default_factory=dict)  # the user's own, by the action's name


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 10_000:
        raise ValueError("not a text")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("not true or false")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_S:
        raise ValueError("not a number of seconds")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_TAKES:
        raise ValueError("not a count")
    return value


def _keys(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > 1000:
        raise ValueError("not a table of keys")
    return {_text(name): _text(key) for name, key in value.items()}


READERS: dict[str, Callable[[Any], Any]] = {
    "source": _text,
    "model": _text,
    "mirror_camera": _flag,
    "mirror_recorded": _flag,
    "heat": _flag,
    "timings": _flag,
    "theme": ThemeChoice,
    "geometry": _text,
    "hint_seen": _flag,
    "library": _text,
    "person": _text,
    "skeleton": _flag,
    "reaction_s": _seconds,
    "takes": _count,
    "take_s": _seconds,
    "countdown_s": _seconds,
    "rest_s": _seconds,
    "in_turn": _flag,
    "sound": _flag,
    "keys": _keys,
}


def settings_path() -> Path:
    """Where the settings lie."""
    return data_dir() / "window.json"


def read_settings(found: object) -> Settings:
    """Settings from parsed JSON; what is unknown or makes no sense is dropped, each value for itself."""
    if not isinstance(found, dict) or found.get("schema_version") != SCHEMA_VERSION:
        return Settings()
    good: dict[str, Any] = {}
    for one in fields(Settings):
        if one.name in found:
            try:
                good[one.name] = READERS[one.name](found[one.name])
            except ValueError as error:
                log.info("Dropped the setting %s: %s", one.name, error)
    return Settings(**good)


def load_settings() -> Settings:
    """The remembered settings, or the defaults where there are none or the file is damaged."""
    try:
        return read_settings(json.loads(settings_path().read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError) as error:  # ValueError: not JSON, not UTF-8
        log.info("Settings could not be read: %s", error)
        return Settings()


def save_settings(settings: Settings) -> None:
    """Write them atomically. A failure is logged only: nobody should lose a demo to a full disk."""
    path = settings_path()
    text = json.dumps({"schema_version": SCHEMA_VERSION, **asdict(settings)}, indent=2)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as stream:
            stream.write(text.encode())
    except (OSError, OutputError) as error:
        log.warning("Settings could not be saved: %s", error)


class SettingsStore:
    """The settings in use; each change is saved at once."""

    def __init__(self) -> None:
        self.now = load_settings()

    def remember(self, **changes: Any) -> None:
        """Change settings by name."""
        self.now = replace(self.now, **changes)
        save_settings(self.now)
