"""`jointlight record`: takes of one's own actions into a library, hands-free, without a window."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli import options
from core.cli.console import err, out, print_json
from core.cli.headless import ready_pose_model
from core.cli.record_run import RecordRun
from core.errors import JointlightError, OutputError, SourceError
from core.library.disk import DiskGuard
from core.library.library import Library
from core.library.records import check_name
from core.library.repair import repair_all
from core.live.listeners import FrameListeners
from core.live.plan import Plan
from core.live.session import LiveSession
from core.live.takes import Take, TakeRecorder
from core.model.folder import ActionModel, load_model
from core.pose.choice import MakeEstimator, estimator_makers
from core.sources.choose import CAMERA, SourceKind, open_choice, source_kind
from core.sources.source import FrameSource


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
    rest: Annotated[float, typer.Option(min=0, max=600, help="Seconds of rest between two takes.")] = 0.0,
    in_turn: Annotated[
        bool, typer.Option("--in-turn", help="A take of each action, then the next of each; else all of one in a row.")
    ] = False,
    sound: Annotated[bool, typer.Option("--sound/--no-sound", help="Beep with the terminal's bell.")] = True,
    source: Annotated[str, typer.Option(help="camera, camera:NAME, performer or performer:ACTION.")] = CAMERA,
    model: options.Model = options.DEFAULT,
    device: options.Device = options.DEFAULT_DEVICE,
    pose_model: options.PoseModel = None,
    json_output: options.Json = False,
) -> None:
    """Record takes of your own actions, hands-free: each one counted down, as long as the others, labelled at once.

    The film, the time of each picture and the joints are kept. Ctrl+C ends the take that is under way, keeps it without
    a label and stops. Where the disk runs full or the camera goes, what was recorded is kept too.
    """
    actions = tuple(dict.fromkeys(action or ()))
    for name, what in [(person, "a person"), *((one, "an action") for one in actions)]:
        check_name(name, what=what)
    if source_kind(source) is SourceKind.VIDEO:
        raise SourceError("A film is there already: `jointlight library import` takes it into a library.")
    plan = Plan(
        actions=actions or ("",), takes=takes if actions else 1, countdown_s=countdown, rest_s=rest, in_turn=in_turn,
        seconds=3.0 if seconds is None and actions else seconds,
    )  # fmt: skip
    with Library.opened(library, create=True) as opened:
        guard = _ready(opened)
        network = load_model(model, device=device)
        estimators = estimator_makers(ready_pose_model(pose_model), persons=network.persons)
        recorder = TakeRecorder(opened, person=person, persons=network.persons, guard=guard)
        session = _session(open_choice(source, real_time=True, loop=True), network, estimators, recorder)
        session.start()
        taking = RecordRun(session, recorder, opened, guard=guard, with_sound=sound)
        try:
            taking.run(plan)
        except JointlightError:
            if taking.done:  # it is kept, so it is told as well
                _report(taking.done, library, as_json=json_output)
            raise
        finally:
            session.stop()
    _report(taking.done, library, as_json=json_output)


def _ready(library: Library) -> DiskGuard:
    """See to it that takes can be written, and put in order what was not finished. Raises OutputError."""
    if library.why_read_only:
        raise OutputError(f"The library {library.folder} can only be read. {library.why_read_only}")
    guard = DiskGuard(library.folder)
    guard.check_before()
    for found in repair_all(library):
        err.print(f"{found.name} was not finished. {found.text}", markup=False)
    return guard


def _session(
    source: FrameSource,
    network: ActionModel,
    estimators: tuple[MakeEstimator, MakeEstimator | None],
    recorder: TakeRecorder,
) -> LiveSession:
    """A session that the recorder hears."""
    make_estimator, make_lighter = estimators
    listeners = FrameListeners()
    listeners.attach(recorder)
    return LiveSession(
        source=source,
        make_estimator=make_estimator,
        make_lighter=make_lighter,
        model=network,
        tap=listeners.frame,
        on_result=listeners.result,
    )


def _report(done: list[Take], library: Path, *, as_json: bool) -> None:
    if as_json:
        recordings = [
            {
                "name": take.entry.name,
                "action": take.entry.recording.prompt,
                "frames": take.entry.recording.frames,
                "missed": take.missed,
                "problem": take.problem,
                "seconds": round(take.entry.recording.duration_s, 3),
            }
            for take in done
        ]
        print_json({"library": str(library), "recordings": recordings})
        return
    out.print(f"{len(done)} takes in {library}. Train on them: jointlight train --library {library}", markup=False)
