"""The record page through the real window: what a person does in front of the camera, and what is on the disk then."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QCompleter, QFileDialog, QListWidget

from app.actions import ActionKey
from app.main_window import MainWindow
from app.page_key import PageKey
from app.record.held_seconds import disk_text
from app.settings import load_settings
from app.sounds import Sound, Sounds
from app.widgets.ask import AskText
from core.errors import OutputError
from core.library.growing import TIMES, read_times
from core.library.library import Library
from core.library.repair import repair_all
from core.live.results import SessionState
from core.live.takes import Take, TakeRecorder
from core.skeleton.segment import Segment
from core.sources.video import VideoFile
from tests.app.fakes import CAMERA, RUNNING, figure_pose, make_result
from tests.app.hands import click, press, type_text
from tests.app.studio import Studio, new_library

pytestmark = pytest.mark.gui
OpenStudio = Callable[..., Studio]
MB = 10**6
EXACTLY = Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchCaseSensitive


@pytest.fixture
def sounds(monkeypatch: pytest.MonkeyPatch) -> list[Sound]:
    """What is heard."""
    heard: list[Sound] = []
    monkeypatch.setattr(Sounds, "load", lambda _self: None)
    monkeypatch.setattr(Sounds, "play", lambda _self, sound: heard.append(sound))
    return heard


@pytest.fixture
def free_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How much is free on the disk: the last number counts."""
    free = [10**12]
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free[-1]))
    return free


def tick(rows: QListWidget, place: int) -> None:
    """Tick a row by keyboard, as Space does it."""
    rows.setFocus()
    rows.setCurrentRow(place)
    press(rows, Qt.Key.Key_Space)


def answer(studio: Studio, text: str) -> None:
    """Type into the question that is asked, and press Enter."""
    (question,) = studio.window.findChildren(AskText)
    question.field.clear()
    type_text(question.field, text)
    press(question.field, Qt.Key.Key_Return)
    studio.be_active()


def taking(studio: Studio, *, frames: int = 10, of: str = ", take 1 of 2", **changes: object) -> None:
    """Begin a take of the first action, hands-free, and let some pictures come."""
    tick(studio.page.actions_list, 0)
    studio.press("R")
    studio.after(3.0, f"wave{of}: now")
    studio.frames(frames, **changes)


# A plan, hands-free


def test_a_plan_runs_by_itself_and_each_take_is_labelled(open_studio: OpenStudio, sounds: list[Sound]) -> None:
    studio = open_studio()
    tick(studio.page.actions_list, 0)
    tick(studio.page.actions_list, 2)
    press(studio.page.actions_list, Qt.Key.Key_R)
    studio.after(0.0, "Get ready: wave, take 1 of 2")
    for action, take in (("wave", 1), ("wave", 2), ("squat", 1), ("squat", 2)):
        studio.after(3.0, f"{action}, take {take} of 2: now")
        studio.frames(20)
        is_last = (action, take) == ("squat", 2)
        studio.after(2.0, "" if is_last else "Next: ")
        if not is_last:
            studio.after(1.0, "Get ready: ")
    studio.ended()
    assert studio.toast.startswith("That was all: 4 takes.")
    found = [(one.recording.prompt, one.recording.person, one.recording.frames) for one in studio.entries()]
    assert found == [("wave", "Anna", 20), ("wave", "Anna", 20), ("squat", "Anna", 20), ("squat", "Anna", 20)]
    for one in studio.entries():
        assert one.segments == (Segment(start_s=0.0, end_s=one.recording.duration_s, action=one.recording.prompt),)
        assert one.recording.source == "Desk camera"
        assert one.recording.rate_hz == 30
    assert [studio.page.takes_list.count(), studio.page.prompt.isVisible()] == [4, False]
    assert "squat  ·  Anna  ·  0.6 s" in [item_text(studio.page.takes_list, row) for row in range(4)]
    a_take = [Sound.TICK, Sound.GO]
    assert sounds == [*a_take, *a_take, *a_take, *a_take, Sound.DONE]


def item_text(rows: QListWidget, row: int) -> str:
    item = rows.item(row)
    assert item is not None
    return item.text()


def test_actions_in_turn(open_studio: OpenStudio) -> None:
    studio = open_studio(countdown_s=0.0, rest_s=0.0, take_s=1.0)
    tick(studio.page.actions_list, 0)
    tick(studio.page.actions_list, 1)
    studio.page.in_turn.click()
    studio.press("R")
    for prompt in ("wave, take 1", "clap, take 1", "wave, take 2", "clap, take 2"):
        studio.after(0.0, prompt)
        studio.frames(8)
        studio.clock.now_s += 1.0
    studio.ended()
    assert [one.recording.prompt for one in studio.entries()] == ["wave", "clap", "wave", "clap"]
    assert load_settings().in_turn


def test_the_count_down_counts_with_a_tick_a_second(open_studio: OpenStudio, sounds: list[Sound]) -> None:
    studio = open_studio()
    tick(studio.page.actions_list, 1)
    studio.press("R")
    for count in (1, 2, 3):
        studio.wait_until(lambda count=count: sounds == [Sound.TICK] * count)
        studio.clock.now_s += 1.0
    studio.wait_until(lambda: sounds[-1] is Sound.GO)


def test_no_picture_of_a_take_is_missing_in_its_film(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio, frames=45)
    studio.after(2.0, "Next: wave, take 2 of 2")
    studio.frames(9)  # of the rest: they belong to no take
    studio.press("Escape")
    studio.ended()
    (entry,) = studio.entries()
    film = entry.film
    assert film is not None
    source = VideoFile(film, real_time=False)
    source.open()
    pictures = 0
    while source.read() is not None:
        pictures += 1
    source.close()
    times_s = read_times(entry.folder / TIMES)
    assert (pictures, len(times_s), entry.recording.frames) == (45, 45, 45)
    np.testing.assert_allclose(times_s, (2 + np.arange(45)) / 30)
    joints = entry.joints()
    assert joints is not None
    assert len(joints) == 45


def test_the_skeleton_is_seen_and_the_true_mode_is_told_while_it_is_recorded(open_studio: OpenStudio) -> None:
    studio = open_studio()
    studio.session.now = replace(RUNNING, source=replace(CAMERA, width_px=1280, height_px=720, rate_hz=25.0))
    taking(studio)
    studio.wait_until(lambda: studio.page.video.result is studio.session.result)
    assert len(studio.page.video.marks()) == 25
    studio.window.resize(1280, 720)
    studio.wait_until(lambda: studio.window.strip.source.text() == "Desk camera  ·  1280 × 720  ·  25 Hz")


def test_a_take_of_free_length_ends_with_the_key_and_is_labelled(open_studio: OpenStudio) -> None:
    studio = open_studio(take_s=0.0, takes=1)
    tick(studio.page.actions_list, 0)
    assert studio.page.seconds.text() == "until stopped"
    studio.press("R")
    studio.after(3.0, "wave: 0 s")
    studio.frames(20)
    studio.after(60.0, "wave: 60 s")
    studio.press("R")
    studio.ended()
    (entry,) = studio.entries()
    assert [one.action for one in entry.segments] == ["wave"]


def test_nothing_ticked_is_one_free_take_without_a_label(open_studio: OpenStudio) -> None:
    studio = open_studio()
    click(studio.page.start)
    studio.after(3.0, "Recording: now")
    studio.frames(8)
    studio.after(2.0, "")
    studio.ended()
    (entry,) = studio.entries()
    assert (entry.recording.prompt, entry.segments) == ("", ())
    assert item_text(studio.page.takes_list, 0).startswith("free  ·  Anna")


def test_what_was_set_is_remembered_and_cannot_be_changed_meanwhile(open_studio: OpenStudio) -> None:
    studio = open_studio()
    page = studio.page
    page.takes.setValue(7)
    page.seconds.setValue(4.5)
    page.rest.setValue(0.0)
    page.countdown.setValue(5.0)
    now = load_settings()
    assert (now.takes, now.take_s, now.rest_s, now.countdown_s) == (7, 4.5, 0.0, 5.0)
    tick(page.actions_list, 0)
    studio.press("R")
    fields = (page.person, page.actions_list, page.takes, page.seconds, page.countdown, page.rest, page.in_turn)
    assert not any(field.isEnabled() for field in fields)
    assert page.start.text() == "Stop"
    studio.press("R")
    assert all(field.isEnabled() for field in fields)
    assert page.start.text() == "Record"
    assert not studio.window.is_checked(ActionKey.RECORD)


@pytest.mark.parametrize("actions", [(), ("wave", "clap")])
def test_a_new_action_is_ticked_at_once(open_studio: OpenStudio, tmp_path: Path, actions: tuple[str, ...]) -> None:
    studio = open_studio(library=new_library(tmp_path / "other", actions=actions))
    assert studio.page.ticked() == []
    studio.press("Ctrl+N")
    answer(studio, "jump")
    assert studio.page.ticked() == ["jump"]


@pytest.mark.parametrize("name", ["greet", "Wave", "CLAP"])
@pytest.mark.parametrize("is_ticked", [True, False])
def test_an_action_that_gets_another_name_stays_ticked_or_not(
    open_studio: OpenStudio, name: str, is_ticked: bool
) -> None:
    """Two recordings have it: while one of them is read anew, old and new name are there for a moment."""
    studio = open_studio()
    tick(studio.page.actions_list, 0)
    studio.press("R")
    for prompt in ("wave, take 1 of 2: now", "wave, take 2 of 2: now"):
        studio.after(3.0, prompt)
        studio.frames(20)
        studio.after(2.0, "Next: " if "1 of 2" in prompt else "")
        studio.after(1.0, "Get ready: " if "1 of 2" in prompt else "")
    studio.ended()
    studio.show(PageKey.LABEL)
    page, names, library = studio.page, studio.teaching.names, studio.teaching.library
    page.tick(["wave", "squat"] if is_ticked else ["squat"])
    assert library.library is not None
    names._rename(library.library, "wave", name)
    known = "clap" if name == "CLAP" else name
    studio.wait_until(lambda: not names.is_busy and page.actions_list.findItems("wave", EXACTLY) == [])
    assert known in [item_text(page.actions_list, row) for row in range(page.actions_list.count())]
    assert set(page.ticked()) == {"squat", *([known] if is_ticked else [])}


def test_persons_of_the_library_are_offered_by_one_completer_however_often_it_changes(open_studio: OpenStudio) -> None:
    page = open_studio().page
    for persons in (("Ann",), ("Ann",), ("Ann", "Bob")):
        page.show_actions(["wave"], persons=persons)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    (completer,) = page.findChildren(QCompleter)
    assert completer is page.person.completer()
    completer.setCompletionPrefix("B")
    assert completer.currentCompletion() == "Bob"


def test_it_is_said_what_will_be_recorded(open_studio: OpenStudio, tmp_path: Path) -> None:
    page = open_studio().page
    assert page.hint.text() == "Nothing ticked: one free recording"
    page.tick(["wave", "clap", "squat"])
    assert page.hint.text() == "6 takes, about 35 s"
    page.takes.setValue(20)
    assert page.hint.text() == "60 takes, about 6 min"
    page.seconds.setValue(0.0)
    assert page.hint.text() == "60 takes"
    page.forget_actions()
    page.show_actions([], persons=())
    assert page.hint.text() == "No actions yet: Ctrl+N adds one. Without any, one free recording."


# Keys


def test_n_goes_on_without_waiting_and_leaves_no_take_out(open_studio: OpenStudio) -> None:
    studio = open_studio(takes=1)
    studio.press("N")
    assert studio.toast == "Nothing is recorded now: R begins"
    tick(studio.page.actions_list, 0)
    tick(studio.page.actions_list, 1)
    studio.press("R")
    for keys, prompt in (("N", "wave: now"), ("N", "Next: clap"), ("N", "Get ready: clap"), ("N", "clap: now")):
        studio.press(keys)
        studio.after(0.0, prompt)
        studio.frames(8 if prompt.endswith("now") else 0)
    studio.press("N")
    studio.ended()
    assert [(one.recording.prompt, len(one.segments)) for one in studio.entries()] == [("wave", 1), ("clap", 1)]


def test_a_repeats_the_take_under_way(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio)
    studio.press("A")
    studio.after(0.0, "Get ready: wave, take 1 of 2")
    studio.press("Escape")
    studio.ended()
    assert studio.entries() == []
    assert len(studio.trash()) == 1


def test_a_repeats_the_last_take_also_when_the_plan_is_over(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio)
    studio.after(2.0, "Next: wave, take 2")
    studio.press("A")
    studio.after(3.0, "wave, take 1 of 2: now")
    studio.frames(11)
    studio.after(2.0, "Next: wave, take 2")
    studio.press("N")
    studio.press("N")
    studio.frames(12)
    studio.after(2.0, "")
    studio.ended()
    assert [one.recording.frames for one in studio.entries()] == [11, 12]
    studio.press("A")
    studio.after(3.0, "wave, take 2 of 2: now")
    studio.frames(13)
    studio.press("N")
    studio.ended()
    assert [one.recording.frames for one in studio.entries()] == [11, 13]
    assert len(studio.trash()) == 2
    assert studio.page.takes_list.count() == 2


def test_a_after_a_plan_that_was_broken_off_says_that_there_is_nothing(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio)
    studio.press("Escape")
    studio.ended()
    studio.press("A")
    assert studio.toast == "Nothing is recorded now: R begins"


def test_backspace_discards_the_last_take_and_repeating_it_then_drops_no_other(open_studio: OpenStudio) -> None:
    studio = open_studio(takes=3)
    studio.press("Backspace")
    assert studio.toast == "There is no take to discard"
    tick(studio.page.actions_list, 0)
    studio.press("R")
    for frames in (8, 9):
        studio.press("N")
        studio.frames(frames)
        studio.after(2.0, "Next: ")
        studio.press("N")
    studio.wait_until(lambda: len(studio.entries()) == 2 and studio.page.takes_list.count() == 2)
    studio.press("Backspace")  # the second take
    studio.wait_until(lambda: studio.page.takes_list.count() == 1)
    studio.press("A")
    studio.after(0.0, "Get ready: wave, take 2 of 3")
    studio.press("Escape")
    studio.ended()
    assert [one.recording.frames for one in studio.entries()] == [8], "the first one stays"
    assert len(studio.trash()) == 1


def test_keeping_the_last_seconds_during_a_take_leaves_it_the_one_that_is_repeated(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio, frames=10)
    studio.press("B")
    studio.wait_until(lambda: studio.page.takes_list.count() == 1)
    studio.after(2.0, "Next: wave, take 2")
    studio.wait_until(lambda: studio.page.takes_list.count() == 2)
    studio.press("A")
    studio.after(0.0, "Get ready: wave, take 1 of 2")
    studio.press("Escape")
    studio.ended()
    (kept,) = studio.entries()
    assert (kept.recording.prompt, kept.segments) == ("", ()), "the bad take has gone, and not what was kept"
    assert len(studio.trash()) == 1


def test_backspace_discards_what_was_kept_during_a_take_and_the_take(open_studio: OpenStudio) -> None:
    studio = open_studio(takes=1)
    taking(studio, of="")
    studio.press("B")
    studio.wait_until(lambda: studio.page.takes_list.count() == 1)
    studio.after(2.0, "")
    studio.ended()
    studio.press("Backspace")  # the one that came last, at the top of the list
    studio.wait_until(lambda: studio.page.takes_list.count() == 1)
    assert [one.recording.prompt for one in studio.entries()] == [""]
    studio.press("Backspace")
    studio.wait_until(lambda: studio.page.takes_list.count() == 0)
    assert (studio.entries(), len(studio.trash())) == ([], 2)


def test_a_take_that_has_gone_from_the_disk_is_said(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio)
    studio.press("N")
    studio.press("Escape")
    studio.ended()
    (entry,) = studio.entries()
    shutil.rmtree(entry.folder)
    studio.press("Backspace")
    studio.wait_until(lambda: studio.toast == "The take is not in the library: nothing was discarded")


def test_escape_ends_what_runs_and_keeps_the_take_without_a_label(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio)
    studio.press("F11")
    studio.press("Escape")
    studio.ended()
    assert studio.window.isFullScreen(), "one thing at a time"
    (entry,) = studio.entries()
    assert (entry.recording.prompt, entry.recording.frames, entry.segments) == ("wave", 10, ())
    assert "not labelled" in item_text(studio.page.takes_list, 0)
    studio.press("Escape")
    studio.wait_until(lambda: not studio.window.isFullScreen())


def test_letters_in_a_field_are_letters(open_studio: OpenStudio) -> None:
    studio = open_studio(person="")
    studio.page.person.setFocus()
    type_text(studio.page.person, "Bran")
    assert studio.page.person.text() == "Bran"
    assert not studio.teaching.record.is_running


def test_after_the_name_was_typed_enter_gives_the_keys_back_to_the_page(open_studio: OpenStudio) -> None:
    studio = open_studio(person="")
    studio.page.person.setFocus()
    type_text(studio.page.person, "Ben")
    press(studio.page.person, Qt.Key.Key_Return)
    press(QApplication.focusWidget() or studio.window, Qt.Key.Key_R)
    assert studio.teaching.record.is_running
    assert load_settings().person == "Ben"


def test_a_name_that_was_typed_just_now_is_remembered(open_studio: OpenStudio) -> None:
    studio = open_studio(person="")
    studio.page.person.setFocus()
    type_text(studio.page.person, "Ben")
    click(studio.page.start)  # which does not take the focus
    assert studio.teaching.record.is_running
    assert load_settings().person == "Ben"


def test_the_key_works_while_a_number_has_the_focus(open_studio: OpenStudio) -> None:
    studio = open_studio()
    studio.page.takes.setFocus()
    press(studio.page.takes, Qt.Key.Key_R)
    assert studio.teaching.record.is_running


# Who is recorded, and where to


def test_the_person_is_asked_for_once(open_studio: OpenStudio) -> None:
    studio = open_studio(person="")
    tick(studio.page.actions_list, 0)
    studio.press("R")
    assert not studio.teaching.record.is_running
    answer(studio, "Ben")
    assert studio.teaching.record.is_running
    assert load_settings().person == "Ben"
    studio.press("R")
    studio.press("R")
    studio.after(3.0, "wave, take 1")
    studio.frames(8)
    studio.press("R")
    studio.ended()
    assert [one.recording.person for one in studio.entries()] == ["Ben"]


def test_whoever_does_not_answer_records_nothing(open_studio: OpenStudio) -> None:
    studio = open_studio(person="")
    studio.press("R")
    (question,) = studio.window.findChildren(AskText)
    press(question.field, Qt.Key.Key_Escape)
    press(question, Qt.Key.Key_Escape)
    assert not studio.teaching.record.is_running
    assert not studio.window.is_checked(ActionKey.RECORD)


def test_r_on_the_live_page_opens_the_library_asks_and_records(open_studio: OpenStudio) -> None:
    studio = open_studio(PageKey.LIVE, person="")
    assert studio.teaching.library.library is None
    studio.press("R")
    studio.wait_until(lambda: bool(studio.window.findChildren(AskText)))
    answer(studio, "Ben")
    mark = studio.window.page.recording
    studio.wait_until(lambda: mark.isVisible() and mark.text == "Recording: 0 s")
    studio.frames(15)
    studio.clock.now_s += 7.0
    studio.wait_until(lambda: mark.text == "Recording: 7 s")
    studio.press("R")
    studio.ended()
    assert not mark.isVisible()
    (entry,) = studio.entries()
    assert (entry.recording.person, entry.recording.frames, entry.segments) == ("Ben", 15, ())


def test_two_persons_are_both_kept(open_studio: OpenStudio) -> None:
    studio = open_studio()
    result = make_result(pose=figure_pose(64, 48, persons=2))
    both = replace(result, prediction=None, looked_at=(0, 1))
    tick(studio.page.actions_list, 0)
    for number in range(100, 111):
        studio.session.give(replace(both, frame=replace(both.frame, number=number, time_s=number / 30)))
        if number == 100:
            studio.press("R")
            studio.press("N")
    studio.press("N")
    studio.press("Escape")
    studio.ended()
    (entry,) = studio.entries()
    joints = entry.joints()
    assert joints is not None
    assert (entry.recording.persons, joints.positions_m.shape[1]) == (2, 2)


def test_a_library_that_another_window_has_is_said_and_works_once_it_is_let_go(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    folder = new_library(tmp_path / "shared")
    with Library.opened(folder):
        studio = open_studio(library=folder)
        for keys in ("R", "B"):
            studio.press(keys)
            studio.wait_until(lambda: studio.toast.startswith("Nothing can be recorded. Another program has it open"))
            studio.page.toast.setText("")
    tick(studio.page.actions_list, 0)
    studio.press("R")
    studio.wait_until(lambda: studio.teaching.record.is_running)
    studio.after(3.0, "wave, take 1 of 2: now")
    studio.frames(8)
    studio.press("N")
    studio.press("Escape")
    studio.ended()
    assert len(studio.entries()) == 1
    assert studio.page.ticked() == ["wave"], "it is the same library"


def test_a_library_that_has_gone_is_said(open_studio: OpenStudio, tmp_path: Path) -> None:
    studio = open_studio(PageKey.LIVE)
    shutil.rmtree(studio.folder)
    studio.press("R")
    studio.wait_until(lambda: studio.toast.startswith("Nothing can be recorded. ") and "is no library" in studio.toast)
    assert not studio.folder.exists(), "and none is made in its place"


def test_another_library_can_only_be_chosen_once_the_recording_has_ended(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    studio = open_studio()
    taking(studio)
    studio.press("Ctrl+Shift+O")
    assert studio.window.findChildren(QFileDialog) == []
    assert studio.toast == "End the recording first: R"
    studio.press("R")
    studio.ended()
    studio.press("Ctrl+Shift+O")
    (dialog,) = studio.window.findChildren(QFileDialog)
    other = new_library(tmp_path / "other", actions=("jump",))
    dialog.fileSelected.emit(str(other))
    dialog.close()
    studio.be_active()
    studio.wait_until(lambda: studio.page.actions_list.count() == 1)
    assert studio.page.takes_list.count() == 0, "the takes of the one before are not its own"
    assert studio.page.ticked() == []
    studio.press("Backspace")
    assert studio.toast == "There is no take to discard"
    assert len(studio.entries()) == 1


# The last seconds


@pytest.mark.parametrize("page", [PageKey.LIVE, PageKey.RECORD])
def test_the_last_seconds_are_kept_after_the_fact(open_studio: OpenStudio, page: PageKey) -> None:
    studio = open_studio(page)
    for count in range(2, 43):  # no faster than they are held
        studio.wait_until(lambda count=count: studio.teaching.record.held.frames == count)
        studio.frames(1 if count < 42 else 0)
    studio.press("B")
    studio.wait_until(lambda: studio.toast.startswith("Kept: 1."))
    (entry,) = studio.entries()
    assert (entry.recording.frames, entry.recording.person, entry.segments) == (42, "Anna", ())
    joints = entry.joints()
    assert joints is not None
    assert len(joints) == 42
    assert studio.page.takes_list.count() == 1


def test_before_the_first_picture_there_is_nothing_to_keep_nor_to_record(
    open_window: Callable[..., MainWindow], open_studio: OpenStudio
) -> None:
    studio = open_studio()
    studio.window.control.start_source("performer")
    studio.wait_until(lambda: len(studio.backend.sessions) == 2 and not studio.window.control.bridge.is_idle)
    studio.press("B")
    assert studio.toast == "There is nothing to keep yet: no picture has come"
    studio.press("R")
    assert studio.toast == "There is no picture to record yet"
    assert not studio.teaching.record.is_running


def test_how_much_can_be_kept_and_how_long_the_disk_lasts_is_shown(
    open_studio: OpenStudio, free_bytes: list[int]
) -> None:
    studio = open_studio()
    studio.frames(60)
    studio.wait_until(lambda: studio.page.held.text() == "The last 2 s can be kept")
    assert studio.page.disk.text().startswith("Room for ")
    library = studio.teaching.library.library
    assert library is not None
    camera = replace(CAMERA, width_px=1920, height_px=1080)
    for free, text in (
        (700 * MB, "Only 700 MB are free: about"),
        (400 * MB, "Only 400 MB are free: make room before you record."),
    ):
        free_bytes.append(free)
        assert disk_text(library, camera).startswith(text)


# What goes wrong


def test_with_too_little_disk_nothing_begins(open_studio: OpenStudio, free_bytes: list[int]) -> None:
    studio = open_studio()
    free_bytes.append(300 * MB)
    tick(studio.page.actions_list, 0)
    studio.press("R")
    assert studio.toast.startswith("Only 300 MB are free where")
    assert not studio.teaching.record.is_running
    assert studio.entries() == []


def test_a_disk_that_runs_full_ends_the_plan_and_keeps_what_was_recorded(
    open_studio: OpenStudio, free_bytes: list[int]
) -> None:
    studio = open_studio()
    taking(studio, frames=20)
    free_bytes.append(150 * MB)
    studio.frames(20)

    def has_ended() -> bool:
        studio.clock.now_s += 0.1
        return not studio.teaching.record.is_running

    studio.wait_until(has_ended)
    studio.ended()
    assert studio.toast.startswith("The recording ended because only 150 MB are free")
    assert studio.toast.endswith("What was recorded is kept.")
    (entry,) = studio.entries()
    assert 15 <= entry.recording.frames <= 30
    assert entry.segments == ()
    assert entry.poses.exists()


def test_a_take_that_cannot_be_ended_ends_the_plan(open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = open_studio()
    taking(studio)

    def finish(*_: object, **__: object) -> None:
        raise OutputError("Cannot write recording.json: no space is left.")

    with monkeypatch.context() as patch:
        patch.setattr(Library, "finish", finish)
        studio.after(2.0, "")
        studio.ended()
    assert studio.toast == "Cannot write recording.json: no space is left."
    assert not studio.teaching.record.is_running


@pytest.mark.parametrize("state", [SessionState.LOST, SessionState.FINISHED, SessionState.FAILED])
def test_a_source_that_ends_during_a_take_ends_it_and_what_came_is_kept(
    open_studio: OpenStudio, state: SessionState
) -> None:
    studio = open_studio()
    taking(studio)
    studio.session.become(state, "It was unplugged.")
    studio.after(0.2, "")
    studio.ended()
    assert studio.toast == ("The recording has ended, since no pictures come any more. What was recorded is kept.")
    (entry,) = studio.entries()
    assert (entry.recording.frames, entry.segments) == (10, ())


def test_a_camera_that_falls_silent_ends_the_plan_before_an_empty_take(open_studio: OpenStudio) -> None:
    studio = open_studio()
    tick(studio.page.actions_list, 0)
    studio.press("R")
    studio.session.become(SessionState.RUNNING, silence_s=1.5, frame_age_s=1.5)
    studio.after(0.2, "")
    studio.ended()
    assert studio.toast == "The recording has ended, since no pictures come any more."
    assert studio.entries() == []


def test_a_take_without_a_picture_is_not_kept(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio, frames=0)
    studio.press("R")
    studio.ended()
    assert studio.toast == "No picture came while it was recorded, so there is nothing to keep."
    assert studio.entries() == []


def test_a_take_in_which_nobody_was_found_is_kept_and_said(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio, pose=figure_pose(64, 48, persons=0))
    studio.after(2.0, "Next: ")
    studio.wait_until(lambda: studio.page.takes_list.count() == 1)
    assert studio.toast == "Nobody was found in this take: nothing can be learnt from it"
    assert "nobody was found in it" in item_text(studio.page.takes_list, 0)


@pytest.mark.parametrize("what", ["source", "model"])
def test_another_source_or_model_ends_the_take(open_studio: OpenStudio, what: str) -> None:
    studio = open_studio()
    taking(studio)
    if what == "source":
        studio.press("Ctrl+P")
    else:
        studio.window.control.start_model("mine")
    studio.ended()
    assert studio.toast == ("The recording has ended, since another source or model begins. What was recorded is kept.")
    (entry,) = studio.entries()
    assert (entry.recording.source, entry.recording.frames, entry.segments) == ("Desk camera", 10, ())


def test_stopping_the_session_ends_the_take(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio)
    studio.press("Ctrl+.")
    studio.after(0.2, "")
    studio.ended()
    assert len(studio.entries()) == 1


@pytest.mark.parametrize("page", [PageKey.LABEL, PageKey.TRAIN])
def test_leaving_for_a_page_without_pictures_ends_the_plan(open_studio: OpenStudio, page: PageKey) -> None:
    studio = open_studio()
    taking(studio)
    studio.show(page)
    assert studio.toast == "The recording has ended. What was recorded is kept."
    studio.ended()
    (entry,) = studio.entries()
    assert (entry.recording.frames, entry.segments) == (10, ())
    joints = entry.joints()
    assert joints is not None
    assert len(joints) == 10, "the joints of the last picture too"


def test_the_plan_goes_on_on_the_live_page_where_a_sign_tells_it(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio)
    studio.press("Alt+1")
    mark = studio.window.page.recording
    assert mark.isVisible()
    assert mark.text == "wave, take 1 of 2: now"
    studio.frames(10)
    studio.clock.now_s += 2.0
    studio.wait_until(lambda: mark.text == "Next: wave, take 2 of 2")
    studio.press("Escape")
    assert not mark.isVisible()
    studio.ended()
    assert [(one.recording.frames, len(one.segments)) for one in studio.entries()] == [(20, 1)]


def test_a_take_that_is_discarded_on_the_label_page_is_no_take_of_this_session(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio)
    studio.press("N")
    studio.press("Escape")
    studio.ended()
    studio.show(PageKey.LABEL)
    (entry,) = studio.entries()
    opened = studio.teaching.labels.entry
    assert opened is not None
    assert opened.name == entry.name, "what was recorded is there to be looked at"
    studio.press("Ctrl+Del")
    studio.wait_until(lambda: studio.page.takes_list.count() == 0)
    studio.show(PageKey.RECORD)
    studio.press("Backspace")
    assert studio.toast == "There is no take to discard"


@pytest.mark.parametrize("is_opened_late", [True, False])
def test_a_take_that_is_open_on_the_label_page_can_be_discarded_and_put_back(
    open_studio: OpenStudio, is_opened_late: bool
) -> None:
    """`is_opened_late`: as where it is opened while it goes; what is no more is left then."""
    studio = open_studio(takes=1)
    taking(studio, of="", frames=30)
    studio.press("N")
    studio.ended()
    studio.show(PageKey.LABEL)
    labels = studio.teaching.labels
    (entry,) = studio.entries()
    labels.editing.remove(0.1)
    assert labels.autosave.state.is_dirty
    if is_opened_late:
        studio.teaching.record.dropping.disconnect()
    studio.show(PageKey.RECORD)
    studio.press("Backspace")
    studio.wait_until(lambda: studio.trash() == [entry.name] and studio.page.takes_list.count() == 0)
    assert labels.entry is None
    assert not labels.autosave.state.is_dirty
    assert not studio.window.isWindowModified()
    studio.show(PageKey.LABEL)
    studio.press("Ctrl+Shift+Del")
    studio.wait_until(lambda: labels.entry is not None)
    assert [one.name for one in studio.entries()] == [entry.name]
    assert studio.entries()[0].segments == (), "the last edit was saved before"


def test_a_take_that_is_slow_to_end_has_the_library_to_itself_after_the_window_has_gone(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it could not be ended, and the next start would label a take that was stopped as a whole one."""
    studio, release, end = open_studio(), threading.Event(), TakeRecorder.end

    def slow(recorder: TakeRecorder, *, label: str = "") -> Take:
        assert release.wait(20)
        return end(recorder, label=label)

    monkeypatch.setattr(TakeRecorder, "end", slow)
    monkeypatch.setattr("app.live_control.LEAVE_S", 0.1)
    taking(studio)
    studio.window.close()
    with Library.opened(studio.folder) as another:
        assert "Another program" in another.why_read_only
    release.set()
    (thread,) = [one for one in threading.enumerate() if one.name == "let-library-go"]
    thread.join(20)
    with Library.opened(studio.folder) as another:
        assert another.why_read_only == ""
        assert repair_all(another, another.entries()[0]) == []
    (entry,) = studio.entries()
    assert (entry.recording.prompt, entry.recording.frames, entry.segments) == ("wave", 10, ())


def test_a_take_is_opened_on_the_label_page(open_studio: OpenStudio) -> None:
    studio = open_studio(countdown_s=0.0, rest_s=0.0)
    tick(studio.page.actions_list, 0)
    studio.press("R")
    for frames in (8, 12):
        studio.frames(frames)
        studio.press("N")
    studio.ended()
    assert studio.page.takes_list.count() == 2
    studio.page.takes_list.setFocus()
    studio.page.takes_list.setCurrentRow(1)
    press(studio.page.takes_list, Qt.Key.Key_Return)
    assert studio.window.page_key is PageKey.LABEL
    opened = studio.teaching.labels.entry
    assert opened is not None
    assert opened.recording.frames == 8, "the newest is listed first"


def test_closing_the_window_during_a_take_keeps_it(open_studio: OpenStudio) -> None:
    studio = open_studio()
    taking(studio, frames=25)
    studio.window.close()
    (entry,) = studio.entries()
    assert (entry.recording.state, entry.recording.frames, entry.segments) == ("done", 25, ())
    joints = entry.joints()
    assert joints is not None
    assert len(joints) == 25


def test_sound_can_be_switched_off_and_stays_off(open_studio: OpenStudio, sounds: list[Sound]) -> None:
    studio = open_studio(sound=False)
    tick(studio.page.actions_list, 0)
    studio.press("R")
    studio.press("R")
    assert sounds == []
    QTest.mouseClick(studio.page.sound, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))  # type: ignore[call-overload]
    assert load_settings().sound
    studio.press("R")
    assert sounds == [Sound.TICK]
