"""Whatever is in a file: a reader gives a value that makes sense, or the one error that it promises.

The readers of NTU's text, of growing files, of a model's ZIP file and of a table of segments are attacked beside what
else is tested of them; here are those that read JSON and arrays, and all of them with files that are nearly right.
"""

import contextlib
import copy
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.datasets.import_finds import read_segments
from core.documents import read_document, write_document
from core.errors import DataError, ModelError
from core.library.growing import POSES_PART, TIMES, pose_records, read_poses, read_times
from core.library.records import (
    LONGEST_S,
    ActionEntry,
    LibraryDocument,
    RecordingDocument,
    SegmentsDocument,
)
from core.model.folder import CONFIG, METRICS, WEIGHTS, ModelConfig, load_model, read_config, save_model
from core.pose.replayed import ReplayedPoses
from core.skeleton.layouts import KINECT_25
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence, load_sequence
from tests.fakes import tiny_model

attacked = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120)

numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(10**30), 10**30),
    st.sampled_from([0, -1, 1, 2**31, 2**63, 10**400, 1e308, -0.0]),
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20) | st.sampled_from(["..", "../x", "a/b", "x" * 300]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
odd_bytes = st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]))


def places_in(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to everything within a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before] * bool(before) + [place for key, inner in pairs for place in places_in(inner, (*before, key))]


@st.composite
def nearly(draw: st.DrawFn, right: dict[str, Any]) -> dict[str, Any]:
    """A document of which some values are others, or are missing, or are there that should not be."""
    document: dict[str, Any] = copy.deepcopy(right)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places_in(document) or [("schema_version",)]))
        holder: Any = document
        for key in place[:-1]:
            holder = holder[key]
        if draw(st.booleans()) or not isinstance(holder, dict):
            holder[place[-1]] = draw(values)
        else:
            holder.pop(place[-1], None)
            holder[draw(st.text(max_size=6))] = draw(values)
    return document


DOCUMENTS: dict[str, Any] = {
    "library.json": LibraryDocument(
        actions=(ActionEntry(name="wave", in_mirror="wave"), ActionEntry(name="jump")), persons=("Anna", "Ben")
    ),
    "recording.json": RecordingDocument(
        person="Anna", recorded_at="2026-11-26T14:03:22+01:00", prompt="wave", video="video.mkv", width_px=640,
        height_px=480, rate_hz=30.0, frames=90, duration_s=3.0, sha256="0" * 64,
    ),
    "segments.json": SegmentsDocument(
        segments=(Segment(start_s=0.0, end_s=1.0, action="wave"), Segment(start_s=1.0, end_s=2.5, action="jump"))
    ),
    CONFIG: tiny_model().config,
}  # fmt: skip


def as_json(document: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(asdict(document)))
    return found


def check_document(path: Path, kind: type[Any]) -> None:
    """A value, which then can be written and read again, or the error that is promised."""
    value = read(path, kind)
    if value is not None:
        write_document(path, value)
        assert read(path, kind) == value


def read(path: Path, kind: type[Any]) -> Any:
    """None where it is refused, by name."""
    with named(path, ModelError if kind is ModelConfig else DataError):
        return read_config(path.parent) if kind is ModelConfig else read_document(path, kind, schema_version=1)
    return None


@contextlib.contextmanager
def named(path: Path, kind: type[Exception]) -> Iterator[None]:
    """An error of that kind is fine if it names the file; any other one is not."""
    try:
        yield
    except kind as error:
        if str(path) not in str(error):
            raise AssertionError("the file is not named") from error


@attacked
@given(name=st.sampled_from(list(DOCUMENTS)), data=st.data())
def test_documents_that_are_nearly_right(tmp_path: Path, name: str, data: st.DataObject) -> None:
    document = DOCUMENTS[name]
    path = tmp_path / name
    path.write_text(json.dumps(data.draw(nearly(as_json(document)))))
    check_document(path, type(document))


@attacked
@given(name=st.sampled_from(list(DOCUMENTS)), content=st.binary(max_size=300))
def test_documents_that_are_anything(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    check_document(path, type(DOCUMENTS[name]))


@pytest.mark.parametrize(("field", "value"), [("frames", 10**400), ("frames", 10**9), ("width_px", 10**6)])
def test_counts_that_nobody_could_show_are_refused(tmp_path: Path, field: str, value: int) -> None:
    path = tmp_path / "recording.json"
    path.write_text(json.dumps({**as_json(DOCUMENTS["recording.json"]), field: value}))
    with pytest.raises(DataError, match="out of range"):
        read_document(path, RecordingDocument, schema_version=1)


# --- tables ---

cells = st.one_of(numbers.map(str), st.text(max_size=8), st.sampled_from(["wave", '"', "1,", "\n", "'=x", "\0", "nan"]))


@attacked
@given(rows=st.lists(st.lists(cells, max_size=5), max_size=6), ending=st.sampled_from(["\n", "\r\n", "\r"]))
def test_tables_that_are_nearly_right(tmp_path: Path, rows: list[list[str]], ending: str) -> None:
    lines = ["start_s,end_s,action", *(",".join(row) for row in rows)]
    (tmp_path / "a.csv").write_bytes(ending.join(lines).encode("utf-8", "surrogatepass"))
    with contextlib.suppress(DataError):
        found = read_segments(tmp_path / "a.csv")
        assert SegmentsDocument(segments=found).segments == found, "what is read can be kept"


def test_a_table_of_more_segments_than_a_recording_may_have(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("start_s,end_s,action\n" + "0,1,x\n" * 100_001)
    with pytest.raises(DataError, match="more than 100000 segments"):
        read_segments(tmp_path / "a.csv")


# --- joints ---


def saved_sequence() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **right_arrays())  # type: ignore[arg-type]
    return stream.getvalue()


def right_arrays() -> dict[str, NDArray[Any]]:
    return {
        "positions": np.random.default_rng(2).normal(size=(3, 1, 25, 3)).astype(np.float32),
        "confidence": np.ones((3, 1, 25), np.float32),
        "times_s": np.arange(3.0),
        "layout": np.array("kinect25"),
        "schema_version": np.array(1),
    }


def check_sequence(path: Path) -> None:
    """A sequence that everything that looks at it can show, or DataError."""
    with named(path, DataError):
        sequence = load_sequence(path)
        assert np.isfinite(sequence.positions_m).all()
        assert (np.diff(sequence.times_s) > 0).all()
        sequence.absurdity()
        for make in (ReplayedPoses, ReplayedPoses.framed):
            make(sequence, width_px=64, height_px=48).at(float(sequence.times_s[0]))


@attacked
@given(content=st.binary(max_size=300))
def test_sequences_that_are_anything(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    check_sequence(tmp_path / "a.npz")


@attacked
@given(data=st.data())
def test_sequences_of_which_some_bytes_are_others(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(saved_sequence())
    marks = [
        place for mark in (b"PK", b"\x93NUMPY") for place in range(len(content)) if content.startswith(mark, place)
    ]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.sampled_from(marks)) + data.draw(st.integers(0, 140))
        content[min(place, len(content) - 1)] = data.draw(odd_bytes)
    (tmp_path / "a.npz").write_bytes(content[: data.draw(st.sampled_from([len(content), len(content) - 30]))])
    check_sequence(tmp_path / "a.npz")


ODD_ARRAYS: list[NDArray[Any]] = [
    np.array(1 + 2j),
    np.full((3, 1, 25, 3), 1 + 1j),
    np.array("x"),
    np.array(["kinect25"] * 3),
    np.array([0, 1, 2], "M8[s]"),
    np.array([], float),
    np.array(1e300),
    np.full((3, 1, 25, 3), 1e300),
    np.full((3, 1, 25, 3), 3e38, np.float32),
    np.full((3, 1, 25), -3e38),
    np.full((3, 1, 25), np.nan),
    np.array(np.inf),
    np.zeros((3, 1, 25, 3), [("a", "f4")]),
    np.zeros((3, 1, 25, 3), "V8"),
    np.zeros((0, 1, 25, 3), np.float32),
    np.zeros((3, 0, 25, 3), np.float32),
    np.zeros((1,) * 32, np.float32),
    np.array([-1e308, 0, 1e308]),
    np.array([0, 5e-324, 1e-300]),
    np.array(True),
    np.array(2**63, np.uint64),
    np.arange(3, dtype=np.int64),
    np.ones((3, 1, 25, 3), np.int8),
]


@pytest.mark.parametrize("field", list(right_arrays()))
def test_sequences_of_arrays_of_any_kind(tmp_path: Path, field: str) -> None:
    for array in ODD_ARRAYS:
        np.savez(tmp_path / "a.npz", **{**right_arrays(), field: array})  # type: ignore[arg-type]
        check_sequence(tmp_path / "a.npz")


@pytest.mark.parametrize("field", ["positions", "confidence", "times_s"])
def test_numbers_of_another_kind_are_named(tmp_path: Path, field: str) -> None:
    right = right_arrays()[field]
    np.savez(tmp_path / "a.npz", **{**right_arrays(), field: right.astype(np.complex64)})  # type: ignore[arg-type]
    with pytest.raises(DataError, match="complex64 in place of numbers"):
        load_sequence(tmp_path / "a.npz")


floats = st.sampled_from(
    [0.0, 1.0, -1.0, 2.5, 1e-300, 1e12, 1e13, 1e308, -1e308, float("nan"), float("inf"), -float("inf")]
)


@attacked
@example(times=[1.0, 0.0, 1.0], there=1, value=0.0, cut=0)  # a film that ran again, to the very same time
@given(times=st.lists(floats, max_size=6), there=st.integers(0, 255), value=floats, cut=st.integers(0, 20))
def test_growing_files_of_odd_numbers(tmp_path: Path, times: list[float], there: int, value: float, cut: int) -> None:
    records = np.zeros(len(times), pose_records(1))
    records["time_s"], records["there"] = times, there
    with np.errstate(over="ignore"):
        records["positions_m"] = np.float32(value)
    content = records.tobytes()
    (tmp_path / POSES_PART).write_bytes(content[: max(0, len(content) - cut)])
    (tmp_path / TIMES).write_bytes(np.array(times, "<f8").tobytes())
    np.testing.assert_array_equal(read_times(tmp_path / TIMES), times)
    sequence = read_poses(tmp_path / POSES_PART, persons=1)
    if sequence is not None:
        assert np.isfinite(sequence.positions_m).all()
        assert sequence.duration_s <= 2e12


def test_a_record_that_was_torn_costs_itself(tmp_path: Path) -> None:
    records = np.zeros(5, pose_records(2))
    records["time_s"], records["there"] = np.arange(5.0), 1
    records["time_s"][1], records["positions_m"][3, 1, 4] = np.inf, np.nan
    (tmp_path / POSES_PART).write_bytes(records.tobytes())
    sequence = read_poses(tmp_path / POSES_PART, persons=2)
    assert sequence is not None
    assert sequence.times_s.tolist() == [0, 2, 4]


def test_a_growing_file_is_bounded(tmp_path: Path) -> None:
    with (tmp_path / TIMES).open("wb") as stream:
        stream.truncate(513 * 2**20)  # of nothing: it takes no room on the disk
    with pytest.raises(DataError, match="larger than 512 MB"):
        read_times(tmp_path / TIMES)


# --- models ---


@attacked
@given(data=st.data())
def test_weights_of_which_some_bytes_are_others(tmp_path: Path, data: st.DataObject) -> None:
    """A model that answers with finite numbers or is refused; what changes a weight alone cannot be seen."""
    folder, model = tmp_path / "model", tiny_model()
    if not folder.exists():
        save_model(folder, network=model.network, config=model.config, metrics={}, card="")
        (tmp_path / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes())
    content = bytearray((tmp_path / WEIGHTS).read_bytes())
    header = 8 + int.from_bytes(content[:8], "little")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.one_of(st.integers(0, 8), st.integers(0, header), st.integers(0, len(content) - 1)))
        content[place] = data.draw(odd_bytes)
    (folder / WEIGHTS).write_bytes(content)
    with contextlib.suppress(ModelError):
        loaded = load_model(str(folder), device="cpu")
        assert all(bool(tensor.isfinite().all()) for tensor in loaded.network.state_dict().values())
    assert (folder / METRICS).exists()


def test_a_day_is_the_longest(tmp_path: Path) -> None:
    """The bounds of a segment hold for tables as for documents."""
    (tmp_path / "a.csv").write_text(f"start_s,end_s,action\n0,{LONGEST_S},x\n")
    (one,) = read_segments(tmp_path / "a.csv")
    assert one.end_s == LONGEST_S
    (tmp_path / "a.csv").write_text(f"start_s,end_s,action\n0,{LONGEST_S + 1},x\n")
    with pytest.raises(DataError, match="line 2"):
        read_segments(tmp_path / "a.csv")


def test_a_sequence_with_joints_far_away_is_still_read() -> None:
    """What an older version has kept."""
    arrays = right_arrays()
    sequence = SkeletonSequence(
        layout=KINECT_25,
        positions_m=(1e3 * arrays["positions"]).astype(np.float32),
        confidence=arrays["confidence"],
        times_s=arrays["times_s"],
    )
    assert sequence.absurdity()[0] == "positions"
