"""Motion: an authored action as key stances with times, read from a small file and interpolated smoothly.

A motion is one repetition, from its first key round to its first key again; `enter_s` and `exit_s` lead there from
standing at ease and back. A channel that neither a key nor `base` names keeps its value of standing at ease
(`stance.py`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError, SourceError
from core.paths import ASSETS
from core.sources.performer.stance import NEUTRAL, NEUTRAL_STANCE, PLACES

SCHEMA_VERSION = 1
MOTIONS_DIR = ASSETS / "performer"
IDLE = "idle"
SIDES = ("left", "right", "both")
_LONGEST_S = 60.0
_FIELDS = {
    "schema_version", "action", "side", "about", "period_s", "enter_s", "exit_s", "base", "keys", "anchor",
    "survives_mirror",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """One authored action. `times_s` starts at 0 and stays below `period_s`."""

    action: str
    side: str  # which side acts: left, right or both
    about: str  # for people
    period_s: float
    enter_s: float
    exit_s: float
    times_s: NDArray[np.float64]  # (K,)
    stances: NDArray[np.float64]  # (K, channels), see stance.py
    anchor: int = 0  # the key that stays as it is when the motion is acted wider or narrower
    survives_mirror: bool = True  # acted by the other side it is still the same action


def load_motion(path: Path) -> Motion:
    """Read a motion file. Raises DataError that names the file, the field and the value."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"The motion file {path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise DataError(f"The motion file {path} is not valid JSON: {error}.") from error
    return _Reader(path).motion(content)


@cache
def authored_motions() -> Mapping[str, Motion]:
    """All motions that come with the app, by action, in alphabetical order. Raises DataError for a damaged one."""
    motions = sorted((load_motion(path) for path in MOTIONS_DIR.glob("*.json")), key=lambda motion: motion.action)
    if not motions:
        raise DataError(f"There are no motions in {MOTIONS_DIR}: install the app again.")
    return {motion.action: motion for motion in motions}


def action_names() -> tuple[str, ...]:
    """What a performer can act."""
    return tuple(authored_motions())


def motion_named(action: str) -> Motion:
    """The motion of that action; "arm_curl" and "arm-curl" mean "arm curl".

    Raises SourceError that lists the known ones for another.
    """
    wished = action.strip().lower().replace("_", " ").replace("-", " ")
    try:
        return authored_motions()[wished]
    except KeyError:
        raise SourceError(f"The performer cannot act '{action}'; it can act: {', '.join(action_names())}.") from None


class _Reader:
    """Checks one file's content field by field."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def motion(self, content: Any) -> Motion:
        if not isinstance(content, dict):
            raise self._bad("the whole file", content, "an object")
        if content.get("schema_version") != SCHEMA_VERSION:
            raise self._bad("schema_version", content.get("schema_version"), f"{SCHEMA_VERSION}")
        for name in content.keys() - _FIELDS:
            raise self._bad(name, content[name], "no such field")
        period_s = self._seconds(content, "period_s", least=0.1)
        base = self._stance(content.get("base", {}), "base", onto=NEUTRAL_STANCE)
        times_s, stances = self._keys(content.get("keys"), base, period_s)
        return Motion(
            action=self._text(content, "action"),
            side=self._side(content),
            about=self._text(content, "about"),
            period_s=period_s,
            enter_s=self._seconds(content, "enter_s", least=0.0),
            exit_s=self._seconds(content, "exit_s", least=0.0),
            times_s=times_s,
            stances=stances,
            anchor=self._anchor(content, keys=len(stances)),
            survives_mirror=self._flag(content, "survives_mirror"),
        )

    def _bad(self, field: str, value: Any, expected: str) -> DataError:
        return DataError(f"The motion file {self._path} has {json.dumps(value)} in '{field}', expected {expected}.")

    def _text(self, content: Mapping[str, Any], field: str) -> str:
        value = content.get(field)
        if not isinstance(value, str) or not value:
            raise self._bad(field, value, "a text")
        return value

    def _anchor(self, content: Mapping[str, Any], *, keys: int) -> int:
        value = content.get("anchor", 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < keys:
            raise self._bad("anchor", value, f"the number of a key, 0 to {keys - 1}")
        return value

    def _flag(self, content: Mapping[str, Any], field: str) -> bool:
        value = content.get(field, True)
        if not isinstance(value, bool):
            raise self._bad(field, value, "true or false")
        return value

    def _side(self, content: Mapping[str, Any]) -> str:
        if content.get("side") not in SIDES:
            raise self._bad("side", content.get("side"), f"one of {', '.join(SIDES)}")
        return str(content["side"])

    def _seconds(self, content: Mapping[str, Any], field: str, *, least: float) -> float:
        value = content.get(field)
        if not _is_number(value) or not least <= value <= _LONGEST_S:
            raise self._bad(field, value, f"seconds from {least:g} to {_LONGEST_S:g}")
        return float(value)

    def _keys(
        self, keys: Any, base: NDArray[np.float64], period_s: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if not isinstance(keys, list) or not keys:
            raise self._bad("keys", keys, "a list of keys")
        times_s: list[float] = []
        stances = []
        for number, key in enumerate(keys):
            field = f"keys[{number}]"
            if not isinstance(key, dict):
                raise self._bad(field, key, "an object")
            time_s = key.get("time_s")
            if not _is_number(time_s) or not (0 <= time_s < period_s if times_s else time_s == 0):
                raise self._bad(f"{field}.time_s", time_s, f"0 in the first key, then seconds below {period_s:g}")
            if times_s and time_s <= times_s[-1]:
                raise self._bad(f"{field}.time_s", time_s, f"more than the key before ({times_s[-1]:g})")
            times_s.append(float(time_s))
            channels = {name: value for name, value in key.items() if name != "time_s"}
            stances.append(self._stance(channels, field, onto=base))
        return np.array(times_s), np.array(stances)

    def _stance(self, channels: Any, field: str, *, onto: NDArray[np.float64]) -> NDArray[np.float64]:
        if not isinstance(channels, dict):
            raise self._bad(field, channels, "an object")
        stance = onto.copy()
        for name, value in channels.items():
            if name not in NEUTRAL:
                raise self._bad(f"{field}.{name}", value, f"one of {', '.join(NEUTRAL)}")
            numbers = [value] if _is_number(value) else value
            size = len(NEUTRAL[name])
            if not isinstance(numbers, list) or len(numbers) != size or not all(map(_is_number, numbers)):
                raise self._bad(f"{field}.{name}", value, f"{size} number{'s' if size > 1 else ''}")
            stance[PLACES[name]] = numbers
        return stance


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
