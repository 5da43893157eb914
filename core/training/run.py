"""A whole training: data in, model folder out. It can be interrupted and goes on as if it had not been."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.model.folder import DecisionSpec, ModelConfig, check_target, save_model
from core.model.refiner import Refiner
from core.training.card import write_card
from core.training.checkpoint import Checkpoint, checkpoint_path, forget_abandoned, run_fingerprint
from core.training.configuration import model_config
from core.training.cost import count_parameters
from core.training.distributed import Team, check_batches
from core.training.early_stop import EarlyStop, HoldOut, divide
from core.training.evaluate import ClipOutputs, clip_outputs, evaluate, judge
from core.training.events import Events, TrainingEvent
from core.training.figures import figures_document, protocol_text, splits_of
from core.training.logs import EpochLog, logged
from core.training.loop import TrainingRun, build_network
from core.training.recipes import Recipe
from core.training.repeats import VERSION
from core.training.run_figures import Repeats, figures_of_run
from core.training.source import TrainingData


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What is trained, on what, and where the model goes."""

    data: TrainingData
    recipe: Recipe  # as it is for this data: see Recipe.adapted_to
    title: str
    out: Path
    command: str
    seed: int = 0
    split: str | None = None  # name of a split whose training part is trained on; None: all there is
    hold_out: HoldOut | None = None
    temperature: float = 1.0
    decision: DecisionSpec = field(default_factory=DecisionSpec)
    decision_words: str = ""  # how those two were chosen
    refiner: Refiner | None = None  # by which the joints of the data were refined; it goes with the model
    repeats: Repeats | None = None  # what the recipe gave before, over splits and seeds; needed where split is None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunResult:
    """What a training has left."""

    folder: Path
    metrics: dict[str, Any]  # what metrics.json holds


class ModelTraining:
    """One training of a model that is kept.

    Raises OutputError at once where the result could not be written, DataError where the data is not enough or what is
    kept of an interrupted training cannot be used.
    """

    def __init__(self, plan: Plan, *, team: Team, restart: bool = False) -> None:
        if plan.split is None and plan.repeats is None:
            raise ValueError("a model that is trained on everything needs figures from elsewhere")
        if plan.hold_out is not None:
            plan = replace(plan, recipe=plan.recipe.on_plateaus())
        self._plan, self._team = plan, team
        self._out = check_target(plan.out)
        data, self._held_words = plan.data, ""
        if plan.hold_out is not None:
            division = divide(data, split=plan.split, share=plan.hold_out.share, seed=plan.seed)
            data, self._held_words = division.rest, division.words
        tensors = data.train_tensors(plan.recipe, split=plan.split, device=team.device)
        check_batches(plan.recipe, samples=len(tensors), shard=team.shard)
        network = build_network(plan.recipe, classes=len(plan.data.dataset.actions), seed=plan.seed)
        self.run = TrainingRun(network, tensors, plan.recipe, seed=plan.seed, shard=team.shard)
        self._stop: EarlyStop | None = None
        if plan.hold_out is not None:
            held = division.held.train_tensors(plan.recipe, split=None, device=team.device)
            self._stop = EarlyStop(
                test=lambda: team.mean(evaluate(network, self.config(), held).accuracy),
                patience=plan.hold_out.patience,
            )
        fingerprint = run_fingerprint(self.run, about=f"{VERSION} {plan.data.dataset.name} {plan.seed} {plan.hold_out}")
        path = checkpoint_path(fingerprint)
        forget_abandoned(path.parent)
        self.checkpoint = Checkpoint(path, fingerprint=fingerprint)
        self.is_resumed = not restart and self.checkpoint.resume(self.run, watcher=self._stop)

    def events(self, *, logs: Sequence[EpochLog] = ()) -> Generator[TrainingEvent | RunResult, None, None]:
        """Train, test once, write the model folder; the last item is the result.

        Of several processes only the leading one tests and writes and has a result. Closing it cancels the training,
        whose state is kept.
        """
        yield from self.epochs(logs=logs)
        if self._team.leads:
            yield self.finish()

    def epochs(self, *, logs: Sequence[EpochLog] = ()) -> Events:
        """Train only; closing it cancels. The state is kept until `finish`."""
        events: Events = self.run.events() if self._stop is None else self._stop.follow(self.run)
        if not self._team.leads:
            yield from events
            return
        yield from logged(self.checkpoint.follow(events, self.run, watcher=self._stop), logs)

    def finish(
        self, *, tested: Sequence[ClipOutputs] | None = None, more: Mapping[str, Any] | None = None
    ) -> RunResult:
        """Test once, write the model folder and forget the state. `more` goes into metrics.json.

        `tested` is what `tested()` has just said, for those who asked: it is not asked again then.

        Raises OutputError where it cannot be written: the state is still kept then.
        """
        plan, network, dataset = self._plan, self.run.network, self._plan.data.dataset
        config = self.config()
        tested = self.tested() if tested is None else tested
        tests = [judge(outputs, temperature=config.temperature) for outputs in tested]
        parameters = count_parameters(network, plan.refiner)
        repeats = plan.repeats
        if repeats is None:
            key = (str(plan.split), plan.seed)
            run = figures_of_run(tests, key=key, parameters=parameters, elapsed_s=self.run.elapsed_s)
            repeats = Repeats(runs=(run,))
        metrics = {
            **figures_document(repeats, dataset.actions, watched=plan.repeats is not None),
            "accuracy_of_these_weights": tests[0].accuracy if tests else None,
            "dataset": dataset.name,
            "split": self._split_text(repeats),
            "protocol": protocol_text(
                repeats, weights=self._weights_text(), everything=None if plan.split else len(dataset.samples)
            ),
            "thresholds": plan.decision_words or None,
            "seed": plan.seed,
            "epochs": self.run.epoch,
            "parameters": parameters,
            "skipped_files": list(dataset.skipped),
            "excluded_files": dataset.excluded,
            "command": plan.command,
            **(more or {}),
        }
        save_model(
            self._out,
            network=network,
            config=config,
            metrics=metrics,
            card=write_card(config, dataset, metrics),
            refiner=plan.refiner,
        )
        self.checkpoint.remove()
        return RunResult(folder=self._out, metrics=metrics)

    def tested(self) -> list[ClipOutputs]:
        """What the network says now of the test part, and of the same through pixels; nothing where all is trained on.

        Clips are in the order of `Dataset.part`.
        """
        plan = self._plan
        if plan.split is None:
            return []
        parts = plan.data.test_tensors(plan.recipe, split=plan.split, device=self._team.device)
        return [clip_outputs(self.run.network, self.config(), part) for part in parts]

    def config(self) -> ModelConfig:
        """The config that the model folder gets."""
        plan = self._plan
        dataset = plan.data.dataset
        config = model_config(
            plan.recipe, self.run.network, actions=dataset.actions, title=plan.title, background=dataset.background
        )
        spec = None if plan.refiner is None else plan.refiner.spec
        return replace(config, temperature=plan.temperature, decision=plan.decision, refiner=spec)

    def _split_text(self, repeats: Repeats) -> str:
        if self._plan.split is not None:
            return self._plan.data.dataset.split_named(self._plan.split).text
        return f"each of {', '.join(splits_of(repeats))}; the model itself was trained on all sequences"

    def _weights_text(self) -> str:
        if self._stop is None:
            return "last weights"
        return (
            f"{self._held_words}; the weights of epoch {self._stop.best_epoch} count, the best of that part "
            f"({100 * self._stop.best_accuracy:.1f} %), after {self.run.epoch} epochs"
        )
