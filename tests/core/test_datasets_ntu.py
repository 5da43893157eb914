"""NTU RGB+D: the text format, noise, who is who, held poses, splits by name, and reading over processes."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.datasets import collection
from core.datasets.collection import read_collection
from core.datasets.ntu import find_ntu60, find_ntu120
from core.datasets.ntu_actions import ACTIONS
from core.datasets.ntu_format import parse_bodies, read_skeleton
from core.datasets.ntu_missing import MISSING
from core.errors import DataError

FIRST, SECOND, THIRD = 72057594037931101, 72057594037931102, 72057594037931103  # one float64 for all three
Seen = dict[int, NDArray[np.float64]]  # body number -> joints (25, 3)

STANDING = np.stack([np.linspace(-0.2, 0.2, 25), np.linspace(-0.9, 0.7, 25), np.full(25, 3.0)], axis=1)


def standing(frame: int, *, x: float = 0.0, moves: float = 0.0) -> NDArray[np.float64]:
    moved: NDArray[np.float64] = STANDING + np.array([x + moves * np.sin(frame), 0, 0])
    return moved


def text(frames: list[Seen], *, state: int = 2) -> str:
    lines = [str(len(frames))]
    for bodies in frames:
        lines.append(str(len(bodies)))
        for number, joints in bodies.items():
            lines += [f"{number} 0 1 1 1 1 0 0.02 0.05 2", "25"]
            lines += [f"{x:.5f} {y:.5f} {z:.5f} 277 191 1036 519 -0.2 0.05 0.9 nan {state}" for x, y, z in joints]
    return "\r\n".join(lines) + "\r\n"


def write(path: Path, frames: list[Seen], *, state: int = 2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(frames, state=state), newline="")
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "S001C002P003R001A058.skeleton"


def test_body_numbers_are_not_rounded_and_joints_keep_their_places() -> None:
    bodies = parse_bodies(text([{FIRST: standing(0), SECOND: standing(0, x=1)}] * 3))
    assert [len(body.frames) for body in bodies] == [3, 3]
    np.testing.assert_allclose(bodies[1].positions_m[2], standing(0, x=1), atol=1e-5)


def test_the_one_who_moves_most_comes_first(path: Path) -> None:
    write(path, [{FIRST: standing(t), SECOND: standing(t, x=1, moves=0.3)} for t in range(30)])
    sequence = read_skeleton(path)
    assert sequence.positions_m.shape == (30, 2, 25, 3)
    assert sequence.positions_m[0, 0, 0, 0] == pytest.approx(0.8, abs=1e-4)
    assert sequence.times_s[-1] == pytest.approx(29 / 30)
    assert sequence.confidence.min() == 1


def test_short_and_wide_bodies_are_noise(path: Path) -> None:
    sofa = standing(0, x=2)[:, [1, 0, 2]]  # as wide as a person is tall
    frames = [{FIRST: standing(t, moves=0.1), SECOND: sofa} for t in range(30)]
    for t in range(11):
        frames[t][THIRD] = standing(t, x=-1, moves=0.5)
    assert read_skeleton(write(path, frames)).positions_m.shape[1] == 1
    assert read_skeleton(write(path, [{SECOND: sofa}] * 5)).positions_m.shape[1] == 1  # nobody else is there


def test_a_person_lost_and_found_under_a_new_number_is_one_person(path: Path) -> None:
    frames: list[Seen] = [{FIRST: standing(t, moves=0.1)} for t in range(20)]
    frames += [{} for _ in range(4)]
    frames += [{SECOND: standing(t, moves=0.1)} for t in range(24, 44)]
    sequence = read_skeleton(write(path, frames))
    assert sequence.positions_m.shape == (44, 1, 25, 3)
    np.testing.assert_array_equal(sequence.confidence[:, 0, 0], [1] * 20 + [0] * 4 + [1] * 20)
    np.testing.assert_array_equal(sequence.positions_m[20:24], sequence.positions_m[19:20].repeat(4, axis=0))
    for t in range(24, 44):
        frames[t][SECOND] = standing(t, x=2.5, moves=0.1)
    assert read_skeleton(write(path, frames)).positions_m.shape[1] == 2  # too far to be the same


def test_at_most_two_persons_and_empty_ends_are_cut(path: Path) -> None:
    frames: list[Seen] = [{}, {}]
    frames += [
        {number: standing(t, x=place, moves=0.1 * place) for place, number in enumerate((FIRST, SECOND, THIRD))}
        for t in range(20)
    ]
    frames += [{FIRST: standing(0)} for _ in range(3)] + [{}]
    sequence = read_skeleton(write(path, frames))
    assert sequence.positions_m.shape == (20, 2, 25, 3)  # the first, who moves least, is left out with her frames
    assert sequence.times_s[0] == 0


def test_what_the_sensor_guessed_counts_half_and_frames_without_numbers_are_away(path: Path) -> None:
    assert read_skeleton(write(path, [{FIRST: standing(0)}] * 3, state=1)).confidence.max() == 0.5
    lost = standing(0)
    lost[4] = np.nan
    sequence = read_skeleton(write(path, [{FIRST: standing(0)}, {FIRST: lost}, {FIRST: standing(2)}]))
    np.testing.assert_array_equal(sequence.confidence[:, 0].max(axis=1), [1, 0, 1])
    with pytest.raises(DataError, match="no body"):
        read_skeleton(write(path, [{FIRST: lost}]))


def test_one_frame_is_a_sequence(path: Path) -> None:
    assert len(read_skeleton(write(path, [{FIRST: standing(0)}]))) == 1


GOOD = text([{FIRST: standing(0)}] * 2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        ("hello", "line 1 should be the number of frames, not 'hello'"),
        ("-3", "the number of frames is -3"),
        ("99999999", "the number of frames is 99999999"),
        ("0", "there is no body"),
        (GOOD[: len(GOOD) // 2], "ends at line"),
        (GOOD.replace("\r\n25\r\n", "\r\n20\r\n"), "other than 25 joints"),
        (GOOD.replace(" 519 ", " ", 1), "do not all have 12 values"),
        (GOOD.replace("3.00000", "3,0", 1), "not a number"),
        (GOOD.replace("3.00000", "519.0", 1), "more than 50 m away"),
        (text([{FIRST: standing(0), SECOND: standing(1)}]).replace(str(SECOND), str(FIRST)), "twice in one frame"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(path: Path, content: str, says: str) -> None:
    path.write_text(content, newline="")
    with pytest.raises(DataError, match=rf"^{path.name}: .*{says}"):
        read_skeleton(path)


BAD_WORDS = ["", "nan", "-1", "7", "1e300", "-inf", "9" * 20, "é", "1 2"]


@settings(max_examples=200)
@given(st.integers(0, 2**32))
def test_no_damage_does_anything_but_name_the_file(seed: int) -> None:
    """Whatever is done to a file, it is a sequence or a DataError with its name."""
    random = np.random.default_rng(seed)
    lines = text([{FIRST: standing(t), SECOND: standing(t, x=1)} for t in range(3)]).split("\r\n")
    for _ in range(random.integers(1, 4)):
        line, bad = random.integers(0, 1 + min(30, len(lines))), BAD_WORDS[random.integers(0, len(BAD_WORDS))]
        words = " ".join(lines[line : line + 1]).split() or [""]
        words[random.integers(0, len(words))] = bad
        cut = random.integers(1, 3) if random.random() < 0.3 else 1
        lines[line : line + cut] = [" ".join(words)] * int(random.integers(0, 3))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "S001C002P003R001A058.skeleton"
        path.write_text("\n".join(lines), encoding="utf-8")
        try:
            said, finite = "", bool(np.isfinite(read_skeleton(path).positions_m).all())
        except DataError as error:
            said, finite = str(error), False
    assert finite or said.startswith(path.name)


def test_names_say_person_camera_and_setup_and_decide_the_splits(tmp_path: Path) -> None:
    for name in ["S001C001P001R001A001", "S002C003P003R002A060", "S018C002P045R001A061", "S003C002P002R001A001"]:
        write(tmp_path / "some" / "where" / f"{name}.skeleton", [{FIRST: standing(0)}] * 2)
    write(tmp_path / f"{min(MISSING)}.skeleton", [{FIRST: standing(0)}])
    (tmp_path / "S001C001P001R001A121.skeleton").write_text("of no action")
    small = read_collection(find_ntu60(tmp_path))
    assert [(s.name, s.label, s.person, s.view, s.group) for s in small.samples] == [
        ("S001C001P001R001A001", 0, 1, 1, 1),
        ("S002C003P003R002A060", 59, 3, 3, 2),
        ("S003C002P002R001A001", 0, 2, 2, 3),
    ]
    assert (small.excluded, len(small.actions)) == (1, 60)
    assert [s.person for s in small.part(train=False, split="x-sub")] == [3]
    assert [s.view for s in small.part(train=False, split="x-view")] == [1]
    large = read_collection(find_ntu120(tmp_path))
    assert [s.group for s in large.samples] == [1, 2, 3, 18]
    assert [s.group for s in large.part(train=False, split="x-set")] == [1, 3]
    assert [s.person for s in large.part(train=False, split="x-sub")] == [3]
    write(tmp_path / "S001C001P001R001A001.skeleton", [{FIRST: standing(0)}])
    with pytest.raises(DataError, match="there twice"):
        find_ntu60(tmp_path)


def test_the_published_lists() -> None:
    assert len(MISSING) == 535
    assert sum(int(name[1:4]) <= 17 for name in MISSING) == 302
    assert len(ACTIONS) == len(set(ACTIONS)) == 120
    assert (ACTIONS[0], ACTIONS[42], ACTIONS[57], ACTIONS[119]) == (
        "drink water", "fall down", "shake hands", "rock paper scissors",
    )  # fmt: skip


def test_processes_read_the_same_and_name_what_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "_CHUNK_FILES", 4)
    for take in range(1, 11):
        path = tmp_path / "data" / f"S001C001P001R{take:03d}A001.skeleton"
        write(path, [{FIRST: standing(t, x=0.1 * take)} for t in range(take)])
    path.write_text("3")
    told: list[tuple[int, int]] = []
    found = find_ntu60(tmp_path / "data")
    kept = read_collection(
        found, cache=tmp_path / "cache", workers=2, progress=lambda done, total: told.append((done, total))
    )
    assert sorted(done for done, _ in told)[-1] == 10
    assert len(told) == 3
    assert [sample.name for sample in kept.samples] == [f"S001C001P001R{take:03d}A001" for take in range(1, 10)]
    assert [len(sample.sequence) for sample in kept.samples] == list(range(1, 10))
    assert len(kept.skipped) == 1
    unkept = read_collection(found, workers=2)
    for one, other in zip(kept.samples, unkept.samples, strict=True):
        np.testing.assert_array_equal(one.sequence.positions_m, other.sequence.positions_m)


def test_the_original_samples(shared_data: Path) -> None:
    data = read_collection(find_ntu60(shared_data / "ntu_samples"))
    assert [(s.name, s.sequence.positions_m.shape[:2]) for s in data.samples] == [
        ("S001C001P001R001A001", (103, 1)),
        ("S001C001P001R001A011", (82, 1)),
        ("S001C003P008R002A058", (70, 2)),
        ("S002C001P003R001A003", (100, 1)),
    ]
    for sample in data.samples:
        body = sample.sequence.positions_m
        assert np.all(body[:, :, 3, 1] > body[:, :, 0, 1] + 0.4)  # the head is above the hips
        assert 1.5 < body[..., 2].mean() < 4.5
