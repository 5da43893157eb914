"""What a check says."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"  # something is missing or slow, the rest works
    PROBLEM = "problem"  # the app cannot do its job


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found, and what to do about it."""

    status: Status
    detail: str
    advice: str = ""  # "" where nothing is to be done


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A finding under its name, as it is printed."""

    name: str
    status: Status
    detail: str
    advice: str = ""


Examine: TypeAlias = Callable[[], Finding]
