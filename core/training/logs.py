"""Logs of a training, one row an epoch: a CSV file, and TensorBoard where it is installed."""

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from core.errors import OutputError
from core.files import replacing
from core.training.events import EpochDone, Events, RunStarted, Warned

# The joint term is 0 for uniform attention: its floor is subtracted where it is computed (core.model.loss).
COLUMNS = (
    "stage", "epoch", "step", "loss", "cross_entropy", "joint", "frame", "weight", "accuracy", "held_out_accuracy",
    "rate", "elapsed_s",
)  # fmt: skip


class EpochLog(Protocol):
    """Something that is told of every epoch."""

    def begin(self, *, step: int) -> None:
        """The run begins, or goes on after that many steps: what was logged after them is to be forgotten."""
        ...

    def write(self, event: EpochDone) -> None:
        """Note one epoch. Raises OutputError with the reason."""
        ...

    def close(self) -> None:
        """Nothing more will come."""
        ...


def logged(events: Events, logs: Sequence[EpochLog]) -> Events:
    """Pass events on and log them. A log that cannot be written is given up with a warning; the run goes on."""
    working = list(logs)
    try:
        for event in events:
            for log in list(working):
                try:
                    if isinstance(event, RunStarted):
                        log.begin(step=event.step)
                    elif isinstance(event, EpochDone):
                        log.write(event)
                except OutputError as error:
                    working.remove(log)
                    yield Warned(message=f"{error} The training goes on without this log.")
            yield event
    finally:
        events.close()
        for log in logs:
            log.close()


class CsvLog:
    """A CSV file, flushed after each epoch.

    Raises OutputError at once where it cannot be written or the file that is there is no such log.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser().absolute()
        if not self._path.parent.is_dir() or self._path.is_dir():
            raise OutputError(f"Cannot write {path}: choose a file in a folder that is there.")
        if not os.access(self._path if self._path.exists() else self._path.parent, os.W_OK):
            raise OutputError(f"Cannot write {path}: it is not writable.")
        self._rows()

    def _rows(self) -> list[list[str]]:
        """The rows of the file that is there, without the header."""
        if not self._path.exists():
            return []
        try:
            with self._path.open(newline="", encoding="utf-8") as stream:
                header, *rows = list(csv.reader(stream)) or [list(COLUMNS)]
        except (OSError, ValueError, csv.Error) as error:
            raise OutputError(f"Cannot read {self._path}: {error}. Choose a new name for the log.") from error
        if tuple(header) != COLUMNS:
            raise OutputError(f"{self._path} holds something else and is not replaced; choose a new name for the log.")
        return rows

    def begin(self, *, step: int) -> None:
        """Keep the rows up to that step."""
        place = COLUMNS.index("step")
        whole = [row for row in self._rows() if len(row) == len(COLUMNS) and row[place].isdecimal()]
        kept = [row for row in whole if int(row[place]) <= step] if step else []
        with replacing(self._path) as stream:
            for row in (list(COLUMNS), *kept):
                stream.write(_line(row))

    def write(self, event: EpochDone) -> None:
        """Append a row."""
        values = asdict(event)
        try:
            with self._path.open("ab") as stream:
                stream.write(_line([values[column] for column in COLUMNS]))
        except OSError as error:
            raise OutputError(f"Cannot write {self._path}: {error.strerror or error}.") from error

    def close(self) -> None:
        """Nothing is open between two rows."""


def _line(row: Sequence[Any]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue().encode()


class TensorBoardLog:
    """Curves for TensorBoard. Raises OutputError where it is not installed."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter  # takes seconds, and is optional
        except ImportError as error:
            raise OutputError(
                "TensorBoard is not installed: `pip install tensorboard`, or log to a CSV file with --log."
            ) from error
        self._make, self._folder = SummaryWriter, folder
        self._writer: Any = None

    def begin(self, *, step: int) -> None:
        """Curves after that step are drawn anew."""
        try:
            self._writer = self._make(str(self._folder), purge_step=step + 1 if step else None)
        except OSError as error:
            raise OutputError(f"Cannot write {self._folder}: {error.strerror or error}.") from error

    def write(self, event: EpochDone) -> None:
        """Add a point to each curve."""
        values = asdict(event)
        for column in COLUMNS[3:]:
            if values[column] is not None:
                self._writer.add_scalar(column, values[column], event.step)

    def close(self) -> None:
        """Write what is still in memory."""
        if self._writer is not None:
            self._writer.close()
