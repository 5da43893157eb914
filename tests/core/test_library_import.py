"""Importing into a library, checking it, and the clips that a training gets from it."""

import contextlib
import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bench.film import film
from core.cli.run import run
from core.cli.window import WindowRequest
from core.datasets.catalogue import load_dataset
from core.datasets.collection import OnBroken
from core.datasets.dataset import Sample, SplitBy
from core.datasets.from_library import cut, library_dataset
from core.datasets.import_finds import Find, find_all, read_segments
from core.datasets.into_library import import_all
from core.datasets.library_export import write_skeletons
from core.datasets.ntu_format import read_skeleton
from core.datasets.ntu_missing import MISSING
from core.errors import DataError, OutputError
from core.library.check import problems_of
from core.library.library import POSES, RECORDING, SEGMENTS, Library
from core.library.names import as_part
from core.library.records import State
from core.library.repair import repair_all
from core.skeleton.layouts import KINECT_25
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence
from core.sources.video_writer import VideoWriter

ROOT = Path(__file__).resolve().parents[2]
NO_MODEL = Path("none.task")


def no_window(_request: WindowRequest) -> int:
    raise AssertionError("the library needs no window")


def sequence(seed: int, *, frames: int = 40) -> SkeletonSequence:
    random = np.random.default_rng(seed)
    body = random.normal(0, 0.3, (1, 1, 25, 3)) + np.array([0, 0, 2.5])
    motion = random.normal(0, 0.02, (frames, 1, 25, 3)).cumsum(axis=0)
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=(body + motion).astype(np.float32),
        confidence=np.ones((frames, 1, 25), np.float32),
        times_s=7.0 + np.arange(frames) / 30,
    )


def folder_of_sequences(folder: Path, *, persons: tuple[str, ...] = ("anna", "ben")) -> Path:
    for number, action in enumerate(("wave", "jump")):
        for place, person in enumerate(persons):
            for take in range(3):
                (folder / action).mkdir(parents=True, exist_ok=True)
                sequence(100 * number + 10 * place + take).save(folder / action / f"{person}_{take}.npz")
    return folder


def imported(tmp_path: Path, *, persons: tuple[str, ...] = ("anna", "ben")) -> Library:
    library = Library.opened(tmp_path / "library", create=True)
    finds = find_all(folder_of_sequences(tmp_path / "own", persons=persons), person="somebody")
    import_all(library, finds, pose_model=NO_MODEL)
    return library


# --- finding ---


def test_a_folder_of_films_is_labelled_by_its_folders_and_named_by_its_files(tmp_path: Path) -> None:
    for place in ("wave/anna_1.mp4", "wave/2.mp4", "jump/ben_1.mkv", "loose.mp4", "jump/.hidden.mp4"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_bytes(b"film")
    found = {
        find.path.relative_to(tmp_path).as_posix(): (find.person, find.action)
        for find in find_all(tmp_path, person="me")
    }
    assert found == {
        "wave/anna_1.mp4": ("anna", "wave"),
        "wave/2.mp4": ("me", "wave"),
        "jump/ben_1.mkv": ("ben", "jump"),
        "loose.mp4": ("me", ""),
    }


def test_a_csv_beside_a_film_labels_it(tmp_path: Path) -> None:
    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / "a.mp4").write_bytes(b"film")
    (tmp_path / "walk" / "a.csv").write_text("start_s,end_s,action\n0.5,1.5,jump\n2,3,手を振る\n", encoding="utf-8")
    (find,) = find_all(tmp_path, person="me")
    assert find.action == ""
    assert [segment.action for segment in find.segments] == ["jump", "手を振る"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("begin,end\n1,2\n", "needs the columns"),
        ("", "needs the columns"),
        ("start_s,end_s,action\n2,1,x\n", "line 2"),
        ("start_s,end_s,action\n1,2,x\nnan,3,y\n", "line 3"),
        ("start_s,end_s,action\n1,2\n", "line 2"),
        ("start_s,end_s,action\n1,2,\n", "name of an action"),
        ("start_s,end_s,action\n1e99,2e99,x\n", "line 2"),
    ],
)
def test_a_csv_that_lies_is_named_by_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        read_segments(tmp_path / "a.csv")


@given(content=st.binary(max_size=300))
def test_no_bytes_break_the_reader_of_segments(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(content)
    with contextlib.suppress(DataError):
        assert all(segment.end_s > segment.start_s >= 0 for segment in read_segments(path))


def test_films_and_sequence_files_of_one_folder_are_found_together(tmp_path: Path) -> None:
    folder_of_sequences(tmp_path)
    (tmp_path / "wave" / "cleo_1.mp4").write_bytes(b"film")
    (tmp_path / "wave" / "anna_0.mkv").write_bytes(b"film")
    (tmp_path / "jump" / "anna_0.csv").write_text("start_s,end_s,action\n0.2,0.9,hop\n")
    (tmp_path / "jump" / "broken_1.npz").write_bytes(b"PK damaged")
    (tmp_path / "jump" / "alone.npz").write_bytes((tmp_path / "jump" / "ben_1.npz").read_bytes())
    (tmp_path / "jump" / ".hidden_1.npz").write_bytes(b"PK damaged")
    (tmp_path / "S001C001P004R001A010_rgb.avi").write_bytes(b"film")
    told: list[tuple[int, int]] = []
    finds = find_all(tmp_path, person="me", progress=lambda *done: told.append(done))
    found = {find.path.relative_to(tmp_path).as_posix(): find for find in finds}
    assert len(found) == len(finds) == 12 + 5
    assert told[-1] == (17, 17)
    assert {(find.person, find.action) for find in finds if find.path.suffix == ".npz"} == {
        ("anna", "wave"), ("ben", "wave"), ("anna", "jump"), ("ben", "jump"), ("me", "jump"), ("broken", "jump"),
        ("anna", ""),
    }  # fmt: skip
    assert found["jump/anna_0.npz"].segments[0].action == "hop", "the CSV beside a file goes first"
    film = found["wave/cleo_1.mp4"]
    assert (film.person, film.action, film.sample) == ("cleo", "wave", None)
    assert "broken_1.npz" in found["jump/broken_1.npz"].problem
    assert "name of the film beside it" in found["wave/anna_0.npz"].note
    assert sum(bool(find.note) for find in finds) == 1
    ntu = found["S001C001P004R001A010_rgb.avi"]
    assert (ntu.person, ntu.action) == ("person 4", "clap")


def test_skeleton_files_are_labelled_by_their_folder_or_by_ntus_name(tmp_path: Path) -> None:
    """As `library export` writes them, beside a film."""
    with imported(tmp_path) as library:
        write_skeletons(library_dataset(library), tmp_path / "out")
    named = next((tmp_path / "out" / "jump").iterdir())
    shutil.copy(named, tmp_path / "out" / "jump" / "S001C001P002R001A010.skeleton")
    shutil.copy(named, tmp_path / "out" / "jump" / "S001C002P005R002A013.skeleton")
    (tmp_path / "out" / "wave" / "cleo_1.mp4").write_bytes(b"film")
    (tmp_path / "out" / "wave" / "broken_1.skeleton").write_text("3\nno skeleton")
    shutil.copy(named, tmp_path / "out" / "jump" / f"{sorted(MISSING)[0]}.skeleton")
    left_out, *finds = find_all(tmp_path / "out", person="me")
    assert "1 .skeleton files are among those that NTU's makers leave out" in left_out.problem
    assert len(finds) == 12 + 2 + 2
    assert {find.action for find in finds} == {"jump", "wave", "clap", "tear up paper"}
    assert [find.path.name for find in finds if find.sample is None] == ["broken_1.skeleton", "cleo_1.mp4"]
    (one,) = find_all(named, person="me")
    assert one.sample is not None
    assert one.action == ""


def test_ntus_files_that_cannot_be_read_keep_no_film_out(tmp_path: Path) -> None:
    (tmp_path / "S001C001P002R001A010.skeleton").write_text("no skeleton")
    (tmp_path / "S001C001P002R001A999.skeleton").write_text("no action of NTU's")
    (tmp_path / "film.mp4").write_bytes(b"film")
    broken, unknown, film = find_all(tmp_path, person="me")
    assert "A010" in broken.problem
    assert "A999" in unknown.problem
    assert (film.path.name, film.problem) == ("film.mp4", "")


def test_what_lies_beside_a_data_set_is_named(tmp_path: Path, shared_data: Path) -> None:
    for name in ("a1_s1_t1_skeleton.mat", "a2_s1_t1_skeleton.mat"):
        shutil.copy(shared_data / "utd_mhad" / name, tmp_path)
    (tmp_path / "film.mp4").write_bytes(b"film")
    *samples, beside = find_all(tmp_path, person="me")
    assert len(samples) == 2
    assert "1 films or sequence files beside the data set" in beside.problem


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"positions_m": np.full((40, 1, 25, 3), 101, np.float32)}, "positions: a joint is 101 m away"),
        ({"confidence": np.full((40, 1, 25), 1.5, np.float32)}, "confidence: it goes from 1.5 to 1.5"),
        ({"confidence": np.full((40, 1, 25), -0.1, np.float32)}, "confidence: it goes from -0.1"),
    ],
)
def test_joints_that_can_be_no_persons_are_refused_by_name_and_named_where_they_are(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    absurd = replace(sequence(5), **change)
    folder_of_sequences(tmp_path / "own")
    absurd.save(tmp_path / "own" / "wave" / "cleo_1.npz")
    with Library.opened(tmp_path / "library", create=True) as library:
        report = import_all(library, find_all(tmp_path / "own", person="me"), pose_model=NO_MODEL)
        assert len(report.imported) == 12
        (refused,) = report.refused
        assert "cleo_1.npz" in refused
        assert said in refused
        entry = library.entries()[0][0]
        replace(absurd, times_s=np.arange(40) / 30).save(entry.poses)
        assert entry.joints() is not None, "what was kept once can still be read"
        (problem,) = problems_of(library)
        assert problem.file.endswith(POSES)
        assert said == f"{problem.field}: {problem.problem}"[: len(said)]


@pytest.mark.parametrize("name", ["nothing", "text.txt"])
def test_what_cannot_be_imported_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.txt").write_text("no film")
    with pytest.raises(DataError, match=name):
        find_all(tmp_path / name, person="me")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="nothing to import"):
        find_all(tmp_path / "empty", person="me")


@pytest.mark.parametrize(("place", "name", "least"), [("utd_mhad", "swipe left", 800), ("nw_ucla", "stand up", 1400)])
def test_data_sets_are_known_by_their_files(shared_data: Path, place: str, name: str, least: int) -> None:
    finds = find_all(shared_data / place, person="me")
    assert len(finds) >= least
    assert name in {find.action for find in finds}
    assert {find.person for find in finds} >= {"person 1", "person 2"}


def test_skeleton_files_of_ntu(shared_data: Path) -> None:
    finds = find_all(shared_data / "ntu_samples", person="me")
    assert len(finds) == 4
    (one,) = find_all(shared_data / "ntu_samples" / "S001C001P001R001A011.skeleton", person="me")
    assert one.sample is not None
    assert one.person == "person 1"


# --- importing ---


def test_joints_are_imported_once(tmp_path: Path) -> None:
    with imported(tmp_path) as library:
        entries, problems = library.entries()
        assert (len(entries), problems) == (12, [])
        assert {entry.recording.state for entry in entries} == {State.DONE}
        first = entries[0]
        joints = first.joints()
        assert joints is not None
        assert joints.times_s[0] == 0
        (segment,) = first.segments
        assert (segment.start_s, segment.action) == (0.0, first.recording.prompt)
        assert segment.end_s == pytest.approx(39 / 30)
        again = import_all(library, find_all(tmp_path / "own", person="me"), pose_model=NO_MODEL)
        assert again.imported == ()
        assert len(again.already) == 12
        assert "is in the library already" in again.already[0]
        assert len(library.names()) == 12
        assert list(problems_of(library)) == []


def test_the_same_film_twice_in_one_import(tmp_path: Path) -> None:
    one = Find(path=tmp_path / "a.npz", person="me", action="wave", sample=_sample(sequence(1)))
    with Library.opened(tmp_path / "library", create=True) as library:
        report = import_all(library, [one, replace(one, path=tmp_path / "b.npz")], pose_model=NO_MODEL)
        assert len(report.imported) == 1
        assert "b.npz" in report.already[0]


def _sample(joints: SkeletonSequence) -> Sample:
    return Sample(name="x", sequence=joints, label=0, person=0)


def test_films_get_the_joints_of_the_live_view(tmp_path: Path, pose_model: Path) -> None:
    for place in ("wave/anna_1.mp4", "nobody/ben_1.mp4", "broken/ben_2.mp4"):
        (tmp_path / "films" / place).parent.mkdir(parents=True)
    film(tmp_path / "films" / "wave" / "anna_1.mp4", size_px=(320, 240), seconds=3, rate_hz=15)
    with VideoWriter(tmp_path / "films" / "nobody" / "ben_1.mp4", size_px=(320, 240), rate_hz=15) as writer:
        for number in range(20):
            writer.write(np.full((240, 320, 3), 90, np.uint8), time_s=number / 15)
    (tmp_path / "films" / "broken" / "ben_2.mp4").write_bytes(b"\0" * 999)
    with Library.opened(tmp_path / "library", create=True) as library:
        report = import_all(library, find_all(tmp_path / "films", person="me"), pose_model=pose_model, workers=1)
        assert len(report.imported) == 2
        assert any("ben_2" in sentence for sentence in report.refused)
        assert any("ben_1" in sentence for sentence in report.notes)
        by_action = {entry.recording.prompt: entry for entry in library.entries()[0]}
        wave = by_action["wave"]
        joints = wave.joints()
        assert joints is not None
        assert len(joints) >= 40
        assert (wave.recording.frames, wave.recording.width_px) == (45, 320)
        assert wave.film is not None
        assert wave.film.is_file()
        assert by_action["nobody"].joints() is None
        (problem,) = problems_of(library)
        assert problem.file.endswith(POSES)
        assert "nobody was found" in problem.problem


def test_a_disk_that_is_too_small_is_told_before_anything_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"film")
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with Library.opened(tmp_path / "library", create=True) as library:
        with pytest.raises(OutputError, match="free some space"):
            import_all(library, find_all(tmp_path / "a.mp4", person="me"), pose_model=NO_MODEL)
        assert library.names() == []


# --- checking ---


def damage(library: Library, what: str) -> None:
    folder = library.recordings / library.names()[3]
    match what:
        case "joints":
            (folder / POSES).write_bytes(b"PK broken")
        case "segment":
            library.label(library.entry(folder.name), [Segment(start_s=0, end_s=99, action="wave")])
        case "film":
            document = json.loads((folder / RECORDING).read_text())
            (folder / RECORDING).write_text(json.dumps({**document, "video": "video.mp4"}))
        case "unknown action":
            segment = {"start_s": 0.0, "end_s": 1.0, "action": "fly"}
            (folder / SEGMENTS).write_text(json.dumps({"segments": [segment], "schema_version": 1}))
        case "strange file":
            (folder / "notes.txt").write_text("?")
        case "copy":
            document = json.loads((library.recordings / library.names()[0] / RECORDING).read_text())
            other = json.loads((folder / RECORDING).read_text())
            (folder / RECORDING).write_text(json.dumps({**other, "sha256": document["sha256"]}))
        case "unfinished":
            document = json.loads((folder / RECORDING).read_text())
            (folder / RECORDING).write_text(json.dumps({**document, "state": "recording"}))
        case "unreadable":
            (folder / RECORDING).write_text("{")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("joints", "poses.npz"),
        ("segment", "but the recording ends"),
        ("film", "the film is missing"),
        ("unknown action", "'fly' is not in library.json"),
        ("strange file", "no file of a recording"),
        ("copy", "the same as"),
        ("unfinished", "never finished"),
        ("unreadable", "not valid JSON"),
    ],
)
def test_every_inconsistency_is_named(tmp_path: Path, what: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with imported(tmp_path) as library:
        damage(library, what)
    arguments = ["library", "validate", "--library", str(tmp_path / "library"), "--json"]
    assert run(arguments, open_window=no_window) == 1
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"recordings", "segments", "problems"}
    (problem,) = report["problems"]
    assert set(problem) == {"file", "field", "problem"}
    assert said in f"{problem['file']} {problem['problem']}"


# --- clips ---


def test_each_person_is_the_test_once(tmp_path: Path) -> None:
    with imported(tmp_path, persons=("anna", "ben", "cleo")) as library:
        dataset = library_dataset(library)
    assert set(dataset.actions) == {"wave", "jump"}
    assert len(dataset.samples) == 18
    assert [split.name for split in dataset.splits] == ["without anna", "without ben", "without cleo"]
    assert {split.by for split in dataset.splits} == {SplitBy.PERSON}
    assert len(dataset.part(train=False)) == 6
    assert dataset.folds == tuple(split.name for split in dataset.splits)


def test_one_person_alone_is_split_by_takes(tmp_path: Path) -> None:
    with imported(tmp_path, persons=("anna",)) as library:
        dataset = library_dataset(library)
    assert [split.name for split in dataset.splits] == ["odd takes", "even takes"]
    assert len(dataset.part(train=True)) == 4
    assert len(dataset.part(train=False)) == 2


def test_a_clip_is_what_lies_in_its_segment() -> None:
    whole = replace(sequence(1), times_s=np.arange(40) / 30)
    clip = cut(whole, Segment(start_s=0.5, end_s=1.0, action="wave"))
    assert clip is not None
    assert (clip.times_s[0], clip.times_s[-1]) == (0.5, 1.0)
    assert cut(whole, Segment(start_s=50, end_s=60, action="wave")) is None


def test_segments_in_which_nobody_is_are_named(tmp_path: Path) -> None:
    with imported(tmp_path) as library:
        entry = library.entry(library.names()[0])
        library.label(entry, [*entry.segments, Segment(start_s=50.0, end_s=60.0, action="wave")])
        (reason,) = library_dataset(library).skipped
        assert "nobody was found in 'wave'" in reason
    with pytest.raises(DataError, match="broken files are refused"):
        load_dataset("library", tmp_path / "library", on_broken=OnBroken.REFUSE)


def test_a_library_of_one_action_cannot_be_learnt_from(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library, pytest.raises(DataError, match="two actions"):
        library_dataset(library)


# --- the command line ---


def test_own_actions_are_learnt_from_a_shipped_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(tmp_path).close()
    folder = str(tmp_path / "library")
    assert run(["train", "--library", folder, "--epochs", "2", "--json"], open_window=no_window) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {"actions", "clips", "persons", "split", "accuracy", "macro_f1", "seconds", "model"}
    assert (report["clips"], report["persons"], report["split"]) == (12, 2, "anna tests, the other 1 train")
    model = Path(report["model"])
    assert model == tmp_path / "library" / "models" / "own-actions"
    config = json.loads((model / "config.json").read_text())
    assert sorted(config["actions"]) == ["jump", "wave"]
    assert config["network"]["members"] == 3, "as the model that it started from"
    assert run(["train", "--library", folder, "--epochs", "2", "--start", ""], open_window=no_window) == 0
    assert "rightly named" in capsys.readouterr().out


def test_what_a_test_on_one_person_alone_says_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(tmp_path, persons=("anna",)).close()
    assert run(["train", "--library", str(tmp_path / "library"), "--epochs", "1"], open_window=no_window) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "All clips are of one person" in said
    assert "Few takes, record more of them: " in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "--library", "{}", "--dataset", "sbu"], "leave those out"),
        (["train", "--dataset", "sbu"], "--library for your own"),
        (["train", "--library", "{}", "--start", "nobody"], "There is no model 'nobody'"),
        (["train", "--library", "{}", "--start", "sbu-interactions"], "looks at 2 person(s)"),
        (["train", "--library", "nowhere"], "is no library"),
        (["library", "list", "--library", "nowhere"], "is no library"),
        (["library", "import", "nothing", "--library", "{}"], "There is no file or folder"),
    ],
)
def test_what_does_not_fit_is_said(
    tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(tmp_path).close()
    filled = [argument.format(tmp_path / "library") for argument in arguments]
    assert run(filled, open_window=no_window) == 2
    text = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert said in text


def exported(tmp_path: Path, form: str, target: str) -> Path:
    arguments = ["library", "export", "--library", str(tmp_path / "library"), "--form", form]
    assert run([*arguments, "--out", str(tmp_path / target)], open_window=no_window) == 0
    return tmp_path / target


def test_segments_are_written_as_csv_and_no_name_becomes_a_formula(tmp_path: Path) -> None:
    with imported(tmp_path) as library:
        entry = library.entry(library.names()[0])
        library.label(entry, [Segment(start_s=0.0, end_s=1.0, action="=cmd()")])
    rows = list(csv.DictReader(exported(tmp_path, "csv", "out.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 12
    assert rows[0]["action"] == "'=cmd()"


def test_clips_as_one_numpy_file(tmp_path: Path) -> None:
    with imported(tmp_path) as library:
        dataset = library_dataset(library)
    with np.load(exported(tmp_path, "npz", "out.npz"), allow_pickle=False) as found:
        assert found["x"].shape == (12, 3, 40, 25, 1)
        assert found["labels"].tolist() == [sample.label for sample in dataset.samples]
        assert found["actions"].tolist() == list(dataset.actions)
        assert found["lengths"].tolist() == [40] * 12
        np.testing.assert_allclose(
            found["x"][3, :, :, :, 0].transpose(1, 2, 0), dataset.samples[3].sequence.positions_m[:, 0], atol=1e-5
        )


def test_clips_as_skeleton_files_come_back(tmp_path: Path) -> None:
    with imported(tmp_path) as library:
        dataset = library_dataset(library)
    files = sorted(exported(tmp_path, "skeleton", "ntu").rglob("*.skeleton"))
    assert len(files) == 12
    wanted = {as_part(sample.name, most_bytes=180): sample for sample in dataset.samples}
    for path in files:
        again, sample = read_skeleton(path), wanted[path.stem]
        assert path.parent.name == dataset.actions[sample.label]
        np.testing.assert_allclose(again.positions_m[:, 0], sample.sequence.positions_m[:, 0], atol=2e-6)


def test_clips_that_would_share_a_name_are_all_written(tmp_path: Path) -> None:
    """Two actions that are one folder's name, and two segments that begin within a hundredth of a second."""
    with imported(tmp_path) as library:
        entry = library.entry(library.names()[0])
        starts = {"drink (left)": (0.0, 0.001), "drink left": (0.0, 0.25)}
        alike = [Segment(start_s=at, end_s=at + 0.9, action=name) for name, two in starts.items() for at in two]
        library.label(entry, alike)
    arguments = ["library", "export", "--library", str(tmp_path / "library"), "--form", "skeleton", "--out"]
    assert run([*arguments, str(tmp_path / "ntu"), "--recording", entry.name], open_window=no_window) == 0
    files = sorted((tmp_path / "ntu").rglob("*.skeleton"))
    assert {path.parent.name: len(list(path.parent.iterdir())) for path in files} == {
        "drink-left": 2,
        "drink-left_02": 2,
    }


def test_an_export_that_has_no_place_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(tmp_path).close()
    arguments = ["library", "export", "--library", str(tmp_path / "library"), "--form", "npz"]
    assert run([*arguments, "--out", str(tmp_path / "no" / "x.npz")], open_window=no_window) == 2
    assert "make it first" in " ".join(capsys.readouterr().err.split())


# --- what an attack found ---


def interrupted(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """The second recording of an import is never finished."""
    finish, count = Library.finish, [0]

    def breaking(self: Library, *arguments: object, **options: object) -> object:
        count[0] += 1
        if count[0] == 2:
            raise error
        return finish(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "finish", breaking)


def test_an_interrupted_import_goes_on_with_labels_and_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finds = find_all(folder_of_sequences(tmp_path / "own"), person="me")
    with monkeypatch.context() as patch, Library.opened(tmp_path / "library", create=True) as library:
        interrupted(patch, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            import_all(library, finds, pose_model=NO_MODEL)
    with Library.opened(tmp_path / "library") as library:
        (found,) = repair_all(library)
        assert not found.is_kept
        report = import_all(library, finds, pose_model=NO_MODEL)
        assert (len(report.imported), len(report.already)) == (11, 1)
        assert all(len(entry.segments) == 1 for entry in library.entries()[0])
        assert list(problems_of(library)) == []


def test_a_film_whose_joints_are_there_is_kept_when_the_import_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pose_model: Path
) -> None:
    (tmp_path / "films" / "wave").mkdir(parents=True)
    for name in ("anna_1.mp4", "ben_1.mp4"):
        film(tmp_path / "films" / "wave" / name, size_px=(320, 240), seconds=2 + name.startswith("b"), rate_hz=10)
    finds = find_all(tmp_path / "films", person="me")
    with Library.opened(tmp_path / "library", create=True) as library:
        interrupted(monkeypatch, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            import_all(library, finds, pose_model=pose_model, workers=1)
        entries = library.entries()[0]
        assert [len(entry.segments) for entry in entries] == [1, 1]
        assert {entry.recording.state for entry in entries} == {State.DONE}


def test_what_can_be_no_recording_is_refused_by_name_and_stops_nothing(tmp_path: Path) -> None:
    folder_of_sequences(tmp_path / "own")
    long = replace(sequence(77), times_s=np.arange(40, dtype=np.float64) * 1e5)
    long.save(tmp_path / "own" / "wave" / "cleo_1.npz")
    (tmp_path / "own" / "wave" / "dora_1.npz").write_bytes(b"PK damaged")
    with Library.opened(tmp_path / "library", create=True) as library:
        report = import_all(library, find_all(tmp_path / "own", person="me"), pose_model=NO_MODEL)
        assert len(report.imported) == 12
        assert any("cleo_1" in sentence for sentence in report.refused)
        assert any("dora_1" in sentence for sentence in report.refused)
        assert repair_all(library) == []


def test_one_that_cannot_be_put_in_order_keeps_nobody_out(tmp_path: Path) -> None:
    with imported(tmp_path) as library:
        damage(library, "unfinished")
        path = library.recordings / library.names()[3] / RECORDING
        document = json.loads(path.read_text())
        path.write_text(json.dumps({**document, "sha256": ""}))
        (library.recordings / library.names()[3] / POSES).unlink()
        (library.folder / "trash").write_text("no folder")
        (found,) = repair_all(library)
        assert "could not be put in order" in found.text


def test_names_that_differ_by_case_only_are_one(tmp_path: Path) -> None:
    for number, (action, person) in enumerate([("Wave", "ann"), ("wave", "Ann"), ("clap", "ANN"), ("clap", "ben")]):
        (tmp_path / str(number) / action).mkdir(parents=True)
        sequence(number).save(tmp_path / str(number) / action / f"{person}_{number}.npz")
    with Library.opened(tmp_path / "library", create=True) as library:
        for number in range(4):
            import_all(library, find_all(tmp_path / str(number), person="me"), pose_model=NO_MODEL)
        assert (library.actions, library.document.persons) == (("Wave", "clap"), ("ann", "ben"))
        assert list(problems_of(library)) == []
        dataset = library_dataset(library)
        assert [split.name for split in dataset.splits] == ["without ben", "without ann"]
        assert sorted(sample.label for sample in dataset.samples) == [0, 0, 1, 1]


def test_segments_of_an_action_that_the_library_does_not_know_are_named(tmp_path: Path) -> None:
    with imported(tmp_path) as library:
        damage(library, "unknown action")
        assert any("'fly' is no action" in reason for reason in library_dataset(library).skipped)


@pytest.mark.parametrize("place", ["library.json", "recordings/{}/segments.json", "trash/x.csv", "recordings/x.csv"])
def test_nothing_of_a_library_is_overwritten(tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    with imported(tmp_path) as library:
        target = library.folder / place.format(library.names()[0])
    arguments = ["library", "export", "--library", str(tmp_path / "library"), "--form", "csv", "--out", str(target)]
    assert run(arguments, open_window=no_window) == 2
    assert "belongs to the library" in " ".join(capsys.readouterr().err.split())
    arguments = ["train", "--library", str(tmp_path / "library"), "--out", str(target)]
    assert run(arguments, open_window=no_window) == 2
    with Library.opened(tmp_path / "library") as library:
        assert list(problems_of(library)) == []


def test_a_library_is_not_imported_into_itself(tmp_path: Path) -> None:
    with imported(tmp_path) as library:
        for source in (library.folder, library.recordings, library.recordings / library.names()[0] / POSES):
            with pytest.raises(DataError, match="is a library or a part of one"):
                find_all(source, person="me")
        other = tmp_path / "other"
        other.symlink_to(library.recordings, target_is_directory=True)
        with pytest.raises(DataError, match="is a library or a part of one"):
            find_all(other, person="me")
        other.unlink()
        (library.recordings / library.names()[0] / "video.mp4").write_bytes(b"film")
        found = find_all(tmp_path, person="me")
        assert len(found) == 12
        assert all(find.path.is_relative_to(tmp_path / "own") for find in found)
        shutil.rmtree(tmp_path / "own")
        with pytest.raises(DataError, match="nothing to import"):
            find_all(tmp_path, person="me")


def test_nothing_is_trained_where_there_is_nothing_to_test_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, action in enumerate(("wave", "jump")):
        (tmp_path / "own" / action).mkdir(parents=True)
        sequence(number).save(tmp_path / "own" / action / "anna_1.npz")
    with Library.opened(tmp_path / "library", create=True) as library:
        import_all(library, find_all(tmp_path / "own", person="me"), pose_model=NO_MODEL)
    assert run(["train", "--library", str(tmp_path / "library")], open_window=no_window) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "nothing is left to test on" in said
    assert "Training" not in said


def test_a_document_that_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    with Library.opened(tmp_path / "library", create=True) as library:
        with pytest.raises(DataError, match="more than 10000 actions"):
            library.learn(actions=[f"action {number}" for number in range(10_001)])
        assert library.actions == ()
