"""How right the model of one person is on clips: recordings, and what the performer acts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.bench.report import Row, Tell
from core.bench.wanted import Wanted, folder_of, without_data
from core.datasets.authored import acted_takes, performed
from core.datasets.catalogue import load_dataset
from core.datasets.dataset import Dataset, Sample
from core.model.folder import ActionModel, load_model
from core.paths import cache_dir
from core.pose.through_performer import ExtractJob, extract_through_performer, true_joints_m
from core.skeleton.alignment import about_hips, similarity_fit
from core.skeleton.layouts import DIRECT_JOINTS
from core.skeleton.sequence import SkeletonSequence
from core.sources.performer.motion import IDLE, authored_motions
from core.training.evaluate import clip_outputs
from core.training.pixels import PIXELS_PROTOCOL, through_pixels
from core.training.refining import refined_sample
from core.training.report import report_on
from core.training.tensors import to_tensors

_TAKES: Final = 8  # of each authored action
_FIRST_SEED: Final = 500  # of bodies and styles; those of trainings begin at a million


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


def recording_rows(wanted: Wanted, tell: Tell) -> Iterator[Row]:
    """The test recordings of UTD-MHAD, as Kinect saw them and through pixels."""
    folder = folder_of(wanted, "utd_mhad")
    if folder is None:
        yield from (without_data(row, what="utd_mhad") for row in (_KINECT, _PIXELS))
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


def authored_rows(wanted: Wanted, tell: Tell) -> Iterator[Row]:
    """What the performer acts, and how far the joints that are found lie from the true ones."""
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
    takes = [
        (job, Sample(name=f"take {place}", sequence=sequence, label=label, person=place))
        for place, (job, sequence, label) in enumerate(zip(jobs, seen, labels, strict=True))
        if sequence is not None
    ]
    samples = [refined_sample(sample, model.refiner, rate_hz=model.rate_hz) for _, sample in takes]
    tensors = to_tensors(samples, rate_hz=model.rate_hz, persons=1, device=model.device)
    outputs = clip_outputs(model.network, model.config, tensors)
    right = int((outputs.logits.argmax(axis=1) == outputs.labels).sum())
    yield replace(_AUTHORED, value=100 * right / len(jobs), protocol=f"{_AUTHORED.protocol}; {len(actions)} actions")
    found_m, found_shape_m = _mean_errors_m([(job, sample.sequence) for job, sample in takes], is_level=False)
    words = f"as MediaPipe gives them {_cm(found_m)}, after one turn and size for each take {_cm(found_shape_m)}"
    error_m = found_m
    if model.refiner is not None:
        refined = zip(takes, samples, strict=True)
        error_m, shape_m = _mean_errors_m([(job, one.sequence) for (job, _), one in refined], is_level=True)
        words = f"as the model's refiner gives them to its network, in level axes (so fitted: {_cm(shape_m)}); {words}"
    yield replace(_JOINTS, value=100 * error_m, protocol=f"{_JOINTS.protocol}; {words}")


def _cm(metres: float) -> str:
    return f"{100 * metres:.1f} cm"


def _mean_errors_m(takes: Sequence[tuple[ExtractJob, SkeletonSequence]], *, is_level: bool) -> tuple[float, float]:
    """`joint_errors_m`, mean of the takes; the truth is in level axes or in those of the camera."""
    errors_m = [
        joint_errors_m(sequence, true_joints_m(job, sequence.times_s, is_level=is_level)) for job, sequence in takes
    ]
    from_hips, fitted = np.mean(errors_m, axis=0).tolist()
    return from_hips, fitted


def joint_errors_m(sequence: SkeletonSequence, truth_m: NDArray[np.float32]) -> tuple[float, float]:
    """Mean distance of the direct joints of a take from those it was drawn from, metres: from the hips, and fitted.

    Fitted is what is left after one similarity transform of the whole take: no camera tells how far it looks down.
    `truth_m` is (T, P, 25, 3).
    """
    joints = list(DIRECT_JOINTS)
    found, truth = (about_hips(one[:, 0])[:, joints] for one in (sequence.to_kinect25().positions_m, truth_m))
    from_hips, fitted = (
        float(np.linalg.norm(one - truth, axis=-1).mean()) for one in (found, similarity_fit(found, truth))
    )
    return from_hips, fitted
