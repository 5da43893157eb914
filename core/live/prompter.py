"""Prompter: walks a person through a plan of takes, hands-free. No thread and no clock of its own.

Each phase begins when the call that leads into it is made, not when it was due: whoever calls late makes a take begin
late and never short. So nothing is skipped, however irregular the calls are.
"""

import math

from core.live.plan import (
    BeginTake,
    DropTake,
    Ending,
    EndTake,
    Event,
    Finished,
    Phase,
    Plan,
    Standing,
    Tick,
)


class Prompter:
    """Walks through a plan. Every method takes the present time (seconds, any clock that does not go back) and
    returns what happens now, in order; call `advance` often. For one thread.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._phase = Phase.WAITING
        self._place = 0
        self._since_s = 0.0
        self._ticked = 0  # the seconds left that were told last
        self._last_whole: int | None = None  # place of the take that `again` would drop

    def standing(self, now_s: float) -> Standing:
        """Phase, prompt and times."""
        is_over = self._phase is Phase.DONE
        return Standing(
            phase=self._phase,
            prompt=None if is_over else self.plan.prompt(self._place),
            elapsed_s=0.0 if is_over or self._phase is Phase.WAITING else max(0.0, now_s - self._since_s),
            total_s=self._lasts_s(),
        )

    @property
    def is_complete(self) -> bool:
        """Whether it is over and every take was done; `again` can still repeat the last one."""
        return self._phase is Phase.DONE and self._last_whole is not None

    def start(self, now_s: float) -> list[Event]:
        """Begin with the first count-down. Nothing happens a second time."""
        return self._count_down(now_s) if self._phase is Phase.WAITING else []

    def advance(self, now_s: float) -> list[Event]:
        """Time has gone on."""
        lasts_s = self._lasts_s()
        if lasts_s is None or now_s - self._since_s < lasts_s:
            return self._tick(now_s)
        match self._phase:
            case Phase.COUNTDOWN:
                return self._record(now_s)
            case Phase.RECORDING:
                return self._end(now_s, Ending.WHOLE)
            case _:
                return self._count_down(now_s)

    def end_take(self, now_s: float) -> list[Event]:
        """The person has done it: the way a take of free length ends. Nothing happens between takes."""
        return self._end(now_s, Ending.WHOLE) if self._phase is Phase.RECORDING else []

    def go_on(self, now_s: float) -> list[Event]:
        """Wait no longer: a take ends as a whole one, a rest becomes a count-down, and a count-down a take."""
        match self._phase:
            case Phase.RECORDING:
                return self._end(now_s, Ending.WHOLE)
            case Phase.REST:
                return self._count_down(now_s)
            case Phase.COUNTDOWN:
                return self._record(now_s)
            case _:
                return []

    def again(self, now_s: float) -> list[Event]:
        """Repeat the take under way, or the last one where there is none under way."""
        if self._phase is Phase.RECORDING:
            dropped = EndTake(prompt=self.plan.prompt(self._place), ending=Ending.DROPPED)
            return [dropped, *self._count_down(now_s)]
        if self._last_whole is None:
            return []
        self._place, self._last_whole = self._last_whole, None
        return [DropTake(prompt=self.plan.prompt(self._place)), *self._count_down(now_s)]

    def stop(self, now_s: float) -> list[Event]:
        """End it all; a take under way is kept without a label. Nothing happens a second time."""
        if self._phase is Phase.DONE:
            return []
        ended: list[Event] = []
        if self._phase is Phase.RECORDING:
            ended.append(EndTake(prompt=self.plan.prompt(self._place), ending=Ending.STOPPED))
        self._last_whole = None
        self._enter(Phase.DONE, now_s)
        return [*ended, Finished()]

    # Phases

    def _lasts_s(self) -> float | None:
        match self._phase:
            case Phase.COUNTDOWN:
                return self.plan.countdown_s
            case Phase.RECORDING:
                return self.plan.seconds
            case Phase.REST:
                return self.plan.rest_s
            case _:
                return None

    def _enter(self, phase: Phase, now_s: float) -> None:
        self._phase, self._since_s, self._ticked = phase, now_s, 0

    def _count_down(self, now_s: float) -> list[Event]:
        if self.plan.countdown_s <= 0:
            return self._record(now_s)
        self._enter(Phase.COUNTDOWN, now_s)
        return self._tick(now_s)

    def _tick(self, now_s: float) -> list[Event]:
        """At most one beep, also where several seconds have gone by."""
        if self._phase is not Phase.COUNTDOWN:
            return []
        left = math.ceil(self.plan.countdown_s - max(0.0, now_s - self._since_s))
        if left == self._ticked:
            return []
        self._ticked = left
        return [Tick(seconds_left=left)]

    def _record(self, now_s: float) -> list[Event]:
        self._enter(Phase.RECORDING, now_s)
        return [BeginTake(prompt=self.plan.prompt(self._place))]

    def _end(self, now_s: float, ending: Ending) -> list[Event]:
        ended = EndTake(prompt=self.plan.prompt(self._place), ending=ending)
        if ending is Ending.WHOLE:
            self._last_whole = self._place
        return [ended, *self._next(now_s)]

    def _next(self, now_s: float) -> list[Event]:
        if self._place + 1 == self.plan.total:
            self._enter(Phase.DONE, now_s)
            return [Finished()]
        self._place += 1
        if self.plan.rest_s <= 0:
            return self._count_down(now_s)
        self._enter(Phase.REST, now_s)
        return []
