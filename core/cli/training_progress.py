"""A training on the command line: its progress bar, and the table of runs over folds and seeds."""

from collections.abc import Iterator

import numpy as np
from rich.table import Table

from core.cli.console import err, progress_bar
from core.live.calibrate import Calibration, CalibrationProgress
from core.training.events import EpochDone, RunStarted, TrainingEvent, Warned
from core.training.figures import BEST_EPOCH, splits_of
from core.training.refining import RefinedData
from core.training.repeats import RepeatsProgress
from core.training.run import RunResult
from core.training.run_figures import Repeats


def warn(message: str) -> None:
    """Say what went wrong without an end to the work."""
    err.print(message, style="yellow", markup=False)


def follow_training(events: Iterator[TrainingEvent | RunResult], *, joins: bool = False) -> RunResult | None:
    """Show a training on a progress bar and give its result; a process that only joins in has none."""
    with progress_bar() as bar:
        task = bar.add_task("Training", total=None)
        tenths = 0
        for event in events:
            if isinstance(event, RunStarted):
                err.print(f"{event.samples} clips, {event.parameters} parameters, on {event.device}", markup=False)
                bar.update(task, total=event.steps, completed=event.step)
                tenths = 10 * event.step // event.steps
            elif isinstance(event, EpochDone):
                text = epoch_text(event)
                bar.update(task, completed=event.step, description=text)
                if not err.is_terminal and 10 * event.step // event.steps > tenths:  # a log shows no bar
                    tenths = 10 * event.step // event.steps
                    err.print(f"{10 * tenths} %: {text}, {event.elapsed_s:.0f} s", markup=False)
            elif isinstance(event, Warned):
                warn(event.message)
            elif isinstance(event, RunResult):
                return event
    if joins:
        return None
    raise AssertionError("a training ends with its result")


def epoch_text(event: EpochDone) -> str:
    """An epoch in one line."""
    held = "" if event.held_out_accuracy is None else f", held out {event.held_out_accuracy:.3f}"
    stage = "" if event.stage == "everything" else f" ({event.stage})"
    return f"Training{stage}: epoch {event.epoch}, loss {event.loss:.3f}, accuracy {event.accuracy:.3f}{held}"


def follow_repeats(events: Iterator[RepeatsProgress | Repeats], *, text: str) -> Repeats:
    """Show runs over splits and seeds on one progress bar and give their figures."""
    with progress_bar() as bar:
        task = None
        shown, failure = 0, ""
        for event in events:
            if isinstance(event, Repeats):
                return event
            if event.failure and not failure:
                warn(f"{event.failure} The runs go on; should they be stopped, what is not kept is trained again.")
            failure = event.failure
            if task is None:
                kept = f"; {event.runs} of {event.runs_total} runs were done before" if event.runs else ""
                err.print(f"{text}{kept}", markup=False)
                task = bar.add_task("Runs", total=event.runs_total, completed=event.runs)
                shown = event.runs
            bar.update(task, completed=event.share * event.runs_total, description=f"Runs ({event.runs} done)")
            if not err.is_terminal and event.runs > shown:
                shown = event.runs
                err.print(f"{event.runs} of {event.runs_total} runs are done", markup=False)
    raise AssertionError("repeats end with their figures")


def follow_calibration(events: Iterator[CalibrationProgress | Calibration]) -> Calibration:
    """Show how training persons are left out in turn, and give what came of it."""
    with progress_bar() as bar:
        task, shown = None, 0
        for event in events:
            if isinstance(event, Calibration):
                return event
            if task is None:
                err.print(f"Leaving out {event.total} training persons in turn")
                task = bar.add_task("Leaving out", total=event.total)
            bar.update(task, completed=event.share * event.total, description=f"Leaving out ({event.done} done)")
            if not err.is_terminal and event.done > shown:
                shown = event.done
                err.print(f"{event.done} of {event.total} are done", markup=False)
    raise AssertionError("a calibration ends with its result")


def follow_refining(shares: Iterator[float | RefinedData]) -> RefinedData:
    """Show how refiners are taught, and give the data that they have refined."""
    with progress_bar() as bar:
        task, tenths = None, 0
        for item in shares:
            if isinstance(item, RefinedData):
                return item
            if task is None:
                err.print("Teaching the refiner of joints with what the performer plays")
                task = bar.add_task("Teaching the refiner", total=1)
            bar.update(task, completed=item)
            if not err.is_terminal and int(10 * item) > tenths:  # a log shows no bar
                tenths = int(10 * item)
                err.print(f"{10 * tenths} % taught")
    raise AssertionError("refining ends with its data")


def repeats_table(repeats: Repeats) -> Table:
    """Accuracies of each split and of all, in per cent."""
    several = len(repeats.seeds) > 1
    table = Table(
        "split", "clips", "accuracy", "± over seeds", "best epoch *", box=None, caption=f"* {BEST_EPOCH}",
        caption_justify="left",
    )  # fmt: skip
    for split in splits_of(repeats):
        runs = [run for run in repeats.runs if run.split == split]
        spread = float(np.std([run.accuracy for run in runs], ddof=1)) if several else None
        best = float(np.mean([run.best_epoch_accuracy for run in runs]))
        accuracy = float(np.mean([run.accuracy for run in runs]))
        table.add_row(split, str(runs[0].n), *_cells(accuracy, spread, best))
    total = sum(run.n for run in repeats.runs if run.seed == repeats.seeds[0])
    table.add_row("mean", str(total), *_cells(repeats.mean(), repeats.std(), repeats.mean("best_epoch_accuracy")))
    return table


def _cells(accuracy: float, spread: float | None, best: float) -> tuple[str, str, str]:
    return f"{100 * accuracy:.1f}", "" if spread is None else f"{100 * spread:.1f}", f"{100 * best:.1f}"
