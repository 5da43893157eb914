"""The library: names that are safe, one writer, nothing deleted, files that lie are refused by name."""

import json
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError, OutputError
from core.library.library import LIBRARY, RECORDING, RECORDINGS, SEGMENTS, Library
from core.library.names import as_part, checked_id, new_id
from core.library.records import ActionEntry, LibraryDocument, RecordingDocument, State, with_mirror
from core.skeleton.segment import Segment

ROOT = Path(__file__).resolve().parents[2]
RECORDED = RecordingDocument(person="Anna", prompt="wave", recorded_at="2026-11-26T14:03:22+01:00")


def segment(start_s: float, end_s: float, action: str = "wave") -> Segment:
    return Segment(start_s=start_s, end_s=end_s, action=action)


def filled(folder: Path) -> Library:
    library = Library.opened(folder, create=True)
    for second, person in enumerate(["Anna", "Ben", "Anna"]):
        entry = library.begin(replace(RECORDED, person=person, recorded_at=f"2026-11-26T14:03:2{second}+01:00"))
        library.finish(entry, replace(entry.recording, state=State.DONE), segments=(segment(0, 1 + second),))
    return library


# --- names ---


@given(text=st.text(max_size=300))
def test_any_text_becomes_a_part_of_a_name(text: str) -> None:
    part = as_part(text)
    assert 0 < len(part.encode()) <= 61
    assert checked_id(part) == part
    assert not set(part) & set('/\\:*?"<>|. ')


@given(person=st.text(min_size=1, max_size=50), action=st.text(max_size=50))
def test_ids_are_new_and_can_be_read_back(person: str, action: str) -> None:
    taken: set[str] = set()
    for _ in range(3):
        name = new_id(person=person, action=action, at=datetime(2026, 11, 26, 14, 3, 22), is_taken=taken.__contains__)
        assert name not in taken
        assert checked_id(name) == name
        assert name.startswith("2026-11-26_14-03-22_")
        taken.add(name)


@pytest.mark.parametrize("text", ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a..b", "x" * 300, "a\0b", "C:x"])
def test_what_could_lead_out_of_the_library_is_no_id(text: str) -> None:
    with pytest.raises(DataError, match="no name of a recording"):
        checked_id(text)


def test_names_keep_their_letters() -> None:
    assert as_part("Jürgen Müller") == "Jürgen-Müller"
    assert as_part("手を振る") == "手を振る"
    assert as_part("con") == "con-"


# --- opening ---


def test_several_threads_may_change_it(tmp_path: Path) -> None:
    """A take ends while the last seconds are kept: names stay apart, and no action is lost."""
    with Library.opened(tmp_path / "library", create=True) as library:

        def change(number: int) -> None:
            for turn in range(5):
                entry = library.begin(RECORDED)
                done = replace(entry.recording, state=State.DONE)
                library.finish(entry, done, segments=(segment(0, 1, f"{number} {turn}"),))

        threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        entries, problems = library.entries()
        assert (len(entries), problems) == (20, [])
        assert len(library.actions) == 20


def test_a_new_library_is_made_where_that_is_wished(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "library"
    with pytest.raises(DataError, match="no library"):
        Library.opened(folder)
    with Library.opened(folder, create=True) as library:
        assert library.names() == []
        assert not library.why_read_only
    assert (folder / LIBRARY).is_file()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="other things"):
        Library.opened(tmp_path / "other", create=True)


def test_the_second_program_may_only_look(tmp_path: Path) -> None:
    with filled(tmp_path / "library") as library:
        script = (
            "import sys; from pathlib import Path; from core.library.library import Library\n"
            "library = Library.opened(Path(sys.argv[1])); print(len(library.names())); print(library.why_read_only)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(library.folder)], capture_output=True, text=True, cwd=ROOT, check=True
        )
        assert done.stdout.split("\n")[0] == "3"
        assert "Another program has it open" in done.stdout
        second = Library.opened(library.folder)
        with pytest.raises(OutputError, match="can only be read"):
            second.learn(actions=["jump"])
    with Library.opened(library.folder) as third:
        third.learn(actions=["jump"])
    with pytest.raises(OutputError, match="has been closed"):
        third.learn(actions=["fly"])


def test_a_lock_ends_with_its_program(tmp_path: Path) -> None:
    filled(tmp_path / "library").close()
    script = (
        "import os, sys; from pathlib import Path; from core.library.library import Library\n"
        "library = Library.opened(Path(sys.argv[1])); assert not library.why_read_only; os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "library")], cwd=ROOT, check=False)
    with Library.opened(tmp_path / "library") as library:
        assert not library.why_read_only


# --- what is in it ---


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    filled(tmp_path / "library").close()
    with Library.opened(tmp_path / "library") as library:
        entries, problems = library.entries()
        assert problems == []
        assert [entry.recording.person for entry in entries] == ["Anna", "Ben", "Anna"]
        assert entries[2].segments == (segment(0, 3),)
        assert (library.actions, library.document.persons) == (("wave",), ("Anna", "Ben"))


def test_labels_are_ordered_and_new_actions_are_learnt(tmp_path: Path) -> None:
    with filled(tmp_path / "library") as library:
        entry = library.entry(library.names()[0])
        library.label(entry, [segment(2, 3, "jump"), segment(0, 1)])
        assert library.entry(entry.name).segments == (segment(0, 1), segment(2, 3, "jump"))
        assert library.actions == ("wave", "jump")


def test_what_is_discarded_lies_in_the_trash(tmp_path: Path) -> None:
    with filled(tmp_path / "library") as library:
        name = library.names()[0]
        place = library.discard(name)
        assert (place / RECORDING).is_file()
        assert name not in library.names()
        with pytest.raises(OutputError):
            library.discard(name)


@pytest.mark.parametrize(
    ("file", "change", "text"),
    [
        (RECORDING, {"person": ""}, "name of a person"),
        (RECORDING, {"person": 5}, "person"),
        (RECORDING, {"video": "../../etc/passwd"}, "no name of a file"),
        (RECORDING, {"video": ".."}, "no name of a file"),
        (RECORDING, {"recorded_at": "yesterday"}, "no time"),
        (RECORDING, {"duration_s": 1e12}, "out of range"),
        (RECORDING, {"frames": -1}, "negative"),
        (RECORDING, {"sha256": "abc"}, "sha256"),
        (RECORDING, {"schema_version": 2}, "schema_version"),
        (RECORDING, {"persons": 9}, "out of range"),
        (SEGMENTS, {"segments": [{"start_s": 2.0, "end_s": 1.0, "action": "x"}]}, "from 2 s to 1 s"),
        (SEGMENTS, {"segments": [{"start_s": 0.0, "end_s": 1.0, "action": "x" * 999}]}, "name of an action"),
        (SEGMENTS, {"segments": [{"start_s": 0.0, "end_s": 1.0, "action": "a\u202eb"}]}, "cannot be seen"),
    ],
)
def test_files_that_lie_are_named(tmp_path: Path, file: str, change: dict[str, object], text: str) -> None:
    with filled(tmp_path / "library") as library:
        name = library.names()[1]
        path = library.recordings / name / file
        path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
        entries, problems = library.entries()
        assert [entry.name for entry in entries] == [other for other in library.names() if other != name]
        (problem,) = problems
        assert problem.file == f"{RECORDINGS}/{name}"
        assert text in problem.problem
        assert file in problem.problem


@given(content=st.binary(max_size=400))
def test_no_bytes_in_a_file_break_the_list(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("library") / "library"
    with filled(folder) as library:
        (library.recordings / library.names()[0] / RECORDING).write_bytes(content)
        entries, problems = library.entries()
        assert (len(entries), len(problems)) == (2, 1)


def test_a_library_of_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    filled(tmp_path / "library").close()
    path = tmp_path / "library" / LIBRARY
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema_version": 2}))
    with pytest.raises(DataError, match="schema_version is 2"):
        Library.opened(tmp_path / "library", create=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LibraryDocument(actions=(ActionEntry(name="a"), ActionEntry(name="A"))),
        lambda: LibraryDocument(actions=(ActionEntry(name="left", in_mirror="right"),)),
        lambda: LibraryDocument(actions=(ActionEntry(name="left", in_mirror="right"), ActionEntry(name="right"))),
        lambda: LibraryDocument(
            actions=(ActionEntry(name="left", in_mirror="right"), ActionEntry(name="right", in_mirror="right"))
        ),
        lambda: LibraryDocument(persons=(" Anna",)),
    ],
)
def test_documents_that_contradict_themselves(make: object) -> None:
    with pytest.raises(DataError):
        make()  # type: ignore[operator]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["", *"ABcd"])), max_size=12))
def test_a_mirror_of_a_mirror_is_what_was_there(wishes: list[tuple[str, str]]) -> None:
    document = LibraryDocument(actions=tuple(ActionEntry(name=name) for name in "abcd"))
    for action, becomes in wishes:
        document = with_mirror(document, action, becomes)
        seen = {entry.name: entry.in_mirror for entry in document.actions}
        assert seen[action] == becomes.casefold()
        assert all(seen[other] == name for name, other in seen.items() if other)
    assert [entry.name for entry in document.actions] == list("abcd")


def test_only_known_actions_have_a_mirror() -> None:
    document = LibraryDocument(actions=(ActionEntry(name="Left"), ActionEntry(name="right")))
    for action, becomes in (("up", ""), ("left", "up")):
        with pytest.raises(DataError, match="no action 'up'; it has: Left, right"):
            with_mirror(document, action, becomes)
    assert with_mirror(document, "LEFT", "Right").actions[0].in_mirror == "right"


def test_five_thousand_recordings_are_listed_at_once(tmp_path: Path) -> None:
    """No timing here: that they are all there, and that it takes one look at each file."""
    with Library.opened(tmp_path / "library", create=True) as library:
        for number in range(300):
            folder = library.recordings / f"2026-11-26_14-03-22_anna_wave_{number}"
            folder.mkdir(parents=True)
            (folder / RECORDING).write_text(
                json.dumps({"person": "Anna", "recorded_at": "2026-11-26T14:03:22", "schema_version": 1})
            )
        assert len(library.entries()[0]) == 300
