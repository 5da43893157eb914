"""Reading and its cache: parsed once, gone on with after an interruption, mended when damaged, never in the way."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.datasets import collection
from core.datasets.cache import Chunk, read_chunk, write_chunk
from core.datasets.collection import Collection, OnBroken, read_collection
from core.datasets.dataset import Dataset, Sample, Split, SplitBy
from core.errors import DataError, OutputError
from core.skeleton.layouts import KINECT_20
from core.skeleton.sequence import SkeletonSequence

Writer = Callable[[int], Collection]


def read_numbers(path: Path) -> tuple[Sample, ...]:
    """A toy format: a file holds the frame count and the place of all joints."""
    with (path.parent.parent / "log.txt").open("a") as log:
        log.write(f"{path.name}\n")
    words = path.read_text().split()
    if len(words) != 2:
        raise DataError(f"{path.name}: not two numbers.")
    frames, value = int(words[0]), float(words[1])
    sequence = SkeletonSequence(
        layout=KINECT_20,
        positions_m=np.full((frames, 1 + frames % 2, 20, 3), value, np.float32),
        confidence=np.full((frames, 1 + frames % 2, 20), 0.5, np.float32),
        times_s=np.arange(frames) / 10,
    )
    return (Sample(name=path.name, sequence=sequence, label=frames % 3, person=frames, view=2, group=4),)


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """Toy files in chunks of three."""
    monkeypatch.setattr(collection, "_CHUNK_FILES", 3)
    folder = tmp_path / "files"
    folder.mkdir()

    def make(count: int) -> Collection:
        for number in range(count):
            path = folder / f"{number:02d}.txt"
            if not path.exists():
                path.write_text(f"{number + 1} {number / 4}")
        return Collection(
            name="toys",
            version=1,
            folder=folder,
            files=tuple(sorted(folder.iterdir())),
            read=read_numbers,
            actions=("a", "b", "c"),
            splits=(Split(name="cross-subject", by=SplitBy.PERSON, train=frozenset({1, 2, 3})),),
            terms="ours",
        )

    return make


def read_since(tmp_path: Path) -> list[str]:
    """The files that were parsed since the last call."""
    log = tmp_path / "log.txt"
    lines = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


def assert_same(first: Dataset, second: Dataset) -> None:
    assert first.skipped == second.skipped
    for one, other in zip(first.samples, second.samples, strict=True):
        assert (one.name, one.label, one.person, one.view, one.group) == (
            other.name, other.label, other.person, other.view, other.group,
        )  # fmt: skip
        assert one.sequence.layout is other.sequence.layout
        np.testing.assert_array_equal(one.sequence.positions_m, other.sequence.positions_m)
        np.testing.assert_array_equal(one.sequence.confidence, other.sequence.confidence)
        np.testing.assert_array_equal(one.sequence.times_s, other.sequence.times_s)


def test_the_second_time_nothing_is_parsed_and_the_arrays_are_mapped(toys: Writer, tmp_path: Path) -> None:
    plain = read_collection(toys(8))
    told: list[tuple[int, int]] = []
    first = read_collection(toys(8), cache=tmp_path / "cache", progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 8) for done in range(1, 9)]
    read_since(tmp_path)
    second = read_collection(toys(8), cache=tmp_path / "cache")
    assert read_since(tmp_path) == []
    assert_same(plain, first)
    assert_same(plain, second)
    array = second.samples[0].sequence.positions_m
    assert type(array) is np.ndarray
    assert not array.flags.writeable
    assert isinstance(array.base.base, np.memmap) or isinstance(array.base, np.memmap)  # type: ignore[union-attr]


def test_an_interrupted_run_goes_on_where_it_stopped(toys: Writer, tmp_path: Path) -> None:
    def stop(done: int, _total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_collection(toys(8), cache=tmp_path / "cache", progress=stop)
    assert len(read_since(tmp_path)) == 5
    assert len(read_collection(toys(8), cache=tmp_path / "cache").samples) == 8
    assert read_since(tmp_path) == [f"{number:02d}.txt" for number in range(3, 8)]


def test_changed_files_are_read_again_and_the_old_state_is_dropped(toys: Writer, tmp_path: Path) -> None:
    data = toys(4)
    read_collection(data, cache=tmp_path / "cache")
    (data.folder / "01.txt").write_text("7 1.5")
    os.utime(data.folder / "01.txt", ns=(1, 1))
    read_since(tmp_path)
    again = read_collection(toys(4), cache=tmp_path / "cache")
    assert len(read_since(tmp_path)) == 4
    assert len(again.samples[1].sequence) == 7
    read_collection(toys(5), cache=tmp_path / "cache")
    states = [path for path in (tmp_path / "cache").glob("*/*") if path.is_dir()]
    assert len(states) == 1


@pytest.mark.parametrize("damage", ["cut", "flip", "missing", "document", "rows"])
def test_a_damaged_chunk_is_made_again(toys: Writer, tmp_path: Path, damage: str) -> None:
    plain = read_collection(toys(8), cache=tmp_path / "cache")
    expected = read_collection(toys(8))
    del plain  # nothing is mapped any more
    read_since(tmp_path)
    [chunk] = (tmp_path / "cache").glob("*/*/00001")
    path = chunk / {"document": "chunk.json", "rows": "rows.npy"}.get(damage, "positions.npy")
    content = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[-9] ^= 0x11
        path.write_bytes(content if damage != "document" else b"{")
    mended = read_collection(toys(8), cache=tmp_path / "cache")
    assert_same(mended, expected)
    assert read_since(tmp_path) == ["03.txt", "04.txt", "05.txt"]
    read_collection(toys(8), cache=tmp_path / "cache")
    assert read_since(tmp_path) == []


def test_many_may_write_the_same_chunk_at_once(toys: Writer, tmp_path: Path) -> None:
    chunk = Chunk(samples=read_collection(toys(3)).samples, skipped=("x.txt: broken.",))
    folder = tmp_path / "cache" / "toys" / "00000"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: write_chunk(folder, chunk), range(24)))
    read = read_chunk(folder)
    assert read is not None
    assert (len(read.samples), read.skipped) == (3, ("x.txt: broken.",))
    assert [path.name for path in folder.parent.iterdir()] == ["00000"]


def test_a_full_disk_costs_the_cache_and_not_the_data(
    toys: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_args: object, **_keywords: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    data = read_collection(toys(4), cache=tmp_path / "cache")
    assert len(data.samples) == 4
    assert "No space left" in caplog.text
    assert not list((tmp_path / "cache").glob("*/*/*"))
    with pytest.raises(OutputError, match="No space left"):
        write_chunk(tmp_path / "chunk", Chunk(samples=data.samples, skipped=()))


def test_broken_files_are_skipped_and_named_or_refused(toys: Writer, tmp_path: Path) -> None:
    data = toys(5)
    for name in ("00.txt", "04.txt"):
        (data.folder / name).write_text("nonsense")
    for _ in range(2):  # parsed, and from the cache
        read = read_collection(data, cache=tmp_path / "cache")
        assert [sample.name for sample in read.samples] == ["01.txt", "02.txt", "03.txt"]
        assert read.skipped == ("00.txt: not two numbers.", "04.txt: not two numbers.")
        with pytest.raises(DataError, match=r"00\.txt: not two numbers\. Nothing was read"):
            read_collection(data, cache=tmp_path / "cache", on_broken=OnBroken.REFUSE)


def test_a_chunk_of_broken_files_only_is_kept_too(toys: Writer, tmp_path: Path) -> None:
    data = toys(4)
    (data.folder / "03.txt").write_text("nonsense")
    for _ in range(2):
        assert len(read_collection(data, cache=tmp_path / "cache").samples) == 3
    assert len(read_since(tmp_path)) == 4
    for path in data.files:
        path.write_text("nonsense")
    with pytest.raises(DataError, match=r"None of the 4 files of toys can be read: 00\.txt"):
        read_collection(data, cache=tmp_path / "cache")
