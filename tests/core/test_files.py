"""A file appears whole or not at all, and what goes wrong is said in our words."""

import errno
import os
from pathlib import Path

import pytest

from core.errors import OutputError
from core.files import keep_out_of_libraries, replacing


def write(path: Path, content: bytes = b"new") -> None:
    with replacing(path) as stream:
        stream.write(content)


def write_half(path: Path) -> None:
    with replacing(path) as stream:
        stream.write(b"half")
        raise KeyError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_new_content_takes_the_place_of_the_old(tmp_path: Path) -> None:
    write(tmp_path / "a.json", b"old")
    write(tmp_path / "a.json", b"new")
    assert (tmp_path / "a.json").read_bytes() == b"new"
    assert names(tmp_path) == ["a.json"]


def test_the_old_file_stays_until_the_block_has_ended_well(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write(path, b"old")
    with pytest.raises(KeyError):
        write_half(path)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.json"]


def test_a_full_disk_is_said_and_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write(tmp_path / "a.json", b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write(tmp_path / "a.json")
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert names(tmp_path) == ["a.json"]


def test_the_longest_name_that_the_disk_takes_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    write(path)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("name", ["x" * 256, "x" * 300 + "/a.json", "missing/a.json", "file/a.json", "."])
def test_what_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Cannot write"):
        write(tmp_path / name)
    assert names(tmp_path) == ["file"]


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as first, replacing(tmp_path / "a") as second:
        first.write(b"first")
        second.write(b"second")
    assert (tmp_path / "a").read_bytes() == b"first"  # whoever ends last
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("place", ["recordings/x.csv", "models/../recordings/x.csv", "../link/x.csv", "recordings/out"])
def test_no_way_leads_into_what_is_a_librarys_own(tmp_path: Path, place: str) -> None:
    recordings = tmp_path / "library" / "recordings"
    recordings.mkdir(parents=True)
    (tmp_path / "library" / "library.json").write_text("{}")
    (tmp_path / "link").symlink_to(recordings, target_is_directory=True)
    (recordings / "out").symlink_to(tmp_path / "elsewhere")  # what is written takes the place of the link
    with pytest.raises(OutputError, match="belongs to the library"):
        keep_out_of_libraries(tmp_path / "library" / place)


@pytest.mark.parametrize("place", ["models/own", "recordings/../x.csv", "x.csv"])
def test_the_rest_of_a_library_can_be_written_to(tmp_path: Path, place: str) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "library.json").write_text("{}")
    keep_out_of_libraries(tmp_path / place)
