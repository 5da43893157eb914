"""The train page through the real window: a real training on a tiny library, its report, and how it goes live."""

import json
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QComboBox, QFileDialog
from pytestqt.qtbot import QtBot

from app.actions import ActionKey
from app.main_window import MainWindow
from app.messages import MessageKind
from app.page_key import PageKey
from app.pages.train import TrainPage
from app.settings import load_settings
from app.train import model_transfer, train_control
from app.train.model_transfer import BUSY, free_name, why_no_model_name
from app.train.train_control import TrainControl
from app.widgets.ask import AskText
from app.widgets.buttons import Button
from app.widgets.confusion import places_for
from core.errors import ModelError, OutputError
from core.library.library import Library
from core.model.archive import write_archive
from core.model.folder import CONFIG, METRICS, load_model
from core.paths import BUNDLED_MODELS, own_models_dir
from core.training.events import EpochDone
from core.training.own_actions import OwnActions, OwnTraining
from core.training.own_events import OwnProgress
from core.training.own_report import read_report
from tests.app.fakes import FakeBackend
from tests.app.hands import click, press
from tests.app.studio import Studio, new_library, save_studio_settings
from tests.clips import ACTIONS, own_library
from tests.fakes import FakeClock

pytestmark = pytest.mark.gui
OpenTrainer = Callable[..., "Trainer"]
TWO_PERSONS = {(person, action): 3 for person in ("Anna", "Ben") for action in range(3)}
ONE_PERSON = {("Anna", action): 4 for action in range(3)}
LONG_MS = 60_000


class Trainer(Studio):
    """A studio on the train page."""

    @property
    def train(self) -> TrainControl:
        """What trains."""
        return self.teaching.train

    @property
    def train_page(self) -> TrainPage:
        """The page."""
        return self.teaching.train_page

    @property
    def message(self) -> str:
        """The title of what is said in the place of a report; "" where something else is shown."""
        panel = self.train_page.message_panel
        return panel.message.title if panel.message is not None and panel.isVisible() else ""

    def trained(self) -> None:
        """Wait for the end of a training that was begun."""
        assert self.train.is_running
        self.qtbot.waitUntil(lambda: not self.train.is_running, timeout=LONG_MS)


@pytest.fixture
def open_trainer(
    qtbot: QtBot, backend: FakeBackend, open_window: Callable[..., MainWindow], clock: FakeClock, tmp_path: Path
) -> OpenTrainer:
    """Opens the window on the train page, with a library of so many takes by person and action."""

    def make(takes: Mapping[tuple[str, int], int] = TWO_PERSONS, *, library: Path | None = None) -> Trainer:
        folder = tmp_path / "library" if library is None else library
        if library is None:
            own_library(folder, takes)
        save_studio_settings(folder)
        trainer = Trainer(qtbot, open_window(), backend, clock, folder)
        trainer.wait_until(lambda: not trainer.window.control.bridge.is_idle)
        trainer.train.epochs = 1
        trainer.show(PageKey.TRAIN)
        trainer.wait_until(lambda: trainer.train_page.start.count() > 2)
        return trainer

    return make


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with a model that was trained on it; copy it."""
    home = tmp_path_factory.mktemp("taught")
    folder = own_library(home / "library", TWO_PERSONS)
    wish = OwnActions(library=folder, out=folder / "models" / "own-actions", title="own-actions", epochs=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOINTLIGHT_HOME", str(home / "home"))
        list(OwnTraining(wish).events())
    return folder


@pytest.fixture
def open_taught(open_trainer: OpenTrainer, taught: Path, tmp_path: Path) -> Callable[[], Trainer]:
    """Opens the window on a copy of it."""

    def make() -> Trainer:
        folder = Path(shutil.copytree(taught, tmp_path / "taught"))
        return open_trainer(library=folder)

    return make


def metrics_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    return found


# From clips to a report


def test_a_training_shows_how_it_goes_and_then_its_report(
    open_trainer: OpenTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = open_trainer()
    page = trainer.train_page
    assert trainer.message == "Ready to learn 3 actions"
    trainer.train.epochs = 5  # nothing is foretold from the first ones
    told: list[tuple[str, float | None]] = []
    monkeypatch.setattr(page, "show_progress", lambda text, fraction: told.append((text, fraction)))
    trainer.press("Ctrl+Return")
    assert page.stop.isVisible()
    assert not page.go.isVisible()
    assert not any(one.isEnabled() for one in (page.start, page.name, page.table, page.learning_curve))
    trainer.trained()
    texts, fractions = zip(*told, strict=True)
    assert texts[0] == "Reading clips"
    assert any(text.endswith(" s left") for text in texts), "how long it takes"
    assert fractions[-1] == 1.0
    assert page.curves.accessibleDescription().startswith("Epoch ")
    assert page.report.isVisible()
    report = read_report(trainer.folder / "models" / "own-actions")
    assert page.report.report == report
    assert report is not None
    assert page.report.headline.text().endswith("of 9 test clips are rightly named")
    assert page.report.below.text().startswith("Test: Anna tests, the other 1 train. Learnt in ")
    assert page.report.clips.count() == 9
    assert metrics_of(trainer.folder / "models" / "own-actions")["command"].startswith(
        "jointlight train --library DIR --start everyday --epochs 5"
    )
    assert all(one.isEnabled() for one in (page.start, page.name, page.table, page.learning_curve))


def test_from_nothing_with_a_learning_curve(open_trainer: OpenTrainer) -> None:
    trainer = open_trainer()
    page = trainer.train_page
    assert page.start.currentData() == "everyday", "the shipped one, unless another is chosen"
    page.start.setCurrentIndex(page.start.findText("From nothing"))
    page.learning_curve.click()
    page.name.setText("My model")
    click(page.go)
    trainer.trained()
    report = page.report.report
    assert report is not None
    assert [point.most_takes for point in report.learning_curve] == [1, 2, 3]
    assert "when clips grew from" in page.report.advice.toPlainText()
    (folder,) = (trainer.folder / "models").iterdir()
    assert load_model(str(folder)).config.title == "My model"
    assert "--start '' --epochs 1 --learning-curve" in metrics_of(folder)["command"]


def test_one_person_alone_is_tested_by_takes_with_a_plain_warning(open_trainer: OpenTrainer) -> None:
    trainer = open_trainer(ONE_PERSON)
    trainer.press("Ctrl+Return")
    trainer.trained()
    assert "odd takes train, even ones test" in trainer.train_page.report.below.text()
    assert trainer.train_page.report.notice.isVisible()
    assert trainer.train_page.report.notice.text.startswith("All clips are of one person")


def test_a_mirror_is_off_unless_an_action_is_marked(open_trainer: OpenTrainer) -> None:
    trainer = open_trainer()
    boxes = {ACTIONS[place]: trainer.train_page.mirror_box(place) for place in range(3)}
    assert [box.currentText() for box in boxes.values()] == ["never", "never", "never"]
    choose(boxes["bend"], "the same")
    choose(boxes["left"], "'right'")
    document = Library.for_reading(trainer.folder).document
    assert [one.in_mirror for one in document.actions] == ["bend", "right", "left"]
    assert boxes["right"].currentText() == "'left'", "what a mirror shows is mirrored back"
    assert trainer.train_page.mirror_box(1) is boxes["left"], "so that the keyboard stays where it is"
    choose(boxes["right"], "never")
    assert boxes["left"].currentText() == "never"


def choose(box: QComboBox, text: str) -> None:
    """By keyboard: an arrow opens the list, others lead to the entry, and Enter takes it."""
    box.setFocus()
    press(box, Qt.Key.Key_Down)
    entries = box.view()
    assert entries is not None
    assert entries.isVisible()
    up_or_down = box.findText(text) - box.currentIndex()
    for _ in range(abs(up_or_down)):
        press(entries, Qt.Key.Key_Down if up_or_down > 0 else Qt.Key.Key_Up)
    press(entries, Qt.Key.Key_Return)
    assert box.currentText() == text


def test_the_wheel_over_a_mirror_sets_nothing(open_trainer: OpenTrainer) -> None:
    trainer = open_trainer()
    box = trainer.train_page.mirror_box(0)
    place = QPointF(5, 5)
    event = QWheelEvent(
        place, box.mapToGlobal(place), QPoint(0, -120), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, event)
    assert box.currentText() == "never"


def test_what_cannot_be_written_leaves_the_mirror_as_it_was(
    open_trainer: OpenTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = open_trainer()

    def refuse(*_: object) -> None:
        raise OutputError("Cannot write library.json: no space is left.")

    monkeypatch.setattr(Library, "change", refuse)
    trainer.train_page.mirrored.emit("bend", "bend")
    assert trainer.toast == "Cannot write library.json: no space is left."
    assert trainer.train_page.mirror_box(0).currentText() == "never"


# Stopping and going on


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A training waits after its second epoch until this is set."""
    gate = threading.Event()

    class Held(OwnTraining):
        """The real one, held up."""

        def events(self, **reading: Any) -> Any:
            """As they come, until the second epoch."""
            epochs = 0
            for event in super().events(**reading):
                yield event
                epochs += isinstance(event, EpochDone)
                if epochs == 2 and isinstance(event, OwnProgress):
                    assert gate.wait(60)

    monkeypatch.setattr(train_control, "OwnTraining", Held)
    return gate


def test_what_is_stopped_goes_on_where_it_was(
    open_trainer: OpenTrainer, held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = open_trainer()
    trainer.train.epochs = 5  # nothing is foretold from the first ones
    trainer.press("Ctrl+Return")
    curves = trainer.train_page.curves
    trainer.qtbot.waitUntil(lambda: curves.accessibleDescription().startswith("Epoch 2"), timeout=LONG_MS)
    trainer.press("Ctrl+Shift+Return")
    assert not trainer.train.is_running
    assert trainer.toast.startswith("Stopped. What was learnt so far is kept")
    assert trainer.message == "Ready to learn 3 actions"
    held.set()
    told: list[str] = []
    monkeypatch.setattr(trainer.train_page, "show_progress", lambda text, _fraction: told.append(text))
    trainer.press("Ctrl+Return")
    trainer.trained()
    assert any(text.startswith("Going on after epoch ") for text in told)
    assert trainer.train_page.report.isVisible()


def test_ctrl_period_stops_a_training_and_nothing_else(open_trainer: OpenTrainer, held: threading.Event) -> None:
    trainer = open_trainer()
    trainer.press("Ctrl+Return")
    trainer.press("Ctrl+.")
    assert not trainer.train.is_running
    held.set()


def test_closing_the_window_during_a_training_ends_it(open_trainer: OpenTrainer, held: threading.Event) -> None:
    trainer = open_trainer()
    trainer.press("Ctrl+Return")
    held.set()
    trainer.window.close()
    assert not any(thread.name == "train" and not thread.daemon for thread in threading.enumerate())


def test_the_end_of_a_training_is_told_on_every_page(open_trainer: OpenTrainer) -> None:
    trainer = open_trainer()
    trainer.press("Ctrl+Return")
    trainer.show(PageKey.RECORD)
    trainer.trained()
    assert trainer.toast.startswith("The training is done: ")


# Too little, or something wrong


def test_without_clips_it_says_what_is_needed(open_trainer: OpenTrainer, tmp_path: Path) -> None:
    trainer = open_trainer(library=new_library(tmp_path / "empty"))
    trainer.wait_until(lambda: trainer.message == "Not enough to learn from yet")
    trainer.press("Ctrl+Return")
    trainer.trained()
    panel = trainer.train_page.message_panel
    assert panel.message is not None
    assert (panel.message.kind, panel.message.title) == (MessageKind.ERROR, "Nothing was learnt")
    assert "holds no recording yet" in panel.message.text
    click(panel.findChild(Button, "button_show_record"))
    assert trainer.window.page_key is PageKey.RECORD


def test_one_clip_of_each_action_is_too_little_to_test(open_trainer: OpenTrainer) -> None:
    trainer = open_trainer({("Anna", action): 1 for action in range(3)})
    trainer.press("Ctrl+Return")
    trainer.trained()
    panel = trainer.train_page.message_panel
    assert panel.message is not None
    assert "has one clip only, so nothing is left to test on: record more" in panel.message.text


def test_a_name_that_is_none_is_said(open_trainer: OpenTrainer) -> None:
    trainer = open_trainer()
    trainer.train_page.name.setText("  ")
    trainer.press("Ctrl+Return")
    assert trainer.toast.startswith("The name of a model must have")
    assert not trainer.train.is_running


def test_a_model_of_the_same_name_is_told_before_and_replaced(open_taught: Callable[[], Trainer]) -> None:
    trainer = open_taught()
    page, folder = trainer.train_page, trainer.folder / "models" / "own-actions"
    assert page.note.text() == "There is a model of that name: the new one takes its place"
    page.name.setText("another")
    assert not page.note.isVisible()
    page.name.setText("own-actions")
    before = (folder / METRICS).stat().st_mtime_ns
    trainer.wait_until(lambda: page.start.findData(str(folder)) >= 0)  # own models are there to start from
    page.start.setCurrentIndex(page.start.findData(str(folder)))
    trainer.press("Ctrl+Return")
    trainer.trained()
    assert trainer.message == ""
    assert (folder / METRICS).stat().st_mtime_ns > before


def test_a_library_that_can_only_be_read_is_learnt_from_all_the_same(open_trainer: OpenTrainer, tmp_path: Path) -> None:
    folder = own_library(tmp_path / "shared", TWO_PERSONS)
    with Library.opened(folder):
        trainer = open_trainer(library=folder)
        page = trainer.train_page
        assert page.note.text() == "It goes to your own models: this library can only be read"
        assert not page.mirror_box(0).isEnabled()
        trainer.press("Ctrl+Return")
        trainer.trained()
    assert page.report.isVisible()
    assert not (folder / "models").exists()
    assert (own_models_dir() / "own-actions" / CONFIG).is_file()


# The report


def test_the_last_report_is_there_when_the_library_is_opened(open_taught: Callable[[], Trainer]) -> None:
    trainer = open_taught()
    assert trainer.train_page.report.isVisible()
    assert trainer.train.model == trainer.folder / "models" / "own-actions"


def test_a_library_without_a_model_does_not_show_the_report_of_the_one_before(
    open_taught: Callable[[], Trainer], tmp_path: Path
) -> None:
    trainer = open_taught()
    trainer.wait_until(trainer.train_page.report.isVisible)
    trainer.wait_until(lambda: not trainer.teaching.record.is_busy)  # the last seconds of another page are let go
    trainer.teaching.library.open(new_library(tmp_path / "other"))
    trainer.wait_until(lambda: trainer.message == "Not enough to learn from yet")
    assert not trainer.train_page.report.isVisible()
    assert trainer.train.model is None


def test_a_damaged_model_is_no_report(open_trainer: OpenTrainer, taught: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(taught, tmp_path / "damaged"))
    (folder / "models" / "own-actions" / METRICS).write_text('{"clips": [{"clip": 7}]}')
    (folder / "models" / "notes.txt").write_text("a file among models")
    trainer = open_trainer(library=folder)
    trainer.wait_until(lambda: trainer.message == "Ready to learn 3 actions")
    assert trainer.train.model is None


def test_a_cell_of_the_matrix_opens_the_clips_behind_it(open_taught: Callable[[], Trainer]) -> None:
    trainer = open_taught()
    view = trainer.train_page.report
    report = view.report
    assert report is not None
    true, said = next(
        (row, column) for row, counts in enumerate(report.confusion) for column, count in enumerate(counts) if count
    )
    count = report.confusion[true][said]
    view.matrix.setFocus()
    for key, times in ((Qt.Key.Key_Down, 1 + true), (Qt.Key.Key_Right, said)):
        for _ in range(times):
            press(view.matrix, key)
    assert view.clips.count() == count
    assert view.matrix.accessibleDescription() == (
        f"{count} of '{report.actions[true]}' were called '{report.actions[said]}'"
    )
    click(view.findChild(Button, "button_every_clip"))
    assert view.clips.count() == 9
    place = view.matrix.centre_of(true, said).toPoint()
    QTest.mouseClick(view.matrix, Qt.MouseButton.LeftButton, pos=place)  # type: ignore[call-overload]
    assert view.clips.count() == count
    item = view.clips.item(0)
    assert item is not None
    clip = item.data(Qt.ItemDataRole.UserRole)
    press(view.matrix, Qt.Key.Key_Return)
    assert trainer.window.page_key is PageKey.LABEL
    entry = trainer.teaching.labels.entry
    assert entry is not None
    assert entry.name == clip.recording


def test_the_worst_clip_comes_first_and_enter_opens_it(open_taught: Callable[[], Trainer]) -> None:
    trainer = open_taught()
    clips = trainer.train_page.report.clips
    data = [item.data(Qt.ItemDataRole.UserRole) for row in range(9) if (item := clips.item(row)) is not None]
    order = [(one.is_right, one.probability_of_truth) for one in data]
    assert order == sorted(order)
    clips.setFocus()
    clips.setCurrentRow(0)
    press(clips, Qt.Key.Key_Return)
    entry = trainer.teaching.labels.entry
    assert entry is not None
    assert entry.name == data[0].recording


def test_a_clip_that_has_gone_is_said(open_taught: Callable[[], Trainer]) -> None:
    trainer = open_taught()
    report = trainer.train_page.report.report
    assert report is not None
    trainer.teaching.library.forget(report.clips[0].recording)
    trainer.train_page.report.clip_picked.emit(report.clips[0])
    assert trainer.toast == f"{report.clips[0].recording} is not in this library any more"


def test_f1_of_each_action_is_shown_the_worst_first(open_taught: Callable[[], Trainer]) -> None:
    trainer = open_taught()
    report = trainer.train_page.report.report
    assert report is not None
    bars = trainer.train_page.report.f1.bars
    assert {bar.action: bar.probability for bar in bars} == report.f1
    assert [bar.probability for bar in bars] == sorted(report.f1.values())


# Live


def test_one_click_puts_the_model_live_without_starting_the_old_one_again(
    open_taught: Callable[[], Trainer], backend: FakeBackend
) -> None:
    trainer = open_taught()
    folder = trainer.folder / "models" / "own-actions"
    started = len(backend.sessions)
    click(trainer.train_page.live)
    assert trainer.window.page_key is PageKey.LIVE
    trainer.wait_until(lambda: not trainer.window.control.bridge.is_idle)
    (session,) = backend.sessions[started:]
    assert (session.request.source, session.request.model) == ("camera:desk", str(folder))
    assert load_settings().model == str(folder)
    assert trainer.window.header.model_button.text() == "own-actions"


def test_without_a_model_there_is_nothing_to_use_or_to_save(open_trainer: OpenTrainer) -> None:
    trainer = open_trainer()
    trainer.press("Ctrl+G")
    assert trainer.toast == "Train a model first"
    trainer.press("Ctrl+S")
    assert trainer.toast == "There is no model to save yet: train one first"
    assert trainer.window.findChildren(QFileDialog) == []


def test_own_models_can_be_chosen_while_their_library_is_open(
    open_taught: Callable[[], Trainer], tmp_path: Path
) -> None:
    trainer = open_taught()
    menu = trainer.window.header.model_menu
    folder = str(trainer.folder / "models" / "own-actions")

    def offered() -> list[str]:
        return [action.toolTip() for action in menu.actions() if action.isCheckable()]

    trainer.wait_until(lambda: folder.endswith(offered()[0]))
    trainer.show(PageKey.LIVE)
    entry = next(action for action in menu.actions() if action.isCheckable())
    entry.trigger()
    assert trainer.window.control.request.model == folder
    trainer.teaching.library.open(new_library(tmp_path / "other"))
    trainer.wait_until(lambda: offered() == ["Everyday actions", "My own"])


def test_a_model_that_has_gone_is_said_with_a_way_to_choose_another(
    open_taught: Callable[[], Trainer], backend: FakeBackend
) -> None:
    trainer = open_taught()
    backend.error = ModelError("There is no model 'own-actions'.")
    trainer.press("Ctrl+G")
    page = trainer.window.page
    trainer.wait_until(lambda: page.message_panel.message is not None and page.message_panel.message.offers != ())
    trainer.wait_until(lambda: page.message_panel.findChild(Button, "button_choose_model") is not None)
    click(page.message_panel.findChild(Button, "button_choose_model"))
    assert trainer.window.header.model_menu.isVisible()
    trainer.window.header.model_menu.close()


# A model as a file


def test_a_model_is_saved_and_opened_again_under_another_name(
    open_taught: Callable[[], Trainer], tmp_path: Path
) -> None:
    trainer = open_taught()
    file = tmp_path / "own.zip"
    trainer.press("Ctrl+S")
    (dialog,) = trainer.window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(file))
    dialog.close()
    trainer.be_active()
    trainer.wait_until(lambda: trainer.toast.startswith("own-actions is in own.zip, "))
    for name in ("own-actions", "own-actions-2"):
        trainer.press("Ctrl+Shift+M")
        dialog = trainer.window.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(file))
        dialog.close()
        trainer.be_active()
        if name != "own-actions":
            trainer.wait_until(lambda: bool(trainer.window.findChildren(AskText)))
            (question,) = trainer.window.findChildren(AskText)
            assert question.field.text() == name
            press(question.field, Qt.Key.Key_Return)
            trainer.be_active()
        trainer.wait_until(lambda name=name: trainer.toast.startswith(f"The model '{name}' can be chosen now."))
        assert load_model(str(own_models_dir() / name)).actions == ACTIONS


def test_a_model_that_is_opened_on_the_live_page_is_used(
    open_taught: Callable[[], Trainer], backend: FakeBackend, tmp_path: Path
) -> None:
    trainer = open_taught()
    file = tmp_path / "own.zip"
    write_archive(trainer.folder / "models" / "own-actions", file)
    trainer.show(PageKey.LIVE)
    trainer.teaching.models.open(file)
    trainer.wait_until(lambda: trainer.window.control.request.model == "own-actions")
    trainer.wait_until(lambda: backend.sessions[-1].request.model == "own-actions" and backend.sessions[-1].is_started)


@pytest.mark.parametrize("suffix", [".onnx", ".ONNX"])
def test_a_model_is_saved_as_onnx(open_taught: Callable[[], Trainer], tmp_path: Path, suffix: str) -> None:
    onnx = pytest.importorskip("onnx")
    trainer = open_taught()
    file = tmp_path / f"own{suffix}"
    assert trainer.train.model is not None
    trainer.teaching.models.save(trainer.train.model, file)
    trainer.qtbot.waitUntil(lambda: trainer.toast.startswith(f"own-actions is in own{suffix}, "), timeout=LONG_MS)
    assert len(onnx.load(file).graph.output) == 4


def test_what_cannot_be_saved_or_opened_is_said_in_plain_words(
    open_taught: Callable[[], Trainer], tmp_path: Path
) -> None:
    trainer = open_taught()
    model = trainer.train.model
    assert model is not None
    trainer.teaching.models.save(model, tmp_path / "nowhere" / "own.zip")
    trainer.wait_until(lambda: trainer.toast.startswith("There is no folder "))
    trainer.teaching.models.save(model, trainer.folder / "recordings" / "own.zip")
    trainer.wait_until(lambda: "belongs to the library" in trainer.toast)
    (tmp_path / "film.zip").write_bytes(b"no archive at all")
    trainer.teaching.models.open(tmp_path / "film.zip")
    trainer.wait_until(lambda: "is no ZIP file that can be read" in trainer.toast)
    (model / "model.safetensors").write_bytes(b"damaged")
    trainer.teaching.models.save(model, tmp_path / "own.zip")
    trainer.wait_until(lambda: "is damaged" in trainer.toast)
    assert not (tmp_path / "own.zip").exists()


def test_what_became_of_a_model_is_told_before_the_next_one_is_saved_or_opened(
    open_taught: Callable[[], Trainer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer, release = open_taught(), threading.Event()

    def full(_model: Path, _file: Path) -> None:
        assert release.wait(20)
        raise OutputError("The disk is full.")

    monkeypatch.setattr("core.model.archive.write_archive", full)
    models, model = trainer.teaching.models, trainer.train.model
    assert model is not None
    models.save(model, tmp_path / "own.zip")
    models.save(model, tmp_path / "other.zip")
    assert trainer.toast == BUSY
    trainer.window.say("")
    models.open(tmp_path / "film.zip")
    assert trainer.toast == BUSY
    release.set()
    trainer.wait_until(lambda: trainer.toast == "The disk is full.")


def test_without_onnx_it_says_what_to_install(
    open_taught: Callable[[], Trainer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = open_taught()
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    trainer.teaching.models.save(BUNDLED_MODELS / "everyday", tmp_path / "everyday.onnx")
    trainer.wait_until(lambda: trainer.toast.startswith("ONNX files need the package onnx"))


def test_the_dialog_offers_both_kinds_and_adds_the_suffix(open_taught: Callable[[], Trainer]) -> None:
    trainer = open_taught()
    trainer.do(ActionKey.SAVE_MODEL)
    (dialog,) = trainer.window.findChildren(QFileDialog)
    assert dialog.defaultSuffix() == "zip"
    dialog.selectNameFilter(list(model_transfer.FILTERS)[1])
    dialog.filterSelected.emit(list(model_transfer.FILTERS)[1])
    assert dialog.defaultSuffix() == "onnx"
    dialog.close()


@pytest.mark.parametrize(("count", "height", "is_numbered"), [(3, 300, False), (12, 300, True), (60, 300, True)])
def test_the_matrix_takes_the_room_there_is(count: int, height: int, is_numbered: bool) -> None:
    places = places_for(width_px=500, height_px=height, name_px=400, count=count)
    assert places.is_numbered is is_numbered
    assert places.cell >= 18, "counts can be read, and what does not fit is scrolled to"
    assert places.box(count - 1, count - 1).bottomRight() == places.area.bottomRight()
    if count < 60:
        assert places.area.bottom() < height


def test_names_of_models_that_come_in() -> None:
    taken = frozenset({"own", "own-2", "größe"})
    assert free_name("Own", taken) == "Own-3"
    assert why_no_model_name("", taken) == "A model needs a name."
    assert why_no_model_name("OWN", taken) == "There is a model 'OWN' already."
    assert "'a-b' could" in why_no_model_name("a/b", taken) or "could" in why_no_model_name("a/b", taken)
    assert why_no_model_name("other", taken) == ""
