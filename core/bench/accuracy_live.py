"""How right the models are live: streams of unseen persons, real everyday clips, real interactions."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from core.bench.interactions import share_named, share_named_after_tuning, shared_clips, watched
from core.bench.report import Row, Tell
from core.bench.sessions import hear_all
from core.bench.stream import stream_jobs
from core.bench.wanted import Wanted, folder_of, without_data
from core.datasets.catalogue import load_dataset
from core.live.segments import Matches, detection_delays_s, matches
from core.model.folder import ActionModel, load_model
from core.sources.video import VideoFile
from core.training.presets import recipe_named
from core.training.recipes import Recipe

# What people in everyday clips really do, as far as the model has a name for it.
_EVERYDAY: Final = frozenset({"walk", "sit to stand", "stand to sit", "squat", "lunge", "pick up and throw"})


# --- real videos of everyday life ---

_QUIET: Final = Row(
    name="everyday clips: actions named that nobody does, a minute",
    value=None,
    unit="1/min",
    higher_is_better=False,
    at_least=6,
    aim=1,
    protocol=(
        "UR Fall Detection, the 20 everyday clips, whole live session over every frame; names shown, however "
        f"shortly, other than none, {', '.join(sorted(_EVERYDAY))}"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _VideoJob:
    path: Path
    persons: int = 1

    def source(self) -> VideoFile:
        """The video, every frame of it."""
        return VideoFile(self.path, real_time=False)


def everyday_rows(wanted: Wanted, tell: Tell) -> Iterator[Row]:
    """What is named in real everyday clips that nobody does."""
    folder = folder_of(wanted, "videos", "urfd", "adl")
    if folder is None:
        yield without_data(_QUIET, what="videos/urfd/adl")
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
    odd = [one.action for video in heard for one in video.shown if one.action not in _EVERYDAY]
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
    protocol="of the actions that are rightly named while they last, until the name is first shown; from the first "
    "frame of the recording on",
)


def stream_rows(wanted: Wanted, tell: Tell) -> Iterator[Row]:
    """How well a stream of unseen persons is cut into actions, and how soon."""
    folder = folder_of(wanted, "utd_mhad")
    if folder is None:
        yield from (without_data(row, what="utd_mhad") for row in (_STREAM, _DELAY))
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
    total, close, shown, delays_s = Matches(), Matches(), Matches(), list[float]()
    for job, one in zip(jobs, heard, strict=True):
        total += matches(one.said, job.done, least_overlap=0.25)
        close += matches(one.said, job.done, least_overlap=0.5)
        shown += matches(one.shown, job.done, least_overlap=0.25)
        delays_s += detection_delays_s(one.shown, job.done)
    counts = f"{total.done} actions done, {total.said} said, {total.right} right"
    counts += f"; at an overlap of 0.5 {100 * close.f1:.1f} %"
    counts += f"; with what was shown for too short to be a decision {shown.said} said, F1 {100 * shown.f1:.1f} %"
    yield replace(_STREAM, value=100 * total.f1, protocol=f"{_STREAM.protocol}; {counts}")
    delay_s = float(np.median(delays_s)) if delays_s else max(one.duration_s for one in heard)  # nothing was found
    delay_s = round(delay_s, 3)  # times are sums of many steps
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


def interaction_rows(wanted: Wanted, tell: Tell) -> Iterator[Row]:
    """Real interactions of two persons, with no training on them and after fine-tuning."""
    folder = folder_of(wanted, "videos", "ut_interaction_set1")
    if folder is None:
        yield from (without_data(row, what="videos/ut_interaction_set1") for row in (_FRESH, _TUNED))
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
