"""Temperature and thresholds of a model, from people whom its network has never seen.

Two training persons are left out in turn: a network is trained on the others, and what it makes of the person left
out, clip by clip and in a stream of clips and rests, decides. The test part has no say in it.
"""

import multiprocessing
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from core.datasets.dataset import Sample
from core.errors import DataError, DeviceError
from core.live.joined import joined_stream
from core.live.replay import Heard, Replay, replay
from core.live.thresholds import Score, choose
from core.model.folder import ActionModel, DecisionSpec
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

    def words(self) -> str:
        """How it was got, for metrics.json and the card."""
        return (
            f"temperature and thresholds chosen on {self.persons} training persons, each left out in turn: whole clips "
            f"{100 * self.accuracy:.1f} %, in a stream of their clips and rests F1 {100 * self.score.f1:.1f} % at an "
            f"overlap of 0.25 ({100 * self.score.shown_f1:.1f} % with passing guesses), "
            f"{self.score.false_per_minute:.2f} false activations a minute of rest, detected after "
            f"{self.score.delay_s:.2f} s (median)"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeftOut:
    """What a network makes of somebody whom it has never seen."""

    logits: NDArray[np.float32]  # (N, A) of whole clips
    labels: NDArray[np.int64]  # (N,)
    replay: Replay  # of a stream of the clips, as the live view sees them: through pixels where that is there


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
    data: TrainingData, recipe: Recipe, *, split: str | None, place: int, is_stopped: Callable[[float], bool]
) -> LeftOut | None:
    """Train without one of the training persons and see what the network makes of them.

    Args:
        data: what there is.
        recipe: as it is for this data.
        split: name of the split whose training part counts; None: all there is.
        place: which of `training_persons`; of what the performer acts every n-th body is left out as well.
        is_stopped: told after each epoch how far it is, 0..1.

    Returns None where it was stopped.
    """
    persons = training_persons(data, split=split)
    chosen = None if split is None else data.dataset.split_named(split)
    part = data.where(lambda sample: chosen is None or chosen.trains(sample))

    def is_held(sample: Sample) -> bool:
        return sample.person % len(persons) == place if sample.authored else sample.person == persons[place]

    begun = 0.0
    for item in refined_by(part.where(lambda sample: not is_held(sample)), recipe, split=None):
        if isinstance(item, RefinedData):
            others = item
        elif is_stopped(begun := SHARE_OF_TIME * item):
            return None
    device = torch.device("cpu")
    rest = others.data.train_tensors(recipe, split=None, device=device)
    network = build_network(recipe, classes=len(data.dataset.actions), seed=place)
    run = TrainingRun(network, rest, recipe, seed=place)
    for event in run.events():
        if isinstance(event, EpochDone) and is_stopped(begun + (1 - begun) * event.step / event.steps):
            return None
    config = model_config(recipe, network, actions=data.dataset.actions, title="", background=data.dataset.background)
    model = ActionModel(name="", config=config, network=network, device=device)
    held = refined_with(part.where(is_held), others.refiner, rate_hz=recipe.features.rate_hz)
    return _seen_by(model, held.once(recipe, device=device), seed=place)


def _seen_by(model: ActionModel, views: Sequence[SampleTensors], *, seed: int) -> LeftOut:
    """What a model makes of the samples of each view, clip by clip, and of the last one joined to a stream."""
    outputs = [clip_outputs(model.network, model.config, view) for view in views]
    live = views[-1]
    is_rest = live.labels == (-1 if live.background is None else live.background)
    stream = joined_stream(
        live.only(~is_rest), live.only(is_rest), actions=model.actions, rate_hz=model.rate_hz, seed=seed
    )
    return LeftOut(
        logits=np.concatenate([one.logits for one in outputs]),
        labels=np.concatenate([one.labels for one in outputs]),
        replay=replay(model, stream),
    )


def calibration(found: Sequence[LeftOut], *, actions: tuple[str, ...], background: str) -> Calibration:
    """One temperature and one set of thresholds from all who were left out."""
    logits = np.concatenate([one.logits for one in found])
    labels = np.concatenate([one.labels for one in found])
    temperature = round(fit_temperature(logits, labels), 4)
    streams = [Heard.at(temperature, person.replay) for person in found]
    place = actions.index(background) if background else None
    base = DecisionSpec(seen_frames=0, still_m_s=_STILL_M_S) if background else DecisionSpec()
    decision, score = choose(streams, actions, background=place, base=base)
    return Calibration(
        temperature=temperature,
        decision=decision,
        accuracy=float((logits.argmax(axis=1) == labels).mean()),
        score=score,
        persons=len(found),
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

    Raises DataError where there are too few persons, DeviceError where a process dies.
    """
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

    return leave_out(_source.load(), _recipe, split=_split, place=place, is_stopped=is_stopped)
