"""How right the shipped models are through pixels: on recordings, on authored actions, on streams, on real videos.

It evaluates and never trains, but for the fine-tuning row, and says of each figure how it was got.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from core.bench.interactions import share_named, share_named_after_tuning, shared_clips, watched
from core.bench.report import Row
from core.bench.sessions import hear_all
from core.bench.stream import stream_jobs
from core.datasets.authored import acted_takes, performed
from core.datasets.catalogue import load_dataset
from core.datasets.dataset import Dataset, Sample
from core.live.segments import Matches, detection_delays_s, matches
from core.model.folder import ActionModel, load_model
from core.paths import cache_dir
from core.pose.through_performer import ExtractJob, extract_through_performer
from core.skeleton.layouts import DIRECT_JOINTS
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.motion import IDLE, authored_motions
from core.sources.video import VideoFile
from core.training.evaluate import clip_outputs
from core.training.pixels import PIXELS_PROTOCOL, through_pixels
from core.training.recipes import Recipe, recipe_named
from core.training.report import report_on
from core.training.tensors import to_tensors

Tell = Callable[[str, float], None]  # what is measured now, and how much of it is done
ONE, TWO = "everyday", "sbu-interactions"
_TAKES: Final = 8  # of each authored action
_FIRST_SEED: Final = 500  # of bodies and styles; those of trainings begin at a million
# What people in everyday clips really do, as far as the model has a name for it.
_EVERYDAY: Final = frozenset({"walk", "sit to stand", "stand to sit", "squat", "lunge", "pick up and throw"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is measured, and with what."""

    data: Path | None  # folder with utd_mhad and videos; None: only what needs no data
    pose_model: Path
    full: bool = False
    workers: int | None = None
    one: str = ONE  # name or path of the model of one person
    two: str = TWO


def accuracy_rows(wanted: Wanted, *, tell: Tell) -> Iterator[Row]:
    """Measure one row after the other; a row whose data is not there has no value and says so."""
    yield from _recordings(wanted, tell)
    yield from _authored(wanted, tell)
    yield from _everyday(wanted, tell)
    yield from _stream(wanted, tell)
    yield from _interactions(wanted, tell)


def _place(wanted: Wanted, *parts: str) -> Path | None:
    """A folder of the data, where it is."""
    folder = None if wanted.data is None else wanted.data.joinpath(*parts)
    return folder if folder is not None and folder.is_dir() else None


def _missing(row: Row, *, what: str) -> Row:
    return replace(row, value=None, protocol=f"not measured: give the folder that holds {what} with --data")


# --- recordings ---

_KINECT: Final = Row(
    name="UTD-MHAD test persons, Kinect joints",
    value=None,
    unit="%",
    at_least=96,
    aim=98.5,
    protocol="whole clips of persons 2 4 6 8, argmax over all actions of the model, 'no action' counts as wrong",
)
_PIXELS: Final = Row(
    name="the same recordings through pixels",
    value=None,
    unit="%",
    at_least=91,
    aim=96,
    protocol=f"{_KINECT.protocol}; {PIXELS_PROTOCOL}",
)


def _recordings(wanted: Wanted, tell: Tell) -> Iterator[Row]:
    folder = _place(wanted, "utd_mhad")
    if folder is None:
        yield from (_missing(row, what="utd_mhad") for row in (_KINECT, _PIXELS))
        return
    tell(_KINECT.name, 0)
    model, dataset = load_model(wanted.one, device="cpu"), _test_part(folder)
    yield replace(_KINECT, value=_accuracy(model, dataset))
    tell(_PIXELS.name, 0)
    seen = through_pixels(
        dataset,
        pose_model=wanted.pose_model,
        workers=wanted.workers,
        progress=lambda done, total: tell(_PIXELS.name, done / total),
    )
    lost = len(dataset.samples) - len(seen.samples)
    found = replace(_PIXELS, value=_accuracy(model, seen) * len(seen.samples) / len(dataset.samples))
    yield replace(found, protocol=f"{_PIXELS.protocol}; {lost} clips in which nobody was found count as wrong")


def _test_part(folder: Path) -> Dataset:
    dataset = load_dataset("utd-mhad", folder)
    return replace(dataset, samples=dataset.part(train=False))


def _accuracy(model: ActionModel, dataset: Dataset) -> float:
    report = report_on(model, dataset, train_part=False, protocol="", command="")
    return 100 * report.test.accuracy


# --- what the performer acts ---

_AUTHORED: Final = Row(
    name="authored actions, styles and bodies never trained on",
    value=None,
    unit="%",
    at_least=90,
    aim=98,
    protocol=(
        f"each action that the performer can act, {_TAKES} times with other bodies, styles, cameras and rooms, through "
        "pixels (480x360, 15 Hz); whole clips, argmax over all actions, 'no action' counts as wrong"
    ),
)
_JOINTS: Final = Row(
    name="joint error through pixels, 12 direct joints",
    value=None,
    unit="cm",
    higher_is_better=False,
    at_least=7,
    aim=4,
    protocol=(
        "mean distance between the joints that MediaPipe measures itself and those that the performer was drawn from, "
        "both from the middle of their hips, in the same takes"
    ),
)


def _authored(wanted: Wanted, tell: Tell) -> Iterator[Row]:
    tell(_AUTHORED.name, 0)
    model = load_model(wanted.one, device="cpu")
    actions = [action for action in authored_motions() if action != IDLE and action in model.actions]
    labels, jobs = [], []
    for number, action in enumerate(actions):
        for take, performance in enumerate(acted_takes(action, first_seed=_FIRST_SEED, takes=_TAKES)):
            labels.append(model.actions.index(action))
            jobs.append(ExtractJob(sequence=performed(performance), seed=_FIRST_SEED + number * _TAKES + take))
    seen = extract_through_performer(
        jobs,
        pose_model=wanted.pose_model,
        cache=cache_dir() / "through_pixels",
        workers=wanted.workers,
        progress=lambda done, total: tell(_AUTHORED.name, done / total),
    )
    samples = [
        Sample(name=f"take {place}", sequence=sequence, label=label, person=place)
        for place, (sequence, label) in enumerate(zip(seen, labels, strict=True))
        if sequence is not None
    ]
    tensors = to_tensors(samples, rate_hz=model.rate_hz, persons=1, device=model.device)
    outputs = clip_outputs(model.network, model.config, tensors)
    right = int((outputs.logits.argmax(axis=1) == outputs.labels).sum())
    yield replace(_AUTHORED, value=100 * right / len(jobs), protocol=f"{_AUTHORED.protocol}; {len(actions)} actions")
    errors_m = [joint_error_m(job, sequence) for job, sequence in zip(jobs, seen, strict=True) if sequence is not None]
    yield replace(_JOINTS, value=100 * float(np.mean(errors_m)))


def joint_error_m(job: ExtractJob, sequence: SkeletonSequence) -> float:
    """Mean distance of the direct joints of a take from those that it was drawn from, both from the hips, metres."""
    performer, joints = job.source(), list(DIRECT_JOINTS)
    found = sequence.to_kinect25().positions_m[:, 0]  # (T, 25, 3)
    truth = np.stack([performer.true_joints_m(time_s)[0] for time_s in sequence.times_s.tolist()])
    found, truth = (one - one[:, _HIPS].mean(axis=1, keepdims=True) for one in (found, truth))
    return float(np.linalg.norm(found - truth, axis=-1)[:, joints].mean())


_HIPS: Final = [12, 16]


# --- real videos of everyday life ---

_QUIET: Final = Row(
    name="everyday clips: actions named that nobody does, a minute",
    value=None,
    unit="1/min",
    higher_is_better=False,
    at_least=6,
    aim=1,
    protocol=(
        "UR Fall Detection, the 20 everyday clips, whole live session over every frame; decisions other than none, "
        f"{', '.join(sorted(_EVERYDAY))}"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _VideoJob:
    path: Path
    persons: int = 1

    def source(self) -> VideoFile:
        """The video, every frame of it."""
        return VideoFile(self.path, real_time=False)


def _everyday(wanted: Wanted, tell: Tell) -> Iterator[Row]:
    folder = _place(wanted, "videos", "urfd", "adl")
    if folder is None:
        yield _missing(_QUIET, what="videos/urfd/adl")
        return
    tell(_QUIET.name, 0)
    jobs = [_VideoJob(path=path) for path in sorted(folder.glob("*.mp4"))]
    heard = hear_all(
        jobs,
        model=wanted.one,
        pose_model=wanted.pose_model,
        workers=wanted.workers,
        tell=lambda share: tell(_QUIET.name, share),
    )
    odd = [one.action for video in heard for one in video.said if one.action not in _EVERYDAY]
    minutes = sum(video.duration_s for video in heard) / 60
    named = ", ".join(f"{action} {odd.count(action)}" for action in dict.fromkeys(sorted(odd))) or "none"
    protocol = f"{_QUIET.protocol}; {60 * minutes:.0f} s in {len(heard)} clips: {named}"
    yield replace(_QUIET, value=len(odd) / minutes, protocol=protocol)


# --- the stream ---

_STREAM: Final = Row(
    name="stream of unseen persons: segment F1 at an overlap of 0.25",
    value=None,
    unit="%",
    at_least=80,
    aim=92,
    protocol=(
        "UTD-MHAD persons 2 4 6 8: each does all 27 actions once, in random order, with authored rests (bodies and "
        "movements never trained on) and passages between, played by the performer (640x480, 30 Hz), whole live session"
    ),
)
_DELAY: Final = Row(
    name="detection delay after the true start on that stream, median",
    value=None,
    unit="s",
    higher_is_better=False,
    at_least=0.8,
    aim=0.4,
    protocol="of the actions that are rightly named while they last; from the first frame of the recording on",
)


def _stream(wanted: Wanted, tell: Tell) -> Iterator[Row]:
    folder = _place(wanted, "utd_mhad")
    if folder is None:
        yield from (_missing(row, what="utd_mhad") for row in (_STREAM, _DELAY))
        return
    tell(_STREAM.name, 0)
    jobs = stream_jobs(load_dataset("utd-mhad", folder))
    heard = hear_all(
        jobs,
        model=wanted.one,
        pose_model=wanted.pose_model,
        workers=wanted.workers,
        tell=lambda share: tell(_STREAM.name, share),
    )
    total, delays_s = Matches(), list[float]()
    for job, one in zip(jobs, heard, strict=True):
        total += matches(one.said, job.done, least_overlap=0.25)
        delays_s += detection_delays_s(one.said, job.done)
    counts = f"{total.done} actions done, {total.said} said, {total.right} right"
    yield replace(_STREAM, value=100 * total.f1, protocol=f"{_STREAM.protocol}; {counts}")
    delay_s = float(np.median(delays_s)) if delays_s else max(one.duration_s for one in heard)  # nothing was found
    yield replace(_DELAY, value=delay_s, protocol=f"{_DELAY.protocol}; {len(delays_s)} of {total.done} actions")


# --- real interactions ---

_FRESH: Final = Row(
    name="real interactions, no training on them",
    value=None,
    unit="%",
    at_least=50,
    aim=75,
    protocol=(
        "UT-Interaction set 1, the clips of 5 actions that SBU has as well (shake hands, hug, kick, punch, push); "
        "whole clips, argmax over all 8 actions, nobody found counts as wrong"
    ),
)
_TUNED: Final = Row(
    name="real interactions after fine-tuning",
    value=None,
    unit="%",
    at_least=80,
    aim=95,
    protocol=f"{_FRESH.protocol}; each of the 10 groups tested by a network tuned on the other nine",
)


def _interactions(wanted: Wanted, tell: Tell) -> Iterator[Row]:
    folder = _place(wanted, "videos", "ut_interaction_set1")
    if folder is None:
        yield from (_missing(row, what="videos/ut_interaction_set1") for row in (_FRESH, _TUNED))
        return
    tell(_FRESH.name, 0)
    model = load_model(wanted.two, device="cpu")
    with tempfile.TemporaryDirectory(prefix="jointlight-bench-") as place:
        samples = watched(
            shared_clips(folder),
            model,
            pose_model=wanted.pose_model,
            place=Path(place),
            tell=lambda share: tell(_FRESH.name, share),
        )
    protocol = f"{_FRESH.protocol}; {len(samples)} clips"
    yield replace(_FRESH, value=100 * share_named(model, samples), protocol=protocol)
    if not wanted.full:
        yield replace(_TUNED, value=None, protocol="not measured: it trains, and takes minutes; ask for it with --full")
        return
    right = 0
    for done, (hits, _) in enumerate(
        share_named_after_tuning(lambda: load_model(wanted.two, device="cpu"), samples, tuning_recipe(model)), start=1
    ):
        right += hits
        tell(_TUNED.name, done / 10)
    yield replace(_TUNED, value=100 * right / len(samples))


def tuning_recipe(model: ActionModel) -> Recipe:
    """The recipe of interactions for a model that is there: its features and members."""
    return replace(
        recipe_named("everyday"), for_one=None, features=model.config.features, members=model.config.network.members
    )
