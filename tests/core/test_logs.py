"""Logs: a row for each epoch, whatever is interrupted, and no log may stop a training."""

import csv
import os
import sys
import warnings
from pathlib import Path

import pytest

from core.errors import OutputError
from core.training.checkpoint import Checkpoint
from core.training.events import EpochDone, Warned
from core.training.logs import COLUMNS, CsvLog, TensorBoardLog, logged
from tests.clips import STAGED, new_run


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_each_epoch_is_a_row_with_every_term_apart(tmp_path: Path) -> None:
    run, path = new_run(STAGED), tmp_path / "log.csv"
    epochs = [event for event in logged(run.events(), [CsvLog(path)]) if isinstance(event, EpochDone)]
    found = rows(path)
    assert [int(row["epoch"]) for row in found] == list(range(1, 11))
    assert [row["stage"] for row in found] == [event.stage for event in epochs]
    for row, event in zip(found, epochs, strict=True):
        terms = [float(row[term]) for term in ("cross_entropy", "joint", "frame", "weight")]
        assert sum(terms) == pytest.approx(float(row["loss"]), rel=1e-4)
        assert float(row["loss"]) == event.loss
        assert float(row["rate"]) == event.rate
        assert row["held_out_accuracy"] == ""


def test_a_training_that_goes_on_has_each_epoch_once(tmp_path: Path) -> None:
    path, checkpoint = tmp_path / "log.csv", Checkpoint(tmp_path / "state", fingerprint="x")
    run = new_run(STAGED)
    for event in logged(checkpoint.follow(run.events(), run), [CsvLog(path)]):
        if isinstance(event, EpochDone) and event.epoch == 4:
            break
    with path.open("a") as stream:
        stream.write("together,5,11,1,1,0,0,0,1,,0,1\ntoge")  # written after the state was saved, then killed
    later = new_run(STAGED)
    assert checkpoint.resume(later)
    for _ in logged(later.events(), [CsvLog(path)]):
        pass
    assert [int(row["epoch"]) for row in rows(path)] == list(range(1, 11))


def test_a_new_training_begins_a_new_log(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    for _ in range(2):
        for _event in logged(new_run(STAGED).events(), [CsvLog(path)]):
            pass
    assert len(rows(path)) == 10


def test_a_file_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff\xfe")
    for name, words in [
        ("mine.csv", "something else"),
        ("picture", "new name"),
        ("", "folder"),
        ("no/log.csv", "folder"),
    ]:
        with pytest.raises(OutputError, match=words):
            CsvLog(tmp_path / name)
    assert (tmp_path / "mine.csv").read_text() == "a,b\n1,2\n"


def test_a_log_that_cannot_be_written_any_more_warns_once(tmp_path: Path) -> None:
    run, path = new_run(STAGED), tmp_path / "log.csv"
    messages = []
    for event in logged(run.events(), [CsvLog(path)]):
        if isinstance(event, EpochDone) and event.epoch == 3:
            path.unlink()
            path.mkdir()
        messages += [event.message] if isinstance(event, Warned) else []
    assert len(messages) == 1
    assert "goes on without" in messages[0]
    assert run.epoch == 10


def test_tensorboard_gets_a_curve_for_each_figure(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        pytest.importorskip("tensorboard")
        for _ in logged(new_run(STAGED.with_epochs(1)).events(), [TensorBoardLog(tmp_path / "curves")]):
            pass
    (file,) = (tmp_path / "curves").iterdir()
    content = file.read_bytes()
    assert all(column.encode() in content for column in COLUMNS[3:] if column != "held_out_accuracy")


def test_tensorboard_that_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(OutputError, match="pip install tensorboard"):
        TensorBoardLog(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_said_before_the_training(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="not writable"):
        CsvLog(tmp_path / "log.csv")
    tmp_path.chmod(0o700)
