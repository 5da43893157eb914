"""Learning one's own actions from a library: the one place that the command line and the window use.

The clips are read, a recipe is chosen, the network is trained and tested, and a model folder with a report is written.
With a learning curve it is trained on fewer takes as well, before it is trained on all of them.
"""

import shlex
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from core.datasets.dataset import Dataset, Progress
from core.datasets.from_library import ClipPlace, LibraryClips, library_clips
from core.errors import DataError
from core.library.library import Library
from core.model.device import choose_device
from core.model.folder import check_target, find_model, read_config
from core.paths import DEFAULT_MODEL
from core.training.checkpoint import Checkpoint
from core.training.distributed import Team
from core.training.evaluate import ClipOutputs, judge, probabilities
from core.training.events import EpochDone
from core.training.logs import EpochLog
from core.training.loop import Shard
from core.training.own_advice import advice_of, warnings_of
from core.training.own_events import OwnEvent, OwnResult, RoundDone, RoundStarted
from core.training.own_report import JudgedClip, LearningPoint, report_of, within_bytes, worst_first
from core.training.own_rounds import RoundClock, rounds_of, shares_of_time, takes_of
from core.training.presets import FROM_FEW, tuned
from core.training.recipes import Recipe
from core.training.run import ModelTraining, Plan
from core.training.source import TrainingData

_MOST_CLIPS_BYTES: Final = 4 * 2**20  # of metrics.json


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnActions:
    """What is wanted."""

    library: Path
    out: Path  # model folder to write
    start: str = DEFAULT_MODEL  # model to start from; "": from nothing
    title: str = ""  # "": as the folder is called
    seed: int = 0
    split: str | None = None  # name of one; None: the library's first, by person where that can be
    epochs: int | None = None  # of each stage, instead of the recipe's
    learning_curve: bool = False  # also train on fewer takes
    device: str = "auto"
    restart: bool = False  # forget what is kept of an interrupted training


class OwnTraining:
    """A training on own recordings. Nothing happens until `events` is asked for."""

    def __init__(
        self, wish: OwnActions, *, logs: Sequence[EpochLog] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.wish = wish
        self.epoch = 0  # of the round under way
        self._logs, self._clock = logs, clock
        self._kept: list[Checkpoint] = []  # of each round so far
        self._seconds = 0.0  # that rounds which are done have trained

    @property
    def failure(self) -> str:
        """Why the state of an interrupted training could not be kept; "": it was kept, or there is none."""
        return self._kept[-1].failure if self._kept else ""

    def events(self, *, reading: Progress | None = None) -> Generator[OwnEvent, None, None]:
        """Read, train, test, write; the last item is the result. Closing it cancels, and the same wish goes on later.

        `reading` is told how many of the recordings are read.

        Raises:
            DataError: the library cannot be read, or has too little to learn from or to test on.
            ModelError: there is no such model to start from, or it does not fit.
            OutputError: the model cannot be written there.
            DeviceError: there is no CUDA.
        """
        wish = self.wish
        check_target(wish.out)
        recipe = own_recipe(wish.start, epochs=wish.epochs)
        clips = library_clips(Library.for_reading(wish.library), progress=reading)
        split = chosen_split(clips.dataset, wish.split)
        recipe = recipe.adapted_to(clips.dataset)
        parts = rounds_of(clips.dataset, split, learning_curve=wish.learning_curve, seed=wish.seed)
        widths = shares_of_time(parts, split)
        clock, points = RoundClock(self._clock), list[LearningPoint]()
        for number, part in enumerate(parts, start=1):
            training = self._training(part, recipe, split)
            takes = takes_of(part.part(train=True, split=split), part.actions)
            clock.begin(sum(widths[: number - 1]), widths[number - 1], training.run.step / training.run.steps)
            yield self._started(training, takes, number=number, of=len(parts))
            with closing(training.epochs(logs=self._logs if number == len(parts) else ())) as events:
                for event in events:
                    yield event
                    if isinstance(event, EpochDone):
                        self.epoch = event.epoch
                        yield clock.after(event.step / event.steps)
            (outputs,) = training.tested()
            self._seconds += training.run.elapsed_s
            points.append(_point(outputs, part.actions, takes))
            yield RoundDone(number=number, of=len(parts), point=points[-1])
        yield self._finish(training, outputs, clips, split=split, points=points)

    def _started(self, training: ModelTraining, takes: dict[str, int], *, number: int, of: int) -> RoundStarted:
        self.epoch = training.run.epoch
        return RoundStarted(
            number=number,
            of=of,
            takes=max(takes.values()),
            clips=sum(takes.values()),
            resumed_epoch=training.run.epoch if training.is_resumed else 0,
        )

    def _training(self, dataset: Dataset, recipe: Recipe, split: str) -> ModelTraining:
        wish = self.wish
        plan = Plan(
            data=TrainingData(dataset=dataset),
            recipe=recipe,
            title=wish.title or wish.out.absolute().name.replace("-", " ").capitalize(),
            out=wish.out,
            command=command_of(wish),
            seed=wish.seed,
            split=split,
        )
        team = Team(shard=Shard(), device=choose_device(wish.device))
        training = ModelTraining(plan, team=team, restart=wish.restart)
        self._kept.append(training.checkpoint)
        return training

    def _finish(
        self,
        training: ModelTraining,
        outputs: ClipOutputs,
        clips: LibraryClips,
        *,
        split: str,
        points: Sequence[LearningPoint],
    ) -> OwnResult:
        actions = clips.dataset.actions
        chosen = clips.dataset.split_named(split)
        pairs = zip(clips.dataset.samples, clips.places, strict=True)
        places = [place for sample, place in pairs if not chosen.trains(sample)]
        tested = _judged_clips(outputs, places, actions, training.config().temperature)
        rows = [asdict(clip) for clip in worst_first(tested)]
        written = within_bytes(rows, most=_MOST_CLIPS_BYTES)
        confusion = judge(outputs, temperature=1.0).confusion
        result = training.finish(
            tested=[outputs],
            more={
                "actions": list(actions),
                "persons": list(clips.persons),
                "trained_clips": points[-1].takes,
                "seconds": round(self._seconds, 1),
                "clips": written,
                "clips_omitted": len(rows) - len(written),
                "learning_curve": [asdict(point) for point in points] if len(points) > 1 else [],
                "warnings": list(warnings_of(clips, split)),
                "advice": list(advice_of(actions, confusion, points)),
            },
        )
        for checkpoint in self._kept:
            checkpoint.remove()
        return OwnResult(folder=result.folder, metrics=result.metrics, report=report_of(result.metrics, result.folder))


def own_recipe(start: str, *, epochs: int | None = None) -> Recipe:
    """How own actions are learnt, from a model or from nothing. Raises ModelError for a start that is not there."""
    recipe = tuned(start, read_config(find_model(start))) if start else FROM_FEW
    return recipe if epochs is None else recipe.with_epochs(epochs)


def chosen_split(dataset: Dataset, name: str | None) -> str:
    """The split by that name, or the first one.

    Raises DataError for an unknown one, and where it leaves nothing to test on, or an action nothing to learn from.
    """
    split = dataset.splits[0] if name is None else dataset.split_named(name)
    if all(split.trains(sample) for sample in dataset.samples):
        raise DataError(f"Each action of {dataset.name} has one clip only, so nothing is left to test on: record more.")
    dataset.part(train=True, split=split.name)
    return split.name


def command_of(wish: OwnActions) -> str:
    """The command that gives the same model from the same library, for metrics.json."""
    parts = ["jointlight", "train", "--library", "DIR", "--start", wish.start]
    parts += [] if wish.epochs is None else ["--epochs", str(wish.epochs)]
    parts += [] if wish.split is None else ["--split", wish.split]
    parts += ["--learning-curve"] if wish.learning_curve else []
    return shlex.join([*parts, "--seed", str(wish.seed), "--out", "DIR"])


# --- results ---


def _point(outputs: ClipOutputs, actions: Sequence[str], takes: dict[str, int]) -> LearningPoint:
    found = judge(outputs, temperature=1.0)
    tested = found.confusion.sum(axis=1) > 0
    return LearningPoint(
        takes=takes,
        accuracy=found.accuracy,
        macro_f1=found.macro_f1,
        f1={action: float(found.f1[label]) for label, action in enumerate(actions) if tested[label]},
    )


def _judged_clips(
    outputs: ClipOutputs, places: Sequence[ClipPlace], actions: Sequence[str], temperature: float
) -> list[JudgedClip]:
    chances = probabilities(outputs.logits, temperature=temperature)  # (N, A)
    return [
        JudgedClip(
            clip=f"{place.recording}@{place.segment.start_s:.2f}",
            recording=place.recording,
            start_s=place.segment.start_s,
            end_s=place.segment.end_s,
            person=place.person,
            action=actions[label],
            said=actions[int(row.argmax())],
            confidence=min(1.0, float(row.max())),
            probability_of_truth=min(1.0, float(row[label])),
        )
        for place, label, row in zip(places, outputs.labels.tolist(), chances, strict=True)
    ]
