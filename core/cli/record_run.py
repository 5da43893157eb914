"""Running a plan of takes on a terminal: what the prompter says is done, and told."""

import time
from collections.abc import Sequence
from typing import Final

from core.cli.console import err
from core.errors import OutputError, SourceError
from core.library.disk import DiskGuard, Room, expected_bytes_s
from core.library.library import Library
from core.live.plan import BeginTake, Ending, EndTake, Event, Phase, Plan, Tick
from core.live.prompter import Prompter
from core.live.results import SessionState
from core.live.session import LiveSession
from core.live.takes import Take, TakeRecorder
from core.sources.source import Clock

_START_WITHIN_S: Final = 30.0
_STEP_S: Final = 0.02  # as exact as a take's length is


class RecordRun:
    """One plan with a session that has been started, and the recorder that listens to it.

    Attributes:
        done: the takes that are in the library, also where `run` raises.
    """

    def __init__(
        self,
        session: LiveSession,
        recorder: TakeRecorder,
        library: Library,
        *,
        guard: DiskGuard,
        with_sound: bool = True,
        clock: Clock = time.monotonic,
    ) -> None:
        self._session, self._recorder, self._library = session, recorder, library
        self._guard = guard
        self._with_sound = with_sound
        self._clock = clock
        self.done: list[Take] = []
        self._ending: str | None = None  # label of the take that is being ended

    def run(self, plan: Plan) -> None:
        """Take after take; Ctrl+C keeps the one that is under way without a label, and ends it all.

        Raises SourceError where the pictures stop and OutputError where the disk does; what was recorded is kept.
        """
        prompter = Prompter(plan)
        try:
            self._wait_for_pictures()
            self._warn()
            self._do(prompter.start(self._clock()), prompter)
            while prompter.standing(self._clock()).phase is not Phase.DONE:
                self._session.take(timeout_s=_STEP_S)
                self._check(prompter)
                self._do(prompter.advance(self._clock()), prompter)
        except KeyboardInterrupt:
            err.print("Stopped.")
            if self._ending is not None and self._recorder.is_recording:  # the prompter was a take further already
                self._end(label=self._ending)
            self._do(prompter.stop(self._clock()), prompter)
        finally:
            if self._recorder.is_recording:  # something unexpected: the film is closed, and that is all
                self._recorder.end()

    def _do(self, events: Sequence[Event], prompter: Prompter) -> None:
        for event in events:
            match event:
                case Tick():
                    prompt = prompter.standing(self._clock()).prompt
                    self._beep()
                    err.print(f"{prompt.text if prompt else ''} in {event.seconds_left}", markup=False)
                case BeginTake():
                    action = event.prompt.action
                    self._recorder.begin(action, source=self._session.status().source, is_hands_free=bool(action))
                    self._beep()
                    err.print(f"Recording: {_said(event, prompter.plan)}", markup=False)
                case EndTake() if self._recorder.is_recording:
                    self._end(label=event.prompt.action if event.ending is Ending.WHOLE else "")
                    self._say_rest(prompter)
                case _:  # no key of a terminal drops a take
                    pass

    def _end(self, *, label: str) -> None:
        """Raises OutputError for a film that ends early: nothing more could be written."""
        self._ending = label
        take = self._recorder.end(label=label)
        self._ending = None
        recording = take.entry.recording
        if not recording.frames:
            self._library.discard(take.entry.name)
            if take.problem:
                raise OutputError(take.problem)
            err.print("No picture came while it was recorded, so there is nothing to keep.")
            return
        self.done.append(take)
        missed = f", {take.missed} pictures are missing" if take.missed else ""
        seen = "" if take.entry.poses.exists() else ", nobody was found in it"
        err.print(
            f"{take.entry.name}: {recording.frames} pictures, {recording.duration_s:.1f} s{missed}{seen}", markup=False
        )
        if take.problem:
            raise OutputError(f"{take.problem} What was recorded is kept.")

    def _beep(self) -> None:
        if self._with_sound:
            err.bell()  # nothing where it goes to a file; in a text rich would leave it out

    def _say_rest(self, prompter: Prompter) -> None:
        standing = prompter.standing(self._clock())
        if standing.phase is Phase.REST and standing.prompt is not None:
            err.print(f"Rest for {prompter.plan.rest_s:g} s. Next: {standing.prompt.text}", markup=False)

    def _wait_for_pictures(self) -> None:
        session, until_s = self._session, self._clock() + _START_WITHIN_S
        while session.status().frames_done == 0 and not session.is_over() and self._clock() < until_s:
            session.take(timeout_s=0.2)
        if session.status().frames_done == 0:
            raise SourceError("No picture came: look at `jointlight doctor`.")

    def _check(self, prompter: Prompter) -> None:
        """Raises where it cannot go on. The take under way is ended, and what there is of it keeps its label."""
        is_gone = self._session.is_over() or self._session.status().state is SessionState.LOST
        if not self._recorder.status().problem and not is_gone:
            return
        prompt = prompter.standing(self._clock()).prompt
        if self._recorder.is_recording:
            self._end(label=prompt.action if prompt else "")
        raise SourceError(f"The pictures stopped. {self._session.status().message} What was recorded is kept.")

    def _warn(self) -> None:
        source = self._session.status().source
        if source is None:
            return
        bytes_s = expected_bytes_s(width_px=source.width_px, height_px=source.height_px, rate_hz=source.rate_hz)
        state = self._guard.state(bytes_s=bytes_s)
        if state is not None and state.room is not Room.ENOUGH:
            err.print(state.text, markup=False)


def _said(event: BeginTake, plan: Plan) -> str:
    if event.prompt.action:
        return event.prompt.text
    return "until Ctrl+C" if plan.seconds is None else f"for {plan.seconds:g} s"
