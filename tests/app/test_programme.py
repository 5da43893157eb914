"""The programme of a lecture: steps in order, a file that is checked, and views that come back as they were."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog

from app.actions import ActionKey
from app.lecture.programme import (
    MOST_STEPS,
    Programme,
    RangeChoice,
    Step,
    load_programme,
    save_programme,
)
from app.page_key import PageKey
from app.widgets.compare_panel import NO_ATTENTION
from core.errors import DataError, OutputError
from core.explain.clip_choice import recording_name
from core.explain.heat import Palette
from core.library.library import Library
from tests.app.lecturing import CTRL, SEGMENTS, SHIFT, Room, add_recording, write_model
from tests.explaining import moving, small_model

STEP = Step(
    clip="/somewhere/library#2026-11-26_wave/2",
    time_s=1.25,
    model="everyday",
    title="Waving",
    palette=Palette.VIRIDIS,
    range=RangeChoice.FRAME,
    has_heat=False,
    has_trails=True,
    stretch_s=(0.5, 1.0),
    compares_with=NO_ATTENTION,
)


def steps(count: int) -> Programme:
    return Programme(steps=tuple(replace(STEP, title=str(number)) for number in range(count)))


def titles(programme: Programme) -> list[str]:
    return [step.title for step in programme.steps]


# --- values ---


def test_a_programme_comes_back_from_its_file_and_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "talk.lecture.json"
    programme = replace(steps(3), place=2)
    save_programme(path, programme)
    assert load_programme(path) == replace(programme, place=-1)


@pytest.mark.parametrize(
    "change",
    [
        {"clip": "no name of a clip"},
        {"clip": "library#"},
        {"clip": "library#x/wave"},
        {"clip": "library#" + "x" * 5000},
        {"time_s": -1.0},
        {"time_s": 1e9},
        {"time_s": "soon"},
        {"palette": "jet"},
        {"range": "of everything"},
        {"stretch_s": [2.0, 1.0]},
        {"stretch_s": [1.0]},
        {"has_heat": "yes"},
    ],
)
def test_a_damaged_step_is_refused_by_name(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "talk.lecture.json"
    document = {"steps": [{**asdict(STEP), **change}], "place": -1, "schema_version": 1}
    path.write_text(json.dumps(document))
    with pytest.raises(DataError, match=r"talk\.lecture\.json"):
        load_programme(path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 2, "steps": []}', '{"steps": []}'])
def test_what_is_no_programme_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "talk.lecture.json"
    path.write_text(text)
    with pytest.raises(DataError):
        load_programme(path)
    with pytest.raises(DataError):
        load_programme(tmp_path / "missing.lecture.json")


@pytest.mark.parametrize("place", ["library.json", "recordings/first/segments.json"])
def test_a_programme_is_not_written_over_what_is_a_librarys_own(tmp_path: Path, place: str) -> None:
    with Library.opened(tmp_path / "library", create=True):
        pass
    target = tmp_path / "library" / place
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        target.write_text("{}")
    before = target.read_bytes()
    with pytest.raises(OutputError, match="belongs to the library"):
        save_programme(target, steps(1))
    assert target.read_bytes() == before


def test_a_programme_has_an_end() -> None:
    with pytest.raises(DataError, match="more than"):
        Programme(steps=(STEP,) * (MOST_STEPS + 1))


def test_a_new_step_comes_behind_the_one_that_is_shown() -> None:
    programme = replace(steps(3), place=0).with_step(replace(STEP, title="new"))
    assert titles(programme) == ["0", "new", "1", "2"]
    assert programme.place == 1
    assert titles(Programme().with_step(STEP)) == ["Waving"]


@given(count=st.integers(0, 5), place=st.integers(-1, 6), chosen=st.integers(-2, 6), by=st.sampled_from([-1, 1]))
def test_moving_and_dropping_keeps_the_step_that_is_shown(count: int, place: int, chosen: int, by: int) -> None:
    programme = replace(steps(count), place=min(place, count - 1))
    shown = programme.step
    moved = programme.with_moved(chosen, by)
    assert moved.step == shown
    assert sorted(titles(moved)) == titles(programme)
    left = programme.without(chosen)
    assert len(left.steps) == count - (0 <= chosen < count)
    if chosen != programme.place:
        assert left.step == shown
    assert programme.went(99).place == count - 1


@pytest.mark.parametrize("text", ["", "library", "#x", "library#", "library#x/", "library#x/two", "library#x/1/2"])
def test_a_name_of_a_clip_is_checked(text: str) -> None:
    with pytest.raises(DataError):
        Step(clip=text)


def test_a_name_of_a_clip_comes_back() -> None:
    for folder, recording, segment in ((Path("/a#b/c"), "x", None), (Path("c"), "x", 3)):
        choice = Step(clip=recording_name(folder, recording, segment=segment)).choice
        assert (choice.path, choice.recording, choice.segment) == (folder, recording, str(segment or ""))


# --- in the window ---


def prepared(room: Room) -> None:
    """Three views: a stretch in viridis, a segment, and a clip against itself without attention."""
    room.enter().show(room.names[0])
    control = room.lecture.control
    room.key(Qt.Key.Key_C, SHIFT)
    control.set_stretch((0.4, 0.8))
    control.player.seek(0.5)
    room.key(Qt.Key.Key_D, CTRL)
    room.key(Qt.Key.Key_C, SHIFT)
    control.look_at_segment(2)
    room.key(Qt.Key.Key_D, CTRL)
    room.show(room.names[2])
    control.asking.compare_with(NO_ATTENTION)
    room.wait_for_comparison(NO_ATTENTION)
    room.key(Qt.Key.Key_D, CTRL)


def test_views_come_back_as_they_were(room: Room) -> None:
    prepared(room)
    control, page = room.lecture.control, room.lecture.page
    assert page.programme.steps.count() == 3
    room.window.setFocus()
    room.key(Qt.Key.Key_PageUp)
    room.qtbot.waitUntil(lambda: control.segment == 2, timeout=20_000)
    assert control.title == room.names[0]
    assert control.stretch == (SEGMENTS[1].start_s, SEGMENTS[1].end_s)
    assert str(control.view.palette) == Palette.CIVIDIS
    room.key(Qt.Key.Key_PageUp)
    assert control.segment == 0
    assert control.stretch == pytest.approx((0.4, 0.8))
    assert control.player.time_s == pytest.approx(0.5)
    assert str(control.view.palette) == Palette.VIRIDIS
    room.key(Qt.Key.Key_PageUp)
    assert room.lecture.programme.place == 0, "there is none before the first"
    for _ in range(2):
        room.key(Qt.Key.Key_PageDown)
    room.wait_for_comparison(NO_ATTENTION)
    assert control.title == room.names[2]
    room.key(Qt.Key.Key_PageUp)
    room.qtbot.waitUntil(lambda: control.segment == 2, timeout=20_000)
    assert control.asking.comparison is None


def test_a_programme_is_saved_and_opened_through_the_dialogs(room: Room, tmp_path: Path) -> None:
    prepared(room)
    path = tmp_path / "talk.lecture.json"
    room.key(Qt.Key.Key_S, CTRL)
    (dialog,) = room.window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()
    assert path.exists()
    room.lecture._set(Programme())
    room.window.actions_by_key[ActionKey.OPEN_PROGRAMME].trigger()
    dialog = room.window.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(path))
    dialog.close()
    assert room.lecture.page.programme.steps.count() == 3
    assert room.lecture.programme.place == -1
    room.window.setFocus()
    room.key(Qt.Key.Key_PageDown)
    assert room.lecture.programme.place == 0
    room.qtbot.waitUntil(lambda: room.lecture.control.title == room.names[0])
    room.wait_for_answer()


def test_steps_are_moved_and_dropped_with_keys(room: Room) -> None:
    prepared(room)
    page = room.lecture.page
    page.programme.steps.setFocus()
    page.programme.steps.setCurrentRow(0)
    room.key(Qt.Key.Key_Down, CTRL)
    assert page.programme.row == 1
    assert room.lecture.programme.place == 2, "what is shown is still what is shown"
    room.key(Qt.Key.Key_D, CTRL | SHIFT)
    choices = [step.choice for step in room.lecture.programme.steps]
    assert [(one.recording, one.segment) for one in choices] == [(room.names[0], "2"), (room.names[2], "")]
    page.programme.steps.setFocus()
    page.programme.steps.setCurrentRow(0)
    room.key(Qt.Key.Key_Return)
    room.qtbot.waitUntil(lambda: room.lecture.control.segment == 2, timeout=20_000)


def test_an_empty_programme_says_so(room: Room) -> None:
    room.enter()
    room.key(Qt.Key.Key_PageDown)
    assert "empty" in room.lecture.page.toast.text()
    room.key(Qt.Key.Key_D, CTRL)
    assert "library" in room.lecture.page.toast.text()


def test_a_damaged_file_changes_nothing(room: Room, tmp_path: Path) -> None:
    prepared(room)
    path = tmp_path / "talk.lecture.json"
    path.write_text("{")
    room.lecture.open_programme(path)
    assert "talk.lecture.json" in room.lecture.page.toast.text()
    assert len(room.lecture.programme.steps) == 3
    room.lecture.save_programme(tmp_path / "no" / "such" / "folder.lecture.json")
    assert room.lecture.page.toast.text()


def test_a_recording_and_a_library_that_are_gone_are_said_and_none_is_made(room: Room, tmp_path: Path) -> None:
    room.enter().show(room.names[2])
    folder = room.lecture._library.folder
    gone, empty = tmp_path / "gone", tmp_path / "empty"
    empty.mkdir()
    clips = [f"{folder}#gone", f"{gone}#x", f"{empty}#x", f"{'x' * 300}#x", "a\0b#x"]
    room.lecture._set(Programme(steps=tuple(Step(clip=clip) for clip in clips)))
    for words in ("not in this library", *["no library at"] * 4):
        room.window.setFocus()
        room.key(Qt.Key.Key_PageDown)
        assert words in room.lecture.page.toast.text()
    assert not gone.exists()
    assert list(empty.iterdir()) == []
    assert room.lecture.control.title == room.names[2]


def test_a_step_of_another_library_opens_it_and_another_model_is_used(room: Room, tmp_path: Path) -> None:
    other, model = tmp_path / "other", write_model(tmp_path / "second", small_model(window_frames=20))
    with Library.opened(other, create=True) as library:
        name = add_recording(library, moving(24), has_film=False)
    room.enter().show(room.names[2])
    room.lecture._set(Programme(steps=(Step(clip=f"{other}#{name}", model=str(model), time_s=0.3),)))
    room.window.setFocus()
    room.key(Qt.Key.Key_PageDown)
    room.qtbot.waitUntil(lambda: room.lecture.control.title == name, timeout=20_000)
    room.wait_for_answer()
    control = room.lecture.control
    room.qtbot.waitUntil(lambda: control.player.time_s == pytest.approx(0.3), timeout=20_000)
    assert control.used_model == str(model)
    assert room.window.control.request.model == str(model)


def test_a_step_from_the_live_page_goes_to_the_lecture(room: Room) -> None:
    prepared(room)
    room.window.show_page(PageKey.LIVE)
    room.lecture.show_step(0)
    assert room.window.page_key is PageKey.LECTURE
    room.wait_for_answer()
