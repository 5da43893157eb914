"""The real backend: the window's wishes in terms of core. Heavy libraries are imported in the threads that use them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.bridges.backend import Backend, Choice, Offers, Request, Session
from app.bridges.background import Report
from app.bridges.options import LaunchOptions
from core.explain.proposals import Proposal
from core.library.library import Entry
from core.live.listeners import FrameListeners
from core.paths import DEFAULT_MODEL

if TYPE_CHECKING:
    from core.model.folder import ModelEntry


def core_backend(options: LaunchOptions) -> Backend:
    """The functions that the window calls, for these options."""

    def prepare(request: Request, report: Report, wake: Callable[[], None], listeners: FrameListeners) -> Session:
        return prepare_session(request, options, report, wake, listeners)

    def pose_model(report: Report) -> Path:
        return options.pose_model or _pose_model(report)

    def propose_with(entry: Entry, model: str, report: Report) -> list[Proposal]:
        return propose_labels(entry, model, options, report)

    return Backend(look=look, models_in=models_in, prepare=prepare, pose_model=pose_model, propose=propose_with)


def look() -> Offers:
    """Cameras, performer actions and models that are there now."""
    from core.model.folder import list_models
    from core.sources.camera_devices import list_cameras
    from core.sources.performer.motion import action_names

    cameras = (Choice(key=f"camera:{device.stable_id}", title=device.name) for device in list_cameras())
    acts = (Choice(key=f"performer:{name}", title=name.capitalize()) for name in action_names())
    models = (Choice(key=entry.name, title=_title(entry), detail=str(entry.path)) for entry in list_models())
    return Offers(
        cameras=tuple(cameras),
        performers=(Choice(key="performer", title="All actions in turn"), *acts),
        models=tuple(models),
    )


def models_in(place: Path) -> tuple[Choice, ...]:
    """The models in a folder of them, known by their paths."""
    from core.model.folder import models_of

    found = models_of(place)
    return tuple(Choice(key=str(entry.path), title=_title(entry), detail=str(entry.path)) for entry in found)


def _title(entry: "ModelEntry") -> str:
    return entry.title if entry.persons == 1 else f"{entry.title} (two persons)"


def propose_labels(entry: Entry, model_name: str, options: LaunchOptions, report: Report) -> list[Proposal]:
    """What a model says about a recording. Raises JointlightError."""
    from core.errors import DataError
    from core.explain.proposals import propose
    from core.model.folder import load_model
    from core.processes import one_thread

    report("Loading the model")
    model = load_model(model_name or DEFAULT_MODEL, device=options.device)
    joints = entry.joints()
    if joints is None:
        raise DataError("Nobody was found in this recording, so there is nothing to propose.")
    with one_thread():
        return propose(
            model, joints, progress=lambda done, total: report("The model looks at this recording", done / total)
        )


def prepare_session(
    request: Request,
    options: LaunchOptions,
    report: Report,
    wake: Callable[[], None],
    listeners: FrameListeners | None = None,
) -> Session:
    """A session that is ready to start. Fetches the pose model on first use. Raises JointlightError."""
    from core.live.session import LiveSession
    from core.model.folder import load_model
    from core.pose.choice import estimator_makers
    from core.sources.choose import SourceKind, open_choice, source_kind

    is_fast = options.is_fast and source_kind(request.source) is not SourceKind.CAMERA
    source = open_choice(request.source, real_time=not is_fast, loop=not is_fast)
    pose_model = options.pose_model or _pose_model(report)
    report("Loading the model")
    model = load_model(request.model or DEFAULT_MODEL, device=options.device)
    report("Opening the source")
    make_estimator, make_lighter = estimator_makers(pose_model, persons=model.persons)
    return LiveSession(
        source=source,
        make_estimator=make_estimator,
        make_lighter=make_lighter,
        model=model,
        every_frame=is_fast,
        every_result=False,
        tap=None if listeners is None else listeners.frame,
        on_result=None if listeners is None else listeners.result,
        on_wake=wake,
    )


def _pose_model(report: Report) -> Path:
    from core.pose.bundle import Progress, pose_model_path

    def tell(progress: Progress) -> None:
        fraction = progress.done_bytes / progress.total_bytes if progress.total_bytes else None
        text = progress.stage[:1].upper() + progress.stage[1:]
        report(f"{text}, needed once ({progress.done_bytes / 1e6:.1f} MB)", fraction)

    report("Looking for the pose model")
    return pose_model_path(progress=tell)
