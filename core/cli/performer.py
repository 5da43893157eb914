"""`jointlight performer`: what the virtual persons can act, in the window or as a video."""

import os
import re
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from core.cli import options
from core.cli.console import out, print_json, progress_bar
from core.cli.window import WindowRequest, open_window_or_explain
from core.errors import OutputError
from core.explain.performance_video import write_performance
from core.paths import expanded
from core.sources.choose import PERFORMER
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.choice import SEQUENCE_SUFFIX, chosen_performance
from core.sources.performer.motion import authored_motions
from core.sources.performer.programme import sampled
from core.sources.performer.scene import Scene
from core.sources.performer.source import Performer
from core.sources.performer.style import Style
from core.sources.video_writer import check_video_target

performer_app = typer.Typer(no_args_is_help=True, help="Let the virtual person act, in the window or as a video.")

_LARGEST_PX = 3840
PLAIN: Final = "plain"  # the scene without a number
What = Annotated[
    str, typer.Argument(help="An action, or a sequence file (.npz); without it the demo's programme.", metavar="WHAT")
]


@performer_app.command("list")
def list_actions(json_output: options.Json = False) -> None:
    """List the actions that the performer can act."""
    motions = authored_motions().values()
    if json_output:
        found = [
            {"action": one.action, "side": one.side, "about": one.about, "repetition_s": one.period_s}
            for one in motions
        ]
        print_json({"actions": found})
        return
    table = Table("action", "side", "one repetition", "what it looks like", box=None)
    for one in motions:
        table.add_row(one.action, one.side, f"{one.period_s:g} s", one.about)
    out.print(table)


@performer_app.command("play")
def play(
    context: typer.Context,
    what: What = "",
    model: options.Model = options.DEFAULT,
    device: options.Device = options.DEFAULT_DEVICE,
    pose_model: options.PoseModel = None,
) -> None:
    """Watch the performer in the window while the network names what it does."""
    Performer(chosen_performance(what), real_time=True)  # what is wrong with it is said before a window opens
    source = f"{PERFORMER}:{what}" if what.strip() else PERFORMER
    open_window_or_explain(context, WindowRequest(source=source, model=model, device=device, pose_model=pose_model))


@performer_app.command("render")
def render(
    video: Annotated[Path, typer.Option("--out", "--output", help="Video to write: .mp4, .mkv or .mov.")],
    what: What = "",
    joints: Annotated[
        Path | None,
        typer.Option(help="Sequence file (.npz) for the true joints, seen from the camera.", show_default=False),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**31, help="Another body, clothes and sway for each number.", show_default=False),
    ] = None,
    scene: Annotated[
        str, typer.Option(help="A number for another body, camera, room, light and sensor; or plain.", metavar="SCENE")
    ] = PLAIN,
    speed: Annotated[float, typer.Option(help="Times as fast, 0.4 to 2.5.")] = 1.0,
    amplitude: Annotated[float, typer.Option(help="Times as wide, 0.5 to 1.3.")] = 1.0,
    other_side: Annotated[bool, typer.Option("--other-side", help="Left and right exchanged.")] = False,
    pause: Annotated[float, typer.Option(help="Seconds of rest between repetitions, up to 10.")] = 0.0,
    size: Annotated[str, typer.Option(help="Width and height in pixels.")] = "640x480",
    rate: Annotated[float, typer.Option(min=1, max=120, help="Frames a second.")] = 30.0,
    json_output: options.Json = False,
) -> None:
    """Write a video of the performer, and if wanted where its joints really are."""
    size_px, scene_seed = _size(size), _scene_seed(scene)
    video, joints = expanded(video), joints and expanded(joints)
    check_video_target(video)
    _check_joints(joints, what)
    style = Style(speed=speed, amplitude=amplitude, other_side=other_side, pause_s=pause)
    performer = _performer(what, style, seed=seed, scene_seed=scene_seed, size_px=size_px, rate_hz=rate)
    with progress_bar() as bar:
        task = bar.add_task("Rendering", total=performer.frame_count)
        truth = write_performance(performer, video, progress=lambda done, _: bar.update(task, completed=done))
    if joints is not None:
        truth.save(joints)
    if json_output:
        written = {"output": str(video), "joints": None if joints is None else str(joints)}
        print_json({"frames": len(truth), "seconds": round(len(truth) / rate, 3), **written})
        return
    out.print(f"{len(truth)} frames in {video}" + ("" if joints is None else f", joints in {joints}"), markup=False)


def _performer(
    what: str, style: Style, *, seed: int | None, scene_seed: int | None, size_px: tuple[int, int], rate_hz: float
) -> Performer:
    """Whoever plays it; the camera of a scene stands back until it sees all of it."""
    body_seed = scene_seed if seed is None else seed
    make = partial(
        Performer,
        body=None if body_seed is None else Body.varied(body_seed),
        size_px=size_px,
        rate_hz=rate_hz,
        real_time=False,
        seed=body_seed or 0,
    )
    plain = make(chosen_performance(what, style=style))
    if scene_seed is None:
        return plain
    camera = Camera.varied(scene_seed).seeing(sampled(plain.performance))
    return make(plain.performance, camera=camera, scene=Scene.varied(scene_seed))


def _scene_seed(text: str) -> int | None:
    """The number of a scene, None for the plain one. Raises BadParameter for anything else."""
    text = text.strip().lower()
    if text == PLAIN:
        return None
    if not re.fullmatch(r"\d{1,9}", text):
        raise typer.BadParameter(f"--scene is a number, or {PLAIN}, not '{text}'.")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    """Width and height of "640x480". Raises BadParameter for another form or a size out of range."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text.strip().lower())
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(64 <= side <= _LARGEST_PX for side in sides):
        raise typer.BadParameter(f"--size is width x height, as 640x480, each from 64 to {_LARGEST_PX}, not '{text}'.")
    return sides


def _check_joints(path: Path | None, what: str) -> None:
    """Before a long run: whether the joints can go there. Raises OutputError."""
    if path is None:
        return
    if path.suffix.lower() != SEQUENCE_SUFFIX:
        raise OutputError(f"'{path}' must end in {SEQUENCE_SUFFIX}.")
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise OutputError(f"'{path}' cannot be written: it is a folder, or lies in none that may be written to.")
    played = expanded(what.strip())
    if what.strip().lower().endswith(SEQUENCE_SUFFIX) and path.exists() and played.exists() and path.samefile(played):
        raise OutputError(f"'{path}' is the sequence that is played: choose another name for the true joints.")
