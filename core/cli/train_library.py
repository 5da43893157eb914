"""`jointlight train --library`: one's own actions, behind a progress bar, and what there is to say afterwards."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import typer
from rich.table import Column, Table
from rich.text import Text

from core.cli.console import err, out, print_json, progress_bar
from core.cli.train_options import Asked
from core.cli.training_progress import epoch_text, warn
from core.datasets.collection import OnBroken
from core.paths import DEFAULT_MODEL
from core.training.events import EpochDone, RunStarted, Warned
from core.training.logs import EpochLog
from core.training.own_actions import OwnActions, OwnTraining
from core.training.own_events import OwnEvent, OwnProgress, OwnResult, RoundStarted
from core.training.own_report import OwnReport, f1_of
from core.training.torchrun import is_distributed

_MOST_WRONG = 5  # clips that are listed


def refuse_with_library(
    asked: Asked, *, dataset: str | None, data: Path | None, preset: str | None, on_broken: OnBroken
) -> None:
    """Raises BadParameter for options that are for data sets only."""
    if dataset is not None or data is not None:
        raise typer.BadParameter("--library takes the place of --dataset and --data: leave those out.")
    given = {
        "--preset": preset, "--folds": asked.folds, "--seeds": asked.seeds, "--jobs": asked.jobs,
        "--hold-out": asked.share, "--patience": asked.patience, "--through-pixels": asked.pixels,
        "--with-performer": asked.performer, "--choose-thresholds": asked.thresholds,
        "--on-broken refuse": on_broken is OnBroken.REFUSE, "torchrun": is_distributed(),
    }  # fmt: skip
    wrong = [name for name, value in given.items() if value]
    if wrong:
        raise typer.BadParameter(
            f"{', '.join(wrong)} cannot be used with --library: leave that out, or use --dataset library --data DIR."
        )


def own_wish(
    asked: Asked,
    library: Path,
    folder: Path | None,
    *,
    start: str | None,
    learning_curve: bool,
    device: str,
    restart: bool,
) -> OwnActions:
    """What was asked for, with what is usual where nothing was said."""
    return OwnActions(
        library=library,
        out=folder or library / "models" / "own-actions",
        start=DEFAULT_MODEL if start is None else start,
        seed=asked.seed,
        split=asked.split,
        epochs=asked.epochs,
        learning_curve=learning_curve,
        device=device,
        restart=restart,
    )


def train_on_library(wish: OwnActions, *, logs: Sequence[EpochLog], as_json: bool) -> None:
    """Train and tell of it; an interruption keeps the state and is status 1. Raises what `OwnTraining.events` does."""
    training = OwnTraining(wish, logs=logs)
    try:
        result = _follow(training)
    except KeyboardInterrupt:
        if training.failure:
            warn(training.failure)
        else:
            err.print(
                f"Stopped after epoch {training.epoch}. The same command goes on from there; --restart begins anew."
            )
        raise typer.Exit(1) from None
    if as_json:
        print_json(_as_json(result, with_curve=wish.learning_curve))
    else:
        _report(result)


def _follow(training: OwnTraining) -> OwnResult:
    with progress_bar() as bar:
        task = bar.add_task("Reading", total=None)
        with closing(
            training.events(reading=lambda done, total: bar.update(task, completed=done, total=total))
        ) as events:
            tenths, text = 0, "Training"
            for event in _spoken(events):
                if isinstance(event, OwnResult):
                    return event
                if isinstance(event, EpochDone):
                    text = epoch_text(event)
                elif isinstance(event, OwnProgress):
                    bar.update(task, completed=100 * event.share, total=100, description=text)
                    if not err.is_terminal and int(10 * event.share) > tenths:  # a log shows no bar
                        tenths = int(10 * event.share)
                        err.print(f"{10 * tenths} %: {text}", markup=False)
    raise AssertionError("a training ends with its result")


def _spoken(events: Iterator[OwnEvent]) -> Iterator[OwnEvent]:
    """The events, with what is said once of each round."""
    for event in events:
        if isinstance(event, RoundStarted):
            if event.of > 1:
                err.print(f"Round {event.number} of {event.of}: up to {event.takes} takes of an action")
            if event.resumed_epoch:
                err.print(f"Going on after epoch {event.resumed_epoch} (--restart begins anew).")
        elif isinstance(event, RunStarted):
            err.print(f"{event.samples} clips, {event.parameters} parameters, on {event.device}", markup=False)
        elif isinstance(event, Warned):
            warn(event.message)
        yield event


def _as_json(result: OwnResult, *, with_curve: bool) -> dict[str, object]:
    report = result.report
    told: dict[str, object] = {
        "actions": list(report.actions),
        "clips": sum(report.trained_clips.values()) + sum(report.tested_clips.values()),
        "persons": len(report.persons),
        "split": report.split,
        "accuracy": report.accuracy,
        "macro_f1": report.macro_f1,
        "seconds": report.seconds,
        "model": str(result.folder),
    }
    if with_curve:
        told["learning_curve"] = result.metrics["learning_curve"]
        told["advice"] = list(report.advice)
    return told


def _report(result: OwnResult) -> None:
    report = result.report
    out.print(_actions_table(report))
    right = f"{100 * report.accuracy:.1f} % of the test clips are rightly named"
    out.print(f"{right} ({report.split}).", markup=False)
    for clip in [clip for clip in report.clips if not clip.is_right][:_MOST_WRONG]:
        said = f"'{clip.action}' is taken for '{clip.said}' ({100 * clip.confidence:.0f} %)"
        out.print(f"Wrong: {clip.recording}, {clip.start_s:.1f} to {clip.end_s:.1f} s: {said}", markup=False)
    if report.learning_curve:
        out.print(_curve_table(report))
    for sentence in report.advice:
        out.print(sentence, markup=False)
    for sentence in report.warnings:
        err.print(sentence, markup=False)
    out.print(f"Model: {result.folder}. Live: jointlight live --model {shlex.quote(str(result.folder))}", markup=False)


def _actions_table(report: OwnReport) -> Table:
    table = Table(
        "action",
        Column("learnt from", justify="right"),
        Column("tested on", justify="right"),
        Column("F1", justify="right"),
        box=None,
    )
    tested, f1 = report.tested_clips, f1_of(report)
    for action in report.actions:
        value = f1[action]
        f1_text = "" if value is None else f"{100 * value:.0f} %"
        table.add_row(Text(action), str(report.trained_clips[action]), str(tested[action]), f1_text)
    return table


def _curve_table(report: OwnReport) -> Table:
    table = Table(
        Column("takes, at most", justify="right"), Column("clips", justify="right"),
        Column("accuracy", justify="right"), Column("macro F1", justify="right"), box=None,
    )  # fmt: skip
    for point in report.learning_curve:
        shares = (f"{100 * share:.1f} %" for share in (point.accuracy, point.macro_f1))
        table.add_row(str(point.most_takes), str(point.clips), *shares)
    return table
