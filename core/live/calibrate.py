"""Temperature and thresholds of a model, from people whom its network has never seen.

Two training persons are left out in turn: a network is trained on the others, and what it makes of the person left
out, clip by clip and doing one thing after the other with rests between, decides: in films (`core.live.filmed`) where
the model is to see through pixels, else in clips that are joined. The test part has no say in it.
"""

import multiprocessing
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from core.datasets.dataset import Dataset, Sample
from core.errors import DataError, DeviceError
from core.live.filmed import film_jobs, found_in_films, streams_of_film
from core.live.joined import joined_stream
from core.live.replay import Heard, Replay, Stream, replay
from core.live.thresholds import Score, choose
from core.model.folder import ActionModel, DecisionSpec
from core.opencv import cv2
from core.paths import cache_dir
from core.pose.estimator import MediaPipeEstimator
from core.pose.extract import ExtractionStopped
from core.processes import process_count
from core.training.calibration import fit_temperature
from core.training.configuration import model_config
from core.training.evaluate import clip_outputs
from core.training.events import EpochDone
from core.training.loop import TrainingRun, build_network
from core.training.memory import keep_freed_memory
from core.training.recipes import Recipe
from core.training.refining import SHARE_OF_TIME, RefinedData, refined_by, refined_with
from core.training.source import DataSource, TrainingData
from core.training.tensors import SampleTensors

MOST_LEFT_OUT: Final = 2  # each costs a training
_FILMS: Final = 4  # of each person left out, at most: UTD-MHAD has four takes of an action
_SHARE_OF_FILMS: Final = 0.2  # of the time, about
_POLL_S: Final = 0.5
_STILL_M_S: Final = 0.06  # a network that knows the background tells rest from small movements itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What was found, and how well it serves the persons left out."""

    temperature: float
    decision: DecisionSpec
    accuracy: float  # of whole clips of the persons left out, before any threshold
    score: Score
    persons: int  # how many were left out in turn
    films: int = 0  # stretches of films in which they were seen
    joined: int = 0  # persons whose clips were joined instead

    def words(self) -> str:
        """How it was got, for metrics.json and the card."""
        films = f"{self.films} film{'s' * (self.films > 1)}" if self.films else ""
        streams = " and ".join([films] * bool(films) + ["a stream"] * bool(self.joined))
        return (
            f"temperature and thresholds chosen on {self.persons} training persons, each left out in turn: whole clips "
            f"{100 * self.accuracy:.1f} %, in {streams} of their clips and rests F1 {100 * self.score.f1:.1f} % at an "
            f"overlap of 0.25 ({100 * self.score.shown_f1:.1f} % with passing guesses), "
            f"{self.score.false_per_minute:.2f} false activations a minute of rest, detected after "
            f"{self.score.delay_s:.2f} s (median)"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeftOut:
    """What a network makes of somebody whom it has never seen."""

    logits: NDArray[np.float32]  # (N, A) of whole clips
    labels: NDArray[np.int64]  # (N,)
    replays: tuple[Replay, ...]  # of stretches of films of the clips and rests, or of one stream of them
    films: int = 0  # how many of those are of films


def training_persons(data: TrainingData, *, split: str | None) -> tuple[int, ...]:
    """Who can be left out: persons who were recorded, and without whom every action has samples left.

    Raises DataError where there are fewer than two.
    """
    samples = data.dataset.samples if split is None else data.dataset.part(train=True, split=split)
    persons = sorted({sample.person for sample in samples if not sample.authored})
    labels = {sample.label for sample in samples}
    found = tuple(
        person for person in persons if {sample.label for sample in samples if sample.person != person} == labels
    )
    if len(found) < 2:
        raise DataError("Thresholds are chosen on persons left out in turn; the training part has too few of them.")
    return found


def leave_out(
    data: TrainingData,
    recipe: Recipe,
    *,
    split: str | None,
    place: int,
    is_stopped: Callable[[float], bool],
    pose_model: Path | None = None,
) -> LeftOut | None:
    """Train without one of the training persons and see what the network makes of them.

    Args:
        data: what there is.
        recipe: as it is for this data.
        split: name of the split whose training part counts; None: all there is.
        place: which of `training_persons`; of what the performer acts every n-th body is left out as well.
        is_stopped: told after each epoch, and again and again during films, how far it is, 0..1.
        pose_model: by which that person is found in films; None: without films.

    Returns None where it was stopped. Raises PoseModelError where the pose model cannot run.
    """
    persons = training_persons(data, split=split)
    chosen = None if split is None else data.dataset.split_named(split)
    part = data.where(lambda sample: chosen is None or chosen.trains(sample))

    def is_held(sample: Sample) -> bool:
        return sample.person % len(persons) == place if sample.authored else sample.person == persons[place]

    pose_model = pose_model if recipe.features.persons == 1 else None  # a film shows one person
    begun, most = 0.0, 1.0 if pose_model is None else 1 - _SHARE_OF_FILMS
    for item in refined_by(part.where(lambda sample: not is_held(sample)), recipe, split=None):
        if isinstance(item, RefinedData):
            others = item
        elif is_stopped(begun := most * SHARE_OF_TIME * item):
            return None
    device = torch.device("cpu")
    rest = others.data.train_tensors(recipe, split=None, device=device)
    network = build_network(recipe, classes=len(data.dataset.actions), seed=place)
    run = TrainingRun(network, rest, recipe, seed=place)
    for event in run.events():
        if isinstance(event, EpochDone) and is_stopped(begun + (most - begun) * event.step / event.steps):
            return None
    config = model_config(recipe, network, actions=data.dataset.actions, title="", background=data.dataset.background)
    model = ActionModel(name="", config=config, network=network, device=device, refiner=others.refiner)
    held = part.where(is_held)
    try:
        films = [] if pose_model is None else _filmed(held.dataset, model, pose_model, most, is_stopped)
    except ExtractionStopped:
        return None
    views = refined_with(held, others.refiner, rate_hz=recipe.features.rate_hz).once(recipe, device=device)
    return _seen_by(model, views, films, seed=place)


def _filmed(
    held: Dataset, model: ActionModel, pose_model: Path, begun: float, is_stopped: Callable[[float], bool]
) -> list[Stream]:
    """Streams of those who were left out, in films. Raises ExtractionStopped where it was stopped."""
    background = -1 if held.background_label is None else held.background_label
    jobs = film_jobs(held.samples, actions=held.actions, background=background, most=_FILMS)
    found = found_in_films(
        jobs,
        pose_model=pose_model,
        cache=cache_dir() / "films",
        is_stopped=lambda number: is_stopped(begun + (1 - begun) * number / len(jobs)),
    )
    return [
        stream
        for job, sequence in zip(jobs, found, strict=True)
        if sequence is not None
        for stream in streams_of_film(job, sequence, model.refiner, rate_hz=model.rate_hz)
    ]


def _seen_by(model: ActionModel, views: Sequence[SampleTensors], films: Sequence[Stream], *, seed: int) -> LeftOut:
    """What a model makes of the samples of each view, clip by clip, and of films; without these, of a view joined."""
    outputs = [clip_outputs(model.network, model.config, view) for view in views]
    streams = films or [_joined(views[-1], model, seed=seed)]
    return LeftOut(
        logits=np.concatenate([one.logits for one in outputs]),
        labels=np.concatenate([one.labels for one in outputs]),
        replays=tuple(replay(model, stream) for stream in streams),
        films=len(films),
    )


def _joined(view: SampleTensors, model: ActionModel, *, seed: int) -> Stream:
    is_rest = view.labels == (-1 if view.background is None else view.background)
    clips, rests = view.only(~is_rest), view.only(is_rest)
    return joined_stream(clips, rests, actions=model.actions, rate_hz=model.rate_hz, seed=seed)


def calibration(found: Sequence[LeftOut], *, actions: tuple[str, ...], background: str) -> Calibration:
    """One temperature and one set of thresholds from all who were left out."""
    logits = np.concatenate([one.logits for one in found])
    labels = np.concatenate([one.labels for one in found])
    temperature = round(fit_temperature(logits, labels), 4)
    streams = [Heard.at(temperature, one) for person in found for one in person.replays]
    place = actions.index(background) if background else None
    base = DecisionSpec(seen_frames=0, still_m_s=_STILL_M_S) if background else DecisionSpec()
    decision, score = choose(streams, actions, background=place, base=base)
    return Calibration(
        temperature=temperature,
        decision=decision,
        accuracy=float((logits.argmax(axis=1) == labels).mean()),
        score=score,
        persons=len(found),
        films=sum(person.films for person in found),
        joined=sum(not person.films for person in found),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationProgress:
    """How far it is."""

    done: int
    total: int
    share: float  # 0..1


def calibrate(
    source: DataSource, data: TrainingData, recipe: Recipe, *, split: str | None, jobs: int
) -> Generator[CalibrationProgress | Calibration, None, None]:
    """Leave training persons out, over processes; the last item is what came of it. Closing it cancels.

    Raises DataError where there are too few persons, PoseModelError where the pose model cannot run, and DeviceError
    where a process dies.
    """
    if source.pose_model is not None:
        MediaPipeEstimator(source.pose_model).close()  # said before minutes of training
    persons = len(training_persons(data, split=split))
    count = min(persons, MOST_LEFT_OUT)
    places = [place * persons // count for place in range(count)]
    context = multiprocessing.get_context("spawn")
    shares, stop = context.Array("d", count), context.Event()
    start = (source, recipe, split, shares, stop)
    with ProcessPoolExecutor(
        process_count(jobs, pieces=count), mp_context=context, initializer=_start_worker, initargs=start
    ) as pool:
        futures = [pool.submit(_work, number, place) for number, place in enumerate(places)]
        try:
            pending = set(futures)
            while pending:
                _, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                done = count - len(pending)
                yield CalibrationProgress(done=done, total=count, share=float(np.mean(shares[:])))
            found = [one for future in futures if (one := future.result()) is not None]
        except BrokenProcessPool as error:
            raise DeviceError(
                "A process of the training was ended from outside, as happens when memory runs out: take fewer at a "
                "time with --jobs."
            ) from error
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
    yield calibration(found, actions=data.dataset.actions, background=data.dataset.background)


_source: DataSource | None = None
_recipe: Recipe | None = None
_split: str | None = None
_shares: Any = None  # how far each person is
_stop: Event | None = None


def _start_worker(source: DataSource, recipe: Recipe, split: str | None, shares: Any, stop: Event) -> None:
    global _source, _recipe, _split, _shares, _stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all processes; the first one tells the others to end
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    keep_freed_memory()
    _source, _recipe, _split, _shares, _stop = source, recipe, split, shares, stop


def _work(number: int, place: int) -> LeftOut | None:
    assert _source is not None
    assert _recipe is not None
    assert _stop is not None
    stop = _stop

    def is_stopped(share: float) -> bool:
        _shares[number] = share
        return stop.is_set()

    pose_model = _source.pose_model if _recipe.features.persons == 1 else None
    return leave_out(_source.load(), _recipe, split=_split, place=place, is_stopped=is_stopped, pose_model=pose_model)
