"""Sequences check themselves, mirror and scale as geometry says, and survive their file."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.lib.format as npy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError, OutputError
from core.skeleton.layouts import LAYOUTS, Layout
from core.skeleton.sequence import SkeletonSequence, load_sequence

layouts = st.sampled_from(list(LAYOUTS.values()))
seeds = st.integers(0, 2**32 - 1)


def some_sequence(layout: Layout, seed: int = 0, frames: int = 5, persons: int = 2) -> SkeletonSequence:
    random = np.random.default_rng(seed)
    return SkeletonSequence(
        layout=layout,
        positions_m=random.normal(size=(frames, persons, len(layout), 3)).astype(np.float32),
        confidence=random.random((frames, persons, len(layout))).astype(np.float32),
        times_s=np.arange(frames) / 30,
    )


@given(layouts, seeds)
def test_mirroring_twice_is_the_identity(layout: Layout, seed: int) -> None:
    sequence = some_sequence(layout, seed)
    twice = sequence.mirrored().mirrored()
    np.testing.assert_array_equal(twice.positions_m, sequence.positions_m)
    np.testing.assert_array_equal(twice.confidence, sequence.confidence)


@given(layouts, seeds)
def test_bones_keep_their_lengths_when_moved_and_mirrored_and_grow_when_scaled(layout: Layout, seed: int) -> None:
    sequence = some_sequence(layout, seed)
    lengths = sequence.bone_lengths_m()
    moved = sequence.translated(np.array([3, -1, 2], dtype=np.float32))
    np.testing.assert_allclose(moved.bone_lengths_m(), lengths, atol=1e-5)
    np.testing.assert_allclose(sequence.scaled(2.5).bone_lengths_m(), 2.5 * lengths, rtol=1e-5)
    np.testing.assert_allclose(np.sort(sequence.mirrored().bone_lengths_m()), np.sort(lengths), atol=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.name)
def test_layouts_are_trees_that_mirror_onto_themselves(layout: Layout) -> None:
    children = [child for _, child in layout.bones]
    assert len(children) == len(set(children)), "a joint has two parents"
    assert sorted(layout.mirror_order) == list(range(len(layout)))
    for left, right in layout.mirror_pairs:
        assert layout.joints[left].replace("Left", "Right") == layout.joints[right]
    bones = {frozenset(bone) for bone in layout.bones}
    assert {frozenset(int(layout.mirror_order[end]) for end in bone) for bone in bones} == bones


def test_a_file_gives_back_what_was_saved(tmp_path: Path) -> None:
    sequence = some_sequence(LAYOUTS["kinect20"])
    sequence.save(tmp_path / "clip.npz")
    loaded = load_sequence(tmp_path / "clip.npz")
    assert loaded.layout is sequence.layout
    np.testing.assert_array_equal(loaded.positions_m, sequence.positions_m)
    np.testing.assert_array_equal(loaded.times_s, sequence.times_s)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.npz"]


def test_saving_into_nowhere_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="nowhere"):
        some_sequence(LAYOUTS["sbu15"]).save(tmp_path / "nowhere" / "clip.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positions_m": np.zeros((5, 2, 25, 2), np.float32)}, "shape"),
        ({"positions_m": np.zeros((5, 2, 20, 3), np.float32)}, "20"),
        ({"positions_m": np.full((5, 2, 25, 3), np.nan, np.float32)}, "finite"),
        ({"times_s": np.zeros(5)}, "increase"),
        ({"times_s": np.arange(4.0)}, "finite times"),
        ({"confidence": np.zeros((5, 1, 25), np.float32)}, "Confidence"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    good = some_sequence(LAYOUTS["kinect25"])
    parts: dict[str, Any] = {
        "positions_m": good.positions_m,
        "confidence": good.confidence,
        "times_s": good.times_s,
        **change,
    }
    with pytest.raises(DataError, match=message):
        SkeletonSequence(layout=good.layout, **{**parts, **change})


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def lying_header() -> bytes:
    """An array that claims terabytes."""
    array = io.BytesIO()
    npy.write_array_header_1_0(array, {"descr": "<f4", "fortran_order": False, "shape": (10**6, 10**6)})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("schema_version.npy", array.getvalue())
    return stream.getvalue()


def corrupt_stream() -> bytes:
    """A compressed array whose bytes were damaged."""
    stream = io.BytesIO()
    np.savez_compressed(stream, positions=np.random.default_rng(0).normal(size=5000), schema_version=np.array(1))
    content = bytearray(stream.getvalue())
    content[200:4000] = bytes(3800)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a zip",
        npz(positions=np.zeros((1, 1, 25, 3))),
        npz(schema_version=np.array(99)),
        npz(schema_version=np.array([object()], dtype=object)),
        lying_header(),
        corrupt_stream(),
    ],
    ids=["empty", "text", "fields missing", "future version", "pickle inside", "lying header", "corrupt"],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.npz"):
        load_sequence(path)


def test_a_small_file_that_unpacks_to_a_huge_one_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("positions.npy", "w", force_zip64=True) as entry,
    ):
        for _ in range(600):
            entry.write(bytes(2**20))
    with pytest.raises(DataError, match="unpacks to more"):
        load_sequence(path)
