"""Edits, undo and redo, the journal, saving, backups and recovery."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError, OutputError
from core.library import edits, records
from core.library.backups import KEPT, backups_of, keep_backup
from core.library.changes import drop_action, rename_action, set_person
from core.library.edits import Edit, Labels, applied, ordered
from core.library.history import History
from core.library.journal import JOURNAL, Journal, unsaved
from core.library.labelling import Labelling, recover, recoveries
from core.library.library import LIBRARY, SEGMENTS, Entry, Library
from core.library.records import ActionEntry, LibraryDocument, RecordingDocument, check_segment, with_mirror
from core.skeleton.segment import Segment
from tests.fakes import FakeClock

WAVE = Segment(start_s=1.0, end_s=2.0, action="wave")
CLAP = Segment(start_s=3.0, end_s=4.5, action="clap")
AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)

times = st.floats(0, 60, allow_nan=False).map(lambda value: round(value, 3))
segments = st.builds(
    lambda start_s, length_s, action: Segment(start_s=start_s, end_s=start_s + length_s, action=action),
    times,
    st.floats(0.1, 5),
    st.sampled_from(["wave", "clap", "hüpfen"]),
)


def labelled(edit_plan: list[tuple[int, Segment]]) -> tuple[History, list[Edit]]:
    """A history in which things were marked, removed, undone and done again, and all changes that this was."""
    history, changes = History(), []
    for kind, segment in edit_plan:
        if kind == 0 and segment not in history.labels:
            changes.append(edits.mark(history.labels, segment))
            history.do(changes[-1])
        elif kind == 1 and history.labels:
            changes.append(edits.remove(history.labels[:1]))
            history.do(changes[-1])
        elif kind in (2, 3):
            change = history.undo() if kind == 2 else history.redo()
            changes += [change] if change is not None else []
    return history, changes


plans = st.lists(st.tuples(st.integers(0, 3), segments), max_size=30)


@given(plans)
def test_undoing_all_and_doing_it_again_comes_back(plan: list[tuple[int, Segment]]) -> None:
    history, _ = labelled(plan)
    before, count = history.labels, history.done
    while history.undo() is not None:
        pass
    assert history.labels == ()
    for _ in range(count):
        history.redo()
    assert history.labels == before


@given(plans)
def test_the_journal_brings_back_what_was_done(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[int, Segment]]
) -> None:
    folder = tmp_path_factory.mktemp("recording")
    history, changes = labelled(plan)
    journal = Journal(folder)
    for change in changes:
        journal.add(change, base=())
    found = unsaved(folder, saved=())
    assert (() if found is None else found.labels) == history.labels


@given(plans, st.data())
def test_a_cut_journal_brings_back_its_beginning(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[int, Segment]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("recording")
    _, changes = labelled(plan)
    states: list[Labels] = [()]
    journal = Journal(folder)
    for change in changes:
        journal.add(change, base=())
        states.append(applied(states[-1], change))
    if not changes:
        return
    content = (folder / JOURNAL).read_bytes()
    (folder / JOURNAL).write_bytes(content[: data.draw(st.integers(0, len(content)))])
    found = unsaved(folder, saved=())
    assert (() if found is None else found.labels) in states


@given(st.binary(max_size=200))
def test_any_bytes_are_no_journal_or_one(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("recording")
    (folder / JOURNAL).write_bytes(content)
    unsaved(folder, saved=())


def test_split_and_merge_are_each_others_inverse() -> None:
    halves = applied((WAVE, CLAP), edits.split([WAVE, CLAP], at_s=1.25))
    assert [(one.start_s, one.end_s) for one in halves] == [(1.0, 1.25), (1.25, 2.0), (3.0, 4.5)]
    assert applied(halves, edits.merge(halves[:2])) == (WAVE, CLAP)


@pytest.mark.parametrize("at_s", [0.5, 1.0, 1.01, 1.99, 2.0])
def test_nothing_to_split(at_s: float) -> None:
    with pytest.raises(DataError, match="reaches over"):
        edits.split([WAVE], at_s=at_s)


def test_only_one_action_can_be_merged() -> None:
    with pytest.raises(DataError, match="one action"):
        edits.merge([WAVE, CLAP])
    with pytest.raises(DataError, match="two or more"):
        edits.merge([WAVE])


def test_edges_stay_within_the_recording() -> None:
    moved = edits.move_edges([WAVE, CLAP], start_by_s=-1.5, duration_s=5.0)
    assert moved is not None
    assert [(one.start_s, one.end_s) for one in moved.added] == [(0.0, 2.0), (1.5, 4.5)]
    whole = edits.move_edges([WAVE, CLAP], start_by_s=1.0, end_by_s=1.0, duration_s=5.0)
    assert whole is not None
    assert [(one.start_s, one.end_s) for one in whole.added] == [(2.0, 3.0), (3.5, 5.0)]
    assert edits.move_edges([WAVE], start_by_s=0.0, duration_s=5.0) is None
    with pytest.raises(DataError, match=r"at least 0\.05"):
        edits.move_edges([WAVE], end_by_s=-0.96, duration_s=5.0)


def test_a_segment_that_ends_after_the_recording_comes_in_or_stays() -> None:
    late = Segment(start_s=1.0, end_s=6.0, action="wave")
    moved = edits.move_edges([late], start_by_s=0.5, end_by_s=0.5, duration_s=5.5)
    assert moved is not None
    assert moved.added == (Segment(start_s=0.5, end_s=5.5, action="wave"),)
    whole = Segment(start_s=0.0, end_s=10.0, action="wave")
    assert edits.move_edges([whole], start_by_s=1.0, end_by_s=1.0, duration_s=9.5) is None


@given(segments, st.floats(-100, 100), st.floats(0.1, 60))
def test_a_moved_segment_keeps_its_length_and_can_be_saved(one: Segment, by_s: float, duration_s: float) -> None:
    moved = edits.moved_within(one, by_s, duration_s=duration_s)
    check_segment(moved)
    assert moved.duration_s == pytest.approx(one.duration_s)
    assert moved == one or moved.end_s <= duration_s + 1e-9


def test_marking_twice_and_too_little() -> None:
    with pytest.raises(DataError, match="already"):
        edits.mark((WAVE,), WAVE)
    with pytest.raises(DataError, match="at least"):
        edits.mark((), Segment(start_s=1.0, end_s=1.01, action="wave"))


def test_an_edit_that_does_not_fit_changes_nothing() -> None:
    history = History((WAVE,))
    with pytest.raises(DataError, match="does not fit"):
        history.do(edits.remove([CLAP]))
    assert history.labels == (WAVE,)
    assert history.edits == ()


def test_a_new_edit_forgets_what_was_undone() -> None:
    history = History((WAVE,))
    history.do(edits.mark(history.labels, CLAP))
    history.undo()
    edit = edits.relabel([WAVE], "push")
    assert edit is not None
    history.do(edit)
    assert history.redo() is None
    assert [one.action for one in history.labels] == ["push"]


# A recording of a library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.opened(tmp_path / "library", create=True)


@pytest.fixture
def entry(library: Library) -> Entry:
    recording = RecordingDocument(person="Ann", recorded_at=AT.isoformat(), duration_s=10.0)
    return library.finish(library.begin(recording), recording, segments=[WAVE])


def edited(library: Library, entry: Entry, clock: FakeClock | None = None) -> Labelling:
    return Labelling(library, entry, clock=clock or FakeClock())


def test_saving(library: Library, entry: Entry) -> None:
    clock = FakeClock(100.0)
    labelling = edited(library, entry, clock)
    assert not labelling.state().is_dirty
    labelling.do(edits.mark(labelling.labels, CLAP))
    assert labelling.state().is_dirty
    assert library.entry(entry.name).segments == (WAVE,)
    clock.now_s = 112.0
    assert labelling.save()
    assert labelling.state().saved_s == 112.0
    assert not labelling.state().is_dirty
    assert library.entry(entry.name).segments == (WAVE, CLAP)
    assert "clap" in library.actions
    assert not (entry.folder / JOURNAL).exists()


def test_undo_after_a_save_is_an_edit_and_is_saved(library: Library, entry: Entry) -> None:
    labelling = edited(library, entry)
    labelling.do(edits.mark(labelling.labels, CLAP))
    labelling.save()
    labelling.undo()
    assert labelling.state().is_dirty
    labelling.save()
    assert library.entry(entry.name).segments == (WAVE,)


def test_what_a_crash_left_is_offered_and_comes_back(library: Library, entry: Entry) -> None:
    labelling = edited(library, entry)
    labelling.do(edits.mark(labelling.labels, CLAP))
    labelling.do(edits.remove([WAVE]))
    (found,) = recoveries(library.entries()[0])  # as the next start would: nobody saved
    assert "2 edits" in found.text
    assert "1 new and 1 fewer" in found.text
    assert found.fits
    recover(library, found)
    assert library.entry(entry.name).segments == (CLAP,)
    assert recoveries(library.entries()[0]) == []
    (backup,) = backups_of(entry.folder / SEGMENTS)
    assert json.loads(backup.path.read_text())["segments"][0]["action"] == "wave"


def test_what_a_crash_left_and_nobody_brought_back_is_an_earlier_version(library: Library, entry: Entry) -> None:
    edited(library, entry).do(edits.mark((WAVE,), CLAP))
    later = Segment(start_s=7.0, end_s=8.0, action="wave")
    labelling = edited(library, entry)  # opened again, and "later" was said to the offer
    labelling.do(edits.mark(labelling.labels, later))
    labelling.do(edits.remove([WAVE]))
    (kept,) = backups_of(entry.folder / SEGMENTS)
    assert [one["action"] for one in json.loads(kept.path.read_text())["segments"]] == ["wave", "clap"]
    (found,) = recoveries(library.entries()[0])
    assert found.labels == (later,)


def test_who_is_in_it_is_not_forgotten_by_a_save(library: Library, entry: Entry) -> None:
    labelling = edited(library, entry)
    labelling.do(edits.mark(labelling.labels, CLAP))
    other = set_person(library, entry, "Bob")
    labelling.describe(other.recording)
    labelling.save()
    assert labelling.entry.recording.person == "Bob"
    assert labelling.entry == library.entry(entry.name)


def test_a_crash_between_saving_and_forgetting_the_journal_brings_back_nothing(library: Library, entry: Entry) -> None:
    labelling = edited(library, entry)
    labelling.do(edits.mark(labelling.labels, CLAP))
    journal = (entry.folder / JOURNAL).read_bytes()
    labelling.save()
    (entry.folder / JOURNAL).write_bytes(journal)
    assert recoveries(library.entries()[0]) == []


def test_labels_that_were_changed_since_are_said(library: Library, entry: Entry) -> None:
    labelling = edited(library, entry)
    labelling.do(edits.mark(labelling.labels, CLAP))
    library.label(entry, [Segment(start_s=5.0, end_s=6.0, action="wave")])
    (found,) = recoveries(library.entries()[0])
    assert not found.fits
    assert "changed since" in found.text


def test_a_save_that_fails_keeps_all_and_says_why(
    library: Library, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelling = edited(library, entry)
    labelling.do(edits.mark(labelling.labels, CLAP))

    def full(*_: object) -> Entry:
        raise OutputError("Cannot write: no space left on device.")

    with monkeypatch.context() as patch:
        patch.setattr(library, "label", full)
        assert not labelling.save()
    assert labelling.state().is_dirty
    assert "no space" in labelling.state().problem
    assert labelling.save()
    assert labelling.state().problem == ""


def test_a_label_that_could_not_be_saved_is_refused(library: Library, entry: Entry) -> None:
    labelling = edited(library, entry)
    for wrong in (Segment(start_s=-0.5, end_s=9.5, action="wave"), Segment(start_s=0.0, end_s=1.0, action=" ")):
        with pytest.raises(DataError):
            labelling.do(Edit(text="wrong", added=(wrong,)))
    assert labelling.labels == (WAVE,)
    assert not labelling.state().is_dirty


def test_more_labels_than_a_file_may_have_are_said(
    library: Library, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelling = edited(library, entry)
    labelling.do(edits.mark(labelling.labels, CLAP))
    monkeypatch.setattr(records, "MOST_SEGMENTS", 1)
    assert not labelling.save()
    assert "more than 1 segments" in labelling.state().problem
    assert labelling.state().is_dirty


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_an_edit_that_did_not_come_into_the_journal_comes_with_the_next(
    library: Library, entry: Entry, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OutputError("Cannot write: no space left on device.")

    labelling = edited(library, entry)
    push = Segment(start_s=7.0, end_s=8.0, action="push")
    changes = (edits.mark((), CLAP), edits.relabel([CLAP], "jump"), edits.mark((), push), edits.remove([WAVE]))
    for number, change in enumerate(changes):
        assert change is not None
        with monkeypatch.context() as patch:
            if number == failing:
                patch.setattr(Journal, "add", full)
            labelling.do(change)
        if number != failing:
            found = unsaved(entry.folder, saved=(WAVE,))
            assert found is not None
            assert (found.labels, found.fits) == (labelling.labels, True)
    assert labelling.save()
    assert not (entry.folder / JOURNAL).exists()


def test_edits_that_come_while_it_saves_stay_in_the_journal(
    library: Library, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelling = edited(library, entry)
    labelling.do(edits.mark(labelling.labels, CLAP))
    later = Segment(start_s=7.0, end_s=8.0, action="push")
    label = library.label

    def slow(entry: Entry, labels: Labels) -> Entry:
        done = label(entry, labels)
        labelling.do(edits.mark(labelling.labels, later))
        return done

    with monkeypatch.context() as patch:
        patch.setattr(library, "label", slow)
        labelling.save()
    assert labelling.state().is_dirty
    assert library.entry(entry.name).segments == (WAVE, CLAP)
    (found,) = recoveries(library.entries()[0])
    assert found.labels == (WAVE, CLAP, later)
    assert found.fits


def test_an_action_keeps_the_spelling_of_the_library(library: Library, entry: Entry) -> None:
    labelling = edited(library, entry)
    labelling.do(edits.mark(labelling.labels, Segment(start_s=5.0, end_s=6.0, action="Wave")))
    assert [one.action for one in labelling.labels] == ["wave", "wave"]
    labelling.save()
    assert recoveries(library.entries()[0]) == []


def test_validate_names_a_journal(library: Library, entry: Entry) -> None:
    from core.library.check import problems_of

    edited(library, entry).do(edits.mark((WAVE,), CLAP))
    assert [problem.file.split("/")[-1] for problem in problems_of(library) if "not saved" in problem.problem] == [
        JOURNAL
    ]


# Backups


def test_backups_rotate_and_stand_apart(tmp_path: Path) -> None:
    file = tmp_path / "segments.json"
    for minute in range(0, 60, 2):
        file.write_text(str(minute))
        keep_backup(file, now=AT + timedelta(minutes=minute))
    kept = backups_of(file)
    assert len(kept) == KEPT
    assert [int(one.path.read_text()) for one in kept] == [54, 48, 42, 36, 30]


def test_there_is_nothing_to_keep_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert keep_backup(tmp_path / "segments.json", now=AT) is None
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "segments_nonsense.json").touch()
    assert backups_of(tmp_path / "segments.json") == []


# Names


def test_renaming_an_action_everywhere(library: Library, entry: Entry) -> None:
    library.learn(actions=["left"])
    library.change(lambda document: with_mirror(document, "left", "wave"))
    assert rename_action(library, "wave", "greet") == 1
    assert [one.action for one in library.entry(entry.name).segments] == ["greet"]
    assert library.actions == ("greet", "left")
    assert [one.in_mirror for one in library.document.actions] == ["left", "greet"]
    assert rename_action(library, "greet", "Greet") == 1
    assert library.actions == ("Greet", "left")
    assert [one.action for one in library.entry(entry.name).segments] == ["Greet"]


def test_the_name_of_another_action_joins_the_two(library: Library, entry: Entry) -> None:
    library.learn(actions=["greet"])
    library.change(lambda document: with_mirror(with_mirror(document, "greet", "greet"), "wave", "wave"))
    assert rename_action(library, "wave", "Greet") == 1
    assert library.document.actions == (ActionEntry(name="greet", in_mirror="greet"),)
    assert [one.action for one in library.entry(entry.name).segments] == ["greet"]


def test_what_was_labelled_before_a_rename_is_kept(library: Library, entry: Entry) -> None:
    rename_action(library, "wave", "greet")
    (kept,) = backups_of(entry.folder / SEGMENTS)
    assert [one["action"] for one in json.loads(kept.path.read_text())["segments"]] == ["wave"]


@pytest.mark.parametrize("new", ["greet", "Wave"])
def test_names_stay_while_a_recording_cannot_be_read(library: Library, entry: Entry, new: str) -> None:
    (entry.folder / SEGMENTS).write_text("{")
    with pytest.raises(DataError, match=f"{entry.name} cannot be read, and 'wave'"):
        rename_action(library, "wave", new)
    with pytest.raises(DataError, match="cannot be read"):
        drop_action(library, "wave")
    assert library.actions == ("wave",)


def test_changes_of_two_threads_are_both_there(library: Library) -> None:
    """One reads the document while the other writes it."""
    begun, learnt = threading.Event(), threading.Event()

    def learn() -> None:
        begun.wait(5)
        library.learn(actions=["jump"])
        learnt.set()

    def slowly(document: LibraryDocument) -> LibraryDocument:
        begun.set()
        learnt.wait(0.2)  # it has to wait for this
        return replace(document, persons=("Ann",))

    thread = threading.Thread(target=learn)
    thread.start()
    library.change(slowly)
    thread.join()
    assert (library.actions, library.document.persons) == (("jump",), ("Ann",))


def test_an_action_in_use_is_not_forgotten(library: Library, entry: Entry) -> None:
    with pytest.raises(DataError, match="1 recording"):
        drop_action(library, "wave")
    library.label(entry, [])
    drop_action(library, "wave")
    assert library.actions == ()
    assert (library.folder / "backups").is_dir()
    assert backups_of(library.folder / LIBRARY)


def test_another_person(library: Library, entry: Entry) -> None:
    assert set_person(library, entry, "Bob").recording.person == "Bob"
    assert library.entry(entry.name).recording.person == "Bob"
    assert "Bob" in library.document.persons
    with pytest.raises(DataError, match="name of a person"):
        set_person(library, entry, " ")


def test_a_discarded_recording_comes_back(library: Library, entry: Entry) -> None:
    library.discard(entry.name)
    assert library.names() == []
    assert library.put_back(entry.name).segments == ordered([WAVE])
    with pytest.raises(OutputError, match="Cannot move"):
        library.put_back(entry.name)
