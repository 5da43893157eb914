"""`jointlight record`: takes of one's own actions into a library, hands-free, without a window."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from core.cli import options
from core.cli.console import err, out, print_json
from core.cli.headless import ready_pose_model
from core.errors import OutputError, SourceError
from core.library.library import Library
from core.library.records import check_name
from core.library.repair import repair_all
from core.live.results import SessionState
from core.live.session import LiveSession
from core.live.takes import Take, TakeRecorder
from core.model.folder import load_model
from core.pose.choice import estimator_makers
from core.sources.choose import CAMERA, SourceKind, open_choice, source_kind

_LEAST_FREE_BYTES: Final = 500 * 10**6
_BELL: Final = "\a"
_START_WITHIN_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is recorded: each action so many times, or one free recording."""

    actions: tuple[str, ...]
    takes: int
    seconds: float | None
    countdown_s: int

    def prompts(self) -> Iterator[tuple[str, str]]:
        """The action of each take, and what to say before it."""
        if not self.actions:
            yield "", "Recording until Ctrl+C" if self.seconds is None else f"Recording for {self.seconds:g} s"
        for action in self.actions:
            for take in range(1, self.takes + 1):
                yield action, f"{action}, take {take} of {self.takes}"


def record(
    library: Annotated[Path, typer.Option("--library", help="Folder of the library; made where there is none.")],
    person: Annotated[str, typer.Option(help="Who is recorded: it makes a test on other persons possible.")],
    action: Annotated[
        list[str] | None, typer.Option(help="An action to record; give it again for more.", show_default=False)
    ] = None,
    takes: Annotated[int, typer.Option(min=1, max=1000, help="Takes of each action.")] = 3,
    seconds: Annotated[
        float | None,
        typer.Option(min=0.2, max=3600, help="Of a take; 3 with --action, else until Ctrl+C.", show_default=False),
    ] = None,
    countdown: Annotated[int, typer.Option(min=0, max=60, help="Seconds before each take, with a beep each.")] = 3,
    source: Annotated[str, typer.Option(help="camera, camera:NAME, performer or performer:ACTION.")] = CAMERA,
    model: options.Model = options.DEFAULT,
    device: options.Device = options.DEFAULT_DEVICE,
    pose_model: options.PoseModel = None,
    json_output: options.Json = False,
) -> None:
    """Record takes of your own actions, hands-free: each one counted down, as long as the others, labelled at once.

    The film, the time of each picture and the joints are kept. Ctrl+C ends the take that is under way, keeps it without
    a label and stops.
    """
    actions = tuple(dict.fromkeys(action or ()))
    for name, what in [(person, "a person"), *((one, "an action") for one in actions)]:
        check_name(name, what=what)
    if source_kind(source) is SourceKind.VIDEO:
        raise SourceError("A film is there already: `jointlight library import` takes it into a library.")
    wish = _Wish(
        actions=actions, takes=takes, seconds=3.0 if seconds is None and actions else seconds, countdown_s=countdown
    )
    with Library.opened(library, create=True) as opened:
        if opened.why_read_only:
            raise OutputError(f"The library {library} can only be read. {opened.why_read_only}")
        _need_room(opened)
        for found in repair_all(opened):
            err.print(f"{found.name} was not finished. {found.text}", markup=False)
        network = load_model(model, device=device)
        make_estimator, make_lighter = estimator_makers(ready_pose_model(pose_model), persons=network.persons)
        recorder = TakeRecorder(opened, person=person, persons=network.persons)
        session = LiveSession(
            source=open_choice(source, real_time=True, loop=True),
            make_estimator=make_estimator,
            make_lighter=make_lighter,
            model=network,
            tap=recorder.frame,
        )
        session.start()
        try:
            done = _record(session, recorder, wish, opened)
        finally:
            session.stop()
    _report(done, library, as_json=json_output)


def _record(session: LiveSession, recorder: TakeRecorder, wish: _Wish, library: Library) -> list[Take]:
    """Take after take; Ctrl+C keeps the one that is under way."""
    done: list[Take] = []
    try:
        _wait_for_pictures(session)
        for action, prompt in wish.prompts():
            _count_down(session, recorder, prompt, wish.countdown_s)
            _need_room(library)
            recorder.begin(action, source=session.status().source)
            err.print(f"{_BELL}Recording: {prompt}", markup=False)
            _follow(session, recorder, float("inf") if wish.seconds is None else wish.seconds)
            done.append(recorder.end(label=action))
            _say(done[-1])
    except KeyboardInterrupt:
        err.print("Stopped.")
        if recorder.is_recording:
            done.append(recorder.end())
            _say(done[-1])
    return done


def _wait_for_pictures(session: LiveSession) -> None:
    until_s = time.monotonic() + _START_WITHIN_S
    while session.status().frames_done == 0 and not session.is_over() and time.monotonic() < until_s:
        session.take(timeout_s=0.2)
    if session.status().frames_done == 0:
        raise SourceError("No picture came: look at `jointlight doctor`.")


def _count_down(session: LiveSession, recorder: TakeRecorder, prompt: str, seconds: int) -> None:
    for left in range(seconds, 0, -1):
        err.print(f"{_BELL}{prompt} in {left}", markup=False)
        _follow(session, recorder, 1.0)


def _follow(session: LiveSession, recorder: TakeRecorder, seconds: float) -> None:
    """Hand on what is found for so long. Raises SourceError where the source ends or is lost."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s and not recorder.status().problem:
        result = session.take(timeout_s=min(0.1, max(0.0, until_s - time.monotonic())))
        if result is not None:
            recorder.note(result)
        elif session.is_over() or session.status().state is SessionState.LOST:
            if recorder.is_recording:
                recorder.end()
            raise SourceError(f"The pictures stopped. {session.status().message} What was recorded is kept.")


def _need_room(library: Library) -> None:
    free = shutil.disk_usage(library.folder).free
    if free < _LEAST_FREE_BYTES:
        raise OutputError(f"Only {free / 1e6:.0f} MB are free where {library.folder} is: make room before you record.")


def _say(take: Take) -> None:
    recording = take.entry.recording
    missed = f", {take.missed} pictures are missing" if take.missed else ""
    seen = "" if take.entry.poses.exists() else ", nobody was found in it"
    err.print(
        f"{take.entry.name}: {recording.frames} pictures, {recording.duration_s:.1f} s{missed}{seen}", markup=False
    )
    if take.problem:
        err.print(take.problem, style="red", markup=False)


def _report(done: list[Take], library: Path, *, as_json: bool) -> None:
    if as_json:
        recordings = [
            {
                "name": take.entry.name,
                "action": take.entry.recording.prompt,
                "frames": take.entry.recording.frames,
                "missed": take.missed,
                "seconds": round(take.entry.recording.duration_s, 3),
            }
            for take in done
        ]
        print_json({"library": str(library), "recordings": recordings})
        return
    out.print(f"{len(done)} takes in {library}. Train on them: jointlight train --library {library}", markup=False)
