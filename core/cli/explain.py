"""`jointlight explain`: a clip as a figure, a video, a table or a page that shows what the network attended to."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import Progress as ProgressBar

from core.cli import options
from core.cli.console import err, out, print_json, progress_bar
from core.cli.headless import ready_pose_model
from core.errors import OutputError
from core.explain.clip_choice import FORMS, Clip, ClipChoice, ClipKind, clip_choice, load_clip
from core.explain.clip_part import minutes_text
from core.explain.explained import GATE_SENTENCE, Explained, explain_clip
from core.explain.figure import frames_text
from core.explain.heat import TIMES_UNIFORM, Palette, scale_of
from core.explain.inks import Theme
from core.explain.occlusion import Occlusion, occlude, rank_text
from core.explain.take_home import ENDINGS, TakeHome, check_file, is_moving, write_clip
from core.model.folder import ActionModel, load_model
from core.paths import expanded
from core.pose.choice import estimator_makers
from core.pose.estimator import PoseEstimator

_MOST_KEY_FRAMES: Final = 10


class RangeChoice(StrEnum):
    """What the heat ranges over: always the same, so that clips can be compared, or up to what the clip has."""

    FIXED = "fixed"
    CLIP = "clip"


def explain(
    clip: Annotated[
        str,
        typer.Argument(help=f"{FORMS[0].upper()}{FORMS[1:]}; SEGMENT is a number or an action.", metavar="CLIP"),
    ],
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--out", "--output", help=f"File to write, again for more: {', '.join(ENDINGS)}.", show_default=False
        ),
    ] = None,
    model: options.Model = options.DEFAULT,
    seconds: Annotated[
        str | None, typer.Option(help="Only this part: A:B, A: or :B in seconds.", metavar="A:B", show_default=False)
    ] = None,
    person: Annotated[
        int | None,
        typer.Option(min=1, max=2, help="Of two persons this one, for a model of one.", show_default=False),
    ] = None,
    title: Annotated[str, typer.Option(help="Over the figure or page, in place of the answer.")] = "",
    key_frames: Annotated[
        int | None,
        typer.Option(
            min=1, max=_MOST_KEY_FRAMES, help="Bodies in a figure; else six, of two persons four.", show_default=False
        ),
    ] = None,
    palette: Annotated[Palette, typer.Option(help="Colours of the heat.")] = Palette.INFERNO,
    heat_range: Annotated[
        RangeChoice, typer.Option("--range", help="What the colours range over.")
    ] = RangeChoice.FIXED,
    theme: Annotated[
        Theme | None, typer.Option(help="Ground of figures, curves and pages.", show_default="by the file")
    ] = None,
    device: options.Device = options.DEFAULT_DEVICE,
    pose_model: options.PoseModel = None,
    json_output: options.Json = False,
) -> None:
    """Show what a network attended to in a clip: a figure, a film, a table or a page to take home.

    PNG and SVG: key frames with heat, curves, legend. MP4, MKV, MOV, GIF: the film or a skeleton with overlay, legend
    and curves. CSV: all numbers. HTML: one file that replays the clip in any browser, without a network. Beside
    attention stands an occlusion check: what the answer loses without a joint or a frame.
    """
    targets = [check_file(expanded(file)) for file in files or ()]
    part = _part(seconds)
    choice = clip_choice(clip)
    _keep_what_is_read(choice, targets)
    network = load_model(model, device=device)
    loaded = _loaded(choice, network, pose_model, with_film=any(is_moving(file) for file in targets))
    loaded = loaded if part is None else loaded.part(*part)
    if person is not None:
        loaded = loaded.of(person)
    with progress_bar() as bar:
        explained = explain_clip(network, loaded.sequence, progress=_telling(bar, "Asking the network"))
        found = occlude(network, explained)
        scale = scale_of(explained.heat, of="this clip") if heat_range is RangeChoice.CLIP else TIMES_UNIFORM
        scale = replace(scale, palette=palette)
        wish = TakeHome(clip=loaded.name, title=title, key_frames=key_frames or 0, scale=scale, theme=theme)
        notes = [_written(file, explained, wish, found, loaded, bar) for file in targets]
    _tell(explained, found, loaded, targets, [note for note in notes if note], json_output=json_output)


def _written(file: Path, explained: Explained, wish: TakeHome, found: Occlusion, clip: Clip, bar: ProgressBar) -> str:
    """Write one of the files; returns what is to be said about it, "" for nothing."""
    progress = _telling(bar, f"Writing {file.name}")
    return write_clip(file, explained, wish, occlusion=found, film=clip.film, progress=progress)


def _keep_what_is_read(choice: ClipChoice, targets: list[Path]) -> None:
    for file in targets:
        if choice.kind is not ClipKind.RECORDING and file.exists() and file.samefile(choice.path):
            raise OutputError(f"'{file}' is the clip that is read: choose another name.")
    if len({file.absolute() for file in targets}) < len(targets):
        raise OutputError("A file is named twice with --out.")


def _part(text: str | None) -> tuple[float, float] | None:
    """Start and end of "A:B". Raises BadParameter for another form."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)?:(\d+(?:\.\d+)?)?", text.strip())
    start_s, end_s = (float(found[1] or 0), float(found[2] or math.inf)) if found else (0.0, 0.0)
    if not start_s < end_s:
        raise typer.BadParameter(f"--seconds is A:B, A: or :B in seconds, A before B, not '{text}'.")
    return start_s, end_s


def _loaded(choice: ClipChoice, network: ActionModel, pose_model: Path | None, *, with_film: bool) -> Clip:
    """The joints, found first where the clip is a video."""

    def make() -> PoseEstimator:
        return estimator_makers(pose_file, persons=network.persons)[0]()

    if choice.kind is not ClipKind.VIDEO:
        return load_clip(choice, persons=network.persons, make_estimator=make, with_film=with_film)
    pose_file = ready_pose_model(pose_model)
    with progress_bar() as bar:
        return load_clip(
            choice, persons=network.persons, make_estimator=make, with_film=with_film, tell=_telling(bar, "Watching")
        )


def _telling(bar: ProgressBar, what: str) -> Callable[[int, int | None], None]:
    task = bar.add_task(what, total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)


def _tell(
    explained: Explained, found: Occlusion, clip: Clip, files: list[Path], notes: list[str], *, json_output: bool
) -> None:
    action, probability = explained.actions[explained.best], float(explained.whole[explained.best])
    about = [float(explained.times_s[frame]) for frame in (explained.span.start, explained.span.stop - 1)]
    if json_output:
        print_json(
            {
                "clip": clip.name,
                "model": explained.model,
                "frames": len(explained),
                "seconds": round(explained.duration_s, 3),
                "said": action,
                "probability": probability,
                "about_s": about,
                "begins_s": round(_begins_s(explained, clip), 3),
                "occlusion": {"joints_rank": found.joints_rank, "frames_rank": found.frames_rank},
                "written": [str(file) for file in files],
                "notes": notes,
            }
        )
        return
    is_whole = explained.span.stop - explained.span.start == len(explained)
    where = "" if is_whole else f", surest from {about[0]:.1f} to {about[1]:.1f} s"
    out.print(
        f"{clip.name}: {action} ({100 * probability:.0f} %{where}), {frames_text(explained)}, "
        f"{minutes_text(explained.duration_s)}.",
        markup=False,
    )
    out.print(
        f"Occlusion check: rank correlation with attention {rank_text(found.joints_rank)} of joints, "
        f"{rank_text(found.frames_rank)} of frames. {GATE_SENTENCE}"
    )
    if (begins_s := _begins_s(explained, clip)) > 0.05:
        out.print(f"Times count from the first frame with somebody, {begins_s:.1f} s into the clip.")
    for missing in _missing_gates(explained):
        out.print(missing)
    for file in files:
        out.print(f"Written: {file}", markup=False)
    for note in notes:
        err.print(note, markup=False)


def _begins_s(explained: Explained, clip: Clip) -> float:
    """How far into the clip, as --seconds counts, the first frame with somebody is; all other times count from it."""
    return float(explained.clip.times_s[0]) - clip.origin_s


def _missing_gates(explained: Explained) -> list[str]:
    """What a network without attention cannot show, in sentences."""
    joints = (
        [] if explained.weighs_joints else ["This network has no joint gate: all joints weigh alike (1 × uniform)."]
    )
    frames = [] if explained.weighs_frames else ["This network has no frame gate: all frames weigh alike."]
    return joints + frames
