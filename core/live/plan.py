"""A plan of takes, hands-free, as values: what is wished for, what is asked, what happens, where it stands."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from core.errors import DataError

MOST_TAKES: Final = 1000  # of an action


class Phase(StrEnum):
    """WAITING -> (REST ->) COUNTDOWN -> RECORDING -> REST ... -> DONE; rest and countdown may take no time."""

    WAITING = "waiting"
    COUNTDOWN = "countdown"
    RECORDING = "recording"
    REST = "rest"
    DONE = "done"


class Ending(StrEnum):
    """What an ended take is good for."""

    WHOLE = "whole"  # all of it is the action
    STOPPED = "stopped"  # worth keeping, without a label
    DROPPED = "dropped"  # not wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What the person in front is asked for."""

    action: str  # "": whatever they like
    take: int  # of this action, from 1
    takes: int
    place: int  # in the whole plan, from 0
    total: int

    @property
    def text(self) -> str:
        """For the screen: "wave, take 2 of 3"."""
        name = self.action or "Recording"
        return name if self.takes == 1 else f"{name}, take {self.take} of {self.takes}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is wished for. Raises DataError for what makes no plan."""

    actions: tuple[str, ...] = ("",)  # "" is a free one
    takes: int = 1  # of each action
    seconds: float | None = 3.0  # of a take; None: until `end_take`
    countdown_s: float = 3.0
    rest_s: float = 0.0  # between an ended take and the next count-down
    in_turn: bool = False  # one take of each action, then the next of each; else all takes of an action in a row

    def __post_init__(self) -> None:
        if not self.actions or not 1 <= self.takes <= MOST_TAKES:
            raise DataError(f"A plan needs an action and 1 to {MOST_TAKES} takes of each.")
        times_s = (self.countdown_s, self.rest_s, 0.0 if self.seconds is None else self.seconds)
        if not all(math.isfinite(time_s) and time_s >= 0 for time_s in times_s) or self.seconds == 0:
            raise DataError("The seconds of a plan must be numbers of 0 or more, and a take must last.")

    @property
    def total(self) -> int:
        """How many takes it has."""
        return len(self.actions) * self.takes

    @property
    def lasts_s(self) -> float | None:
        """From the first count-down to the end of the last take; None where that is up to somebody."""
        if self.seconds is None:
            return None
        return self.total * (self.countdown_s + self.seconds) + (self.total - 1) * self.rest_s

    def prompt(self, place: int) -> Prompt:
        """The prompt at a place from 0 to `total`."""
        if self.in_turn:
            take, action = divmod(place, len(self.actions))
        else:
            action, take = divmod(place, self.takes)
        return Prompt(action=self.actions[action], take=take + 1, takes=self.takes, place=place, total=self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Another second of the count-down begins: time for a beep."""

    seconds_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginTake:
    """Record from now on."""

    prompt: Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTake:
    """The take ends now."""

    prompt: Prompt
    ending: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTake:
    """The last take, which had ended as a whole one, is not wanted after all; it comes again."""

    prompt: Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The plan is over."""


Event: TypeAlias = Tick | BeginTake | EndTake | DropTake | Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a plan stands, for whoever shows it."""

    phase: Phase
    prompt: Prompt | None  # what is recorded, or comes next; None when done
    elapsed_s: float = 0.0  # of the phase
    total_s: float | None = None  # of the phase; None: it lasts until somebody acts

    @property
    def left_s(self) -> float | None:
        """Until the phase ends; None where that is open."""
        return None if self.total_s is None else max(0.0, self.total_s - self.elapsed_s)

    @property
    def is_asking(self) -> bool:
        """Whether something is asked for, or done, now."""
        return self.phase not in (Phase.WAITING, Phase.DONE)

    @property
    def share(self) -> float:
        """How much of the phase is over, 0..1; 0 where its end is open."""
        return min(1.0, self.elapsed_s / self.total_s) if self.total_s else 0.0

    @property
    def text(self) -> str:
        """What is to be done, in one line; "" where nothing is."""
        prompt = self.prompt.text if self.prompt is not None else ""
        match self.phase:
            case Phase.COUNTDOWN:
                return f"Get ready: {prompt}"
            case Phase.RECORDING:
                if self.total_s is None:
                    return f"{prompt}: {self.elapsed_s:.0f} s"
                return f"{prompt}: now"
            case Phase.REST:
                return f"Next: {prompt}"
            case _:
                return ""
