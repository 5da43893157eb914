"""`jointlight extract`: joints as a webcam would give them, from videos or from a data set that the performer plays."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli import options
from core.cli.console import err, out, print_json, progress_bar
from core.cli.data import Broken, read_dataset, see_through_pixels
from core.cli.headless import ready_pose_model
from core.datasets.catalogue import DATASETS
from core.datasets.collection import OnBroken
from core.datasets.labelled_folder import save_labelled_folder
from core.errors import DataError
from core.files import replaceable_folder, replacing_folder
from core.pose.video_folder import extract_videos, video_jobs


def extract(
    folder: Annotated[Path, typer.Option("--out", "--output", help="Folder for the sequence files.")],
    videos: Annotated[
        list[Path] | None, typer.Argument(help="Videos, or folders of them (ACTION/PERSON_*.mp4).", show_default=False)
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help=f"A data set instead: {', '.join(DATASETS)}.", show_default=False),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder that holds the data set.", show_default=False)] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Videos at a time; else one for each processor.", show_default=False)
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Watch also the videos that are done.")] = False,
    on_broken: Broken = OnBroken.SKIP,
    pose_model: options.PoseModel = None,
    json_output: options.Json = False,
) -> None:
    """Find the person in every frame of videos and keep the joints as sequence files (.npz).

    The joints are those of the live view. With --dataset the performer plays its recordings, each twice where a split
    trains on it. What was interrupted goes on when the same command is given again.
    """
    if bool(videos) == bool(dataset):
        raise typer.BadParameter("Name videos or folders of them, or a data set with --dataset; one of the two.")
    if (dataset is None) != (data is None):
        raise typer.BadParameter("--dataset and --data belong together.")
    if dataset is not None and data is not None:
        if jobs is not None or restart:
            raise typer.BadParameter("--jobs and --restart are for videos; a data set is played on all processors.")
        _from_dataset(dataset, data, folder, on_broken=on_broken, pose_model=pose_model, as_json=json_output)
    else:
        _from_videos(videos or [], folder, jobs=jobs, restart=restart, pose_model=pose_model, as_json=json_output)


def _from_videos(
    videos: list[Path], folder: Path, *, jobs: int | None, restart: bool, pose_model: Path | None, as_json: bool
) -> None:
    wanted = video_jobs(videos, out=folder.expanduser())
    missing = [job for job in wanted if restart or not job.is_done]
    model_file = ready_pose_model(pose_model)
    with progress_bar() as bar:
        task = bar.add_task("Watching", total=len(missing))
        problems = extract_videos(
            missing, pose_model=model_file, workers=jobs, progress=lambda done, _: bar.update(task, completed=done)
        )
    for video, problem in problems.items():
        err.print(f"Left out: {problem}" if str(video) in problem else f"Left out: {video}: {problem}", markup=False)
    if len(problems) == len(wanted):
        raise DataError(f"None of {len(wanted)} videos gave a sequence.")
    written, kept = len(missing) - len(problems), len(wanted) - len(missing)
    if as_json:
        left_out = [{"video": str(video), "problem": problem} for video, problem in problems.items()]
        print_json({"written": written, "kept": kept, "left_out": left_out, "output": str(folder)})
        return
    were_done = f", {kept} were done before" if kept else ""
    out.print(f"{written} sequences written to {folder}{were_done}, {len(problems)} videos left out.", markup=False)


def _from_dataset(
    name: str, data: Path, folder: Path, *, on_broken: OnBroken, pose_model: Path | None, as_json: bool
) -> None:
    target = replaceable_folder(folder, what="extracted sequences", is_ours=lambda _: False)
    read = read_dataset(name, data, split=None, on_broken=on_broken)
    seen = see_through_pixels(read, ready_pose_model(pose_model))
    with replacing_folder(target) as new:
        count = save_labelled_folder(new, seen.samples, actions=seen.actions)
    if as_json:
        left_out = [{"recording": text} for text in seen.skipped]
        print_json({"written": count, "kept": 0, "left_out": left_out, "output": str(folder)})
        return
    out.print(f"{count} sequences written to {folder}. Train on them: --dataset folder --data {folder}", markup=False)
