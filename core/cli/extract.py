"""`jointlight extract`: joints as a webcam would give them, from videos or from a data set that the performer plays."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
from core.errors import DataError, OutputError
from core.files import replaceable_folder, replacing_folder
from core.paths import expanded
from core.pose.video_folder import VideoJob, extract_videos, video_jobs


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
        int | None, typer.Option(min=1, help="So many at a time; else one for each processor.", show_default=False)
    ] = None,
    persons: Annotated[int, typer.Option(min=1, max=2, help="How many are followed in each video.")] = 1,
    restart: Annotated[bool, typer.Option("--restart", help="Watch also the videos that are done.")] = False,
    on_broken: Broken = OnBroken.SKIP,
    pose_model: options.PoseModel = None,
    json_output: options.Json = False,
) -> None:
    """Find the person in every frame of videos and keep the joints as sequence files (.npz).

    The joints are those of the live view. clips/ACTION/PERSON_*.mp4 becomes a folder to train on when clips is named.
    With --dataset the performer plays its recordings, each twice where a split trains on it. What was interrupted goes
    on when the same command is given again.
    """
    if bool(videos) == bool(dataset):
        raise typer.BadParameter("Name videos or folders of them, or a data set with --dataset; one of the two.")
    if (dataset is None) != (data is None):
        raise typer.BadParameter("--dataset and --data belong together.")
    folder, data = expanded(folder), data and expanded(data)
    if dataset is None or data is None:
        result = _from_videos(
            video_jobs(videos or [], out=folder, persons=persons),
            jobs=jobs,
            restart=restart,
            on_broken=on_broken,
            pose_model=pose_model,
        )
    elif persons > 1:
        raise typer.BadParameter("--persons is for videos; a data set tells by itself how many there are.")
    elif restart:
        raise typer.BadParameter("--restart is for videos; of a data set only what is missing is played again.")
    else:
        result = _from_dataset(dataset, data, folder, jobs=jobs, on_broken=on_broken, pose_model=pose_model)
    if json_output:
        print_json({**asdict(result), "output": str(folder)})
        return
    kept = f", {result.kept} were done before" if result.kept else ""
    out.print(
        f"{result.written} sequences written to {folder}{kept}, {len(result.left_out)} left out. "
        f"Train on them: jointlight train --dataset folder --data {shlex.quote(str(folder))}",
        markup=False,
    )
    if dataset is not None:
        out.print("That folder is tested on every second person, whatever the split of the data set.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What came of it."""

    written: int
    kept: int = 0  # done before
    left_out: tuple[str, ...] = ()  # each with the reason


def _from_videos(
    wanted: Sequence[VideoJob], *, jobs: int | None, restart: bool, on_broken: OnBroken, pose_model: Path | None
) -> Extracted:
    done = [job.is_done for job in wanted]  # all are asked, since it also tells what must not be replaced
    missing = [job for job, is_done in zip(wanted, done, strict=True) if restart or not is_done]
    model_file = ready_pose_model(pose_model)
    with progress_bar() as bar:
        task = bar.add_task("Watching", total=len(missing))
        problems = extract_videos(
            missing, pose_model=model_file, workers=jobs, progress=lambda done, _: bar.update(task, completed=done)
        )
    left_out = tuple(
        problem if str(job.video) in problem else f"{job.video}: {problem}"
        for job, problem in zip(missing, problems, strict=True)
        if problem
    )
    for reason in left_out:
        err.print(f"Left out: {reason}", markup=False)
    if left_out and on_broken is OnBroken.REFUSE:
        raise DataError(f"{len(left_out)} of {len(wanted)} videos gave no sequence; those of the others are written.")
    if len(left_out) == len(wanted):
        raise DataError(f"None of {len(wanted)} videos gave a sequence.")
    return Extracted(written=len(missing) - len(left_out), kept=len(wanted) - len(missing), left_out=left_out)


def _from_dataset(
    name: str, data: Path, folder: Path, *, jobs: int | None, on_broken: OnBroken, pose_model: Path | None
) -> Extracted:
    if folder.resolve().is_relative_to(data.resolve()):
        raise OutputError(f"{folder} lies in the data set itself: choose a folder outside of {data}.")
    target = replaceable_folder(folder, what="extracted sequences", is_ours=lambda _: False)
    read = read_dataset(name, data, split=None, on_broken=on_broken)
    # Fewer takes than a training has: who reads the folder again splits it anew, and takes weigh as recordings do.
    seen = see_through_pixels(read, ready_pose_model(pose_model), takes=2, jobs=jobs)
    left_out = (*read.skipped, *dict.fromkeys(seen.skipped))
    if not seen.samples:
        raise DataError(f"Nobody was found in any of the {len(read.samples)} recordings of {read.name}.")
    with replacing_folder(target) as new:
        written = save_labelled_folder(new, seen.samples, actions=seen.actions)
    return Extracted(written=written, left_out=left_out)
